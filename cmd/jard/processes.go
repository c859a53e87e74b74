package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/sharedb"
	"github.com/jard-odi/jard/monitor/shareweb"
	"github.com/jard-odi/jard/monitor/sharing"
	"github.com/jard-odi/jard/monitor/watch"
	"github.com/jard-odi/jard/turns"
	"github.com/jard-odi/jard/web"
)

// part is this process's part of what several share.
type part struct {
	store *sharedb.Store
	share *sharing.Share // nil: this process watches everything, or nothing
}

// newPart returns the part of this process: on PostgreSQL others may serve from
// the same database.
func newPart(db *gorm.DB, c configs.Config, log *slog.Logger) part {
	p := part{store: sharedb.New(db, nil)}
	if database.EngineOf(db) != database.Postgres || !c.Watch.Enabled {
		return p
	}
	name, err := os.Hostname()
	if err != nil {
		name = "?"
	}
	p.share = sharing.New(sharing.Options{Store: p.store, ID: uuid.NewString(), Name: name, Version: version, Log: log})
	return p
}

// rounds gives the rounds their part.
func (p part) rounds(o watch.Options) watch.Options {
	if p.share != nil {
		o.Share = p.share
	}
	return o
}

// share returns what looks from elsewhere, and the part of this process: what
// others watch it neither decides nor writes.
func share(db *gorm.DB, watched *monitordb.Store, writer *monitordb.Writer, c configs.Config, log *slog.Logger) (elsewhere, part) {
	others, own := newElsewhere(db, watched, writer, c, log), newPart(db, c, log)
	if own.share != nil {
		others.council.Within(own.share)
		writer.Guarded(sharedb.Guard{Store: own.store, Of: own.share})
	}
	return others, own
}

// show adds the page of the processes, which also tells of backups, and the
// numbers of this one.
func (p part) show(shell *web.Shell, seen *metrics.Metrics, beside ...shareweb.Telling) {
	if p.share == nil {
		shareweb.New(shell, p.store, "").Beside(beside...).Routes()
		return
	}
	shareweb.New(shell, p.store, p.share.ID()).Beside(beside...).Routes()
	seen.Registry().MustRegister(&metrics.Process{Checks: p.share.Checks, Left: p.share.Left})
}

// mine leaves of infos what this process watches: each service is told of by
// one, so that whoever scrapes all processes sees each series once.
func (p part) mine(infos []metrics.ServiceInfo) []metrics.ServiceInfo {
	if p.share == nil {
		return infos
	}
	return slices.DeleteFunc(infos, func(i metrics.ServiceInfo) bool { return !p.share.Mine(i.Slug) })
}

// leads tells whether this process does what one of them must.
func (p part) leads() bool { return p.share == nil || p.share.Leads() }

// lastTurns is how long timed jobs may take to end when the program stops.
const lastTurns = 5 * time.Second

// shareTurns has the turns of jobs taken once among the processes that serve
// from one PostgreSQL. On SQLite there is one process, and take is nil.
func shareTurns(ctx context.Context, c configs.Config, db *gorm.DB, jobs []job, log *slog.Logger) (take taking, stop func() error, err error) {
	if database.EngineOf(db) != database.Postgres {
		return nil, func() error { return nil }, nil
	}
	byName := make(map[string]func(context.Context) error, len(jobs))
	for _, j := range jobs {
		byName[j.name] = j.run
	}
	queue, err := turns.Open(ctx, string(c.Database.URL), byName, log)
	if err != nil {
		return nil, nil, err
	}
	return queue.Turn, func() error {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTurns)
		defer cancel()
		return queue.Close(last)
	}, nil
}
