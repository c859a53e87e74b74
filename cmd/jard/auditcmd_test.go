package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
)

// commanded is a database on which a test runs command lines.
type commanded struct {
	*testing.T
	target string
	db     *gorm.DB
}

// onEach runs a test on both engines.
func onEach(t *testing.T, work func(c *commanded)) {
	t.Helper()
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			work(&commanded{t, target, openAt(t, target)})
		})
	}
}

// jard runs a command line and wants its exit code, and returns what it said.
func (c *commanded) jard(code int, args ...string) string {
	c.Helper()
	got, out, said := jard(c.Context(), "", []string{"JARD_DATABASE_URL", c.target}, args...)
	if got != code {
		c.Fatalf("jard %q = %d; want %d: %s%s", args, got, code, out, said)
	}
	return out + said
}

// did are the lines of an act.
func (c *commanded) did(act string) (lines []audit.Line) {
	c.Helper()
	must(c.T, c.db.Where("act = ?", act).Order("id").Find(&lines).Error)
	return lines
}

// write leaves n lines of an account at a time.
func (c *commanded) write(n int, account string, at time.Time) {
	c.Helper()
	for k := range n {
		l, err := audit.New(identity.Actor{Account: account, Role: identity.Officer}, at, "dataset.edit", "dataset", fmt.Sprintf("TN-MS-%d", k), "ms",
			nil, map[string]string{"title": "=1+1"})
		must(c.T, err)
		l.Reason = "demande du 3 mars"
		must(c.T, auditdb.Append(c.db, l))
	}
}

// anchorOf is the anchor in what a command said.
func anchorOf(said string) string {
	_, rest, _ := strings.Cut(said, "jard-audit-anchor")
	line, _, _ := strings.Cut(rest, "\n")
	return "jard-audit-anchor" + line
}

func TestAnAnchorIsPrintedAndKept(t *testing.T) {
	onEach(t, func(c *commanded) {
		kept := filepath.Join(c.TempDir(), "away", "anchors.txt")
		c.write(3, "acc-1", time.Now())
		first := anchorOf(c.jard(0, "audit", "anchor", kept))
		c.write(2, "acc-1", time.Now())
		second := anchorOf(c.jard(0, "audit", "anchor", kept))
		text, err := os.ReadFile(kept)
		must(c.T, err)
		if string(text) != first+"\n"+second+"\n" || first == second {
			c.Errorf("kept %q; want both anchors", text)
		}
		if said := c.jard(0, "verify", "--anchor", kept); !strings.Contains(said, "held against 2 places") {
			c.Error(said)
		}
	})
}

func TestTheTrailIsTakenAwayByCommand(t *testing.T) {
	onEach(t, func(c *commanded) {
		c.write(4, "acc-1", time.Now())
		c.write(2, "acc-2", time.Now())
		file := filepath.Join(c.TempDir(), "audit.jsonl")
		if said := c.jard(0, "audit", "export", file); !strings.Contains(said, "audit.jsonl: 6 lines") {
			c.Error(said)
		}
		if said := c.jard(0, "verify", "--file", file); !strings.Contains(said, "positions 1 to 6") || strings.Contains(said, "selection") {
			c.Error(said)
		}
		c.jard(1, "audit", "export", file)
		c.jard(0, "audit", "export", file, "--force", "--person", "acc-2")
		if said := c.jard(0, "verify", "--file", file); !strings.Contains(said, "2 lines read") || !strings.Contains(said, "selection") {
			c.Error(said)
		}
		table, err := csv.NewReader(strings.NewReader(c.jard(0, "audit", "export", "-", "--format", "csv", "--about", "TN-MS-3"))).ReadAll()
		if err != nil || len(table) != 2 || table[1][12] != "TN-MS-3" {
			c.Errorf("%v %v", table, err)
		}
		today := time.Now().In(tunis(c.T)).Format(time.DateOnly)
		if said := c.jard(0, "audit", "export", "-", "--to", today, "--from", today, "--act", "dataset.", "--institution", "ms"); strings.Count(said, "\n") != 8 {
			c.Errorf("%d lines; want 6 between the first and the last", strings.Count(said, "\n"))
		}
		if all := c.did("audit.export"); len(all) != 4 || all[0].Actor != "jard audit export" || !strings.Contains(string(all[1].After), "acc-2") {
			c.Errorf("%d lines tell of it: %+v", len(all), all)
		}
		c.jard(2, "audit", "export")
		c.jard(2, "audit", "export", "x", "--format", "pdf")
		c.jard(2, "audit", "export", "-", "--from", "22/11/2026")
		c.jard(1, "audit", "export", "-", "--person", "nobody@example.tn")
	})
}

