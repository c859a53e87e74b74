package auditdb_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// told are the lines of an act, oldest first.
func (t *trail) told(act string) (lines []audit.Line) {
	t.Helper()
	t.ok(t.db.Where("act = ?", act).Order("id").Find(&lines).Error)
	return lines
}

func (t *trail) rows(table string) (n int64) {
	t.Helper()
	t.ok(t.db.Table(table).Count(&n).Error)
	return n
}

var ten = time.Date(2026, 11, 22, 10, 20, 0, 0, time.UTC)

// A sign-in that fails is a line at once; those after it are a number when the
// hour is over. What was typed where there is no account is nowhere.
func TestFailedSignInsEnterAsTheyHappen(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		now := ten
		tr.store = tr.store.At(func() time.Time { return now })
		fail := func(account, network string) {
			tr.ok(tr.store.Fail(t.Context(), auditdb.Failure{Account: account, Institution: "marhp", Network: network, Method: identity.ByPassword}))
		}
		for range 4 {
			fail("acc-1", "192.0.0.0/16")
		}
		fail("acc-1", "internal")
		fail("acc-2", "internal")
		for range 3 {
			fail("", "192.0.0.0/16")
		}
		first := tr.told("session.fail")
		if len(first) != 3 || first[0].Ref != "acc-1" || first[0].Actor != "" || first[0].Institution != "marhp" || !strings.Contains(string(first[0].After), "192.0.0.0/16") {
			t.Fatalf("%d lines at once, the first %+v; want one for each account and network", len(first), first)
		}
		tr.ok(tr.store.TellCounts(t.Context()))
		if all := tr.told("session.refused"); len(all) != 0 {
			t.Errorf("the hour is told before it is over: %+v", all)
		}
		now = now.Add(time.Hour)
		fail("acc-1", "192.0.0.0/16")
		if n := len(tr.told("session.fail")); n != 4 {
			t.Errorf("%d lines; the next hour begins anew", n)
		}
		tr.ok(tr.store.TellCounts(t.Context()))
		tr.ok(tr.store.TellCounts(t.Context()))
		told := tr.told("session.refused")
		if len(told) != 2 {
			t.Fatalf("%d numbers; want that of the account that failed again, and that of no account", len(told))
		}
		var none, again struct{ Count int }
		tr.ok(json.Unmarshal(told[0].After, &none))
		tr.ok(json.Unmarshal(told[1].After, &again))
		if told[0].Subject != "count" || none.Count != 3 || told[1].Ref != "acc-1" || again.Count != 4 || told[1].Institution != "marhp" {
			t.Errorf("told %+v, %+v", told[0], told[1])
		}
		if n := tr.rows("audit_failures"); n != 1 {
			t.Errorf("%d rows are kept; want those of the hour that runs", n)
		}
		tr.seal()
		for _, b := range tr.breaks() {
			t.Error(b)
		}
	})
}

// However many fail, the trail and the table stay small, and a flood of what
// is no account does not hide one that is.
func TestAFloodOfFailuresFillsNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		now := ten
		tr.store = tr.store.At(func() time.Time { return now })
		var flood sync.WaitGroup
		for w := range 4 {
			flood.Go(func() {
				for n := range 60 {
					f := auditdb.Failure{Network: fmt.Sprintf("10.%d.0.0/16", n*4+w), Method: identity.ByPassword}
					if err := tr.store.Fail(t.Context(), f); err != nil {
						t.Error(err)
					}
					f.Account = "acc-1"
					if err := tr.store.Fail(t.Context(), f); err != nil {
						t.Error(err)
					}
				}
			})
		}
		flood.Wait()
		tr.ok(tr.store.Fail(t.Context(), auditdb.Failure{Account: "acc-2", Network: "internal", Method: identity.ByCode}))
		lines := tr.told("session.fail")
		if len(lines) > 12 || lines[len(lines)-1].Ref != "acc-2" {
			t.Errorf("%d lines, the last of %s; want few of the account that is tried, and one of the other", len(lines), lines[len(lines)-1].Ref)
		}
		if n := tr.rows("audit_failures"); n > 120 {
			t.Errorf("%d rows of one hour", n)
		}
		now = now.Add(time.Hour)
		tr.ok(tr.store.TellCounts(t.Context()))
		sums := map[string]int{}
		for _, l := range tr.told("session.refused") {
			var one struct{ Count int }
			tr.ok(json.Unmarshal(l.After, &one))
			sums[l.Subject] += one.Count
		}
		once := 0 // networks that failed once were told as they did
		for _, l := range lines {
			if !strings.Contains(strings.ReplaceAll(string(l.After), " ", ""), `"network":""`) && l.Ref == "acc-1" {
				once++
			}
		}
		if sums["count"] != 240 || sums["account"]+once < 240 {
			t.Errorf("told %v and %d once; want every one of 240 and 240", sums, once)
		}
	})
}

