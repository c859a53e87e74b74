package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web/locale"
)

// importCommand reads datasets from a file. Its last line counts what became
// of the rows; refused rows are not a failure of the command, since the good
// ones went in.
func importCommand(ctx context.Context, p program, args []string) error {
	f := flags("import")
	institution := f.String("institution", "", "slug of the institution")
	apply := f.Bool("apply", false, "write, instead of only saying what would change")
	format := f.String("format", "auto", "auto, xlsx, csv, jsonl, ckan or datajson")
	portal := f.String("portal", "", "host of the catalogue a CKAN or data.json file came from")
	return p.withDatabase(ctx, f, args, func(db *gorm.DB, _ configs.Config, words []string) error {
		if len(words) != 1 || *institution == "" {
			return fmt.Errorf("%w: name one file and --institution", errUsage)
		}
		file, err := os.Open(words[0])
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer file.Close()
		return p.importFrom(ctx, inventorydb.New(db, nil), file, request{
			institution: *institution, format: *format, portal: *portal, name: words[0], apply: *apply,
		})
	})
}

// request is what an import was asked to do.
type request struct {
	institution, format, portal, name string
	apply                             bool
}

// importFrom chooses how: a catalogue of any size is read entry by entry and
// written batch by batch, a sheet is one changeset.
func (p program) importFrom(ctx context.Context, store *inventorydb.Store, file io.Reader, r request) error {
	from := bufio.NewReaderSize(file, 64<<10)
	if r.format == "auto" {
		head, _ := from.Peek(64 << 10)
		r.format = sheet.FormatOf(head, r.name)
	}
	v, err := store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	var rows iter.Seq[inventory.Row]
	switch r.format {
	case "jsonl":
		rows = sheet.ReadJSONL(from, v)
	case "ckan":
		rows = sheet.ReadCKAN(from, v, r.portal)
	case "xlsx", "csv", "datajson":
		data, err := io.ReadAll(io.LimitReader(from, sheet.MaxFile+1))
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		return p.importFile(ctx, store, v, data, r)
	default:
		return fmt.Errorf("%w: --format %s is not read; use %s", errUsage, r.format, strings.Join(sheet.Formats(), ", "))
	}
	report, err := store.Import(ctx, identity.System("jard import"), r.institution, rows, r.apply)
	if err != nil {
		return p.words(err)
	}
	told := make([]outcome, 0, len(report.Rows))
	for _, row := range report.Rows {
		told = append(told, outcome{row.Line, row.Outcome, row.Ref, row.Title, append(fault.All(row.Err), row.Notes...)})
	}
	return p.printRows(told, report.Counts)
}

// importFile proposes what the file would change, applies the good rows when
// asked, and prints what became of each.
func (p program) importFile(
	ctx context.Context, store *inventorydb.Store, v *inventory.Vocabulary, data []byte, r request,
) error {
	form, err := sheet.ReadForm(pilot.Files)
	if err != nil {
		return err
	}
	labels, err := store.Labels(ctx, r.institution)
	if err != nil {
		return err
	}
	list, err := sheet.Open(data, sheet.Options{
		Form: form, Vocabulary: v, Labels: labels, Format: r.format, Name: r.name, Portal: r.portal,
	})
	if err != nil {
		return p.words(err)
	}
	by := identity.System("jard import")
	set, err := store.Propose(ctx, by, r.institution, inventorydb.HandedIn{
		Name: r.name, Format: list.Format, File: data, Rows: list.Rows, Seen: list.Seen,
	})
	if err == nil && r.apply {
		set, err = store.Apply(ctx, by, set.ID, false)
	}
	if err != nil {
		return p.words(err)
	}
	rows, err := store.ChangesetRows(ctx, set, "", 0, inventorydb.AllRows)
	if err != nil {
		return err
	}
	told := make([]outcome, 0, len(rows))
	for _, row := range rows {
		one := outcome{row.Line, row.Outcome, row.Ref, row.Title, nil}
		for _, m := range row.Remarks {
			one.faults = append(one.faults, &fault.Error{Field: cmp.Or(m.Cell, m.Field), Key: m.Key, Args: m.Words()})
		}
		told = append(told, one)
	}
	return p.printRows(told, set.Counts)
}

// outcome is what became of a row, as it is told in a terminal.
type outcome struct {
	line       int
	what       inventory.Outcome
	ref, title string
	faults     []*fault.Error
}

// printRows writes a line for each row that needs a look, and the counts.
func (p program) printRows(rows []outcome, n map[inventory.Outcome]int) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(p.out)
	for _, row := range rows {
		if row.what == inventory.Unchanged {
			continue
		}
		fmt.Fprintf(out, "line %d\t%s\t%s\t%s\n", row.line, row.what, row.ref, oneLine(row.title))
		for _, f := range row.faults {
			fmt.Fprintf(out, "\t%s\n", oneLine(sentence(sentences, p.language(), f)))
		}
	}
	counts := make([]string, 0, 5)
	for _, what := range inventory.Outcomes() {
		counts = append(counts, fmt.Sprintf("%s=%d", what, n[what]))
	}
	fmt.Fprintln(out, strings.Join(counts, " "))
	return out.Flush()
}

// oneLine keeps a title from a stranger's file from steering the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
