package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/agent"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
	"github.com/jard-odi/jard/monitor/watch"
)

// vantages makes the places that the demo looks from. Those that send get a
// token for an agent in this process; of the others nothing is heard any more.
func (d *demoFiller) vantages(ctx context.Context) error {
	by := identity.System("jard demo")
	d.filled.tokens = map[string]string{}
	for _, place := range demo.Vantages() {
		clock := d.now.Add(-place.Silent)
		store := vantagedb.New(d.db, func() time.Time { return clock }, 0)
		want := vantage.Vantage{Slug: place.Slug, Name: place.Name, Network: vantage.Network(place.Network), Institution: place.Institution}
		if _, err := store.Add(ctx, by, want); err != nil {
			return fmt.Errorf("make vantage %s: %w", place.Slug, err)
		}
		token, _, err := store.Invite(ctx, by, place.Slug)
		if err != nil {
			return fmt.Errorf("invite vantage %s: %w", place.Slug, err)
		}
		if place.Silent == 0 {
			d.filled.tokens[place.Slug] = token
			continue
		}
		public, _, err := ed25519.GenerateKey(nil)
		if err != nil {
			return err
		}
		program := vantage.Program{Protocol: vantage.Protocol, Version: version}
		if _, err := store.Enrol(ctx, &vantage.Enrolment{Program: program, Token: token, PublicKey: public}); err != nil {
			return fmt.Errorf("enrol vantage %s: %w", place.Slug, err)
		}
	}
	return nil
}

// agents run the demo's vantages beside the installation, as agents elsewhere
// would: over HTTP, through the same API. It returns what waits for their end.
func (d *filled) agents(ctx context.Context, c configs.Config, dir string, log *slog.Logger) (wait func(), err error) {
	nobody := func() {}
	prober, err := newProber(c)
	if err != nil {
		return nobody, err
	}
	client, err := toServer()
	if err != nil {
		return nobody, err
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nobody, fmt.Errorf("where the demo listens: %w", err)
	}
	here := net.JoinHostPort("127.0.0.1", port)
	var running sync.WaitGroup
	for _, place := range demo.Vantages() {
		token, sends := d.tokens[place.Slug]
		if !sends {
			continue
		}
		a, err := agent.New(agent.Options{
			Server: "http://" + here, Token: token, Dir: filepath.Join(dir, "agent", place.Slug), Version: version, HTTP: client,
			Prober: faraway{prober, place}, References: []string{here}, InFlight: 64, // without a log: the installation tells of every outage already
		})
		if err != nil {
			return running.Wait, err
		}
		running.Go(func() {
			if err := a.Run(ctx); err != nil && ctx.Err() == nil {
				log.Warn("a vantage of the demo ended", "vantage", place.Slug, "err", err)
			}
		})
	}
	return running.Wait, nil
}

// faraway sees what a vantage of the demo would see.
type faraway struct {
	prober watch.Prober
	place  demo.Vantage
}

// Probe looks once, from far away.
func (f faraway) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	return f.place.Sees(c.Service, f.prober.Probe(ctx, c))
}
