package inventorydb

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// ledgerOf reads a ledger as "period state", the oldest first.
func ledgerOf(t *testing.T, s *Store, ref string) string {
	t.Helper()
	rows, err := s.Obligations(t.Context(), reviewer, ref)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range rows {
		all = append([]string{rows[n].Period + " " + string(rows[n].State(s.now()))}, all...)
	}
	return strings.Join(all, ", ")
}

func reads(t *testing.T, s *Store, ref, want string) {
	t.Helper()
	if got := ledgerOf(t, s, ref); got != want {
		t.Errorf("ledger on %s: %s; want %s", s.now().Format(time.DateOnly), got, want)
	}
}

func roll(t *testing.T, s *Store) Rolled {
	t.Helper()
	r, err := s.RollForward(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func refresh(s *Store, by identity.Actor, ref string, day inventory.Date) (*inventory.Dataset, error) {
	return s.Change(context.Background(), by, ref, "dataset.update", 0, func(d *inventory.Dataset) error {
		return d.Refresh(by, day, s.now())
	})
}

func attest(s *Store, by identity.Actor, ref string) (*inventory.Dataset, error) {
	return s.Change(context.Background(), by, ref, "dataset.attest", 0, func(d *inventory.Dataset) error {
		return d.Attest(by, "Rien de nouveau", s.now())
	})
}

func waive(s *Store, by identity.Actor, ref, period string) (*inventory.Dataset, error) {
	return s.Change(context.Background(), by, ref, "dataset.waive", 0, func(d *inventory.Dataset) error {
		return d.Waive(by, inventory.Waiver{Period: period, Reason: "Panne du serveur", Until: inventory.DateOf(s.now().AddDate(0, 0, 20), inventory.Tunis())}, s.now())
	})
}

// A year of a dataset: approved, updated, missed, waived, confirmed, given
// another frequency, withdrawn.
func TestTheLedgerFollowsTheActs(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		must := func(_ *inventory.Dataset, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		d := published(t, s, "Barrages") // monthly, data of October, approved on 16 November
		reads(t, s, d.Ref, "2026-11 future, 2026-12 future")
		c.t = start.AddDate(0, 0, 3)
		must(refresh(s, officer, d.Ref, "2026-11-18"))
		reads(t, s, d.Ref, "2026-11 met, 2026-12 future")

		c.t = time.Date(2027, time.February, 1, 9, 0, 0, 0, time.UTC)
		if r := roll(t, s); r.Opened != 3 || r.Datasets != 1 {
			t.Errorf("rolled %+v", r)
		}
		reads(t, s, d.Ref, "2026-11 met, 2026-12 late, 2027-01 due, 2027-02 future, 2027-03 future")
		must(waive(s, reviewer, d.Ref, ""))
		reads(t, s, d.Ref, "2026-11 met, 2026-12 waived, 2027-01 due, 2027-02 future, 2027-03 future")
		must(attest(s, officer, d.Ref))
		reads(t, s, d.Ref, "2026-11 met, 2026-12 waived, 2027-01 met, 2027-02 met, 2027-03 future")
		if _, err := attest(s, officer, d.Ref); kind(err) != fault.Conflict {
			t.Errorf("a second confirmation: %v", err)
		}

		// A frequency binds once it is approved, not when it is written.
		if _, err := edit(s, d.Ref, 0, func(c *inventory.Content) { c.Frequency = "quarterly" }); err != nil {
			t.Fatal(err)
		}
		reads(t, s, d.Ref, "2026-11 met, 2026-12 waived, 2027-01 met, 2027-02 met, 2027-03 future")
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		must(approve(s, d.Ref))
		reads(t, s, d.Ref, "2026-11 met, 2026-12 waived, 2027-01 met, 2027-Q1 future, 2027-02 met, 2027-Q2 future")

		c.t = c.t.AddDate(0, 6, 0)
		roll(t, s)
		must(withdraw(s, d.Ref, ""))
		reads(t, s, d.Ref, "2026-11 met, 2026-12 waived, 2027-01 met, 2027-Q1 late, 2027-02 met, 2027-Q2 late")
		if list, err := s.Missing(t.Context(), reviewer, ""); err != nil || list.Total != 0 {
			t.Errorf("a withdrawn dataset is awaited: %+v, %v", list, err)
		}
		if _, err := s.Obligations(t.Context(), nobody, d.Ref); err == nil {
			t.Error("the public reads the ledger of a withdrawn dataset")
		}
	})
}

// What was met is kept with who said so, and the audit line tells of it.
func TestEvidenceAndWaiversAreOnRecord(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		c.t = start.AddDate(0, 0, 1)
		if _, err := attest(s, officer, d.Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := waive(s, reviewer, d.Ref, "2026-12"); err != nil {
			t.Fatal(err)
		}
		rows, err := s.Obligations(t.Context(), nobody, d.Ref)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%v, %v", rows, err)
		}
		december, november := rows[0], rows[1]
		if november.Evidence != inventory.Attestation || november.EvidenceBy != officer.Account || november.EvidenceDay != "2026-11-17" ||
			november.EvidenceNote != "Rien de nouveau" || !november.MetAt.Equal(c.t) || november.Basis != inventory.BasisFrequency {
			t.Errorf("November: %+v", november)
		}
		if december.WaivedBy != reviewer.Account || december.WaiverReason != "Panne du serveur" ||
			inventory.DateOf(*december.WaivedUntil, inventory.Tunis()) != "2026-12-08" {
			t.Errorf("December: %+v", december)
		}
		var lines []audit.Line
		if err := db.Where("ref = ? AND act IN ?", d.Ref, []string{"dataset.attest", "dataset.waive"}).Order("id").Find(&lines).Error; err != nil {
			t.Fatal(err)
		}
		if len(lines) != 2 || lines[0].Reason != "Rien de nouveau" || lines[1].Reason != "Panne du serveur" ||
			!strings.Contains(string(lines[0].After), "attestation") || !strings.Contains(string(lines[1].After), "2026-12") {
			t.Errorf("audit lines %+v", lines)
		}
	})
}

