package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
)

// countEvery is how often it is seen who serves: a process more or less changes
// what each may allow, and whether one that stops is waited for.
const countEvery = 2 * time.Second

// company is how many processes serve from one database, this one included.
type company struct{ size atomic.Int64 }

// Size tells how many; one that was never counted is alone.
func (c *company) Size() int { return max(1, int(c.size.Load())) }

// keep counts until ctx ends. While the database is away the last count stands.
func (c *company) keep(db *gorm.DB, log *slog.Logger) func(context.Context) {
	return func(ctx context.Context) {
		if database.EngineOf(db) != database.Postgres {
			return
		}
		tick := time.NewTicker(countEvery)
		defer tick.Stop()
		for {
			n, err := database.Serving(ctx, db)
			switch was := c.size.Swap(int64(max(n, 1))); {
			case err != nil:
				c.size.Store(was)
			case was != int64(n):
				log.Info("processes serve from this database", "room", "jobs", "processes", n)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}
}