func tunis(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Africa/Tunis")
	must(t, err)
	return zone
}

// A person's name and words go on request: counted first, erased when that is
// said, and told of, by whom and on what ground.
func TestWordsAreErasedByCommand(t *testing.T) {
	onEach(t, func(c *commanded) {
		_, err := identitydb.New(c.db, nil).FirstAdmin(c.Context(), "admin@example.tn")
		must(c.T, err)
		amel, _, err := identitydb.New(c.db, nil).AddAccount(c.Context(), identity.System("test"), "amel@example.tn", "Amel", identity.MCD, "", "une phrase assez longue")
		must(c.T, err)
		c.write(3, amel.ID, time.Now())
		c.write(2, "acc-2", time.Now())
		if said := c.jard(0, "audit", "erase", "--part", "who", "--person", "amel@example.tn", "--ground", "loi 2004-63, demande du 22 nov. 2026"); !strings.Contains(said, "3 lines have it still") {
			c.Error(said)
		}
		if n := len(c.did("audit.erase")); n != 0 {
			c.Fatal("something was erased without --apply")
		}
		if said := c.jard(0, "audit", "erase", "--part", "who", "--person", "amel@example.tn", "--ground", "loi 2004-63", "--apply"); !strings.Contains(said, "erased from 3 lines") {
			c.Error(said)
		}
		if said := c.jard(0, "audit", "erase", "--part", "told", "--about", amel.ID, "--ground", "loi 2004-63", "--apply"); !strings.Contains(said, "erased from 1 lines") {
			c.Error(said)
		}
		c.jard(0, "verify")
		var left int64
		must(c.T, c.db.Model(&audit.Line{}).Where("actor = ? OR ref = ? AND told_salt IS NOT NULL", amel.ID, amel.ID).Count(&left).Error)
		if left != 0 {
			c.Errorf("%d lines have it still", left)
		}
		told := c.did("audit.erase")
		if len(told) != 2 || told[0].Actor != "jard audit erase" || !strings.Contains(string(told[0].After), "loi 2004-63") || !told[0].Sealed() {
			c.Errorf("%d lines tell of it: %+v", len(told), told)
		}
		for _, bad := range [][]string{
			{"--part", "who", "--person", "x"}, {"--part", "who", "--ground", "x"}, {"--ground", "x", "--about", "x"},
		} {
			c.jard(1, append([]string{"audit", "erase"}, bad...)...)
		}
		c.jard(2, "audit", "erase", "--part", "who", "--ground", "x", "--positions", "9-3")
		c.jard(2, "audit")
		c.jard(2, "audit", "forget")
	})
}

