package main

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/domaindb"
	"github.com/jard-odi/jard/monitor/domainwatch"
	"github.com/jard-odi/jard/monitor/domainweb"
	"github.com/jard-odi/jard/monitor/monitorweb"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web"
)

// domains adds the room of domains: its page on the desk, and the questions to
// registries, which one process asks. The pages of services show them too.
func (h *house) domains(db *gorm.DB, people *identitydb.Store, c configs.Config, services *monitorweb.Pages, shell *web.Shell,
	seen *metrics.Metrics, leads func() bool, log *slog.Logger,
) error {
	store := domaindb.New(db, nil)
	services.Registered(store.All).Routes()
	seen.WatchDomains((&domainEnds{all: store.All, now: time.Now}).read)
	domainweb.New(shell, store, func(ctx context.Context, accounts []string) (map[string]string, error) {
		names := map[string]string{}
		for _, id := range accounts {
			if by, err := people.ActorOf(ctx, id); err == nil {
				names[id] = by.Name // whoever is gone has none
			}
		}
		return names, nil
	}).Routes()
	if c.Watch.Registries == "" || !c.Watch.Enabled {
		return nil
	}
	guard, err := outgoing.New(c.Outgoing.AllowNetworks)
	if err != nil {
		return err
	}
	asks := domainwatch.New(store, domainwatch.Options{
		Guard: guard, Bootstrap: c.Watch.Registries, UserAgent: userAgent(c), Pause: time.Second, Log: log,
	})
	h.jobs = append(h.jobs, job{"ask registries when domains end", "*/15 * * * *", asks.Round})
	h.background = append(h.background, func(ctx context.Context) {
		if !leads() {
			return
		}
		if err := asks.Round(ctx); err != nil && ctx.Err() == nil {
			log.Error("registries were not asked", "room", "domains", "error", err)
		}
	})
	return nil
}
