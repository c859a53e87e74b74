package watch

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/outgoing"
)

// The test binary starts itself again in one of these roles: a target whose
// CPU time is not ours, or a watch that can be killed.
const (
	roleVariable = "JARD_TEST_ROLE"
	roleTarget   = "target"
	roleWatch    = "watch"
	roleFarm     = "farm"
	urlVariable  = "JARD_TEST_URL"
)

// beTarget serves on loopback until its standard input ends. /slow answers
// after 50 ms, /flap fails every other 700 ms, /hits says how many came.
func beTarget() {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	body := []byte(strings.Repeat("Bienvenue sur le service. ", 40))
	var hits atomic.Int64
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // loopback
			switch r.URL.Path {
			case "/hits":
				_, _ = fmt.Fprint(w, hits.Load())
				return
			case "/slow":
				time.Sleep(50 * time.Millisecond)
			case "/flap":
				if time.Now().UnixMilli()/700%2 == 0 {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}
			hits.Add(1)
			_, _ = w.Write(body)
		}))
	}()
	fmt.Println("http://" + l.Addr().String())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// beWatch watches what the database says until it is killed or told to stop.
// It prints how many readings are stored: what it printed must never be lost.
func beWatch() {
	db, err := database.Open(database.Options{URL: os.Getenv(urlVariable)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	guard, _ := outgoing.New([]string{"127.0.0.0/8"})
	w := New(Options{
		Store: monitordb.New(db, nil), Prober: probe.New(probe.Options{Guard: guard}),
		Rechecks: []time.Duration{20 * time.Millisecond, 40 * time.Millisecond}, Poll: 50 * time.Millisecond, PerHost: -1,
	})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		for {
			fmt.Println(w.Stored())
			time.Sleep(5 * time.Millisecond)
		}
	}()
	if err := w.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(w.Stored())
	_ = database.Close(db)
}

// child is the test binary in a role.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func spawn(t testing.TB, role string, env ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0]) //nolint:gosec,noctx // ourselves; ended by the test
	cmd.Env = append(append(os.Environ(), roleVariable+"="+role), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &child{cmd, bufio.NewScanner(out)}
}

// startTarget returns the address of a target in its own process.
func startTarget(t testing.TB) string {
	t.Helper()
	c := spawn(t, roleTarget)
	if !c.lines.Scan() {
		t.Fatal("the target said nothing")
	}
	return c.lines.Text()
}

// end sends sig after a while and returns the last number the child printed.
func (c *child) end(t testing.TB, after time.Duration, sig os.Signal) int {
	t.Helper()
	last := make(chan int)
	go func() {
		n := 0
		for c.lines.Scan() {
			if v, err := strconv.Atoi(c.lines.Text()); err == nil {
				n = v
			}
		}
		last <- n
	}()
	time.Sleep(after)
	if err := c.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	n := <-last
	_ = c.cmd.Wait()
	return n
}
