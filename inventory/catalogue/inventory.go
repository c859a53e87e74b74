package catalogue

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// inventoryColumns are those of the public register as a table, a dataset a
// row. What only the register itself needs is not among them.
var inventoryColumns = []struct {
	name  string
	value func(*writer, *inventory.Publication) string
}{
	{"identifier", func(_ *writer, p *inventory.Publication) string { return p.Ref }},
	{"id", func(_ *writer, p *inventory.Publication) string { return p.DatasetID }},
	{"uri", func(w *writer, p *inventory.Publication) string { return w.settings.DatasetIRI(p.DatasetID) }},
	{"landing_page", func(w *writer, p *inventory.Publication) string { return w.settings.PageURL(p.Ref) }},
	{"name", func(_ *writer, p *inventory.Publication) string { return p.Name }},
	{"title_fr", inLanguage(title, lang.French)},
	{"title_ar", inLanguage(title, lang.Arabic)},
	{"title_en", inLanguage(title, lang.English)},
	{"description_fr", inLanguage(description, lang.French)},
	{"description_ar", inLanguage(description, lang.Arabic)},
	{"description_en", inLanguage(description, lang.English)},
	{"keywords_fr", func(_ *writer, p *inventory.Publication) string {
		return joined(keywords(p.Content.Keywords, lang.French))
	}},
	{"keywords_ar", func(_ *writer, p *inventory.Publication) string {
		return joined(keywords(p.Content.Keywords, lang.Arabic))
	}},
	{"theme", func(_ *writer, p *inventory.Publication) string { return p.Content.Theme }},
	{"theme_fr", inLanguage(theme, lang.French)},
	{"theme_ar", inLanguage(theme, lang.Arabic)},
	{"publisher", func(_ *writer, p *inventory.Publication) string { return p.Institution }},
	{"publisher_fr", inLanguage(publisher, lang.French)},
	{"publisher_ar", inLanguage(publisher, lang.Arabic)},
	{"ministry", func(w *writer, p *inventory.Publication) string { return w.institutions.Ministry(p.Institution).Slug }},
	{"producer", func(_ *writer, p *inventory.Publication) string { return p.Content.Producer }},
	{"access_level", func(_ *writer, p *inventory.Publication) string { return accessLevel(p.Content.Openness) }},
	{"rights", func(_ *writer, p *inventory.Publication) string { return p.Content.LegalGround }},
	{"available", func(_ *writer, p *inventory.Publication) string { return string(p.Content.TargetDate) }},
	{"licence", func(_ *writer, p *inventory.Publication) string { return p.Content.Licence }},
	{"licence_uri", func(w *writer, p *inventory.Publication) string {
		l, ok := w.licence(p.Content.Licence)
		if !ok {
			return ""
		}
		return w.licenceIRI(l)
	}},
	{"frequency", func(_ *writer, p *inventory.Publication) string { return p.Content.Frequency }},
	{"accrual_periodicity", func(w *writer, p *inventory.Publication) string { return w.frequencies[p.Content.Frequency].Accrual }},
	{"data_modified", func(_ *writer, p *inventory.Publication) string { return string(p.Content.DataModified) }},
	{"temporal_start", func(_ *writer, p *inventory.Publication) string { return string(p.Content.TemporalStart) }},
	{"temporal_end", func(_ *writer, p *inventory.Publication) string { return string(p.Content.TemporalEnd) }},
	{"spatial", func(_ *writer, p *inventory.Publication) string { return joined(p.Content.Spatial) }},
	{"spatial_fr", func(w *writer, p *inventory.Publication) string { return joined(w.placeNames(p.Content)) }},
	{"contact", func(w *writer, p *inventory.Publication) string { name, _ := w.contact(*p); return name }},
	{"contact_email", func(w *writer, p *inventory.Publication) string { _, mail := w.contact(*p); return mail }},
	{"formats", perFile(func(x inventory.Distribution, f inventory.FileFact) string { return formatLabel(formatOf(x, f)) })},
	{"media_types", perFile(mediaTypeSeen)},
	{"access_urls", perFile(func(x inventory.Distribution, _ inventory.FileFact) string {
		access, _, _ := addresses(x)
		return access
	})},
	{"download_urls", perFile(func(x inventory.Distribution, _ inventory.FileFact) string { _, file, _ := addresses(x); return file })},
	{"bytes", perFile(func(x inventory.Distribution, f inventory.FileFact) string { return count(bytesOf(x, f)) })},
	{"sha256", perFile(func(_ inventory.Distribution, f inventory.FileFact) string { return checksum(f) })},
	{"issued", func(_ *writer, p *inventory.Publication) string { return naiveTime(p.Issued) }},
	{"modified", func(_ *writer, p *inventory.Publication) string { return naiveTime(p.Modified) }},
}

func title(_ *writer, p *inventory.Publication) lang.Text       { return p.Content.Title }
func description(_ *writer, p *inventory.Publication) lang.Text { return p.Content.Description }
func theme(w *writer, p *inventory.Publication) lang.Text       { return w.themes[p.Content.Theme].Name }

func publisher(w *writer, p *inventory.Publication) lang.Text {
	return w.institutions[p.Institution].Name
}

func inLanguage(of func(*writer, *inventory.Publication) lang.Text, t lang.Tag) func(*writer, *inventory.Publication) string {
	return func(w *writer, p *inventory.Publication) string { return wording(of(w, p), t) }
}

// perFile lists a value of each file, in one order for every column. Addresses
// hold no spaces, so a space parts them where a semicolon could not; what is not
// known of one file of several is a question mark.
func perFile(value func(inventory.Distribution, inventory.FileFact) string) func(*writer, *inventory.Publication) string {
	return func(_ *writer, p *inventory.Publication) string {
		var all []string
		known := false
		for _, x := range p.Content.Distributions {
			if _, _, ok := addresses(x); !ok {
				continue
			}
			v := strings.Join(strings.Fields(cleanText(value(x, p.Fact(x.ID)))), "_")
			known = known || v != ""
			all = append(all, cmp.Or(v, "?"))
		}
		if !known {
			return ""
		}
		return strings.Join(all, " ")
	}
}

func count(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// InventoryHeader names the columns of the public register as a table.
func InventoryHeader() []string {
	names := make([]string, 0, len(inventoryColumns))
	for _, c := range inventoryColumns {
		names = append(names, c.name)
	}
	return names
}

// InventoryRows yields a row of each public dataset, in the order of ids. The
// row is only good until the next: a register of 100,000 is never held whole.
func (s *Snapshot) InventoryRows(ctx context.Context) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		row := make([]string, len(inventoryColumns))
		for p, err := range s.Everything(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			for n, c := range inventoryColumns {
				row[n] = cleanText(c.value(s.writer, &p))
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// WriteInventory writes the public register as CSV.
func (s *Snapshot) WriteInventory(ctx context.Context, out io.Writer) error {
	if err := s.writeInventory(ctx, out); err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	return nil
}

func (s *Snapshot) writeInventory(ctx context.Context, out io.Writer) error {
	if _, err := io.WriteString(out, "\uFEFF"); err != nil { // or Excel takes UTF-8 for something else
		return err
	}
	c := csv.NewWriter(out)
	if err := c.Write(InventoryHeader()); err != nil {
		return err
	}
	for row, err := range s.InventoryRows(ctx) {
		if err != nil {
			return err
		}
		for n := range row {
			row[n] = harmless(row[n])
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
