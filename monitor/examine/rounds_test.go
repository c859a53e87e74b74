package examine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

var tunis = time.FixedZone("Africa/Tunis", 60*60)

func at(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, tunis) }

func TestEachServiceHasItsTimeOfTheNight(t *testing.T) {
	hours := map[int]int{}
	for n := range 500 {
		service := fmt.Sprintf("service-%d", n)
		s := slot(service, at(22, 12, 0), tunis)
		if s.Day() != 22 || s.Hour() < 1 || s.Hour() > 5 {
			t.Fatalf("%s is looked at on %v", service, s)
		}
		hours[s.Hour()]++
		if tomorrow := slot(service, at(23, 12, 0), tunis); !tomorrow.Equal(s.AddDate(0, 0, 1)) {
			t.Errorf("%s is looked at on %v and on %v", service, s, tomorrow)
		}
		if before := slot(service, at(22, 0, 30), tunis); !before.Equal(s.AddDate(0, 0, -1)) {
			t.Errorf("%s was last due on %v; want the night before %v", service, before, s)
		}
	}
	for hour, n := range hours {
		if n < 70 || n > 130 {
			t.Errorf("%d of 500 services are looked at between %d and %d", n, hour, hour+1)
		}
	}
}

func TestWhoseTurnItIs(t *testing.T) {
	turn := slot("cin", at(22, 12, 0), tunis)
	begun := func(when time.Time, why string, tries int) Examination {
		return Examination{Service: "cin", BeganAt: &when, Why: why, Tries: tries}
	}
	for name, tt := range map[string]struct {
		x    Examination
		now  time.Time
		want bool
	}{
		"never looked at":             {Examination{Service: "cin"}, at(22, 12, 0), true},
		"looked at this night":        {begun(turn, "", 0), at(22, 12, 0), false},
		"looked at yesterday":         {begun(turn.Add(-time.Second), "", 0), at(22, 12, 0), true},
		"before its turn":             {begun(turn.AddDate(0, 0, -1), "", 0), turn.Add(-time.Second), false},
		"silent, a moment later":      {begun(turn, "examine.unknown.unreachable", 1), turn.Add(59 * time.Minute), false},
		"silent, an hour later":       {begun(turn, "examine.unknown.unreachable", 1), turn.Add(time.Hour), true},
		"silent, three times":         {begun(turn, "examine.unknown.unreachable", 3), turn.Add(2 * time.Hour), false},
		"silent, four times":          {begun(turn, "examine.unknown.unreachable", 4), turn.Add(time.Hour), true},
		"robots.txt will not change":  {begun(turn, "examine.unknown.robots", 1), turn.Add(2 * time.Hour), false},
		"begun, and never heard from": {begun(turn, "", 0), turn.Add(24 * time.Hour), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.x.Due(tt.now, tunis); got != tt.want {
				t.Errorf("due is %v; want %v", got, tt.want)
			}
		})
	}
}

func TestASilentNightLeavesWhatWasKnown(t *testing.T) {
	now := at(22, 3, 0)
	silent := Result{Facts: []assess.Fact{
		{Measure: assess.Viewport, Unknown: "examine.unknown.unreachable"}, {Measure: assess.CAA, Word: yes}, {Measure: assess.LayoutShift, Unknown: "examine.unknown.no_browser"},
	}}
	lately, long := now.Add(-6*24*time.Hour), now.Add(-7*24*time.Hour)
	for name, tt := range map[string]struct {
		good *time.Time
		want []assess.Measure
	}{
		"seen lately":         {&lately, []assess.Measure{assess.CAA, assess.LayoutShift}},
		"not seen for a week": {&long, []assess.Measure{assess.Viewport, assess.CAA, assess.LayoutShift}},
		"never seen":          {nil, []assess.Measure{assess.Viewport, assess.CAA, assess.LayoutShift}},
	} {
		x := Examination{Service: "cin", GoodAt: tt.good, Tries: 1}
		var got []assess.Measure
		for _, f := range x.Ended(silent, now) {
			got = append(got, f.Measure)
			if f.Until == nil || !f.Until.Equal(now.Add(holds)) {
				t.Errorf("%s: %s holds until %v", name, f.Measure, f.Until)
			}
		}
		if !slices.Equal(got, tt.want) || x.Why != "examine.unknown.unreachable" || x.Tries != 2 {
			t.Errorf("%s: kept %v, %+v; want %v", name, got, x, tt.want)
		}
	}
	x := Examination{Service: "cin", Why: "examine.unknown.time", Tries: 2}
	if x.Ended(Result{Requests: 7, Bytes: 9, Facts: []assess.Fact{{Measure: assess.Viewport, Word: no}}}, now); x.Why != "" || x.Tries != 0 || !x.GoodAt.Equal(now) || x.Requests != 7 {
		t.Errorf("after a page that was seen: %+v", x)
	}
}

// memory is a Store.
type memory struct {
	mu   sync.Mutex
	all  map[string]Examination
	acts []string
	lost error
}

func (m *memory) All(context.Context) (map[string]Examination, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.all), m.lost
}

func (m *memory) One(_ context.Context, service string) (Examination, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := m.all[service]
	x.Service = service
	return x, m.lost
}

func (m *memory) Begin(_ context.Context, x *Examination, by identity.Actor, _ string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.all[x.Service]
	if known.BeganAt != nil && x.BeganAt.Sub(*known.BeganAt) < Apart {
		return false, m.lost
	}
	m.all[x.Service] = *x
	m.acts = append(m.acts, by.Name+by.Account+" "+x.Service)
	return true, m.lost
}

