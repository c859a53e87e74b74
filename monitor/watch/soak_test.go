package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/outgoing"
)

// soakChecks is how many checks soak, each looked at once a second: a minute
// for them is an hour for a check of a minute.
const soakChecks = 60

// TestSoak watches targets that answer well, badly, late, never, halfway, with
// the connection cut or by leading to a forbidden network, while the database
// goes away and comes back. At the end the targets' own count of visits and
// what is stored agree for every check, to the look. JARD_SOAK says how long:
// 24m are the looks of a day.
func TestSoak(t *testing.T) {
	lasts := 8 * time.Second
	if set, err := time.ParseDuration(os.Getenv("JARD_SOAK")); err == nil {
		lasts = set
	}
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		f := startFarm(t)
		s := store(t, db)
		for n := range soakChecks { // with time to hear that one is turned away at the end, on a busy machine too
			addService(t, db, s, fmt.Sprintf("s%d", n), f.plain+"/soak/"+strconv.Itoa(n), 900*time.Millisecond)
		}
		guard, err := outgoing.New([]string{"127.0.0.0/8"})
		if err != nil {
			t.Fatal(err)
		}
		w, stop := run(t, Options{
			Store: s, Prober: probe.New(probe.Options{Guard: guard}), PerHost: -1, References: []string{f.address()},
			Rechecks: []time.Duration{150 * time.Millisecond, 250 * time.Millisecond}, Poll: 100 * time.Millisecond,
		})
		end := time.After(lasts)
		for soaking := true; soaking; {
			select {
			case <-end:
				soaking = false
			case <-time.After(lasts / 3):
				databaseAway(t, db)
			}
		}
		f.soaked(true)
		time.Sleep(2 * time.Second) // what was under way comes to its end
		visits := f.soaked(true)
		stop()
		if p := w.Pulse(); p.Dropped > 0 {
			t.Errorf("%d readings were given up", p.Dropped)
		}
		agree(t, db, visits)
	})
}

// agree compares the visits that the targets counted with the readings that
// reached them: those that sent a request and were not turned away at the end.
func agree(t *testing.T, db *gorm.DB, visits map[int]int) {
	t.Helper()
	var checks []monitor.Check
	if err := db.Find(&checks).Error; err != nil {
		t.Fatal(err)
	}
	service := map[int64]string{}
	for _, c := range checks {
		service[c.ID] = c.Service
	}
	stored := map[int]int{}
	total, bad := 0, 0
	type look struct {
		check int64
		at    time.Time
	}
	seen := map[look]bool{}
	for _, r := range kept(t, db) {
		if one := (look{r.Check, r.At}); seen[one] {
			t.Errorf("the look of check %d at %v is stored twice", r.Check, r.At)
		} else {
			seen[one] = true
		}
		if r.Reason == monitor.Blocked {
			bad++
		}
		if r.Phases[monitor.PhaseWait] <= 0 || r.Status == turned {
			continue
		}
		n, _ := strconv.Atoi(service[r.Check][1:])
		stored[n]++
		total++
	}
	for n := range soakChecks {
		if visits[n] != stored[n] || visits[n] == 0 {
			t.Errorf("check %d: the target counted %d visits, %d readings are stored", n, visits[n], stored[n])
		}
	}
	incidents := number(t, db, "SELECT COUNT(*) FROM outages")
	open := number(t, db, "SELECT COUNT(*) FROM outages WHERE confirmed_at < started_at")
	if incidents == 0 || open > 0 {
		t.Errorf("%d outages, %d confirmed before they began", incidents, open)
	}
	t.Logf("%d visits, as many readings; %d outages, %d times turned away", total, incidents, bad)
}

// databaseAway takes the database away for a second.
func databaseAway(t *testing.T, db *gorm.DB) {
	t.Helper()
	if db.Name() == database.Postgres {
		if err := db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").Error; err != nil {
			t.Fatal(err)
		}
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_ = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { // whoever writes waits
		if err := tx.Exec("UPDATE watch_state SET value = value WHERE name = 'version'").Error; err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
}

// soaked is how often each number was visited; shut lets nobody in any more.
func (f *remoteFarm) soaked(shut bool) (visits map[int]int) {
	f.tb.Helper()
	path := "/soaked"
	if shut {
		path += "?shut=1"
	}
	resp := f.get(path)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		f.tb.Fatal(resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(&visits); err != nil {
		f.tb.Fatal(err)
	}
	return visits
}

// address is where the farm listens.
func (f *remoteFarm) address() string { return f.plain[len("http://"):] }
