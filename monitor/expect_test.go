package monitor

import (
	"strings"
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		name    string
		expect  Expect
		reading Reading
		verdict Verdict
		reason  Reason
	}{
		{"200 is good by default", Expect{}, Reading{Status: 200}, Up, None},
		{"204 too", Expect{}, Reading{Status: 204}, Up, None},
		{"a redirect nobody followed is not", Expect{}, Reading{Status: 302}, Suspect, Status},
		{"500 is not", Expect{}, Reading{Status: 500}, Suspect, Status},
		{"a listed status is good", Expect{Status: []string{"200", "401"}}, Reading{Status: 401}, Up, None},
		{"a range is inclusive", Expect{Status: []string{"200-302"}}, Reading{Status: 302}, Up, None},
		{"beside the range is not", Expect{Status: []string{"200-302"}}, Reading{Status: 303}, Suspect, Status},
		{
			"text that must be there is",
			Expect{Contains: []string{"مرحبا"}},
			Reading{Status: 200, Body: []byte("<p>مرحبا</p>")},
			Up, None,
		},
		{
			"text that must be there is missing",
			Expect{Contains: []string{"Bienvenue"}},
			Reading{Status: 200, Body: []byte("Erreur")},
			Suspect, Assertion,
		},
		{
			"an error page with status 200 is found out",
			Expect{NotContains: []string{"Erreur"}},
			Reading{Status: 200, Body: []byte("Erreur interne")},
			Suspect, Assertion,
		},
		{"too short", Expect{MinBytes: 10}, Reading{Status: 200, Bytes: 9}, Suspect, Assertion},
		{"long enough", Expect{MinBytes: 10, MaxBytes: 10}, Reading{Status: 200, Bytes: 10}, Up, None},
		{"too long", Expect{MaxBytes: 10}, Reading{Status: 200, Bytes: 11}, Suspect, Assertion},
		{"a firewall's refusal says nothing of the service", Expect{}, Reading{Status: 429, Walled: true}, Unknown, Blocked},
		{"unless that status was expected", Expect{Status: []string{"429"}}, Reading{Status: 429, Walled: true}, Up, None},
		{"no answer keeps its reason", Expect{}, Reading{Reason: Timeout}, Suspect, Timeout},
		{"our own network blames nobody", Expect{}, Reading{Reason: OwnNetwork}, Unknown, OwnNetwork},
		{"an incomplete chain is a flaw", Expect{}, Reading{Reason: TLSIncompleteChain, Status: 200}, Degraded, TLSIncompleteChain},
		{"but a wrong status is worse", Expect{}, Reading{Reason: TLSIncompleteChain, Status: 500}, Suspect, Status},
		{"an expired certificate stops people", Expect{}, Reading{Reason: TLSExpired}, Suspect, TLSExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.reading
			tt.expect.Judge(&r)
			if r.Verdict != tt.verdict || r.Reason != tt.reason {
				t.Errorf("judged %v, %q; want %v, %q", r.Verdict, r.Reason, tt.verdict, tt.reason)
			}
			if r.Body != nil {
				t.Error("the body was kept")
			}
		})
	}
}

func TestNamesAreAClosedSet(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Reasons() {
		if name := r.String(); name == "" || seen[name] || strings.ToLower(name) != name {
			t.Errorf("reason %d is called %q", r, name)
		} else {
			seen[name] = true
		}
	}
	if len(seen) < 19 || Reason(200).String() != "other" || None.String() != "" {
		t.Errorf("%d reasons; want 19 at least", len(seen))
	}
	for n, v := range Verdicts() {
		if int(v) != n || v.String() == "" {
			t.Errorf("verdict %d is stored as %d", n, v)
		}
	}
	if Verdict(9).String() != "unknown" {
		t.Error("a verdict nobody knows is unknown")
	}
}

func TestPhasesAddUp(t *testing.T) {
	p := Phases{1 * time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 4 * time.Millisecond, 5 * time.Millisecond}
	if got := p.Total(); got != 15*time.Millisecond {
		t.Errorf("total %v; want 15ms", got)
	}
	for n, name := range []string{"dns", "connect", "tls", "wait", "transfer"} {
		if got := PhaseList()[n].String(); got != name {
			t.Errorf("phase %d is %q; want %q", n, got, name)
		}
	}
}
