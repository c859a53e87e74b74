package watch

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// A watch is killed at random moments, again and again. Whatever moment it
// was, the records agree with each other and hold all that was said to be stored.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := databasetest.URL(t, engine)
			db, err := database.Open(database.Options{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = database.Close(db) })
			s := store(t, db)
			target := startTarget(t)
			for n := range 40 {
				addService(t, db, s, fmt.Sprintf("s%d", n), target+"/flap", 500*time.Millisecond)
			}
			acknowledged := 0
			for range 5 {
				life := time.Duration(900+rand.IntN(1400)) * time.Millisecond
				acknowledged += spawn(t, roleWatch, urlVariable+"="+url).end(t, life, os.Kill)
				checkInvariants(t, db, target, acknowledged)
			}
			// Then everything answers, nothing is damped any more, and the watch ends properly.
			err = db.Exec(`UPDATE checks SET target = ?, settings = '{"judgement":{"flips":0}}', updated_at = updated_at`, target+"/").Error
			if err != nil {
				t.Fatal(err)
			}
			acknowledged += spawn(t, roleWatch, urlVariable+"="+url).end(t, 3*time.Second, syscall.SIGTERM)
			checkInvariants(t, db, target, acknowledged)
			if n := number(t, db, "SELECT COUNT(*) FROM outages WHERE ended_at IS NULL"); n != 0 {
				t.Errorf("%d incidents dangle after everything answered", n)
			}
			if acknowledged == 0 || number(t, db, "SELECT COUNT(*) FROM outages") == 0 {
				t.Errorf("%d readings and no incident: the test tested nothing", acknowledged)
			}
			t.Logf("%d readings acknowledged, %d stored, %d incidents", acknowledged,
				len(kept(t, db)), number(t, db, "SELECT COUNT(*) FROM outages"))
		})
	}
}

func checkInvariants(t *testing.T, db *gorm.DB, target string, acknowledged int) {
	t.Helper()
	readings := kept(t, db)
	stored := len(readings)
	if stored < acknowledged {
		t.Errorf("%d readings stored; %d were acknowledged", stored, acknowledged)
	}
	if hits := hitsOf(t, target); stored > hits {
		t.Errorf("%d readings of %d visits: some are doubled", stored, hits)
	}
	for what, query := range map[string]string{
		"open incidents that the state does not know": `SELECT COUNT(*) FROM outages i WHERE i.ended_at IS NULL AND
			NOT EXISTS (SELECT 1 FROM check_current c WHERE c.check_id = i.check_id AND c.incident_at = i.started_at)`,
		"states with an incident that is not open": `SELECT COUNT(*) FROM check_current c WHERE c.incident_at IS NOT NULL AND
			NOT EXISTS (SELECT 1 FROM outages i WHERE i.check_id = c.check_id AND i.started_at = c.incident_at AND i.ended_at IS NULL)`,
		"open incidents without an open outage": `SELECT COUNT(*) FROM incidents i WHERE i.ended_at IS NULL AND
			NOT EXISTS (SELECT 1 FROM outages o WHERE o.incident = i.id AND o.ended_at IS NULL)`,
		"ended incidents with an open outage": `SELECT COUNT(*) FROM incidents i WHERE i.ended_at IS NOT NULL AND
			EXISTS (SELECT 1 FROM outages o WHERE o.incident = i.id AND o.ended_at IS NULL)`,
		"outages of no incident": `SELECT COUNT(*) FROM outages o WHERE NOT EXISTS (SELECT 1 FROM incidents i WHERE i.id = o.incident)`,
		"outages without evidence": `SELECT COUNT(*) FROM outages o WHERE
			NOT EXISTS (SELECT 1 FROM incident_evidence e WHERE e.outage = o.id)`,
		"incidents that end before they start": `SELECT COUNT(*) FROM outages WHERE ended_at < started_at`,
	} {
		if n := number(t, db, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	checkReadings(t, db, readings)
}

// moment is a reading's place.
type moment struct {
	check int64
	at    int64
}

// checkReadings compares the readings with the incidents and states they led to.
func checkReadings(t *testing.T, db *gorm.DB, readings []monitor.Reading) {
	t.Helper()
	verdicts, known := map[moment]monitor.Verdict{}, map[int64]bool{}
	for _, r := range readings {
		verdicts[moment{r.Check, r.At.UnixMicro()}] = r.Verdict
	}
	var incidents []monitor.Outage
	var states []monitor.Current
	if err := db.Find(&incidents).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Find(&states).Error; err != nil {
		t.Fatal(err)
	}
	for _, i := range incidents {
		if _, ok := verdicts[moment{i.CheckID, i.StartedAt.UnixMicro()}]; !ok {
			t.Errorf("an incident of check %d lacks the reading that began it", i.CheckID)
		}
		if v := verdicts[moment{i.CheckID, i.ConfirmedAt.UnixMicro()}]; v != monitor.Down {
			t.Errorf("an incident of check %d lacks the reading that confirmed it: %v", i.CheckID, v)
		}
	}
	for _, c := range states {
		known[c.CheckID] = true
	}
	for _, r := range readings {
		if !known[r.Check] {
			t.Fatalf("check %d has readings and no state", r.Check)
		}
	}
}

// kept returns every reading that is stored.
func kept(t testing.TB, db *gorm.DB) []monitor.Reading {
	t.Helper()
	var ids []int64
	if err := db.Model(&monitor.Check{}).Pluck("id", &ids).Error; err != nil {
		t.Fatal(err)
	}
	var all []monitor.Reading
	now := time.Now()
	for _, id := range ids {
		list, err := monitordb.New(db, nil).Readings(t.Context(), id, now.Add(-5*time.Hour), now.Add(time.Hour), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

func hitsOf(t *testing.T, target string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target+"/hits", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
