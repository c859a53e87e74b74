package catalogueweb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/web"
)

// BenchmarkBesideNginx asks for the catalogue and for the same bytes as files
// behind nginx with one worker, turn and turn about, with wrk on sixteen
// connections that stay open. It reports the requests a second of both, their
// ratio, and the ratio of processor time a request, which what else runs on the
// machine does not disturb; each is the median of the turns (-benchtime 5x
// takes five).
func BenchmarkBesideNginx(b *testing.B) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		b.Skip("wrk is not here")
	}
	h := open(b, databasetest.Open(b), 525)
	ours := h.lane()
	files := map[string][]byte{}
	for _, name := range []string{"catalog.ttl", "data.json"} {
		files[name] = h.get("/" + name).body
		files[name+".gz"] = h.get("/"+name, "Accept-Encoding", "gzip").body
	}
	theirs, worker := nginx(b, files)
	for _, name := range []string{"catalog.ttl", "data.json"} {
		for _, kind := range []string{"plain", "gzip", "304"} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				var rates [2][]float64
				var ratios, processor []float64
				for b.Loop() {
					var cost [2]float64
					for i, side := range []string{ours, theirs} {
						used := func() time.Duration { return ownTime(b) }
						if i == 1 {
							used = func() time.Duration { return processTime(b, worker) }
						}
						before := used()
						n, rate := load(b, wrk, side+"/"+name, kind)
						cost[i] = float64(used()-before) / n
						rates[i] = append(rates[i], rate)
					}
					ratios = append(ratios, rates[0][len(ratios)]/rates[1][len(ratios)])
					processor = append(processor, cost[1]/cost[0])
				}
				b.ReportMetric(middle(rates[0]), "ours/s")
				b.ReportMetric(middle(rates[1]), "nginx/s")
				b.ReportMetric(middle(ratios), "ratio")
				b.ReportMetric(middle(processor), "cpu-ratio")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func middle(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }

// lane serves the house once more, through a lane, and says where.
func (h *house) lane() string {
	h.tb.Helper()
	l, err := new(net.ListenConfig).Listen(h.tb.Context(), "tcp", "127.0.0.1:0")
	h.must(err)
	lane := h.shell.Lane(h.tb.Context(), l, web.Patience{Head: 10 * time.Second, Idle: time.Minute, Read: time.Minute})
	server := &http.Server{Handler: h.shell.Handler(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(lane) }()
	h.tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		h.must(server.Shutdown(ctx))
		h.must(lane.Drain(ctx))
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			h.tb.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

var (
	ratePattern  = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	countPattern = regexp.MustCompile(`(\d+) requests in`)
)

// load asks for a second.
func load(b *testing.B, wrk, address, kind string) (n, rate float64) {
	b.Helper()
	header := map[string]string{"plain": "Accept: */*", "gzip": "Accept-Encoding: gzip", "304": "If-None-Match: "}[kind]
	if kind == "304" {
		resp, err := http.Head(address) //nolint:gosec,noctx // an address of this test
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
		header += resp.Header.Get("Etag")
	}
	out, err := exec.CommandContext(b.Context(), wrk, "-t1", "-c16", "-d1s", "-H", header, address).CombinedOutput()
	if err != nil || strings.Contains(string(out), "Non-2xx") || strings.Contains(string(out), "Socket errors") {
		b.Fatalf("%v\n%s", err, out)
	}
	return figure(b, countPattern, out), figure(b, ratePattern, out)
}

func figure(b *testing.B, pattern *regexp.Regexp, out []byte) float64 {
	b.Helper()
	found := pattern.FindSubmatch(out)
	if found == nil {
		b.Fatalf("%s", out)
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// ownTime is the processor time of this process.
func ownTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// processTime is the processor time of another, in hundredths of a second.
func processTime(b *testing.B, pid string) time.Duration {
	b.Helper()
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var sum time.Duration
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

const nginxSettings = `daemon off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 1024; }
http {
	types { text/turtle ttl; application/json json; }
	sendfile on; tcp_nopush on; gzip_static on; keepalive_requests 1000000; access_log %[1]s/access.log;
	client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
	server { listen 127.0.0.1:%[2]d; root %[1]s/files; }
}`

// nginx serves files, each also packed, and says where and by which process.
func nginx(b *testing.B, files map[string][]byte) (address, worker string) {
	b.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		b.Skip("nginx is not here")
	}
	dir := b.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil { //nolint:gosec // nginx reads it as somebody else
			b.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o755); err != nil { //nolint:gosec // as above
		b.Fatal(err)
	}
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		_ = os.Chmod(d, 0o755) //nolint:gosec // as above; where it fails nginx says so
	}
	for name, content := range files {
		write("files/"+name, content)
	}
	free, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it is one
	free.Close()
	write("nginx.conf", fmt.Appendf(nil, nginxSettings, dir, port))
	cmd := exec.CommandContext(context.Background(), program, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", filepath.Join(dir, "error.log"))
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() })
	address = fmt.Sprintf("http://127.0.0.1:%d", port)
	if !answers(b, address+"/data.json", files["data.json"]) {
		trouble, _ := os.ReadFile(filepath.Join(dir, "error.log"))
		b.Fatalf("nginx does not answer: %s", trouble)
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", cmd.Process.Pid))
	if err != nil {
		b.Skip("this system does not tell which process is nginx's worker")
	}
	return address, strings.Fields(string(children))[0]
}

// answers waits until the address has that to say.
func answers(b *testing.B, address string, want []byte) bool {
	b.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		resp, err := http.Get(address) //nolint:gosec,noctx // an address of this test
		if err != nil {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		return err == nil && string(body) == string(want)
	}
	return false
}
