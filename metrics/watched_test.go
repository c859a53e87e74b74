package metrics

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/jard-odi/jard/monitor"
)

// nation is n services in good health, each with one https check, of thirty institutions.
func nation(n int) Options {
	p := monitor.Pulse{Stored: 1}
	var services []ServiceInfo
	for i := range n {
		slug, institution := fmt.Sprintf("service-%05d", i), fmt.Sprintf("m%02d", i%30)
		c := monitor.CheckPulse{
			ID: int64(i), Service: slug, Check: "http", Institution: institution, Standing: monitor.Up, Looked: true, Good: 1440,
			NotAfter: time.Unix(1_800_000_000+int64(i), 0),
		}
		for _, phase := range monitor.PhaseList() {
			c.Phases[phase] = time.Duration(i+1) * time.Microsecond
		}
		p.Checks = append(p.Checks, c)
		services = append(services, ServiceInfo{
			Slug: slug, Institution: institution, Title: "Déclaration " + slug, URL: "https://" + slug + ".example.tn/", Tier: "critical",
			Availability: []Window{{"24h", 1, true}, {"30d", 0.9995, true}}, Coverage: []Window{{"24h", 1, true}, {"30d", 0.4, true}},
			Objective: 0.999, Budget: 0.5, BudgetKnown: true, Burns: []Window{{"1h", 0, true}, {"6h", 0, true}, {"3d", 0, true}},
		})
	}
	return Options{
		Version: "x", Began: time.Unix(1_700_000_000, 0), Pulse: func() monitor.Pulse { return p },
		Services: func() ([]ServiceInfo, error) { return services, nil },
	}
}

// perService counts the series that name a service.
func perService(body string) int {
	n := 0
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, "#") && strings.Contains(line, `service="`) {
			n++
		}
	}
	return n
}

func TestAServiceCostsSixSeries(t *testing.T) {
	const services = 1000
	o := nation(services)
	m := New(o)
	for _, c := range o.Pulse().Checks {
		m.Observe(Look{c.Service, c.Check, c.Institution, time.Millisecond, 0})
	}
	body, _ := text(t, m, "text/plain")
	n := perService(body)
	all := 0
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "jard_") {
			all++
		}
	}
	t.Logf("%.2f series a service; %d series of Jard in all for %d services of 30 institutions", float64(n)/services, all, services)
	if n > 6*services {
		t.Errorf("%d series for %d services; want at most 6 each", n, services)
	}
	if all > 6*services+30*14+100 {
		t.Errorf("%d series beside those of services", all-n)
	}
	if !strings.Contains(body, fmt.Sprintf("\njard_metrics_series %d\n", n+7)) {
		t.Error("jard_metrics_series does not tell how many there are")
	}
	o.Everything = true
	everything := New(o)
	for _, c := range o.Pulse().Checks {
		everything.Observe(Look{c.Service, c.Check, c.Institution, time.Millisecond, 0})
	}
	body, _ = text(t, everything, "text/plain")
	t.Logf("with detail check: %.2f series a service", float64(perService(body))/services)
}

