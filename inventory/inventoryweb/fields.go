package inventoryweb

import (
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// value is one field of a dataset in words, for comparing two revisions. The
// same list serves the review, the history and the form that lost a race, so
// that a field added to the register is compared everywhere or nowhere.
type value struct {
	Field string // as the JSON API names it
	Label string
	Lines []string // more than one for lists
	Lang  lang.Tag // of the wording; empty when it is a code or a number
}

// Dir is the direction the value is read in.
func (v value) Dir() string {
	if v.Lang == "" {
		return "auto"
	}
	return v.Lang.Dir()
}

// Empty tells whether nothing is given.
func (v value) Empty() bool { return len(v.Lines) == 0 }

func (v value) equal(other value) bool { return v.text() == other.text() }

func (v value) text() string { return strings.Join(v.Lines, "\n") }

// words writes content in the words of a page.
type words struct {
	page  web.Page
	names names
	now   time.Time
	seen  []file.File // what looks at the files of the dataset saw; nil where nobody asked
}

// values lists every field of c in the order of the form.
func (w words) values(c inventory.Content) []value {
	var all []value
	add := func(field string, lines ...string) {
		all = append(all, value{Field: field, Label: w.label(field), Lines: filled(lines)})
	}
	text := func(field string, x lang.Text) {
		for _, tag := range lang.All() {
			all = append(all, value{
				Field: field + "." + string(tag), Label: w.label(field + "." + string(tag)),
				Lines: filled([]string{x[string(tag)]}), Lang: tag,
			})
		}
	}
	text("title", c.Title)
	text("description", c.Description)
	for _, tag := range lang.All() {
		all = append(all, value{
			Field: "keywords." + string(tag), Label: w.label("keywords." + string(tag)),
			Lines: filled([]string{strings.Join(c.Keywords[string(tag)], comma(tag))}), Lang: tag,
		})
	}
	add("theme", w.names.theme(c.Theme).In(w.page.Lang))
	add("spatial", w.spatial(c.Spatial)...)
	add("temporal.start", w.day(c.TemporalStart))
	add("temporal.end", w.day(c.TemporalEnd))
	add("producer", c.Producer)
	add("frequency", w.names.frequency(c.Frequency).In(w.page.Lang))
	add("data_modified", w.day(c.DataModified))
	add("openness", w.openness(c.Openness))
	add("target_date", w.day(c.TargetDate))
	add("legal_ground", c.LegalGround)
	add("licence", w.names.licence(c.Licence).In(w.page.Lang))
	add("personal_data", w.personal(c))
	add("anonymisation", c.Anonymisation)
	add("contact.name", c.ContactName)
	add("contact.email", c.ContactEmail)
	add("distributions", w.distributions(c.Distributions)...)
	for _, code := range inventory.Extras() {
		add("extra."+code, w.extra(code, c.Extra[code]))
	}
	return all
}

// extra says a value of the inventory sheet: a choice in its words, a day as a
// day, anything else as it was written.
func (w words) extra(code, s string) string {
	switch key := "dataset.value." + code + "." + s; {
	case s == "":
		return ""
	case code == "ground":
		return w.ground(s)
	case code == "review_on":
		return w.day(inventory.Date(s))
	case w.page.Has(key):
		return w.page.T(key)
	}
	return s
}

func (w words) ground(code string) string {
	g, ok := w.names.Ground(code)
	return named(g.Name, code, ok).In(w.page.Lang)
}

// label names a field: "title.fr" is "Intitulé en français".
func (w words) label(field string) string { return w.page.T("dataset.field." + field) }

func (w words) openness(o inventory.Openness) string {
	if !o.Valid() {
		return string(o)
	}
	return w.page.T("dataset.openness." + string(o))
}

func (w words) personal(c inventory.Content) string {
	switch {
	case c.PersonalUnknown:
		return ""
	case c.PersonalData:
		return w.page.T("dataset.personal.yes")
	}
	return w.page.T("dataset.personal.no")
}

func (w words) day(d inventory.Date) string {
	at, ok := d.In(inventory.Tunis())
	if !ok {
		return string(d)
	}
	return w.page.Date(at)
}

func (w words) spatial(codes []string) []string {
	lines := make([]string, 0, len(codes))
	for _, code := range codes {
		lines = append(lines, w.names.governorate(code).In(w.page.Lang))
	}
	return lines
}

// distributions writes each as its format, title and size, then its addresses.
func (w words) distributions(all []inventory.Distribution) []string {
	var lines []string
	mark := "" // a line that begins with "CSV" would else run from left to right in an Arabic page
	if w.page.Lang.Dir() == "rtl" {
		mark = "\u200f"
	}
	for _, x := range all {
		size := ""
		if x.Bytes > 0 {
			size = w.page.Bytes(x.Bytes)
		}
		lines = append(lines, mark+strings.Join(filled([]string{x.Format, x.Title.In(w.page.Lang), size}), " · "), x.URL)
		if x.DownloadURL != x.URL {
			lines = append(lines, x.DownloadURL)
		}
	}
	return lines
}

func filled(lines []string) []string {
	var out []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}
