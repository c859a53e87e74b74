package vantage

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	mcd   = identity.Actor{Account: "m", Role: identity.MCD}
	token = "jardv-secret"
)

func made(t testing.TB) *Vantage {
	t.Helper()
	v, err := New(mcd, Vantage{Slug: "paris", Name: lang.Text{"fr": "Paris"}, Network: Abroad}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func enrolled(t testing.TB) (*Vantage, ed25519.PrivateKey) {
	t.Helper()
	v := made(t)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Invite(mcd, token, noon); err != nil {
		t.Fatal(err)
	}
	if err := v.Enrol(token, public, Program{Protocol, "1"}, noon); err != nil {
		t.Fatal(err)
	}
	return v, private
}

// keysOf are the faults in err as "field key".
func keysOf(err error) string {
	var keys []string
	for _, f := range fault.All(err) {
		keys = append(keys, strings.TrimSpace(f.Field+" "+f.Key))
	}
	return strings.Join(keys, ", ")
}

func TestWhoMayKeepVantages(t *testing.T) {
	v := made(t)
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		by := identity.Actor{Account: "a", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		may := role == identity.MCD || role == identity.Admin
		_, newErr := New(by, *v, noon)
		edit, invite, revoke := *v, *v, *v
		for what, err := range map[string]error{
			"make": newErr, "edit": edit.Edit(by, *v, noon), "invite": invite.Invite(by, token, noon), "revoke": revoke.Revoke(by, noon),
		} {
			if (err == nil) != may {
				t.Errorf("%s may %s: %v; want %v", role, what, err, may)
			}
		}
	}
}

func TestAVantageSpeaksForItselfOnly(t *testing.T) {
	v, _ := enrolled(t)
	other := Vantage{Slug: "tunis"}
	for _, tt := range []struct {
		name string
		by   identity.Actor
		want error
	}{
		{"itself", v.Actor(), nil},
		{"another vantage", other.Actor(), fault.NotFound},
		{"an account of the agent's role", identity.Actor{Account: "7f", Role: identity.Agent}, fault.NotFound},
		{"who makes vantages", mcd, fault.Forbidden},
		{"nobody", identity.Actor{}, fault.Unauthenticated},
		{"somebody with the account's name and another role", identity.Actor{Account: "vantage/paris", Role: identity.Officer}, fault.Forbidden},
	} {
		if err := v.Must(tt.by); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v; want %v", tt.name, err, tt.want)
		}
	}
	if err := v.Revoke(mcd, noon); err != nil {
		t.Fatal(err)
	}
	if err := v.Must(v.Actor()); !errors.Is(err, fault.Gone) {
		t.Errorf("a revoked vantage: %v", err)
	}
	if err := v.Invite(mcd, token, noon); keysOf(err) != "vantage.revoked" {
		t.Errorf("a revoked vantage can be invited: %v", err)
	}
}

func TestFaultsOfAVantage(t *testing.T) {
	good := Vantage{Slug: "paris", Name: lang.Text{"fr": "Paris"}, Network: Abroad}
	for name, tt := range map[string]struct {
		change func(*Vantage)
		want   string
	}{
		"good":              {func(*Vantage) {}, ""},
		"no slug":           {func(v *Vantage) { v.Slug = " " }, "slug vantage.slug.invalid"},
		"a strange slug":    {func(v *Vantage) { v.Slug = "Paris 2" }, "slug vantage.slug.invalid"},
		"a long slug":       {func(v *Vantage) { v.Slug = strings.Repeat("a", 61) }, "slug vantage.slug.invalid"},
		"our own slug":      {func(v *Vantage) { v.Slug = "here" }, "slug vantage.slug.reserved"},
		"no name":           {func(v *Vantage) { v.Name = nil }, "name.fr fault.required"},
		"a long name":       {func(v *Vantage) { v.Name["ar"] = strings.Repeat("ا", 201) }, "name.ar fault.too_long"},
		"two lines":         {func(v *Vantage) { v.Name["fr"] = "a\nb" }, "name.fr fault.one_line"},
		"no text":           {func(v *Vantage) { v.Name["fr"] = "a\xff" }, "name.fr fault.utf8"},
		"another language":  {func(v *Vantage) { v.Name["de"] = "Paris" }, "name fault.language"},
		"no network":        {func(v *Vantage) { v.Network = "" }, "network vantage.network.unknown"},
		"a strange tier":    {func(v *Vantage) { v.Scope.Tiers = []monitor.Tier{"x"} }, "tiers service.tier.unknown"},
		"a strange service": {func(v *Vantage) { v.Scope.Services = []string{"../x"} }, "services vantage.service.unknown"},
		"many services":     {func(v *Vantage) { v.Scope.Services = make([]string, 501) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := good
			want.Name = lang.Text{"fr": "Paris"}
			tt.change(&want)
			_, err := New(mcd, want, noon)
			if name == "many services" {
				if !strings.HasPrefix(keysOf(err), "services fault.too_many") {
					t.Errorf("%v", err)
				}
				return
			}
			if keysOf(err) != tt.want {
				t.Errorf("%q; want %q", keysOf(err), tt.want)
			}
		})
	}
}

func TestATokenOpensOnce(t *testing.T) {
	key := make([]byte, ed25519.PublicKeySize)
	program := Program{Protocol, "1"}
	for name, tt := range map[string]struct {
		token   string
		key     []byte
		program Program
		at      time.Time
		before  func(*Vantage)
		want    string
	}{
		"right":            {token, key, program, noon.Add(TokenLife - 1), nil, ""},
		"wrong":            {"jardv-guess", key, program, noon, nil, "vantage.token.refused"},
		"empty":            {"", key, program, noon, func(v *Vantage) { v.TokenHash = "" }, "vantage.token.refused"},
		"late":             {token, key, program, noon.Add(TokenLife), nil, "vantage.token.refused"},
		"revoked":          {token, key, program, noon, func(v *Vantage) { _ = v.Revoke(mcd, noon) }, "vantage.token.refused"},
		"replaced":         {token, key, program, noon, func(v *Vantage) { _ = v.Invite(mcd, "another", noon) }, "vantage.token.refused"},
		"used":             {token, key, program, noon, func(v *Vantage) { _ = v.Enrol(token, key, program, noon) }, "vantage.token.refused"},
		"a short key":      {token, key[:31], program, noon, nil, "public_key vantage.key"},
		"another protocol": {token, key, Program{Protocol + 1, "9"}, noon, nil, "protocol vantage.protocol"},
	} {
		t.Run(name, func(t *testing.T) {
			v := made(t)
			if err := v.Invite(mcd, token, noon); err != nil {
				t.Fatal(err)
			}
			if tt.before != nil {
				tt.before(v)
			}
			if err := v.Enrol(tt.token, tt.key, tt.program, tt.at); keysOf(err) != tt.want {
				t.Errorf("%q; want %q", keysOf(err), tt.want)
			}
			if strings.Contains(v.TokenHash, token) {
				t.Error("the token itself is kept")
			}
		})
	}
}

func TestAVantagesLife(t *testing.T) {
	v := made(t)
	want := func(s State, at time.Time) {
		t.Helper()
		if got := v.State(at); got != s {
			t.Errorf("%s; want %s", got, s)
		}
	}
	want(Planned, noon)
	_ = v.Invite(mcd, token, noon)
	want(Invited, noon)
	want(Planned, noon.Add(TokenLife))
	_ = v.Enrol(token, make([]byte, ed25519.PublicKeySize), Program{Protocol, "1"}, noon)
	want(Enrolled, noon.Add(SilentAfter))
	want(Silent, noon.Add(SilentAfter+1))
	_ = v.Revoke(mcd, noon)
	want(Revoked, noon)
}

func TestSignatures(t *testing.T) {
	v, key := enrolled(t)
	body, at := []byte(`{"a":1}`), noon.Format(time.RFC3339Nano)
	good := Sign(key, "POST", "/x", at, body)
	_, stranger, _ := ed25519.GenerateKey(nil)
	for name, tt := range map[string]struct {
		method, path, at, signature, body string
		now                               time.Time
		want                              string
	}{
		"good":             {"POST", "/x", at, good, string(body), noon.Add(SkewAllowed), ""},
		"another method":   {"GET", "/x", at, good, string(body), noon, "vantage.signature"},
		"another path":     {"POST", "/y", at, good, string(body), noon, "vantage.signature"},
		"another body":     {"POST", "/x", at, good, `{"a":2}`, noon, "vantage.signature"},
		"another time":     {"POST", "/x", noon.Add(time.Second).Format(time.RFC3339Nano), good, string(body), noon, "vantage.signature"},
		"a stranger's key": {"POST", "/x", at, Sign(stranger, "POST", "/x", at, body), string(body), noon, "vantage.signature"},
		"nothing":          {"POST", "/x", at, "", string(body), noon, "vantage.signature"},
		"no base64":        {"POST", "/x", at, "%%%", string(body), noon, "vantage.signature"},
		"repeated later":   {"POST", "/x", at, good, string(body), noon.Add(SkewAllowed + 1), "vantage.skew"},
		"from the future":  {"POST", "/x", at, good, string(body), noon.Add(-SkewAllowed - 1), "vantage.skew"},
		"no time":          {"POST", "/x", "now", Sign(key, "POST", "/x", "now", body), string(body), noon, "vantage.skew"},
	} {
		if err := v.Check(tt.method, tt.path, tt.at, tt.signature, []byte(tt.body), tt.now); keysOf(err) != tt.want {
			t.Errorf("%s: %q; want %q", name, keysOf(err), tt.want)
		}
	}
	nobody := made(t)
	if err := nobody.Check("POST", "/x", at, good, body, noon); keysOf(err) != "vantage.signature" {
		t.Errorf("a vantage without a key: %v", err)
	}
}

func seen(check int64, at time.Time) Seen {
	return SeenOf(&monitor.Reading{Check: check, At: at, Status: 200, Every: time.Minute, Attempt: 1, Detail: "x", NotAfter: noon})
}

func TestWhatOfABatchIsTaken(t *testing.T) {
	v, _ := enrolled(t)
	v.Sequence = 4
	now := noon.Add(30 * 24 * time.Hour)
	program := Program{Protocol, "1"}
	bad := func(change func(*Seen)) Seen {
		s := seen(1, now)
		change(&s)
		return s
	}
	b := &Batch{Program: program, Sequence: 7, Readings: []Seen{
		seen(1, now), seen(1, now.Add(-PastAllowed)), seen(1, now.Add(FutureAllowed)),
		seen(2, now), seen(1, now.Add(-PastAllowed-1)), seen(1, now.Add(FutureAllowed+time.Millisecond)),
		bad(func(s *Seen) { s.Reason = 250 }), bad(func(s *Seen) { s.PhasesUs = nil }), bad(func(s *Seen) { s.PhasesUs[1] = -1 }),
		bad(func(s *Seen) { s.EveryS = 0 }), bad(func(s *Seen) { s.Status = -1 }), bad(func(s *Seen) { s.Bytes = -5 }),
		bad(func(s *Seen) { s.At = 1 << 62 }), bad(func(s *Seen) { s.Unsure = true }),
	}}
	a, err := v.Accept(v.Actor(), b, map[int64]string{1: "s"}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := map[Refusal]int{UnknownCheck: 1, InPast: 1, InFuture: 2, BadValue: 6}
	for why, n := range want {
		if a.Refused[why] != n {
			t.Errorf("%s: %d refused; want %d", why, a.Refused[why], n)
		}
	}
	if len(a.Readings) != 4 || a.Gap != 2 || a.Unsure != 1 {
		t.Errorf("%d taken, gap %d, %d unsure", len(a.Readings), a.Gap, a.Unsure)
	}
	for name, tt := range map[string]struct {
		by   identity.Actor
		b    Batch
		want string
	}{
		"a replay":             {v.Actor(), Batch{Program: program, Sequence: 4}, "vantage.replay"},
		"a number below zero":  {v.Actor(), Batch{Program: program, Sequence: -1}, "vantage.replay"},
		"a leap":               {v.Actor(), Batch{Program: program, Sequence: 1 << 60}, "sequence vantage.sequence"},
		"too many":             {v.Actor(), Batch{Program: program, Sequence: 5, Readings: make([]Seen, MaxBatch+1)}, "readings fault.too_many"},
		"another protocol":     {v.Actor(), Batch{Sequence: 5}, "protocol vantage.protocol"},
		"less than nothing":    {v.Actor(), Batch{Program: program, Sequence: 5, Waiting: -1}, "waiting fault.api.minimum"},
		"somebody else's name": {identity.Actor{Account: "vantage/tunis", Role: identity.Agent}, Batch{Program: program, Sequence: 5}, "fault.not_found"},
	} {
		if _, err := v.Accept(tt.by, &tt.b, nil, now); keysOf(err) != tt.want {
			t.Errorf("%s: %q; want %q", name, keysOf(err), tt.want)
		}
	}
	// Before it was enrolled it saw nothing that we would know of.
	early := &Batch{Program: program, Sequence: 5, Readings: []Seen{seen(1, noon.Add(-time.Hour))}}
	if a, err := v.Accept(v.Actor(), early, map[int64]string{1: "s"}, noon); err != nil || a.Refused[InPast] != 1 {
		t.Errorf("a reading of before the enrolment: %v, %v", a, err)
	}
}

// What a reading says is judged here, whatever an agent would like it to say.
func TestTheReceiverJudges(t *testing.T) {
	for _, why := range append(monitor.Reasons(), monitor.None) {
		s := SeenOf(&monitor.Reading{Check: 1, At: noon, Every: time.Minute, Reason: why, Verdict: monitor.Down})
		r, ok := s.reading()
		if !ok || r.Verdict != why.Says() {
			t.Errorf("%q: %v %s", why, ok, r.Verdict)
		}
	}
}

// FuzzBatch sends anything: nothing of it is taken for a check that is not the
// vantage's, nor from outside the time allowed.
func FuzzBatch(f *testing.F) {
	good, _ := json.Marshal(Batch{Program: Program{Protocol, "1"}, Sequence: 5, Readings: []Seen{seen(1, noon), seen(9, noon)}})
	f.Add(good)
	f.Add([]byte(`{"protocol":1,"sequence":9223372036854775807,"readings":[{"c":1,"t":9223372036854775807,"e":1,"p":[0,0,0,0,0]}]}`))
	f.Add([]byte(`{"protocol":1,"sequence":1,"readings":[{"c":-1,"t":-9223372036854775808,"e":99999999999,"p":[1,2,3,4,5],"d":"\u0000\ud800"}]}`))
	f.Add([]byte(`[]`))
	v, _ := enrolled(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var b Batch
		if json.Unmarshal(text, &b) != nil {
			return
		}
		a, err := v.Accept(v.Actor(), &b, map[int64]string{1: "s"}, noon)
		if err != nil {
			return
		}
		refused := 0
		for _, n := range a.Refused {
			refused += n
		}
		if refused+len(a.Readings) != len(b.Readings) {
			t.Errorf("%d of %d readings are accounted for", refused+len(a.Readings), len(b.Readings))
		}
		for _, r := range a.Readings {
			if r.Check != 1 || r.At.After(noon.Add(FutureAllowed)) || r.At.Before(noon.Add(-PastAllowed)) || len(r.Detail) > maxDetail ||
				r.Phases.Total() < 0 || strings.ContainsRune(r.Detail, 0) {
				t.Errorf("taken: %+v", r)
			}
		}
	})
}
