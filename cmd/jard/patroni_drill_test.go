//go:build patroni

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patroni is the cluster that deploy/drills/patroni.sh has set up.
type patroni struct {
	t    *testing.T
	dir  string
	rest int // port of the first node's REST interface
}

const nodes = 3

// asks tells whether a node answers 200 at a path of its REST interface.
func (p *patroni) asks(node int, path string) bool {
	client := http.Client{Timeout: time.Second}
	resp, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d%s", p.rest+node, path)) //nolint:noctx // bounded by the client
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// leader is the node that leads and is not among those passed over; -1: none.
func (p *patroni) leader(but ...int) int {
	for n := range nodes {
		if !slices.Contains(but, n) && p.asks(n, "/primary") {
			return n
		}
	}
	return -1
}

// whole waits until there is a leader, and a copy that every commit waits for.
func (p *patroni) whole() {
	p.t.Helper()
	began, told := time.Now(), false
	until(p.t, "the cluster is whole", 5*time.Minute, func() bool {
		if time.Since(began) > 4*time.Minute && !told {
			told = true
			for n := range nodes {
				log, _ := os.ReadFile(filepath.Join(p.dir, strconv.Itoa(n), "patroni.log"))
				p.t.Logf("node %d: %s", n, log[max(0, len(log)-2000):])
			}
		}
		replicas, sync := 0, 0
		for n := range nodes {
			if p.asks(n, "/replica?lag=1MB") {
				replicas++
			}
			if p.asks(n, "/sync") {
				sync++
			}
		}
		return p.leader() >= 0 && replicas == nodes-1 && sync >= 1
	})
}

func (p *patroni) pid(node int, file string) int {
	data, err := os.ReadFile(filepath.Join(p.dir, strconv.Itoa(node), file))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(data), "\n")
	n, _ := strconv.Atoi(strings.TrimSpace(line))
	return n
}

// family is a node's PostgreSQL with its children.
func (p *patroni) family(node int) []int {
	parent := p.pid(node, "data/postmaster.pid")
	if parent == 0 {
		return nil
	}
	all := []int{parent}
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			all = append(all, pid)
		}
	}
	return all
}

func (p *patroni) signal(sig syscall.Signal, pids ...int) {
	for _, pid := range pids {
		if pid > 0 {
			_ = syscall.Kill(pid, sig)
		}
	}
}

