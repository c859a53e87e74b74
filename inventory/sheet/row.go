package sheet

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// separator parts the entries of a cell that holds a list.
const separator = "; "

// value is what a dataset says in a column, in the words of the workbook.
func (k *book) value(column Column, d inventory.Dataset) string {
	c := d.Content
	choices := column.choices(k.Vocabulary)
	say := func(code string) string { return labelOf(choices, code, k.Lang) }
	if extra, ok := strings.CutPrefix(column.Field, "extra."); ok {
		return say(c.Extra[extra])
	}
	switch column.Code {
	case "ministry":
		return k.Tree.Ministry(d.Institution).Name.In(k.Lang)
	case "structure":
		if c.Producer != "" {
			return c.Producer
		}
		return k.Tree[d.Institution].Name.In(k.Lang)
	case refColumn:
		return d.Ref
	case revisionColumn:
		return strconv.Itoa(d.Revision)
	case hashColumn:
		return c.ImportHash()
	case "next_update":
		if d.DueAt != nil {
			return string(inventory.DateOf(*d.DueAt, inventory.Tunis()))
		}
		return ""
	case "theme":
		return say(c.Theme)
	case "frequency":
		return say(c.Frequency)
	case "licence":
		return say(c.Licence)
	case "openable":
		return say(string(c.Openness))
	case "personal_data":
		switch {
		case c.PersonalUnknown:
			return ""
		case c.PersonalData:
			return say("yes")
		}
		return say("no")
	case "spatial":
		names := make([]string, 0, len(c.Spatial))
		for _, code := range c.Spatial {
			names = append(names, say(code))
		}
		return strings.Join(names, separator)
	}
	return plainValue(column.Code, c)
}

// plainValue is a column that says the same in every language.
func plainValue(code string, c inventory.Content) string {
	switch code {
	case "title":
		return c.Title["fr"]
	case "title_ar":
		return c.Title["ar"]
	case "notes":
		return c.Description["fr"]
	case "notes_ar":
		return c.Description["ar"]
	case "keywords_fr":
		return strings.Join(c.Keywords["fr"], separator)
	case "keywords_ar":
		return strings.Join(c.Keywords["ar"], separator)
	case "officer":
		return c.ContactName
	case "feedback":
		return c.ContactEmail
	case "last_update":
		return string(c.DataModified)
	case "temporal_start":
		return string(c.TemporalStart)
	case "temporal_end":
		return string(c.TemporalEnd)
	case "target_date":
		return string(c.TargetDate)
	case "anonymisation":
		return c.Anonymisation
	case "legal_limits":
		return c.LegalGround
	case "formats", "url":
		return access(code, c.Distributions)
	}
	return ""
}

// noFormat holds the place of a format that is not given.
const noFormat = "-"

// access lists the links, or their formats in the same order.
func access(code string, all []inventory.Distribution) string {
	var list []string
	known := false
	for _, x := range all {
		if code == "formats" {
			known = known || x.Format != ""
			list = append(list, cmp.Or(x.Format, noFormat))
			continue
		}
		list = append(list, cmp.Or(x.DownloadURL, x.URL))
	}
	if code == "formats" && !known {
		return ""
	}
	return strings.Join(list, separator)
}
