package catalogueweb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// comparePage shows what changed from one edition to another.
type comparePage struct {
	web.Page
	From, To time.Time
	Changes  comparison
}

// comparedAtMost bounds each list on a page; the JSON API has all.
const comparedAtMost = 200

// comparison is what differs between two editions, for people.
type comparison struct {
	Added, Withdrawn, Changed []compared
	NAdded, NWithdrawn        int
	NChanged                  int
}

// Same tells whether nothing differs.
func (c comparison) Same() bool { return c.NAdded+c.NWithdrawn+c.NChanged == 0 }

// compared is a dataset that two editions tell of differently.
type compared struct {
	Ref, Href   string
	Title       lang.Text
	Institution lang.Text
	Reason      string
	Fields      []comparedField
}

// comparedField is one field that changed, a line each thing in it.
type comparedField struct {
	Label   string
	Was, Is []comparedLine
}

// comparedLine is a line of a value: its Own part is not on the other side.
type comparedLine struct{ Before, Own, After string }

// sideBySide marks what each side says alone.
func sideBySide(was, is []string) (a, b []comparedLine) {
	if len(was) == 1 && len(is) == 1 {
		x, y := strings.SplitAfter(was[0], " "), strings.SplitAfter(is[0], " ")
		from, to := 0, 0
		for from < min(len(x), len(y)) && x[from] == y[from] {
			from++
		}
		for to < min(len(x), len(y))-from && x[len(x)-1-to] == y[len(y)-1-to] {
			to++
		}
		line := func(words []string) []comparedLine {
			end := len(words) - to
			return []comparedLine{{strings.Join(words[:from], ""), strings.Join(words[from:end], ""), strings.Join(words[end:], "")}}
		}
		return line(x), line(y)
	}
	lines := func(own, other []string) []comparedLine {
		out := make([]comparedLine, 0, len(own))
		for _, text := range own {
			if slices.Contains(other, text) {
				out = append(out, comparedLine{Before: text})
			} else {
				out = append(out, comparedLine{Own: text})
			}
		}
		return out
	}
	return lines(was, is), lines(is, was)
}

// comparison compares two editions.
func (p *Pages) comparison(ctx context.Context, page web.Page, from, to *catalogue.Snapshot) (comparison, error) {
	d, err := catalogue.Diff(ctx, from, to)
	if err != nil {
		return comparison{}, err
	}
	list := func(all []catalogue.Difference) []compared {
		out := make([]compared, 0, min(len(all), comparedAtMost))
		for _, one := range all[:min(len(all), comparedAtMost)] {
			out = append(out, p.compared(page, to, one))
		}
		return out
	}
	return comparison{
		Added: list(d.Added), Withdrawn: list(d.Withdrawn), Changed: list(d.Changed),
		NAdded: len(d.Added), NWithdrawn: len(d.Withdrawn), NChanged: len(d.Changed),
	}, nil
}

func (p *Pages) compared(page web.Page, to *catalogue.Snapshot, d catalogue.Difference) compared {
	out := compared{Ref: d.Ref, Href: "/desk/datasets/" + d.Ref, Title: d.Title, Reason: d.Reason}
	one := cmp.Or(d.After, d.Before)
	if one != nil {
		out.Institution = to.InstitutionName(one.Institution)
	}
	if d.Before == nil || d.After == nil {
		return out
	}
	v := to.Vocabulary()
	for _, x := range differences(*d.Before, *d.After) {
		key := "dataset.field." + x.Field
		label := x.Field
		if page.Has(key) {
			label = page.T(key)
		}
		was, is := sideBySide(inWords(page, v, x.Field, x.Was), inWords(page, v, x.Field, x.Is))
		out.Fields = append(out.Fields, comparedField{label, was, is})
	}
	return out
}

// differences lists what is said differently of a dataset, what stands beside
// its description included.
func differences(was, is inventory.Publication) []inventory.Difference {
	all := was.Content.Differences(is.Content)
	if was.Institution != is.Institution {
		all = append(all, inventory.Difference{Field: "institution", Was: was.Institution, Is: is.Institution})
	}
	return all
}

// inWords shows a value as people know it: names for codes, a line each file.
func inWords(page web.Page, v *inventory.Vocabulary, field, value string) []string {
	if value == "" {
		return nil
	}
	named := func(name lang.Text, known bool) []string {
		if !known || name.Empty() {
			return []string{value}
		}
		return []string{page.Text(name)}
	}
	switch {
	case field == "frequency":
		x, ok := v.Frequency(value)
		return named(x.Name, ok)
	case field == "theme":
		x, ok := v.Theme(value)
		return named(x.Name, ok)
	case field == "licence":
		x, ok := v.Licence(value)
		return named(x.Name, ok)
	case field == "openness" && page.Has("dataset.openness."+value):
		return []string{page.T("dataset.openness." + value)}
	case field == "distributions":
		return filesInWords(page, value)
	case field == "spatial" || strings.HasPrefix(field, "keywords."):
		return strings.Split(value, "; ")
	}
	return []string{value}
}

// filesInWords shows the files behind a dataset: name, format, address.
func filesInWords(page web.Page, value string) []string {
	var files []inventory.Distribution
	if json.Unmarshal([]byte(value), &files) != nil {
		return []string{value}
	}
	out := make([]string, 0, len(files))
	for _, f := range files {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", page.Text(f.Title), f.Format, cmp.Or(f.DownloadURL, f.URL))))
	}
	return out
}
