package identity

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func tree() Tree {
	past := now.AddDate(-1, 0, 0)
	return Tree{
		"marhp":  {Slug: "marhp", Kind: Ministry},
		"onagri": {Slug: "onagri", Kind: Establishment, Parent: "marhp"},
		"crda":   {Slug: "crda", Kind: Establishment, Parent: "onagri"},
		"old":    {Slug: "old", Kind: Establishment, Parent: "marhp", ValidUntil: &past},
		"meh":    {Slug: "meh", Kind: Ministry},
	}
}

func TestUnder(t *testing.T) {
	got := tree().Under("marhp", now)
	slices.Sort(got)
	if want := []string{"crda", "marhp", "onagri"}; !slices.Equal(got, want) {
		t.Errorf("Under(marhp) = %v; want %v (a body that has ended is not under it)", got, want)
	}
	looped := Tree{"a": {Slug: "a", Parent: "b"}, "b": {Slug: "b", Parent: "a"}}
	if got := looped.Under("a", now); len(got) != 2 {
		t.Errorf("Under in a loop = %v; want both, once", got)
	}
	if got := looped.Ministry("a"); got.Slug == "" {
		t.Error("Ministry in a loop did not end at an institution")
	}
	if got := tree().Ministry("crda").Slug; got != "marhp" {
		t.Errorf("Ministry(crda) = %s; want marhp", got)
	}
}

func TestCheckInstitution(t *testing.T) {
	admin := Actor{Role: Admin}
	good := Institution{Slug: "dgf", Kind: Establishment, Parent: "marhp", Name: lang.Text{"fr": "Direction"}}
	later := now.AddDate(1, 0, 0)
	for _, tt := range []struct {
		name   string
		change func(*Institution)
		field  string // empty: accepted
	}{
		{"a body under a ministry", func(*Institution) {}, ""},
		{"a slug with capitals", func(i *Institution) { i.Slug = "DGF" }, "slug"},
		{"a slug of nothing", func(i *Institution) { i.Slug = "" }, "slug"},
		{"an unknown kind", func(i *Institution) { i.Kind = "club" }, "kind"},
		{"no name", func(i *Institution) { i.Name = nil }, "name.fr"},
		{"a name too long", func(i *Institution) { i.Name["ar"] = strings.Repeat("ب", 301) }, "name.ar"},
		{"a parent nobody knows", func(i *Institution) { i.Parent = "x" }, "parent"},
		{"itself as parent's child", func(i *Institution) { i.Slug, i.Parent = "marhp", "crda" }, "parent"},
		{"a successor nobody knows", func(i *Institution) { i.Successor = "x" }, "successor"},
		{"an end before the beginning", func(i *Institution) { i.ValidFrom, i.ValidUntil = &later, &now }, "valid_until"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := good
			i.Name = lang.Text{"fr": "Direction"}
			tt.change(&i)
			all := fault.All(i.Check(admin, tree()))
			if tt.field == "" && len(all) != 0 {
				t.Fatalf("Check = %v; want it accepted", all)
			}
			if tt.field != "" && (len(all) != 1 || all[0].Field != tt.field) {
				t.Errorf("Check = %v; want one fault of %s", all, tt.field)
			}
		})
	}
	if k, _ := fault.KindOf(good.Check(Actor{Role: MCD}, tree())); k != fault.Forbidden {
		t.Errorf("the operator saving an institution = %v; want forbidden", k)
	}
}

