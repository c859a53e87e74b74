package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// verifyAt runs jard verify on the database at target.
func verifyAt(t *testing.T, target string, args ...string) (code int, said string) {
	t.Helper()
	var out, wrong strings.Builder
	code = run(t.Context(), append([]string{"verify"}, args...), program{in: strings.NewReader(""), out: &out, err: &wrong, getenv: func(key string) string {
		switch key {
		case "JARD_DATABASE_URL":
			return target
		case "JARD_AUDIT_KEY":
			return "a key of the test"
		}
		return ""
	}})
	return code, out.String() + wrong.String()
}

// openAt opens the database at target until the test ends.
func openAt(t *testing.T, target string) *gorm.DB {
	t.Helper()
	db, err := database.Open(database.Options{URL: target, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	return db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyReadsTheHistoryBack(t *testing.T) {
	target := databasetest.URL(t, database.SQLite)
	if code, said := verifyAt(t, target); code != 0 || !strings.Contains(said, "everything reads back as it was written") {
		t.Errorf("a good history: %d, %s", code, said)
	}
	db := openAt(t, target)
	must(t, db.Exec("INSERT INTO reading_packs (check_id, vantage, start, hours, count, body) VALUES (7, 0, 498000, 1, 60, 'no pack')").Error)
	if code, said := verifyAt(t, target); code != 1 || !strings.Contains(said, "readings of check 7, vantage 0, hour 498000") || !strings.Contains(said, "damaged") {
		t.Errorf("a broken pack: %d, %s", code, said)
	}
}

// Each invariant is broken once, and jard verify names it.
func TestEachInvariantIsSeenBroken(t *testing.T) {
	breaking := map[string][]string{
		"approved datasets are published as approved":              {"UPDATE publications SET revision = 9"},
		"what is published belongs to a dataset that was approved": {"UPDATE datasets SET approved_revision = 0, approved_hash = ''"},
		"publications have the hash of their content":              {"UPDATE publications SET producer = 'somebody else'"},
		"the last step of a dataset is kept":                       {"UPDATE revisions SET revision = 99 WHERE revision = (SELECT max(revision) FROM revisions)"},
		"counts of datasets are those of the register":             {"UPDATE dataset_tally SET n = n + 2"},
		"counts of promises are those of the ledger":               {"INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n) VALUES ('marhp', 'open', 1, 1, 0, 0, 3)"},
		"promises were met by something":                           {"UPDATE obligations SET evidence = 'declared'"},
		"periods of a promise do not overlap":                      {overlap},
		"statements are as they were issued":                       {"INSERT INTO statements (institution, quarter, revision, issued_at, issued_by, reason, hash, body) VALUES ('marhp', '2026-Q1', 1, '2026-04-01 00:00:00+00:00', 'a', '', 'no hash', '{}')"},
		"the catalogue that is served is kept":                     {"UPDATE catalogue_served SET newest = 'gone'"},
		"outages belong to incidents":                              {"INSERT INTO outages (incident, check_id, service, started_at, confirmed_at, resolution, reason, status, detail, grounds) VALUES (77, 1, 'cin', '2026-04-01 00:00:00+00:00', '2026-04-01 00:00:00+00:00', '', 0, 0, '', '[]')"},
		"what is over does not go on":                              {"INSERT INTO incidents (check_id, service, started_at, confirmed_at, ended_at, resolution, reason, status, detail) VALUES (1, 'cin', '2026-04-02 00:00:00+00:00', '2026-04-02 00:00:00+00:00', '2026-04-01 00:00:00+00:00', '', 0, 0, '')"},
		"what is kept beside the audit chain":                      {"UPDATE audit_settings SET mark = salt WHERE key = 'listen'"},
		"sessions and tokens belong to accounts":                   {"UPDATE accounts SET disabled_at = created_at"},
		"readings and editions of the watch":                       {"INSERT INTO reading_packs (check_id, vantage, start, hours, count, body) VALUES (7, 0, 498000, 1, 60, 'no pack')"},
	}
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) { breakEach(t, engine, breaking) })
	}
}

