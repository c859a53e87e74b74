package monitordb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

var stranger = identity.Actor{Account: "x", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}

// blow is a service that fails or answers, as a test tells.
type blow struct {
	v       *monitor.Service
	current monitor.Current
}

// street is a store with services that a test lets fail.
type street struct {
	*testing.T
	store *Store
	clock *clock
	w     *Writer
	all   map[string]*blow
}

func newStreet(t *testing.T, db *gorm.DB, slugs ...string) *street {
	t.Helper()
	s, clk := open(t, db)
	st := &street{T: t, store: s, clock: clk, w: s.NewWriter(nil, 0), all: map[string]*blow{}}
	for _, slug := range slugs {
		st.add(slug)
	}
	return st
}

func (s *street) add(slug string, change ...func(*monitor.Service)) *monitor.Service {
	s.Helper()
	v := add(s.T, s.store, service(slug, change...))
	s.all[slug] = &blow{v: v, current: monitor.Current{CheckID: v.Checks[0].ID, Service: slug}}
	return v
}

// read lets a service be read once, and stores what came of it when it failed.
func (s *street) read(slug string, why monitor.Reason, address string) {
	s.Helper()
	b := s.all[slug]
	r := monitor.Reading{
		Check: b.current.CheckID, At: s.clock.at, Every: time.Minute, Attempt: 1, Reason: why, Status: 200,
		Phases: monitor.Phases{1e6, 2e6}, Seen: &monitor.Seen{Header: map[string][]string{"Set-Cookie": {"a=secret"}, "Server": {"nginx"}}, Excerpt: "CIN 08123456"},
	}
	if why == monitor.Connect {
		r.Status, r.Seen.Answers = 0, []string{address}
	}
	monitor.Expect{}.Judge(&r)
	change, since := b.current.Take(&r, 0)
	s.w.Add(Entry{Reading: r, Current: b.current, Change: change, IncidentAt: since})
}

func (s *street) flush() {
	s.Helper()
	s.ok(s.w.Flush(s.Context()))
}

func (s *street) fail(address string, slugs ...string) {
	s.Helper()
	for _, slug := range slugs {
		s.read(slug, monitor.Connect, address)
	}
	s.flush()
	s.clock.at = s.clock.at.Add(time.Second)
}

func (s *street) heal(slugs ...string) {
	s.Helper()
	for range 3 { // enough for whatever it takes to be believed
		for _, slug := range slugs {
			s.read(slug, monitor.None, "")
		}
		s.clock.at = s.clock.at.Add(20 * time.Second)
	}
	s.flush()
}

func (s *street) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// list are all incidents, the oldest first.
func (s *street) list() []monitor.Incident {
	s.Helper()
	list, err := s.store.ListIncidents(s.Context(), mcd, IncidentFilter{Limit: 1000})
	s.ok(err)
	slices.Reverse(list)
	return list
}

// told writes the incidents as their services, those that fail now with a star.
func (s *street) told() string {
	s.Helper()
	text := ""
	for _, i := range s.list() {
		text += "["
		for n, m := range i.Members {
			if n > 0 {
				text += " "
			}
			text += m.Service
			if m.EndedAt == nil {
				text += "*"
			}
		}
		text += "]"
		if i.EndedAt == nil {
			text += "*"
		}
	}
	return text
}

func (s *street) want(want string) {
	s.Helper()
	if got := s.told(); got != want {
		s.Errorf("incidents %s; want %s", got, want)
	}
}

func TestWhatSharesAnAddressIsOneIncident(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b", "c", "d")
		s.fail("196.203.5.1", "a")
		s.fail("196.203.5.77", "b")
		s.fail("41.225.1.1", "d")
		s.want("[a* b*]*[d*]*")
		s.heal("a")
		s.want("[a b*]*[d*]*")
		s.fail("196.203.5.3", "c", "a")
		s.want("[a b* c* a*]*[d*]*")
		i := s.list()[0]
		if i.CauseKind != monitor.OnAddress || i.Cause != "196.203.5.0/24" || i.Reach != 3 || i.Severity != monitor.Major {
			t.Errorf("incident %+v", i)
		}
		s.heal("a", "b", "c")
		s.want("[a b c a][d*]*")
		if i := s.list()[0]; i.Resolution != monitor.Recovered || i.EndedAt == nil {
			t.Errorf("incident %+v", i)
		}
		s.fail("196.203.5.1", "a")
		s.want("[a b c a][d*]*[a*]*")
		if counts, err := s.store.OpenCounts(t.Context()); err != nil || len(counts) != 1 || counts[0].N != 2 {
			t.Errorf("counts %v, %v", counts, err)
		}
	})
}

