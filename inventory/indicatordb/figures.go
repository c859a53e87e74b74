package indicatordb

import (
	"context"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
)

// Measured is all that is measured at one moment, by institution.
type Measured struct {
	Period  indicator.Period
	Days    []Daily
	Stocks  map[string]indicator.Stock
	Overdue []Standing
	Queue   []indicator.Waiting
	Moves   []indicator.Move
	Today   indicator.Day
}

// Measure reads all of it; from is the earliest day that Days begin with when
// it is before the period.
func (s *Store) Measure(ctx context.Context, scope Scope, p indicator.Period, from indicator.Day) (Measured, error) {
	m := Measured{Period: p, Today: s.today()}
	var err error
	if m.Days, err = s.Days(ctx, scope, indicator.Period{From: min(from, p.From), To: max(p.To, m.Today)}); err != nil {
		return m, err
	}
	if m.Stocks, err = s.Stocks(ctx, scope); err != nil {
		return m, err
	}
	if m.Overdue, err = s.Overdue(ctx, scope); err != nil || scope.public {
		return m, err
	}
	if m.Queue, err = s.Queue(ctx, scope); err != nil {
		return m, err
	}
	m.Moves, err = s.Moves(ctx, scope)
	return m, err
}

// Figures sums what is measured of the institutions that of chooses; nil
// chooses all.
func (m Measured) Figures(of func(slug string) bool, days *inventory.Workdays, tree identity.Tree, at indicator.Day) indicator.Figures {
	if of == nil {
		of = func(string) bool { return true }
	}
	var f indicator.Figures
	for slug, stock := range m.Stocks {
		if of(slug) {
			f.Stock = f.Stock.Add(stock)
		}
	}
	for _, d := range m.Days {
		if of(d.Institution) && d.Day >= m.Period.From && d.Day <= m.Period.To {
			f.Promises = f.Promises.Add(d.Promises)
		}
	}
	for _, one := range m.Overdue {
		if of(one.Institution) {
			f.Overdue += one.N
		}
	}
	var queue []indicator.Waiting
	for _, w := range m.Queue {
		if of(w.Institution) {
			queue = append(queue, w)
		}
	}
	f.Queue = indicator.AgesOf(queue, days, at.Start())
	f.Slipped = f.Stock.Passed
	for _, move := range m.Moves {
		// What has passed is counted already, whether or not it was put back before.
		if of(move.Institution) && move.Slipped() > 0 && move.Last >= m.Today.Date() {
			f.Slipped++
		}
	}
	f.Bodies, f.BodiesOf = m.bodies(of, tree, at)
	return f
}

// bodies counts the ministries of the pilot, and those that have an inventory,
// be it that of a body under them. Where none is of the pilot, all are meant.
func (m Measured) bodies(of func(string) bool, tree identity.Tree, at indicator.Day) (with, all int) {
	filled := map[string]bool{}
	for slug, stock := range m.Stocks {
		if of(slug) && stock.Datasets > 0 {
			filled[tree.Ministry(slug).Slug] = true
		}
	}
	for _, i := range Ministries(tree, at) {
		under := false
		for _, slug := range tree.Under(i, at.Start()) {
			under = under || of(slug)
		}
		if !under {
			continue
		}
		all++
		if filled[i] {
			with++
		}
	}
	return with, all
}

// Ministries lists the institutions at the top that take part: those of the
// pilot, or all where the pilot names none.
func Ministries(tree identity.Tree, at indicator.Day) []string {
	var pilot, every []string
	for slug, i := range tree {
		if i.Parent != "" || !i.Exists(at.Start()) {
			continue
		}
		every = append(every, slug)
		if i.Pilot {
			pilot = append(pilot, slug)
		}
	}
	if len(pilot) > 0 {
		return pilot
	}
	return every
}

// Weeks sums the days up by week.
func (m Measured) Weeks() []indicator.Weekly {
	type key struct {
		slug string
		week indicator.Week
	}
	at := map[key]int{}
	var weeks []indicator.Weekly
	for _, d := range m.Days {
		k := key{d.Institution, d.Day.Week()}
		n, ok := at[k]
		if !ok {
			n = len(weeks)
			at[k] = n
			weeks = append(weeks, indicator.Weekly{Institution: d.Institution, Week: k.week})
		}
		weeks[n].Promises = weeks[n].Add(d.Promises)
	}
	return weeks
}
