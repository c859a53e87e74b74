package portal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

var monday = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)

func terms() Terms {
	return TermsOf(&inventory.Vocabulary{
		Licences: []inventory.Licence{
			{Code: "CC-BY-4.0", PortalID: "cc-by", URL: "https://creativecommons.org/licenses/by/4.0/", Name: lang.Text{"fr": "Creative Commons Attribution"}},
			{Code: "CCBY", AliasOf: "CC-BY-4.0"},
		},
		Frequencies: []inventory.Frequency{{Code: "monthly", CKAN: "mensuelle", EU: "MONTHLY", ISO8601: "P1M", Accrual: "R/P1M", Name: lang.Text{"ar": "شهري"}, Synonyms: []string{"chaque mois"}}},
	})
}

func TestSpellingsThatMeanTheSame(t *testing.T) {
	ours := Package{Titles: []string{"Barrages"}, Licence: []string{"CC-BY-4.0"}, Frequency: []string{"mensuelle"}}
	for _, licence := range []string{"cc-by", "CC BY", "ccby", "http://creativecommons.org/licenses/by/4.0", "creative commons attribution"} {
		for _, frequency := range []string{"MONTHLY", "monthly", "R/P1M", "P1M", "http://publications.europa.eu/resource/authority/frequency/MONTHLY", "Chaque mois", "شهري"} {
			theirs := Package{Titles: []string{"BARRAGES "}, Licence: []string{licence}, Frequency: []string{frequency}}
			if d := Compare(&ours, &theirs, terms()); len(d) != 0 {
				t.Errorf("%s, %s: %+v", licence, frequency, d)
			}
		}
	}
	theirs := Package{Titles: []string{"Barrages"}, Licence: []string{"cc-zero"}, Frequency: []string{"yearly"}}
	if d := Compare(&ours, &theirs, terms()); fmt.Sprint(d) != "[{licence CC-BY-4.0 cc-zero} {frequency mensuelle yearly}]" {
		t.Errorf("%v", d)
	}
}

func TestValuesAreKeptSideBySideAndShort(t *testing.T) {
	ours := Package{Titles: []string{"a"}, Notes: []string{strings.Repeat("é", 1000)}, Resources: []string{"https://a/1", "https://a/2"}}
	theirs := Package{Titles: []string{"a"}, Notes: []string{"\x00x\xff"}, Resources: []string{"https://a/2/", "https://b", "https://c"}}
	d := Compare(&ours, &theirs, Terms{})
	if len(d) != 2 || len([]rune(d[0].Ours)) != shown || d[0].Theirs != "x" {
		t.Fatalf("%+v", d)
	}
	if d[1].Ours != "2\nhttps://a/1" || d[1].Theirs != "3\nhttps://b\nhttps://c" {
		t.Errorf("%q, %q", d[1].Ours, d[1].Theirs)
	}
}

func TestBadPackages(t *testing.T) {
	for _, raw := range []string{"", "null", "7", `"x"`, "[]", "{", "{}", `{"id": ""}`, `{"id": {}}`, `{"id": null, "name": "x"}`} {
		if _, err := ReadPackage([]byte(raw)); err == nil {
			t.Errorf("%s is a package", raw)
		}
	}
	p, err := ReadPackage([]byte(`{"id": 7, "title": ["x"], "extras": {"a": 1}, "resources": {"url": 1}, "organization": "x",
		"metadata_modified": "yesterday", "title_translated": {"fr": "Oui", "ar": 3}, "frequency_update": null}`))
	if err != nil || p.ID != "7" || !slices.Equal(p.Titles, []string{"3", "Oui"}) || p.Resources != nil || !p.Modified.IsZero() || len(p.Frequency) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestInstants(t *testing.T) {
	for s, want := range map[string]string{
		"2026-08-20T09:00:00.123456": "2026-08-20T09:00:00.123456Z", "2026-08-20T09:00:00": "2026-08-20T09:00:00Z",
		"2026-08-20T10:00:00+01:00": "2026-08-20T09:00:00Z", "2026-08-20": "2026-08-20T00:00:00Z",
	} {
		if got, ok := instant(s); !ok || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s is %v", s, got)
		}
	}
}

func TestTheLifeOfAFinding(t *testing.T) {
	operator := identity.Actor{Account: "acc-mcd", Role: identity.MCD}
	var f Finding
	o := Observation{Kind: Differs, Subject: "1", Field: Title, Ours: "a", Theirs: "b"}
	f.See(o, monday)
	if !f.Open() || f.Times != 1 || f.Key() != o.Key() || !f.OpenedAt.Equal(monday) {
		t.Errorf("%+v", f)
	}
	if err := f.Acknowledge(operator, " Le portail coupe les titres. ", monday); err != nil || f.Reason != "Le portail coupe les titres." {
		t.Errorf("%v %q", err, f.Reason)
	}
	f.See(o, monday.AddDate(0, 0, 1))
	if !f.Acknowledged() || f.Times != 1 || !f.OpenedAt.Equal(monday) || !f.SeenAt.After(monday) {
		t.Errorf("the same again: %+v", f)
	}
	o.Theirs = "c"
	f.See(o, monday.AddDate(0, 0, 2))
	if f.Acknowledged() || f.Theirs != "c" {
		t.Error("another value passes for the one that was acknowledged")
	}
	if err := f.Reopen(operator); fmt.Sprint(err) != "portal.finding.not_acknowledged" {
		t.Error(err)
	}
	f.Miss(monday.AddDate(0, 0, 3))
	f.Miss(monday.AddDate(0, 0, 4))
	if f.Open() || !f.GoneAt.Equal(monday.AddDate(0, 0, 3)) {
		t.Errorf("%+v", f)
	}
	if err := f.Acknowledge(operator, "x", monday); fmt.Sprint(err) != "portal.finding.gone" {
		t.Error(err)
	}
	f.See(o, monday.AddDate(0, 0, 5))
	if !f.Open() || f.Times != 2 || f.OpenedAt.Equal(monday) {
		t.Errorf("came back: %+v", f)
	}
}

