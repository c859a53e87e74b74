package inventoryweb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Reminder is the proof that a level was told of a period.
type Reminder struct {
	Period   string // label of the reference period
	Audience string // officer, supervisor, operator
	At       time.Time
}

// reminded is a reminder in words.
type reminded struct {
	What, Period string
	At           time.Time
}

// shownReminders bounds the list beside the work.
const shownReminders = 8

// reminders says who was reminded of a dataset's promises, the latest first.
func (p *Pages) reminders(ctx context.Context, w words, by identity.Actor, d *inventory.Dataset) ([]reminded, error) {
	if p.beside.Reminders == nil || d.ApprovedRevision == 0 {
		return nil, nil
	}
	all, err := p.beside.Reminders(ctx, by, d.Ref)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	rows, err := p.store.Obligations(ctx, by, d.Ref)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for n := range rows {
		names[rows[n].Period] = w.periodName(&rows[n])
	}
	out := make([]reminded, 0, len(all))
	for _, r := range all[:min(len(all), shownReminders)] {
		name := names[r.Period]
		if name == "" {
			name = r.Period // the row binds no more
		}
		out = append(out, reminded{w.page.T("notice.proof." + r.Audience), name, r.At})
	}
	return out, nil
}
