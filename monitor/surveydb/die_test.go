package surveydb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// The test binary starts itself again as a process that takes answers until it is killed.
const (
	dieVariable = "JARD_TEST_ANSWER"
	urlVariable = "JARD_TEST_URL"
)

// answerUntilKilled takes answers from many at once, and says which it acknowledged.
func answerUntilKilled() int {
	db, err := database.Open(database.Options{URL: os.Getenv(urlVariable)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s := New(db, time.Now)
	said := make(chan string)
	for worker := range 16 {
		go func() {
			for n := 0; ; n++ {
				f := form("cin", 4)
				f.Key = fmt.Sprintf("%d-%d", worker, n)
				if _, err := s.Accept(context.Background(), f, address(worker*1000+n)); err != nil {
					said <- "failed " + err.Error()
					continue
				}
				said <- f.Key
			}
		}()
	}
	for line := range said {
		fmt.Println(line) // one write a line: what was said has left the process
	}
	return 0
}

// A process that takes answers is killed at some moment: whatever it had
// acknowledged is there, and the sums agree with the answers.
func TestKilledProcessLosesNothingItAcknowledged(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		target := databasetest.URL(t, db.Name())
		db, err := database.Open(database.Options{URL: target})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = database.Close(db) })
		s, c := open(t, db, "cin")
		acknowledged := map[string]bool{}
		for round := range 3 {
			for _, key := range killedAfter(t, target, 150+70*round) {
				acknowledged[key] = true
			}
		}
		c.set(time.Now())
		for key := range acknowledged {
			f := form("cin", 4)
			f.Key = key
			if r := accept(t, s, f, 1); !r.Again {
				t.Errorf("answer %s was acknowledged and is lost", key)
			}
		}
		var kept int64
		if err := db.Model(&AnswerRow{}).Count(&kept).Error; err != nil {
			t.Fatal(err)
		}
		all, err := s.Distribution(t.Context(), nil, time.Now().Add(-48*time.Hour), time.Now().Add(48*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		summed := int64(0)
		for _, tally := range all["cin"] {
			summed += tally.Answers + tally.Apart
		}
		if summed != kept || int(kept) < len(acknowledged) {
			t.Errorf("%d answers kept, %d summed up, %d acknowledged", kept, summed, len(acknowledged))
		}
	})
}

// killedAfter returns what a process acknowledged that is killed after so many.
func killedAfter(t *testing.T, target string, answers int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), dieVariable+"=1", urlVariable+"="+target)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "failed") {
			t.Error(line)
		} else {
			said = append(said, line)
		}
		if len(said) == answers {
			_ = cmd.Process.Signal(syscall.SIGKILL)
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it was not killed")
	}
	if len(said) < answers {
		t.Fatalf("it acknowledged %d answers; %d were waited for", len(said), answers)
	}
	return said
}
