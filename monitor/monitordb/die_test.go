package monitordb

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// The test binary starts itself again as a writer that kills itself at a phase.
const (
	dieVariable   = "JARD_TEST_DIE_AT"
	urlVariable   = "JARD_TEST_URL"
	spoolVariable = "JARD_TEST_SPOOL"
)

// phases are where a flush may be cut off.
func phases() []string {
	return []string{"begun", "readings written", "incidents written", "all written", "stored", "spilling", "spilt", "never"}
}

// dieAt writes a batch, says how many readings are safe, and kills itself at
// the phase of the second one.
func dieAt(phase string) int {
	db, err := database.Open(database.Options{URL: os.Getenv(urlVariable)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s := New(db, func() time.Time { return noon })
	w := s.NewWriter(nil, 0)
	if err := w.SpoolTo(os.Getenv(spoolVariable), 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx := context.Background()
	var c monitor.Current
	at := feed(w, &c, 1, noon, "uuu")
	if err := w.Flush(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(w.Stats().Written)
	w.pass = func(now string) {
		if now == phase {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	feed(w, &c, 1, at, "ufffuu"+strings.Repeat("u", 60))
	if strings.HasPrefix(phase, "spil") {
		err = w.spill()
	} else {
		err = w.Flush(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(w.Stats().Written + w.Stats().Spooled)
	return 0
}

// A writer is killed in every phase of a flush: a batch is there as a whole or
// not at all, what was said to be stored is, and the next process goes on.
func TestKilledInEveryPhaseOfAFlush(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		for _, phase := range phases() {
			t.Run(phase, func(t *testing.T) {
				target, dir := databasetest.URL(t, db.Name()), t.TempDir()
				db, err := database.Open(database.Options{URL: target})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = database.Close(db) })
				s, _ := open(t, db)
				add(t, s, service("b3"))
				cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // ourselves
				cmd.Env = append(os.Environ(), dieVariable+"="+phase, urlVariable+"="+target, spoolVariable+"="+dir)
				cmd.Stderr = os.Stderr
				out, err := cmd.Output()
				if killed := err != nil; killed != (phase != "never") {
					t.Fatalf("the writer ended with %v", err)
				}
				lines := strings.Fields(string(out))
				acknowledged, err := strconv.Atoi(lines[len(lines)-1])
				if err != nil {
					t.Fatal(err)
				}
				next := s.NewWriter(nil, 0)
				if err := next.SpoolTo(dir, 0); err != nil {
					t.Fatal(err)
				}
				if err := next.Recover(t.Context()); err != nil {
					t.Fatal(err)
				}
				checkWhole(t, s, db, acknowledged)
			})
		}
	})
}

// checkWhole wants the first batch, or both, with what they led to.
func checkWhole(t *testing.T, s *Store, db *gorm.DB, acknowledged int) {
	t.Helper()
	list, err := s.Readings(t.Context(), 1, noon, noon.Add(24*time.Hour), 1000)
	if err != nil {
		t.Fatal(err)
	}
	states, err := s.Currents(t.Context(), "b3")
	if err != nil {
		t.Fatal(err)
	}
	incidents, both := count(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NOT NULL"), len(list) == 69
	if !both && len(list) != 3 || len(list) < acknowledged || both != (incidents == 1) || !states[1].LastAt.Equal(list[0].At) {
		t.Errorf("%d readings (%d acknowledged), %d incidents, state of %v", len(list), acknowledged, incidents, states[1].LastAt)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