func TestNewAccount(t *testing.T) {
	admin := Actor{Role: Admin}
	for _, tt := range []struct {
		name, email, person string
		role                Role
		institution, field  string
	}{
		{"an officer", "Amel@Example.TN", "Amel", Officer, "marhp", ""},
		{"the operator needs no institution", "m@example.tn", "M", MCD, "", ""},
		{"an address that is none", "amel", "Amel", Officer, "marhp", "email"},
		{"an address with a second one behind it", "a@b.tn, c@d.tn", "Amel", Officer, "marhp", "email"},
		{"no name", "a@b.tn", " ", Officer, "marhp", "name"},
		{"a role nobody knows", "a@b.tn", "Amel", "king", "marhp", "role"},
		{"an officer of nothing", "a@b.tn", "Amel", Officer, "", "institution"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := NewAccount(admin, tt.email, tt.person, tt.role, tt.institution)
			if tt.field == "" {
				if err != nil || a.Email != strings.ToLower(tt.email) {
					t.Fatalf("NewAccount = %+v, %v", a, err)
				}
				return
			}
			if all := fault.All(err); len(all) != 1 || all[0].Field != tt.field {
				t.Errorf("NewAccount = %v; want a fault of %s", err, tt.field)
			}
		})
	}
}

func TestCheckPassword(t *testing.T) {
	for password, ok := range map[string]bool{
		"": false, "short": false, "elevenchars": false, "twelve chars": true, "كلمةعبورطويلة": true,
		strings.Repeat("x", 201): false, "twelve chars\xff": false,
	} {
		if err := CheckPassword(password); (err == nil) != ok {
			t.Errorf("CheckPassword(%q) = %v; want accepted %v", password, err, ok)
		}
	}
}

func TestGuessingHasToWaitLongerAndLonger(t *testing.T) {
	var a Attempt
	at := now
	var waits []time.Duration
	for range 12 {
		a.Fail(at, FreeTries)
		wait := time.Duration(0)
		if a.BlockedUntil != nil {
			wait = a.BlockedUntil.Sub(at)
		}
		waits = append(waits, wait)
		at = at.Add(time.Second)
	}
	s := time.Second
	want := []time.Duration{0, 0, 0, 0, 30 * s, 60 * s, 120 * s, 240 * s, 480 * s, 900 * s, 900 * s, 900 * s}
	if !slices.Equal(waits, want) {
		t.Errorf("waits = %v; want %v", waits, want)
	}
	a.Fail(at.Add(2*time.Hour), FreeTries)
	if a.Blocked(at.Add(2 * time.Hour)) {
		t.Error("one failure after two quiet hours is blocked; want it forgiven")
	}
}

func TestAWaitIsNoLongerThanTheLongest(t *testing.T) {
	until := func(d time.Duration) Attempt { at := now.Add(d); return Attempt{BlockedUntil: &at} }
	for name, tt := range map[string]struct {
		a    Attempt
		want bool
	}{
		"never":                      {Attempt{}, false},
		"over":                       {until(0), false},
		"running":                    {until(time.Minute), true},
		"the longest":                {until(15 * time.Minute), true},
		"begun by a clock far ahead": {until(1000 * time.Hour), false},
	} {
		if got := tt.a.Blocked(now); got != tt.want {
			t.Errorf("%s: Blocked = %v; want %v", name, got, tt.want)
		}
	}
}

func TestNewToken(t *testing.T) {
	for _, tt := range []struct {
		name, account, label string
		life                 time.Duration
		field                string
		ok                   bool
	}{
		{"ninety days", "1", "harvest", 90 * 24 * time.Hour, "", true},
		{"for ever", "1", "harvest", 10000 * time.Hour * 24, "expires", false},
		{"no time at all", "1", "harvest", 0, "expires", false},
		{"no name", "1", "", time.Hour, "name", false},
		{"of nobody", "", "harvest", time.Hour, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, err := NewToken(tt.account, tt.label, tt.life, now)
			if tt.ok {
				if err != nil || !k.Live(now) || k.Live(now.Add(tt.life)) {
					t.Fatalf("NewToken = %+v, %v", k, err)
				}
				return
			}
			if all := fault.All(err); len(all) != 1 || all[0].Field != tt.field {
				t.Errorf("NewToken = %v; want a fault of %q", err, tt.field)
			}
		})
	}
}
