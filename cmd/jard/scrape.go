package main

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/metrics/metricsweb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/watch"
	"github.com/jard-odi/jard/web"
)

// scrapes wires what Prometheus asks.
func (s stores) scrapes(c configs.Config, shell *web.Shell, seen *metrics.Metrics, prober watch.Prober) {
	metricsweb.New(shell, metricsweb.Options{
		Metrics: seen.Handler(), Networks: c.Metrics.Networks, Token: string(c.Metrics.Token), Now: time.Now,
		Version: s.watched.Version, Checks: s.registered,
		Look: func(ctx context.Context, check monitor.Check) monitor.Reading {
			r := prober.Probe(ctx, check)
			check.Judge(&r)
			return r
		},
	}).Routes()
}

// registered lists the checks that may be looked at because somebody asks:
// those that are watched anyway, and no other address.
func (s stores) registered(ctx context.Context) ([]metricsweb.Watched, int64, error) {
	list, version, err := s.watched.Watched(ctx)
	if err != nil {
		return nil, 0, err
	}
	board, err := s.watched.Board(ctx)
	if err != nil {
		return nil, 0, err
	}
	address := make(map[string]string, len(board.Services))
	for n := range board.Services {
		address[board.Services[n].Service.Slug] = board.Services[n].Service.URL
	}
	all := make([]metricsweb.Watched, 0, len(list))
	for n := range list {
		all = append(all, metricsweb.Watched{Check: list[n].Check, Institution: list[n].Institution, URL: address[list[n].Check.Service]})
	}
	return all, version, nil
}

// scraper knows Prometheus by the token of the settings, which is no
// account's: it makes nobody of whoever holds it, and the metrics let it in.
type scraper struct {
	web.Authenticator
	token string
}

// ByToken is part of web.Authenticator.
func (s scraper) ByToken(ctx context.Context, token string) (identity.Actor, error) {
	if s.token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1 {
		return identity.Actor{}, nil
	}
	return s.Authenticator.ByToken(ctx, token)
}
