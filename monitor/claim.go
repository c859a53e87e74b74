package monitor

import (
	"cmp"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
)

// Claim is what a named value of an answer must be like: a header, or the
// values that a JSON path finds.
type Claim struct {
	Name  string `json:"name" doc:"A header, or a JSON path such as $.items[0].state"`
	Is    string `json:"is" doc:"present, absent, =, !=, contains, ~ (RE2), !~, <, <=, > or >="`
	Value string `json:"value,omitempty"`
}

// The relations a claim may state.
const (
	Present  = "present"
	Absent   = "absent"
	Equal    = "="
	Unequal  = "!="
	Holds    = "contains"
	Like     = "~"
	Unlike   = "!~"
	Less     = "<"
	AtMost   = "<="
	More     = ">"
	AtLeast  = ">="
	maxClaim = 20
)

// Relations lists what a claim may state, in the order of the form.
func Relations() []string {
	return []string{Present, Absent, Equal, Unequal, Holds, Like, Unlike, Less, AtMost, More, AtLeast}
}

// bare tells whether the relation takes no value.
func (c Claim) bare() bool { return c.Is == Present || c.Is == Absent }

// numeric tells whether the relation compares numbers.
func (c Claim) numeric() bool { return slices.Contains([]string{Less, AtMost, More, AtLeast}, c.Is) }

// String writes the claim as a line of the form.
func (c Claim) String() string {
	if c.bare() {
		return c.Name + " " + c.Is
	}
	return c.Name + " " + c.Is + " " + c.Value
}

// ReadClaims reads claims as they are typed, one a line: a name, a relation, a
// value. A name alone must be present. What is none of them becomes a claim
// that the rules refuse at its line.
func ReadClaims(text string) []Claim {
	var claims []Claim
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			claims = append(claims, readClaim(line))
		}
	}
	return claims
}

func readClaim(line string) Claim {
	name, rest := cutName(line)
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return Claim{Name: name, Is: Present}
	}
	word, value, _ := strings.Cut(rest, " ")
	if slices.Contains(Relations(), word) {
		return Claim{Name: name, Is: word, Value: strings.TrimSpace(value)}
	}
	for _, sign := range []string{Unequal, Unlike, AtMost, AtLeast, Equal, Like, Less, More} { // the longer ones first
		if value, ok := strings.CutPrefix(rest, sign); ok {
			return Claim{Name: name, Is: sign, Value: strings.TrimSpace(value)}
		}
	}
	return Claim{Name: name, Is: word, Value: strings.TrimSpace(value)}
}

// cutName parts the name from the rest: at the first space or sign, but not
// within the quotes and brackets of a path.
func cutName(line string) (name, rest string) {
	depth, quote := 0, rune(0)
	for n, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case depth > 0 && (r == '\'' || r == '"'):
			quote = r
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0 && strings.ContainsRune(" \t=!<>~", r):
			return line[:n], line[n:]
		}
	}
	return line, ""
}

// WriteClaims writes claims as they are typed.
func WriteClaims(claims []Claim) string {
	lines := make([]string, 0, len(claims))
	for _, c := range claims {
		lines = append(lines, c.String())
	}
	return strings.Join(lines, "\n")
}

// met tells whether the values found keep the claim. Of several each must, and
// none at all keep only that there be none.
func (c Claim) met(values []string, find func(pattern string) *regexp.Regexp) bool {
	switch {
	case c.Is == Absent:
		return len(values) == 0
	case len(values) == 0:
		return c.Is == Unequal || c.Is == Unlike
	}
	return !slices.ContainsFunc(values, func(v string) bool { return !c.holds(v, find) })
}

// holds tells whether one value keeps the claim.
func (c Claim) holds(value string, find func(pattern string) *regexp.Regexp) bool {
	switch c.Is {
	case Present:
		return true
	case Equal:
		return same(value, c.Value)
	case Unequal:
		return !same(value, c.Value)
	case Holds:
		return strings.Contains(value, c.Value)
	case Like, Unlike:
		re := find(c.Value)
		return re != nil && re.MatchString(value) == (c.Is == Like)
	}
	return c.compares(value)
}

// same compares as numbers what are numbers, anything else as text.
func same(a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return a == b || err1 == nil && err2 == nil && x == y
}

func (c Claim) compares(value string) bool {
	x, err1 := strconv.ParseFloat(value, 64)
	y, err2 := strconv.ParseFloat(c.Value, 64)
	if err1 != nil || err2 != nil || x != x || y != y {
		return false
	}
	switch order := cmp.Compare(x, y); c.Is {
	case Less:
		return order < 0
	case AtMost:
		return order <= 0
	case More:
		return order > 0
	case AtLeast:
		return order >= 0
	}
	return false
}

var (
	headerForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
	// pathForm is the part of JSONPath (RFC 9535) that claims may use: names,
	// places, wildcards, descendants. No filters: they are programs.
	pathForm = regexp.MustCompile(`^\$(\.\.?[A-Za-z_][A-Za-z0-9_-]*|\.\.?\*|\[('[^'"\\\x00-\x1f\]]*'|"[^'"\\\x00-\x1f\]]*"|-?(0|[1-9][0-9]{0,8})|\*)\])*$`)
)

// maxDescents bounds how often a path may look at all that is below: two of
// them reach a value by as many ways as it is deep.
const maxDescents = 1

// Costly tells whether a path may take longer than an answer is worth: a newer
// rule refuses it, an older program may have kept it.
func (c Claim) Costly() bool { return strings.Count(c.Name, "..") > maxDescents }

// claimFaults returns what is wrong with claims about names of the given form.
func claimFaults(field, unnamed string, form *regexp.Regexp, claims []Claim) []error {
	var faults []error
	if len(claims) > maxClaim {
		faults = append(faults, fault.At(field, "check.expect.too_many", maxClaim))
	}
	for n, c := range claims {
		switch {
		case !form.MatchString(c.Name) || len(c.Name) > maxPath || strings.Count(c.Name, "..") > maxDescents:
			faults = append(faults, fault.At(field, unnamed, n+1, clipped(c.Name)))
		case !slices.Contains(Relations(), c.Is):
			faults = append(faults, fault.At(field, "check.claim.relation", n+1, clipped(c.Is)))
		case c.bare() && c.Value != "", !c.bare() && c.Value == "":
			faults = append(faults, fault.At(field, "check.claim.value", n+1, c.Is))
		case c.numeric() && !number(c.Value):
			faults = append(faults, fault.At(field, "check.claim.number", n+1, clipped(c.Value)))
		case c.Is == Like || c.Is == Unlike:
			faults = append(faults, regexFault(field, c.Value))
		default:
			faults = append(faults, textFault(field, c.Value, MaxText))
		}
	}
	return faults
}

const maxPath = 200

func number(s string) bool {
	x, err := strconv.ParseFloat(s, 64)
	return err == nil && x == x
}

// clipped shortens what is quoted back in a fault.
func clipped(s string) string {
	if letters := []rune(strings.ToValidUTF8(s, "?")); len(letters) > 60 {
		return string(letters[:60]) + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// maxProgram bounds what a pattern may cost: a mebibyte of text times so many
// instructions is some hundred milliseconds at worst.
const maxProgram = 400

// regexFault refuses a pattern that cannot be read or costs too much. It is
// nil when all is well.
func regexFault(field, pattern string) error {
	if err := textFault(field, pattern, MaxText); err != nil {
		return err
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return fault.At(field, "check.expect.pattern", clipped(strings.TrimPrefix(err.Error(), "error parsing regexp: ")))
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > maxProgram {
		return fault.At(field, "check.expect.pattern_cost")
	}
	return nil
}