func TestBadReasons(t *testing.T) {
	operator := identity.Actor{Account: "acc-mcd", Role: identity.MCD}
	for reason, want := range map[string]string{
		"": "reason: fault.required", " \n ": "reason: fault.required", "\xff": "reason: fault.required",
		strings.Repeat("é", 501): "reason: portal.reason.long",
	} {
		f := Finding{}
		err := f.Acknowledge(operator, reason, monday)
		all := fault.All(err)
		if len(all) != 1 || all[0].Field+": "+all[0].Key != want || f.Acknowledged() {
			t.Errorf("%.20q: %v", reason, err)
		}
	}
}

func TestWhoMayAcknowledge(t *testing.T) {
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		by := identity.Actor{Account: "a", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
		may := role == identity.MCD || role == identity.Admin
		f := Finding{Institution: "marhp"}
		if err := f.Acknowledge(by, "x", monday); (err == nil) != may {
			t.Errorf("%s: %v", role, err)
		}
		f.AcknowledgedAt = &monday
		if err := f.Reopen(by); (err == nil) != may {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestHowADatasetStands(t *testing.T) {
	read, day := monday, 24*time.Hour
	old, gone := Offer{Since: monday.AddDate(0, -1, 0)}, monday
	for _, tt := range []struct {
		open []Finding
		o    Offer
		read *time.Time
		want Standing
	}{
		{nil, old, nil, Unknown},
		{nil, old, &read, OnPortal},
		{nil, Offer{Since: monday.Add(-time.Hour)}, &read, NotYet},
		{[]Finding{{Kind: Differs}, {Kind: Duplicate}}, old, &read, Otherwise},
		{[]Finding{{Kind: Missing}}, old, &read, Absent},
		{[]Finding{{Kind: Undeleted}}, Offer{Since: monday, Withdrawn: &gone}, &read, StillOn},
	} {
		if got := StandingOf(tt.open, tt.o, tt.read, day); got != tt.want {
			t.Errorf("%+v is %s; want %s", tt.open, got, tt.want)
		}
	}
}

func FuzzReadPackage(f *testing.F) {
	f.Add([]byte(`{"id": "x", "title": "Titre", "extras": [{"key": "guid", "value": "https://jard.example/dataset/1.ttl"}]}`))
	f.Add([]byte(`{"id": 1e999, "resources": [{"url": "http://[::1"}], "notes_translated": {"fr": null}}`))
	f.Add([]byte("{\"id\": \"\\ud800\\u0000\", \"name\": \"\xff\"}"))
	ours := Package{ID: "1", Titles: []string{"a"}, Notes: []string{"b"}, Licence: []string{"c"}, Frequency: []string{"P1M"}, Resources: []string{"https://a"}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ReadPackage(raw)
		if err != nil {
			return
		}
		c := NewComparison([]Offer{{ID: "1", Ref: "R", Name: "n", Since: monday}}, Rules{BaseURL: "https://jard.example", Terms: terms()}, monday.AddDate(1, 0, 0))
		c.See(&p, &ours)
		out := c.Outcome(true, nil)
		for _, o := range out.Observations {
			if _, err := json.Marshal(o); err != nil || len([]rune(o.Theirs)) > shown || strings.Contains(o.Theirs, "\x00") {
				t.Errorf("%+v", o)
			}
			if d := Compare(&p, &p, terms()); len(p.Titles) > 0 && essence(p.Titles[0]) != "" && len(d) > 3 {
				t.Errorf("differs from itself: %+v", d)
			}
		}
	})
}

// Whatever a portal makes up, it is remembered within bounds.
func TestWhatAPortalMakesUpIsBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	if _, err := ReadPackage([]byte(`{"id": "` + long + `"}`)); err == nil {
		t.Error("an id of 64 KiB is one")
	}
	p, err := ReadPackage([]byte(`{"id": "1", "name": "` + long + `"}`))
	if err != nil || len([]rune(p.Name)) != longestID {
		t.Errorf("a name of %d characters, %v", len([]rune(p.Name)), err)
	}
	c := NewComparison([]Offer{{ID: "ours", Ref: "R-1", Institution: "i"}}, Rules{BaseURL: "https://jard.example/"}, monday)
	for n := range claimsAtMost + 10 {
		id := fmt.Sprint(n)
		c.See(&Package{ID: id, Titles: []string{long[:2*shown]}, Claims: []string{"https://jard.example/dataset/" + id}}, nil)
		c.See(&Package{ID: "s" + id, Source: "source " + id}, nil)
		c.See(&Package{ID: "c" + id, Name: "copy " + id, Titles: []string{long[:2*shown]}, Claims: []string{"ours"}}, nil)
	}
	out := c.Outcome(true, nil)
	if len(out.Observations) != claimsAtMost+1 || len(out.Sources) != sourcesAtMost || len(c.twice[0]) != copiesAtMost {
		t.Errorf("%d observations, %d sources, %d copies", len(out.Observations), len(out.Sources), len(c.twice[0]))
	}
	for _, o := range out.Observations {
		if len([]rune(o.Title)) > shown {
			t.Fatalf("a title of %d characters", len([]rune(o.Title)))
		}
	}
}
