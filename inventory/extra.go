package inventory

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Extra is what the inventory sheet asks beyond what a catalogue shows: how the
// data are gathered and kept, how soon they should open. By the sheet's codes.
type Extra map[string]string

// Extras lists the codes, in the order of the sheet.
func Extras() []string {
	return []string{
		"source_system", "collection", "holding", "granularity", "priority", "quality_note", "nomenclature",
		extraDemand, extraDuty, extraSensitivity, extraEffort, extraGround, extraReviewOn,
		extraPortal, extraPortalID,
	}
}

// Clean returns e without space around words and without empty ones; nil when nothing is left.
func (e Extra) Clean() Extra {
	var out Extra
	for code, s := range e {
		if s = strings.TrimSpace(s); s != "" {
			if out == nil {
				out = Extra{}
			}
			out[code] = s
		}
	}
	out.cleanOrigin()
	return out
}

// with returns a copy of e in which code says s.
func (e Extra) with(code, s string) Extra {
	out := maps.Clone(e)
	if out == nil {
		out = Extra{}
	}
	out[code] = s
	return out.Clean()
}

func (e Extra) check(f *faults) {
	for _, code := range sortedKeys(e) {
		if !slices.Contains(Extras(), code) {
			f.at("extra", "dataset.extra.unknown", clip(code))
			continue
		}
		f.text("extra."+code, e[code], MaxNote)
	}
	e.checkPlan(f)
	e.checkOrigin(f)
}

// Value stores e as JSON.
func (e Extra) Value() (driver.Value, error) {
	if len(e) == 0 {
		return "{}", nil
	}
	b, err := json.Marshal(map[string]string(e))
	return string(b), err
}

// Scan reads a column of either engine.
func (e *Extra) Scan(src any) error {
	var m map[string]string
	if err := scanJSON(src, &m); err != nil {
		return fmt.Errorf("scan extra: %w", err)
	}
	*e = Extra(m).Clean()
	return nil
}

// scanJSON reads a JSON column of either engine into to.
func scanJSON(src, to any) error {
	var data []byte
	switch v := src.(type) {
	case nil:
	case string:
		data = []byte(v)
	case []byte:
		data = v
	default:
		return fmt.Errorf("a column of type %T", src)
	}
	if len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, to)
}
