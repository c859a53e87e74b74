package examine

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/jard-odi/jard/configs/dictionary"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/outgoing"
)

var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// world is an internet of its own: one machine that is every host over http
// and https, and a name server that knows the zones told.
type world struct {
	hosts        map[string]http.Handler // by name; "" for any other
	plain        map[string]http.Handler // over http; nil: the same
	plainServer  *httptest.Server
	secureServer *httptest.Server
	zones        map[string][]string // records by name, as zone files have them
	checked      bool                // the resolver says that it checked signatures
	names        string

	mu    sync.Mutex
	seen  []string // requests
	open  map[string]int
	peaks map[string]int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{hosts: map[string]http.Handler{}, plain: map[string]http.Handler{}, zones: map[string][]string{}, open: map[string]int{}, peaks: map[string]int{}}
	w.plainServer = httptest.NewServer(w.handler(w.plain))
	w.secureServer = httptest.NewUnstartedServer(w.handler(nil))
	w.secureServer.Config.ErrorLog = quiet()
	w.secureServer.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	w.secureServer.StartTLS()
	t.Cleanup(w.plainServer.Close)
	t.Cleanup(w.secureServer.Close)
	packets, err := (&net.ListenConfig{}).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.names = packets.LocalAddr().String()
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(w.answer)}
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() { _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	return w
}

// handler is every host.
func (w *world) handler(first map[string]http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		w.mu.Lock()
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		w.seen = append(w.seen, r.Method+" "+scheme+"://"+host+r.URL.RequestURI())
		h := first[host]
		if h == nil {
			h = w.hosts[host]
		}
		if h == nil {
			h = w.hosts[""]
		}
		w.mu.Unlock()
		if h == nil {
			http.NotFound(rw, r)
			return
		}
		h.ServeHTTP(rw, r)
	})
}

// answer is the name server: every name that has no zone is on this machine.
func (w *world) answer(rw dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	m.SetEdns0(1232, true)
	name, kind := strings.ToLower(q.Question[0].Name), q.Question[0].Qtype
	w.mu.Lock()
	records, known := w.zones[strings.TrimSuffix(name, ".")]
	m.AuthenticatedData = w.checked
	w.mu.Unlock()
	for _, text := range records {
		rr, err := dns.NewRR(name + " 60 IN " + text)
		if err != nil {
			panic(err)
		}
		if sig, ok := rr.(*dns.RRSIG); rr.Header().Rrtype == kind || ok && sig.TypeCovered == kind {
			m.Answer = append(m.Answer, rr)
		}
	}
	if kind == dns.TypeA && !known {
		rr, _ := dns.NewRR(name + " 60 IN A 127.0.0.1")
		m.Answer = append(m.Answer, rr)
	}
	_ = rw.WriteMsg(m)
}

// examiner looks around in the world.
func (w *world) examiner(t testing.TB, change ...func(*Options)) *Examiner {
	t.Helper()
	w.settle()
	guard, err := outgoing.New([]string{"127.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	words, price, err := ReadDictionary(dictionary.Files)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Guard: guard, NameServers: []string{w.names}, Words: words, Price: price, UserAgent: "Jard/test (+https://jard.example.tn; jard@example.tn)",
		Own: "https://jard.example.tn", Now: func() time.Time { return today },
		Resolver: resolverAt(w.names),
		Limits:   Limits{Request: 2 * time.Second},
	}
	for _, c := range change {
		c(&o)
	}
	e := New(o)
	e.ports = map[string]string{"80": portOf(w.plainServer.URL), "443": portOf(w.secureServer.URL)}
	return e
}

// settle makes what the test wrote known to the servers, and the reverse.
func (w *world) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
}

func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u.Port()
}

// look looks at a host and returns the facts by measure.
func (w *world) look(t testing.TB, e *Examiner, address string) map[assess.Measure]assess.Fact {
	t.Helper()
	w.settle()
	defer w.settle()
	r := e.Look(t.Context(), Subject{Service: "essai", URL: address})
	if r.Requests > e.o.Limits.Requests {
		t.Errorf("%d requests; %d are allowed", r.Requests, e.o.Limits.Requests)
	}
	return facts(t, r)
}

// facts are those of a result; each measure must be there once.
func facts(t testing.TB, r Result) map[assess.Measure]assess.Fact {
	t.Helper()
	out := map[assess.Measure]assess.Fact{}
	for _, f := range r.Facts {
		if _, twice := out[f.Measure]; twice {
			t.Errorf("%s is told twice", f.Measure)
		}
		if f.Service != "essai" || f.At.IsZero() {
			t.Errorf("%s: service %q, at %v", f.Measure, f.Service, f.At)
		}
		if unit, ok := f.Measure.Unit(); !ok || unit == assess.Word && f.Unknown == "" && !slices.Contains([]string{yes, partly, no}, f.Word) {
			t.Errorf("%s: word %q, unit %q", f.Measure, f.Word, unit)
		}
		out[f.Measure] = f
	}
	for _, m := range Measures() {
		if _, ok := out[m]; !ok {
			t.Errorf("nothing is said of %s", m)
		}
	}
	return out
}

// paths serves files of testdata by path, with the headers told.
type site struct {
	files   map[string]string
	headers map[string]string
	bodies  map[string]http.HandlerFunc
}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for key, value := range s.headers {
		w.Header().Set(key, value)
	}
	if f, ok := s.bodies[r.URL.Path]; ok {
		f(w, r)
		return
	}
	name, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := os.ReadFile("testdata/" + name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch {
	case strings.HasSuffix(name, ".html"):
		w.Header().Set("Content-Type", "text/html")
	case strings.HasSuffix(name, ".txt"):
		w.Header().Set("Content-Type", "text/plain")
	}
	if r.Header.Get("Accept-Encoding") == "gzip" && r.Method == http.MethodGet && strings.HasSuffix(name, ".html") {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(body)
		_ = z.Close()
		return
	}
	_, _ = w.Write(body)
}

// said are the keys of what shows a fact.
func said(f assess.Fact) []string {
	keys := make([]string, 0, len(f.Evidence))
	for _, e := range f.Evidence {
		keys = append(keys, e.What)
	}
	return keys
}

func told(facts map[assess.Measure]assess.Fact) string {
	var b strings.Builder
	for _, m := range slices.Sorted(maps.Keys(facts)) {
		f := facts[m]
		fmt.Fprintf(&b, "%s = %s%v %s %v\n", m, f.Word, f.Value, f.Unknown, f.Evidence)
	}
	return b.String()
}