func TestAFloodInOneBatch(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db)
		var slugs []string
		for n := range 150 {
			slugs = append(slugs, fmt.Sprintf("s%03d", n))
			s.add(slugs[n])
		}
		s.fail("196.203.5.1", slugs...)
		list := s.list()
		if len(list) != 1 || list[0].Reach != 150 || list[0].Severity != monitor.Grave || list[0].Failing() != 150 {
			t.Fatalf("%d incidents, the first of %d services", len(list), list[0].Reach)
		}
		s.heal(slugs...)
		if list = s.list(); list[0].EndedAt == nil || list[0].Failing() != 0 {
			t.Errorf("%+v", list[0].EndedAt)
		}
	})
}

func TestWhatDependsOnOneServiceIsOneIncident(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "eid", "other")
		for _, slug := range []string{"a", "b"} {
			s.add(slug, func(v *monitor.Service) { v.Settings.DependsOn = monitor.DependsOn{"eid"} })
		}
		s.fail("41.1.1.1", "a")
		s.fail("41.2.2.2", "eid")
		s.clock.at = s.clock.at.Add(time.Hour)
		s.fail("41.3.3.3", "b")
		s.fail("41.4.4.4", "other")
		s.want("[a* eid* b*]*[other*]*")
		if i := s.list()[0]; i.CauseKind != monitor.OnService || i.Cause != "eid" {
			t.Errorf("cause %s %s", i.CauseKind, i.Cause)
		}
	})
}

func TestEvidenceIsKeptOnceAndForTheInside(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a")
		s.fail("196.203.5.1", "a")
		s.fail("196.203.5.1", "a", "a", "a")
		i, err := s.store.Incident(t.Context(), owner, s.list()[0].ID)
		s.ok(err)
		seen, err := s.store.EvidenceOf(t.Context(), owner, i)
		s.ok(err)
		e := seen[i.Members[0].ID]
		if len(seen) != 1 || e.Reason != "connect" || e.Answers[0] != "196.203.5.1" || e.Phases["connect"] != 2 || e.Excerpt != "CIN •••" ||
			len(e.Headers) != 1 || e.Headers[0].Value != "nginx" {
			t.Errorf("evidence %+v", seen)
		}
		for _, by := range []identity.Actor{{}, stranger} {
			if seen, err := s.store.EvidenceOf(t.Context(), by, i); err != nil || len(seen) != 0 {
				t.Errorf("%q sees %v, %v", by.Role, seen, err)
			}
		}
	})
}

func TestPeopleActOnIncidents(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b")
		s.fail("196.203.5.1", "a", "b")
		ctx, id := t.Context(), s.list()[0].ID
		i, err := s.store.Acknowledge(ctx, owner, id, 1)
		if err != nil || i.AcknowledgedAt == nil || i.Revision != 2 {
			t.Fatalf("%+v, %v", i, err)
		}
		if _, err := s.store.Acknowledge(ctx, mcd, id, 0); err != nil {
			t.Errorf("again: %v", err)
		}
		if _, err := s.store.WriteNote(ctx, owner, id, 1, false, lang.Text{"fr": "x"}); !errors.Is(err, fault.Stale) {
			t.Errorf("from an old revision: %v", err)
		}
		if _, err := s.store.WriteNote(ctx, stranger, id, 0, false, lang.Text{"fr": "x"}); !errors.Is(err, fault.NotFound) {
			t.Errorf("a stranger: %v", err)
		}
		_, err = s.store.WriteNote(ctx, owner, id, 2, true, lang.Text{"fr": "On regarde."})
		s.ok(err)
		made, err := s.store.Split(ctx, mcd, id, 3, "b")
		if err != nil || made.ID == id || !made.Alone {
			t.Fatalf("%+v, %v", made, err)
		}
		s.want("[a*]*[b*]*")
		s.heal("b")
		s.fail("196.203.5.1", "b") // its incident is over: it is free to join again
		s.want("[a* b*]*[b]")
		s.heal("a", "b")
		text := lang.Text{"fr": "réponse"}
		review := monitor.Review{What: text, Cause: text, Done: text, Change: text}
		_, err = s.store.WriteReview(ctx, mcd, id, 0, monitor.Review{What: text}, false)
		s.ok(err)
		_, err = s.store.WriteReview(ctx, mcd, id, 0, review, true)
		s.ok(err)
		_, err = s.store.Resolve(ctx, mcd, id, 0, monitor.Handled)
		s.ok(err)
		i, err = s.store.Incident(ctx, identity.Actor{}, id)
		if err != nil || !i.Review.Published() || i.Resolution != monitor.Handled || len(i.Notes) != 1 || i.Notes[0].Text["fr"] != "On regarde." {
			t.Errorf("%+v, %v", i, err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM audit_lines WHERE subject = 'incident'"); n != 6 {
			t.Errorf("%d lines of audit; want 6", n)
		}
	})
}

