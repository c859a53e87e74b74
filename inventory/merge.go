package inventory

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// field is one thing that can be written about a dataset and merged by itself.
type field struct {
	name string
	say  func(*Content) string // as text, to compare and to show
	copy func(to, from *Content)
}

// mergeable lists every field of Content once, by the names of the JSON API.
func mergeable() []field {
	all := textFields()
	text := func(name string, at func(*Content) *string) {
		all = append(all, field{
			name, func(c *Content) string { return *at(c) }, func(to, from *Content) { *at(to) = *at(from) },
		})
	}
	date := func(name string, at func(*Content) *Date) {
		all = append(all, field{
			name, func(c *Content) string { return string(*at(c)) }, func(to, from *Content) { *at(to) = *at(from) },
		})
	}
	text("theme", func(c *Content) *string { return &c.Theme })
	all = append(all, field{
		"spatial", func(c *Content) string { return strings.Join(c.Spatial, "; ") },
		func(to, from *Content) { to.Spatial = slices.Clone(from.Spatial) },
	})
	date("temporal.start", func(c *Content) *Date { return &c.TemporalStart })
	date("temporal.end", func(c *Content) *Date { return &c.TemporalEnd })
	text("producer", func(c *Content) *string { return &c.Producer })
	text("frequency", func(c *Content) *string { return &c.Frequency })
	date("data_modified", func(c *Content) *Date { return &c.DataModified })
	all = append(all, field{
		"openness", func(c *Content) string { return string(c.Openness) },
		func(to, from *Content) { to.Openness = from.Openness },
	})
	date("target_date", func(c *Content) *Date { return &c.TargetDate })
	text("legal_ground", func(c *Content) *string { return &c.LegalGround })
	text("licence", func(c *Content) *string { return &c.Licence })
	all = append(all, field{"personal_data", sayPersonal, func(to, from *Content) {
		to.PersonalData, to.PersonalUnknown = from.PersonalData, from.PersonalUnknown
	}})
	text("anonymisation", func(c *Content) *string { return &c.Anonymisation })
	text("contact.name", func(c *Content) *string { return &c.ContactName })
	text("contact.email", func(c *Content) *string { return &c.ContactEmail })
	all = append(all, field{"distributions", sayDistributions, copyDistributions})
	for _, code := range Extras() {
		all = append(all, field{
			"extra." + code, func(c *Content) string { return c.Extra[code] },
			func(to, from *Content) { to.Extra = to.Extra.with(code, from.Extra[code]) },
		})
	}
	return all
}

// textFields are those in several languages, each language by itself: titles
// before descriptions before keywords.
func textFields() []field {
	var all []field
	for _, one := range []struct {
		name string
		at   func(*Content) *lang.Text
	}{
		{"title", func(c *Content) *lang.Text { return &c.Title }},
		{"description", func(c *Content) *lang.Text { return &c.Description }},
	} {
		for _, tag := range lang.All() {
			code, at := string(tag), one.at
			all = append(all, field{
				one.name + "." + code, func(c *Content) string { return (*at(c))[code] },
				func(to, from *Content) {
					x := at(to).Clean()
					x[code] = (*at(from))[code]
					*at(to) = x.Clean()
				},
			})
		}
	}
	for _, tag := range lang.All() {
		code := string(tag)
		all = append(all, field{
			"keywords." + code, func(c *Content) string { return strings.Join(c.Keywords[code], "; ") },
			func(to, from *Content) {
				words := cleanWords(to.Keywords)
				delete(words, code)
				if list := from.Keywords[code]; len(list) > 0 {
					words[code] = slices.Clone(list)
				}
				to.Keywords = words
			},
		})
	}
	return all
}

func sayPersonal(c *Content) string {
	switch {
	case c.PersonalUnknown:
		return ""
	case c.PersonalData:
		return "yes"
	}
	return "no"
}

// sayDistributions leaves the register's ids out.
func sayDistributions(c *Content) string {
	if len(c.Distributions) == 0 {
		return ""
	}
	list := slices.Clone(c.Distributions)
	for n := range list {
		list[n].ID = ""
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// copyDistributions takes the list of from, and for an address that to has
// already keeps what a sheet does not say: id, title, size.
func copyDistributions(to, from *Content) {
	had := slices.Clone(to.Distributions)
	list := make([]Distribution, 0, len(from.Distributions))
	for _, x := range from.Distributions {
		at := slices.IndexFunc(had, func(d Distribution) bool { return x.URL == d.URL || x.URL == d.DownloadURL })
		bare := x.ID == "" && x.Title.Empty() && x.DownloadURL == "" && x.MediaType == "" && x.Bytes == 0
		if at >= 0 && bare {
			kept := had[at]
			if x.Format != "" {
				kept.Format = x.Format
			}
			x = kept
			had = slices.Delete(had, at, at+1)
		}
		list = append(list, x)
	}
	to.Distributions = list
}

// Take returns c with the given fields as from says them; nil means every field.
func (c Content) Take(from Content, given []string) Content {
	out := c.Clean()
	from = from.Clean()
	for _, f := range mergeable() {
		if given == nil || slices.Contains(given, f.name) {
			f.copy(&out, &from)
		}
	}
	return out.Clean()
}

// Said returns those of the fields that c says something about.
func (c Content) Said(given []string) []string {
	c = c.Clean()
	said := []string{}
	for _, f := range mergeable() {
		if (given == nil || slices.Contains(given, f.name)) && f.say(&c) != "" {
			said = append(said, f.name)
		}
	}
	return said
}

// Difference is one field that two contents say differently.
type Difference struct {
	Field string `json:"field"`
	Was   string `json:"was"`
	Is    string `json:"is"`
}

// Differences lists the fields that other says differently.
func (c Content) Differences(other Content) []Difference {
	c, other = c.Clean(), other.Clean()
	var all []Difference
	for _, f := range mergeable() {
		if was, is := f.say(&c), f.say(&other); was != is {
			all = append(all, Difference{f.name, was, is})
		}
	}
	return all
}

// Merge joins two changes of base: what theirs changed is taken where here
// left it alone. A field that both changed, and not to the same, is a conflict
// that keeps what stands here.
func Merge(base, theirs, here Content) (merged Content, conflicts []Difference) {
	base, theirs, merged = base.Clean(), theirs.Clean(), here.Clean()
	for _, f := range mergeable() {
		was, want, is := f.say(&base), f.say(&theirs), f.say(&merged)
		switch {
		case want == was || want == is:
		case is != was:
			conflicts = append(conflicts, Difference{f.name, is, want})
		default:
			f.copy(&merged, &theirs)
		}
	}
	return merged.Clean(), conflicts
}

// Cell names the cell that a fault of the field is about: "E12"; empty when
// the row was not read from a sheet.
func (r Row) Cell(field string) string {
	for f := field; f != ""; {
		if letter, ok := r.Columns[f]; ok {
			return letter + strconv.Itoa(r.Line)
		}
		if strings.HasPrefix(f, "distributions.") && strings.HasSuffix(f, ".format") && r.Columns["formats"] != "" {
			return r.Columns["formats"] + strconv.Itoa(r.Line)
		}
		dot := strings.LastIndexByte(f, '.')
		f = f[:max(dot, 0)]
	}
	return ""
}
