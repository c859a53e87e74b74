package survey

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/stats"
)

// Limits of what somebody sends.
const (
	MaxComment = 2000 // characters
	maxKey     = 100
)

// How soon an answer can be one that somebody read the questions of.
const (
	readFirst = time.Second
	readEach  = 400 * time.Millisecond
)

// Form is what somebody sent. Nothing in it tells who.
type Form struct {
	Service  string
	Wave     string
	Channel  Channel
	Language lang.Tag
	Answers  map[string]string // question code → point, option or words
	Trap     string            // a field that people do not see
	Took     time.Duration     // from showing the questions to sending; negative when not known
	Office   string            // that the poster names; what is not on the service's list is none
	Kiosk    string            // token of a screen's address; empty elsewhere
	Token    string            // given at the end of a procedure; empty for most
	Key      string            // the client's own: sending it again does nothing
	Partial  bool              // from a program, which may ask less than the set does
}

// Given turns the values of a JSON object into answers: numbers and words. The
// fields of what is neither are returned as faults.
func Given(values map[string]any) (map[string]string, error) {
	out := make(map[string]string, len(values))
	var faults []error
	for code, v := range values {
		switch v := v.(type) {
		case string:
			out[code] = v
		case float64:
			out[code] = strconv.FormatFloat(v, 'f', -1, 64)
		case json.Number:
			out[code] = v.String()
		case int:
			out[code] = strconv.Itoa(v)
		case nil:
		default:
			faults = append(faults, fault.At(field(code), "survey.answer.shape"))
		}
	}
	return out, errors.Join(faults...)
}

// field is where a question stands in the API. The code is somebody else's: it is cut.
func field(code string) string {
	code = Clean(code)
	if utf8.RuneCountInString(code) > 32 {
		code = string([]rune(code)[:32]) + "…"
	}
	return "answers." + code
}

// Take reads a form against the set that was shown and returns the answer,
// cleaned and masked, or every fault with its field. An answer to a question
// that the skip rules leave out is left out: without JavaScript a page shows
// them all. Verified, weight and the flags that need other answers are not for
// this rule to know.
func Take(set *Set, f *Form, now time.Time) (*Answer, error) {
	a := &Answer{
		Service: f.Service, Set: set.Name, Version: set.Version, Wave: f.Wave, At: now.UTC(), Channel: f.Channel, Language: f.Language,
		Weight: 1, Flags: []Flag{}, Points: map[string]int{}, Words: map[string]string{},
	}
	var faults []error
	if !f.Channel.Valid() {
		faults = append(faults, fault.At("channel", "survey.answer.channel"))
	}
	if !f.Language.Valid() {
		faults = append(faults, fault.At("language", "survey.answer.language"))
	}
	if len(f.Key) > maxKey {
		faults = append(faults, fault.At("key", "survey.answer.key", maxKey))
	}
	faults = append(faults, unknown(set, f)...)
	for n := range set.Questions {
		if q := set.Questions[n]; a.asked(q.When) {
			q.Required = q.Required && !f.Partial
			faults = append(faults, a.take(&q, f.Answers[q.Code]))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if len(a.Points)+len(a.Words) == 0 && a.Comment == "" {
		return nil, fault.At("answers", "survey.answer.nothing")
	}
	a.judge(f)
	return a, nil
}

// unknown returns a fault for each answer to what was not asked, in an order.
func unknown(set *Set, f *Form) []error {
	var codes []string
	for code := range f.Answers {
		if set.Question(code) == nil {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	var faults []error
	for _, code := range codes[:min(len(codes), MaxQuestions)] {
		faults = append(faults, fault.At(field(code), "survey.answer.unknown"))
	}
	return faults
}

// Asks tells whether a form with these answers should be asked q.
func (s *Set) Asks(q *Question, answers map[string]string) bool {
	a := Answer{Points: map[string]int{}, Words: map[string]string{}}
	for n := range s.Questions {
		one := &s.Questions[n]
		asked := a.asked(one.When)
		if one.Code == q.Code {
			return asked
		}
		if asked && one.Kind != Text {
			_ = a.take(one, answers[one.Code]) // what is wrong answers nothing
		}
	}
	return false
}

// asked tells whether the skip rule lets a question be asked.
func (a *Answer) asked(w *When) bool {
	if w == nil {
		return true
	}
	if len(w.Is) > 0 {
		return slices.Contains(w.Is, a.Words[w.Question])
	}
	point, rated := a.Points[w.Question]
	return rated && (w.AtMost == 0 || point <= w.AtMost) && (w.AtLeast == 0 || point >= w.AtLeast)
}

// take reads the answer to one question.
func (a *Answer) take(q *Question, said string) error {
	if q.Kind == Text {
		return a.takeText(q, said)
	}
	said = strings.TrimSpace(said)
	switch {
	case said == "" && q.Required:
		return fault.At(field(q.Code), "survey.answer.required")
	case said == "":
		return nil
	case q.Kind == Choice && q.Option(said) != nil:
		a.Words[q.Code] = said
		return nil
	case q.Kind == Choice:
		return fault.At(field(q.Code), "survey.answer.choice")
	}
	point, err := strconv.Atoi(westernDigits(said))
	if err != nil || point < q.Least() || point > q.Most() {
		return fault.At(field(q.Code), "survey.answer.point", q.Least(), q.Most())
	}
	a.Points[q.Code] = point - q.Least() + 1
	return nil
}

func (a *Answer) takeText(q *Question, said string) error {
	if len(said) > 16*MaxComment { // not worth cleaning
		return fault.At(field(q.Code), "survey.answer.long", MaxComment)
	}
	said = Clean(said)
	switch {
	case utf8.RuneCountInString(said) > MaxComment:
		return fault.At(field(q.Code), "survey.answer.long", MaxComment)
	case said == "" && q.Required:
		return fault.At(field(q.Code), "survey.answer.required")
	}
	a.Comment = Mask(said)
	return nil
}

// judge flags what the form alone shows to be odd.
func (a *Answer) judge(f *Form) {
	if f.Trap != "" {
		a.flag(Honeypot)
	}
	given := len(a.Points) + len(a.Words)
	hurried := a.Channel == Web || a.Channel == Widget || a.Channel == QR
	if hurried && f.Took >= 0 && given > 1 && f.Took < readFirst+time.Duration(given)*readEach {
		a.flag(Fast)
	}
	if stats.StraightLined(slices.Collect(maps.Values(a.Points))) {
		a.flag(Straight)
	}
}

// flag adds a flag once.
func (a *Answer) flag(f Flag) {
	if !slices.Contains(a.Flags, f) {
		a.Flags = append(a.Flags, f)
	}
}

// Mark adds a flag that only who knows the other answers can give.
func (a *Answer) Mark(f Flag) { a.flag(f) }

// Unmark takes a flag away.
func (a *Answer) Unmark(f Flag) {
	a.Flags = slices.DeleteFunc(a.Flags, func(one Flag) bool { return one == f })
}

// Say adds words to an answer that has none, as the set's question in one's own
// words would have taken them.
func (a *Answer) Say(set *Set, words string) error {
	for n := range set.Questions {
		if q := &set.Questions[n]; q.Kind == Text {
			must := *q
			must.Required = true
			return a.takeText(&must, words)
		}
	}
	return fault.At("comment", "survey.answer.unknown")
}
