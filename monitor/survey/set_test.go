package survey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/monitor/survey"
)

func shipped(tb testing.TB, name string) (*survey.Set, string) {
	tb.Helper()
	data, err := questions.Files.ReadFile(name + ".yaml")
	if err != nil {
		tb.Fatal(err)
	}
	set, problems := survey.ReadSet(data)
	if len(problems) > 0 {
		tb.Fatalf("%s: %v", name, problems)
	}
	return set, string(data)
}

func TestShippedSetsAreGood(t *testing.T) {
	for _, name := range []string{survey.DefaultSet, survey.DefaultQuick} {
		set, _ := shipped(t, name)
		if set.Name != name || set.Version != 1 {
			t.Errorf("%s.yaml is %s", name, set.Key())
		}
		for _, q := range set.Questions {
			if q.Source == "" {
				t.Errorf("%s: %s does not say where its wording was seen", name, q.Code)
			}
			for _, r := range q.Text["ar"] {
				if r >= '0' && r <= '9' || r == '\u0640' {
					t.Errorf("%s: %s: %q in the Arabic wording", name, q.Code, r)
				}
			}
		}
	}
	set, _ := shipped(t, survey.DefaultSet)
	for _, code := range []string{
		survey.Ease, survey.Satisfaction, survey.Clarity, survey.HelpReached, survey.HelpUseful, survey.Finished, survey.Office, survey.Effort, survey.Comment,
	} {
		if set.Question(code) == nil {
			t.Errorf("%s is not asked", code)
		}
	}
}

// Each row spoils the shipped set at one place.
func TestEveryFaultOfASetIsNamedWithItsLine(t *testing.T) {
	_, good := shipped(t, survey.DefaultSet)
	for _, tt := range []struct{ name, from, to, want string }{
		{"name", "name: portal-tn", "name: Portal TN", "name survey.set.name [Portal TN]"},
		{"version", "version: 1", "version: 0", "version survey.set.version []"},
		{"a word for a number", "version: 1", "version: one", "version document.want.number [one]"},
		{"unknown key", "kind: rating", "kin: rating", "questions.0.kin document.unknown_key [kin]"},
		{"unknown kind", "kind: rating", "kind: stars", "questions.0.kind survey.set.kind [stars]"},
		{"four points", "points: 5", "points: 4", "questions.0.points survey.set.points [4]"},
		{"no Arabic", "ar: هل أنت راضٍ عن هذه الخدمة؟", "ar: ''", "questions.1.text.ar survey.set.wording_missing [ar]"},
		{"invisible Arabic", "ar: هل أنت راضٍ عن هذه الخدمة؟", `ar: "\u200f"`, "questions.1.text.ar survey.set.wording_missing [ar]"},
		{"German", "fr: Êtes-vous satisfait de ce service ?", "fr: Oui ?\n      de: Ja?", "questions.1.text.de survey.set.language [de]"},
		{"a novel", "fr: Êtes-vous satisfait de ce service ?", "fr: " + strings.Repeat("a", 301), "questions.1.text.fr survey.set.wording_long [300]"},
		{"code", "code: clarity", "code: Clarté", "questions.3.code survey.set.code [Clarté]"},
		{"same code", "code: clarity", "code: ease", "questions.3.code survey.set.code_twice [ease]"},
		{"rule on a later one", "when: {question: help_tried, is: [\"yes\"]}", "when: {question: help_useful, at_least: 3}", "questions.7.when.question survey.set.when_earlier [help_useful]"},
		{"rule on itself", "when: {question: help_tried, is: [\"yes\"]}", "when: {question: help_reached, is: [\"yes\"]}", "questions.7.when.question survey.set.when_earlier [help_reached]"},
		{"rule on what cannot be chosen", "when: {question: help_tried, is: [\"yes\"]}", "when: {question: help_tried, is: [maybe]}", "questions.7.when.is.0 survey.set.when_unknown [maybe]"},
		{"points of a choice", "when: {question: help_tried, is: [\"yes\"]}", "when: {question: help_tried, at_most: 2}", "questions.7.when survey.set.when_choice [help_tried]"},
		{"choice of a rating", "when: {question: help_tried, is: [\"yes\"]}", "when: {question: ease, is: [\"1\"]}", "questions.7.when survey.set.when_rating [ease]"},
		{"too many points", "when: {question: help_tried, is: [\"yes\"]}", "when: {question: ease, at_least: 6}", "questions.7.when survey.set.when_point [5]"},
		{"choice twice", "- code: once", "- code: more", "questions.5.choices.2.code survey.set.code_twice [more]"},
		{"second text", "kind: choice\n    text:\n      fr: Avez-vous cherché", "kind: text\n    text:\n      fr: Avez-vous cherché", "questions survey.set.one_text []"},
		{"choices of a rating", "points: 5\n    required: true", "points: 5\n    choices: [{code: a}]", "questions.0.choices survey.set.choices_elsewhere []"},
		{"no YAML", "version: 1", "version: [", " document.syntax"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.from, tt.to, 1)
			if bad == good {
				t.Fatalf("%q is not in the set", tt.from)
			}
			_, problems := survey.ReadSet([]byte(bad))
			said := make([]string, len(problems))
			for n, p := range problems {
				said[n] = fmt.Sprintf("%s %s %v", p.Field, p.Key, p.Args)
				if p.Line < 1 || p.Line > strings.Count(bad, "\n") {
					t.Errorf("%s is at line %d", said[n], p.Line)
				}
			}
			if !slices.ContainsFunc(said, func(one string) bool { return strings.HasPrefix(one, tt.want) }) {
				t.Errorf("problems are %q; want %q", said, tt.want)
			}
		})
	}
}

