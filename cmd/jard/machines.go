package main

import (
	"context"
	"log/slog"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/metrics"
)

// news has what this process remembers looked up again when another changed
// it. It is wired before anybody is told anything.
type news struct {
	of map[string][]func()
}

// on has forget called at each change of the topic.
func (n *news) on(topic string, forget ...func()) {
	if n.of == nil {
		n.of = map[string][]func(){}
	}
	n.of[topic] = append(n.of[topic], forget...)
}

// hear passes a change on. What this version does not know may be anything.
func (n *news) hear(topic string) {
	if forget, known := n.of[topic]; known {
		for _, f := range forget {
			f()
		}
		return
	}
	for _, list := range n.of {
		for _, f := range list {
			f()
		}
	}
}

// listen is the work of being told.
func (n *news) listen(db *gorm.DB, log *slog.Logger) func(context.Context) {
	return func(ctx context.Context) { database.Listen(ctx, db, log, n.hear) }
}

// nudged turns news into a wake-up that is never waited for.
func nudged() (wake <-chan struct{}, nudge func()) {
	c := make(chan struct{}, 1)
	return c, func() {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// countDatabase shows Prometheus what this process met with its database.
func countDatabase(db *gorm.DB, seen *metrics.Metrics) {
	if _, ok := database.NumbersOf(db); !ok {
		return
	}
	seen.Registry().MustRegister(&metrics.Database{Numbers: func() (int64, bool, map[string]int64, map[string]int64) {
		n, _ := database.NumbersOf(db)
		return n.Reconnects, n.Listening, n.Again, n.Outages
	}})
}
