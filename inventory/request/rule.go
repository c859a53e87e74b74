package request

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// RuleKind says what a line of the reference data is.
type RuleKind string

// The kinds of rules.
const (
	Term   RuleKind = "term"   // a number: days to answer, requests that make an opening due
	Ground RuleKind = "ground" // a legal ground on which data may stay closed
)

// Rule is one line of the law as this room reads it. Wording and numbers are
// data, so that a jurist corrects them without a release.
type Rule struct {
	Code      string `gorm:"primaryKey"`
	Kind      RuleKind
	Position  int
	Number    int       // of a term
	Name      lang.Text `gorm:"serializer:json"`
	Basis     string    // where it is written
	Certainty string    // shown beside it: "à valider juridiquement"
	Source    string
}

// TableName names the table of rules.
func (Rule) TableName() string { return "request_rules" }

// The terms that the program asks for.
const (
	TermRequest  = "request.answer"
	TermFeedback = "feedback.answer"
	TermRepeated = "request.repeated" // from so many requests for the same on, an opening is proposed
)

// Rules are the terms and grounds in force.
type Rules struct{ list []Rule }

// NewRules returns the rules of list; a later line of a code replaces an earlier one.
func NewRules(list ...Rule) *Rules {
	r := &Rules{}
	for _, one := range list {
		if n := slices.IndexFunc(r.list, func(o Rule) bool { return o.Code == one.Code }); n >= 0 {
			r.list[n] = one
			continue
		}
		r.list = append(r.list, one)
	}
	slices.SortStableFunc(r.list, func(a, b Rule) int { return a.Position - b.Position })
	return r
}

// All lists the rules.
func (r *Rules) All() []Rule { return slices.Clone(r.list) }

// Term returns the rule of a term; its zero value when there is none.
func (r *Rules) Term(code string) Rule {
	for _, one := range r.list {
		if one.Code == code && one.Kind == Term {
			return one
		}
	}
	return Rule{}
}

// Days is how many working days a decision on a message of the kind may take.
func (r *Rules) Days(k Kind) int {
	if k == Data {
		return r.Term(TermRequest).Number
	}
	return r.Term(TermFeedback).Number
}

// Repeated is from how many requests for the same on an opening is proposed.
func (r *Rules) Repeated() int { return max(r.Term(TermRepeated).Number, 2) }

// Ground returns the legal ground that a code names.
func (r *Rules) Ground(code string) (Rule, bool) {
	for _, one := range r.list {
		if one.Code == code && one.Kind == Ground {
			return one, true
		}
	}
	return Rule{}, false
}

// Grounds lists the legal grounds.
func (r *Rules) Grounds() []Rule {
	return slices.DeleteFunc(r.All(), func(one Rule) bool { return one.Kind != Ground })
}

// ReadRules reads rules from a CSV file with a header line.
func ReadRules(from io.Reader) ([]Rule, error) {
	rows := csv.NewReader(from)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read request rules: %w", err)
	}
	column := map[string]int{}
	for n, name := range header {
		column[strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")] = n
	}
	for _, name := range []string{"code", "kind", "number", "name_fr"} {
		if _, ok := column[name]; !ok {
			return nil, fmt.Errorf("read request rules: there is no column %s", name)
		}
	}
	var list []Rule
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read request rules: %w", err)
		}
		rule, err := readRule(func(name string) string {
			if n, ok := column[name]; ok {
				return strings.TrimSpace(row[n])
			}
			return ""
		})
		if err != nil {
			line, _ := rows.FieldPos(0)
			return nil, fmt.Errorf("read request rules, line %d: %w", line, err)
		}
		rule.Position = len(list) + 1
		list = append(list, rule)
	}
}

// readRule makes a rule of one line.
func readRule(cell func(string) string) (Rule, error) {
	r := Rule{
		Code: cell("code"), Kind: RuleKind(cell("kind")), Basis: cell("basis"), Certainty: cell("certainty"),
		Source: cell("source"),
		Name:   lang.Text{"fr": cell("name_fr"), "ar": cell("name_ar"), "en": cell("name_en")}.Clean(),
	}
	if r.Code == "" || r.Kind != Term && r.Kind != Ground {
		return r, fmt.Errorf("code %q, kind %q: want a code, and term or ground", r.Code, r.Kind)
	}
	if r.Kind == Term {
		n, err := strconv.Atoi(cell("number"))
		if err != nil || n < 1 || n > 365 {
			return r, fmt.Errorf("%s: %q is no number from 1 to 365", r.Code, cell("number"))
		}
		r.Number = n
	}
	return r, nil
}
