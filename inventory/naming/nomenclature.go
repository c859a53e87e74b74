package naming

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Nomenclature is one version of a common list of codes.
type Nomenclature struct {
	Code      string `gorm:"primaryKey"` // "NAT"
	Version   string `gorm:"primaryKey"` // "2009"
	Position  int
	Name      lang.Text `gorm:"serializer:json"`
	Note      lang.Text `gorm:"serializer:json"`
	Keeper    string    // who keeps the list
	URL       string
	From      string // vocabulary whose entries it holds: themes, governorates …; empty when it has its own
	Entries   []Item `gorm:"serializer:json"`
	AdoptedOn inventory.Date
	Advice    string
	Certainty string
	Source    string
	CreatedAt time.Time
}

// Item is one code of a list.
type Item struct {
	Code string    `json:"code"`
	Name lang.Text `json:"name"`
}

// TableName names the table of nomenclatures.
func (Nomenclature) TableName() string { return "nomenclatures" }

// Latest keeps the version of each list that was adopted last.
func Latest(all []Nomenclature) []Nomenclature {
	var list []Nomenclature
	at := map[string]int{}
	for _, n := range all {
		k, there := at[n.Code]
		switch {
		case !there:
			at[n.Code] = len(list)
			list = append(list, n)
		case n.CreatedAt.After(list[k].CreatedAt):
			list[k] = n
		}
	}
	return list
}

// Items are the entries of the list; those of a vocabulary are read from it.
func (n Nomenclature) Items(v *inventory.Vocabulary) []Item {
	var items []Item
	switch n.From {
	case "themes":
		for _, t := range v.Themes {
			items = append(items, Item{t.Code, t.Name})
		}
	case "governorates":
		for _, g := range v.Governorates {
			items = append(items, Item{g.Code, g.Name})
		}
	case "frequencies":
		for _, f := range v.Frequencies {
			items = append(items, Item{f.Code, f.Name})
		}
	case "licences":
		for _, l := range v.Licences {
			items = append(items, Item{l.Code, l.Name})
		}
	default:
		return n.Entries
	}
	return items
}

var codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// maxItems bounds a list: the largest one seen, of localities, has some 2 100.
const maxItems = 5_000

// Adopt enters a version of a list: the operator does it on an advice of the
// committee. lines are its entries, "code;français;عربي;English" each.
func Adopt(by identity.Actor, n Nomenclature, lines string, now time.Time) (*Nomenclature, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	n.Code, n.Version, n.Advice, n.URL = strings.TrimSpace(n.Code), strings.TrimSpace(n.Version), strings.TrimSpace(n.Advice), strings.TrimSpace(n.URL)
	n.Name, n.Note, n.From = n.Name.Clean(), n.Note.Clean(), ""
	var faults []error
	at := func(field, key string, args ...any) { faults = append(faults, fault.At(field, key, args...)) }
	if !codeForm.MatchString(n.Code) {
		at("code", "naming.nomenclature.code")
	}
	if !codeForm.MatchString(n.Version) {
		at("version", "naming.nomenclature.code")
	}
	if n.Name.Empty() {
		at("name.fr", "fault.required")
	}
	for _, tag := range lang.All() {
		if utf8.RuneCountInString(n.Name[string(tag)]) > maxName {
			at("name."+string(tag), "fault.too_long", maxName)
		}
	}
	if n.URL != "" && !strings.HasPrefix(n.URL, "https://") && !strings.HasPrefix(n.URL, "http://") || len(n.URL) > inventory.MaxURL {
		at("url", "naming.nomenclature.url")
	}
	switch {
	case n.AdoptedOn == "":
		at("adopted_on", "fault.required")
	case !n.AdoptedOn.Plausible():
		at("adopted_on", "fault.date", string(n.AdoptedOn))
	case n.AdoptedOn > inventory.DateOf(now, inventory.Tunis()):
		at("adopted_on", "mandate.act_day.future")
	}
	if n.Advice == "" {
		at("advice", "fault.required")
	}
	items, err := readItems(lines)
	if err = errors.Join(append(faults, err)...); err != nil {
		return nil, err
	}
	n.Entries, n.CreatedAt = items, now
	return &n, nil
}

// readItems reads entries as they are pasted: columns by semicolon or tab.
func readItems(lines string) ([]Item, error) {
	var items []Item
	seen := map[string]bool{}
	n := 0
	for line := range strings.SplitSeq(strings.ReplaceAll(lines, "\r\n", "\n"), "\n") {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, "\t", ";"), ";")
		code := strings.TrimSpace(cells[0])
		switch {
		case !codeForm.MatchString(code) || len(cells) < 2:
			return nil, fault.At("entries", "naming.entries.line", n, clip(line))
		case seen[code]:
			return nil, fault.At("entries", "naming.entries.twice", n, code)
		case len(items) == maxItems:
			return nil, fault.At("entries", "fault.too_many", maxItems)
		}
		seen[code] = true
		item := Item{Code: code, Name: lang.Text{}}
		for k, tag := range []string{"fr", "ar", "en"} {
			if k+1 < len(cells) {
				item.Name[tag] = strings.TrimSpace(cells[k+1])
			}
		}
		item.Name = item.Name.Clean()
		if item.Name.Empty() {
			return nil, fault.At("entries", "naming.entries.line", n, clip(line))
		}
		items = append(items, item)
	}
	return items, nil
}

// ReadNomenclatures reads nomenclatures.csv.
func ReadNomenclatures(r io.Reader) ([]Nomenclature, error) {
	lines, err := table(r, "nomenclatures", "code", "version", "name_fr", "keeper", "from")
	if err != nil {
		return nil, err
	}
	list := make([]Nomenclature, 0, len(lines))
	for n, cell := range lines {
		day, err := inventory.ParseDate(cell("adopted_on"))
		if err != nil || !codeForm.MatchString(cell("code")) || !codeForm.MatchString(cell("version")) {
			return nil, errors.Join(fmt.Errorf("read nomenclatures: line %s: want a code, a version and a day", strconv.Itoa(n+2)), err)
		}
		list = append(list, Nomenclature{
			Code: cell("code"), Version: cell("version"), Position: n + 1, Name: words(cell, "name"), Note: words(cell, "note"),
			Keeper: cell("keeper"), URL: cell("url"), From: cell("from"), Entries: []Item{}, AdoptedOn: day, Advice: cell("advice"),
			Certainty: cell("certainty"), Source: cell("source"),
		})
	}
	return list, nil
}
