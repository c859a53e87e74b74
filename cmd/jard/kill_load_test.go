package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// visited is what the rounds of a dying program look at, and how often they did.
type visited struct {
	server *httptest.Server
	hits   atomic.Int64
}

// newVisited is a target that answers and fails by turns.
func newVisited(t *testing.T) *visited {
	t.Helper()
	v := &visited{}
	v.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if v.hits.Add(1)/40%2 == 1 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(v.server.Close)
	return v
}

// services are looked at every second: oftener than anybody may ask for.
func (l *dying) services(t *testing.T, db *gorm.DB) {
	t.Helper()
	store := monitordb.New(db, nil)
	for n := range 8 {
		slug := fmt.Sprintf("veille-%d", n)
		_, err := store.Add(t.Context(), identity.System("test"), monitor.Service{
			Slug: slug, Name: lang.Text{"fr": slug}, Institution: "marhp", State: monitor.Active,
			Checks: []monitor.Check{{Name: "accueil", Target: l.visited.server.URL, Schedule: "@every 60s", Timeout: time.Second}},
		}, schedule.Period)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Exec("UPDATE checks SET schedule = '@every 1s'").Error; err != nil {
		t.Fatal(err)
	}
}

// looking is what the environment tells a program that makes the rounds. What
// waits for the database waits in memory, as the crash of a machine leaves it.
func looking(spool string) []string {
	return []string{
		"JARD_WATCH_ENABLED=true", "JARD_OUTGOING_ALLOW_NETWORKS=127.0.0.0/8", "JARD_WATCH_SPOOL=" + spool, "JARD_WATCH_HOST_PAUSE=0s",
		"JARD_WATCH_RECHECK_AFTER=10ms", "JARD_WATCH_RECHECK_AGAIN=20ms", "JARD_TRUSTED_PROXIES=127.0.0.0/8",
	}
}

// answering sends answers, each from a network of its own and every third one
// twice, until nobody answers.
func (l *dying) answering(r *running, n int, acked func()) {
	for k := 0; ; k++ {
		slug, key := fmt.Sprintf("veille-%d", k%8), fmt.Sprintf("reponse-%d-%d", n, k)
		first, ok := l.answer(r, slug, key, k)
		if !ok {
			return
		}
		acked()
		if k%3 > 0 {
			continue
		}
		again, ok := l.answer(r, slug, key, k)
		if !ok {
			return
		}
		if again != first {
			l.mu.Lock()
			l.twice = append(l.twice, key)
			l.mu.Unlock()
		}
	}
}

// answer returns the number an answer is kept under; false when nobody said.
func (l *dying) answer(r *running, slug, key string, k int) (int64, bool) {
	l.mu.Lock()
	l.sent[key] = true
	l.mu.Unlock()
	status, said, err := r.post("", "/api/v1/surveys/"+slug+"/answers", "application/json", `{"channel":"web","language":"fr","answers":{"satisfaction":4,"comment":"Rien à redire."}}`,
		"Idempotency-Key", key, "X-Forwarded-For", fmt.Sprintf("198.%d.%d.%d", 51+k>>16, k>>8&255, k&255))
	if err != nil || status != http.StatusCreated {
		return 0, false
	}
	var receipt struct {
		ID string `json:"id"`
	}
	id, err := int64(0), json.Unmarshal([]byte(said), &receipt)
	if err == nil {
		id, err = strconv.ParseInt(receipt.ID, 10, 64)
	}
	if err != nil {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered[id] = true
	return id, true
}

var storedSoFar = regexp.MustCompile(`(?m)^jard_readings_stored_total (\d+)`)

// scraping remembers how many readings the program said that it had stored.
func (l *dying) scraping(url string, told func()) {
	last := int64(0)
	for {
		resp, err := http.Get(url + "/metrics") //nolint:noctx // until nobody answers
		if err != nil {
			break
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if m := storedSoFar.FindSubmatch(body); err == nil && m != nil {
			last, _ = strconv.ParseInt(string(m[1]), 10, 64) // digits
		}
		if last > 0 {
			told()
		}
		time.Sleep(5 * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored += last
}

// backing makes backups until the program is gone; the last of them is killed
// with it, at whatever it is doing.
func (l *dying) backing(gone <-chan struct{}) {
	for {
		cmd := exec.CommandContext(context.Background(), os.Args[0], "backup", "--force", l.file) //nolint:gosec // ourselves
		cmd.Env = append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_DATABASE_URL="+l.target)
		if cmd.Start() != nil {
			return
		}
		ended := make(chan struct{})
		var failed error
		go func() { failed = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
			l.mu.Lock()
			if failed == nil {
				l.backups++
			}
			l.mu.Unlock()
		case <-gone:
			_ = cmd.Process.Kill()
			<-ended
			return
		}
	}
}

// lookAtWatch holds readings, answers and backups, as they were left, to what
// must always be true.
func (l *dying) lookAtWatch(t *testing.T, db *gorm.DB) {
	t.Helper()
	for _, one := range invariants(configs.Default()) {
		if err := one.check(t.Context(), db, func(says string) { t.Errorf("%s: %s", one.name, says) }); err != nil {
			t.Errorf("%s: %v", one.name, err)
		}
	}
	store, now, kept := monitordb.New(db, nil), time.Now(), 0
	var checks []int64
	if err := db.Model(&monitor.Check{}).Pluck("id", &checks).Error; err != nil {
		t.Fatal(err)
	}
	for _, check := range checks {
		from, to := now.Add(-5*time.Hour), now.Add(time.Hour)
		list, err := store.Readings(t.Context(), check, from, to, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		moments := map[int64]bool{}
		for _, r := range list {
			moments[r.At.UnixMicro()] = true
		}
		tally, err := store.Tally(t.Context(), check, from, to)
		if err != nil || len(moments) != len(list) || tally.Readings != int64(len(list)) {
			t.Errorf("check %d: %d readings at %d instants, %d summed up, %v", check, len(list), len(moments), tally.Readings, err)
		}
		kept += len(list)
	}
	if hits := int(l.visited.hits.Load()); kept > hits || kept < int(l.stored) {
		t.Errorf("%d readings of %d visits; %d were told as stored", kept, hits, l.stored)
	}
	l.kept = kept
	l.lookAtAnswers(t, db)
	if _, err := os.Stat(l.file); err == nil {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "backup", "--verify", l.file) //nolint:gosec // ourselves
		cmd.Env = append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_DATABASE_URL="+l.target)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("the backup under its name is not whole: %v\n%s", err, out)
		}
	} else if l.backups > 0 {
		t.Errorf("%d backups were made and there is none: %v", l.backups, err)
	}
}

// lookAtAnswers finds every answer that was acknowledged once, none twice, and
// the sums as the answers are.
func (l *dying) lookAtAnswers(t *testing.T, db *gorm.DB) {
	t.Helper()
	var ids []int64
	if err := db.Table("survey_answers").Pluck("id", &ids).Error; err != nil {
		t.Fatal(err)
	}
	there := map[int64]bool{}
	for _, id := range ids {
		there[id] = true
	}
	for id := range l.answered {
		if !there[id] {
			t.Errorf("answer %d was acknowledged and is gone", id)
		}
	}
	if len(ids) > len(l.sent) || len(l.twice) > 0 {
		t.Errorf("%d answers of %d that were sent; %v were kept twice", len(ids), len(l.sent), l.twice)
	}
	now, summed := time.Now(), int64(0)
	all, err := surveydb.New(db, nil).In(configs.Default().Location()).Distribution(t.Context(), nil, now.Add(-48*time.Hour), now.Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, sums := range all {
		for _, tally := range sums {
			summed += tally.Answers + tally.Apart
		}
	}
	if summed != int64(len(ids)) {
		t.Errorf("%d answers are kept, %d summed up", len(ids), summed)
	}
}
