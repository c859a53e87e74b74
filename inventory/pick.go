package inventory

import (
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Pick is one dataset of several that are decided on together, on the revision
// that was shown.
type Pick struct {
	Ref  string
	Seen Seen
}

// Picked is what became of one.
type Picked struct {
	Ref      string
	Title    lang.Text
	Revision int   // that the act made; 0 when it was left
	Err      error // why it was left: faults
}

// MaxPicks is how many datasets one page or request may decide on. An applied
// file is one decision, whatever its length.
const MaxPicks = 500

// ParsePick reads a pick as a form sends it: "TN-MARHP-2026-0001:3".
func ParsePick(s string) (Pick, error) {
	ref, number, ok := strings.Cut(strings.TrimSpace(s), ":")
	revision, err := strconv.Atoi(number)
	if !ok || ref == "" || err != nil || revision <= 0 {
		return Pick{}, fault.At("pick", "dataset.pick.form", clip(s))
	}
	return Pick{Ref: ref, Seen: Seen{Revision: revision}}, nil
}

// String writes a pick as ParsePick reads it.
func (p Pick) String() string { return p.Ref + ":" + strconv.Itoa(p.Seen.Revision) }

// ParsePicks reads the picks of a form, each dataset once.
func ParsePicks(list []string) ([]Pick, error) {
	if len(list) == 0 {
		return nil, fault.At("pick", "dataset.pick.none")
	}
	if len(list) > MaxPicks {
		return nil, fault.At("pick", "fault.too_many", MaxPicks)
	}
	var wrong faults
	seen := map[string]bool{}
	picks := make([]Pick, 0, len(list))
	for _, s := range list {
		p, err := ParsePick(s)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		if !seen[p.Ref] {
			seen[p.Ref] = true
			picks = append(picks, p)
		}
	}
	return picks, wrong.join()
}
