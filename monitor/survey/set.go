package survey

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Limits of a set.
const (
	MaxQuestions = 20
	MaxChoices   = 12
	maxWording   = 300
)

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Key names a version of a set: "portal-tn@1".
func (s *Set) Key() string { return fmt.Sprintf("%s@%d", s.Name, s.Version) }

// Question finds a question by its code; nil when the set does not ask it.
func (s *Set) Question(code string) *Question {
	for n := range s.Questions {
		if s.Questions[n].Code == code {
			return &s.Questions[n]
		}
	}
	return nil
}

// Levels is how many points the question has; 0 when it is not one of points.
func (q *Question) Levels() int {
	switch q.Kind {
	case Rating:
		return q.Points
	case Faces:
		return 3
	}
	return 0
}

// Least is the first point as people give it: eleven points are from 0 to 10,
// all others from 1.
func (q *Question) Least() int {
	if q.Levels() == 11 {
		return 0
	}
	return 1
}

// Most is the last point as people give it.
func (q *Question) Most() int { return q.Levels() + q.Least() - 1 }

// Option finds a choice by its code; nil when there is none.
func (q *Question) Option(code string) *Option {
	for n := range q.Choices {
		if q.Choices[n].Code == code {
			return &q.Choices[n]
		}
	}
	return nil
}

// ReadSet reads a set that somebody wrote as YAML, with every fault and its
// line. What has problems is not to be used: the former set stays in force.
func ReadSet(data []byte) (*Set, []document.Problem) {
	s := &Set{}
	return s, document.ReadValid(data, s)
}

// Validate returns every fault of the set, each with its place.
func (s *Set) Validate() error {
	var faults []error
	if !codeForm.MatchString(codeOf(s.Name)) {
		faults = append(faults, fault.At("name", "survey.set.name", s.Name))
	}
	if s.Version < 1 {
		faults = append(faults, fault.At("version", "survey.set.version"))
	}
	faults = append(faults, wordings("title", s.Title))
	if n := len(s.Questions); n == 0 || n > MaxQuestions {
		faults = append(faults, fault.At("questions", "survey.set.questions", MaxQuestions))
	}
	texts := 0
	for n := range s.Questions {
		q := &s.Questions[n]
		faults = append(faults, q.validate(fmt.Sprintf("questions.%d", n), s.Questions[:n]))
		if q.Kind == Text {
			texts++
		}
	}
	if texts > 1 {
		faults = append(faults, fault.At("questions", "survey.set.one_text"))
	}
	return errors.Join(faults...)
}

// codeOf lets a name have hyphens where a code has underscores.
func codeOf(name string) string {
	out := []byte(name)
	for n, c := range out {
		if c == '-' && n > 0 {
			out[n] = '_'
		}
	}
	return string(out)
}

// wordings wants a text in every language.
func wordings(field string, text lang.Text) error {
	var faults []error
	for _, tag := range lang.All() {
		at := field + "." + string(tag)
		switch said := text[string(tag)]; {
		case Clean(said) == "":
			faults = append(faults, fault.At(at, "survey.set.wording_missing", string(tag)))
		case len([]rune(said)) > maxWording:
			faults = append(faults, fault.At(at, "survey.set.wording_long", maxWording))
		}
	}
	for code := range text {
		if !lang.Tag(code).Valid() {
			faults = append(faults, fault.At(field+"."+code, "survey.set.language", code))
		}
	}
	return errors.Join(faults...)
}

// validate looks at one question and at those before it.
func (q *Question) validate(at string, before []Question) error {
	var faults []error
	if !codeForm.MatchString(q.Code) {
		faults = append(faults, fault.At(at+".code", "survey.set.code", q.Code))
	}
	if slices.ContainsFunc(before, func(b Question) bool { return b.Code == q.Code }) {
		faults = append(faults, fault.At(at+".code", "survey.set.code_twice", q.Code))
	}
	faults = append(faults, wordings(at+".text", q.Text))
	switch q.Kind {
	case Rating:
		if !slices.Contains([]int{3, 5, 7, 10, 11}, q.Points) {
			faults = append(faults, fault.At(at+".points", "survey.set.points", q.Points))
		}
		faults = append(faults, wordings(at+".low", q.Low), wordings(at+".high", q.High))
	case Choice:
		faults = append(faults, q.validateChoices(at))
	case Faces, Text:
	default:
		faults = append(faults, fault.At(at+".kind", "survey.set.kind", string(q.Kind)))
	}
	if q.Kind != Rating && q.Points != 0 {
		faults = append(faults, fault.At(at+".points", "survey.set.points_elsewhere"))
	}
	if q.Kind != Choice && len(q.Choices) > 0 {
		faults = append(faults, fault.At(at+".choices", "survey.set.choices_elsewhere"))
	}
	if q.When != nil {
		faults = append(faults, q.When.validate(at+".when", before))
	}
	return errors.Join(faults...)
}

func (q *Question) validateChoices(at string) error {
	var faults []error
	if n := len(q.Choices); n < 2 || n > MaxChoices {
		faults = append(faults, fault.At(at+".choices", "survey.set.choices", MaxChoices))
	}
	for n, o := range q.Choices {
		here := fmt.Sprintf("%s.choices.%d", at, n)
		if !codeForm.MatchString(o.Code) {
			faults = append(faults, fault.At(here+".code", "survey.set.code", o.Code))
		}
		if slices.ContainsFunc(q.Choices[:n], func(b Option) bool { return b.Code == o.Code }) {
			faults = append(faults, fault.At(here+".code", "survey.set.code_twice", o.Code))
		}
		faults = append(faults, wordings(here+".text", o.Text))
	}
	return errors.Join(faults...)
}

// validate wants the rule to go by an earlier question that can be answered so.
func (w *When) validate(at string, before []Question) error {
	n := slices.IndexFunc(before, func(b Question) bool { return b.Code == w.Question })
	if n < 0 {
		return fault.At(at+".question", "survey.set.when_earlier", w.Question)
	}
	q, ratedOn := &before[n], before[n].Levels()
	var faults []error
	switch {
	case q.Kind == Text:
		faults = append(faults, fault.At(at+".question", "survey.set.when_text", w.Question))
	case q.Kind == Choice && (len(w.Is) == 0 || w.AtMost != 0 || w.AtLeast != 0):
		faults = append(faults, fault.At(at, "survey.set.when_choice", w.Question))
	case ratedOn > 0 && (len(w.Is) > 0 || w.AtMost == 0 && w.AtLeast == 0):
		faults = append(faults, fault.At(at, "survey.set.when_rating", w.Question))
	case ratedOn > 0 && (w.AtMost < 0 || w.AtLeast < 0 || w.AtMost > ratedOn || w.AtLeast > ratedOn):
		faults = append(faults, fault.At(at, "survey.set.when_point", ratedOn))
	}
	for i, code := range w.Is {
		if q.Kind == Choice && q.Option(code) == nil {
			faults = append(faults, fault.At(fmt.Sprintf("%s.is.%d", at, i), "survey.set.when_unknown", code))
		}
	}
	return errors.Join(faults...)
}
