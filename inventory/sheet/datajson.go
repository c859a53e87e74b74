package sheet

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// ReadDataJSON reads a catalogue written as data.json v1.1, one entry at a time.
func ReadDataJSON(r io.Reader, v *inventory.Vocabulary, portal string) iter.Seq[inventory.Row] {
	m := newMapper(v, portal)
	return readList(r, func(data []byte, number int) inventory.Row {
		if !utf8.Valid(data) {
			return inventory.Row{Line: number, Err: fault.New(fault.Invalid, "fault.utf8")}
		}
		e, err := parseEntry(data)
		if err != nil {
			return inventory.Row{Line: number, Err: err}
		}
		return m.open(e, number)
	})
}

// open maps an entry of data.json.
func (m *mapper) open(e *entry, number int) inventory.Row {
	row := inventory.Row{Line: number, Source: inventory.Source{Portal: m.portal, ID: e.text("identifier")}}
	c := inventory.Content{PersonalUnknown: true, Title: words(e.text("title"), ""), Description: words(e.text("description"), "")}
	if c.Title.Empty() && !e.wrong("title") {
		e.errs = append(e.errs, fault.At("title", "import.title.missing"))
	}
	if row.Source.ID == "" {
		e.errs = append(e.errs, fault.At("identifier", "import.id.missing"))
	}
	c.Keywords = keywords(e.labels("keyword"))
	row.Organisation, _ = e.label("publisher")
	c.Producer = row.Organisation
	c.ContactName, c.ContactEmail = e.contact()
	if id := e.text("license"); id != "" {
		c.Licence = m.licence(e, id)
	}
	if wording := e.text("accrualPeriodicity"); wording != "" {
		code, ok := m.synonyms.Frequency(wording)
		if !ok {
			e.note("frequency", "import.frequency.not_understood", wording)
		}
		c.Frequency = code
	}
	for _, theme := range e.labels("theme") {
		if t, ok := m.v.Theme(theme); ok && c.Theme == "" {
			c.Theme = t.Code
		}
	}
	start, end, _ := strings.Cut(e.text("temporal"), "/")
	e.fields["temporal.start"], e.fields["temporal.end"] = quoted(start), quoted(end)
	c.TemporalStart, c.TemporalEnd = m.date(e, "temporal.start"), m.date(e, "temporal.end")
	c.DataModified = m.date(e, "modified")
	c.Distributions = e.files()
	row.Content, row.Notes, row.Err = c.Clean(), e.notes, errors.Join(e.errs...)
	return row
}

// quoted makes a part of a field a field.
func quoted(s string) json.RawMessage { return json.RawMessage(strconv.Quote(strings.TrimSpace(s))) }

// licence finds a licence by its address or name.
func (m *mapper) licence(e *entry, id string) string {
	for _, l := range m.v.Licences {
		if l.URL != "" && strings.TrimRight(l.URL, "/") == strings.TrimRight(id, "/") {
			if found, ok := m.v.Licence(l.Code); ok {
				return found.Code
			}
		}
	}
	if l, ok := m.v.LicenceOf(id); ok {
		return l.Code
	}
	e.note("licence", "import.licence.unknown", id)
	return ""
}

// contact reads a vCard.
func (e *entry) contact() (name, mail string) {
	var card map[string]json.RawMessage
	if !e.value("contactPoint", &card) {
		return "", ""
	}
	inner := entry{fields: card, prefix: "contactPoint."}
	name, mail = inner.text("fn"), strings.TrimPrefix(inner.text("hasEmail"), "mailto:")
	e.errs = append(e.errs, inner.errs...)
	return name, mail
}

// files reads the distributions.
func (e *entry) files() []inventory.Distribution {
	var list []json.RawMessage
	e.value("distribution", &list)
	out := make([]inventory.Distribution, 0, len(list))
	for n, raw := range list {
		d := &entry{prefix: "distribution." + strconv.Itoa(n) + "."}
		if json.Unmarshal(raw, &d.fields) != nil || d.fields == nil {
			e.errs = append(e.errs, fault.At("distribution."+strconv.Itoa(n), "import.type"))
			continue
		}
		x := inventory.Distribution{
			Title: words(d.text("title"), ""), URL: d.text("accessURL", "downloadURL"), DownloadURL: d.text("downloadURL"),
			Format: d.text("format"), MediaType: d.text("mediaType"),
		}
		e.errs = append(e.errs, d.errs...)
		out = append(out, x)
	}
	return out
}