func TestIncidentsStayInTheirInstitution(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a")
		s.add("f", func(v *monitor.Service) { v.Institution = "mf" })
		s.fail("41.1.1.1", "a")
		s.fail("42.1.1.1", "f")
		ids := func(by identity.Actor, f IncidentFilter) (n int) {
			f.Limit = 10
			list, err := s.store.ListIncidents(t.Context(), by, f)
			s.ok(err)
			return len(list)
		}
		for name, c := range map[string]struct {
			by   identity.Actor
			f    IncidentFilter
			want int
		}{
			"everybody":           {identity.Actor{}, IncidentFilter{}, 2},
			"the desk of one":     {owner, IncidentFilter{Inside: true}, 1},
			"the operator's desk": {mcd, IncidentFilter{Inside: true}, 2},
			"of an institution":   {mcd, IncidentFilter{Institution: "mf"}, 1},
			"of a service":        {mcd, IncidentFilter{Service: "a"}, 1},
			"of a severity":       {mcd, IncidentFilter{Severity: monitor.Grave}, 0},
			"nobody has taken on": {mcd, IncidentFilter{Open: true, Unacknowledged: true}, 2},
			"the page after":      {mcd, IncidentFilter{Before: 2}, 1},
			"a role without desk": {identity.Actor{Account: "g", Role: identity.Agent}, IncidentFilter{Inside: true}, 0},
		} {
			if got := ids(c.by, c.f); got != c.want {
				t.Errorf("%s: %d incidents; want %d", name, got, c.want)
			}
		}
		setStateOf(t, s.store, "a", monitor.Paused)
		if n := ids(identity.Actor{}, IncidentFilter{}); n != 1 {
			t.Errorf("the public knows of %d incidents; a paused service is not public", n)
		}
		if _, err := s.store.Incident(t.Context(), identity.Actor{}, 1); !errors.Is(err, fault.NotFound) {
			t.Errorf("its page: %v", err)
		}
		i, err := s.store.Incident(t.Context(), owner, 1)
		if err != nil || i.Resolution != monitor.Unwatched || i.EndedAt == nil {
			t.Errorf("its owner reads %+v, %v", i, err)
		}
	})
}

func setStateOf(t *testing.T, s *Store, slug string, to monitor.State) {
	t.Helper()
	_, err := s.Change(context.Background(), mcd, slug, func(v *monitor.Service) error {
		want := *v
		want.State = to
		return v.Edit(mcd, want, schedule.Period)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Two processes that store at the same time tell one cause as one incident.
func TestTwoWritersOpenOneIncident(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b", "c", "d")
		other := s.store.NewWriter(nil, 0)
		first := s.w
		for n, slug := range []string{"a", "b", "c", "d"} {
			if s.w = first; n%2 == 1 {
				s.w = other
			}
			s.read(slug, monitor.Connect, "196.203.5.1")
		}
		done := make(chan error, 2)
		for _, w := range []*Writer{first, other} {
			go func() { done <- w.Flush(context.Background()) }()
		}
		for range 2 {
			s.ok(<-done)
		}
		if list := s.list(); len(list) != 1 || list[0].Reach != 4 {
			t.Errorf("incidents %s", s.told())
		}
	})
}
