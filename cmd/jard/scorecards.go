package main

import (
	"context"
	"time"

	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessweb"
	"github.com/jard-odi/jard/monitor/examine"
	"github.com/jard-odi/jard/web"
)

// scorecards shows the assessment, and has editions stand on what is measured
// of just their quarter. looks are made when a department asks for one.
func (a *assessment) scorecards(keep stores, shell *web.Shell, looks *examine.Rounds) {
	quarterly := func(ctx context.Context, from, to time.Time) ([]assess.Fact, error) {
		return a.measure(ctx, from, to)
	}
	assessweb.New(shell, a.store, keep.watched, keep.people.Institutions, time.Now).Writing(sheet.WriteRows).Measuring(quarterly).Examining(looks).Routes()
}