// revive starts a node's Patroni again, which brings its PostgreSQL back.
func (p *patroni) revive(node int) {
	p.t.Helper()
	home := filepath.Join(p.dir, strconv.Itoa(node))
	command := []string{"setsid", "sh", "-c", "echo $$ >patroni.pid; exec patroni patroni.yml >>patroni.log 2>&1"}
	if os.Geteuid() == 0 {
		user := os.Getenv("JARD_DRILL_AS")
		command = append([]string{"setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups"}, command...)
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // the drill's own; the script ends it
	cmd.Dir = home
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { _ = cmd.Wait() }()
}

// handOver has the leader give up the lead as planned.
func (p *patroni) handOver(node int) {
	p.t.Helper()
	until(p.t, "the lead is handed over", time.Minute, func() bool { // refused while no copy is good enough
		resp, err := http.Post(fmt.Sprintf("http://127.0.0.1:%d/switchover", p.rest+node), "application/json", //nolint:noctx // the drill's own
			strings.NewReader(fmt.Sprintf(`{"leader": "node%d"}`, node)))
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		said, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusOK {
			p.t.Logf("the lead is not handed over: %d %s", resp.StatusCode, said)
		}
		return resp.StatusCode == http.StatusOK
	})
}

// faults are what happens to the leader, and how that is mended.
func (p *patroni) faults() []fault1 {
	return []fault1{
		{"the lead is handed over", p.handOver, func(int) {}, false},
		{
			"kill -9 of the leader's PostgreSQL", func(n int) { p.signal(syscall.SIGKILL, p.pid(n, "data/postmaster.pid")) },
			func(int) {}, false,
		},
		{
			"kill -9 of the leader's Patroni", func(n int) { p.signal(syscall.SIGKILL, p.pid(n, "patroni.pid")) },
			p.revive, true,
		},
		{
			"kill -9 of the leader's machine", func(n int) {
				p.signal(syscall.SIGKILL, p.pid(n, "patroni.pid"))
				p.signal(syscall.SIGKILL, p.family(n)...)
			},
			p.revive, false,
		},
		{
			"the leader's machine stands still until its watchdog resets it", func(n int) {
				p.signal(syscall.SIGSTOP, p.pid(n, "patroni.pid"))
				p.signal(syscall.SIGSTOP, p.family(n)...)
				time.Sleep(watchdog)
				p.signal(syscall.SIGKILL, p.pid(n, "patroni.pid"))
				p.signal(syscall.SIGKILL, p.family(n)...)
			},
			p.revive, false,
		},
	}
}

// watchdog is when the watchdog of a machine resets it, as Patroni sets it: ttl
// less its margin of five seconds. A machine without one that wakes up later
// takes the lead back (Patroni 3.0 writes the leader's key without looking), and
// what was acknowledged meanwhile is gone: docs/processes.md says to have one.
const watchdog = 25 * time.Second

type fault1 struct {
	name string
	do   func(node int)
	mend func(node int)
	two  bool // who led goes on as if it did, until it is mended: who knows it by its own address does not leave it
}

// TestPatroniDrill runs by deploy/drills/patroni.sh.
func TestPatroniDrill(t *testing.T) {
	where, direct := os.Getenv("JARD_DRILL_URL"), os.Getenv("JARD_DRILL_DIRECT")
	rest, err := strconv.Atoi(os.Getenv("JARD_DRILL_REST"))
	if err != nil {
		t.Fatal("run deploy/drills/patroni.sh")
	}
	rounds, _ := strconv.Atoi(os.Getenv("JARD_DRILL_ROUNDS"))
	p := &patroni{t: t, dir: os.Getenv("JARD_DRILL"), rest: rest}
	p.whole()
	freshly(t, where)
	w := townOn(t, where)
	f := newFleet(w)
	crews := []*crew{f.launch("one", where), f.launch("direct", direct), f.launch("other", where)}
	w.owners(3)
	l := f.loaded(w.operator())
	began := time.Now()
	for n := range max(1, rounds) {
		for _, wrong := range p.faults() {
			leader := p.leader()
			l.fresh()
			at := time.Now()
			wrong.do(leader)
			until(t, "another leads", 2*time.Minute, func() bool { return p.leader(leader) >= 0 })
			led := time.Since(at)
			ready := func() bool {
				return !slices.ContainsFunc(crews, func(c *crew) bool { return !c.ready.Load() && (!wrong.two || c.name != "direct") })
			}
			until(t, "all are ready", 2*time.Minute, ready)
			served := time.Since(at)
			wrong.mend(leader)
			p.whole()
			wrong.two = false
			until(t, "all are ready once it is mended", 2*time.Minute, ready)
			w.owners(3)
			w.pause(2 * time.Second)
			longest, silent, failures := l.met()
			t.Logf("round %d, %s: another led after %.1f s, processes were ready after %.1f s; no write for %.1f s, the longest that one client waited was %.1f s; failures seen %v",
				n+1, wrong.name, led.Seconds(), served.Seconds(), silent.Seconds(), longest.Seconds(), failures)
		}
	}
	steady := time.Now()
	w.pause(3 * townEvery)
	l.end()
	w.exact("when all is over", steady, time.Now())
	for _, c := range crews {
		tell(t, c)
		f.leave(c)
		c.end(t, syscall.SIGTERM)
	}
	l.settled(fmt.Sprintf("Patroni, %s", time.Since(began).Round(time.Second)))
	if n := w.count("SELECT count(*) FROM watch_gaps"); n == 0 {
		t.Error("no gap of the watch is recorded, though nobody could look")
	}
}

// fresh begins a round.
func (l *load) fresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outage, l.silent, l.before = 0, 0, maps.Clone(l.failures)
}

// met is what clients met in the round.
func (l *load) met() (longest, silent time.Duration, failures map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	failures = map[string]int{}
	for why, n := range l.failures {
		if n > l.before[why] {
			failures[why] = n - l.before[why]
		}
	}
	return l.outage, l.silent, failures
}

// tell logs what a process met with its database.
func tell(t *testing.T, c *crew) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, c.url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var lines []string
	text, _ := io.ReadAll(resp.Body)
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(line, "jard_database_") && !strings.HasSuffix(line, " 0") {
			lines = append(lines, strings.TrimPrefix(line, "jard_database_"))
		}
	}
	t.Logf("%s: %s", c.name, strings.Join(lines, ", "))
}
