package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/vantage"
)

// How much rest a host gets between two visits is a setting of the
// installation, and agents keep it from every place.
func TestAnAgentIsAsPoliteAsTheInstallationIsSet(t *testing.T) {
	t.Parallel()
	target, s := newVisits(t), newSite(t, database.SQLite, "JARD_WATCH_HOST_PAUSE=500ms")
	watched(t, s.db, target.URL)
	a := run2(t, []string{"JARD_TOKEN=" + s.invite("tunis", vantage.Mobile)}, "agent", "--server", s.url, "--state", t.TempDir(), "--deliver-every", "150ms")
	visits := func() (all []time.Time) {
		for n := range looked {
			all = append(all, target.of(s.url, fmt.Sprintf("/s%d", n))...)
		}
		return all
	}
	until(t, "it looks", 20*time.Second, func() bool { return len(visits()) > 0 })
	began := time.Now()
	until(t, "it goes on looking", 20*time.Second, func() bool { return time.Since(began) > 3*time.Second })
	came, took := len(visits()), time.Since(began)
	a.end(t, syscall.SIGTERM)
	if most := 2 * (int(took/(500*time.Millisecond)) + 2); came > most { // the installation itself visits as often
		t.Errorf("%d visits in %s; want at most %d", came, took, most)
	}
}