// TestTheHandWritesWhatTheLibraryWrites compares our text with the library's,
// on the worst of labels too.
func TestTheHandWritesWhatTheLibraryWrites(t *testing.T) {
	for _, everything := range []bool{false, true} {
		o := nation(20)
		o.Everything = everything
		services, _ := o.Services()
		services[3].Title = "a \"quote\", a \\ and\na line"
		services[4].Title = "not text: \xff\xfe"
		services[5].Availability[1].Ratio = 1e-9
		p := o.Pulse()
		p.Checks[2].Standing, p.Checks[2].Open, p.Checks[2].Opened, p.Checks[2].Failed = monitor.Down, true, 3, 12
		p.Checks[2].Reasons = []monitor.ReasonCount{{Reason: monitor.Timeout, Count: 1 << 53}}
		m := New(o)
		for _, open := range []bool{false, true} {
			own, want := newWriting(open), bytes.Buffer{}
			if err := (&watched{o}).walk(own); err != nil {
				t.Fatal(err)
			}
			families, err := m.services.Gather()
			if err != nil {
				t.Fatal(err)
			}
			format := expfmt.NewFormat(expfmt.TypeTextPlain)
			if open {
				format = expfmt.NewFormat(expfmt.TypeOpenMetrics)
			}
			e := expfmt.NewEncoder(&want, format)
			for _, f := range families {
				if err := e.Encode(f); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := sorted(string(own.bytes())), sorted(want.String()); !slices.Equal(got, want) {
				for n := range min(len(got), len(want)) {
					if got[n] != want[n] {
						t.Fatalf("open %v: line %d\n got %s\nwant %s", open, n, got[n], want[n])
					}
				}
				t.Fatalf("open %v: %d lines; the library writes %d", open, len(got), len(want))
			}
		}
	}
}

// sorted is text line by line, numbers as one writes them.
func sorted(body string) []string {
	var lines []string
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") {
			at := strings.LastIndexByte(line, ' ')
			var v float64
			_, _ = fmt.Sscan(line[at+1:], &v)
			line = fmt.Sprintf("%s %v", line[:at], v)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func TestWhatIsNotWatchedIsAbsent(t *testing.T) {
	o := nation(3)
	o.Everything = true
	p := o.Pulse()
	m := New(Options{Everything: true, Pulse: func() monitor.Pulse { return p }})
	for _, c := range p.Checks {
		m.Observe(Look{c.Service, c.Check, c.Institution, time.Second, 0})
	}
	if body, _ := text(t, m, "text/plain"); !strings.Contains(body, `jard_check_duration_seconds_count{check="http",service="service-00001"} 1`) {
		t.Fatal("there is no histogram")
	}
	p.Checks = append(p.Checks[:1:1], p.Checks[2])
	p.Checks[1].Standing = monitor.Unknown
	body, _ := text(t, m, "text/plain")
	if strings.Contains(body, "service-00001") {
		t.Error("a service that is paused has series left")
	}
	if strings.Contains(body, `jard_check_up{check="http",service="service-00002"}`) {
		t.Error("what is not known is shown as 0 or 1")
	}
}

func TestEveryFormat(t *testing.T) {
	m := New(nation(5))
	m.Observe(Look{Institution: "m01", Took: time.Millisecond})
	for accept, want := range map[string]string{
		"": "text/plain", "text/plain;version=0.0.4": "text/plain",
		"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5":                                           "application/openmetrics-text",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,text/plain;version=0.0.4": "application/vnd.google.protobuf",
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		req.Header.Set("Accept", accept)
		req.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		m.Handler().ServeHTTP(rec, req)
		kind := rec.Header().Get("Content-Type")
		if rec.Code != http.StatusOK || !strings.HasPrefix(kind, want) {
			t.Errorf("%q is answered %d, %s; want %s", accept, rec.Code, kind, want)
			continue
		}
		var body io.Reader = rec.Body
		if rec.Header().Get("Content-Encoding") == "gzip" {
			zr, err := gzip.NewReader(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = zr
		}
		data, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if want == "application/vnd.google.protobuf" {
			protobuf(t, data, kind)
			continue
		}
		if strings.Contains(want, "openmetrics") != strings.HasSuffix(string(data), "# EOF\n") || strings.Contains(string(data), "# {") {
			t.Errorf("%s ends or carries exemplars wrongly", want)
		}
	}
}

// protobuf sees that what text cannot carry is there.
func protobuf(t *testing.T, data []byte, kind string) {
	t.Helper()
	dec := expfmt.NewDecoder(bytes.NewReader(data), expfmt.ResponseFormat(http.Header{"Content-Type": {kind}}))
	native, created := false, false
	for {
		f := &dto.MetricFamily{}
		if err := dec.Decode(f); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			break
		}
		switch f.GetName() {
		case "jard_check_duration_seconds":
			h := f.GetMetric()[0].GetHistogram()
			native = h.Schema != nil && len(h.GetPositiveSpan()) > 0 && len(h.GetBucket()) > 0
		case "jard_check_attempts_total":
			created = f.GetMetric()[0].GetCounter().GetCreatedTimestamp().GetSeconds() == 1_700_000_000
		}
	}
	if !native || !created {
		t.Errorf("native histogram beside the classic one: %v; created timestamp of a counter: %v", native, created)
	}
}

// TestPromtoolChecksAScrape has Prometheus' own tool judge what is shown.
func TestPromtoolChecksAScrape(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not on this machine: apt-get install prometheus")
	}
	o := nation(50)
	o.Everything = true
	p := o.Pulse()
	p.Checks[7].Reasons, p.Checks[7].Failed, p.Checks[7].Opened = []monitor.ReasonCount{{Reason: monitor.NoDNS, Count: 2}}, 2, 1
	m := New(o)
	m.Observe(Look{"service-00001", "http", "m01", time.Second, time.Millisecond})
	body, _ := text(t, m, "text/plain")
	cmd := exec.CommandContext(t.Context(), tool, "check", "metrics")
	cmd.Stdin = strings.NewReader(body)
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "jard_") {
			t.Error(line)
		}
	}
	if err != nil && !bytes.Contains(out, []byte("go_")) {
		t.Errorf("%v: %s", err, out)
	}
}

// BenchmarkScrape prints what a scrape of 10,000 services costs and how it
// stands to the library's way of writing the same. JARD_BENCH_CHECKS sets
// another number.
func BenchmarkScrape(b *testing.B) {
	services := 10_000
	if n, err := strconv.Atoi(os.Getenv("JARD_BENCH_CHECKS")); err == nil {
		services = n
	}
	o := nation(services)
	m := New(o)
	scrape := func(accept, encoding string) func(*testing.B) {
		return func(b *testing.B) {
			req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil)
			req.Header.Set("Accept", accept)
			req.Header.Set("Accept-Encoding", encoding)
			h, size := m.Handler(), 0
			b.ReportAllocs()
			for b.Loop() {
				rec := httptest.NewRecorder()
				rec.Body.Grow(12 << 20)
				h.ServeHTTP(rec, req)
				size = rec.Body.Len()
			}
			b.ReportMetric(float64(size), "bytes")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(6*services), "ns/series")
		}
	}
	b.Run("hand", scrape("text/plain", ""))
	b.Run("hand-gzip", scrape("text/plain", "gzip"))
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			families, err := m.Gatherer().Gather()
			if err != nil {
				b.Fatal(err)
			}
			e := expfmt.NewEncoder(io.Discard, expfmt.NewFormat(expfmt.TypeTextPlain))
			for _, f := range families {
				if err := e.Encode(f); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(6*services), "ns/series")
	})
}

func FuzzLabel(f *testing.F) {
	for _, s := range []string{"", `"`, "\\", "\n", "\xff", "é", strings.Repeat("a", 1000), "\uFFFD"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, title string) {
		own := newWriting(false)
		(&watched{}).service(own, &ServiceInfo{Slug: "s", Title: title})
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(bytes.NewReader(own.bytes()))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range families["jard_service_info"].GetMetric()[0].GetLabel() {
			if l.GetName() == "title" && l.GetValue() != strings.ToValidUTF8(title, "\uFFFD") {
				t.Errorf("%q is read as %q", title, l.GetValue())
			}
		}
	})
}
