package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
)

// verifying is one run of jard verify.
type verifying struct {
	all    bool     // every break, not only the first
	json   bool     // the report as JSON
	file   string   // an export, instead of the database
	keep   []string // anchors
	out    program
	report report
}

// report is what a run found.
type report struct {
	Good    bool            `json:"good"`
	Chain   *chainReport    `json:"chain,omitempty"`
	Checked []string        `json:"checked"` // names of the invariants that were read
	Breaks  []foundBreak    `json:"breaks"`
	Notes   []string        `json:"notes,omitempty"`
	Anchor  string          `json:"anchor,omitempty"`
	Loose   *audit.Loose    `json:"loose,omitempty"`
	seen    map[string]bool // so that nothing is told twice
}

type chainReport struct {
	Lines     int64   `json:"lines"`
	Adopted   int64   `json:"adopted"` // from before there was a chain
	Waiting   int64   `json:"waiting"` // for their place
	From      int64   `json:"from"`
	To        int64   `json:"to"`
	Compared  int     `json:"compared"` // places kept outside
	PerSecond float64 `json:"lines_per_second"`
}

type foundBreak struct {
	Invariant string `json:"invariant"`
	Flaw      string `json:"flaw,omitempty"`
	Position  int64  `json:"position,omitempty"`
	Says      string `json:"says"`
}

// errBroken is that something was found: it has been told already.
var errBroken = errors.New("broken")

// errEnough stops a run that was only to find the first break.
var errEnough = errors.New("one break is enough")

// anchorFlags are those of --anchor, which may be given several times.
type anchorFlags []string

func (a *anchorFlags) String() string     { return "" }
func (a *anchorFlags) Set(s string) error { *a = append(*a, s); return nil }

// verifyCommand reads back everything whose break would go unnoticed, and
// fails at the first one.
func verifyCommand(ctx context.Context, p program, args []string) error {
	f := flags("verify")
	v := verifying{out: p, report: report{Checked: []string{}, Breaks: []foundBreak{}, seen: map[string]bool{}}}
	f.BoolVar(&v.all, "all", false, "go on after the first break, and list all")
	f.BoolVar(&v.json, "json", false, "print the report as JSON")
	f.StringVar(&v.file, "file", "", "check an export or an archive of the trail instead of the database")
	f.Var((*anchorFlags)(&v.keep), "anchor", "an anchor, a hash, or a file of them that was kept outside; may be repeated")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return fmt.Errorf("%w: verify takes no words", errUsage)
	}
	return v.run(ctx, f, settings)
}

func (v *verifying) run(ctx context.Context, _ *flag.FlagSet, settings func() (configs.Config, error)) error {
	c, err := settings()
	if err != nil {
		return err
	}
	if v.file != "" {
		err = v.export(c)
	} else {
		err = v.database(ctx, c)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	v.report.Good = len(v.report.Breaks) == 0
	if err := v.tell(); err != nil {
		return err
	}
	if !v.report.Good {
		return fmt.Errorf("%w: %s", errBroken, v.report.Breaks[0].Says)
	}
	return nil
}

func (v *verifying) database(ctx context.Context, c configs.Config) error {
	expected, err := kept(c, v.keep)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, c, logger(v.out.err, c.Log))
	if err != nil {
		return err
	}
	defer func() { _ = database.Close(db) }()
	if err := v.chain(ctx, db, expected); err != nil {
		return err
	}
	for _, one := range invariants(c) {
		v.report.Checked = append(v.report.Checked, one.name)
		err := one.check(ctx, db, func(says string) { v.found(foundBreak{Invariant: one.name, Says: says}) })
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		if len(v.report.Breaks) > 0 && !v.all {
			return errEnough
		}
	}
	return nil
}

// found takes a break into the report, once.
func (v *verifying) found(b foundBreak) {
	if len(v.report.Breaks) > 0 && !v.all || v.report.seen[b.Says] {
		return
	}
	v.report.seen[b.Says] = true
	v.report.Breaks = append(v.report.Breaks, b)
}

func (v *verifying) broken(b *audit.Break) {
	v.found(foundBreak{Invariant: chainName, Flaw: string(b.Flaw), Position: b.Position, Says: b.Error()})
}

