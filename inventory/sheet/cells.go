package sheet

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// reader turns cells into what they say about a dataset.
type reader struct {
	form      *Form
	v         *inventory.Vocabulary
	synonyms  inventory.Synonyms
	choices   map[string]map[string]string // column, folded wording: code
	epoch1904 bool
	row       *inventory.Row
	errs      []error
	urls      string
	formats   string
}

func newReader(f *Form, v *inventory.Vocabulary) *reader {
	r := &reader{form: f, v: v, synonyms: v.Synonyms(), choices: map[string]map[string]string{}}
	for _, column := range f.Columns {
		words := map[string]string{}
		for _, one := range column.choices(v) {
			for _, label := range append([]string{one.Code}, one.Label["fr"], one.Label["ar"], one.Label["en"]) {
				if folded := inventory.Fold(label); folded != "" {
					words[folded] = one.Code
				}
			}
		}
		r.choices[column.Code] = words
	}
	maps.Copy(r.choices["personal_data"], map[string]string{
		"true": "yes", "1": "yes", "o": "yes", "y": "yes", "false": "no", "0": "no", "n": "no",
	})
	return r
}

func (r *reader) wrong(field, key string, args ...any) {
	r.errs = append(r.errs, fault.At(field, key, args...))
}

// read understands one row; cells are by column code.
func (r *reader) read(row *inventory.Row, cells map[string]string) {
	r.row, r.errs, r.urls, r.formats = row, nil, "", ""
	row.Content = inventory.Content{
		PersonalUnknown: true, Title: lang.Text{}, Description: lang.Text{}, Keywords: lang.Words{},
	}
	for _, column := range r.form.Columns {
		s, ok := cells[column.Code]
		if !ok {
			continue
		}
		s = plain(strings.TrimSpace(s))
		if strings.HasSuffix(column.Field, ".ar") && strings.Contains(s, lost) {
			r.wrong(column.Field, "import.cell.lost", clip(s, 40))
			continue
		}
		r.cell(column, s)
	}
	row.Content.Distributions = r.distributions()
	row.Content = row.Content.Clean()
	if row.Ref == "" && row.Content.Title.Empty() {
		r.wrong("title.fr", "import.title.missing")
	}
	for _, err := range r.errs {
		row.Err = join(row.Err, err)
	}
}

// lost is what an office writes for Arabic when it saves as CSV in a page that
// has no Arabic: taken at its word, it would wipe out what the register holds.
const lost = "???"

// cell reads one cell.
func (r *reader) cell(column Column, s string) {
	c := &r.row.Content
	if extra, ok := strings.CutPrefix(column.Field, "extra."); ok {
		if column.Code == "review_on" && s != "" {
			s = string(r.date(column, s))
		}
		if code, known := r.choices[column.Code][inventory.Fold(s)]; known {
			s = code
		}
		if s != "" {
			if c.Extra == nil {
				c.Extra = inventory.Extra{}
			}
			c.Extra[extra] = s
		}
		return
	}
	switch column.Code {
	case refColumn:
		r.row.Ref = s
	case revisionColumn:
		r.row.Revision = r.revision(s)
	case hashColumn:
		r.row.Base = s
	case "title":
		c.Title["fr"] = s
	case "title_ar":
		c.Title["ar"] = s
	case "notes":
		c.Description["fr"] = s
	case "notes_ar":
		c.Description["ar"] = s
	case "keywords_fr":
		c.Keywords["fr"] = entries(s, true)
	case "keywords_ar":
		c.Keywords["ar"] = entries(s, true)
	case "structure":
		r.row.Organisation, c.Producer = s, s
	case "officer":
		c.ContactName = s
	case "feedback":
		c.ContactEmail = s
	case "anonymisation":
		c.Anonymisation = s
	case "legal_limits":
		c.LegalGround = s
	case "url":
		r.urls = s
	case "formats":
		r.formats = s
	default:
		r.coded(column, s)
	}
}

