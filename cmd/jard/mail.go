package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/mail/post"
	"github.com/jard-odi/jard/mail/smtp"
	"github.com/jard-odi/jard/metrics"
)

// postman returns who carries mail from the outbox to the server of the
// settings; nil when there is none and everything stays in the outbox.
func (s stores) postman(c configs.Config, log *slog.Logger) *post.Rounds {
	if c.Mail.Host == "" {
		return nil
	}
	door := smtp.New(smtp.Settings{
		Host: c.Mail.Host, Port: c.Mail.Port, TLS: c.Mail.TLS, User: c.Mail.User, Password: string(c.Mail.Password),
		From: c.Mail.From, Name: c.Operator.Name, Timeout: time.Duration(c.Mail.Timeout),
	})
	return &post.Rounds{Store: s.outbox, Door: door, Log: log}
}

// mail adds what becomes of the outbox to the house.
func (h *house) mail(keep stores, c configs.Config, log *slog.Logger) *post.Rounds {
	rounds := keep.postman(c, log)
	if rounds != nil {
		h.background = append(h.background, rounds.Run)
	}
	h.jobs = append(h.jobs, job{"empty old mail", "37 2 * * *", func(ctx context.Context) error {
		return keep.outbox.Purge(ctx, time.Duration(c.Mail.KeepBodies))
	}})
	return rounds
}

// mailCounts is the outbox for the metrics.
func (s stores) mailCounts() ([]metrics.MailCount, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	counts, err := s.outbox.Counts(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]metrics.MailCount, 0, len(counts))
	for _, n := range counts {
		out = append(out, metrics.MailCount{State: string(n.State), N: n.N, First: n.First})
	}
	return out, nil
}