// Old lines leave for files that prove themselves, and the chain goes on.
func TestOldLinesLeaveByCommand(t *testing.T) {
	onEach(t, func(c *commanded) {
		folder := filepath.Join(c.TempDir(), "old")
		c.write(5, "acc-1", time.Now().AddDate(-12, 0, 0))
		c.write(2, "acc-1", time.Now())
		if said := c.jard(0, "audit", "archive", "--to", folder); !strings.Contains(said, "audit-1-5.jsonl") {
			c.Error(said)
		}
		file := filepath.Join(folder, "audit-1-5.jsonl")
		if said := c.jard(0, "verify", "--file", file); !strings.Contains(said, "5 lines read") {
			c.Error(said)
		}
		if said := c.jard(0, "verify"); !strings.Contains(said, "positions 6 to 8") {
			c.Error(said)
		}
		if said := c.jard(0, "audit", "archive", "--to", folder); !strings.Contains(said, "no line is from before") {
			c.Error(said)
		}
		if all := c.did("audit.archive"); len(all) != 1 || all[0].Ref != "audit-1-5.jsonl" || all[0].Actor != "jard audit archive" {
			c.Errorf("told %+v", all)
		}
		text, err := os.ReadFile(file)
		must(c.T, err)
		for name, forged := range map[string]string{
			"a word":  strings.Replace(string(text), "3 mars", "4 mars", 1),
			"a line":  strings.Join(append(strings.SplitAfter(string(text), "\n")[:2:2], strings.SplitAfter(string(text), "\n")[3:]...), ""),
			"its end": string(text[:strings.LastIndex(strings.TrimSpace(string(text)), "\n")+1]),
		} {
			must(c.T, os.WriteFile(file, []byte(forged), 0o600))
			if got, _, said := jard(c.Context(), "", []string{"JARD_DATABASE_URL", c.target}, "verify", "--file", file); got != 1 {
				c.Errorf("%s of the archive was changed: %d %s", name, got, said)
			}
		}
		c.jard(2, "audit", "archive", "--before", "2999-01-01")
		c.jard(2, "audit", "archive", "extra")
	})
}

// What is done with everything there is by command leaves a line where it was done.
func TestBackupsRestoresAndMovesLeaveLines(t *testing.T) {
	onEach(t, func(c *commanded) {
		c.write(2, "acc-1", time.Now())
		file := filepath.Join(c.TempDir(), "all.jardbackup")
		c.jard(0, "backup", file)
		c.jard(0, "backup", "-")
		if all := c.did("backup.take"); len(all) != 2 || all[0].Ref != "all.jardbackup" || all[0].Actor != "jard backup" || all[1].Ref != "standard output" {
			c.Errorf("backups: %+v", all)
		}
		other, third := databasetest.Empty(c.T, database.SQLite), databasetest.Empty(c.T, database.SQLite)
		restored := &commanded{c.T, other, nil}
		restored.jard(0, "restore", file)
		restored.db = openAt(c.T, other)
		if all := restored.did("backup.restore"); len(all) != 1 || all[0].Ref != "all.jardbackup" || !all[0].Sealed() || !strings.Contains(string(all[0].After), "rows") {
			c.Errorf("restores: %+v", all)
		}
		restored.jard(0, "verify")
		c.jard(0, "move", "--to", third)
		moved := &commanded{c.T, third, openAt(c.T, third)}
		for _, where := range []*commanded{c, moved} {
			if all := where.did("backup.move"); len(all) != 1 || !strings.Contains(string(all[0].After), "sqlite") {
				c.Errorf("moves: %+v", all)
			}
		}
		c.jard(0, "user", "break-glass", "--reason", "exercice du mois", "--for", "10m")
		if all := c.did("break_glass.open"); len(all) != 1 || all[0].Reason != "exercice du mois" {
			c.Errorf("emergencies: %+v", all)
		}
		c.jard(0, "drill", "restore", "--into", databasetest.Empty(c.T, database.SQLite))
		if all := c.did("backup.drill"); len(all) != 1 {
			c.Errorf("drills: %+v", all)
		}
	})
}

// Migrations leave a line that says how many and of which version, once.
func TestMigrationsLeaveALine(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			c := &commanded{t, databasetest.Empty(t, engine), nil}
			c.jard(0, "migrate")
			c.jard(0, "migrate")
			c.db = openAt(t, c.target)
			if all := c.did("migration.apply"); len(all) != 1 || !strings.Contains(string(all[0].After), "migrations") || all[0].Ref != engine {
				t.Errorf("%+v", all)
			}
		})
	}
}
