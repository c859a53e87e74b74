package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// mapper turns entries of other catalogues into rows.
type mapper struct {
	v        *inventory.Vocabulary
	synonyms inventory.Synonyms
	portal   string // host of the catalogue, when entries do not say
}

func newMapper(v *inventory.Vocabulary, portal string) *mapper {
	return &mapper{v: v, synonyms: v.Synonyms(), portal: portal}
}

// entry is one JSON object, read field by field so that a wrong type is a
// fault of that field and not of the whole list.
type entry struct {
	fields map[string]json.RawMessage
	prefix string
	errs   []error
	notes  []*fault.Error
}

func parseEntry(data []byte) (*entry, error) {
	e := &entry{}
	if len(data) == 0 || data[0] != '{' {
		if json.Valid(data) {
			return nil, fault.New(fault.Invalid, "import.line.object")
		}
	}
	if err := json.Unmarshal(data, &e.fields); err != nil {
		// The decoder has one message for input that ends too early, and no error value for it.
		if strings.HasPrefix(err.Error(), "unexpected end") {
			return nil, fault.New(fault.Invalid, "import.line.truncated")
		}
		return nil, fault.New(fault.Invalid, "import.line.json")
	}
	if name, twice := repeatedKey(data); twice {
		return nil, fault.New(fault.Invalid, "import.line.duplicate", clip(name, 60))
	}
	return e, nil
}

// repeatedKey finds a field that an object has twice, at any depth: which of
// the two is meant nobody can say, and a decoder would quietly take the last.
func repeatedKey(data []byte) (name string, found bool) {
	type level struct {
		seen map[string]bool // nil in a list
		key  bool            // a key comes next
	}
	var open []level
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return "", false
		}
		top := len(open) - 1
		switch token {
		case json.Delim('{'):
			open = append(open, level{map[string]bool{}, true})
			continue
		case json.Delim('['):
			open = append(open, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
			top--
		default:
			if text, ok := token.(string); ok && top >= 0 && open[top].key {
				if open[top].seen[text] {
					return text, true
				}
				open[top].seen[text], open[top].key = true, false
				continue
			}
		}
		if top >= 0 && open[top].seen != nil {
			open[top].key = true
		}
	}
}

// value decodes a field; ok is false when it is missing, null or of another type.
func (e *entry) value(name string, into any) bool {
	raw, ok := e.fields[name]
	if !ok || bytes.Equal(raw, []byte("null")) {
		return false
	}
	if err := json.Unmarshal(raw, into); err != nil {
		e.errs = append(e.errs, fault.At(e.prefix+name, "import.type"))
		return false
	}
	return true
}

