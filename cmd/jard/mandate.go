package main

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/dashboard"
	"github.com/jard-odi/jard/inventory/mandatedb"
	"github.com/jard-odi/jard/inventory/mandateweb"
	"github.com/jard-odi/jard/web"
)

// mandates wires the room of officers, committee and common rules.
func (s stores) mandates(shell *web.Shell, db *gorm.DB) *mandateweb.Pages {
	return mandateweb.New(shell, mandatedb.New(db, nil), s.register, s.people, time.Now)
}

// callsOf hands what the room asks of the actor to the desks.
func callsOf(pages *mandateweb.Pages) func(context.Context) ([]dashboard.Call, error) {
	return func(ctx context.Context) ([]dashboard.Call, error) {
		all, err := pages.Calls(ctx)
		calls := make([]dashboard.Call, 0, len(all))
		for _, one := range all {
			calls = append(calls, dashboard.Call(one))
		}
		return calls, err
	}
}

// officersWithin counts the standings of officers for a scrape.
func officersWithin(db *gorm.DB) func() (map[string]string, error) {
	store := mandatedb.New(db, nil)
	return func() (map[string]string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
		defer cancel()
		return store.Officers(ctx)
	}
}
