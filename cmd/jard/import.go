package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
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
	format := f.String("format", "auto", "auto, jsonl or ckan")
	portal := f.String("portal", "", "host of the catalogue a CKAN file came from")
	return p.withDatabase(ctx, f, args, func(db *gorm.DB, _ configs.Config, words []string) error {
		if len(words) != 1 || *institution == "" {
			return fmt.Errorf("%w: name one file and --institution", errUsage)
		}
		file, err := os.Open(words[0])
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer file.Close()
		store := inventorydb.New(db, nil)
		v, err := store.Vocabulary(ctx)
		if err != nil {
			return err
		}
		rows, err := readRows(file, *format, words[0], *portal, v)
		if err != nil {
			return err
		}
		report, err := store.Import(ctx, identity.System("jard import"), *institution, rows, *apply)
		if err != nil {
			return p.words(err)
		}
		return p.printReport(report)
	})
}

// readRows chooses the reader by format, by the name, or by the first byte of
// content: a CKAN answer is one JSON value over many lines.
func readRows(file io.Reader, format, name, portal string, v *inventory.Vocabulary) (iter.Seq[inventory.Row], error) {
	r := bufio.NewReaderSize(file, 64<<10)
	if format == "auto" {
		format = guess(r, name)
	}
	switch format {
	case "jsonl":
		return sheet.ReadJSONL(r, v), nil
	case "ckan":
		return sheet.ReadCKAN(r, v, portal), nil
	}
	return nil, fmt.Errorf("%w: --format %s is not read; use jsonl or ckan", errUsage, format)
}

func guess(r *bufio.Reader, name string) string {
	if strings.EqualFold(filepath.Ext(name), ".jsonl") {
		return "jsonl"
	}
	head, _ := r.Peek(64 << 10)
	first, _, _ := bytes.Cut(bytes.TrimSpace(head), []byte("\n"))
	if bytes.HasPrefix(first, []byte("{")) && bytes.HasSuffix(bytes.TrimSpace(first), []byte("}")) {
		return "jsonl"
	}
	return "ckan"
}

// printReport writes a line for each row that needs a look, and the counts.
func (p program) printReport(report inventory.Report) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(p.out)
	for _, row := range report.Rows {
		if row.Outcome == inventory.Unchanged {
			continue
		}
		fmt.Fprintf(out, "line %d\t%s\t%s\t%s\n", row.Line, row.Outcome, row.Ref, oneLine(row.Title))
		for _, f := range append(fault.All(row.Err), row.Notes...) {
			fmt.Fprintf(out, "\t%s\n", sentence(sentences, p.language(), f))
		}
	}
	counts := make([]string, 0, 5)
	for _, outcome := range inventory.Outcomes() {
		counts = append(counts, fmt.Sprintf("%s=%d", outcome, report.Counts[outcome]))
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
