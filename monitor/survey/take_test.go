package survey_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func whole() *survey.Form {
	return &survey.Form{
		Service: "cin", Channel: survey.Web, Language: lang.Arabic, Took: 40 * time.Second,
		Answers: map[string]string{
			"ease": "4", "satisfaction": "5", "finished": "partly", "clarity": "٣", "office": "once", "help_tried": "yes", "help_reached": "yes",
			"help_useful": " 2 ", "comment": "Appelez le 22123456\u202E",
		},
	}
}

func TestAWholeAnswerIsTaken(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	a, err := survey.Take(set, whole(), now)
	if err != nil {
		t.Fatal(err)
	}
	points := map[string]int{"ease": 4, "satisfaction": 5, "clarity": 3, "help_useful": 2}
	words := map[string]string{"finished": "partly", "office": "once", "help_tried": "yes", "help_reached": "yes"}
	if !maps.Equal(a.Points, points) || !maps.Equal(a.Words, words) || a.Comment != "Appelez le [tel]" {
		t.Errorf("taken as %v, %v, %q", a.Points, a.Words, a.Comment)
	}
	if a.Service != "cin" || a.Set != set.Name || a.Version != 1 || a.Weight != 1 || len(a.Flags) > 0 || a.Verified || !a.Counted() {
		t.Errorf("taken as %+v", a)
	}
}

func TestWhatSkipRulesLeaveOutIsLeftOut(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	f := whole()
	f.Answers["help_tried"] = "no"
	a, err := survey.Take(set, f, now)
	if err != nil {
		t.Fatal(err)
	}
	if a.Words["help_reached"] != "" || a.Points["help_useful"] != 0 {
		t.Errorf("taken as %v, %v", a.Words, a.Points)
	}
}

func TestBadAnswersAreRefusedWithTheirField(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	for _, tt := range []struct {
		name  string
		spoil func(*survey.Form)
		want  []string
	}{
		{"unknown question", func(f *survey.Form) { f.Answers["x"] = "1" }, []string{"survey.answer.unknown (answers.x)"}},
		{"unknown questions", func(f *survey.Form) { f.Answers["b"], f.Answers["a"] = "1", "" }, []string{"survey.answer.unknown (answers.a)", "survey.answer.unknown (answers.b)"}},
		{"hostile name", func(f *survey.Form) { f.Answers["\u202E"+strings.Repeat("é", 99)] = "1" }, []string{"survey.answer.unknown (answers." + strings.Repeat("é", 32) + "…)"}},
		{"zero", func(f *survey.Form) { f.Answers["ease"] = "0" }, []string{"survey.answer.point (answers.ease) 1 5"}},
		{"six", func(f *survey.Form) { f.Answers["ease"] = "6" }, []string{"survey.answer.point (answers.ease) 1 5"}},
		{"half", func(f *survey.Form) { f.Answers["ease"] = "4.5" }, []string{"survey.answer.point (answers.ease) 1 5"}},
		{"huge", func(f *survey.Form) { f.Answers["ease"] = "99999999999999999999" }, []string{"survey.answer.point (answers.ease) 1 5"}},
		{"required", func(f *survey.Form) { f.Answers["ease"], f.Answers["finished"] = "", " " }, []string{"survey.answer.required (answers.ease)", "survey.answer.required (answers.finished)"}},
		{"no such choice", func(f *survey.Form) { f.Answers["finished"] = "maybe" }, []string{"survey.answer.choice (answers.finished)"}},
		{"2,001 characters", func(f *survey.Form) { f.Answers["comment"] = strings.Repeat("é", 2001) }, []string{"survey.answer.long (answers.comment) 2000"}},
		{"100 KB", func(f *survey.Form) { f.Answers["comment"] = strings.Repeat("a", 100_000) }, []string{"survey.answer.long (answers.comment) 2000"}},
		{"channel", func(f *survey.Form) { f.Channel = "fax" }, []string{"survey.answer.channel (channel)"}},
		{"language", func(f *survey.Form) { f.Language = "de" }, []string{"survey.answer.language (language)"}},
		{"key", func(f *survey.Form) { f.Key = strings.Repeat("k", 101) }, []string{"survey.answer.key (key) 100"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := whole()
			tt.spoil(f)
			_, err := survey.Take(set, f, now)
			var got []string
			for _, one := range fault.All(err) {
				got = append(got, one.Error())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("faults are %q; want %q", got, tt.want)
			}
		})
	}
}

func TestTwoThousandCharactersAreTaken(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	f := whole()
	f.Answers["comment"] = strings.Repeat("👍", 2000)
	if a, err := survey.Take(set, f, now); err != nil || utf8.RuneCountInString(a.Comment) != 2000 {
		t.Errorf("Take = %v", err)
	}
}