func TestTheLineIsTheOneOfTheFault(t *testing.T) {
	_, good := shipped(t, survey.DefaultSet)
	bad := strings.Replace(good, "code: clarity", "code: ease", 1)
	_, problems := survey.ReadSet([]byte(bad))
	line := 1 + strings.Count(bad[:strings.LastIndex(bad, "code: ease")], "\n")
	if len(problems) != 1 || problems[0].Line != line {
		t.Errorf("problems are %v; want one at line %d", problems, line)
	}
}

// Whatever a file holds: reading ends, and a set without problems can be
// written and read again as the same.
func FuzzReadSet(f *testing.F) {
	_, good := shipped(f, survey.DefaultSet)
	_, quick := shipped(f, survey.DefaultQuick)
	for _, seed := range []string{good, quick, "", "name: x", "questions: [{when: {}}]", "a: &a [*a]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, problems := survey.ReadSet([]byte(text))
		if len(problems) > 0 {
			return
		}
		if set.Name == "" {
			t.Fatalf("%q is taken for a set", text)
		}
		out, err := document.Write(set)
		if err != nil {
			t.Fatal(err)
		}
		if again, problems := survey.ReadSet(out); len(problems) > 0 || again.Key() != set.Key() {
			t.Errorf("%s is read again with %v", out, problems)
		}
	})
}

func TestAsks(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	for _, tt := range []struct {
		name    string
		answers map[string]string
		code    string
		want    bool
	}{
		{"nothing was said", nil, survey.HelpReached, false},
		{"help was tried", map[string]string{"help_tried": "yes"}, survey.HelpReached, true},
		{"nobody was reached", map[string]string{"help_tried": "yes", "help_reached": "no"}, survey.HelpUseful, false},
		{"somebody was", map[string]string{"help_tried": "yes", "help_reached": "yes"}, survey.HelpUseful, true},
		{"but none was tried", map[string]string{"help_tried": "no", "help_reached": "yes"}, survey.HelpUseful, false},
		{"always", nil, survey.Ease, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := set.Asks(set.Question(tt.code), tt.answers); got != tt.want {
				t.Errorf("asks %s: %t", tt.code, got)
			}
		})
	}
	if set.Asks(&survey.Question{Code: "other"}, nil) {
		t.Error("a question of another set is asked")
	}
}
