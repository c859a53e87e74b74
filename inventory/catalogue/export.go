package catalogue

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Export writes the snapshot as one file: jsonld, ttl, rdf, nt, datajson or csv.
func (s *Snapshot) Export(ctx context.Context, out io.Writer, format string) error {
	var err error
	switch f, ok := ParseFormat(format); {
	case ok:
		err = s.Whole(f).Stream(ctx, out, Plain)
	case format == "datajson":
		err = s.DataJSON().Stream(ctx, out, Plain)
	case format == "csv":
		err = s.writeCSV(ctx, out)
	default:
		return fmt.Errorf("export: unknown format %q", format)
	}
	if err != nil {
		return fmt.Errorf("export %s: %w", format, err)
	}
	return nil
}

// columns are those of the inventory sheet that ministries fill in, by its
// codes, so that what is exported can be imported again.
var columns = []struct {
	name  string
	value func(*writer, inventory.Publication) string
}{
	{"ministry", func(w *writer, p inventory.Publication) string { return w.institutions.Ministry(p.Institution).Slug }},
	{"structure", func(_ *writer, p inventory.Publication) string { return p.Institution }},
	{"ref", func(_ *writer, p inventory.Publication) string { return p.Ref }},
	{"id", func(_ *writer, p inventory.Publication) string { return p.DatasetID }},
	{"name", func(_ *writer, p inventory.Publication) string { return p.Name }},
	{"title", func(_ *writer, p inventory.Publication) string { return wording(p.Content.Title, lang.French) }},
	{"title_ar", func(_ *writer, p inventory.Publication) string { return wording(p.Content.Title, lang.Arabic) }},
	{"notes", func(_ *writer, p inventory.Publication) string { return wording(p.Content.Description, lang.French) }},
	{"notes_ar", func(_ *writer, p inventory.Publication) string { return wording(p.Content.Description, lang.Arabic) }},
	{"theme", func(_ *writer, p inventory.Publication) string { return p.Content.Theme }},
	{"keywords_fr", func(_ *writer, p inventory.Publication) string { return joined(p.Content.Keywords["fr"]) }},
	{"keywords_ar", func(_ *writer, p inventory.Publication) string { return joined(p.Content.Keywords["ar"]) }},
	{"frequency", func(_ *writer, p inventory.Publication) string { return p.Content.Frequency }},
	{"last_update", func(_ *writer, p inventory.Publication) string { return string(p.Content.DataModified) }},
	{"temporal_start", func(_ *writer, p inventory.Publication) string { return string(p.Content.TemporalStart) }},
	{"temporal_end", func(_ *writer, p inventory.Publication) string { return string(p.Content.TemporalEnd) }},
	{"spatial", func(_ *writer, p inventory.Publication) string { return joined(p.Content.Spatial) }},
	{"personal_data", func(_ *writer, p inventory.Publication) string { return yesNo(p.Content.PersonalData) }},
	{"anonymisation", func(_ *writer, p inventory.Publication) string { return p.Content.Anonymisation }},
	{"legal_limits", func(_ *writer, p inventory.Publication) string { return p.Content.LegalGround }},
	{"openable", func(_ *writer, p inventory.Publication) string { return string(p.Content.Openness) }},
	{"target_date", func(_ *writer, p inventory.Publication) string { return string(p.Content.TargetDate) }},
	{"formats", func(_ *writer, p inventory.Publication) string {
		return eachFile(p, func(d inventory.Distribution) string { return d.Format })
	}},
	{"url", func(_ *writer, p inventory.Publication) string { return eachFile(p, address) }},
	{"licence", func(_ *writer, p inventory.Publication) string { return p.Content.Licence }},
	{"contact", func(_ *writer, p inventory.Publication) string { return p.Content.ContactName }},
	{"feedback", func(_ *writer, p inventory.Publication) string { return p.Content.ContactEmail }},
	{"producer", func(_ *writer, p inventory.Publication) string { return p.Content.Producer }},
	{"revision", func(_ *writer, p inventory.Publication) string { return strconv.Itoa(p.Revision) }},
	{"issued", func(_ *writer, p inventory.Publication) string { return naiveTime(p.Issued) }},
	{"modified", func(_ *writer, p inventory.Publication) string { return naiveTime(p.Modified) }},
}

func (s *Snapshot) writeCSV(ctx context.Context, out io.Writer) error {
	if _, err := io.WriteString(out, "\uFEFF"); err != nil { // or Excel takes UTF-8 for something else
		return err
	}
	c := csv.NewWriter(out)
	head := make([]string, 0, len(columns))
	for _, col := range columns {
		head = append(head, col.name)
	}
	if err := c.Write(head); err != nil {
		return err
	}
	for p, err := range s.Everything(ctx) {
		if err != nil {
			return err
		}
		row := make([]string, 0, len(columns))
		for _, col := range columns {
			row = append(row, harmless(cleanText(col.value(s.writer, p))))
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// harmless keeps a spreadsheet from taking a cell for a formula, by the same
// marks as our workbooks, so that reading the cell again takes it off.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r'", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func joined(words []string) string { return strings.Join(words, ";") }

func yesNo(b bool) string {
	if b {
		return "oui"
	}
	return "non"
}

func address(d inventory.Distribution) string {
	if d.DownloadURL != "" {
		return d.DownloadURL
	}
	return d.URL
}

func eachFile(p inventory.Publication, value func(inventory.Distribution) string) string {
	var all []string
	for _, d := range p.Content.Distributions {
		all = append(all, value(d))
	}
	return joined(all)
}
