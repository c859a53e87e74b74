package naming

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

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
	From      string `gorm:"column:holds"` // vocabulary whose entries it holds: themes, governorates …; empty when it has its own
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
		case n.AdoptedOn > list[k].AdoptedOn || n.AdoptedOn == list[k].AdoptedOn && n.CreatedAt.After(list[k].CreatedAt):
			list[k] = n
		}
	}
	return list
}

// Pick returns one list: the version named, or the one adopted last.
func Pick(all []Nomenclature, code, version string) (Nomenclature, bool) {
	if version == "" {
		all = Latest(all)
	}
	for _, n := range all {
		if n.Code == code && (version == "" || n.Version == version) {
			return n, true
		}
	}
	return Nomenclature{}, false
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