// chainName is what the chain is called among the invariants.
const chainName = "audit chain"

// chain checks the trail in the database.
func (v *verifying) chain(ctx context.Context, db *gorm.DB, expected []audit.Head) error {
	began := time.Now()
	found, err := auditdb.New(db).Verify(ctx, expected, v.broken)
	if err != nil {
		return err
	}
	v.report.Checked = append(v.report.Checked, chainName)
	v.report.Chain = &chainReport{
		Lines: found.Lines, Adopted: found.Adopted, Waiting: found.Waiting, From: found.Base.Position + 1, To: found.Head.Position,
		Compared: len(expected), PerSecond: rate(found.Lines, time.Since(began)),
	}
	if found.Overdue > 0 {
		v.report.Notes = append(v.report.Notes, fmt.Sprintf("%d lines have waited for their place in the chain for more than ten minutes: is jard serve running?", found.Overdue))
	}
	if len(v.report.Breaks) > 0 && !v.all {
		return errEnough
	}
	if found.Head.Position > 0 && len(v.report.Breaks) == 0 {
		v.report.Anchor = audit.Anchor(found.Head, time.Now())
	}
	return nil
}

// export checks a file that left the database.
func (v *verifying) export(c configs.Config) (err error) {
	var expected []audit.Head
	if expected, err = kept(c, v.keep); err != nil {
		return err
	}
	f, err := os.Open(v.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	began := time.Now()
	proof, err := audit.ReadExport(bufio.NewReaderSize(f, 1<<20), expected, v.broken)
	if err != nil {
		return fmt.Errorf("%s: %w", v.file, err)
	}
	v.report.Checked = append(v.report.Checked, chainName)
	v.report.Chain = &chainReport{
		Lines: proof.Lines, Adopted: proof.Adopted, From: proof.First.Position + 1, To: proof.Last.Position,
		Compared: len(expected) - int(proof.Loose.Anchors), PerSecond: rate(proof.Lines, time.Since(began)),
	}
	v.report.Loose = &proof.Loose
	if !proof.Complete {
		v.report.Notes = append(v.report.Notes, "the file is a selection: each line is checked by itself, and that none is missing is not proved")
	}
	if proof.Loose.Erased > 0 {
		v.report.Notes = append(v.report.Notes, fmt.Sprintf("%d parts of lines were erased, and the lines that tell of it are not in this file", proof.Loose.Erased))
	}
	return nil
}

func rate(lines int64, took time.Duration) float64 {
	if took <= 0 || lines == 0 {
		return 0
	}
	return float64(lines) / took.Seconds()
}

// tell prints the report.
func (v *verifying) tell() error {
	if v.json {
		out := json.NewEncoder(v.out.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(v.report)
	}
	w := v.out.out
	if r := v.report.Chain; r != nil {
		fmt.Fprintf(w, "%s: %d lines read, positions %d to %d, %.0f lines a second", chainName, r.Lines, r.From, r.To, r.PerSecond)
		if r.Adopted > 0 {
			fmt.Fprintf(w, "; %d from before there was a chain", r.Adopted)
		}
		if r.Waiting > 0 {
			fmt.Fprintf(w, "; %d wait for their place", r.Waiting)
		}
		if r.Compared > 0 {
			fmt.Fprintf(w, "; held against %d places kept outside", r.Compared)
		}
		fmt.Fprintln(w)
	}
	for _, name := range v.report.Checked {
		if name != chainName && !v.broke(name) {
			fmt.Fprintf(w, "good: %s\n", name)
		}
	}
	for _, b := range v.report.Breaks {
		fmt.Fprintf(w, "BROKEN: %s: %s\n", b.Invariant, b.Says)
	}
	for _, note := range v.report.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	if v.report.Good {
		fmt.Fprintln(w, "everything reads back as it was written")
	}
	if v.report.Anchor != "" {
		fmt.Fprintln(w, v.report.Anchor)
	}
	return nil
}

func (v *verifying) broke(name string) bool {
	for _, b := range v.report.Breaks {
		if b.Invariant == name {
			return true
		}
	}
	return false
}
