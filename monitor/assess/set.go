package assess

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Limits of a set.
const (
	MaxCriteria = 200
	MaxAreas    = 20
	MaxBands    = 12
	maxTitle    = 300
	maxAdvice   = 2000
	maxTags     = 30
	mostEase    = 5
)

var (
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,31}$`)
	tagForm  = regexp.MustCompile(`^[a-z0-9]+(:[A-Za-z0-9_.-]+)?$`)
	holdForm = regexp.MustCompile(`^([1-9][0-9]{0,2})([dmy])$`)
)

// Key names a version of a set: "default-tn@1".
func (s *Set) Key() string { return s.Name + "@" + strconv.Itoa(s.Version) }

// Read reads a set that somebody wrote as YAML, with every fault and its line.
// What has problems is not to be used: the former set stays in force.
func Read(data []byte) (Set, []document.Problem) {
	var s Set
	problems := document.ReadValid(data, &s)
	return s, problems
}

// Validate returns every fault of the set, each with its place.
func (s *Set) Validate() error {
	var faults []error
	wrong := func(bad bool, field, key string, args ...any) {
		if bad {
			faults = append(faults, fault.At(field, key, args...))
		}
	}
	wrong(!nameForm.MatchString(s.Name), "name", "assess.set.name", s.Name)
	wrong(s.Version < 1, "version", "assess.set.version")
	faults = append(faults, texts("title", s.Title, maxTitle, lang.All()...))
	wrong(!within(s.Coverage, 0, 1), "coverage", "assess.set.coverage")
	wrong(!within(s.Goal, 0, full), "goal", "assess.set.goal")
	wrong(!slices.Contains([]Method{Weighted, Areas, Goals, Index}, s.Method), "method", "assess.set.method", string(s.Method))
	wrong(!slices.Contains([]Grading{"", Steps, Linear}, s.Grading), "grading", "assess.set.grading", string(s.Grading))
	wrong(len(s.Areas) == 0 || len(s.Areas) > MaxAreas, "areas", "assess.set.areas", MaxAreas)
	wrong(len(s.Bands) > MaxBands, "bands", "assess.set.bands", MaxBands)
	wrong(len(s.Criteria) == 0 || len(s.Criteria) > MaxCriteria, "criteria", "assess.set.criteria", MaxCriteria)
	faults = append(faults, s.validateAreas(), s.validateBands(), s.validateCaps())
	weights := 0.0
	for n := range s.Criteria {
		c := &s.Criteria[n]
		faults = append(faults, c.validate(s, fmt.Sprintf("criteria.%d", n), s.Criteria[:n]))
		weights += c.Weight
	}
	wrong(len(s.Criteria) > 0 && !(weights > 0), "criteria", "assess.set.weightless")
	return errors.Join(faults...)
}

func (s *Set) validateAreas() error {
	var faults []error
	all := 0.0
	for n, a := range s.Areas {
		at := fmt.Sprintf("areas.%d", n)
		if !codeForm.MatchString(a.Code) {
			faults = append(faults, fault.At(at+".code", "assess.set.code", a.Code))
		}
		if slices.ContainsFunc(s.Areas[:n], func(b Area) bool { return b.Code == a.Code }) {
			faults = append(faults, fault.At(at+".code", "assess.set.code_twice", a.Code))
		}
		faults = append(faults, texts(at+".title", a.Title, maxTitle, lang.All()...))
		if !within(a.Points, 0, maxWeight) {
			faults = append(faults, fault.At(at+".points", "assess.set.weight"))
		}
		all += a.Points
		if !slices.ContainsFunc(s.Criteria, func(c Criterion) bool { return c.Area == a.Code }) {
			faults = append(faults, fault.At(at+".code", "assess.set.area_empty", a.Code))
		}
	}
	if (s.Method == Areas || s.Method == Index) && len(s.Areas) > 0 && !(all > 0) {
		faults = append(faults, fault.At("areas", "assess.set.area_points"))
	}
	return errors.Join(faults...)
}

// validateBands wants the best first and one for every score.
func (s *Set) validateBands() error {
	var faults []error
	for n, b := range s.Bands {
		at := fmt.Sprintf("bands.%d", n)
		if !codeForm.MatchString(b.Code) {
			faults = append(faults, fault.At(at+".code", "assess.set.code", b.Code))
		}
		if slices.ContainsFunc(s.Bands[:n], func(o Band) bool { return o.Code == b.Code }) {
			faults = append(faults, fault.At(at+".code", "assess.set.code_twice", b.Code))
		}
		faults = append(faults, texts(at+".title", b.Title, maxTitle, lang.All()...))
		if !within(b.From, 0, full) || n > 0 && b.From >= s.Bands[n-1].From {
			faults = append(faults, fault.At(at+".from", "assess.set.band_order"))
		}
	}
	if n := len(s.Bands); n > 0 && s.Bands[n-1].From != 0 {
		faults = append(faults, fault.At(fmt.Sprintf("bands.%d.from", n-1), "assess.set.band_last"))
	}
	return errors.Join(faults...)
}

func (s *Set) validateCaps() error {
	var faults []error
	for n, c := range s.Caps {
		at := fmt.Sprintf("caps.%d", n)
		if !slices.ContainsFunc(s.Bands, func(b Band) bool { return b.Code == c.Band }) {
			faults = append(faults, fault.At(at+".band", "assess.set.cap_band", c.Band))
		}
		if len(c.Criteria) == 0 {
			faults = append(faults, fault.At(at+".criteria", "assess.set.cap_empty"))
		}
		for i, code := range c.Criteria {
			if s.Criterion(code) == nil {
				faults = append(faults, fault.At(fmt.Sprintf("%s.criteria.%d", at, i), "assess.set.cap_criterion", code))
			}
		}
	}
	return errors.Join(faults...)
}

// maxWeight keeps sums far from where numbers lose their ends.
const maxWeight = 1e6

func (c *Criterion) validate(s *Set, at string, before []Criterion) error {
	var faults []error
	wrong := func(bad bool, field, key string, args ...any) {
		if bad {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	wrong(!codeForm.MatchString(c.Code), ".code", "assess.set.code", c.Code)
	wrong(slices.ContainsFunc(before, func(b Criterion) bool { return b.Code == c.Code }), ".code", "assess.set.code_twice", c.Code)
	wrong(!slices.ContainsFunc(s.Areas, func(a Area) bool { return a.Code == c.Area }), ".area", "assess.set.area", c.Area)
	faults = append(faults, texts(at+".title", c.Title, maxTitle, lang.All()...), texts(at+".advice", c.Advice, maxAdvice, lang.French, lang.Arabic))
	wrong(!c.Kind.Valid(), ".kind", "assess.set.kind", string(c.Kind))
	wrong(!within(c.Weight, 0, maxWeight), ".weight", "assess.set.weight")
	wrong(c.Ease < 1 || c.Ease > mostEase, ".ease", "assess.set.ease", mostEase)
	wrong(c.Least < 0, ".least", "assess.set.least")
	wrong(!slices.Contains([]Combine{"", Worst, Share}, c.Combine), ".combine", "assess.set.combine", string(c.Combine))
	wrong(c.Snippet != "" && !nameForm.MatchString(c.Snippet), ".snippet", "assess.set.snippet", c.Snippet)
	wrong(len(c.Tags) > maxTags, ".tags", "assess.set.tags", maxTags)
	for n, tag := range c.Tags {
		wrong(!tagForm.MatchString(tag), fmt.Sprintf(".tags.%d", n), "assess.set.tag", tag)
	}
	_, held := holds(c.Expires, time.Time{})
	wrong(c.Expires != "" && !held, ".expires", "assess.set.expires", c.Expires)
	wrong(c.Kind == Form && c.Expires == "", ".expires", "assess.set.expires_missing")
	for n, p := range c.Parts() {
		where := at
		if n > 0 {
			where = fmt.Sprintf("%s.also.%d", at, n-1)
		}
		faults = append(faults, p.validate(where, c.Weight > 0))
	}
	return errors.Join(faults...)
}

// validate wants lines that fit the measure's unit and each other.
func (p Part) validate(at string, counts bool) error {
	unit, known := p.Measure.Unit()
	if !known {
		return fault.At(at+".measure", "assess.set.measure", string(p.Measure))
	}
	if p.Green == nil && counts {
		return fault.At(at, "assess.set.green_missing")
	}
	err := errors.Join(p.Green.validate(at+".green", unit), p.Red.validate(at+".red", unit))
	if err != nil || p.Green == nil || p.Red == nil {
		return err
	}
	if unit == Word {
		if p.Green.Is == p.Red.Is {
			return fault.At(at+".red", "assess.set.lines_same")
		}
		return nil
	}
	green, _ := p.Green.at()
	red, _ := p.Red.at()
	up := p.Green.higher()
	switch {
	case up == p.Red.higher():
		return fault.At(at+".red", "assess.set.lines_side")
	case up && red > green, !up && red < green, red == green && p.Green.reached(green) && p.Red.reached(red):
		return fault.At(at+".red", "assess.set.lines_cross")
	}
	return nil
}

// validate wants one condition, of the unit.
func (l *Line) validate(at string, unit Unit) error {
	if l == nil {
		return nil
	}
	said := 0
	for _, n := range []*float64{l.AtLeast, l.AtMost, l.Below, l.Above} {
		if n == nil {
			continue
		}
		said++
		if !within(*n, -maxLine, maxLine) {
			return fault.At(at, "assess.set.line_number")
		}
		if unit == Ratio && !within(*n, 0, 1) || unit == Points && !within(*n, 0, maxPoints) {
			return fault.At(at, "assess.set.line_scale", string(unit))
		}
	}
	switch {
	case unit == Word && (said > 0 || !slices.Contains(Words(), l.Is)):
		return fault.At(at, "assess.set.line_word", strings.Join(Words(), ", "))
	case unit != Word && l.Is != "":
		return fault.At(at, "assess.set.line_no_word", string(unit))
	case unit != Word && said != 1:
		return fault.At(at, "assess.set.line_one")
	}
	return nil
}

const (
	maxLine   = 1e15
	maxPoints = 10
)

func within(v, least, most float64) bool { return !math.IsNaN(v) && least <= v && v <= most }

// texts wants a wording in each of the languages, and none in others that Jard does not speak.
func texts(field string, text lang.Text, most int, in ...lang.Tag) error {
	var faults []error
	for _, tag := range in {
		if strings.TrimSpace(text[string(tag)]) == "" {
			faults = append(faults, fault.At(field+"."+string(tag), "assess.set.wording_missing", string(tag)))
		}
	}
	for code, said := range text {
		if !lang.Tag(code).Valid() {
			faults = append(faults, fault.At(field+"."+code, "assess.set.language", code))
		}
		if utf8.RuneCountInString(said) > most {
			faults = append(faults, fault.At(field+"."+code, "assess.set.wording_long", most))
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(faults...)
}

// holds is until when an answer of this moment holds: "90d", "6m", "1y".
func holds(form string, from time.Time) (time.Time, bool) {
	parts := holdForm.FindStringSubmatch(form)
	if parts == nil {
		return time.Time{}, false
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	switch parts[2] {
	case "d":
		return from.AddDate(0, 0, n), true
	case "m":
		return from.AddDate(0, n, 0), true
	}
	return from.AddDate(n, 0, 0), true
}
