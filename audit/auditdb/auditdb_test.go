package auditdb_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// TestMain is also the process that seals until another test kills it.
func TestMain(m *testing.M) {
	if target := os.Getenv("JARD_TEST_SEAL"); target != "" {
		sealUntilKilled(target)
		return
	}
	databasetest.Main(m)
}

// trail is a database with a trail in it, and what a test does to it.
type trail struct {
	*testing.T
	db    *gorm.DB
	store *auditdb.Store
}

func newTrail(t *testing.T, db *gorm.DB) *trail {
	t.Helper()
	return &trail{t, db, auditdb.New(db)}
}

func (t *trail) ok(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var officer = identity.Actor{Account: "acc-7", Name: "Leila", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}

// write appends n lines: few, each in the transaction of a change; many, in one.
func (t *trail) write(n int) {
	t.Helper()
	lines := make([]audit.Line, 0, n)
	for k := range n {
		line, err := audit.New(officer, time.Now(), "dataset.edit", "dataset", fmt.Sprintf("TN-%d", k), "marhp",
			map[string]any{"title": "قديم", "rows": 1.50}, map[string]any{"title": "Nouveau <&>", "rows": json.Number("12e2"), "odd": []any{nil, true, "\u2028"}})
		t.ok(err)
		line.Reason = "demande du 3 mars"
		lines = append(lines, line)
	}
	if n > 100 {
		t.ok(t.db.Transaction(func(tx *gorm.DB) error { return auditdb.Append(tx, lines...) }))
		return
	}
	for k := range lines {
		t.ok(t.db.Transaction(func(tx *gorm.DB) error { return auditdb.Append(tx, lines[k]) }))
	}
}

func (t *trail) seal() {
	t.Helper()
	t.ok(t.store.SealAll(t.Context()))
}

// breaks verifies and returns what broke.
func (t *trail) breaks(expected ...audit.Head) (all []*audit.Break) {
	t.Helper()
	_, err := t.store.Verify(t.Context(), expected, func(b *audit.Break) { all = append(all, b) })
	t.ok(err)
	return all
}

// unguard lets the test do what whoever owns the database can.
func (t *trail) unguard() {
	t.Helper()
	if database.EngineOf(t.db) == database.Postgres {
		t.ok(t.db.Exec("ALTER TABLE audit_lines DISABLE TRIGGER USER").Error)
		return
	}
	for _, name := range []string{"delete", "change", "seal", "erase"} {
		t.ok(t.db.Exec("DROP TRIGGER audit_lines_" + name).Error)
	}
}

func (t *trail) do(statements ...string) {
	t.Helper()
	for _, s := range statements {
		if r := t.db.Exec(s); r.Error != nil || r.RowsAffected == 0 {
			t.Fatalf("%s: %v, %d rows", s, r.Error, r.RowsAffected)
		}
	}
}

func TestAChainVerifies(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		if all := tr.breaks(); len(all) > 0 {
			t.Errorf("an empty chain breaks: %v", all[0])
		}
		tr.write(7)
		if all := tr.breaks(); len(all) > 0 {
			t.Errorf("lines that wait break the chain: %v", all[0])
		}
		tr.seal()
		tr.write(2)
		tr.seal()
		for _, b := range tr.breaks() {
			t.Error(b)
		}
		head, err := tr.store.Head(t.Context())
		tr.ok(err)
		if head.Position != 9 {
			t.Errorf("the head is %d; want 9", head.Position)
		}
		if all := tr.breaks(head); len(all) > 0 {
			t.Errorf("its own head breaks it: %v", all[0])
		}
	})
}

// Everything that can be done to the table behind the back of the program, and
// what the chain says of it.
func TestTampering(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		tr.write(9)
		tr.seal()
		head, err := tr.store.Head(t.Context())
		tr.ok(err)
		for name, one := range tamperings() {
			t.Run(name, func(t *testing.T) {
				tx := db.Begin()
				defer tx.Rollback()
				tr := newTrail(t, tx)
				tr.unguard()
				tr.do(one.do...)
				all := tr.breaks(head)
				if len(all) == 0 {
					t.Fatal("nothing was seen")
				}
				if first := all[0]; first.Flaw != one.flaw || first.Position != one.at {
					t.Errorf("the first break is %s at %d: %v; want %s at %d", first.Flaw, first.Position, first, one.flaw, one.at)
				}
			})
		}
	})
}

// tampering is what somebody does, and what is to be seen first.
type tampering struct {
	do   []string
	flaw audit.Flaw
	at   int64
}

