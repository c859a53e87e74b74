// Package naming keeps the common naming rules, the recommended formats and the
// nomenclatures as versioned data, and tells where a description differs from
// them: which rule, why, and what to write instead. It warns; it never decides.
package naming

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Scope is what a rule is about.
type Scope string

// The scopes.
const (
	Title   Scope = "title"
	Keyword Scope = "keyword"
	Column  Scope = "column"
	File    Scope = "file"
	Format  Scope = "format"
)

// Rule is one version of one rule. A new version stands beside the old ones.
type Rule struct {
	Code      string `gorm:"primaryKey"`
	Version   int    `gorm:"primaryKey"`
	Position  int
	Scope     Scope
	Test      string    // which test of this room keeps it
	Params    string    // what the test needs: words, replacements
	Name      lang.Text `gorm:"serializer:json"`
	Text      lang.Text `gorm:"serializer:json"` // why, in plain words
	Active    bool
	AdoptedOn inventory.Date
	Advice    string // number of the advice it was adopted on; empty for what the register began with
	Certainty string // shown beside it: "à valider juridiquement"
	Source    string
	CreatedAt time.Time
}

// TableName names the table of rules.
func (Rule) TableName() string { return "naming_rules" }

// RuleCode is the line of the decree that these rules belong to; its effect
// turns the lint on.
const RuleCode = "common.categories"

// Current keeps the latest version of each rule, in order.
func Current(all []Rule) []Rule {
	latest := map[string]Rule{}
	for _, r := range all {
		if seen, ok := latest[r.Code]; !ok || r.Version > seen.Version {
			latest[r.Code] = r
		}
	}
	rules := make([]Rule, 0, len(latest))
	for _, r := range latest {
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b Rule) int {
		if a.Position != b.Position {
			return a.Position - b.Position
		}
		return strings.Compare(a.Code, b.Code)
	})
	return rules
}

// Amendment is what a new version says otherwise.
type Amendment struct {
	Params    string
	Name      lang.Text
	Text      lang.Text
	Active    bool
	AdoptedOn inventory.Date
	Advice    string
}

// Measures of what people type.
const (
	maxParams = 20_000
	maxName   = 200
	maxText   = 2_000
)

// Amend makes the next version of the rule. The operator does it on an advice
// of the committee; whether there is such an advice the store knows.
func (r Rule) Amend(by identity.Actor, a Amendment, now time.Time) (*Rule, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	a.Name, a.Text = a.Name.Clean(), a.Text.Clean()
	a.Params, a.Advice = strings.TrimSpace(strings.ReplaceAll(a.Params, "\r\n", "\n")), strings.TrimSpace(a.Advice)
	var faults []error
	at := func(field, key string, args ...any) { faults = append(faults, fault.At(field, key, args...)) }
	for _, tag := range lang.All() {
		for _, one := range []struct {
			field, text string
			limit       int
		}{{"name", a.Name[string(tag)], maxName}, {"text", a.Text[string(tag)], maxText}} {
			switch field := one.field + "." + string(tag); {
			case one.text == "":
				at(field, "fault.required")
			case utf8.RuneCountInString(one.text) > one.limit:
				at(field, "fault.too_long", one.limit)
			}
		}
	}
	if utf8.RuneCountInString(a.Params) > maxParams {
		at("params", "fault.too_long", maxParams)
	} else if line, ok := unreadable(r.Test, a.Params); !ok {
		at("params", "naming.params.pair", line)
	}
	switch today := inventory.DateOf(now, inventory.Tunis()); {
	case a.AdoptedOn == "":
		at("adopted_on", "fault.required")
	case !a.AdoptedOn.Plausible():
		at("adopted_on", "fault.date", string(a.AdoptedOn))
	case a.AdoptedOn > today:
		at("adopted_on", "mandate.act_day.future")
	}
	if a.Advice == "" {
		at("advice", "fault.required")
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	next := r
	next.Version++
	next.Params, next.Name, next.Text, next.Active = a.Params, a.Name, a.Text, a.Active
	next.AdoptedOn, next.Advice, next.CreatedAt = a.AdoptedOn, a.Advice, now
	return &next, nil
}

// unreadable finds the first line of params that the test cannot read.
func unreadable(test, params string) (line string, ok bool) {
	if !slices.Contains([]string{"abbreviation", "synonym", "format"}, test) {
		return "", true
	}
	for line := range strings.SplitSeq(params, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if from, to, found := strings.Cut(line, "="); !found || strings.TrimSpace(from) == "" || strings.TrimSpace(to) == "" {
			return clip(line), false
		}
	}
	return "", true
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// table reads a CSV file with the columns that it must have.
func table(r io.Reader, what string, columns ...string) ([]func(string) string, error) {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	at := map[string]int{}
	for n, name := range header {
		at[strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")] = n
	}
	for _, name := range columns {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("read %s: there is no column %s", what, name)
		}
	}
	var lines []func(string) string
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
		lines = append(lines, func(name string) string {
			if n, ok := at[name]; ok {
				return strings.TrimSpace(row[n])
			}
			return ""
		})
	}
}

func words(cell func(string) string, column string) lang.Text {
	return lang.Text{"fr": cell(column + "_fr"), "ar": cell(column + "_ar"), "en": cell(column + "_en")}.Clean()
}

// ReadRules reads naming_rules.csv.
func ReadRules(r io.Reader) ([]Rule, error) {
	lines, err := table(r, "naming rules", "code", "version", "scope", "test", "params", "name_fr", "text_fr", "adopted_on")
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, 0, len(lines))
	for n, cell := range lines {
		version, err := strconv.Atoi(cell("version"))
		day, badDay := inventory.ParseDate(cell("adopted_on"))
		if err = errors.Join(err, badDay); err != nil || version < 1 || cell("code") == "" || !Knows(cell("test")) {
			return nil, errors.Join(fmt.Errorf("read naming rules: line %d: want a code, a version, a known test and a day", n+2), err)
		}
		rules = append(rules, Rule{
			Code: cell("code"), Version: version, Position: n + 1, Scope: Scope(cell("scope")), Test: cell("test"),
			Params: cell("params"), Name: words(cell, "name"), Text: words(cell, "text"), Active: true, AdoptedOn: day,
			Advice: cell("advice"), Certainty: cell("certainty"), Source: cell("source"),
		})
	}
	return rules, nil
}
