package naming

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Adoption is a version of a common list as the operator enters it.
type Adoption struct {
	Code, Version string
	Name          lang.Text
	Keeper, URL   string
	Entries       string // one code a line: "code;name in French;in Arabic;in English"
	AdoptedOn     inventory.Date
	Advice        string // number of the committee's
}

// maxEntries bounds a list: the longest in use, the activities, has a few thousand.
const maxEntries = 20_000

// Adopt makes a version of a list, beside those before it. The operator does
// it on an advice of the committee; whether there is such an advice the store
// knows.
func Adopt(by identity.Actor, a Adoption, before []Nomenclature, now time.Time) (*Nomenclature, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	for _, s := range []*string{&a.Code, &a.Version, &a.Keeper, &a.URL, &a.Advice} {
		*s = strings.TrimSpace(*s)
	}
	a.Name = a.Name.Clean()
	entries, err := a.check(now)
	if err != nil {
		return nil, err
	}
	next := &Nomenclature{
		Code: a.Code, Version: a.Version, Position: 1, Name: a.Name, Note: lang.Text{}, Keeper: a.Keeper, URL: a.URL,
		Entries: entries, AdoptedOn: a.AdoptedOn, Advice: a.Advice, CreatedAt: now,
	}
	for _, n := range before {
		switch {
		case n.Code == a.Code && n.Version == a.Version:
			return nil, fault.At("version", "naming.version.exists")
		case n.Code != a.Code && strings.EqualFold(n.Code, a.Code):
			return nil, fault.At("code", "naming.code.alike", n.Code)
		}
		next.Position = max(next.Position, n.Position+1)
	}
	if at := slices.IndexFunc(before, func(n Nomenclature) bool { return n.Code == a.Code }); at >= 0 {
		next.Position = before[at].Position
	}
	return next, nil
}

// check says everything that is wrong with an adoption.
func (a Adoption) check(now time.Time) ([]Item, error) {
	var faults []error
	at := func(field, key string, args ...any) { faults = append(faults, fault.At(field, key, args...)) }
	for _, one := range []struct{ field, text string }{{"code", a.Code}, {"version", a.Version}} {
		switch {
		case one.text == "":
			at(one.field, "fault.required")
		case !codeForm.MatchString(one.text):
			at(one.field, "naming.code.form")
		}
	}
	for _, tag := range lang.All() {
		switch text := a.Name[string(tag)]; {
		case text == "":
			at("name."+string(tag), "fault.required")
		case utf8.RuneCountInString(text) > maxName:
			at("name."+string(tag), "fault.too_long", maxName)
		}
	}
	switch {
	case a.Keeper == "":
		at("keeper", "fault.required")
	case utf8.RuneCountInString(a.Keeper) > maxName:
		at("keeper", "fault.too_long", maxName)
	}
	if a.URL != "" && !inventory.Plausible(a.URL) {
		at("url", "naming.url.form")
	}
	if a.URL == "" && strings.TrimSpace(a.Entries) == "" {
		at("entries", "naming.entries.none")
	}
	entries, err := ReadEntries(a.Entries)
	if err != nil {
		faults = append(faults, err)
	}
	switch today := inventory.DateOf(now, inventory.Tunis()); {
	case a.AdoptedOn == "":
		at("adopted_on", "fault.required")
	case !a.AdoptedOn.Plausible():
		at("adopted_on", "fault.date", clip(string(a.AdoptedOn)))
	case a.AdoptedOn > today:
		at("adopted_on", "mandate.act_day.future")
	}
	if a.Advice == "" {
		at("advice", "fault.required")
	}
	return entries, errors.Join(faults...)
}

// ReadEntries reads the codes of a list, one a line, the names behind the code
// parted by semicolons or tabs. The first line at fault is told.
func ReadEntries(text string) ([]Item, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, fault.At("entries", "fault.utf8")
	}
	items, seen, line := []Item{}, map[string]bool{}, 0
	for row := range strings.SplitSeq(text, "\n") {
		line++
		if row = strings.TrimSpace(row); row == "" {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(row, "\t", ";"), ";")
		for n := range cells {
			cells[n] = strings.TrimSpace(cells[n])
		}
		cells = append(cells, "", "", "")
		item := Item{cells[0], lang.Text{"fr": cells[1], "ar": cells[2], "en": cells[3]}.Clean()}
		switch {
		case !codeForm.MatchString(item.Code) || item.Name.Empty() || len(cells) > 7 || utf8.RuneCountInString(row) > maxText:
			return nil, fault.At("entries", "naming.entries.line", line, clip(row))
		case seen[item.Code]:
			return nil, fault.At("entries", "naming.entries.twice", line, item.Code)
		case len(items) == maxEntries:
			return nil, fault.At("entries", "naming.entries.many", maxEntries)
		}
		seen[item.Code] = true
		items = append(items, item)
	}
	return items, nil
}
