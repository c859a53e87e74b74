package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// job runs one of what is done about the trail by the clock.
func (c *commanded) job(settings configs.Config, now time.Time, name string) error {
	c.Helper()
	clock := func() time.Time { return now }
	for _, j := range auditJobs(auditdb.New(c.db).At(clock), settings, clock) {
		if j.name == name {
			return j.run(c.Context())
		}
	}
	c.Fatalf("there is no job %q", name)
	return nil
}

// old leaves a line of an act at a time, in its place.
func (c *commanded) old(act string, at time.Time) {
	c.Helper()
	l, err := audit.New(identity.Actor{Account: "acc-1", Role: identity.Officer}, at, act, "account", "acc-1", "ms", nil, map[string]string{"name": "Amel"})
	must(c.T, err)
	l.Reason = "parce que"
	must(c.T, auditdb.Append(c.db, l))
	must(c.T, auditdb.New(c.db).SealAll(c.Context()))
}

// left are the acts whose lines still have a part.
func (c *commanded) left(salt string) string {
	c.Helper()
	var acts []string
	must(c.T, c.db.Model(&audit.Line{}).Where(salt+" IS NOT NULL AND subject <> 'audit'").Order("id").Pluck("act", &acts).Error)
	return strings.Join(acts, " ")
}

// The table of terms is kept at night: each part goes when its term is over,
// and not a day before.
func TestTermsAreKeptAtNight(t *testing.T) {
	onEach(t, func(c *commanded) {
		now := time.Date(2026, 11, 22, 3, 23, 0, 0, time.UTC)
		c.old("session.open", now.AddDate(0, -24, -1))
		c.old("session.close", now.AddDate(0, -24, 1))
		c.old("account.role", now.AddDate(0, -60, -1))
		c.old("dataset.edit", now.AddDate(0, -119, 0))
		c.old("dataset.submit", now.AddDate(0, -121, 0))
		settings := configs.Default()
		for range 2 { // the second night finds nothing
			must(c.T, c.job(settings, now, "erase from the audit trail"))
		}
		if who := c.left("who_salt"); who != "session.close account.role dataset.edit" {
			c.Errorf("who did it is left of %q", who)
		}
		if told := c.left("told_salt"); told != "session.close dataset.edit dataset.submit" {
			c.Errorf("words are left of %q", told)
		}
		all := c.did("audit.erase")
		if len(all) != 4 || !strings.Contains(string(all[0].After), "à valider juridiquement") || all[0].Actor != "jard: audit terms" {
			c.Errorf("%d lines tell of it: %+v", len(all), all)
		}
		c.jard(0, "verify")

		settings.Audit.EraseAfter = -1
		must(c.T, c.job(settings, now.AddDate(50, 0, 0), "erase from the audit trail"))
		if len(c.did("audit.erase")) != 4 {
			c.Error("something was erased though that is turned off")
		}
		settings.Audit.EraseAfter = 12
		must(c.T, c.job(settings, now, "erase from the audit trail"))
		if who, told := c.left("who_salt"), c.left("told_salt"); who != "" || told != "" {
			c.Errorf("after twelve months %q and %q are left", who, told)
		}
		c.jard(0, "verify")
	})
}

// Old lines leave on Sundays. What a run left that died between its file and
// the table is in nobody's way; a file that cannot be written keeps the lines.
func TestOldLinesLeaveOnSundays(t *testing.T) {
	onEach(t, func(c *commanded) {
		now := time.Date(2026, 11, 22, 3, 43, 0, 0, time.UTC)
		for n := range 4 {
			c.old("dataset.edit", now.AddDate(-11, 0, n))
		}
		c.old("dataset.edit", now.AddDate(-9, 0, 0))
		settings := configs.Default()
		settings.Audit.Archive = filepath.Join(c.TempDir(), "full")
		must(c.T, os.WriteFile(settings.Audit.Archive, nil, 0o600)) // no folder can be made there
		if err := c.job(settings, now, "archive the audit trail"); err == nil || len(c.did("dataset.edit")) != 5 {
			c.Errorf("%v, %d lines; want a fault, and all lines", err, len(c.did("dataset.edit")))
		}
		settings.Audit.Archive = c.TempDir()
		for _, name := range []string{"audit-1-4.jsonl", "audit-1-4.jsonl.part"} {
			must(c.T, os.WriteFile(filepath.Join(settings.Audit.Archive, name), []byte("half of it"), 0o600))
		}
		must(c.T, c.job(settings, now, "archive the audit trail"))
		must(c.T, c.job(settings, now, "archive the audit trail"))
		if len(c.did("dataset.edit")) != 1 || len(c.did("audit.archive")) != 1 {
			c.Errorf("%d lines are left, %d tell of it", len(c.did("dataset.edit")), len(c.did("audit.archive")))
		}
		c.jard(0, "verify", "--file", filepath.Join(settings.Audit.Archive, "audit-1-4.jsonl"))
		c.jard(0, "verify")
		settings.Audit.KeepYears = 0
		for _, j := range auditJobs(auditdb.New(c.db), settings, time.Now) {
			if j.name == "archive the audit trail" {
				c.Error("lines leave though they are kept for ever")
			}
		}
	})
}

