package watch

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/outgoing"
)

// peersEvery is the period of every check beside the peers.
const peersEvery = 10 * time.Second

// BenchmarkBesidePeers has the same targets looked at every ten seconds by us
// on either engine, by a loop of nothing but net/http that keeps nothing, and
// by blackbox_exporter driven by such a loop (what Prometheus costs beside it
// is not counted). Each target holds its answer for 50 ms; punctuality is what
// the targets saw. JARD_BENCH_CHECKS says how many (1000), JARD_BENCH_TLS=1
// asks https, JARD_BENCH_HANG=30 has so many in a hundred hang for 30 s.
func BenchmarkBesidePeers(b *testing.B) {
	n := 1000
	if set, err := strconv.Atoi(os.Getenv("JARD_BENCH_CHECKS")); err == nil {
		n = set
	}
	f := startFarm(b)
	targets := f.targets(n)
	// The loop verifies certificates as we do; what the others cost is told in
	// terms of it, because the machine is never the same twice.
	var alone time.Duration
	b.Run("net http alone", func(b *testing.B) {
		client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: f.roots, MinVersion: tls.VersionTLS12},
		}}
		for b.Loop() {
			alone = f.besideLoop(b, client, targets, func() time.Duration { return cpu(b) })
		}
		b.ReportMetric(float64(rss())/(1<<20), "rss-MB")
		debug.FreeOSMemory() // what follows is not to be charged with it
	})
	for _, engine := range []string{database.SQLite, database.Postgres} {
		b.Run("jard on "+engine, func(b *testing.B) {
			for b.Loop() {
				f.besideUs(b, engine, targets, alone)
			}
		})
	}
	b.Run("blackbox_exporter", func(b *testing.B) {
		address, pid := f.blackbox(b)
		asked := make([]string, len(targets))
		for i, t := range targets {
			asked[i] = address + "/probe?module=look&target=" + url.QueryEscape(t)
		}
		client := &http.Client{Timeout: 6 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4096}}
		for b.Loop() {
			each := f.besideLoop(b, client, asked, func() time.Duration { return cpuOf(b, pid) })
			b.ReportMetric(alone.Seconds()/each.Seconds(), "ratio-to-bare")
		}
		b.ReportMetric(float64(rssOf(strconv.Itoa(pid)))/(1<<20), "rss-MB")
	})
}

func (f *remoteFarm) targets(n int) []string {
	base := f.plain
	if os.Getenv("JARD_BENCH_TLS") != "" {
		base = f.secure
	}
	hang, _ := strconv.Atoi(os.Getenv("JARD_BENCH_HANG"))
	all := make([]string, n)
	for i := range all {
		kind := "/look/"
		if i*hang/100 != (i+1)*hang/100 {
			kind = "/hang/"
		}
		all[i] = base + kind + strconv.Itoa(i)
	}
	return all
}

