// Package digest makes the rounds of notices: it asks who may be told, lets
// the rules compose each person's digest, writes it in their language, and
// keeps it with its proof. Run as often as one likes, it tells each thing once.
package digest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/web/locale"
)

// Maker makes digests.
type Maker struct {
	Store    *noticedb.Store
	Plan     notice.Plan
	Workdays func(context.Context) (*inventory.Workdays, error)
	Words    *locale.Catalogue
	URL      func(path string) string // makes a path of ours absolute
	Operator lang.Text

	// Answers tells who waits for an answer of the actor's since when; nil while
	// no room of requests is there. Lines carry a title, a path and a day.
	Answers func(ctx context.Context, by identity.Actor) ([]notice.Line, error)

	// Portal tells what differs on the national portal, as far as the actor
	// keeps it; nil where nobody reads one. Lines carry a title, a path, a day
	// and how many.
	Portal func(ctx context.Context, by identity.Actor) ([]notice.Line, error)

	// Charge returns who is told of an institution's duties among the officers
	// that may act for it; nil tells all of them.
	Charge func(context.Context) (func(account, institution string) bool, error)
}

// Report is what a round did.
type Report struct {
	People  int // who may be told
	Written int // digests
	Lines   int // things told
	Steps   int // reminders told for the first time
}

// outlook is how far ahead a digest looks.
const outlook = 31

// Run writes the digests of the day.
func (m *Maker) Run(ctx context.Context) (Report, error) {
	return m.each(ctx, func(d *notice.Digest) (bool, error) { return m.keep(ctx, d) })
}

// Preview composes the digests of the day, shows each, and writes nothing.
func (m *Maker) Preview(ctx context.Context, show func(*notice.Digest)) (Report, error) {
	return m.each(ctx, func(d *notice.Digest) (bool, error) { show(d); return true, nil })
}

// each composes the digest of everybody there is something to tell. What goes
// wrong with one person holds up nobody else.
func (m *Maker) each(ctx context.Context, do func(*notice.Digest) (bool, error)) (Report, error) {
	var r Report
	work, err := m.Workdays(ctx)
	if err != nil {
		return r, err
	}
	people, err := m.Store.People(ctx)
	if err != nil {
		return r, err
	}
	if err := m.narrow(ctx, people); err != nil {
		return r, err
	}
	r.People = len(people)
	var faults []error
	for n := range people {
		p := &people[n]
		news, err := m.news(ctx, p)
		if err != nil {
			faults = append(faults, fmt.Errorf("gather the news of an account: %w", err))
			continue
		}
		d, ok := notice.Compose(p, news, m.Plan, work, m.Store.Now())
		if !ok {
			continue
		}
		if err := m.titles(ctx, d); err != nil {
			faults = append(faults, err)
			continue
		}
		done, err := do(d)
		if err != nil {
			faults = append(faults, err)
		}
		if done {
			r.Written, r.Lines, r.Steps = r.Written+1, r.Lines+d.Count(), r.Steps+len(d.Told)
		}
	}
	return r, errors.Join(faults...)
}

// narrow confines officers to the institutions that they are designated for:
// what the digest gathers for them is of these only.
func (m *Maker) narrow(ctx context.Context, people []notice.Person) error {
	if m.Charge == nil {
		return nil
	}
	told, err := m.Charge(ctx)
	if err != nil {
		return err
	}
	for n := range people {
		if by := &people[n].Actor; people[n].Audience() == notice.Officers {
			by.Institutions = slices.DeleteFunc(slices.Clone(by.Institutions), func(slug string) bool { return !told(by.Account, slug) })
		}
	}
	return nil
}

