package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/audit/auditweb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
)

// auditFlags are what is said of lines on the command line.
type auditFlags struct {
	person, about, act, institution, from, to, before string // which lines
	part, ground, positions                           string // erase
	format, folder                                    string
	force, apply                                      bool
}

// auditing is one run of jard audit.
type auditing struct {
	program
	auditFlags
	c      configs.Config
	by     identity.Actor
	trail  *auditdb.Store
	people *identitydb.Store
	now    time.Time
}

// auditCommand does on the machine what the pages and the clock do for the trail.
func auditCommand(ctx context.Context, p program, args []string) error {
	what, rest, err := act(args, "anchor", "export", "erase", "archive")
	if err != nil {
		return err
	}
	f := flags("audit " + what)
	a := auditing{program: p, by: identity.System("jard audit " + what), now: time.Now()}
	switch what {
	case "export":
		f.StringVar(&a.institution, "institution", "", "lines of this institution")
		f.StringVar(&a.from, "from", "", "first day, 2026-11-01")
		f.StringVar(&a.to, "to", "", "last day")
		f.StringVar(&a.format, "format", "jsonl", "jsonl, which proves itself, or csv")
		f.BoolVar(&a.force, "force", false, "replace a file of that name")
	case "erase":
		f.StringVar(&a.part, "part", "", "who: the person; told: reason and values")
		f.StringVar(&a.ground, "ground", "", "why: the text, the request or the decision")
		f.StringVar(&a.positions, "positions", "", "of lines at these places, 3-9,12")
		f.StringVar(&a.before, "before", "", "of lines before this day")
		f.BoolVar(&a.apply, "apply", false, "erase; without it only say how many lines")
	case "archive":
		f.StringVar(&a.before, "before", "", "lines before this day; without it as audit.keep_years says")
		f.StringVar(&a.folder, "to", "", "folder of the files; without it audit.archive")
	}
	if what == "export" || what == "erase" {
		f.StringVar(&a.person, "person", "", "lines of what this account did: its address or id")
		f.StringVar(&a.about, "about", "", "lines about this thing: TN-MS-2026-00012, the id of an account")
		f.StringVar(&a.act, "act", "", "lines of this act; session. for all of a kind")
	}
	return p.withDatabase(ctx, f, rest, func(db *gorm.DB, c configs.Config, words []string) error {
		a.c, a.trail, a.people = c, auditdb.New(db), identitydb.New(db, nil)
		if most := map[string]int{"anchor": 1, "export": 1}[what]; len(words) > most {
			return fmt.Errorf("%w: audit %s takes %d words", errUsage, what, most)
		}
		if err := a.trail.SealAll(ctx); err != nil {
			return err
		}
		work := map[string]func(context.Context, []string) error{"anchor": a.anchor, "export": a.export, "erase": a.erase, "archive": a.archive}
		return p.words(work[what](ctx, words))
	})
}

// anchor prints how far the chain reaches, and adds it to a file.
func (a *auditing) anchor(ctx context.Context, words []string) error {
	head, err := a.trail.Head(ctx)
	if err != nil {
		return err
	}
	if head.Position == 0 {
		return errors.New("there is no line yet")
	}
	line := audit.Anchor(head, a.now)
	if len(words) > 0 {
		if err := appendTo(words[0], line+"\n"); err != nil {
			return err
		}
	}
	fmt.Fprintln(a.out, line)
	return nil
}

// day reads a day as the installation counts days; empty is none.
func (a *auditing) day(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, a.c.Location())
	if err != nil {
		return at, fmt.Errorf("%w: --%s: %q is no day; write 2026-11-22", errUsage, name, text)
	}
	return at, nil
}

// account is the id of whom --person names.
func (a *auditing) account(ctx context.Context) (string, error) {
	if !strings.Contains(a.person, "@") {
		return a.person, nil
	}
	found, err := a.people.AccountByEmail(ctx, a.person)
	if err != nil {
		return "", fmt.Errorf("--person: %w", a.words(err))
	}
	return found.ID, nil
}

// filter is what the flags say of lines to take away.
func (a *auditing) filter(ctx context.Context) (auditdb.Filter, error) {
	f := auditdb.Filter{Act: a.act, Ref: a.about, Institution: a.institution}
	id, err := a.account(ctx)
	if id != "" {
		f.Actors = []string{id}
	}
	var from, to error
	f.From, from = a.day("from", a.from)
	if f.To, to = a.day("to", a.to); !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	return f, errors.Join(err, from, to)
}

