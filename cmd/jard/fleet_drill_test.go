package main

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/migrations"
)

// freshly migrates the database at where.
func freshly(t *testing.T, where string) {
	t.Helper()
	db, err := database.Open(database.Options{URL: where})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	if _, err := migrations.Up(context.Background(), db); err != nil {
		t.Fatal(err)
	}
	if err := seedOnce(context.Background(), db); err != nil {
		t.Fatal(err)
	}
}

// operator gives a new account an API token.
func (w *town) operator() string {
	w.t.Helper()
	r := &running{server: &server{db: w.db}}
	return r.token(w.t, identity.Officer, "marhp")
}

// TestThreeProcessesUnderLoad has clients record and answer through a balancer
// while a process is killed, the database crashes and a process is frozen for
// longer than its lease and another replaced: nothing acknowledged is lost,
// nothing is doubled, and no service is blamed for what was ours.
func TestThreeProcessesUnderLoad(t *testing.T) {
	base := databasetest.NewServer(t)
	freshly(t, base.URL)
	w := townOn(t, base.URL)
	f := newFleet(w)
	a, b, c := f.launch("a1", w.where), f.launch("b1", w.where), f.launch("c1", w.where)
	w.owners(3)
	l := f.loaded(w.operator())
	began := time.Now()

	if err := a.cmd.Process.Kill(); err != nil { // a machine dies
		t.Fatal(err)
	}
	f.leave(a)
	w.owners(2)
	base.Crash(t) // and the database
	base.Start(t)
	until(t, "both are ready again", time.Minute, func() bool { return b.ready.Load() && c.ready.Load() })
	w.owners(2)
	if err := b.cmd.Process.Signal(syscall.SIGSTOP); err != nil { // one stands still
		t.Fatal(err)
	}
	w.owners(1)
	if err := b.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	w.owners(2)
	f.leave(c) // and one is replaced
	c.end(t, syscall.SIGTERM)
	d := f.launch("d1", w.where)
	w.owners(2)
	steady := time.Now()
	w.pause(5 * townEvery / 2)
	l.end()
	w.exact("two processes, after all of it", steady, time.Now())
	w.bounded("while it happened", began, steady, 30*time.Second)
	f.leave(b)
	f.leave(d)
	b.end(t, syscall.SIGTERM)
	d.end(t, syscall.SIGTERM)
	l.settled("under load")
	w.kept("under load", began, time.Now(), 3*townSize)
}
