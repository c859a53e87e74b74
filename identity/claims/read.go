package claims

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/identity"
)

// MaxBytes bounds the file of rules, and mostRules how many it may hold.
const (
	MaxBytes  = 1 << 20
	mostRules = 5000
)

// columns are those of a CSV file, in their order.
func columns() []string { return []string{"claim", "value", "role", "institution"} }

// Read reads a file of rules: YAML when its name ends so, else CSV. What has
// problems is not to be used; each names its line.
func Read(name string, data []byte) (Rules, []document.Problem) {
	switch {
	case len(data) > MaxBytes:
		return nil, []document.Problem{{Key: "document.too_large"}}
	case !utf8.Valid(data):
		return nil, []document.Problem{{Line: 1 + bytes.Count(data[:firstBad(data)], []byte("\n")), Key: "claims.utf8"}}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	read := readCSV
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		read = readYAML
	}
	rules, problems := read(data)
	if len(problems) == 0 {
		problems = rules.problems()
	}
	return rules, problems
}

func firstBad(data []byte) int {
	for n := 0; n < len(data); {
		r, size := utf8.DecodeRune(data[n:])
		if r == utf8.RuneError && size <= 1 {
			return n
		}
		n += size
	}
	return len(data)
}

func readYAML(data []byte) (Rules, []document.Problem) {
	var rules Rules
	lines, problems := document.Read(data, &rules)
	for n := range rules {
		rules[n].Line = lines.Of(strconv.Itoa(n), "")
		rules[n].trim()
	}
	return rules, problems
}

func readCSV(data []byte) (Rules, []document.Problem) {
	in := csv.NewReader(bytes.NewReader(data))
	in.FieldsPerRecord, in.Comment, in.TrimLeadingSpace = -1, '#', true
	if first, _, _ := bytes.Cut(data, []byte("\n")); bytes.IndexByte(first, ';') >= 0 && bytes.IndexByte(first, ',') < 0 {
		in.Comma = ';' // as a spreadsheet in French writes it
	}
	var rules Rules
	var problems []document.Problem
	for begun := false; ; {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, append(problems, csvProblem(err))
		}
		line, _ := in.FieldPos(0)
		switch {
		case !begun:
			begun = true
			if !slices.Equal(trimmed(row), columns()) {
				return nil, []document.Problem{{Line: line, Key: "claims.columns", Args: []any{strings.Join(columns(), ",")}}}
			}
		case len(row) != len(columns()):
			problems = append(problems, document.Problem{Line: line, Key: "claims.cells", Args: []any{len(row), len(columns())}})
		default:
			rule := Rule{line, row[0], row[1], identity.Role(row[2]), row[3]}
			rule.trim()
			rules = append(rules, rule)
		}
	}
	return rules, problems
}

func csvProblem(err error) document.Problem {
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return document.Problem{Line: wrong.Line, Key: "claims.csv", Args: []any{wrong.Err.Error()}}
	}
	return document.Problem{Key: "claims.csv", Args: []any{err.Error()}}
}

func trimmed(row []string) []string {
	out := make([]string, len(row))
	for n, cell := range row {
		out[n] = strings.TrimSpace(cell)
	}
	return out
}

func (r *Rule) trim() {
	r.Claim, r.Value = strings.TrimSpace(r.Claim), strings.TrimSpace(r.Value)
	r.Role, r.Institution = identity.Role(strings.TrimSpace(string(r.Role))), strings.TrimSpace(r.Institution)
}

// problems returns everything that is wrong with rules that could be read.
func (r Rules) problems() []document.Problem {
	var all []document.Problem
	switch {
	case len(r) == 0:
		return []document.Problem{{Key: "claims.none"}}
	case len(r) > mostRules:
		return []document.Problem{{Line: r[mostRules].Line, Key: "claims.too_many", Args: []any{mostRules}}}
	}
	seen := map[[2]string]int{}
	for n, rule := range r {
		wrong := func(field, key string, args ...any) {
			all = append(all, document.Problem{Line: rule.Line, Field: strconv.Itoa(n) + "." + field, Key: key, Args: args})
		}
		rule.problems(wrong)
		key := [2]string{rule.Claim, rule.Value}
		if first, twice := seen[key]; twice {
			wrong("value", "claims.never", first)
		} else {
			seen[key] = rule.Line
			if before, ok := seen[[2]string{rule.Claim, anything}]; ok && rule.Value != anything {
				wrong("value", "claims.never", before)
			}
		}
	}
	return all
}

func (r Rule) problems(wrong func(field, key string, args ...any)) {
	open := strings.Count(r.Value, blank)
	switch {
	case r.Claim == "":
		wrong("claim", "claims.required", "claim")
	case len(r.Claim) > 200:
		wrong("claim", "fault.too_long", 200)
	}
	switch {
	case r.Value == "":
		wrong("value", "claims.required", "value")
	case len(r.Value) > 500:
		wrong("value", "fault.too_long", 500)
	case open > 1:
		wrong("value", "claims.twice", blank)
	}
	switch {
	case !r.Role.Valid() || r.Role == identity.Agent:
		wrong("role", "claims.role", string(r.Role))
	case r.Role.NeedsInstitution() && r.Institution == "":
		wrong("institution", "claims.institution", string(r.Role))
	case r.Institution == blank && open == 0:
		wrong("institution", "claims.blank", blank)
	case r.Institution != "" && r.Institution != blank && !slugForm.MatchString(r.Institution):
		wrong("institution", "claims.slug", r.Institution)
	}
}
