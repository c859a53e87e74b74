package monitordb

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// When the spool is full readings are given up, and said so; the outages that
// they began and ended are not, however often their file has to make room.
func TestAFullSpoolLosesNoOutage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		var said bytes.Buffer
		dir := t.TempDir()
		w := s.NewWriter(slog.New(slog.NewTextHandler(&said, nil)), 0)
		if err := w.SpoolTo(dir, 12_000); err != nil {
			t.Fatal(err)
		}
		away(t, db, true)
		var c monitor.Current
		at, seen := noon, 0
		for _, letters := range []string{"uufff", "fuuuu", "uffff", "fffuu", "uuuuu", "fff", strings.Repeat("f", 3), "f"} {
			at = feed(w, &c, check, at, strings.Repeat(letters[:1], 60)+letters)
			seen += 60 + len(letters)
			if err := w.spill(); err != nil {
				t.Fatal(err)
			}
		}
		given := w.Stats().Dropped
		if given == 0 || given+w.Stats().Spooled != int64(seen) || !strings.Contains(said.String(), "the spool is full") {
			t.Fatalf("%+v of %d readings; want some given up, and said: %s", w.Stats(), seen, said.String())
		}
		away(t, db, false)
		next := s.NewWriter(nil, 0) // as if the process had been started anew
		if err := next.SpoolTo(dir, 0); err != nil {
			t.Fatal(err)
		}
		if err := next.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, kept); int64(n) != int64(seen)-given {
			t.Errorf("%d readings; want %d of %d", n, int64(seen)-given, seen)
		}
		whole := outagesOf(t, db)
		if len(whole) != 3 || whole[0].EndedAt == nil || whole[1].EndedAt == nil || whole[2].EndedAt != nil {
			t.Errorf("outages %+v; want two that ended and one that lasts", whole)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incident_evidence"); n != 3 {
			t.Errorf("evidence of %d", n)
		}
	})
}

func outagesOf(t *testing.T, db *gorm.DB) (list []monitor.Outage) {
	t.Helper()
	if err := db.Order("id").Find(&list).Error; err != nil {
		t.Fatal(err)
	}
	return list
}

// What is carried on is only what was opened and closed, with the states that
// entitle to say it, under the tenure it was said under.
func TestWhatAFileCarriesOn(t *testing.T) {
	s := &shelf{dir: t.TempDir(), limit: 1 << 20}
	opened := func(check int64) event { return event{check: check, change: monitor.Opened, startedAt: noon, at: noon} }
	body := []byte{}
	for n, b := range []batch{
		{rows: batchRows(50), tenure: 3, events: []event{opened(1)}, current: map[int64]monitor.Current{1: {CheckID: 1}, 2: {CheckID: 2}}},
		{rows: batchRows(50), tenure: 3, events: []event{opened(2)}, current: map[int64]monitor.Current{2: {CheckID: 2, Failures: 3}}},
		{rows: batchRows(50), tenure: 4, current: map[int64]monitor.Current{1: {CheckID: 1}}},
		{rows: batchRows(50), tenure: 5, events: []event{opened(3)}, current: map[int64]monitor.Current{3: {CheckID: 3}}},
	} {
		record, err := encodeRecords(b)
		if err != nil {
			t.Fatal(n, err)
		}
		body = append(body, record...)
	}
	f := spooled{name: "00000000000000000001-200.readings", rows: 200}
	if err := s.write(f.name, append(body, "torn"...)); err != nil {
		t.Fatal(err)
	}
	head, n, err := s.carry(f)
	if err != nil || n != 3 {
		t.Fatalf("%d carried on, %v", n, err)
	}
	got, err := decodeRecords(head)
	if err != nil || len(got) != 2 || len(got[0].rows)+len(got[1].rows) != 0 {
		t.Fatalf("%+v, %v; want two records without readings", got, err)
	}
	if a, b := got[0], got[1]; a.tenure != 3 || len(a.events) != 2 || len(a.current) != 2 || a.current[2].Failures != 3 || b.tenure != 5 || b.current[3].CheckID != 3 {
		t.Errorf("carried on: %+v and %+v", a, b)
	}
	if _, n, err := s.carry(spooled{name: "gone"}); err != nil || n != 0 {
		t.Errorf("of a file somebody took away: %d, %v", n, err)
	}
}
