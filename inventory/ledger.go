package inventory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
)

// Ledger is what a dataset promised, period by period, the oldest first.
type Ledger struct {
	Rows    []Obligation
	Dropped []string // periods whose row no longer binds and was taken out
}

// Supersede takes out the open rows of another frequency whose period is not
// over: approving p binds otherwise from now on. What is over stays owed.
func (l *Ledger) Supersede(p *Publication, now time.Time) {
	l.drop(func(o *Obligation) bool {
		return o.Open() && now.Before(o.EndsAt) && o.Frequency != p.Content.Frequency
	})
}

// Align opens a row for every period from the first that binds to the one
// after the current, and brings the open ones up to date with the schedule.
// What was met, waived late or missed stays as it is: neither a new frequency
// nor a new holiday rewrites the past. Aligning twice changes nothing.
func (l *Ledger) Align(p *Publication, v *Vocabulary, c *Workdays, now time.Time) {
	s, bound := v.Schedule(c, p.Content)
	l.drop(func(o *Obligation) bool {
		same := o.Frequency == p.Content.Frequency
		return same && o.Open() && now.Before(o.EndsAt) && (!bound || s.Period(o.StartsAt).Label != o.Period)
	})
	if !bound {
		return
	}
	last := time.Time{}
	for n := range l.Rows {
		o := &l.Rows[n]
		if o.Frequency != s.Frequency.Code {
			continue
		}
		if o.StartsAt.After(last) {
			last = o.StartsAt
		}
		if q := s.Period(o.StartsAt); o.Open() && now.Before(o.LateAfter) && q.Label == o.Period {
			o.place(s, q)
		}
	}
	l.extend(p, s, last, now)
}

// place writes the instants of a period, when they differ.
func (o *Obligation) place(s Schedule, q Period) {
	due, late := s.Deadline(q)
	for to, is := range map[*time.Time]time.Time{
		&o.StartsAt: q.Start.UTC(), &o.EndsAt: q.End.UTC(), &o.DueAt: due, &o.LateAfter: late,
	} {
		if !to.Equal(is) {
			*to = is
		}
	}
}

// firstYear is before any register of public data: what is older was never set.
const firstYear = 2000

// boundFrom is since when the frequency binds. A row that does not say it binds
// from its approval, else from now: the years since the year 1 are not owed.
func (p *Publication) boundFrom(now time.Time) time.Time {
	for _, t := range []time.Time{p.BoundFrom, p.Issued} {
		if t.Year() >= firstYear {
			return t
		}
	}
	return now
}

// extend opens the rows after the last one of this frequency.
func (l *Ledger) extend(p *Publication, s Schedule, last, now time.Time) {
	next := s.Period(p.boundFrom(now))
	if !last.IsZero() {
		if q := s.Next(s.Period(last)); q.Start.After(next.Start) {
			next = q
		}
	}
	basis := BasisFrequency
	if s.Frequency.Rule == Attest {
		basis = BasisAttestation
	}
	for end := s.Next(s.Period(now)); !next.Start.After(end.Start); next = s.Next(next) {
		if slices.ContainsFunc(l.Rows, func(o Obligation) bool { return o.Period == next.Label }) {
			continue
		}
		o := Obligation{
			DatasetID: p.DatasetID, Period: next.Label, Ref: p.Ref, Institution: p.Institution,
			Frequency: s.Frequency.Code, Basis: basis,
		}
		o.place(s, next)
		l.Rows = append(l.Rows, o)
		l.Dropped = slices.DeleteFunc(l.Dropped, func(label string) bool { return label == next.Label })
	}
	slices.SortStableFunc(l.Rows, func(a, b Obligation) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.Period, b.Period))
	})
}