func tamperings() map[string]tampering {
	return map[string]tampering{
		"id":          {[]string{"UPDATE audit_lines SET id = 999 WHERE position = 4"}, audit.Changed, 4},
		"at":          {[]string{"UPDATE audit_lines SET at = (SELECT at FROM audit_lines WHERE position = 1) WHERE position = 4"}, audit.Changed, 4},
		"actor":       {[]string{"UPDATE audit_lines SET actor = 'somebody' WHERE position = 4"}, audit.ActorGone, 4},
		"role":        {[]string{"UPDATE audit_lines SET role = 'admin' WHERE position = 4"}, audit.Changed, 4},
		"act":         {[]string{"UPDATE audit_lines SET act = 'dataset.approve' WHERE position = 4"}, audit.Changed, 4},
		"subject":     {[]string{"UPDATE audit_lines SET subject = 'service' WHERE position = 4"}, audit.Changed, 4},
		"ref":         {[]string{"UPDATE audit_lines SET ref = 'TN-8' WHERE position = 4"}, audit.Changed, 4},
		"institution": {[]string{"UPDATE audit_lines SET institution = 'ms' WHERE position = 4"}, audit.Changed, 4},
		"reason":      {[]string{"UPDATE audit_lines SET reason = 'demande du 4 mars' WHERE position = 4"}, audit.WordsGone, 4},
		"before":      {[]string{`UPDATE audit_lines SET before = '{"rows":1.51,"title":"قديم"}' WHERE position = 4`}, audit.WordsGone, 4},
		"after":       {[]string{`UPDATE audit_lines SET after = '{}' WHERE position = 4`}, audit.WordsGone, 4},
		"form":        {[]string{"UPDATE audit_lines SET form = 2 WHERE position = 4"}, audit.Unknown, 4},
		"adopted":     {[]string{"UPDATE audit_lines SET adopted = NOT adopted WHERE position = 4"}, audit.Changed, 4},
		"who_salt":    {[]string{"UPDATE audit_lines SET who_salt = told_salt WHERE position = 4"}, audit.ActorGone, 4},
		"who_mark":    {[]string{"UPDATE audit_lines SET who_mark = told_mark WHERE position = 4"}, audit.Changed, 4},
		"told_salt":   {[]string{"UPDATE audit_lines SET told_salt = who_salt WHERE position = 4"}, audit.WordsGone, 4},
		"told_mark":   {[]string{"UPDATE audit_lines SET told_mark = who_mark WHERE position = 4"}, audit.Changed, 4},
		"position":    {[]string{"UPDATE audit_lines SET position = 99 WHERE position = 9"}, audit.Gap, 99},
		"unsealed":    {[]string{"UPDATE audit_lines SET position = NULL WHERE position = 4"}, audit.Gap, 5},
		"prev":        {[]string{"UPDATE audit_lines SET prev = hash WHERE position = 4"}, audit.Linked, 4},
		"hash":        {[]string{"UPDATE audit_lines SET hash = prev WHERE position = 4"}, audit.Changed, 4},
		"emptied":     {[]string{"UPDATE audit_lines SET actor = '', who_salt = NULL WHERE position = 4"}, audit.Unexplained, 4},
		"wiped":       {[]string{"UPDATE audit_lines SET reason = '', before = 'null', after = 'null', told_salt = NULL WHERE position = 4"}, audit.Unexplained, 4},
		"first":       {[]string{"DELETE FROM audit_lines WHERE position = 1"}, audit.Gap, 2},
		"middle":      {[]string{"DELETE FROM audit_lines WHERE position IN (4, 5)"}, audit.Gap, 6},
		"last":        {[]string{"DELETE FROM audit_lines WHERE position = 9"}, audit.EndMissing, 9},
		"swap": {[]string{
			"UPDATE audit_lines SET position = -3 WHERE position = 3", "UPDATE audit_lines SET position = 3 WHERE position = 4",
			"UPDATE audit_lines SET position = 4 WHERE position = -3",
		}, audit.Linked, 3},
		"insert": {[]string{
			"UPDATE audit_lines SET position = position + 100 WHERE position > 3", "UPDATE audit_lines SET position = position - 99 WHERE position > 100",
			"INSERT INTO audit_lines (at, actor, role, act, subject, ref, institution, reason, before, after, form, who_salt, who_mark, told_salt, told_mark, position, prev, hash) " +
				"SELECT at, actor, role, act, subject, ref, institution, reason, before, after, form, who_salt, who_mark, told_salt, told_mark, 4, hash, hash FROM audit_lines WHERE position = 3",
		}, audit.Changed, 4},
		"replay": {[]string{
			"INSERT INTO audit_lines (at, actor, role, act, subject, ref, institution, reason, before, after, form, who_salt, who_mark, told_salt, told_mark, position, prev, hash) " +
				"SELECT at, actor, role, act, subject, ref, institution, reason, before, after, form, who_salt, who_mark, told_salt, told_mark, 10, prev, hash FROM audit_lines WHERE position = 9",
		}, audit.Linked, 10},
		"truncated with its head": {[]string{
			"DELETE FROM audit_lines WHERE position > 6", "UPDATE audit_head SET position = 6, hash = (SELECT hash FROM audit_lines WHERE position = 6)",
		}, audit.Elsewhere, 9},
		"beheaded": {[]string{
			"UPDATE audit_head SET base_position = 2, base_hash = (SELECT hash FROM audit_lines WHERE position = 2)", "DELETE FROM audit_lines WHERE position < 3",
		}, audit.NoStart, 3},
		"head": {[]string{"UPDATE audit_head SET hash = (SELECT hash FROM audit_lines WHERE position = 2)"}, audit.EndDiffers, 9},
	}
}