func TestTheLedgerIsConfined(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		c.t = start.AddDate(0, 1, 17)
		roll(t, s)
		for name, err := range map[string]error{
			"another ministry attests":    failed(attest(s, stranger, d.Ref)),
			"another ministry waives":     failed(waive(s, stranger, d.Ref, "")),
			"an officer lets herself off": failed(waive(s, officer, d.Ref, "")),
			"the committee waives":        failed(waive(s, committee, d.Ref, "")),
			"nobody attests":              failed(attest(s, nobody, d.Ref)),
		} {
			if err == nil {
				t.Errorf("%s", name)
			}
		}
		reads(t, s, d.Ref, "2026-11 late, 2026-12 due, 2027-01 future, 2027-02 future")
		for _, one := range []struct {
			by   identity.Actor
			want int
		}{{officer, 1}, {reviewer, 1}, {committee, 1}, {stranger, 0}} {
			list, err := s.Missing(t.Context(), one.by, "")
			if err != nil || list.Total != one.want || len(list.Items) != one.want || (len(list.Counts) > 0) != (one.want > 0) {
				t.Errorf("%s reads %d of %d, counts %v, %v", one.by.Account, len(list.Items), list.Total, list.Counts, err)
			}
		}
		if _, err := s.Missing(t.Context(), nobody, ""); err == nil {
			t.Error("the public reads what officers read")
		}
		if list, err := s.Missing(t.Context(), reviewer, "ms"); err != nil || list.Total != 0 {
			t.Errorf("late at another ministry: %+v, %v", list, err)
		}
		draft := create(t, s, "Brouillon")
		if _, err := s.Obligations(t.Context(), nobody, draft.Ref); kind(err) != fault.Unauthenticated {
			t.Errorf("the ledger of a draft: %v", err)
		}
		if rows, err := s.Obligations(t.Context(), officer, draft.Ref); err != nil || len(rows) != 0 {
			t.Errorf("a draft promises %v, %v", rows, err)
		}
	})
}

func failed(_ *inventory.Dataset, err error) error { return err }

func TestRollingTwiceChangesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		for n := range 5 {
			published(t, s, fmt.Sprintf("Barrages %d", n))
		}
		c.t = start.AddDate(1, 0, 0)
		if r := roll(t, s); r.Opened != 5*12 || r.Moved != 0 || r.Datasets != 5 {
			t.Errorf("after a year: %+v", r)
		}
		var was, is []inventory.Obligation
		if err := db.Order("dataset_id, period").Find(&was).Error; err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Time{c.t, start, c.t.AddDate(0, 0, -1), c.t} { // the clock may be put back
			c.t = at
			if r := roll(t, s); r.Opened != 0 || r.Moved != 0 {
				t.Errorf("again on %s: %+v", at, r)
			}
		}
		if err := db.Order("dataset_id, period").Find(&is).Error; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("rows changed:\n%s", diff)
		}
	})
}

// What was public before there was a ledger gets it from the audit trail.
func TestALedgerFromTheTrail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		for _, day := range []inventory.Date{"2026-11-20", "2027-01-04", "2027-03-15"} {
			at, _ := day.In(inventory.Tunis())
			c.t = at.Add(10 * time.Hour).UTC()
			if _, err := refresh(s, officer, d.Ref, day); err != nil {
				t.Fatal(err)
			}
		}
		c.t = c.t.AddDate(0, 1, 0)
		roll(t, s)
		want := ledgerOf(t, s, d.Ref)
		var was, is []inventory.Obligation
		db.Order("period").Find(&was)
		if err := db.Where("1 = 1").Delete(&inventory.Obligation{}).Error; err != nil {
			t.Fatal(err)
		}
		if r := roll(t, s); r.Opened != 7 {
			t.Errorf("rolled %+v", r)
		}
		db.Order("period").Find(&is)
		if diff := cmp.Diff(was, is); diff != "" || want != "2026-11 met, 2026-12 met, 2027-01 met, 2027-02 late, 2027-03 met, 2027-04 future, 2027-05 future" {
			t.Errorf("%s\n%s", want, diff)
		}
	})
}

// TestSQLSaysWhatTheRuleSays lets rows of every kind be judged by both.
func TestSQLSaysWhatTheRuleSays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := published(t, s, "Barrages")
		if err := db.Where("1 = 1").Delete(&inventory.Obligation{}).Error; err != nil {
			t.Fatal(err)
		}
		now := s.now()
		at := func(days int) time.Time { return now.AddDate(0, 0, days) }
		maybe := func(days int) *time.Time {
			if days == 99 {
				return nil
			}
			x := at(days)
			return &x
		}
		want, n := map[inventory.ObligationState]int{}, 0
		var rows []inventory.Obligation
		for _, late := range []int{-5, 0, 5} {
			for _, met := range []int{99, -6, -5, -3, 0} {
				for _, until := range []int{99, -4, -3, 0, 3} {
					n++
					o := inventory.Obligation{
						DatasetID: d.ID, Period: fmt.Sprint(n), Ref: d.Ref, Institution: "marhp", StartsAt: at(-40), EndsAt: at(late - 4),
						DueAt: at(late - 4), LateAfter: at(late), MetAt: maybe(met), WaivedUntil: maybe(until),
					}
					want[o.State(now)]++
					rows = append(rows, o)
				}
			}
		}
		if err := db.Create(&rows).Error; err != nil {
			t.Fatal(err)
		}
		counts, err := s.Promises(t.Context())
		got := map[inventory.ObligationState]int{}
		for _, one := range counts {
			got[one.State] = one.N
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(got) < 4 {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

// Officers declare while the night rolls forward: no evidence is lost, no row
// is written twice.
func TestActsAndTheNightDoNotOverwriteEachOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		var refs []string
		for n := range 12 {
			refs = append(refs, published(t, s, fmt.Sprintf("Barrages %d", n)).Ref)
		}
		c.t = start.AddDate(0, 2, 0)
		var all sync.WaitGroup
		for _, ref := range refs {
			all.Go(func() {
				if _, err := attest(s, officer, ref); err != nil {
					t.Error(err)
				}
			})
		}
		for range 3 {
			all.Go(func() {
				if _, err := s.RollForward(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, ref := range refs {
			reads(t, s, ref, "2026-11 late, 2026-12 late, 2027-01 met, 2027-02 future")
			d, err := s.Get(t.Context(), officer, ref)
			if err != nil || inventory.DateOf(*d.DueAt, inventory.Tunis()) != "2027-03-01" {
				t.Errorf("%s is due %v, %v", ref, d.DueAt, err)
			}
		}
	})
}
