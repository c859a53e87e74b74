package domainwatch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/outgoing"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory is a store of a few names.
type memory struct {
	names []string
	seen  map[string]domain.Seen
}

func (m *memory) Due(context.Context, int) ([]domain.Domain, error) {
	var due []domain.Domain
	for _, n := range m.names {
		due = append(due, domain.Domain{Name: n})
	}
	return due, nil
}

func (m *memory) Note(_ context.Context, name string, seen domain.Seen) error {
	m.seen[name] = seen
	return nil
}

// registry is a loopback registry of .test and .else, and IANA's list at /dns.json.
func registry(t *testing.T, answer http.HandlerFunc) (w *Watch, m *memory, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	var base string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/dns.json" {
			_, _ = fmt.Fprintf(w, `{"services":[[["com"],["%s/rdap/"]]]}`, base)
			return
		}
		asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	base = srv.URL
	guard, err := outgoing.New([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	m = &memory{seen: map[string]domain.Seen{}}
	return New(m, Options{Guard: guard, Bootstrap: base + "/dns.json", UserAgent: "Jard (+https://jard.example.tn)", Now: func() time.Time { return noon }}), m, asked
}

func says(name string) string {
	return `{"objectClassName":"domain","ldhName":"` + name + `","events":[{"eventAction":"expiration","eventDate":"2027-01-02T00:00:00Z"}]}`
}

func TestWhatRegistriesAnswer(t *testing.T) {
	w, m, _ := registry(t, func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/rdap/domain/")
		if r.Header.Get("Accept") != "application/rdap+json" || !strings.Contains(r.UserAgent(), "+https://jard.example.tn") {
			t.Errorf("asked as %q for %q", r.UserAgent(), r.Header.Get("Accept"))
		}
		switch name {
		case "ok.com":
			_, _ = io.WriteString(w, says(name))
		case "moved.com":
			http.Redirect(w, r, "/other/domain/moved.com", http.StatusMovedPermanently)
		case "/other/domain/moved.com":
			_, _ = io.WriteString(w, says("moved.com"))
		case "inside.com":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "loop.com":
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		case "huge.com":
			w.Header().Set("Content-Length", "1073741824")
			for some := make([]byte, 64<<10); ; {
				if _, err := w.Write(some); err != nil {
					return
				}
			}
		case "broken.com":
			_, _ = io.WriteString(w, `{"ldhName": "broken.com", "events": [`)
		case "wrong.com":
			_, _ = io.WriteString(w, strings.Replace(says(name), "2027", "0027", 1))
		case "undated.com":
			_, _ = io.WriteString(w, `{"ldhName":"undated.com"}`)
		case "short.com":
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, "{")
		case "forbidden.com":
			w.WriteHeader(http.StatusForbidden)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	want := map[string]domain.Outcome{
		"ok.com": domain.OK, "moved.com": domain.OK, "inside.com": domain.Refused, "loop.com": domain.Failed, "huge.com": domain.Unreadable,
		"broken.com": domain.Unreadable, "wrong.com": domain.Unreadable, "undated.com": domain.NoDate, "short.com": domain.Failed,
		"forbidden.com": domain.Refused, "none.com": domain.NotFound, "finances.gov.tn": domain.NoServer,
	}
	for name := range want {
		m.names = append(m.names, name)
	}
	slices.Sort(m.names)
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, outcome := range want {
		if got := m.seen[name]; got.Outcome != outcome {
			t.Errorf("%s: %q (%s); want %q", name, got.Outcome, got.Detail, outcome)
		}
	}
}

func TestAServerThatAsksToBeLeftAloneIs(t *testing.T) {
	w, m, asked := registry(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	m.names = []string{"a.com", "b.com", "c.com"}
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range m.names {
		if got := m.seen[name]; got.Outcome != domain.Limited || got.After != 2*time.Hour {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times; want once", asked.Load())
	}
}

func TestASilentServerIsLeftAlone(t *testing.T) {
	w, m, asked := registry(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	m.names = []string{"a.com", "b.com", "c.com", "d.com", "e.com"}
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.seen["e.com"].Outcome != domain.Failed || asked.Load() != dependable {
		t.Errorf("asked %d times, %+v", asked.Load(), m.seen["e.com"])
	}
}

func TestTheListOfRegistries(t *testing.T) {
	good := true
	lists := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		lists++
		if good {
			_, _ = io.WriteString(w, `{"services":[[["tn"],["http://127.0.0.1:1/"]]]}`)
		}
	}))
	defer srv.Close()
	guard, _ := outgoing.New([]string{"127.0.0.1"})
	now := noon
	m := &memory{names: []string{"a.com"}, seen: map[string]domain.Seen{}}
	w := New(m, Options{Guard: guard, Bootstrap: srv.URL, Now: func() time.Time { return now }})
	round := func(wantLists int, outcome domain.Outcome) {
		t.Helper()
		if err := w.Round(t.Context()); err != nil || lists != wantLists || m.seen["a.com"].Outcome != outcome {
			t.Errorf("%v; the list was read %d times, want %d; %+v", err, lists, wantLists, m.seen["a.com"])
		}
	}
	good = false
	round(1, domain.Failed)
	round(1, domain.Failed) // not again at once
	good, now = true, now.Add(listAgain)
	round(2, domain.NoServer)
	now = now.Add(time.Hour)
	round(2, domain.NoServer)
	good, now = false, now.Add(listFor)
	round(3, domain.NoServer) // the old list is better than none
	inside := New(m, Options{Bootstrap: srv.URL, Now: func() time.Time { return now }})
	if err := inside.Round(t.Context()); err != nil || !strings.Contains(m.seen["a.com"].Detail, outgoing.ErrRefused.Error()) {
		t.Errorf("%v, %+v: a list inside our network was read", err, m.seen["a.com"])
	}
}
