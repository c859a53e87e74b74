package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fleet is several processes behind a small balancer: each request goes to the
// next that says it is ready, wherever the one before went.
type fleet struct {
	t     *testing.T
	town  *town
	front *httptest.Server

	mu    sync.Mutex
	crews []*crew
	next  int
}

// crew is one process of the fleet.
type crew struct {
	*process
	name  string
	url   string
	ready atomic.Bool
	left  bool
}

func newFleet(w *town) *fleet {
	f := &fleet{t: w.t, town: w}
	f.front = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			if to := f.turn(); to != nil {
				r.SetURL(to)
			}
		},
		ErrorHandler: func(out http.ResponseWriter, _ *http.Request, _ error) { out.WriteHeader(http.StatusBadGateway) },
		Transport:    &http.Transport{ResponseHeaderTimeout: 8 * time.Second, MaxIdleConnsPerHost: 8},
	})
	w.t.Cleanup(f.front.Close)
	return f
}

// turn is the process whose turn it is; nil when none is ready.
func (f *fleet) turn() *url.URL {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range f.crews {
		f.next++
		c := f.crews[f.next%len(f.crews)]
		if c.ready.Load() {
			u, _ := url.Parse(c.url)
			return u
		}
	}
	return nil
}

// launch starts a process on the database at where and waits until it is ready.
func (f *fleet) launch(name, where string) *crew {
	f.t.Helper()
	l, err := new(net.ListenConfig).Listen(f.t.Context(), "tcp", "127.0.0.1:0") // only to find a free port
	if err != nil {
		f.t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	c := &crew{name: name, url: "http://" + address}
	c.process = run2(f.t, []string{
		"JARD_DATABASE_URL=" + where, "JARD_LISTEN=" + address, "JARD_BASE_URL=http://" + name + ".test", "JARD_FIRST_RUN_SEED=false",
		"JARD_DATABASE_MAX_CONNECTIONS=8", "JARD_LIMITS_DRAIN=2s", "JARD_LIMITS_UNPACED_NETWORKS=127.0.0.0/8", "JARD_WATCH_RECHECK_AFTER=1s", "JARD_WATCH_RECHECK_AGAIN=1s", "JARD_LOG_LEVEL=warn", "JARD_WATCH_SPOOL=" + f.t.TempDir(),
	}, "serve")
	f.mu.Lock()
	f.crews = append(f.crews, c)
	f.mu.Unlock()
	go f.watch(c)
	until(f.t, name+" is ready", time.Minute, c.ready.Load)
	return c
}

// watch asks a process all the time whether it is ready, as a balancer does.
func (f *fleet) watch(c *crew) {
	client := &http.Client{Timeout: time.Second}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := client.Get(c.url + "/readyz") //nolint:noctx // bounded by the client
		if err == nil {
			_ = resp.Body.Close()
		}
		f.mu.Lock()
		c.ready.Store(err == nil && resp.StatusCode == http.StatusOK && !c.left)
		gone := c.left
		f.mu.Unlock()
		if gone {
			return
		}
		select {
		case <-tick.C:
		case <-f.t.Context().Done():
			return
		}
	}
}

// leave takes a process out of the fleet: it is ended, or was.
func (f *fleet) leave(c *crew) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.left = true
	f.crews = slices.DeleteFunc(slices.Clone(f.crews), func(o *crew) bool { return o == c })
}

// load is what clients do to a fleet, and what they were told.
type load struct {
	f     *fleet
	token string
	stop  chan struct{}
	all   sync.WaitGroup

	mu       sync.Mutex
	refs     map[string]string // acknowledged datasets: title to ref
	answers  map[string]int64  // acknowledged answers: key to id
	failures map[string]int    // by what was said
	before   map[string]int    //nolint:unused // those of earlier rounds, for the drill under its own tag
	outage   time.Duration     // the longest that one client waited for an answer
	silent   time.Duration     // the longest without an acknowledged write of any client
	wrote    time.Time         // when the last was acknowledged
	asked    int
	retried  int
	dropped  []string // what no client got done within its patience
}

// loaded starts clients: some record datasets, some answer surveys, one reads.
func (f *fleet) loaded(token string) *load {
	l := &load{f: f, token: token, stop: make(chan struct{}), refs: map[string]string{}, answers: map[string]int64{}, failures: map[string]int{}}
	for n := range 3 {
		l.all.Go(func() { l.each(50*time.Millisecond, func(i int) { l.record(fmt.Sprintf("Jeu %d-%d", n, i)) }) })
	}
	for n := range 2 {
		l.all.Go(func() { l.each(30*time.Millisecond, func(i int) { l.answer(fmt.Sprintf("réponse-%d-%d", n, i)) }) })
	}
	l.all.Go(func() {
		l.each(50*time.Millisecond, func(int) { l.insist(http.MethodGet, "/datasets", "", nil, http.StatusOK) })
	})
	return l
}

