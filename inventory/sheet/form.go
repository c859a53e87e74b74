package sheet

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Form is the inventory sheet that ministries fill in: its columns, the words
// people use for them, and what its help page says. It is data, kept beside
// the vocabularies.
type Form struct {
	Columns []Column
	words   map[string]lang.Text // names of sheets, sentences of the help page
	labels  map[string]string    // folded heading to code
}

// Column is one column of the form.
type Column struct {
	Code     string // "title_ar"
	Field    string // what it says about a dataset, as the JSON API names it: "title.ar"; empty for a key or a computed one
	Label    lang.Text
	Help     lang.Text
	Required bool
	Values   []Value // what may be chosen, where the vocabularies do not say
}

// Value is one choice of a column.
type Value struct {
	Code  string
	Label lang.Text
}

// Codes of the columns that name the dataset and the revision a row is about.
const (
	refColumn      = "ref"
	revisionColumn = "revision"
	hashColumn     = "hash"
)

// fieldOf says what each column is about; those named like an Extra are that.
var fieldOf = map[string]string{
	"structure": "producer", "officer": "contact.name", "title": "title.fr", "title_ar": "title.ar",
	"notes": "description.fr", "notes_ar": "description.ar", "theme": "theme", "keywords_fr": "keywords.fr",
	"keywords_ar": "keywords.ar", "frequency": "frequency", "last_update": "data_modified",
	"temporal_start": "temporal.start", "temporal_end": "temporal.end", "spatial": "spatial",
	"personal_data": "personal_data", "anonymisation": "anonymisation", "legal_limits": "legal_ground",
	"openable": "openness", "target_date": "target_date", "formats": "distributions", "url": "distributions",
	"licence": "licence", "feedback": "contact.email",
}

// ReadForm reads inventory_template.csv and the files beside it: the values,
// the help and the other labels of its columns.
func ReadForm(dir fs.FS) (*Form, error) {
	f := &Form{words: map[string]lang.Text{}, labels: map[string]string{}}
	var c collector
	read := func(name string, columns []string, each func(table, line)) {
		if err := eachLine(dir, name, columns, func(t table, l line, _ int) { each(t, l) }); err != nil {
			c.errs = append(c.errs, err)
		}
	}
	read("inventory_help.csv", []string{"code", "help_fr"}, func(t table, l line) { f.words[c.key(t, l, "code")] = l.text("help") })
	read("inventory_template.csv", []string{"code", "label_fr", "required"}, func(t table, l line) {
		code := c.key(t, l, "code")
		column := Column{Code: code, Field: fieldOf[code], Label: l.text("label"), Help: f.words[code]}
		if slices.Contains(inventory.Extras(), code) {
			column.Field = "extra." + code
		}
		column.Required = strings.HasPrefix(l.get("required"), "yes")
		f.Columns = append(f.Columns, column)
		f.learn(code, l.get("code"), l.get("label_fr"), l.get("label_ar"), l.get("label_en"))
	})
	for _, code := range []string{revisionColumn, hashColumn} {
		label := f.words[code]
		f.Columns = append(f.Columns, Column{Code: code, Label: label})
		f.learn(code, label["fr"], label["ar"], label["en"], code)
	}
	read("inventory_values.csv", []string{"column", "code", "label_fr"}, func(t table, l line) {
		at := f.index(l.get("column"))
		if at < 0 {
			c.at(t, l, "column %q is unknown", l.get("column"))
			return
		}
		f.Columns[at].Values = append(f.Columns[at].Values, Value{l.get("code"), l.text("label")})
	})
	read("inventory_labels.csv", []string{"column", "label"}, func(t table, l line) {
		if f.index(l.get("column")) < 0 {
			c.at(t, l, "column %q is unknown", l.get("column"))
			return
		}
		if key := inventory.Fold(l.get("label")); f.labels[key] == "" {
			f.labels[key] = l.get("column")
		}
	})
	return f, c.join()
}

func (f *Form) learn(code string, labels ...string) {
	for _, label := range labels {
		if key := inventory.Fold(label); key != "" {
			f.labels[key] = code
		}
	}
}

func (f *Form) index(code string) int {
	return slices.IndexFunc(f.Columns, func(c Column) bool { return c.Code == code })
}

// Column returns the column of the code.
func (f *Form) Column(code string) (Column, bool) {
	if at := f.index(code); at >= 0 {
		return f.Columns[at], true
	}
	return Column{}, false
}

// say is a sentence of the help page.
func (f *Form) say(key string, tag lang.Tag) string { return f.words[key].In(tag) }

// computed tells which columns the register fills in and never reads.
func computed(code string) bool { return code == "ministry" || code == "next_update" }

// key tells which columns name the dataset and its revision.
func key(code string) bool {
	return code == refColumn || code == revisionColumn || code == hashColumn
}

// choices are what may stand in a column: from the vocabulary, or the form's own.
func (c Column) choices(v *inventory.Vocabulary) []Value {
	var all []Value
	switch c.Code {
	case "theme":
		for _, t := range v.Themes {
			all = append(all, Value{t.Code, t.Name})
		}
	case "frequency":
		for _, f := range v.Frequencies {
			if f.Rule != inventory.Defect {
				all = append(all, Value{f.Code, f.Name})
			}
		}
	case "licence":
		for _, l := range v.Licences {
			if l.AliasOf == "" && l.Approvable != "no" {
				all = append(all, Value{l.Code, l.Name})
			}
		}
	case "ground":
		for _, g := range v.Grounds {
			all = append(all, Value{g.Code, g.Name})
		}
	case "spatial":
		for _, g := range v.Governorates {
			all = append(all, Value{g.Code, g.Name})
		}
	default:
		return c.Values
	}
	return all
}

// label is the choice in words; a code that is no choice stays as it is.
func labelOf(choices []Value, code string, tag lang.Tag) string {
	for _, one := range choices {
		if one.Code == code {
			return one.Label.In(tag)
		}
	}
	return code
}
