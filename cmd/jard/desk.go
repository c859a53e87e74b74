package main

import (
	"context"
	"time"

	"github.com/jard-odi/jard/dashboard"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/requestdb"
)

// answersOf tells the desks how people outside were answered.
func answersOf(store *requestdb.Store) dashboard.Answers {
	return func(ctx context.Context, from, to time.Time) (map[string]indicator.Answers, error) {
		each, _, err := store.Standings(ctx, requestdb.Period{From: from, To: to})
		answers := make(map[string]indicator.Answers, len(each))
		for _, s := range each {
			answers[s.Institution] = indicator.Answers{Received: s.Received, Answered: s.Answered, InTime: s.InTime}
		}
		return answers, err
	}
}