// A faulty table of terms erases nothing.
func TestFaultyTermsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"part,act,months,basis\nwho,,x,why\n":               "line 2",
		"part,act,months,basis\nall,,3,why\n":               "line 2",
		"part,act,months,basis\nwho,,0,why\n":               "line 2",
		"part,act,months,basis\nwho,,3,why\ntold,,3,\"\"\n": "line 3",
		"part,act\nwho,\n":                                  "line 2",
	} {
		folder := t.TempDir()
		must(t, os.WriteFile(filepath.Join(folder, "audit_terms.csv"), []byte(text), 0o600))
		if _, err := termsIn(os.DirFS(folder)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

// The end of the chain is written down when it moved, with the code of the key;
// what cannot be written is said, and tried again.
func TestCheckpointsAreWrittenDown(t *testing.T) {
	onEach(t, func(c *commanded) {
		var said bytes.Buffer
		path := filepath.Join(c.TempDir(), "away", "checkpoints")
		p := &checkpoints{trail: auditdb.New(c.db), path: path, key: "a key of the test", log: slog.New(slog.NewTextHandler(&said, nil))}
		p.write(c.Context())
		if _, err := os.Stat(path); err == nil {
			c.Error("an empty chain is written down")
		}
		c.old("dataset.edit", time.Now())
		p.write(c.Context())
		p.write(c.Context())
		c.old("dataset.edit", time.Now())
		ctx, stop := context.WithCancel(c.Context())
		stop()
		p.keep(ctx) // ends at once, and writes the last one
		heads, err := anchorsIn(path, "a key of the test")
		if err != nil || len(heads) != 2 || heads[0].Position != 1 || heads[1].Position != 2 {
			c.Errorf("written down %v, %v; want both places once", heads, err)
		}
		if _, err := anchorsIn(path, "another key"); err == nil {
			c.Error("another key agrees")
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			c.Errorf("%v %v; want it readable by its owner alone", info, err)
		}
		if got, _, said := jard(c.Context(), "", []string{"JARD_DATABASE_URL", c.target, "JARD_AUDIT_CHECKPOINTS", path, "JARD_AUDIT_KEY", "a key of the test"}, "verify"); got != 0 || strings.Contains(said, "BROKEN") {
			c.Errorf("verify = %d %s", got, said)
		}
		must(c.T, p.anchor(c.Context()))
		if !strings.Contains(said.String(), "jard-audit-anchor 1 ") {
			c.Errorf("the day's anchor is not said: %s", said.String())
		}

		said.Reset()
		c.old("dataset.edit", time.Now())
		p.path = filepath.Join(path, "below a file")
		p.write(c.Context())
		if !strings.Contains(said.String(), "level=ERROR") {
			c.Errorf("said %s", said.String())
		}
		p.path = path
		p.write(c.Context())
		if heads, err := anchorsIn(path, ""); err != nil || len(heads) != 3 {
			c.Errorf("%v, %v; want the third place once it can be written", heads, err)
		}
	})
}

// Whoever takes away a file that is not for the public is in the trail, and
// whoever takes what is public is not.
func TestTakingWhatIsNotPublicLeavesALine(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			r := start(t, databasetest.URL(t, engine), func(c *configs.Config) { c.Watch.Enabled = false })
			officer := r.token(t, identity.Officer, "marhp")
			c := &commanded{t, "", r.db}
			r.seenBy(t, "/institutions", officer)
			before := len(c.did("export.take"))
			r.seenBy(t, "/desk/requests.csv", officer)
			all := c.did("export.take")
			if before != 0 || len(all) != 1 || all[0].Role != identity.Officer || all[0].Institution != "marhp" || all[0].Ref != "/desk/requests.csv" {
				t.Errorf("%d lines before, then %+v", before, all)
			}
		})
	}
}