func TestNothingIsNoAnswer(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	for n := range set.Questions {
		set.Questions[n].Required = false
	}
	_, err := survey.Take(set, &survey.Form{Channel: survey.Web, Language: lang.French}, now)
	if err == nil || err.Error() != "survey.answer.nothing (answers)" {
		t.Errorf("Take of nothing = %v", err)
	}
}

func TestOddAnswersAreFlaggedAndKept(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	for _, tt := range []struct {
		name    string
		spoil   func(*survey.Form)
		want    []survey.Flag
		counted bool
	}{
		{"trap", func(f *survey.Form) { f.Trap = "http://spam" }, []survey.Flag{survey.Honeypot}, false},
		{"in a second", func(f *survey.Form) { f.Took = time.Second }, []survey.Flag{survey.Fast}, false},
		{"in no time", func(f *survey.Form) { f.Took = 0 }, []survey.Flag{survey.Fast}, false},
		{"nobody knows how fast", func(f *survey.Form) { f.Took = -1 }, nil, true},
		{"fast by machine", func(f *survey.Form) { f.Took, f.Channel = 0, survey.API }, nil, true},
		{"straight", func(f *survey.Form) {
			f.Answers["satisfaction"], f.Answers["clarity"], f.Answers["help_useful"] = "4", "4", "4"
		}, []survey.Flag{survey.Straight}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := whole()
			tt.spoil(f)
			a, err := survey.Take(set, f, now)
			if err != nil || !slices.Equal(a.Flags, tt.want) || a.Counted() != tt.counted {
				t.Errorf("%v, %+v; want %v, counted %t", err, a, tt.want, tt.counted)
			}
		})
	}
}

func TestElevenPointsAreFromZeroToTen(t *testing.T) {
	set := &survey.Set{Name: "n", Version: 1, Questions: []survey.Question{{Code: "recommend", Kind: survey.Rating, Points: 11}}}
	for said, want := range map[string]int{"0": 1, "10": 11, "-1": 0, "11": 0} {
		a, err := survey.Take(set, &survey.Form{Channel: survey.Web, Language: lang.French, Took: -1, Answers: map[string]string{"recommend": said}}, now)
		if want == 0 && err == nil || want != 0 && (err != nil || a.Points["recommend"] != want) {
			t.Errorf("%s is taken as %+v, %v", said, a, err)
		}
	}
}

func TestGivenTakesNumbersAndWords(t *testing.T) {
	got, err := survey.Given(map[string]any{"a": 4.0, "b": "yes", "c": nil, "d": 4.5})
	if err != nil || !maps.Equal(got, map[string]string{"a": "4", "b": "yes", "d": "4.5"}) {
		t.Errorf("Given = %v, %v", got, err)
	}
	if _, err := survey.Given(map[string]any{"a": []any{1}}); err == nil || err.Error() != "survey.answer.shape (answers.a)" {
		t.Errorf("Given a list = %v", err)
	}
}

// Whatever is sent: it is refused by faults alone, or taken clean and on the scale.
func FuzzTake(f *testing.F) {
	set, _ := shipped(f, survey.DefaultSet)
	f.Add("ease", "4", "Très bien", "web", "fr", "", int64(time.Minute))
	f.Add("satisfaction", "٥", "09123456", "qr", "ar", "x", int64(-1))
	f.Add("\u202E", "<script>", strings.Repeat("a", 3000), "", "", "", int64(0))
	f.Fuzz(func(t *testing.T, code, value, comment, channel, language, trap string, took int64) {
		form := whole()
		form.Answers[code], form.Answers["comment"] = value, comment
		form.Trap, form.Took = trap, time.Duration(took)
		if channel != "" {
			form.Channel = survey.Channel(channel)
		}
		if language != "" {
			form.Language = lang.Tag(language)
		}
		a, err := survey.Take(set, form, now)
		if err != nil {
			if all := fault.All(err); len(all) == 0 {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		if survey.Mask(survey.Clean(a.Comment)) == "" && a.Comment != "" || utf8.RuneCountInString(a.Comment) > 2*survey.MaxComment {
			t.Errorf("the comment is %q", a.Comment)
		}
		for q, p := range a.Points {
			if p < 1 || p > set.Question(q).Levels() {
				t.Errorf("%s is %d", q, p)
			}
		}
		sums := survey.Sums{}
		sums.Add(set, a)
		back := survey.Sums{}
		if err := back.MergePacked(sums.Pack()); err != nil || !bytes.Equal(back.Pack(), sums.Pack()) {
			t.Errorf("packed and unpacked: %v", err)
		}
	})
}
