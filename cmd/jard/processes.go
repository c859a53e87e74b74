package main

import (
	"log/slog"
	"os"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/sharedb"
	"github.com/jard-odi/jard/monitor/sharing"
	"github.com/jard-odi/jard/monitor/watch"
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

// guard has e decide, and writer keep, only what this process may say.
func (p part) guard(e elsewhere, writer *monitordb.Writer) {
	if p.share != nil {
		e.council.Within(p.share)
		writer.Guarded(p.share)
	}
}