func breakEach(t *testing.T, engine string, breaking map[string][]string) {
	t.Helper()
	target := databasetest.URL(t, engine)
	r := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
	r.publish(t, r.token(t, identity.Officer, "marhp"), r.token(t, identity.MCD, ""), "Production")
	must(t, r.stop())
	db := openAt(t, target)
	must(t, db.Exec("INSERT INTO sessions (hash, account_id, created_at, seen_at, expires_at) SELECT 'h', id, created_at, created_at, created_at FROM accounts LIMIT 1").Error)
	for _, one := range invariants(configs.Default()) {
		look := func(tx *gorm.DB) (all []string) {
			must(t, one.check(t.Context(), tx, func(says string) { all = append(all, says) }))
			return all
		}
		if all := look(db); len(all) > 0 {
			t.Errorf("%s: broken before anything was done: %v", one.name, all)
		}
		statements, ok := breaking[one.name]
		if !ok {
			if one.name != "frozen editions of answers" && one.name != "the database file is sound" { // broken by tests of their rooms
				t.Errorf("%s: nobody breaks it", one.name)
			}
			continue
		}
		err := db.Transaction(func(tx *gorm.DB) error {
			for _, s := range statements {
				if r := tx.Exec(s); r.Error != nil || r.RowsAffected == 0 {
					t.Fatalf("%s: %s: %v, %d rows", one.name, s, r.Error, r.RowsAffected)
				}
			}
			if all := look(tx); len(all) == 0 {
				t.Errorf("%s: nobody saw %s", one.name, statements)
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatal(err)
		}
	}
}

var errUndo = errors.New("undo")

// overlap adds a period that begins within another one of the same promise.
const overlap = `INSERT INTO obligations (dataset_id, period, ref, institution, frequency, basis, starts_at, ends_at, due_at, late_after, evidence, evidence_by, evidence_note, content_hash, waived_by, waiver_reason)
SELECT dataset_id, period || 'b', ref, institution, frequency, basis, starts_at, ends_at, due_at, late_after, '', '', '', '', '', '' FROM obligations`

// What was kept outside the database shows what the database cannot: that the
// end of the chain was cut off, with its head.
func TestVerifyHoldsTheChainAgainstWhatWasKeptOutside(t *testing.T) {
	target := databasetest.URL(t, database.SQLite)
	db := openAt(t, target)
	trail := auditdb.New(db)
	write := func(n int) {
		for k := range n {
			must(t, auditdb.Note(t.Context(), db, identity.System("test"), time.Now(), "test.note", "test", fmt.Sprint(k), "", map[string]int{"k": k}))
		}
		must(t, trail.SealAll(t.Context()))
	}
	write(5)
	code, said := verifyAt(t, target)
	anchor := said[strings.LastIndex(said, "jard-audit-anchor"):]
	if code != 0 || !strings.Contains(said, "5 lines read, positions 1 to 5") || anchor == "" {
		t.Fatalf("verify = %d %s", code, said)
	}
	write(3)
	head, err := trail.Head(t.Context())
	must(t, err)
	kept := filepath.Join(t.TempDir(), "kept.txt")
	must(t, os.WriteFile(kept, []byte("# printed on Monday\n"+anchor+"\n"+audit.NewCheckpoint(head, time.Now(), "a key of the test").Line()), 0o600))
	for _, args := range [][]string{nil, {"--anchor", kept}, {"--anchor", strings.TrimSpace(anchor)}, {"--anchor", head.Hash.String()}} {
		if code, said := verifyAt(t, target, args...); code != 0 {
			t.Errorf("%q: %d %s", args, code, said)
		}
	}
	if code, said := verifyAt(t, target, "--anchor", strings.Repeat("ab", 32)); code != 1 || !strings.Contains(said, "no line of the chain has it") {
		t.Errorf("a hash of another chain: %d %s", code, said)
	}
	for _, s := range []string{
		"DROP TRIGGER audit_lines_delete", "DELETE FROM audit_lines WHERE position > 6",
		"UPDATE audit_head SET position = 6, hash = (SELECT hash FROM audit_lines WHERE position = 6)",
	} {
		must(t, db.Exec(s).Error)
	}
	if code, said := verifyAt(t, target); code != 0 {
		t.Errorf("without anything kept outside nobody can know: %d %s", code, said)
	}
	if code, said := verifyAt(t, target, "--anchor", kept); code != 1 || !strings.Contains(said, "position 8") || !strings.Contains(said, "lines at the end are missing") {
		t.Errorf("a chain that was cut off: %d %s", code, said)
	}
	must(t, os.WriteFile(kept, []byte(audit.NewCheckpoint(head, time.Now(), "another key").Line()), 0o600))
	if code, said := verifyAt(t, target, "--anchor", kept); code != 1 || !strings.Contains(said, "does not bear the code") {
		t.Errorf("a forged checkpoint: %d %s", code, said)
	}
}

func TestVerifyTellsAllInJSON(t *testing.T) {
	target := databasetest.URL(t, database.SQLite)
	db := openAt(t, target)
	for range 4 {
		must(t, auditdb.Note(t.Context(), db, identity.System("test"), time.Now(), "test.note", "test", "x", "", nil))
	}
	must(t, auditdb.New(db).SealAll(t.Context()))
	for _, s := range []string{
		"DROP TRIGGER audit_lines_change", "UPDATE audit_lines SET act = 'test.forged' WHERE position IN (2, 3)",
		"INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n) VALUES ('x', 'draft', '', 0, 0, 0, '', 1)",
	} {
		must(t, db.Exec(s).Error)
	}
	code, said := verifyAt(t, target, "--all", "--json")
	var r report
	if err := json.NewDecoder(strings.NewReader(said)).Decode(&r); err != nil || code != 1 || r.Good || len(r.Breaks) != 3 || r.Breaks[0].Position != 2 || r.Breaks[1].Flaw != string(audit.Changed) {
		t.Errorf("%d %v %+v\n%s", code, err, r, said)
	}
	if code, said := verifyAt(t, target); code != 1 || strings.Count(said, "BROKEN") != 1 || !strings.Contains(said, "audit chain, position 2 (line 2, test.forged test x") {
		t.Errorf("the first break: %d %s", code, said)
	}
}
