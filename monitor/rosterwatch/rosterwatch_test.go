package rosterwatch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/roster"
	"github.com/jard-odi/jard/monitor/schedule"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var mcd = identity.Actor{Account: "m", Role: identity.MCD}

const one = `services:
  - {slug: b3, name: {fr: Bulletin}, institution: mi, url: "https://b3.example.tn", checks: [{name: home}]}
`

const two = one + `  - {slug: rne, name: {fr: Registre}, institution: mi, url: "https://rne.example.tn", checks: [{name: home}]}
`

// desk is a keeper with its files and its store.
type desk struct {
	t       *testing.T
	dir     string
	store   *monitordb.Store
	keeper  *Keeper
	changes int
}

func open(t *testing.T, db *gorm.DB) *desk {
	t.Helper()
	if err := db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}}).Error; err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, dir: t.TempDir(), store: monitordb.New(db, nil)}
	d.keeper = New(Options{
		Path: d.dir, Store: d.store, Period: schedule.Period, Changed: func() { d.changes++ },
		Institutions: func(context.Context) (identity.Tree, error) { return identity.Tree{"mi": {Slug: "mi"}}, nil },
	})
	return d
}

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// look looks at the files and returns how they stand.
func (d *desk) look(force bool) roster.Report {
	d.t.Helper()
	d.keeper.Look(context.Background(), force)
	r, err := d.keeper.Report(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func TestFilesBecomeServices(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d, ctx := open(t, db), context.Background()
		d.write("mi.yaml", one)
		d.write("notes.txt", "no YAML")
		d.write(".hidden.yaml", "nor this [")
		if r := d.look(true); len(r.Problems) > 0 || r.Plan.Count(roster.Same) != 1 || d.changes != 1 || r.GoodAt.IsZero() {
			t.Fatalf("%+v, %d changes", r, d.changes)
		}
		d.look(true)
		if d.changes != 1 {
			t.Error("what is as it should be is changed again")
		}
		d.write("mi.yaml", two)
		if r := d.look(false); r.Plan.Count(roster.Same) != 2 {
			t.Errorf("a changed file is not seen: %+v", r.Plan)
		}
		d.write("mi.yaml", strings.Replace(two, "Registre", "Registre national", 1))
		d.look(false)
		if v, err := d.store.Service(ctx, mcd, "rne"); err != nil || v.Name["fr"] != "Registre national" {
			t.Errorf("%+v, %v", v, err)
		}
		if _, err := d.store.Change(ctx, mcd, "b3", func(v *monitor.Service) error { return v.TakeOver(mcd) }); err != nil {
			t.Fatal(err)
		}
		d.write("mi.yaml", strings.Replace(one, "Bulletin", "Bulletin n° 3", 1))
		if r := d.look(false); r.Plan.Count(roster.Taken) != 1 || r.Plan.Count(roster.Gone) != 1 || len(r.Plan.Items[0].Differences) != 1 {
			t.Errorf("taken over, and gone from the file: %+v", r.Plan)
		}
		for slug, name := range map[string]string{"b3": "Bulletin", "rne": "Registre national"} {
			if v, err := d.store.Service(ctx, mcd, slug); err != nil || v.Name["fr"] != name || v.State != monitor.Active {
				t.Errorf("%s: %+v, %v; what the pages keep and what is gone stays as it was", slug, v, err)
			}
		}
		if d.keeper.Declared("b3") == nil || d.keeper.Declared("rne") != nil {
			t.Error("what the file declares is not known")
		}
	})
}

