package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// What the trail writes about itself.
const (
	Subject    = "audit"
	ActErase   = "audit.erase"   // something was erased from lines
	ActArchive = "audit.archive" // old lines left for a file
	ActExport  = "audit.export"  // somebody took lines away
)

// Part is what of a line can be erased.
type Part string

// The parts.
const (
	Who  Part = "who"  // the actor
	Told Part = "told" // reason, before and after
)

// Valid tells whether there is such a part.
func (p Part) Valid() bool { return p == Who || p == Told }

// Erasure is what a line of ActErase tells after the fact.
type Erasure struct {
	Part      Part   `json:"part"`
	Ground    string `json:"ground"`
	Positions Ranges `json:"positions"`
}

// Archived is what a line of ActArchive tells: the lines up to To, whose hash
// is Hash, are in File, whose own hash is SHA256.
type Archived struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Hash   string `json:"hash"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// Range is positions from From to To, both included.
type Range struct{ From, To int64 }

// String writes "4" or "4-9".
func (r Range) String() string {
	if r.From == r.To {
		return strconv.FormatInt(r.From, 10)
	}
	return strconv.FormatInt(r.From, 10) + "-" + strconv.FormatInt(r.To, 10)
}

// Ranges are positions; written "1-4,9". They are kept as they were added, and
// joined where one follows the other.
type Ranges []Range

// Add takes in a position.
func (r *Ranges) Add(at int64) { r.add(Range{at, at}) }

func (r *Ranges) add(next Range) {
	if n := len(*r) - 1; n >= 0 && (*r)[n].To+1 == next.From {
		(*r)[n].To = next.To
		return
	}
	*r = append(*r, next)
}

// Len is how many positions there are.
func (r Ranges) Len() (n int64) {
	for _, one := range r {
		n += one.To - one.From + 1
	}
	return n
}

// sorted returns the ranges in order, joined where they touch.
func (r Ranges) sorted() Ranges {
	all := slices.Clone(r)
	sort.Slice(all, func(i, j int) bool { return all[i].From < all[j].From })
	var joined Ranges
	for _, one := range all {
		if n := len(joined) - 1; n >= 0 && one.From <= joined[n].To+1 {
			joined[n].To = max(joined[n].To, one.To)
			continue
		}
		joined = append(joined, one)
	}
	return joined
}

// Without returns the positions that are not in other.
func (r Ranges) Without(other Ranges) (left Ranges) {
	cut := other.sorted()
	for _, one := range r.sorted() {
		for _, c := range cut {
			if c.To < one.From {
				continue
			}
			if c.From > one.To {
				break
			}
			if c.From > one.From {
				left = append(left, Range{one.From, c.From - 1})
			}
			one.From = c.To + 1
			if one.From > one.To {
				break
			}
		}
		if one.From <= one.To {
			left = append(left, one)
		}
	}
	return left
}

// String writes the ranges as ParseRanges reads them.
func (r Ranges) String() string {
	words := make([]string, 0, len(r))
	for _, one := range r {
		words = append(words, one.String())
	}
	return strings.Join(words, ",")
}

// ParseRanges reads "1-4,9".
func ParseRanges(s string) (Ranges, error) {
	var all Ranges
	for word := range strings.SplitSeq(s, ",") {
		from, to, two := strings.Cut(strings.TrimSpace(word), "-")
		if !two {
			to = from
		}
		first, err := strconv.ParseInt(from, 10, 64)
		last, err2 := strconv.ParseInt(to, 10, 64)
		if err != nil || err2 != nil || first < 1 || last < first {
			return nil, fmt.Errorf("%.40q is neither a position nor a range of positions such as 4-9", word)
		}
		all = append(all, Range{first, last})
	}
	return all, nil
}

// MarshalJSON writes the ranges as one string.
func (r Ranges) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Ranges) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	all, err := ParseRanges(s)
	*r = all
	return err
}

// Kinds are what the acts of the trail are about: the first word of each.
func Kinds() []string {
	return []string{
		"dataset", "changeset", "request", "advice", "member", "officer", "naming", "nomenclature", "portal", "catalogue", "statement", "vocabulary", "rules",
		"service", "incident", "maintenance", "vantage", "domain", "survey", "question_set", "assessment", "criteria_set", "alert",
		"account", "session", "break_glass", "token", "institution", "notice", "mail", "export", "settings", "migration", "backup", "audit",
	}
}

// Erasing says what is to be erased from which lines. What is zero does not confine.
type Erasing struct {
	Part      Part
	Ground    string // why, in the words of a text or a decision
	Actor     string // account id
	Act       string // "session.open", or "session." for all of a kind
	Subject   string // what kind of thing the line is about
	Ref       string // and which one
	Before    time.Time
	Positions Ranges
}

// Check tells whether the actor may have this erased, and whether it says
// enough: nobody erases everything by leaving out what.
func (e Erasing) Check(by identity.Actor) error {
	if err := by.Must(identity.EraseAudit, ""); err != nil {
		return err
	}
	var faults []error
	if !e.Part.Valid() {
		faults = append(faults, fault.At("part", "audit.erase.part"))
	}
	if strings.TrimSpace(e.Ground) == "" {
		faults = append(faults, fault.At("ground", "audit.erase.ground"))
	}
	if e.Actor == "" && e.Ref == "" && e.Before.IsZero() && len(e.Positions) == 0 {
		faults = append(faults, fault.At("positions", "audit.erase.what"))
	}
	return errors.Join(faults...)
}