// The database itself refuses what no program of ours does.
func TestTheTableOnlyGrows(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		tr.write(3)
		tr.seal()
		tr.write(1)
		refused := []string{
			"DELETE FROM audit_lines", "DELETE FROM audit_lines WHERE position = 2", "DELETE FROM audit_lines WHERE position IS NULL",
			"UPDATE audit_lines SET after = '{}' WHERE position IS NULL", "UPDATE audit_lines SET who_mark = told_mark WHERE position IS NULL",
			"UPDATE audit_lines SET reason = '' WHERE position = 2", "UPDATE audit_lines SET who_salt = NULL WHERE position = 2",
			"UPDATE audit_lines SET reason = 'x', before = 'null', after = 'null', told_salt = NULL WHERE position = 2",
			"UPDATE audit_lines SET position = NULL WHERE position = 3", "UPDATE audit_lines SET hash = prev WHERE position = 3",
		}
		for _, column := range []string{"role", "act", "subject", "ref", "institution", "actor"} {
			refused = append(refused, "UPDATE audit_lines SET "+column+" = 'x' WHERE position = 2", "UPDATE audit_lines SET "+column+" = 'x' WHERE position IS NULL")
		}
		if database.EngineOf(db) == database.Postgres {
			refused = append(refused, "TRUNCATE audit_lines")
		}
		for _, s := range refused {
			if err := db.Exec(s).Error; err == nil || !strings.Contains(err.Error(), "audit_lines only grows") {
				t.Errorf("%s: %v", s, err)
			}
		}
		tr.seal()
		for _, b := range tr.breaks() {
			t.Error(b)
		}
	})
}

// Lines that a version without a chain wrote, and goes on writing, are taken in.
func TestFormerLinesAreAdopted(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		former := func(n int) {
			for range n {
				tr.do(`INSERT INTO audit_lines (at, actor, role, act, subject, ref, institution, reason, before, after)
VALUES ('2026-03-01 10:00:00.123456+00:00', 'old', 'mcd', 'dataset.approve', 'dataset', 'TN-1', 'ms', '', '{"b": 2, "a": 1.0}', 'null')`)
			}
		}
		if database.EngineOf(db) == database.SQLite {
			former = func(n int) {
				for range n {
					tr.do(`INSERT INTO audit_lines (at, actor, role, act, subject, ref, institution, reason, before, after)
VALUES (1772359200123456, 'old', 'mcd', 'dataset.approve', 'dataset', 'TN-1', 'ms', '', '{"b": 2, "a": 1.0}', 'null')`)
				}
			}
		}
		former(703)
		tr.write(2)
		n, err := tr.store.Seal(t.Context())
		tr.ok(err)
		if n >= 703 {
			t.Errorf("%d lines at once; want small steps", n)
		}
		former(1)
		tr.write(1)
		tr.seal()
		for _, b := range tr.breaks() {
			t.Error(b)
		}
		found, err := tr.store.Verify(t.Context(), nil, func(*audit.Break) {})
		tr.ok(err)
		if found.Lines != 707 || found.Adopted != 704 || found.Waiting != 0 {
			t.Errorf("%+v; want 707 lines, 704 of them adopted", found)
		}
	})
}

