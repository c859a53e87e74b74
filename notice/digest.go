package notice

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Part names a section of a digest.
type Part string

// The sections, in the order they are read.
const (
	Late      Part = "late"      // the last day has passed
	Escalated Part = "escalated" // the same, told to those above
	Soon      Part = "soon"      // to be updated in the coming weeks
	Returned  Part = "returned"  // came back with comments
	Answers   Part = "answers"   // people wait for an answer
	Endorsing Part = "endorsing" // waits for the first approval, of the head
	Reviews   Part = "reviews"   // waits for review
	Persons   Part = "persons"   // signs of personal data wait for an answer
	Portal    Part = "portal"    // what differs on the national portal
)

// Parts lists the sections in order.
func Parts() []Part {
	return []Part{Late, Escalated, Soon, Returned, Answers, Endorsing, Reviews, Persons, Portal}
}

// mandatory tells which sections follow from the duty to update: they are told
// whatever somebody prefers.
func (p Part) mandatory() bool { return p == Late || p == Escalated || p == Soon }

// Line is one thing to tell.
type Line struct {
	Duty      Duty // of a promised update; zero otherwise
	Ref       string
	Title     lang.Text
	Last      time.Time // last day on time; when it happened for other lines
	DaysLate  int       // working days
	DaysLeft  int
	Earlier   int       // periods before this one that wait too
	Reason    string    // why it came back
	Path      string    // where to go; empty: the dataset's page at the desk
	Due       time.Time // last moment of an answer that is owed; zero: none is
	Count     int       // signs that wait
	Step      Step      // reached by now; the zero Step when none is
	New       bool      // not told before
	Urgent    bool
	ConfirmBy string // secret of the link that confirms; filled where one was made
	UpdateBy  string // secret of the link that declares new data
}

// Section is a part of a digest: its first lines, and how many there are.
type Section struct {
	Part  Part
	Lines []Line
	Total int
}

// Digest is what one person is told on one day.
type Digest struct {
	Person   *Person
	Day      inventory.Date
	Weekly   bool // it is the week's
	Sections []Section
	Told     []Told // steps that are told with it for the first time
}

// Told is the proof that somebody was reminded.
type Told struct {
	DatasetID string `gorm:"primaryKey"`
	Period    string `gorm:"primaryKey"`
	Account   string `gorm:"primaryKey"`
	Step      string `gorm:"primaryKey"`
	Audience  Audience
	Rank      int
	ToldAt    time.Time
}

// TableName names the table of reminders.
func (Told) TableName() string { return "notice_reminders" }

// MostLines bounds a section: a mail is read, a list is worked through at the desk.
const MostLines = 15

// News is what there is to tell one person, as the stores know it.
type News struct {
	Duties   []Duty
	Returned []Entry
	Reviews  []Entry
	Heads    []Entry // wait for the head of their institution
	Persons  []Entry // show signs of personal data that nobody has answered
	Answers  []Line  // from the room of requests, in its own words
	Portal   []Line  // from the room of the national portal: one a kind of finding
}

// Compose decides whether the person is written to at now, and what. It is
// false when there is nothing to say, the person is away, or nobody works.
func Compose(p *Person, news News, plan Plan, work *inventory.Workdays, now time.Time) (*Digest, bool) {
	day := inventory.DateOf(now, inventory.Tunis())
	if p.Away(day) || !work.Works(now) {
		return nil, false
	}
	d := &Digest{Person: p, Day: day}
	b := builder{digest: d, plan: plan, days: NewCalendar(work, now), parts: map[Part]*Section{}, now: now}
	b.duties(news.Duties)
	b.entries(Returned, news.Returned)
	b.entries(Reviews, news.Reviews)
	b.entries(Endorsing, news.Heads)
	b.entries(Persons, news.Persons)
	for _, l := range news.Answers {
		l.New = l.New || b.since(l.Last) || !l.Due.IsZero() && b.since(l.Due) // a term that passed is news too
		b.add(Answers, l)
	}
	for _, l := range news.Portal {
		l.New = b.since(l.Last)
		b.add(Portal, l)
	}
	d.Weekly = p.Rhythm == Weekly && !p.ThisWeek
	if !b.worthSending(p.Rhythm) {
		return nil, false
	}
	for _, part := range Parts() {
		if s := b.parts[part]; s != nil && (p.Rhythm != Off || part.mandatory()) {
			d.Sections = append(d.Sections, *s)
		}
	}
	return d, true
}

// builder gathers a digest.
type builder struct {
	digest           *Digest
	plan             Plan
	days             *Calendar
	parts            map[Part]*Section
	now              time.Time
	fresh            bool // something was not told before
	duty, urgentNews bool // and follows from a duty; and cannot wait
}

// placed is a line and the section it belongs to.
type placed struct {
	part Part
	line Line
}