// What the version before counted is told still.
func TestNumbersOfTheVersionBeforeAreTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		tr.ok(db.Exec("INSERT INTO audit_counts (hour, act, n) VALUES (?, 'session.refused', 7), (?, 'session.refused', 2)", ten.Truncate(time.Hour), ten.Add(time.Hour).Truncate(time.Hour)).Error)
		tr.store = tr.store.At(func() time.Time { return ten.Add(time.Hour) })
		tr.ok(tr.store.TellCounts(t.Context()))
		told := tr.told("session.refused")
		if len(told) != 1 || !strings.Contains(string(told[0].After), `"count":7`) && !strings.Contains(string(told[0].After), `"count": 7`) {
			t.Errorf("%+v", told)
		}
		if n := tr.rows("audit_counts"); n != 1 {
			t.Errorf("%d numbers are left; want that of the hour that runs", n)
		}
	})
}

// A start tells which settings are others, never what they are, and once.
func TestSettingsThatChangedAreTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		start := func(values map[string]string) {
			tr.ok(tr.store.Settings(t.Context(), identity.System("jard serve"), values))
		}
		start(map[string]string{"listen": ":80", "mail.password": "geheim-9", "gone": "x"})
		start(map[string]string{"listen": ":80", "mail.password": "geheim-9", "gone": "x"})
		if all := tr.told("settings.change"); len(all) != 0 {
			t.Fatalf("the first start and one like it tell %+v", all)
		}
		start(map[string]string{"listen": ":80", "mail.password": "geheim-10", "new": "y"})
		start(map[string]string{"listen": ":80", "mail.password": "geheim-10", "new": "y"})
		all := tr.told("settings.change")
		if len(all) != 1 {
			t.Fatalf("%d lines; want one", len(all))
		}
		var after struct{ Keys []string }
		tr.ok(json.Unmarshal(all[0].After, &after))
		if fmt.Sprint(after.Keys) != "[gone mail.password new]" || strings.Contains(string(all[0].After), "geheim") {
			t.Errorf("told %s", all[0].After)
		}
		dump := "SELECT group_concat(hex(salt) || hex(mark)) FROM audit_settings"
		if database.EngineOf(db) == database.Postgres {
			dump = "SELECT string_agg(encode(salt, 'hex') || encode(mark, 'hex'), '') FROM audit_settings"
		}
		var kept string
		tr.ok(db.Raw(dump).Row().Scan(&kept))
		if strings.Contains(strings.ToLower(kept), fmt.Sprintf("%x", "geheim")) {
			t.Error("a value is kept")
		}
	})
}

// Two processes that start at once tell one change once.
func TestTwoThatStartAtOnceTellOneChange(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		tr.ok(tr.store.Settings(t.Context(), identity.System("jard serve"), map[string]string{"listen": ":80"}))
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if err := tr.store.Settings(t.Context(), identity.System("jard serve"), map[string]string{"listen": ":81"}); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if all := tr.told("settings.change"); len(all) != 1 {
			t.Errorf("%d lines; want one", len(all))
		}
	})
}

// beside verifies what is kept beside the chain and returns what broke.
func (t *trail) beside() (all []string) {
	t.Helper()
	t.ok(t.store.VerifyBeside(t.Context(), func(says string) { all = append(all, says) }))
	return all
}

// What is changed behind the back of the program beside the chain shows too.
func TestWhatIsBesideTheChainIsVerified(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		tr.store = tr.store.At(func() time.Time { return ten })
		tr.ok(tr.store.Settings(t.Context(), identity.System("jard serve"), map[string]string{"listen": ":80", "Öl": "1", "a.b": "2"}))
		for _, network := range []string{"a", "b", "b"} {
			tr.ok(tr.store.Fail(t.Context(), auditdb.Failure{Account: "acc-1", Network: network, Method: identity.ByPassword}))
		}
		tr.ok(tr.store.Fail(t.Context(), auditdb.Failure{Network: "a", Method: identity.ByPassword}))
		if all := tr.beside(); len(all) > 0 {
			t.Fatalf("broken before anything was done: %v", all)
		}
		for statement, want := range map[string]string{
			"UPDATE audit_settings SET mark = salt WHERE key = 'listen'":                        "settings",
			"DELETE FROM audit_settings WHERE key = 'a.b'":                                      "settings",
			"DELETE FROM audit_failures WHERE network = 'b'":                                    "is gone",
			"UPDATE audit_failures SET account = 'acc-2' WHERE network = 'b'":                   "acc-2",
			"UPDATE audit_failures SET account = 'acc-9' WHERE account = ''":                    "acc-9",
			"UPDATE audit_failures SET network = 'c' WHERE account = 'acc-1' AND network = 'a'": "acc-1",
		} {
			tx := db.Begin()
			other := newTrail(t, tx)
			other.store = other.store.At(func() time.Time { return ten })
			other.do(statement)
			var all []string
			tr.ok(auditdb.New(tx).At(func() time.Time { return ten }).VerifyBeside(t.Context(), func(says string) { all = append(all, says) }))
			if len(all) == 0 || !strings.Contains(strings.Join(all, "\n"), want) {
				t.Errorf("%s: %q; want %q", statement, all, want)
			}
			tx.Rollback()
		}
	})
}
