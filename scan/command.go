package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// command is a program that reads a file from its standard input and ends with
// 0 when it found nothing, with 1 when it did and wrote what: as clamscan does.
type command struct {
	words   []string
	timeout time.Duration
}

// Scan runs the program.
func (s *command) Scan(ctx context.Context, file io.Reader) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.words[0], s.words[1:]...) //nolint:gosec // the operator's own setting
	var out bounded
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = file, &out, time.Second
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"} // none of our secrets
	err := cmd.Run()
	if err == nil {
		return Verdict{}, nil
	}
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.ExitCode() == 1 && ctx.Err() == nil {
		return Verdict{true, nameOf(foundBy(string(out.b)))}, nil
	}
	return Verdict{}, fmt.Errorf("run the scanner: %w", errors.Join(err, ctx.Err()))
}

// foundBy reads "stream: Eicar FOUND", or takes the first line as it is.
func foundBy(out string) string {
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutSuffix(line, " FOUND"); ok {
			if _, after, there := strings.Cut(name, ": "); there {
				return after
			}
			return name
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	return first
}

// bounded keeps the beginning of what is written to it.
type bounded struct{ b []byte }

// Write keeps as much as there is room for.
func (w *bounded) Write(p []byte) (int, error) {
	w.b = append(w.b, p[:min(len(p), answerAtMost-len(w.b))]...)
	return len(p), nil
}
