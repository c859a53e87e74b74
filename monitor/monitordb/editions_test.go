package monitordb

import (
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// An edition is computed as it comes in, once packed, once summed up, in packs
// of days, and on the other engine: the hash is always the same.
func TestAnEditionIsReproducible(t *testing.T) {
	hashes := map[string]bool{}
	from, to := noon.Add(90*time.Minute+time.Microsecond), noon.Add(30*time.Hour)
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		hand(t, s, past(check, noon, 40*60, time.Minute))
		compute := func() {
			t.Helper()
			e, err := s.Edition(t.Context(), "b3", from, to)
			if err != nil || len(e.Checks) != 1 || e.Checks[0].Tally.Readings < 1700 {
				t.Fatalf("%+v, %v", e, err)
			}
			hashes[e.Hash] = true
		}
		compute()
		for _, later := range []time.Duration{10 * time.Hour, 41 * time.Hour, 100 * time.Hour} {
			clk.at = noon.Add(later)
			pack2(t, s)
			compute()
			if err := s.Roll(t.Context()); err != nil {
				t.Fatal(err)
			}
			compute()
		}
	})
	if len(hashes) != 1 {
		t.Errorf("%d different hashes: %v", len(hashes), hashes)
	}
}

func TestEditionsAreIssuedOnceAndStay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		add(t, s, service("hidden", func(v *monitor.Service) { v.State = monitor.Draft; v.Institution = "mf" }))
		hand(t, s, past(check, noon, 5*60, time.Minute))
		clk.at = noon.Add(8 * time.Hour)
		issue := func(by identity.Actor) (*Issued, error) {
			return s.Issue(t.Context(), by, "b3", noon, noon.Add(4*time.Hour))
		}
		one, err := issue(mcd)
		if err != nil {
			t.Fatal(err)
		}
		two, err := issue(mcd)
		if err != nil || two.Hash != one.Hash || !two.IssuedAt.Equal(one.IssuedAt) {
			t.Errorf("issued twice: %+v, %v", two, err)
		}
		if _, err := issue(owner); !errors.Is(err, fault.Forbidden) {
			t.Errorf("the owner issues: %v", err)
		}
		if _, err := s.Issue(t.Context(), mcd, "b3", noon, noon.Add(7*time.Hour)); !errors.Is(err, fault.Invalid) {
			t.Errorf("a period that is hardly over: %v", err)
		}
		lines, err := auditdb.New(db).Of(t.Context(), mcd, "service", "b3", 10)
		if err != nil || len(lines) != 2 || lines[0].Act != "service.edition" {
			t.Errorf("audit %+v, %v; want one line of the edition", lines, err)
		}
		list, err := s.Editions(t.Context(), identity.Actor{}, "b3", 10)
		if err != nil || len(list) != 1 || list[0].Document != one.Document {
			t.Errorf("the public sees %+v, %v", list, err)
		}
		if _, err := s.Editions(t.Context(), owner, "hidden", 10); !errors.Is(err, fault.NotFound) {
			t.Errorf("another institution's draft: %v", err)
		}
		// A reading that comes late changes what is computed, not what was issued.
		hand(t, s, []monitor.Reading{{Check: check, At: noon.Add(time.Hour + time.Second), Verdict: monitor.Up, Every: time.Minute}})
		again, err := s.Edition(t.Context(), "b3", one.From(), one.To())
		if err != nil {
			t.Fatal(err)
		}
		stated, err := monitor.ReadEdition(one.Document)
		if err != nil || stated.Compare(&again) != monitor.Differs {
			t.Errorf("compared with a late reading: %s, %v", stated.Compare(&again), err)
		}
		if _, err := s.IssuedEdition(t.Context(), mcd, "b3", one.Hash); err != nil {
			t.Error(err)
		}
		if _, err := s.IssuedEdition(t.Context(), mcd, "b3", again.Hash); !errors.Is(err, fault.NotFound) {
			t.Errorf("one that was not issued: %v", err)
		}
	})
}

func TestVerifyFindsTheFirstBreak(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		hand(t, s, past(check, noon, 3*60, time.Minute))
		clk.at = noon.Add(5 * time.Hour)
		if _, err := s.Issue(t.Context(), mcd, "b3", noon, noon.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		pack2(t, s)
		hand(t, s, past(check, noon.Add(5*time.Hour), 10, time.Minute))
		if err := s.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name, sql, undo string
			want            error
		}{
			{"a count", "UPDATE reading_packs SET count = count + 1", "UPDATE reading_packs SET count = count - 1", errCount},
			{"a batch's count", "UPDATE reading_batches SET count = count + 1", "UPDATE reading_batches SET count = count - 1", errCount},
			{"an edition", "UPDATE service_editions SET document = document || ' '", "UPDATE service_editions SET document = SUBSTR(document, 1, LENGTH(document) - 1)", errChanged},
		} {
			if err := db.Exec(tt.sql).Error; err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v; want %v", tt.name, err, tt.want)
			}
			if err := db.Exec(tt.undo).Error; err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Exec("UPDATE reading_packs SET check_id = check_id + 1").Error; err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(t.Context()); err == nil {
			t.Error("packs under another check's number are found good")
		}
	})
}
