package filewatch

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	officer  = identity.Actor{Account: "officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	operator = identity.Actor{Account: "operator", Role: identity.MCD}
)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// register returns a store whose published datasets are at the addresses.
func register(t *testing.T, db *gorm.DB, urls ...string) (*inventorydb.Store, *clock, []string) {
	t.Helper()
	c := &clock{t: time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)}
	s := inventorydb.New(db, c.now)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = c.t, c.t
	}
	if err := db.CreateInBatches(&institutions, 50).Error; err != nil {
		t.Fatal(err)
	}
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := s.Seed(ctx, identity.System("seed"), v); err != nil {
		t.Fatal(err)
	}
	var refs []string
	for n, url := range urls {
		d, err := s.Create(ctx, officer, "marhp", content(fmt.Sprint("Barrages ", n), url))
		if err != nil {
			t.Fatal(err)
		}
		known, err := s.Vocabulary(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for act, rule := range map[string]func(*inventory.Dataset) error{
			"1": func(d *inventory.Dataset) error { return d.Submit(officer, known, c.now()) },
		} {
			if _, err := s.Change(ctx, officer, d.Ref, "dataset.submit"+act, 0, rule); err != nil {
				t.Fatal(err)
			}
		}
		_, err = s.Change(ctx, operator, d.Ref, "dataset.approve", 0, func(d *inventory.Dataset) error { return d.Approve(operator, known, c.now()) })
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, d.Ref)
	}
	return s, c, refs
}

func content(title, url string) inventory.Content {
	return inventory.Content{
		Title:       lang.Text{"fr": title, "ar": "السدود"},
		Description: lang.Text{"fr": "Apports journaliers aux barrages, par barrage et par jour.", "ar": "الواردات اليومية على السدود حسب السد واليوم"},
		Keywords:    lang.Words{"fr": {"barrages"}, "ar": {"سدود"}}, Theme: "agriculture", Frequency: "monthly", Licence: "LNDPO-TN",
		Openness: inventory.Open, ContactName: "Bureau", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{URL: url, DownloadURL: url, Format: "CSV"}},
	}
}

func rounds(t *testing.T, s *inventorydb.Store, c *clock, change func(*Options)) *Rounds {
	t.Helper()
	o := Options{
		Store: s, Fetcher: fetcher(t, func(o *FetchOptions) { o.Now = c.now }), Now: c.now, Tick: 10 * time.Millisecond,
		Manners: file.Manners{Pause: time.Minute, Budget: 100}, Wait: 5 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	return New(o)
}

func stateOf(t *testing.T, s *inventorydb.Store, ref string) file.File {
	t.Helper()
	all, err := s.Files(t.Context(), operator, ref)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all[0]
}

func round(t *testing.T, r *Rounds) {
	t.Helper()
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Wait()
}

// One site with five files is asked one at a time, with a pause between; the
// other is not held up by it.
func TestOneLookAtATimeForASite(t *testing.T) {
	var at, most, asked atomic.Int32
	slow := func(w http.ResponseWriter, r *http.Request) {
		if n := at.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer at.Add(-1)
		if r.Method == http.MethodGet {
			asked.Add(1)
		}
		stored(table)(w, r)
	}
	one, two := site(t, slow), site(t, stored(table))
	s, c, refs := register(t, databasetest.Open(t), one+"/1.csv", one+"/2.csv", one+"/3.csv", two+"/1.csv")
	r := rounds(t, s, c, nil)
	for n := range 3 {
		round(t, r)
		round(t, r) // within the pause: nobody is asked again
		if asked.Load() != int32(n+1) {
			t.Fatalf("round %d: %d files were fetched of the site", n, asked.Load())
		}
		c.add(61 * time.Second)
	}
	if most.Load() != 1 {
		t.Errorf("%d requests at once", most.Load())
	}
	for _, ref := range refs {
		if f := stateOf(t, s, ref); f.State != file.OK || f.Rows == nil || *f.Rows != 2 {
			t.Errorf("%s: %+v", ref, f)
		}
	}
	c.add(24 * time.Hour)
	round(t, r)
	if asked.Load() != 3 {
		t.Error("a file that is well is looked at again the next day")
	}
}

func TestTheDayHasABudget(t *testing.T) {
	asked := atomic.Int32{}
	url := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			asked.Add(1)
		}
		stored(table)(w, r)
	})
	s, c, _ := register(t, databasetest.Open(t), url+"/1.csv", url+"/2.csv", url+"/3.csv")
	for range 4 { // also over restarts
		round(t, rounds(t, s, c, func(o *Options) { o.Manners.Budget = 2 }))
		c.add(61 * time.Second)
	}
	if asked.Load() != 2 {
		t.Errorf("%d looks on a day of two", asked.Load())
	}
	c.add(24 * time.Hour)
	round(t, rounds(t, s, c, func(o *Options) { o.Manners.Budget = 2 }))
	if asked.Load() != 3 {
		t.Errorf("%d looks by the next day", asked.Load())
	}
}