// besideUs watches the targets for three periods after the first.
func (f *remoteFarm) besideUs(b *testing.B, engine string, targets []string, alone time.Duration) {
	db, err := database.Open(database.Options{URL: databasetest.URL(b, engine)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = database.Close(db) }()
	s := store(b, db)
	fillTargets(b, db, s, targets)
	guard, _ := outgoing.New([]string{"127.0.0.0/8"})
	var mu sync.Mutex
	var took []time.Duration
	began := time.Now()
	w, stop := run(b, Options{
		Store: s, Prober: probe.New(probe.Options{Guard: guard, Roots: f.roots}), PerHost: -1,
		Observe: func(o Observation) {
			mu.Lock()
			defer mu.Unlock()
			took = append(took, o.Took)
		},
	})
	time.Sleep(peersEvery)
	f.forget(peersEvery) // the first look has a place of its own
	before, server := cpu(b), serverCPU(b, db)
	time.Sleep(3 * peersEvery)
	r := f.record()
	used := cpu(b) - before + serverCPU(b, db) - server
	resident := rss()
	missed := w.Pulse().Missed
	stop()
	first, _ := firstRound(b, db)
	b.ReportMetric(first.Sub(began).Seconds(), "s-to-first-round")
	b.ReportMetric(float64(missed), "missed")
	b.ReportMetric(float64(resident)/(1<<20), "rss-MB")
	mu.Lock()
	defer mu.Unlock()
	reportError(b, r, took)
	each := report(b, r, used)
	b.ReportMetric(alone.Seconds()/each.Seconds(), "ratio-to-bare")
}

// reportError says how far what was measured is from how long the targets held
// their answers. Those that hang are left out.
func reportError(b *testing.B, r record, took []time.Duration) {
	b.Helper()
	took = slices.DeleteFunc(took, func(d time.Duration) bool { return d > 5*farmHold })
	if len(took) == 0 {
		b.Fatal("nothing was measured")
	}
	slices.Sort(took)
	b.ReportMetric(float64((took[len(took)/2]-r.HeldMiddle).Microseconds())/1000, "latency-error-p50-ms")
}

// besideLoop asks for the addresses at fixed places in the period, and no more.
// It returns the processor time of a look.
func (f *remoteFarm) besideLoop(b *testing.B, client *http.Client, addresses []string, used func() time.Duration) time.Duration {
	b.Helper()
	var mu sync.Mutex
	var took []time.Duration
	ctx, stop := context.WithCancel(b.Context())
	var done sync.WaitGroup
	begin := time.Now().Add(100 * time.Millisecond)
	for i, address := range addresses {
		done.Go(func() {
			next := begin.Add(peersEvery * time.Duration(i) / time.Duration(len(addresses)))
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Until(next)):
				}
				next = next.Add(peersEvery)
				asked := time.Now()
				ask(ctx, client, address)
				mu.Lock()
				took = append(took, time.Since(asked))
				mu.Unlock()
			}
		})
	}
	time.Sleep(peersEvery)
	f.forget(peersEvery)
	before := used()
	time.Sleep(3 * peersEvery)
	r := f.record()
	spent := used() - before
	stop()
	done.Wait()
	reportError(b, r, took)
	return report(b, r, spent)
}

func ask(ctx context.Context, client *http.Client, address string) {
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	resp, err := client.Do(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}

// report says what looking cost and how punctual it was, and returns the
// processor time of a look.
func report(b *testing.B, r record, used time.Duration) time.Duration {
	b.Helper()
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(used.Seconds()/float64(r.Visits)*1000, "cpu-s/1000")
	b.ReportMetric(milliseconds(r.JitterP50), "jitter-p50-ms")
	b.ReportMetric(milliseconds(r.JitterP99), "jitter-p99-ms")
	b.ReportMetric(milliseconds(r.JitterMax), "jitter-max-ms")
	b.ReportMetric(float64(r.Missing), "gaps")
	b.ReportMetric(float64(r.Seen), "targets-seen")
	b.ReportMetric(0, "ns/op")
	return used / time.Duration(max(1, r.Visits))
}

// fillTargets adds a check for each target.
func fillTargets(b *testing.B, db *gorm.DB, s *monitordb.Store, targets []string) {
	b.Helper()
	fill(b, s, f0, len(targets))
	var ids []int64
	if err := db.Raw("SELECT id FROM checks ORDER BY id").Scan(&ids).Error; err != nil {
		b.Fatal(err)
	}
	err := db.Transaction(func(tx *gorm.DB) error {
		for i, id := range ids {
			err := tx.Exec("UPDATE checks SET schedule = '@every 10s', target = ? WHERE id = ?", targets[i], id).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

const f0 = "http://127.0.0.1:1/" // replaced at once

// blackbox starts blackbox_exporter and returns its address and number.
func (f *remoteFarm) blackbox(b *testing.B) (address string, pid int) {
	b.Helper()
	program, err := exec.LookPath("prometheus-blackbox-exporter")
	if err != nil {
		b.Skip("blackbox_exporter is not here")
	}
	config := filepath.Join(b.TempDir(), "blackbox.yml")
	module := "modules:\n  look:\n    prober: http\n    timeout: 5s\n    http:\n      preferred_ip_protocol: ip4\n      tls_config:\n        insecure_skip_verify: true\n"
	if err := os.WriteFile(config, []byte(module), 0o600); err != nil {
		b.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address = l.Addr().String()
	_ = l.Close()
	c := exec.Command(program, "--config.file="+config, "--web.listen-address="+address) //nolint:gosec,noctx // ended below
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	for range 100 {
		conn, err := net.DialTimeout("tcp", address, time.Second) //nolint:noctx // bounded
		if err == nil {
			_ = conn.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "http://" + address, c.Process.Pid
}

// cpuOf is the processor time of another process.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	fields := statOf(pid)
	if fields == nil {
		b.Fatalf("process %d ended", pid)
	}
	return time.Duration(fields[11]+fields[12]) * 10 * time.Millisecond
}