// export writes lines into a file, or to standard output.
func (a *auditing) export(ctx context.Context, words []string) error {
	if len(words) != 1 || a.format != "jsonl" && a.format != "csv" {
		return fmt.Errorf("%w: audit export takes the name of one file, - is standard output, and --format jsonl or csv", errUsage)
	}
	f, err := a.filter(ctx)
	if err != nil {
		return err
	}
	if words[0] == "-" {
		_, err := a.hand(ctx, f, a.out)
		return err
	}
	var n int64
	err = writeAnew(words[0], a.force, func(w io.Writer) (err error) { n, err = a.hand(ctx, f, w); return err })
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s: %d lines\n", words[0], n)
	if a.format == "jsonl" {
		fmt.Fprintf(a.out, "check it anywhere with jard verify --file %s\n", words[0])
	}
	return nil
}

// hand writes the lines of f to w and returns how many. That they were taken is
// a line of its own.
func (a *auditing) hand(ctx context.Context, f auditdb.Filter, w io.Writer) (n int64, err error) {
	var to interface {
		Line(l *audit.Line) error
		End() error
	}
	told := map[string]string{"file": "jard audit export", "format": a.format}
	for name, value := range map[string]string{"who": strings.Join(f.Actors, " "), "act": f.Act, "ref": f.Ref, "institution": f.Institution, "from": a.from, "to": a.to} {
		if value != "" {
			told[name] = value
		}
	}
	out := bufio.NewWriterSize(w, 1<<20)
	err = a.trail.Export(ctx, a.by, f, told, func(after audit.Head, complete bool) (err error) {
		if a.format == "csv" {
			to, err = auditweb.NewTable(out)
			return err
		}
		to, err = audit.NewExporter(out, after, complete)
		return err
	}, func(l *audit.Line) error { n++; return to.Line(l) })
	if err != nil {
		return n, err
	}
	return n, errors.Join(to.End(), out.Flush())
}

// erase takes a person or words out of lines, or says how many lines have them.
func (a *auditing) erase(ctx context.Context, _ []string) (err error) {
	e := audit.Erasing{Part: audit.Part(a.part), Ground: a.ground, Act: a.act, Ref: a.about}
	if e.Actor, err = a.account(ctx); err != nil {
		return err
	}
	if e.Before, err = a.day("before", a.before); err != nil {
		return err
	}
	if a.positions != "" {
		if e.Positions, err = audit.ParseRanges(a.positions); err != nil {
			return fmt.Errorf("%w: --positions: %w", errUsage, err)
		}
	}
	if !a.apply {
		n, err := a.trail.Erasable(ctx, a.by, e)
		if err == nil {
			fmt.Fprintf(a.out, "%d lines have it still; --apply erases it for good\n", n)
		}
		return err
	}
	n, err := a.trail.Erase(ctx, a.by, e)
	if err == nil {
		fmt.Fprintf(a.out, "erased from %d lines; the trail says so, and its chain holds\nbackups, exports and archives made before have it still\n", n)
	}
	return err
}

// archive lets old lines leave for files that prove themselves.
func (a *auditing) archive(ctx context.Context, _ []string) error {
	before, err := a.day("before", a.before)
	switch {
	case err != nil:
		return err
	case before.After(a.now):
		return fmt.Errorf("%w: --before: %s is still to come", errUsage, a.before)
	case before.IsZero() && a.c.Audit.KeepYears == 0:
		return fmt.Errorf("%w: audit.keep_years keeps lines for ever; say --before DAY", errUsage)
	case before.IsZero():
		before = a.now.AddDate(-a.c.Audit.KeepYears, 0, 0)
	}
	folder := cmp.Or(a.folder, a.c.Audit.Archive)
	files, err := archiveOld(ctx, a.trail, a.by, folder, before)
	for _, name := range files {
		fmt.Fprintf(a.out, "%s%c%s\n", folder, os.PathSeparator, name)
	}
	if err == nil && len(files) == 0 {
		fmt.Fprintf(a.out, "no line is from before %s\n", before.In(a.c.Location()).Format(time.DateOnly))
	}
	return err
}

// writeAnew writes a file as a whole: it has its name only once everything is
// on the disk. One of that name is replaced by force alone.
func writeAnew(path string, force bool, write func(io.Writer) error) (err error) {
	if _, err := os.Stat(path); err == nil && !force {
		return fmt.Errorf("%s is there already; --force replaces it", path)
	}
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the operator named it
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
