// Package rosterwatch keeps the services as the files of an installation
// declare them: it reads the files at the start, on a signal and when they
// change, and applies them whole or not at all.
package rosterwatch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/roster"
)

// Store keeps services.
type Store interface {
	Version(ctx context.Context) (int64, error)
	Everything(ctx context.Context) ([]monitor.Service, error)
	Declare(ctx context.Context, by identity.Actor, create, change []monitor.Declared, period monitor.Period) error
}

// Options say what is read and where it goes.
type Options struct {
	Path         string // file or folder; empty: nothing is read
	Store        Store
	Institutions func(ctx context.Context) (identity.Tree, error)
	Period       monitor.Period
	Changed      func() // told when services changed; may be nil
	Log          *slog.Logger
	Now          func() time.Time
	Every        time.Duration    // between two looks at the files; 0 means 5 s
	Signal       <-chan os.Signal // asks for a look at once; may be nil
}

// Keeper applies the files. It is made by New and lives in Run.
type Keeper struct {
	opts Options
	log  *slog.Logger

	mu      sync.Mutex
	roster  roster.Roster // the last sound one
	seen    string        // hash of what was read last
	report  roster.Report
	version int64 // of the services when the plan was made
	planned bool
}

// New returns a Keeper.
func New(o Options) *Keeper {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the clock that wiring would hand down
	}
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Keeper{opts: o, log: o.Log.With("room", "roster"), report: roster.Report{Path: o.Path}}
}

// Run looks at the files until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	if k.opts.Path == "" {
		return
	}
	tick := time.NewTicker(k.opts.Every)
	defer tick.Stop()
	force := true
	for {
		k.Look(ctx, force)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			force = false
		case <-k.opts.Signal:
			force = true
		}
	}
}

// Look reads the files and applies them if they changed since, or if force.
func (k *Keeper) Look(ctx context.Context, force bool) {
	files, err := Load(k.opts.Path)
	r, problems := roster.Roster{Hash: "unreadable"}, []roster.Problem(nil)
	if err != nil {
		problems = []roster.Problem{{File: filepath.Base(k.opts.Path), Key: "roster.unreadable", Args: []any{err.Error()}}}
	} else {
		r, problems = roster.Read(files, k.opts.Period)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.report.ReadAt = k.opts.Now()
	if r.Hash == k.seen && !force {
		return
	}
	if len(problems) == 0 {
		problems = k.apply(ctx, r)
	}
	if ctx.Err() != nil {
		return
	}
	k.settle(r, problems)
}

// settle remembers how the look ended, and says so once.
func (k *Keeper) settle(r roster.Roster, problems []roster.Problem) {
	fresh := r.Hash != k.seen
	k.seen = r.Hash
	k.report.Problems = problems
	if len(problems) > 0 {
		if retry := problems[0].Key == "roster.not_applied"; retry {
			k.seen = "" // the database was away; the next look tries again
		}
		if fresh {
			k.log.Error("services in files are not applied; what was there stays", "problems", len(problems), "first", problems[0].Error())
		}
		return
	}
	k.report.GoodAt, k.report.Files = k.report.ReadAt, r.Files
	k.log.Info("services in files are applied", "files", len(r.Files), "services", len(r.Declared))
}

// apply makes the services what r says.
func (k *Keeper) apply(ctx context.Context, r roster.Roster) []roster.Problem {
	plan, _, problems, err := k.plan(ctx, r)
	if err != nil {
		k.log.Error("services cannot be read", "err", err)
		return roster.ProblemsOf(filepath.Base(k.opts.Path), err)
	}
	if len(problems) > 0 {
		return problems
	}
	create, change := plan.Split()
	if err := k.opts.Store.Declare(ctx, identity.System("services in files"), create, change, k.opts.Period); err != nil {
		return roster.ProblemsOf(filepath.Base(k.opts.Path), err)
	}
	if len(create)+len(change) > 0 {
		k.opts.Changed()
	}
	k.roster, k.planned = r, false
	return nil
}

func (k *Keeper) plan(ctx context.Context, r roster.Roster) (roster.Plan, int64, []roster.Problem, error) {
	version, err := k.opts.Store.Version(ctx) // first: what is read after may only be newer
	if err != nil {
		return roster.Plan{}, 0, nil, err
	}
	stored, err := k.opts.Store.Everything(ctx)
	if err != nil {
		return roster.Plan{}, 0, nil, err
	}
	tree, err := k.opts.Institutions(ctx)
	if err != nil {
		return roster.Plan{}, 0, nil, err
	}
	plan, problems := roster.Compare(r, stored, func(slug string) bool { _, ok := tree[slug]; return ok })
	return plan, version, problems, nil
}

// Report tells how files and services stand now.
func (k *Keeper) Report(ctx context.Context) (roster.Report, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.opts.Path == "" {
		return k.report, nil
	}
	version, err := k.opts.Store.Version(ctx)
	if err != nil {
		return k.report, err
	}
	if !k.planned || version != k.version {
		plan, at, _, err := k.plan(ctx, k.roster)
		if err != nil {
			return k.report, err
		}
		k.report.Plan, k.version, k.planned = plan, at, true
	}
	return k.report, nil
}

// Declared returns what the files say of a service, nil when nothing.
func (k *Keeper) Declared(slug string) *monitor.Declared {
	k.mu.Lock()
	defer k.mu.Unlock()
	for n := range k.roster.Declared {
		if d := &k.roster.Declared[n]; d.Service.Slug == slug {
			return d
		}
	}
	return nil
}

// Load reads the file, or the YAML files of the folder, at path.
func Load(path string) ([]roster.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathless(err)
	}
	if !info.IsDir() {
		f, err := loadOne(path)
		return []roster.File{f}, err
	}
	entries, err := os.ReadDir(path) // by name
	if err != nil {
		return nil, pathless(err)
	}
	var files []roster.File
	for _, e := range entries {
		name := e.Name()
		if ext := filepath.Ext(name); e.IsDir() || strings.HasPrefix(name, ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		f, err := loadOne(filepath.Join(path, name))
		if err != nil {
			return nil, err
		}
		if files = append(files, f); len(files) > roster.MaxFiles {
			break // Read says that these are too many
		}
	}
	return files, nil
}

func loadOne(path string) (roster.File, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > roster.MaxBytes {
		return roster.File{}, fmt.Errorf("%s: larger than %d bytes", filepath.Base(path), roster.MaxBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return roster.File{}, pathless(err)
	}
	return roster.File{Name: filepath.Base(path), Data: data}, nil
}

// pathless leaves out the folders: the report is shown on a page.
func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", filepath.Base(p.Path), p.Err)
	}
	return err
}
