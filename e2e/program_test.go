// Package e2e uses the built program as people do: it starts the demo, reads
// the address and the logins it prints, and drives a real browser through the
// main journey in French and Arabic, on a desk and on a phone.
package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// demo is the running program, as its output introduces it.
var demo program

type program struct {
	base    string
	logins  map[string]login // by role
	took    time.Duration    // from start to introduction
	command *exec.Cmd
	errors  *strings.Builder
	place   string // where it may put what it throws away at the end
}

type login struct{ email, password string }

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if _, err := os.Stat("../web/static/dist/manifest.json"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the pages have no styles yet: make assets")
		return 1
	}
	dir, err := os.MkdirTemp("", "jard-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary, err := built(dir)
	if err == nil {
		demo.place = dir
		err = demo.start(binary)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	code := m.Run()
	if err := demo.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return code
}

// built returns the program to try: the one that JARD_BROWSER_BINARY names, as
// make does, or one built here.
func built(dir string) (string, error) {
	if path := os.Getenv("JARD_BROWSER_BINARY"); path != "" {
		return path, nil
	}
	path := filepath.Join(dir, "jard")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "../cmd/jard").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
}

var (
	addressLine = regexp.MustCompile(`Jard is running: (http\S+)`)
	loginLine   = regexp.MustCompile(`^\s+([a-z_]+)\s+(\S+@\S+)\s+(\S+)`)
)

// start runs the demo on a free port and reads what it says until it is done.
func (p *program) start(binary string) error {
	p.logins, p.errors = map[string]login{}, &strings.Builder{}
	p.command = exec.Command(binary, "demo", "--listen", "127.0.0.1:0") //nolint:noctx // it lives as long as the tests; stop ends it
	p.command.Stderr = p.errors
	p.command.Env = append(os.Environ(), "TMPDIR="+p.place)
	// It must not outlive a test that is killed. The kernel ties that to the thread that started it.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return err
	}
	began := time.Now()
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never let go: the thread lives as long as this process
		started <- p.command.Start()
		select {}
	}()
	if err := <-started; err != nil {
		return err
	}
	deadline := time.AfterFunc(time.Minute, func() { _ = p.command.Process.Kill() })
	defer deadline.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := addressLine.FindStringSubmatch(lines.Text()); m != nil {
			p.base = m[1]
		}
		if m := loginLine.FindStringSubmatch(lines.Text()); m != nil {
			p.logins[m[1]] = login{m[2], m[3]}
		}
		if strings.Contains(lines.Text(), "Ctrl+C") {
			p.took = time.Since(began)
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return nil
		}
	}
	return fmt.Errorf("the demo did not introduce itself: %w\n%s", p.command.Wait(), p.errors)
}

// stop ends the demo as Ctrl+C does and sees that it goes in peace, leaves
// nothing behind, and had nothing to complain about.
func (p *program) stop() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			_ = p.command.Process.Kill()
		}
	})
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("the demo did not stop well: %w\n%s", err, p.errors)
	}
	if left, _ := filepath.Glob(filepath.Join(p.place, "jard-demo-*")); len(left) > 0 {
		return fmt.Errorf("the demo left %v behind", left)
	}
	if strings.Contains(p.errors.String(), "level=ERROR") {
		return fmt.Errorf("the demo logged errors:\n%s", p.errors)
	}
	return nil
}
