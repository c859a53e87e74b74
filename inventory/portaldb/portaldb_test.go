package portaldb

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestDrift(t *testing.T) {
	databasetest.Drift(t, &harvest.Receipt{}, &harvest.Standing{}, &salt{}, &portal.Reading{}, &portal.Finding{})
}

var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

var (
	officer  = identity.Actor{Account: "acc-officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp", "onagri"}}
	stranger = identity.Actor{Account: "acc-stranger", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	operator = identity.Actor{Account: "acc-mcd", Role: identity.MCD}
	auditor  = identity.Actor{Account: "acc-committee", Role: identity.Committee}
)

type house struct {
	*testing.T
	db    *gorm.DB
	store *Store
	clock time.Time
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, clock: start}
	h.store = New(db, func() time.Time { return h.clock })
	for _, i := range []string{"marhp", "ms"} {
		h.ok(db.Create(&identity.Institution{Slug: i, Kind: identity.Ministry, Name: lang.Text{"fr": i}, CreatedAt: start, UpdatedAt: start}).Error)
	}
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func pending(n byte, id, snapshot string, reached int, done bool, at time.Time) harvest.Pending {
	r := harvest.Receipt{
		ID: id, Consumer: "ckan", Client: harvest.CKAN, Network: "192.0.2.0/24", Dialect: "package_search", Scope: harvest.Whole,
		Snapshot: snapshot, Version: 7, SnapshotAt: at, BegunAt: at, SeenAt: at.Add(time.Duration(reached) * time.Second),
		Reached: reached, Total: 300, Requests: 1,
	}
	if done {
		end := r.SeenAt
		r.EndedAt = &end
	}
	return harvest.Pending{Key: harvest.Key{n}, Receipt: r}
}

func TestAWalkIsFoundAndGrows(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ok(h.store.Keep(t.Context(), nil))
		h.ok(h.store.Keep(t.Context(), []harvest.Pending{pending(1, "w", "old", 100, false, start), pending(2, "x", "old", 100, false, start)}))
		other := New(db, func() time.Time { return h.clock }) // another process
		r, ok, err := other.Walk(t.Context(), harvest.Key{1})
		if h.ok(err); !ok || r.ID != "w" || r.Snapshot != "old" || r.Reached != 100 {
			t.Fatalf("%+v, %v", r, ok)
		}
		if _, ok, err := other.Walk(t.Context(), harvest.Key{9}); ok || err != nil {
			t.Errorf("a walk nobody began: %v", err)
		}
		h.ok(other.Keep(t.Context(), []harvest.Pending{pending(1, "w", "old", 300, true, start)}))
		h.ok(h.store.Keep(t.Context(), []harvest.Pending{pending(1, "w", "old", 200, false, start)})) // late news
		all, _, err := h.store.Receipts(t.Context(), operator, ReceiptFilter{Consumer: "ckan"})
		h.ok(err)
		if len(all) != 2 || all[0].ID != "w" || all[0].Reached != 300 || all[0].Requests != 3 || !all[0].Done() || all[0].Mark != "" {
			t.Errorf("%+v", all)
		}
		h.clock = start.Add(time.Hour)
		if _, ok, _ := h.store.Walk(t.Context(), harvest.Key{1}); ok {
			t.Error("a walk goes on an hour later")
		}
	})
}