func TestASiteThatAsksForRestGetsIt(t *testing.T) {
	asked := atomic.Int32{}
	url := site(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	s, c, refs := register(t, databasetest.Open(t), url+"/1.csv", url+"/2.csv")
	for range 5 {
		round(t, rounds(t, s, c, nil))
		c.add(20 * time.Minute)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times in 100 minutes", asked.Load())
	}
	if f := stateOf(t, s, refs[0]); f.State != file.Unknown {
		t.Errorf("it is held against the file: %s", f.State)
	}
}

// A look cut short, by the end of the program or by a kill, leaves no trace and is still due.
func TestALookCutShortIsNone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		begun, free := make(chan struct{}, 9), make(chan struct{})
		url := site(t, afterHead(func(w http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			select {
			case <-free:
			case <-r.Context().Done():
			}
			stored(table)(w, r)
		}))
		s, c, refs := register(t, db, url+"/1.csv")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { rounds(t, s, c, nil).Run(ctx); close(ended) }()
		<-begun
		cancel()
		<-ended
		if f := stateOf(t, s, refs[0]); f.LookedAt != nil || f.State != file.Unknown {
			t.Errorf("half a look was kept: %+v", f)
		}
		close(free)
		round(t, rounds(t, s, c, nil))
		if f := stateOf(t, s, refs[0]); f.State != file.OK {
			t.Errorf("after the restart: %s", f.State)
		}
	})
}

// Without a database nobody is asked in a loop, and looks go on when it is back.
func TestALostDatabase(t *testing.T) {
	asked := atomic.Int32{}
	url := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			asked.Add(1)
		}
		stored(table)(w, r)
	})
	db := databasetest.Open(t)
	s, c, refs := register(t, db, url+"/1.csv")
	r := rounds(t, s, c, nil)
	if err := db.Exec("ALTER TABLE file_looks RENAME TO lost").Error; err != nil {
		t.Fatal(err)
	}
	for range 5 {
		round(t, r)
		c.add(10 * time.Second)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times although nothing could be kept", asked.Load())
	}
	if err := db.Exec("ALTER TABLE lost RENAME TO file_looks").Error; err != nil {
		t.Fatal(err)
	}
	c.add(time.Minute)
	round(t, r)
	if f := stateOf(t, s, refs[0]); f.State != file.OK {
		t.Errorf("once it is back: %s", f.State)
	}
	gone := databasetest.Open(t)
	if err := database.Close(gone); err != nil {
		t.Fatal(err)
	}
	if err := rounds(t, inventorydb.New(gone, c.now), c, nil).Start(t.Context()); err == nil {
		t.Error("a closed database is no error")
	}
}

func TestSomebodyAsksForALook(t *testing.T) {
	down := atomic.Bool{}
	url := site(t, func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		stored(table)(w, r)
	})
	s, c, refs := register(t, databasetest.Open(t), url+"/1.csv")
	r := rounds(t, s, c, func(o *Options) { o.Manners.Pause = 20 * time.Millisecond })
	id := stateOf(t, s, refs[0]).DistributionID
	f, done, err := r.Check(t.Context(), officer, refs[0], id)
	if err != nil || !done || f.State != file.OK {
		t.Fatalf("%+v, %v, %v", f, done, err)
	}
	if _, _, err := r.Check(t.Context(), officer, refs[0], id); !isKind(err, fault.Throttled) {
		t.Errorf("again at once: %v", err)
	}
	c.add(2 * time.Minute)
	down.Store(true)
	if f, _, err = r.Check(t.Context(), operator, refs[0], id); err != nil || f.State != file.Failing || f.Reason != file.Gone {
		t.Errorf("%+v, %v", f, err)
	}
	if _, _, err := r.Check(t.Context(), identity.Actor{}, refs[0], id); err == nil {
		t.Error("the public has somebody's site asked")
	}
	c.add(2 * time.Minute)
	hung := site(t, afterHead(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	s2, c2, refs2 := register(t, databasetest.Open(t), hung+"/1.csv")
	r2 := rounds(t, s2, c2, func(o *Options) {
		o.Wait = 50 * time.Millisecond
		o.Fetcher = fetcher(t, func(o *FetchOptions) { o.Timeout, o.Now = 500*time.Millisecond, c2.now })
	})
	id2 := stateOf(t, s2, refs2[0]).DistributionID
	if _, done, err := r2.Check(t.Context(), officer, refs2[0], id2); err != nil || done {
		t.Errorf("a hung site: done %v, %v", done, err)
	}
	if _, _, err := r2.Check(t.Context(), officer, refs2[0], id2); !isKind(err, fault.Throttled) || !strings.Contains(err.Error(), "busy") {
		t.Errorf("while it is being asked: %v", err)
	}
	r2.Wait()
	if f := stateOf(t, s2, refs2[0]); f.Reason != file.Timeout {
		t.Errorf("the look did not go on: %+v", f)
	}
}

func isKind(err error, want fault.Kind) bool {
	kind, ok := fault.KindOf(err)
	return ok && kind == want
}
