package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
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
	twins := f.String("twins", "new", "with --apply, what becomes of rows that look like a dataset there is: new or skip")
	portal := f.String("portal", "", "host of the catalogue a CKAN or data.json file came from")
	return p.withDatabase(ctx, f, args, func(db *gorm.DB, _ configs.Config, words []string) error {
		if len(words) != 1 || *institution == "" {
			return fmt.Errorf("%w: name one file and --institution", errUsage)
		}
		if *format != "auto" && !slices.Contains(sheet.Formats(), *format) {
			return fmt.Errorf("%w: --format %s is not read; use %s", errUsage, *format, strings.Join(sheet.Formats(), ", "))
		}
		if *twins != "new" && *twins != "skip" {
			return fmt.Errorf("%w: --twins is new or skip", errUsage)
		}
		file, err := os.Open(words[0])
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer file.Close()
		return p.importFrom(ctx, inventorydb.New(db, nil), file, request{
			institution: *institution, format: *format, portal: *portal, name: words[0], apply: *apply, skipTwins: *twins == "skip",
		})
	})
}

// request is what an import was asked to do.
type request struct {
	institution, format, portal, name string
	apply, skipTwins                  bool
}

// importFrom proposes what the file would change, applies the good rows when
// asked, and prints what became of each. What was only looked at is not kept.
func (p program) importFrom(ctx context.Context, store *inventorydb.Store, file io.Reader, r request) error {
	data, err := io.ReadAll(io.LimitReader(file, sheet.MaxFile+1))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	by := identity.System("jard import")
	set, err := p.proposal(ctx, store, by, data, r)
	if err == nil && r.apply {
		set, err = applied(ctx, store, by, set, r.skipTwins)
	}
	if err != nil {
		return p.words(err)
	}
	rows, err := store.ChangesetRows(ctx, set, "", 0, inventorydb.AllRows)
	if err != nil {
		return err
	}
	if !r.apply {
		if err := store.Discard(ctx, by, set.ID); err != nil {
			return p.words(err)
		}
	}
	return p.printRows(rows, set.Counts)
}

// applied writes the good rows, without those that look like a dataset there is when these are to be left.
func applied(
	ctx context.Context, store *inventorydb.Store, by identity.Actor, set *inventory.Changeset, skipTwins bool,
) (*inventory.Changeset, error) {
	var choice inventory.Choice
	if skipTwins {
		rows, err := store.ChangesetRows(ctx, set, inventorydb.LikelyTwin, 0, inventorydb.AllRows)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			choice.Skip = append(choice.Skip, row.N)
		}
	}
	return store.Apply(ctx, by, set.ID, choice)
}

// proposal compares the file with the register.
func (p program) proposal(
	ctx context.Context, store *inventorydb.Store, by identity.Actor, data []byte, r request,
) (*inventory.Changeset, error) {
	form, err := sheet.ReadForm(pilot.Files)
	if err != nil {
		return nil, err
	}
	v, err := store.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	labels, err := store.Labels(ctx, r.institution)
	if err != nil {
		return nil, err
	}
	list, err := sheet.Open(data, sheet.Options{
		Form: form, Vocabulary: v, Labels: labels, Format: r.format, Name: r.name, Portal: r.portal,
	})
	if err != nil {
		return nil, err
	}
	return store.Propose(ctx, by, r.institution, inventorydb.HandedIn{
		Name: r.name, Format: list.Format, File: data, Rows: list.Rows, Seen: list.Seen,
	})
}

// printRows writes a line for each row that needs a look, and the counts.
func (p program) printRows(rows []inventorydb.ChangesetRow, n map[inventory.Outcome]int) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(p.out)
	for _, row := range rows {
		if row.Outcome == inventory.Unchanged {
			continue
		}
		fmt.Fprintf(out, "line %d\t%s\t%s\t%s\n", row.Line, row.Outcome, row.Ref, oneLine(row.Title))
		for _, m := range row.Remarks {
			f := &fault.Error{Field: cmp.Or(m.Cell, m.Field), Key: m.Key, Args: m.Words()}
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