func TestHowConsumersStand(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ok(h.store.Keep(t.Context(), []harvest.Pending{pending(1, "a", "first", 300, true, start)}))
		h.ok(h.store.Keep(t.Context(), []harvest.Pending{pending(1, "b", "second", 100, false, start.Add(time.Hour))}))
		moved := pending(1, "c", "third", 300, true, start.Add(2*time.Hour))
		moved.Receipt.Moved = true
		part := pending(1, "d", "third", 300, true, start.Add(3*time.Hour))
		part.Receipt.Scope = harvest.Part
		h.ok(h.store.Keep(t.Context(), []harvest.Pending{moved, part}))
		h.ok(h.store.Keep(t.Context(), []harvest.Pending{pending(1, "e", "eldest", 300, true, start.Add(-time.Hour))}))
		all, err := h.store.Standings(t.Context())
		h.ok(err)
		if len(all) != 1 || all[0].Snapshot != "first" || !all[0].BegunAt.Equal(start) || !all[0].SeenAt.Equal(start.Add(3*time.Hour+5*time.Minute)) {
			t.Fatalf("%+v", all)
		}
		if lag, known := all[0].Lag(harvest.Snapshot{ID: "third", Version: 9}, start.Add(4*time.Hour)); lag != 4*time.Hour || !known {
			t.Errorf("lag %v", lag)
		}
	})
}

func TestWhatTellsOfReadersIsCoarseAndNotKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ok(h.store.Keep(t.Context(), []harvest.Pending{pending(1, "w", "old", 100, false, start)}))
		for by, want := range map[*identity.Actor]string{&operator: "192.0.2.0/24", &officer: "", &auditor: ""} {
			all, _, err := h.store.Receipts(t.Context(), *by, ReceiptFilter{})
			if h.ok(err); len(all) != 1 || all[0].Network != want {
				t.Errorf("%s sees %q", by.Role, all[0].Network)
			}
		}
		if _, _, err := h.store.Receipts(t.Context(), identity.Actor{}, ReceiptFilter{}); fmt.Sprint(err) != "identity.sign_in_first" {
			t.Errorf("the public: %v", err)
		}
		for _, tt := range []struct {
			after time.Duration
			want  string // mark, network, receipts
		}{
			{time.Hour, "true true 1 1"},
			{25 * time.Hour, "false true 1 1"},
			{49 * time.Hour, "false true 1 0"},
			{31 * 24 * time.Hour, "false false 1 0"},
			{401 * 24 * time.Hour, "false false 0 0"},
		} {
			h.clock = start.Add(tt.after)
			h.ok(h.store.Tidy(t.Context(), 400*24*time.Hour))
			var rows []harvest.Receipt
			h.ok(db.Find(&rows).Error)
			var salts int64
			h.ok(db.Model(&salt{}).Count(&salts).Error)
			mark, network := false, false
			for _, r := range rows {
				mark, network = r.Mark != "", r.Network != ""
			}
			if got := fmt.Sprint(mark, network, len(rows), salts); got != tt.want {
				t.Errorf("after %v: %s; want %s", tt.after, got, tt.want)
			}
		}
	})
}

func TestTwoProcessesKeepAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var both sync.WaitGroup
		faults := make(chan error, 40)
		for range 2 {
			s := New(db, func() time.Time { return start })
			both.Go(func() {
				for n := range 20 {
					faults <- s.Keep(t.Context(), []harvest.Pending{
						pending(1, "w", "old", 10*n, false, start), pending(2, "x", "old", 10*n, false, start),
					})
				}
			})
		}
		both.Wait()
		close(faults)
		for err := range faults {
			h.ok(err)
		}
		all, _, err := h.store.Receipts(t.Context(), operator, ReceiptFilter{})
		if h.ok(err); len(all) != 2 || all[0].Requests != 40 || all[0].Reached != 190 {
			t.Errorf("%+v", all)
		}
		marks := map[string]bool{}
		var rows []harvest.Receipt
		h.ok(db.Find(&rows).Error)
		for _, r := range rows {
			marks[r.Mark] = true
		}
		if len(marks) != 2 {
			t.Errorf("%d marks: processes use different salts", len(marks))
		}
	})
}

func seen(kind portal.Kind, subject string, field portal.Field, institution, theirs string) portal.Observation {
	return portal.Observation{
		Kind: kind, Subject: subject, Field: field, Ref: "TN-" + subject, Institution: institution, Title: "Jeu " + subject,
		PortalName: "jeu-" + subject, Ours: "a", Theirs: theirs,
	}
}