// Take lets evidence meet every open row whose period it reaches, and returns
// how many it met. One update closes a gap, but closes it late.
func (l *Ledger) Take(e Evidence, now time.Time) (met int) {
	for n := range l.Rows {
		o := &l.Rows[n]
		if !o.Open() || e.Day == "" || !o.reached(e.Day) {
			continue
		}
		o.MetAt = &now
		o.Evidence, o.EvidenceDay, o.EvidenceBy, o.EvidenceNote = e.Kind, e.Day, e.By, strings.TrimSpace(e.Note)
		o.ContentHash, o.ContentRows = e.Hash, e.Rows
		met++
	}
	return met
}

// Waive lets the dataset off one period. What is met needs no waiver.
func (l *Ledger) Waive(w Waiver, now time.Time) error {
	until, _ := w.Until.In(Tunis())
	until = nextDay(until, 1).UTC()
	o := l.pressing()
	if w.Period != "" {
		o = l.row(w.Period)
	}
	switch {
	case o == nil && w.Period == "":
		return fault.New(fault.Conflict, "obligation.none_open")
	case o == nil:
		return fault.At("period", "obligation.period.unknown", clip(w.Period))
	case !o.Open():
		return fault.New(fault.Conflict, "obligation.met_already", o.Period)
	}
	o.WaivedAt, o.WaivedUntil, o.WaivedBy, o.WaiverReason = &now, &until, w.By, strings.TrimSpace(w.Reason)
	return nil
}

// Close ends the ledger of a withdrawn dataset: what was late by then stays
// on record, what was not yet due is owed by nobody.
func (l *Ledger) Close(now time.Time) {
	l.drop(func(o *Obligation) bool { return o.Open() && now.Before(o.Limit()) })
	for n := range l.Rows {
		if l.Rows[n].Open() {
			l.Rows[n].ClosedAt = &now
		}
	}
}

// Next returns when the most pressing open row is due and late; nil when
// nothing is promised.
func (l *Ledger) Next() (due, late *time.Time) {
	o := l.pressing()
	if o == nil {
		return nil, nil
	}
	dueAt, limit := o.DueAt, o.Limit()
	return &dueAt, &limit
}

// pressing returns the open row that is late first, nil when none is open.
func (l *Ledger) pressing() (first *Obligation) {
	for n := range l.Rows {
		if o := &l.Rows[n]; o.Open() && (first == nil || o.Limit().Before(first.Limit())) {
			first = o
		}
	}
	return first
}

func (l *Ledger) row(period string) *Obligation {
	for n := range l.Rows {
		if l.Rows[n].Period == period {
			return &l.Rows[n]
		}
	}
	return nil
}

func (l *Ledger) drop(gone func(*Obligation) bool) {
	l.Rows = slices.DeleteFunc(l.Rows, func(o Obligation) bool {
		if gone(&o) {
			l.Dropped = append(l.Dropped, o.Period)
			return true
		}
		return false
	})
}

// Said is an officer's declaration of the past, as the audit trail tells it.
type Said struct {
	At  time.Time
	Was Date // the data date before
	Day Date // and as declared
	By  string
}

// Replay writes the ledger of a publication that has none yet, from its
// approval on, with what was declared since.
func (l *Ledger) Replay(p *Publication, v *Vocabulary, c *Workdays, past []Said, now time.Time) {
	if p.Issued.Year() < firstYear {
		undated := *p
		undated.Issued = now
		p = &undated
	}
	first := p.Content.DataModified
	if len(past) > 0 {
		first = past[0].Was
	}
	if s, ok := v.Schedule(c, p.Content); ok && first == "" {
		later := *p // publication was the first update, as for one approved today
		later.BoundFrom = s.Period(p.Issued).End
		p = &later
	}
	l.Align(p, v, c, p.Issued)
	l.Take(Evidence{Kind: Declaration, Day: first}, p.Issued)
	for _, said := range past {
		l.Align(p, v, c, said.At)
		l.Take(Evidence{Kind: Declaration, Day: said.Day, By: said.By}, said.At)
	}
	l.Align(p, v, c, now)
}