// text returns the first of the fields that holds words.
func (e *entry) text(names ...string) string {
	for _, name := range names {
		var s string
		if e.value(name, &s) && strings.TrimSpace(s) != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// label returns a field that is a text or an object with a name and a title.
func (e *entry) label(field string) (name, title string) {
	raw := bytes.TrimSpace(e.fields[field])
	if len(raw) > 0 && raw[0] == '{' {
		var object map[string]json.RawMessage
		if !e.value(field, &object) {
			return "", ""
		}
		inner := entry{fields: object, prefix: e.prefix + field + "."}
		name, title = inner.text("name", "id"), inner.text("title", "display_name")
		e.errs = append(e.errs, inner.errs...)
		return name, title
	}
	return e.text(field), ""
}

// labels returns a list of texts or of objects with a name.
func (e *entry) labels(field string) []string {
	var list []json.RawMessage
	if !e.value(field, &list) {
		return nil
	}
	var words []string
	for n, raw := range list {
		inner := entry{fields: map[string]json.RawMessage{strconv.Itoa(n): raw}, prefix: e.prefix + field + "."}
		if name, _ := inner.label(strconv.Itoa(n)); name != "" {
			words = append(words, name)
		}
		e.errs = append(e.errs, inner.errs...)
	}
	return words
}

// extras folds CKAN's list of key and value into the fields that are missing.
func (e *entry) extras() {
	var list []struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	if bytes.HasPrefix(bytes.TrimSpace(e.fields["extras"]), []byte("[")) && e.value("extras", &list) {
		for _, x := range list {
			if _, ok := e.fields[x.Key]; !ok && len(x.Value) > 0 {
				e.fields[x.Key] = x.Value
			}
		}
	}
}

// row maps an entry. Nothing is guessed: what the vocabulary does not know is
// left out and noted, and catalogue dates are ignored, because they are the
// days of harvests.
func (m *mapper) row(e *entry, number int) inventory.Row {
	e.extras()
	row := inventory.Row{Line: number}
	c := inventory.Content{PersonalUnknown: true}
	c.Title = words(e.text("title"), e.text("title_ar"))
	if c.Title.Empty() && !e.wrong("title") {
		e.errs = append(e.errs, fault.At("title", "import.title.missing"))
	}
	c.Description = words(e.text("notes", "description"), e.text("notes_ar"))
	c.Keywords = keywords(e.labels("tags"))
	row.Organisation, c.Producer = e.label("organization")
	if title := e.text("organization_title"); title != "" {
		c.Producer = title
	} else if c.Producer == "" {
		c.Producer = row.Organisation
	}
	m.codes(e, &c)
	c.ContactName, c.ContactEmail = e.text("maintainer", "author"), e.text("maintainer_email", "author_email")
	c.TemporalStart = m.date(e, "temporal_startDate", "temporal_start")
	c.TemporalEnd = m.date(e, "temporal_endDate", "temporal_end")
	c.DataModified = m.date(e, "data_modified")
	row.Source = m.source(e)
	c = origin(e, c)
	c.Distributions = m.distributions(e)
	row.Content, row.Notes, row.Err = c.Clean(), e.notes, errors.Join(e.errs...)
	return row
}

// wrong tells whether the field was already found to be of a wrong type.
func (e *entry) wrong(field string) bool {
	for _, f := range fault.All(errors.Join(e.errs...)) {
		if f.Field == e.prefix+field {
			return true
		}
	}
	return false
}

// codes maps licence, frequency and theme.
func (m *mapper) codes(e *entry, c *inventory.Content) {
	id := e.text("license_id")
	if id == "" {
		id = e.text("license_title")
	}
	if l, ok := m.v.LicenceOf(id); ok {
		c.Licence = l.Code
	} else if id != "" {
		e.note("licence", "import.licence.unknown", id)
	}
	wording := e.text("frequency_update", "frequency", "frequence", "update_frequency", "frequence_de_mise_a_jour",
		"accrual_periodicity", "accrualPeriodicity")
	if code, ok := m.synonyms.Frequency(wording); ok {
		c.Frequency = code
	} else if wording != "" {
		e.note("frequency", "import.frequency.not_understood", wording)
	}
	for _, group := range e.labels("groups") {
		if t, ok := m.v.Theme(group); ok && c.Theme == "" {
			c.Theme = t.Code
		}
	}
}

func (e *entry) note(field, key, what string) {
	if r := []rune(what); len(r) > 60 {
		what = string(r[:60]) + "…"
	}
	e.notes = append(e.notes, fault.At(field, key, what))
}

// date reads a day, or a year and month or a year alone as their first day.
func (m *mapper) date(e *entry, names ...string) inventory.Date {
	s := e.text(names...)
	if len(s) > len("2006-01-02") && s[10] == 'T' {
		s = s[:10]
	}
	full := s + "2000-01-01"[min(len(s), 10):]
	d, err := inventory.ParseDate(full)
	if s == "" || err != nil || !d.Plausible() {
		if s != "" {
			e.note(names[0], "import.date.not_understood", s)
		}
		return ""
	}
	return d
}

func (m *mapper) source(e *entry) inventory.Source {
	s := inventory.Source{Portal: m.portal, ID: e.text("name", "id")}
	if u, err := url.Parse(e.text("portal_url")); err == nil && u.Hostname() != "" {
		s.Portal = strings.ToLower(u.Hostname())
	}
	if s.ID == "" {
		e.errs = append(e.errs, fault.At("name", "import.id.missing"))
	}
	return s
}

// origin keeps what the list itself says of where an entry came to it from: the
// national portal is mostly a harvest of others.
func origin(e *entry, c inventory.Content) inventory.Content {
	return c.WithOrigin(inventory.Origin{Portal: e.text("source_portal"), ID: e.text("source_id")}.Sound())
}

// distributions maps the resources. A CKAN portal has a page for each, which
// stands in where the list gives no address.
func (m *mapper) distributions(e *entry) []inventory.Distribution {
	var list []json.RawMessage
	e.value("resources", &list)
	page := strings.TrimSuffix(e.text("portal_url"), "/")
	out := make([]inventory.Distribution, 0, len(list))
	for n, raw := range list {
		r := &entry{prefix: "resources." + strconv.Itoa(n) + "."}
		if json.Unmarshal(raw, &r.fields) != nil {
			e.errs = append(e.errs, fault.At("resources."+strconv.Itoa(n), "import.type"))
			continue
		}
		x := inventory.Distribution{Title: words(r.text("name"), r.text("name_ar")), Format: r.text("format")}
		x.URL, x.MediaType = r.text("url"), r.text("mimetype")
		if id := r.text("id"); x.URL == "" && page != "" && id != "" {
			x.URL = page + "/resource/" + url.PathEscape(id)
		}
		e.errs = append(e.errs, r.errs...)
		out = append(out, x)
	}
	return out
}

// words puts a text under the language its letters tell; a separate Arabic
// text comes first.
func words(text, arabic string) lang.Text {
	x := lang.Text{}
	if text != "" {
		x[language(text)] = text
	}
	if arabic != "" {
		x[string(lang.Arabic)] = arabic
	}
	return x
}

func keywords(list []string) lang.Words {
	out := lang.Words{}
	for _, word := range list {
		code := language(word)
		out[code] = append(out[code], word)
	}
	return out
}

// language tells Arabic from French by the letters: whichever has more.
func language(s string) string {
	arabic, latin := 0, 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	if arabic > latin {
		return string(lang.Arabic)
	}
	return string(lang.French)
}