// read records a read of the portal that shows these observations.
func (h *house) read(whole bool, all ...portal.Observation) portal.Reading {
	h.Helper()
	out := portal.Outcome{Whole: whole, Observations: all, Met: map[string]bool{}}
	for _, o := range all {
		if o.Kind != portal.Missing {
			out.Met[o.Subject] = true
		}
	}
	r, err := h.store.Record(h.Context(), portal.Reading{Portal: "https://portal.example", StartedAt: h.clock, Whole: whole}, out)
	h.ok(err)
	return r
}

func (h *house) list(by identity.Actor, f Filter) string {
	h.Helper()
	l, err := h.store.Findings(h.Context(), by, f)
	h.ok(err)
	var out []string
	for _, x := range l.Items {
		out = append(out, strings.TrimSpace(string(x.Kind)+" "+x.Subject+" "+string(x.Field)))
	}
	if l.Total != len(l.Items) && f.PerPage == 0 {
		h.Errorf("%d of %d", len(l.Items), l.Total)
	}
	return strings.Join(out, ", ")
}

func TestFindingsLiveAsTheReadsShow(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		missing, differs := seen(portal.Missing, "1", "", "marhp", ""), seen(portal.Differs, "2", portal.Title, "ms", "b")
		stray := seen(portal.Stray, "9", "", "", "https://jard.example/dataset/9")
		r := h.read(true, missing, differs, stray, differs)
		if r.Open[portal.Missing] != 1 || r.Open[portal.Differs] != 1 || r.Open[portal.Stray] != 1 {
			t.Errorf("%+v", r.Open)
		}
		h.clock = start.Add(time.Hour)
		if h.read(false); h.list(operator, Filter{}) != "missing 1, differs 2 title, stray 9" {
			t.Errorf("a read that failed closed something: %s", h.list(operator, Filter{}))
		}
		well := portal.Outcome{Met: map[string]bool{"2": true}}
		_, err := h.store.Record(t.Context(), portal.Reading{StartedAt: h.clock}, well)
		h.ok(err)
		if got := h.list(operator, Filter{}); got != "missing 1, stray 9" {
			t.Errorf("what was met and is well: %s", got)
		}
		h.clock = start.Add(2 * time.Hour)
		h.read(true, missing, differs)
		if got := h.list(operator, Filter{}); got != "missing 1, differs 2 title" {
			t.Errorf("came back: %s", got)
		}
		var f portal.Finding
		h.ok(db.Where("subject = '2'").Take(&f).Error)
		if f.Times != 2 || !f.OpenedAt.Equal(h.clock) || f.GoneAt != nil {
			t.Errorf("%+v", f)
		}
		f = portal.Finding{}
		h.ok(db.Where("subject = '1'").Take(&f).Error)
		if f.Times != 1 || !f.OpenedAt.Equal(start) || !f.SeenAt.Equal(h.clock) {
			t.Errorf("%+v", f)
		}
		last, ok, err := h.store.LastWhole(t.Context())
		if h.ok(err); !ok || !last.StartedAt.Equal(h.clock) {
			t.Errorf("%+v", last)
		}
		all, err := h.store.Readings(t.Context(), 10)
		if h.ok(err); len(all) != 4 || !all[0].Whole {
			t.Errorf("%d readings", len(all))
		}
		if got := h.list(operator, Filter{Show: Gone}); got != "stray 9" {
			t.Errorf("gone: %s", got)
		}
	})
}

