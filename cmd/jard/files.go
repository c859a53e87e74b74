package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/filewatch"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/inventory/screening"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/outgoing"
)

// check has one file looked at because somebody asks.
type check = func(ctx context.Context, by identity.Actor, ref, distribution string) (*file.File, bool, error)

// looks is what somebody may ask of the rounds of files; both nil when nobody is
// to look.
type looks struct {
	check   check
	samples inventoryweb.Samples
}

// files wires the rounds of the files behind distributions, and returns how
// somebody asks for a look.
func (h *house) files(s stores, c configs.Config, leads func() bool, log *slog.Logger) (looks, error) {
	if !c.Files.Enabled {
		return looks{}, nil
	}
	guard, err := outgoing.New(c.Outgoing.AllowNetworks)
	if err != nil {
		return looks{}, err
	}
	rounds := filewatch.New(filewatch.Options{
		Store: s.register, Log: log, Leads: leads, Workers: c.Files.Workers, Hosts: c.Files.Hosts,
		Pace:    file.Pace{Every: time.Duration(c.Files.Every), Retry: time.Duration(c.Files.Retry)},
		Manners: file.Manners{Pause: time.Duration(c.Files.Pause), Budget: c.Files.PerDay},
		Tick:    min(5*time.Second, max(time.Duration(c.Files.Pause), 200*time.Millisecond)),
		Fetcher: filewatch.NewFetcher(filewatch.FetchOptions{
			Guard: guard, UserAgent: userAgent(c), MaxBytes: c.Files.MaxBytes, Timeout: time.Duration(c.Files.Timeout),
			Spool: c.Files.Spool, Screen: s.screenTable(log),
		}),
	})
	h.background = append(h.background, rounds.Run)
	return looks{rounds.Check, samplesOf(rounds)}, nil
}

// samplesOf screens the head of a file in memory and lets go of it: only masked
// cells leave this function.
func samplesOf(rounds *filewatch.Rounds) inventoryweb.Samples {
	return func(ctx context.Context, by identity.Actor, ref, distribution string) (int, []screening.Column, file.Reason, error) {
		table, why, err := rounds.Head(ctx, by, ref, distribution)
		return max(len(table)-1, 0), screening.Columns(table), why, err
	}
}

// screenTable looks for signs of persons in the head of a table while it is in
// memory; only what kind of column it is and how many cells are kept.
func (s stores) screenTable(log *slog.Logger) filewatch.Screen {
	return func(ctx context.Context, f *file.File, header []string, rows [][]string) []int {
		signs, places := screening.OfColumns(append([][]string{header}, rows...))
		if err := s.register.Found(ctx, f.DatasetID, f.DistributionID, signs); err != nil && ctx.Err() == nil {
			log.Error("what a table shows of persons could not be kept", "room", "files", "ref", f.Ref, "err", err)
		}
		return places
	}
}

// distributions counts files for the metrics.
func (s stores) distributions(ctx context.Context) ([]metrics.Files, error) {
	counts, err := s.register.FileCounts(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]metrics.Files, 0, len(counts))
	for _, c := range counts {
		out = append(out, metrics.Files{Institution: c.Institution, State: string(c.State), N: c.N})
	}
	return out, nil
}