// coded reads codes and dates, which not every text is.
func (r *reader) coded(column Column, s string) {
	c := &r.row.Content
	if s == "" {
		return
	}
	switch column.Code {
	case "theme":
		c.Theme = r.code(column, s, "dataset.theme.unknown")
	case "licence":
		if l, ok := r.v.LicenceOf(s); ok {
			c.Licence = l.Code
			return
		}
		c.Licence = r.code(column, s, "dataset.licence.unknown")
	case "frequency":
		if code, ok := r.synonyms.Frequency(s); ok {
			c.Frequency = code
			return
		}
		c.Frequency = r.code(column, s, "dataset.frequency.unknown")
	case "openable":
		c.Openness = inventory.Openness(r.code(column, s, "dataset.openness.unknown"))
	case "personal_data":
		if code := r.code(column, s, "import.yes_no"); code != "" {
			c.PersonalData, c.PersonalUnknown = code == "yes", false
		}
	case "spatial":
		for _, one := range entries(s, true) {
			if code := r.code(column, one, "dataset.spatial.unknown"); code != "" {
				c.Spatial = append(c.Spatial, code)
			}
		}
	case "last_update":
		c.DataModified = r.date(column, s)
	case "temporal_start":
		c.TemporalStart = r.date(column, s)
	case "temporal_end":
		c.TemporalEnd = r.date(column, s)
	case "target_date":
		c.TargetDate = r.date(column, s)
	}
}

func (r *reader) code(column Column, s, key string) string {
	code, ok := r.choices[column.Code][inventory.Fold(s)]
	if !ok {
		r.wrong(column.Field, key, clip(s, 60))
	}
	return code
}

func (r *reader) revision(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, ".0"))
	if err != nil || n < 0 {
		r.wrong(revisionColumn, "import.revision", clip(s, 60))
		return 0
	}
	return n
}

// layouts are the ways people write a day.
var layouts = []string{
	time.DateOnly, "2006/01/02", "02/01/2006", "2/1/2006", "02-01-2006", "2-1-2006", "02.01.2006", "2.1.2006",
	"2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05",
}

// date reads a day as typed, or as Excel counts days; a year or a month is its first day.
func (r *reader) date(column Column, s string) inventory.Date {
	if d, ok := r.day(s); ok {
		return d
	}
	r.wrong(column.Field, "import.date.not_understood", clip(s, 60))
	return ""
}

func (r *reader) day(s string) (inventory.Date, bool) {
	s = strings.Map(func(c rune) rune {
		if c >= '٠' && c <= '٩' {
			return c - '٠' + '0'
		}
		return c
	}, s)
	if n, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(n, 0) {
		switch {
		case n == math.Trunc(n) && n >= 1800 && n <= 2200:
			return inventory.Date(strconv.Itoa(int(n)) + "-01-01"), true
		case n >= 1 && n < 200_000:
			return inventory.Date(r.epoch().AddDate(0, 0, int(n)).Format(time.DateOnly)), true
		}
		return "", false
	}
	if t, err := time.Parse("2006-01", s); err == nil {
		return plausible(t)
	}
	if t, err := time.Parse("01/2006", s); err == nil {
		return plausible(t)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return plausible(t)
		}
	}
	return "", false
}

func plausible(t time.Time) (inventory.Date, bool) {
	d := inventory.Date(t.Format(time.DateOnly))
	return d, d.Plausible()
}

// epoch is day 0 of the workbook's calendar; the usual one believes in 29 February 1900.
func (r *reader) epoch() time.Time {
	if r.epoch1904 {
		return time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
}

// distributions pairs links with formats, in order.
func (r *reader) distributions() []inventory.Distribution {
	urls, formats := entries(r.urls, false), entries(r.formats, true)
	if len(urls) == 0 {
		return nil // a format without a link is nothing anybody could fetch
	}
	var all []inventory.Distribution
	for n, address := range urls {
		x := inventory.Distribution{URL: address}
		if n < len(formats) {
			x.Format = formats[n]
		} else if len(formats) == 1 {
			x.Format = formats[0]
		}
		if x.Format == noFormat {
			x.Format = ""
		}
		all = append(all, x)
	}
	return all
}

// entries parts a cell that holds a list; an address may hold a comma.
func entries(s string, commas bool) []string {
	marks := ";؛\n\r"
	if commas {
		marks += ",،|"
	}
	if !commas {
		s = strings.NewReplacer(" http", "\nhttp", ",http", "\nhttp", "\thttp", "\nhttp").Replace(s)
	}
	list := strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(marks, c) })
	for n := range list {
		list[n] = strings.TrimSpace(list[n])
	}
	return slices.DeleteFunc(list, func(one string) bool { return one == "" })
}