func TestFindingsAreConfined(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.read(true, seen(portal.Missing, "1", "", "marhp", ""), seen(portal.Undeleted, "2", "", "ms", "x"), seen(portal.Stray, "9", "", "", "x"))
		for _, tt := range []struct {
			by   identity.Actor
			want string
		}{
			{officer, "missing 1"}, {stranger, "undeleted 2"}, {operator, "undeleted 2, missing 1, stray 9"}, {auditor, "undeleted 2, missing 1, stray 9"},
		} {
			if got := h.list(tt.by, Filter{}); got != tt.want {
				t.Errorf("%s of %s sees %s", tt.by.Role, tt.by.Institution, got)
			}
		}
		l, err := h.store.Findings(t.Context(), operator, Filter{Kind: portal.Undeleted})
		h.ok(err)
		id := l.Items[0].ID
		if _, err := h.store.Finding(t.Context(), officer, id); fmt.Sprint(err) != "fault.not_found" {
			t.Errorf("another institution's: %v", err)
		}
		for _, by := range []identity.Actor{officer, stranger, auditor, {}, {Role: identity.Agent}, {Role: identity.ServiceOwner, Institutions: []string{"ms"}}} {
			_, err := h.store.Change(t.Context(), by, id, "acknowledge", 0, func(f *portal.Finding, now time.Time) error {
				return f.Acknowledge(by, "x", now)
			})
			if kind, ok := fault.KindOf(err); !ok || kind == fault.Conflict {
				t.Errorf("%s acknowledges: %v", by.Role, err)
			}
		}
		for _, by := range []identity.Actor{{}, {Role: identity.Agent}, {Role: identity.ServiceOwner}} {
			if _, err := h.store.Findings(t.Context(), by, Filter{}); err == nil {
				t.Errorf("%q lists findings", by.Role)
			}
			if _, err := h.store.Counts(t.Context(), by); err == nil {
				t.Errorf("%q counts findings", by.Role)
			}
		}
	})
}

func TestAcknowledging(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		o := seen(portal.Differs, "1", portal.Notes, "marhp", "b")
		h.read(true, o, seen(portal.Missing, "2", "", "marhp", ""))
		l, err := h.store.Findings(t.Context(), operator, Filter{Kind: portal.Differs})
		h.ok(err)
		f := l.Items[0]
		ack := func(revision int) error {
			_, err := h.store.Change(t.Context(), operator, f.ID, "acknowledge", revision, func(f *portal.Finding, now time.Time) error {
				return f.Acknowledge(operator, "coupé par le portail", now)
			})
			return err
		}
		if err := ack(f.Revision + 1); fmt.Sprint(err) != "portal.finding.stale" {
			t.Errorf("stale: %v", err)
		}
		h.ok(ack(f.Revision))
		c, err := h.store.Counts(t.Context(), operator)
		if h.ok(err); c.Acknowledged != 1 || c.Standing != 1 || c.Of[portal.Missing] != 1 || c.Of[portal.Differs] != 0 {
			t.Errorf("%+v", c)
		}
		if got := h.list(operator, Filter{}) + "|" + h.list(operator, Filter{Show: Acknowledged}); got != "missing 2|differs 1 notes" {
			t.Error(got)
		}
		var lines []audit.Line
		h.ok(db.Where("subject = 'finding'").Find(&lines).Error)
		if len(lines) != 1 || lines[0].Act != "portal.acknowledge" || lines[0].Institution != "marhp" {
			t.Errorf("trail %+v", lines)
		}
		h.clock = start.Add(time.Hour)
		h.read(true, o)
		if got := h.list(operator, Filter{Show: Acknowledged}); got != "differs 1 notes" {
			t.Errorf("seen again: %s", got)
		}
		o.Theirs = "c"
		h.read(true, o)
		if got := h.list(operator, Filter{}); got != "differs 1 notes" {
			t.Errorf("another value: %s", got)
		}
		at, err := h.store.Latest(t.Context(), operator, portal.Differs)
		if h.ok(err); !at.Equal(start) {
			t.Errorf("latest %v", at)
		}
	})
}

