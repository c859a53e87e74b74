package assess_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web/locale"
)

// small is a right set of one criterion.
const small = `name: small
version: 1
title: {fr: Petit, ar: صغير, en: Small}
method: weighted
coverage: 0.6
goal: 80
areas:
  - {code: a, points: 1, title: {fr: A, ar: أ, en: A}}
bands:
  - {code: B, from: 50, title: {fr: B, ar: ب, en: B}}
  - {code: C, from: 0, title: {fr: C, ar: ج, en: C}}
caps:
  - {criteria: [X], band: C}
criteria:
  - code: X
    area: a
    kind: automatic
    measure: availability
    weight: 1
    green: {at_least: 0.999}
    red: {below: 0.985}
    ease: 3
    title: {fr: X, ar: س, en: X}
    advice: {fr: Faites, ar: افعلوا}
`

// TestEveryFaultOfASetIsNamed breaks the small set in one way at a time.
func TestEveryFaultOfASetIsNamed(t *testing.T) {
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := assess.Read([]byte(small)); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, tt := range []struct{ old, wrong, want string }{
		{"name: small", "name: Petit set", "1 name: The name “Petit set” will not do: small letters, digits and hyphens, a letter first, 40 at most."},
		{"version: 1", "version: 0", "2 version: The version is a number from 1 on."},
		{"version: 1", "version: one", "2 version: “one” is no number."},
		{"en: Small", "en: ''", "3 title.en: The text in “en” is missing."},
		{"en: Small", "en: Small, it: Piccolo", "3 title.it: Jard does not speak the language “it”."},
		{"method: weighted", "method: guess", "4 method: “guess” is no method: weighted, areas, goals or index."},
		{"method: weighted", "method: weighted\ngrading: exact", "5 grading: “exact” is no grading: steps or linear."},
		{"coverage: 0.6", "coverage: 60", "5 coverage: The coverage is a share between 0 and 1."},
		{"goal: 80", "goal: .nan", "6 goal: “.nan” is no number."},
		{"goal: 80", "goal: 101", "6 goal: The goal is a score between 0 and 100."},
		{"goal: 80", "gaol: 80", "6 gaol: There is no key “gaol” here."},
		{"{code: a, points: 1", "{code: b, points: 1", "8 areas.0.code: No criterion is of the area “b”.|16 criteria.0.area: “a” is no area of this set."},
		{"points: 1", "points: -1", "8 areas.0.points: A weight is a number from 0 on, a million at most."},
		{"from: 50", "from: 0", "11 bands.1.from: Bands go from the best to the least, from 100 to 0."},
		{"{code: C, from: 0", "{code: C, from: 5", "11 bands.1.from: The last band begins at 0: every score has a band."},
		{"{code: C, from: 0", "{code: B, from: 0", "11 bands.1.code: The code “B” is already taken here.|13 caps.0.band: “C” is no band of this set."},
		{"criteria: [X]", "criteria: [Y]", "13 caps.0.criteria.0: “Y” is no criterion of this set."},
		{"criteria: [X]", "criteria: []", "13 caps.0.criteria: Say which criteria cap."},
		{"code: X", "code: 9 lives", "13 caps.0.criteria.0: “X” is no criterion of this set.|15 criteria.0.code: “9 lives” is no code: letters, digits and hyphens, a letter first, 32 at most."},
		{"kind: automatic", "kind: magic", "17 criteria.0.kind: “magic” is no kind of criterion: automatic, browser, form or survey."},
		{"kind: automatic", "kind: form", "15 criteria.0.expires: Say how long an answer holds, 1y for example."},
		{"kind: automatic", "kind: form\n    expires: soon", "18 criteria.0.expires: “soon” is no length like 90d, 6m or 1y."},
		{"measure: availability", "measure: weather", "18 criteria.0.measure: Jard does not measure “weather”."},
		{"weight: 1", "weight: 2000000", "19 criteria.0.weight: A weight is a number from 0 on, a million at most."},
		{"weight: 1", "weight: 0", "15 criteria: No criterion weighs anything: give at least one a weight."},
		{"green: {at_least: 0.999}", "combine: worst", "15 criteria.0: The green line is missing."},
		{"green: {at_least: 0.999}", "green: {at_least: 99.9}", "20 criteria.0.green: This line is off the scale of the unit “ratio”."},
		{"green: {at_least: 0.999}", "green: {at_least: 0.999, above: 0.9}", "20 criteria.0.green: A line is one condition: at_least, at_most, below or above."},
		{"green: {at_least: 0.999}", "green: {is: \"yes\"}", "20 criteria.0.green: This measure is a number (ratio): at_least, at_most, below or above."},
		{"red: {below: 0.985}", "red: {above: 0.985}", "21 criteria.0.red: The green and red lines go the same way."},
		{"red: {below: 0.985}", "red: {at_most: 0.9999}", "21 criteria.0.red: The green and red lines cross."},
		{"measure: availability", "measure: certificate", "20 criteria.0.green: This measure is in words: is: yes, partly, no.|21 criteria.0.red: This measure is in words: is: yes, partly, no."},
		{"ease: 3", "ease: 9", "22 criteria.0.ease: Ease goes from 1 (hard) to 5 (easy)."},
		{"ease: 3", "ease: 3\n    combine: best", "23 criteria.0.combine: “best” combines nothing: worst or share."},
		{"ease: 3", "ease: 3\n    least: -1", "23 criteria.0.least: The number of observations is a number from 0 on."},
		{"ease: 3", "ease: 3\n    tags: [\"VDE; drop\"]", "23 criteria.0.tags.0: “VDE; drop” is no tag like “vde:availability”."},
		{"ease: 3", "ease: 3\n    snippet: ../../etc", "23 criteria.0.snippet: “../../etc” is no name of a snippet."},
		{"advice: {fr: Faites, ar: افعلوا}", "advice: {fr: Faites}", "24 criteria.0.advice.ar: The text in “ar” is missing."},
		{"title: {fr: X,", "title: {fr: " + strings.Repeat("x", 301) + ",", "23 criteria.0.title.fr: This text is longer than 300 characters."},
	} {
		if !strings.Contains(small, tt.old) {
			t.Fatalf("%q is not in the set", tt.old)
		}
		_, problems := assess.Read([]byte(strings.Replace(small, tt.old, tt.wrong, 1)))
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%d %s: %s", p.Line, p.Field, c.T(lang.English, p.Key, p.Args...)))
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.wrong, strings.Join(got, "|"), tt.want)
		}
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	wrong := strings.NewReplacer("version: 1", "version: 0", "goal: 80", "goal: 800", "ease: 3", "ease: 0", "measure: availability", "measure: luck").Replace(small)
	if _, problems := assess.Read([]byte(wrong)); len(problems) != 4 {
		t.Errorf("%d faults: %+v", len(problems), problems)
	}
	for _, text := range []string{"", "- a\n- b\n", "{{{", "name: x\n---\nname: y\n", "criteria: 3\n", "\x00\xff", strings.Repeat("[", 20000)} {
		if _, problems := assess.Read([]byte(text)); len(problems) == 0 {
			t.Errorf("%.20q is read as a set", text)
		}
	}
}

// FuzzRead wants every text refused with faults that have sentences, or read as
// a set that judges without breaking.
func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("name: x\nversion: 1e9\ncriteria: [{code: X, weight: .inf}]"))
	f.Add([]byte("areas: &a [*a]"))
	if data, err := criteria.Files.ReadFile("egdi-like.yaml"); err == nil {
		f.Add(data)
	}
	c, err := locale.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, problems := assess.Read(data)
		for _, p := range problems {
			if !c.Has(p.Key) {
				t.Errorf("%q has no sentence", p.Key)
			}
		}
		if len(problems) > 0 {
			return
		}
		all := green(&set)
		for service, s := range set.ScoreAll(map[string]assess.Facts{"a": all, "b": {}}, now) {
			if s.Value != nil && !(*s.Value >= 0 && *s.Value <= 100) || !(s.Coverage >= 0 && s.Coverage <= 1) {
				t.Errorf("%s: %v at %v", service, *s.Value, s.Coverage)
			}
			set.Ministry([]assess.Weighed{{Service: service, Score: s}})
			set.Improve([]assess.Weighed{{Service: service, Score: s}})
		}
	})
}