func TestBadFilesKeepWhatWasThere(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d, ctx := open(t, db), context.Background()
		d.write("a.yaml", one)
		d.look(true)
		for name, bad := range map[string]string{
			"syntax": "services: [", "unknown key": "services: [{slug: x, colour: red}]\n",
			"institution": strings.NewReplacer("b3", "x", "mi,", "nowhere,").Replace(one), "twice": one,
		} {
			d.write("b.yaml", bad)
			r := d.look(false)
			if len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0].Place(), "b.yaml:") || r.Plan.Count(roster.Same) != 1 {
				t.Errorf("%s: %+v", name, r)
			}
		}
		all, err := d.store.Everything(ctx)
		if err != nil || len(all) != 1 {
			t.Errorf("%d services, %v", len(all), err)
		}
		d.write("b.yaml", "")
		if r := d.look(false); len(r.Problems) != 0 {
			t.Errorf("mended, and still %v", r.Problems)
		}
		if err := os.RemoveAll(d.dir); err != nil {
			t.Fatal(err)
		}
		r := d.look(false)
		if len(r.Problems) != 1 || r.Problems[0].Key != "roster.unreadable" || strings.Contains(r.Problems[0].Error(), "/") {
			t.Errorf("the folder is away: %+v", r.Problems)
		}
		if all, _ := d.store.Everything(ctx); len(all) != 1 || !all[0].KeptInFile() {
			t.Error("with the folder the services go")
		}
	})
}

// lazy is a store whose database is away at first.
type lazy struct {
	Store
	away bool
}

func (l *lazy) Everything(ctx context.Context) ([]monitor.Service, error) {
	if l.away {
		return nil, errors.New("the database is away")
	}
	return l.Store.Everything(ctx)
}

func TestTheDatabaseComesBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := open(t, db)
		l := &lazy{d.store, true}
		d.keeper.opts.Store = l
		d.write("a.yaml", one)
		d.keeper.Look(context.Background(), true)
		if len(d.keeper.report.Problems) != 1 || d.keeper.report.Problems[0].Key != "roster.not_applied" {
			t.Fatalf("%+v", d.keeper.report)
		}
		l.away = false
		if r := d.look(false); len(r.Problems) > 0 || r.Plan.Count(roster.Same) != 1 {
			t.Errorf("not tried again: %+v", r)
		}
	})
}

// silent is a store that counts how often it is asked.
type silent struct{ asked int }

func (s *silent) Version(context.Context) (int64, error) { return 1, nil }
func (s *silent) Everything(context.Context) ([]monitor.Service, error) {
	s.asked++
	return nil, nil
}

func (s *silent) Declare(context.Context, identity.Actor, []monitor.Declared, []monitor.Declared, monitor.Period) error {
	return nil
}

func TestRunLooksAtTheStartOnChangeAndOnASignal(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(one), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		store, asked := &silent{}, make(chan os.Signal)
		k := New(Options{
			Path: dir, Store: store, Period: schedule.Period, Signal: asked,
			Institutions: func(context.Context) (identity.Tree, error) { return identity.Tree{"mi": {Slug: "mi"}}, nil },
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { k.Run(ctx); close(ended) }()
		synctest.Wait()
		if store.asked != 1 {
			t.Errorf("read %d times at the start", store.asked)
		}
		<-time.After(time.Minute) // of the test's own clock
		synctest.Wait()
		if store.asked != 1 {
			t.Errorf("files that do not change are applied %d times", store.asked)
		}
		asked <- os.Interrupt
		synctest.Wait()
		if store.asked != 2 {
			t.Errorf("a signal is not heard: %d", store.asked)
		}
		if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(two), 0o600); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Second)
		synctest.Wait()
		if store.asked != 3 {
			t.Errorf("a change is not seen: %d", store.asked)
		}
		cancel()
		<-ended
	})
	idle := New(Options{})
	idle.Run(t.Context()) // ends at once: there is nothing to read
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none")); err == nil || err.Error() != "none: no such file or directory" {
		t.Errorf("%v", err)
	}
	path := filepath.Join(dir, "services.yaml")
	if err := os.WriteFile(path, []byte(one), 0o600); err != nil {
		t.Fatal(err)
	}
	if files, err := Load(path); err != nil || len(files) != 1 || files[0].Name != "services.yaml" {
		t.Errorf("one file: %v, %v", files, err)
	}
	if err := os.WriteFile(path, make([]byte, roster.MaxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a file too large to be read: %v", err)
	}
}