func (m *memory) Keep(_ context.Context, x *Examination) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all[x.Service] = *x
	return m.lost
}

// looker answers at once, or when it is let.
type looker struct{ wait chan struct{} }

func (l looker) Look(ctx context.Context, s Subject) Result {
	if l.wait != nil {
		select {
		case <-l.wait:
		case <-ctx.Done():
		}
	}
	return Result{Requests: 3, Facts: []assess.Fact{{Service: s.Service, Measure: assess.Viewport, Word: yes}}}
}

func roundsOf(store Store, l Looker, now *time.Time, put func([]assess.Fact) error) *Rounds {
	return NewRounds(RoundsOptions{
		Store: store, Looker: l, Zone: tunis, Workers: 3, Wait: time.Minute, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return *now },
		Put: func(_ context.Context, facts []assess.Fact) error { return put(facts) },
		Subjects: func(context.Context) ([]Subject, error) {
			return []Subject{{Service: "a", Institution: "interior", URL: "x"}, {Service: "b", Institution: "justice", URL: "x"}, {Service: "c", Institution: "interior", URL: "x"}}, nil
		},
	})
}

func TestARoundLooksAtEachServiceOnce(t *testing.T) {
	store, now := &memory{all: map[string]Examination{}}, at(22, 12, 0)
	var mu sync.Mutex
	var put []string
	r := roundsOf(store, looker{}, &now, func(facts []assess.Fact) error {
		mu.Lock()
		defer mu.Unlock()
		put = append(put, facts[0].Service)
		return nil
	})
	for range 2 {
		if err := r.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(put)
	if !slices.Equal(put, []string{"a", "b", "c"}) || store.all["b"].Requests != 3 || store.all["b"].GoodAt == nil {
		t.Errorf("put %v, kept %+v", put, store.all)
	}
	now = at(23, 12, 0)
	if err := r.Round(t.Context()); err != nil || len(put) != 6 {
		t.Errorf("the next day: %v, put %v", err, put)
	}
	now = at(24, 12, 0)
	broken := roundsOf(store, looker{}, &now, func([]assess.Fact) error { return errors.New("full") })
	if err := broken.Round(t.Context()); err == nil || store.all["a"].EndedAt.Equal(now) {
		t.Errorf("facts that could not be kept: %v", err)
	}
}

func TestWhoMayAskForALook(t *testing.T) {
	for role, want := range map[identity.Role]fault.Kind{
		identity.Admin: "", identity.MCD: "", identity.ServiceOwner: "", identity.Public: fault.Unauthenticated,
		identity.Supervisor: fault.Forbidden, identity.Officer: fault.Forbidden, identity.Committee: fault.Forbidden,
	} {
		by := identity.Actor{Account: "a-1", Role: role}
		if role == identity.Public {
			by = identity.Actor{}
		}
		if role.NeedsInstitution() {
			by.Institution, by.Institutions = "interior", []string{"interior"}
		}
		store, now := &memory{all: map[string]Examination{}}, at(22, 12, 0)
		r := roundsOf(store, looker{}, &now, func([]assess.Fact) error { return nil })
		_, done, err := r.Ask(t.Context(), by, "a")
		if kind, _ := fault.KindOf(err); kind != want || done != (want == "") {
			t.Errorf("%s: %v, done %v; want %q", role, err, done, want)
		}
		if len(store.acts) != 0 && want != "" {
			t.Errorf("%s: %v although nobody may", role, store.acts)
		}
	}
	now := at(22, 12, 0)
	owner := identity.Actor{Account: "a-1", Role: identity.ServiceOwner, Institution: "interior", Institutions: []string{"interior"}}
	r := roundsOf(&memory{all: map[string]Examination{}}, looker{}, &now, func([]assess.Fact) error { return nil })
	if _, _, err := r.Ask(t.Context(), owner, "b"); err == nil {
		t.Error("the owner of another service asks for a look")
	}
	if _, _, err := r.Ask(t.Context(), owner, "z"); !errors.Is(err, fault.NotFound) {
		t.Errorf("a look at a service that is not there: %v", err)
	}
	if _, _, err := r.Ask(t.Context(), owner, "a"); err != nil {
		t.Error(err)
	}
	now = now.Add(Apart - time.Second)
	if _, _, err := r.Ask(t.Context(), owner, "a"); !errors.Is(err, fault.Throttled) {
		t.Errorf("a second look at once: %v", err)
	}
	now = now.Add(time.Second)
	if _, _, err := r.Ask(t.Context(), owner, "a"); err != nil {
		t.Error(err)
	}
}

func TestALongLookGoesOnWhenWhoAskedIsGone(t *testing.T) {
	store, now := &memory{all: map[string]Examination{}}, at(22, 12, 0)
	put := make(chan struct{}, 1)
	slow := looker{make(chan struct{})}
	r := roundsOf(store, slow, &now, func([]assess.Fact) error { put <- struct{}{}; return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	by := identity.Actor{Account: "a-1", Role: identity.Admin}
	if _, done, err := r.Ask(ctx, by, "a"); done || err != nil {
		t.Errorf("done %v, %v", done, err)
	}
	close(slow.wait)
	<-put
	ended, end := context.WithCancel(t.Context())
	end()
	r.Run(ended) // waits for what is under way
	if store.all["a"].EndedAt == nil {
		t.Error("the look was not kept")
	}
}