// duties sorts promised updates into what is late and what is soon, what is
// new and pressing first, and notes the steps that are told with it.
func (b *builder) duties(all []Duty) {
	slices.SortStableFunc(all, func(x, y Duty) int { return cmp.Or(x.Limit.Compare(y.Limit), cmp.Compare(x.Ref, y.Ref)) })
	audience := b.digest.Person.Audience()
	lines, at := make([]placed, 0, len(all)), make(map[placedKey]int, len(all))
	for n := range all {
		d := &all[n]
		step, reached := b.plan.Reached(audience, d, b.days)
		part, theirs := b.part(audience, d, reached)
		if !theirs {
			continue
		}
		l := Line{Duty: *d, Ref: d.Ref, Last: d.Limit.Add(-time.Second), DaysLate: b.days.DaysLate(d.Limit), DaysLeft: b.days.DaysLeft(d.Limit)}
		if reached {
			l.Step, l.New = step, step.Rank() > d.Told
			l.Urgent = l.New && step.Urgent
		}
		if l.New {
			b.tell(d, step)
		}
		key := placedKey{part, d.DatasetID}
		if before, ok := at[key]; ok {
			lines[before].line = merged(lines[before].line, l)
			continue
		}
		at[key] = len(lines)
		lines = append(lines, placed{part, l})
	}
	slices.SortStableFunc(lines, func(x, y placed) int { return cmp.Compare(rank(x.line), rank(y.line)) })
	for _, p := range lines {
		b.add(p.part, p.line)
	}
}

// placedKey is what one line is about.
type placedKey struct {
	part    Part
	dataset string
}

// merged makes one line of two periods of a dataset: a dataset is one thing to
// do. The later period speaks for both, since what answers for it answers for
// the one before, unless its reminder is not due yet.
func merged(before, later Line) Line {
	if later.Step.Code == "" {
		return before
	}
	later.Earlier = before.Earlier + 1
	later.New, later.Urgent = later.New || before.New, later.Urgent || before.Urgent
	return later
}

// rank puts what is new before what was told.
func rank(l Line) int {
	if l.New {
		return 0
	}
	return 1
}

// tell notes that a step is told for the first time.
func (b *builder) tell(d *Duty, step Step) {
	b.duty = true
	b.digest.Told = append(b.digest.Told, Told{
		DatasetID: d.DatasetID, Period: d.Period, Account: b.digest.Person.Actor.Account, Step: step.Code,
		Audience: step.Audience, Rank: step.Rank(), ToldAt: b.now,
	})
}

// part says where a duty stands in the digest; false while it is not theirs to
// hear of, or its period has hardly begun.
func (b *builder) part(a Audience, d *Duty, reached bool) (Part, bool) {
	switch {
	case a != Officers:
		return Escalated, reached
	case b.days.late(d.Limit):
		return Late, true
	}
	return Soon, reached || b.days.lastThird(d)
}

// entries tells of datasets that wait for somebody; new is what happened since
// the last digest.
func (b *builder) entries(part Part, all []Entry) {
	for _, e := range all {
		b.add(part, Line{
			Ref: e.Ref, Title: e.Title, Reason: e.Reason, Last: e.At, Path: e.Path, Count: e.Count,
			New: b.since(e.At),
		})
	}
}

// since tells whether t came after the last digest and has come by now.
func (b *builder) since(t time.Time) bool {
	return t.After(b.digest.Person.LastDigest) && !t.After(b.now)
}

func (b *builder) add(part Part, l Line) {
	s := b.parts[part]
	if s == nil {
		s = &Section{Part: part}
		b.parts[part] = s
	}
	if s.Total++; len(s.Lines) < MostLines {
		s.Lines = append(s.Lines, l)
	}
	b.fresh = b.fresh || l.New
	b.urgentNews = b.urgentNews || l.Urgent
}

// worthSending decides by the rhythm.
func (b *builder) worthSending(r Rhythm) bool {
	switch r {
	case Off:
		return b.duty
	case Weekly:
		return b.urgentNews || b.digest.Weekly && len(b.parts) > 0
	}
	return b.fresh
}

// Mandatory tells whether every section follows from a duty, so that there is
// nothing to unsubscribe from.
func (d *Digest) Mandatory() bool {
	return !slices.ContainsFunc(d.Sections, func(s Section) bool { return !s.Part.mandatory() })
}

// Count is how many things the digest tells of.
func (d *Digest) Count() int {
	n := 0
	for _, s := range d.Sections {
		n += s.Total
	}
	return n
}

// Key names the mail of a person and day; the outbox keeps a key once.
func (d *Digest) Key() string { return "digest:" + d.Person.Actor.Account + ":" + string(d.Day) }

// Week names the week of the day.
func Week(now time.Time) string {
	year, week := now.In(inventory.Tunis()).ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}
