package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
)

// installation is one without network and database, so that it lives in a
// bubble of its own time: the rules decide what it takes.
type installation struct {
	t *testing.T

	mu       sync.Mutex
	cut      bool
	tells    vantage.Orders
	tag      string
	vantage  vantage.Vantage
	came     map[int64]map[int64]int // readings by check and moment
	batches  int
	digests  map[int64]string
	swallow  int // so many receipts get lost on the way
	reasons  map[monitor.Reason]int
	patience int // requests while the link was cut
}

const token = "jardv-once"

func newInstallation(t *testing.T, checks int, manner vantage.Manner) *installation {
	until := time.Now().Add(time.Hour)
	s := &installation{t: t, tag: `"1"`, came: map[int64]map[int64]int{}, digests: map[int64]string{}, reasons: map[monitor.Reason]int{}}
	s.vantage = vantage.Vantage{ID: 1, Slug: "tunis", Name: lang.Text{"fr": "Tunis"}, Network: vantage.Mobile, TokenHash: vantage.HashToken(token), TokenUntil: &until}
	s.tells = vantage.Orders{Manner: manner}
	for n := range checks {
		s.tells.Checks = append(s.tells.Checks, vantage.Assignment{
			ID: int64(n + 1), Service: "s", Name: string(rune('a' + n)), Kind: monitor.HTTP, Target: "https://a.example.tn/", Schedule: "@every 60s", TimeoutMs: 5000,
		})
	}
	return s
}

// RoundTrip is the way to the installation, and the installation.
func (s *installation) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut {
		s.patience++
		return nil, &net.OpError{Op: "dial", Err: errors.New("no route")}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	status, out, tag := s.answer(r, body)
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	if r.URL.Path == "/api/v1/agent/batches" && s.swallow > 0 {
		s.swallow--
		return nil, &net.OpError{Op: "read", Err: errors.New("cut off")}
	}
	header := http.Header{vantage.HeaderTime: {time.Now().UTC().Format(time.RFC3339Nano)}, "Etag": {tag}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(text)), Request: r}, nil
}

func (s *installation) answer(r *http.Request, body []byte) (status int, out any, tag string) {
	read := func(into any) {
		if err := json.Unmarshal(body, into); err != nil {
			s.t.Error(err)
		}
	}
	if r.URL.Path == "/api/v1/agent/enrolment" {
		var e vantage.Enrolment
		read(&e)
		if err := s.vantage.Enrol(e.Token, e.PublicKey, e.Program, time.Now()); err != nil {
			return http.StatusUnauthorized, nil, ""
		}
		return http.StatusOK, vantage.Welcome{Vantage: s.vantage.Slug, Now: time.Now()}, ""
	}
	h := r.Header
	if err := s.vantage.Check(r.Method, r.URL.Path, h.Get(vantage.HeaderTime), h.Get(vantage.HeaderSignature), body, time.Now()); err != nil {
		s.t.Errorf("%s is not signed: %v", r.URL.Path, err)
		return http.StatusUnauthorized, nil, ""
	}
	switch r.URL.Path {
	case "/api/v1/agent/checks":
		if h.Get("If-None-Match") == s.tag {
			return http.StatusNotModified, nil, s.tag
		}
		return http.StatusOK, s.tells, s.tag
	case "/api/v1/agent/batches":
		var b vantage.Batch
		read(&b)
		return s.take(&b)
	}
	return http.StatusOK, vantage.Pulse{Sequence: s.vantage.Sequence, Now: time.Now()}, ""
}

// take takes a batch by the rules.
func (s *installation) take(b *vantage.Batch) (int, any, string) {
	if b.Sequence <= s.vantage.Sequence {
		if s.digests[b.Sequence] != b.Digest() {
			s.t.Errorf("batch %d carries something else the second time", b.Sequence)
		}
		return http.StatusOK, vantage.Receipt{Sequence: b.Sequence, Already: true}, ""
	}
	known := map[int64]string{}
	for _, one := range s.tells.Checks {
		known[one.ID] = one.Service
	}
	a, err := s.vantage.Accept(s.vantage.Actor(), b, known, time.Now())
	if err != nil || len(a.Refused) > 0 || a.Gap > 0 && b.Lost == 0 {
		s.t.Errorf("batch %d: %v, %+v", b.Sequence, err, a)
		return http.StatusUnprocessableEntity, nil, ""
	}
	s.vantage.Took(b, a, time.Now())
	s.digests[b.Sequence] = b.Digest()
	s.batches++
	for n := range a.Readings {
		r := &a.Readings[n]
		if s.came[r.Check] == nil {
			s.came[r.Check] = map[int64]int{}
		}
		s.came[r.Check][r.At.UnixMicro()]++
		s.reasons[r.Reason]++
	}
	return http.StatusOK, vantage.Receipt{Sequence: b.Sequence, Kept: len(a.Readings)}, ""
}

// readings counts what came, and how much of it came twice.
func (s *installation) readings() (all, twice int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, of := range s.came {
		for _, n := range of {
			all += n
			twice += n - 1
		}
	}
	return all, twice
}

func (s *installation) link(up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = !up
}

// order has the installation want something else.
func (s *installation) order(tag string, change func(*vantage.Orders)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tag = tag
	change(&s.tells)
}

// pace has every check looked at so often.
func (s *installation) pace(schedule string) {
	s.order(`"paced"`, func(o *vantage.Orders) {
		o.Checks = append([]vantage.Assignment(nil), o.Checks...)
		for n := range o.Checks {
			o.Checks[n].Schedule, o.Checks[n].UpdatedAt = schedule, time.Now()
		}
	})
	time.Sleep(20 * time.Second)
}

// looks is a prober that is quick, and remembers when it looked.
type looks struct {
	mu  sync.Mutex
	at  []time.Time
	why monitor.Reason
}

// Probe implements watch.Prober.
func (l *looks) Probe(_ context.Context, c monitor.Check) monitor.Reading {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = append(l.at, time.Now())
	return monitor.Reading{Check: c.ID, At: time.Now(), Status: 200, Reason: l.why}
}

func (l *looks) times() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]time.Time(nil), l.at...)
}

// inBubble runs body with an agent of s that looks and delivers.
func inBubble(t *testing.T, change func(*Options), checks int, manner vantage.Manner, body func(s *installation, l *looks, a *Agent, dir string)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, l := newInstallation(t, checks, manner), &looks{}
		o := Options{Server: "https://jard.example.tn", Token: token, Dir: dir, Version: "test", HTTP: &http.Client{Transport: s, Timeout: 20 * time.Second}, Prober: l}
		if change != nil {
			change(&o)
		}
		a, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		time.Sleep(time.Second)
		body(s, l, a, dir)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if all, twice := s.readings(); twice > 0 {
			t.Errorf("%d of %d readings came twice", twice, all)
		}
	})
}

// folder is how many bytes lie in a folder.
func folder(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}