// Eight write and three seal at once: every line has one place, and none is lost.
func TestManyWriteAndSealAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		var writers, sealers sync.WaitGroup
		done := make(chan struct{})
		for range 3 {
			sealers.Go(func() {
				for {
					if _, err := tr.store.Seal(t.Context()); err != nil {
						t.Error(err)
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for range 8 {
			writers.Go(func() { tr.write(25) })
		}
		writers.Wait()
		close(done)
		sealers.Wait()
		tr.seal()
		for _, b := range tr.breaks() {
			t.Error(b)
		}
		if head, err := tr.store.Head(t.Context()); err != nil || head.Position != 200 {
			t.Errorf("the head is %d, %v; want 200", head.Position, err)
		}
	})
}

// What was erased is gone, and the chain holds: a line tells which, why and who.
func TestErasureKeepsTheChain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		tr.write(2500)
		tr.seal()
		admin := identity.System("jard audit erase")
		n, err := tr.store.Erase(t.Context(), admin, audit.Erasing{Part: audit.Told, Ground: "demande de la personne", Positions: audit.Ranges{{From: 3, To: 4}, {From: 9, To: 9}}})
		tr.ok(err)
		if n != 3 {
			t.Errorf("%d lines; want 3", n)
		}
		n, err = tr.store.Erase(t.Context(), admin, audit.Erasing{Part: audit.Who, Ground: "terme", Actor: officer.Account})
		tr.ok(err)
		if n != 2500 {
			t.Errorf("%d lines; want all 2500", n)
		}
		tr.seal()
		for _, b := range tr.breaks() {
			t.Error(b)
		}
		var left int64
		tr.ok(db.Model(&audit.Line{}).Where("actor = ? OR reason <> '' AND position IN (3, 4, 9)", officer.Account).Count(&left).Error)
		if left != 0 {
			t.Errorf("%d lines tell what was erased", left)
		}
		var told []audit.Line
		tr.ok(db.Where("act = ?", audit.ActErase).Order("id").Find(&told).Error)
		if len(told) != 4 || told[0].Actor != "jard audit erase" || !strings.Contains(string(told[0].After), `3-4,9`) || !strings.Contains(string(told[0].After), "demande de la personne") {
			t.Errorf("%d lines tell of it: %s", len(told), told[0].After)
		}
		if n, err := tr.store.Erase(t.Context(), admin, audit.Erasing{Part: audit.Who, Ground: "terme", Before: time.Now().Add(time.Hour)}); n != 0 || err != nil {
			t.Errorf("a second time: %d, %v; the trail's own lines stay", n, err)
		}
	})
}

func TestWhoMayErase(t *testing.T) {
	store := auditdb.New(databasetest.Open(t))
	good := audit.Erasing{Part: audit.Who, Ground: "terme", Actor: "x"}
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		_, err := store.Erase(t.Context(), identity.Actor{Account: "a", Role: role, Institution: "ms", Institutions: []string{"ms"}}, good)
		if (err == nil) != (role == identity.Admin) {
			t.Errorf("%q: %v", role, err)
		}
	}
	for name, bad := range map[string]audit.Erasing{
		"part": {Ground: "x", Actor: "x"}, "ground": {Part: audit.Who, Actor: "x", Ground: " "}, "positions": {Part: audit.Who, Ground: "x"},
	} {
		_, err := store.Erase(t.Context(), identity.System("test"), bad)
		if all := fault.All(err); len(all) != 1 || all[0].Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Old lines leave, and the chain goes on after them.
func TestOldLinesLeave(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		tr := newTrail(t, db)
		tr.write(5)
		later := time.Now().Add(time.Second)
		line, err := audit.New(officer, later.Add(time.Hour), "dataset.edit", "dataset", "TN-1", "marhp", nil, nil)
		tr.ok(err)
		tr.ok(auditdb.Append(db, line))
		tr.seal()
		after, to, some, err := tr.store.Old(t.Context(), later, 3)
		tr.ok(err)
		if !some || after.Position != 0 || to.Position != 3 {
			t.Fatalf("%v to %v, %v; want the first 3", after, to, some)
		}
		var file bytes.Buffer
		e, err := audit.NewExporter(&file, after, true)
		tr.ok(err)
		tr.ok(tr.store.Between(t.Context(), after, to, e.Line))
		tr.ok(e.End())
		tr.ok(tr.store.Leave(t.Context(), identity.System("test"), audit.Archived{From: 1, To: 3, Hash: to.Hash.String(), File: "audit-1-3.jsonl"}))
		if err := tr.store.Leave(t.Context(), identity.System("test"), audit.Archived{From: 1, To: 3, Hash: to.Hash.String()}); err == nil {
			t.Error("they left twice")
		}
		tr.seal()
		for _, b := range tr.breaks(to) {
			t.Error(b)
		}
		found, err := tr.store.Verify(t.Context(), nil, func(*audit.Break) {})
		tr.ok(err)
		if found.Lines != 4 || found.Base != to || found.Head.Position != 7 {
			t.Errorf("%+v", found)
		}
		proof, err := audit.ReadExport(&file, []audit.Head{to}, func(b *audit.Break) { t.Error(b) })
		if err != nil || proof.Lines != 3 || proof.Last != to {
			t.Errorf("the file: %+v %v", proof, err)
		}
		if _, _, some, err := tr.store.Old(t.Context(), time.Now().AddDate(-9, 0, 0), 100); some || err != nil {
			t.Errorf("young lines leave: %v, %v", some, err)
		}
	})
}