// each does something again and again until the load stops.
func (l *load) each(pace time.Duration, do func(int)) {
	for i := 0; ; i++ {
		select {
		case <-l.stop:
			return
		case <-time.After(pace):
			do(i)
		}
	}
}

// end stops the load and waits for what is under way.
func (l *load) end() {
	close(l.stop)
	l.all.Wait()
}

// patience is how long a client tries before it gives up: longer than any
// failover of the drills.
const patience = 2 * time.Minute

// insist sends the same request with the same key until it is answered as
// wanted, as a careful client does.
func (l *load) insist(method, path, key string, body any, want int) (answer []byte, ok bool) {
	data, _ := json.Marshal(body)
	began := time.Now()
	for tries := 1; time.Since(began) < patience; tries++ {
		status, said, why := l.send(method, path, key, data)
		l.mu.Lock()
		l.asked++
		if tries > 1 {
			l.retried++
		}
		if status == want {
			l.outage = max(l.outage, time.Since(began))
			if key != "" {
				if !l.wrote.IsZero() {
					l.silent = max(l.silent, time.Since(l.wrote))
				}
				l.wrote = time.Now()
			}
			l.mu.Unlock()
			return said, true
		}
		l.failures[why]++
		l.mu.Unlock()
		if status >= 400 && status < 500 && status != http.StatusTooManyRequests {
			l.f.t.Errorf("%s %s = %d %s", method, path, status, said)
			return nil, false
		}
		<-time.After(100 * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropped = append(l.dropped, key)
	return nil, false
}

func (l *load) send(method, path, key string, data []byte) (status int, said []byte, why string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, l.f.front.URL+path, bytes.NewReader(data))
	if err != nil {
		return 0, nil, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+l.token)
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, "no answer"
	}
	defer resp.Body.Close()
	if said, err = io.ReadAll(resp.Body); err != nil {
		return 0, nil, "cut off"
	}
	return resp.StatusCode, said, strconv.Itoa(resp.StatusCode)
}

// record has a dataset recorded.
func (l *load) record(title string) {
	d := complete(title)
	said, ok := l.insist(http.MethodPost, "/api/v1/datasets", title, d, http.StatusCreated)
	var got struct{ Ref string }
	if ok && json.Unmarshal(said, &got) == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.refs[title] = got.Ref
	}
}

// answer has an answer kept.
func (l *load) answer(key string) {
	body := map[string]any{"channel": "api", "language": "fr", "answers": map[string]any{"satisfaction": 4}}
	said, ok := l.insist(http.MethodPost, "/api/v1/surveys/s1/answers", key, body, http.StatusCreated)
	var got struct{ ID string }
	if ok && json.Unmarshal(said, &got) == nil {
		id, _ := strconv.ParseInt(got.ID, 10, 64)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.answers[key] = id
	}
}

// settled wants that what was acknowledged is there, once, and nothing else.
func (l *load) settled(what string) {
	t, w := l.f.t, l.f.town
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("%s: %d datasets and %d answers acknowledged; %d requests, %d of them again; failures as clients saw them %v; the longest wait of one %s",
		what, len(l.refs), len(l.answers), l.asked, l.retried, l.failures, l.outage.Round(10*time.Millisecond))
	if len(l.dropped) > 0 {
		t.Errorf("%s: nobody got done %q", what, l.dropped)
	}
	var rows []struct{ Ref, Title string }
	if err := w.db.Raw("SELECT ref, title->>'fr' AS title FROM datasets").Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	kept, times := map[string]string{}, map[string]int{}
	for _, r := range rows {
		kept[r.Title] = r.Ref
		times[r.Title]++
	}
	if !maps.Equal(kept, l.refs) {
		t.Errorf("%s: %d datasets are kept and %d were acknowledged", what, len(kept), len(l.refs))
	}
	for title, n := range times {
		if n != 1 {
			t.Errorf("%s: %s is kept %d times", what, title, n)
		}
	}
	if n := w.count("SELECT count(*) FROM audit_lines WHERE subject = 'dataset' AND act = 'dataset.create'"); n != len(rows) {
		t.Errorf("%s: %d datasets and %d lines of their creation", what, len(rows), n)
	}
	var ids []int64
	if err := w.db.Raw("SELECT id FROM survey_answers ORDER BY id").Scan(&ids).Error; err != nil {
		t.Fatal(err)
	}
	if want := slices.Sorted(maps.Values(l.answers)); !slices.Equal(ids, want) {
		t.Errorf("%s: %d answers are kept and %d were acknowledged", what, len(ids), len(want))
	}
	if n := w.count("SELECT count(*) FROM (SELECT args FROM river_job GROUP BY args HAVING count(*) > 1) twice"); n > 0 {
		t.Errorf("%s: %d turns of timed jobs were taken twice", what, n)
	}
	outages, incidents := w.count("SELECT count(*) FROM outages"), w.count("SELECT count(*) FROM incidents")
	if outages+incidents > 0 {
		t.Errorf("%s: services are blamed for our outage: %d outages, %d incidents", what, outages, incidents)
	}
}
