// Package scan has files that somebody sends looked at by a scanner of
// malware, before anything of them is read or kept. The scanner is another
// program: clamd, an ICAP server, or a command.
package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Verdict is what a scanner made of a file.
type Verdict struct {
	Found bool
	Name  string // of what was found, as the scanner calls it
}

// Scanner looks at files.
type Scanner interface {
	Scan(ctx context.Context, file io.Reader) (Verdict, error)
}

// usualTimeout is how long a scanner may take for one file.
const usualTimeout = 30 * time.Second

// Open returns the scanner that says names: clamd:/run/clamav/clamd.ctl,
// clamd:127.0.0.1:3310, icap://127.0.0.1:1344/avscan, or command:/usr/bin/scan
// and its arguments, separated by blanks.
func Open(says string, timeout time.Duration) (Scanner, error) {
	if timeout <= 0 {
		timeout = usualTimeout
	}
	kind, rest, _ := strings.Cut(says, ":")
	switch kind {
	case "clamd":
		if filepath.IsAbs(rest) {
			return &clamd{"unix", rest, timeout}, nil
		}
		if strings.Contains(rest, ":") {
			return &clamd{"tcp", rest, timeout}, nil
		}
	case "icap":
		if u, err := url.Parse(says); err == nil && u.Host != "" && len(u.Path) > 1 {
			return newICAP(u, timeout), nil
		}
	case "command":
		if words := strings.Fields(rest); len(words) > 0 && filepath.IsAbs(words[0]) {
			return &command{words, timeout}, nil
		}
	}
	return nil, fmt.Errorf("%q is no scanner; write clamd:/run/clamav/clamd.ctl, clamd:HOST:PORT, icap://HOST:PORT/SERVICE or command:/PATH", says)
}

// nameAtMost bounds the name of what was found: it comes from outside.
const nameAtMost = 100

// nameOf is the name of what was found, fit to be shown and logged.
func nameOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r > 0x7e {
			return -1
		}
		return r
	}, s)
	if s = strings.TrimSpace(s); len(s) > nameAtMost {
		s = s[:nameAtMost]
	}
	if s == "" {
		return "?"
	}
	return s
}

// whole is a file of which it is remembered whether it was read to its end: to
// a scanner one that broke off looks like one that was over.
type whole struct {
	file   io.Reader
	failed error
}

// Read reads the file.
func (w *whole) Read(p []byte) (int, error) {
	n, err := w.file.Read(p)
	if err != nil && err != io.EOF {
		w.failed = fmt.Errorf("read the file that was sent: %w", err)
	}
	return n, err
}

// errAnswer is an answer of a scanner that says neither yes nor no.
var errAnswer = errors.New("the scanner's answer is no verdict")
