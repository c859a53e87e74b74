package auditdb_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// sealUntilKilled seals, and says so after each step.
func sealUntilKilled(target string) {
	db, err := database.Open(database.Options{URL: target, MaxConnections: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for store := auditdb.New(db); err == nil; {
		if _, err = store.Seal(context.Background()); err == nil {
			fmt.Println("sealed")
		}
	}
	fmt.Println(err)
}

// Processes that seal are killed at random instants: the chain verifies after
// each, what waits keeps waiting, and the next one goes on where it ended.
func TestSealersAreKilled(t *testing.T) {
	const deaths, each = 6, 4000
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			db, err := database.Open(database.Options{URL: target, MaxConnections: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = database.Close(db) })
			tr, interrupted := newTrail(t, db), 0
			for range deaths {
				tr.write(each)
				killSealer(t, target, time.Duration(rand.IntN(20))*time.Millisecond)
				for _, b := range tr.breaks() {
					t.Error(b)
				}
				head, waiting, err := tr.store.Standing(t.Context())
				tr.ok(err)
				if head.Position > 0 && waiting > 0 {
					interrupted++
				}
			}
			tr.seal()
			for _, b := range tr.breaks() {
				t.Error(b)
			}
			if head, err := tr.store.Head(t.Context()); err != nil || head.Position != deaths*each {
				t.Errorf("the head is %d, %v; want %d", head.Position, err, deaths*each)
			}
			if interrupted == 0 {
				t.Errorf("none of %d deaths came while lines were being sealed; the test no longer tries that", deaths)
			}
		})
	}
}

// killSealer starts a process that seals, and kills it a while after its first step.
func killSealer(t *testing.T, target string, after time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "JARD_TEST_SEAL="+target)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for said.Scan() && said.Text() != "sealed" {
		continue
	}
	time.Sleep(after)
	_ = unix.Kill(cmd.Process.Pid, unix.SIGKILL)
	_ = cmd.Wait()
}