func TestListsOfFindings(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var all []portal.Observation
		for n := range 120 {
			all = append(all, seen(portal.Differs, fmt.Sprintf("%03d", n), portal.Fields()[n%8], "marhp", "100%_\\"))
		}
		h.read(true, all...)
		l, err := h.store.Findings(t.Context(), officer, Filter{Page: 3, PerPage: 50})
		if h.ok(err); l.Total != 120 || len(l.Items) != 20 {
			t.Errorf("%d of %d", len(l.Items), l.Total)
		}
		for _, tt := range []struct {
			f    Filter
			want int
		}{
			{Filter{Field: portal.Title}, 15},
			{Filter{Q: "jeu 05"}, 10},
			{Filter{Q: "TN-119"}, 1},
			{Filter{Q: "%"}, 0},
			{Filter{Q: "é\xff" + strings.Repeat("é", 80)}, 0},
			{Filter{Dataset: "TN-007"}, 1},
			{Filter{Institution: "ms"}, 0},
			{Filter{Kind: portal.Stray}, 0},
			{Filter{Show: Everything}, 120},
		} {
			if l, err := h.store.Findings(t.Context(), officer, tt.f); err != nil || l.Total != tt.want {
				t.Errorf("%+v finds %d, %v; want %d", tt.f, l.Total, err, tt.want)
			}
		}
		h.clock = start.Add(time.Hour)
		h.read(true)
		if h.clock = start.Add(500 * 24 * time.Hour); h.store.Tidy(t.Context(), 400*24*time.Hour) != nil || h.list(operator, Filter{Show: Everything}) != "" {
			t.Error("what went long ago is kept")
		}
	})
}

func TestOffersAndHowADatasetStands(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		long := start.AddDate(0, -1, 0)
		for n, id := range []string{"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"} {
			d := inventory.Dataset{ID: id, Ref: fmt.Sprint("TN-", n), Name: fmt.Sprint("n", n), Institution: "marhp", State: inventory.Approved, Revision: 1, CreatedAt: long, UpdatedAt: long}
			d.Content.Title = lang.Text{"fr": "Barrages", "ar": "السدود"}
			d.Content = d.Content.Clean()
			p := inventory.Publication{DatasetID: id, Ref: d.Ref, Name: d.Name, Institution: "marhp", Revision: 1, Content: d.Content, Issued: long, Modified: long}
			if n == 1 {
				p.WithdrawnAt = &start
			}
			h.ok(db.Create(&d).Error)
			h.ok(db.Create(&p).Error)
		}
		titles, err := h.store.Titles(t.Context(), []string{"00000000-0000-4000-8000-000000000002", "unknown"})
		if err != nil || len(titles) != 1 || titles["00000000-0000-4000-8000-000000000002"]["ar"] != "السدود" {
			t.Errorf("the titles are %v, %v", titles, err)
		}
		all, err := h.store.Offers(t.Context())
		if h.ok(err); len(all) != 2 || all[0].Ref != "TN-0" || !all[0].Since.Equal(long) || all[0].Withdrawn != nil || !all[1].Withdrawn.Equal(start) {
			t.Fatalf("%+v", all)
		}
		standing := func(id string) string {
			s, open, err := h.store.Of(t.Context(), officer, id, 24*time.Hour)
			h.ok(err)
			return fmt.Sprint(s, len(open))
		}
		if got := standing(all[0].ID); got != "unknown0" {
			t.Error(got)
		}
		h.read(true, seen(portal.Undeleted, all[1].ID, "", "marhp", "x"))
		if got := standing(all[0].ID) + standing(all[1].ID) + standing("nothing"); got != "there0undeleted1unknown0" {
			t.Error(got)
		}
		h.read(true, seen(portal.Missing, all[0].ID, "", "marhp", ""))
		if got := standing(all[0].ID); got != "missing1" {
			t.Error(got)
		}
		refs := []string{all[0].Ref, all[1].Ref}
		if !slices.IsSorted(refs) {
			t.Error("offers are in no order")
		}
	})
}