// news gathers what concerns a person.
func (m *Maker) news(ctx context.Context, p *notice.Person) (notice.News, error) {
	var news notice.News
	var err error
	now := m.Store.Now()
	until := now.AddDate(0, 0, max(outlook, m.Plan.Ahead()+1))
	audience := p.Audience()
	if audience != notice.Officers {
		days, ok := m.Plan.First(audience)
		if until = now.AddDate(0, 0, -days+1); !ok {
			until = time.Time{} // the plan tells them nothing
		}
	}
	if news.Duties, err = m.Store.Duties(ctx, p, until); err != nil {
		return news, err
	}
	if p.Actor.MayAnywhere(identity.SubmitDataset) {
		if news.Returned, err = m.Store.Returned(ctx, p.Actor); err != nil {
			return news, err
		}
	}
	if p.Actor.MayAnywhere(identity.EndorseDataset) {
		if news.Heads, err = m.Store.Endorsing(ctx, p.Actor); err != nil {
			return news, err
		}
	}
	if audience == notice.Officers {
		if news.Persons, err = m.Store.Persons(ctx, p.Actor); err != nil {
			return news, err
		}
	}
	if p.Actor.MayAnywhere(identity.ReviewDataset) {
		if news.Reviews, err = m.Store.Submitted(ctx, p.Actor); err != nil {
			return news, err
		}
	}
	if m.Answers != nil {
		if news.Answers, err = m.Answers(ctx, p.Actor); err != nil {
			return news, err
		}
	}
	if m.Portal != nil {
		news.Portal, err = m.Portal(ctx, p.Actor)
	}
	return news, err
}

// titles puts the titles beside the lines that are shown.
func (m *Maker) titles(ctx context.Context, d *notice.Digest) error {
	var ids []string
	eachDuty(d, func(l *notice.Line) { ids = append(ids, l.Duty.DatasetID) })
	titles, err := m.Store.Titles(ctx, ids)
	if err != nil {
		return err
	}
	eachDuty(d, func(l *notice.Line) { l.Title = titles[l.Duty.DatasetID] })
	return nil
}

// eachDuty visits the shown lines that are about a promised update.
func eachDuty(d *notice.Digest, see func(*notice.Line)) {
	for s := range d.Sections {
		for n := range d.Sections[s].Lines {
			if l := &d.Sections[s].Lines[n]; l.Duty.DatasetID != "" {
				see(l)
			}
		}
	}
}

// keep makes the links of a digest, writes its mail, and keeps all of it.
func (m *Maker) keep(ctx context.Context, d *notice.Digest) (bool, error) {
	links := m.links(d)
	stop := ""
	if d.Person.Rhythm != notice.Off {
		secret := identity.NewSecret()
		links = append(links, m.link(d, notice.Duty{}, notice.Stop, secret, notice.StopAge))
		stop = m.URL("/m/" + secret)
	}
	message, err := m.write(d, stop)
	if err != nil {
		return false, err
	}
	return m.Store.Keep(ctx, d, links, message)
}

// links makes the links of the duties that an officer can meet by a click:
// those whose reminder is due, so that nobody confirms a period that has hardly begun.
func (m *Maker) links(d *notice.Digest) []notice.Link {
	var links []notice.Link
	if d.Person.Audience() != notice.Officers {
		return nil
	}
	eachDuty(d, func(l *notice.Line) {
		if l.Step.Code == "" {
			return
		}
		l.ConfirmBy, l.UpdateBy = identity.NewSecret(), identity.NewSecret()
		links = append(links,
			m.link(d, l.Duty, notice.Confirm, l.ConfirmBy, notice.LinkAge), m.link(d, l.Duty, notice.Update, l.UpdateBy, notice.LinkAge))
	})
	return links
}

func (m *Maker) link(d *notice.Digest, duty notice.Duty, act notice.LinkAct, secret string, age time.Duration) notice.Link {
	hash, _ := identity.Digested(secret)
	now := m.Store.Now()
	return notice.Link{
		Hash: hash, Account: d.Person.Actor.Account, Act: act, DatasetID: duty.DatasetID, Ref: duty.Ref, Period: duty.Period,
		CreatedAt: now, ExpiresAt: now.Add(age),
	}
}
