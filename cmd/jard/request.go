package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/dashboard"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	outside "github.com/jard-odi/jard/inventory/request" // the name stands for an import of a sheet here
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/inventory/requestweb"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// newRequests returns the store of what people outside ask: its letters go to
// the outbox, what it proposes to the register. url makes paths absolute.
func newRequests(db *gorm.DB, now func() time.Time, url func(string) string) (*requestdb.Store, error) {
	rules, err := readRequestRules(pilot.Files)
	if err != nil {
		return nil, err
	}
	words, err := locale.Load()
	if err != nil {
		return nil, err
	}
	letters := requestweb.Letters{Words: words, URL: url}
	return requestdb.New(db, requestdb.Options{
		Now: now, Rules: rules, Write: letters.Write, WriteDigest: letters.WriteDigest, Send: sendLetters,
		Record: func(
			ctx context.Context, tx *gorm.DB, by identity.Actor, institution string, c inventory.Content,
		) (string, error) {
			d, err := inventorydb.New(tx, now).Create(ctx, by, institution, c)
			if err != nil {
				return "", err
			}
			return d.Ref, nil
		},
	}), nil
}

// sendLetters puts letters into the outbox. They hold a secret link, so their
// text goes the moment they are sent.
func sendLetters(tx *gorm.DB, letters ...outside.Letter) error {
	messages := make([]mail.Message, 0, len(letters))
	for _, l := range letters {
		messages = append(messages, mail.Message{
			Kind: "request", Key: l.Key, To: l.To, Lang: l.Lang, Subject: l.Subject, Text: l.Text, Sensitive: true,
		})
	}
	return maildb.Append(tx, messages...)
}

// readRequestRules reads the terms and grounds of a directory of reference
// data, which may be without.
func readRequestRules(dir fs.FS) ([]outside.Rule, error) {
	f, err := dir.Open("requests.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read request rules: %w", err)
	}
	defer f.Close()
	return outside.ReadRules(f)
}

// requests adds the room of messages from outside, and returns its pages for
// those of the register to show a part of.
func (h *house) requests(
	db *gorm.DB, keep stores, shell *web.Shell, desks *dashboard.Desks, seen *metrics.Metrics, log *slog.Logger,
) (*requestweb.Pages, *requestdb.Store, error) {
	store, err := newRequests(db, nil, shell.URL)
	if err != nil {
		return nil, nil, err
	}
	seen.Registry().MustRegister(requestNumbers(store))
	desks.Answering(answersOf(store))
	h.requestJobs(store, log)
	pages := requestweb.New(shell, store, keep.register, keep.people, time.Now)
	pages.Routes()
	return pages, store, nil
}

// requestJobs adds the timed work on messages from outside: what opened is told
// at once, what moved once a day, and addresses go when nobody waits any more.
func (h *house) requestJobs(store *requestdb.Store, log *slog.Logger) {
	follow := func(ctx context.Context) error {
		_, err := store.Follow(ctx)
		return err
	}
	h.background = append(h.background, func(ctx context.Context) {
		if err := follow(ctx); err != nil && ctx.Err() == nil {
			log.Error("requests could not follow their datasets", "room", "jobs", "error", err)
		}
	})
	h.jobs = append(h.jobs,
		job{"answer requests whose data opened", "* * * * *", follow},
		job{"tell which openings moved", "45 7 * * *", func(ctx context.Context) error {
			_, err := store.SendDigests(ctx)
			return err
		}},
		job{"erase the addresses of who waits no more", "17 3 * * *", func(ctx context.Context) error {
			_, err := store.Tidy(ctx)
			return err
		}})
}

// requestNumbers are the messages from outside for the metrics.
func requestNumbers(store *requestdb.Store) *metrics.Requests {
	return &metrics.Requests{
		Counts: func() ([]metrics.RequestCount, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			counts, err := store.StateCounts(ctx)
			out := make([]metrics.RequestCount, 0, len(counts))
			for _, c := range counts {
				out = append(out, metrics.RequestCount{Institution: c.Institution, State: string(c.State), N: c.N})
			}
			return out, err
		},
		Shares: func() ([]metrics.RequestShare, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			each, _, err := store.Standings(ctx, requestdb.Period{From: time.Now().AddDate(-1, 0, 0)})
			var out []metrics.RequestShare
			for _, s := range each {
				if ratio, ok := s.Share(); ok {
					out = append(out, metrics.RequestShare{Institution: s.Institution, Ratio: ratio})
				}
			}
			return out, err
		},
	}
}
