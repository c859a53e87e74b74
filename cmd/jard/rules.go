package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/claims"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/shareweb"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// ruleBook keeps the rules that give roles to people of the identity provider
// as their file says: it reads the file at the start, on a signal and when it
// changes. A faulty file leaves the rules that are in force.
type ruleBook struct {
	path  string
	tree  func(context.Context) (identity.Tree, error)
	log   *slog.Logger
	asked <-chan os.Signal // asks for a look at once; may be nil

	mu       sync.Mutex
	rules    claims.Rules
	readAt   time.Time          // when those in force were read
	seen     [sha256.Size]byte  // what was looked at last
	problems []document.Problem // of the file as it is now; none when it is in force
	lookedAt time.Time          // when these were found
}

// rulesEvery is how long a change of the file may wait.
const rulesEvery = 5 * time.Second

// openRules reads the rules for the first time: without sound ones nothing starts.
func openRules(o configs.OIDC, tree func(context.Context) (identity.Tree, error), log *slog.Logger) (*ruleBook, error) {
	if !o.Configured() || o.Rules == "" {
		return nil, nil // there are none: accounts keep the role they were given here
	}
	b := &ruleBook{path: o.Rules, tree: tree, log: log.With("room", "signin"), asked: hangup(true)}
	if b.look(context.Background(), true); len(b.problems) > 0 {
		return nil, ruleFaults(b.path, b.problems, lang.English)
	}
	return b, nil
}

// InForce are the rules as they stand; none without a file.
func (b *ruleBook) InForce() claims.Rules {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rules
}

// run looks at the file until ctx ends.
func (b *ruleBook) run(ctx context.Context) {
	tick := time.NewTicker(rulesEvery)
	defer tick.Stop()
	for {
		force := false
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.asked:
			force = true
		}
		b.look(ctx, force)
	}
}

// look reads the file, and follows it where it is sound and another than before.
func (b *ruleBook) look(ctx context.Context, force bool) {
	data, err := readRules(b.path)
	hash := sha256.Sum256(data)
	if err != nil {
		hash = sha256.Sum256([]byte("unreadable " + err.Error()))
	}
	b.mu.Lock()
	known := hash == b.seen
	b.mu.Unlock()
	if known && !force {
		return
	}
	var rules claims.Rules
	problems := []document.Problem{{Key: "claims.unreadable", Args: []any{err}}}
	if err == nil {
		rules, problems = claims.Read(b.path, data)
	}
	now := time.Now()
	b.mu.Lock()
	b.seen, b.lookedAt, b.problems = hash, now, problems
	if len(problems) == 0 {
		b.rules, b.readAt = rules, now
	}
	b.mu.Unlock()
	if len(problems) > 0 {
		b.log.ErrorContext(ctx, "the file of rules is faulty; the rules that were in force stay", "problems", len(problems),
			"first", problems[0].Key, "line", problems[0].Line)
		return
	}
	b.log.InfoContext(ctx, "rules that give roles are in force", "rules", len(rules))
	for _, s := range b.strangers(ctx, rules) {
		b.log.WarnContext(ctx, "a rule names an institution that is not in the register", "line", s.Line)
	}
}

// strangers are the rules that let nobody in, for want of an institution.
func (b *ruleBook) strangers(ctx context.Context, rules claims.Rules) []document.Problem {
	tree, err := b.tree(ctx)
	if err != nil {
		return nil // said by whatever else asks the database
	}
	return rules.Strangers(tree, time.Now())
}

// readRules reads no more of the file than rules may have.
func readRules(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, pathless(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, claims.MaxBytes+1))
	return data, pathless(err)
}

// pathless leaves out where a file is: a page says it.
func pathless(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// rulesOf reads the rules that give roles; each fault names its line.
func rulesOf(o configs.OIDC, tag lang.Tag) (claims.Rules, error) {
	if !o.Configured() || o.Rules == "" {
		return nil, nil
	}
	data, err := readRules(o.Rules)
	if err != nil {
		return nil, fmt.Errorf("sign_in.oidc.rules: %s: %w", o.Rules, err)
	}
	rules, problems := claims.Read(o.Rules, data)
	return rules, ruleFaults(o.Rules, problems, tag)
}

// ruleFaults says what is wrong with the rules, line by line.
func ruleFaults(path string, problems []document.Problem, tag lang.Tag) error {
	if len(problems) == 0 {
		return nil
	}
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	lines := make([]error, 0, len(problems))
	for _, one := range problems {
		at := path
		if one.Line > 0 {
			at = fmt.Sprintf("%s:%d", path, one.Line)
		}
		said := sentence(sentences, tag, &fault.Error{Key: one.Key, Args: one.Args})
		lines = append(lines, fmt.Errorf("sign_in.oidc.rules: %s: %s", at, said))
	}
	return errors.Join(lines...)
}

// numbers are how the rules stand, for Prometheus.
func (b *ruleBook) numbers() metrics.Rules {
	b.mu.Lock()
	defer b.mu.Unlock()
	return metrics.Rules{N: len(b.rules), ReadAt: b.readAt, Faulty: len(b.problems) > 0}
}

// mostLines is how many problems of a file the page lists.
const mostLines = 10

// stand says on the page of the processes how the rules stand.
func (b *ruleBook) stand(ctx context.Context, page web.Page) (*shareweb.Standing, error) {
	if b == nil {
		return nil, nil // nothing is said of what there is not
	}
	b.mu.Lock()
	rules, readAt, lookedAt, remarks := b.rules, b.readAt, b.lookedAt, b.problems
	b.mu.Unlock()
	said := &shareweb.Standing{
		Title: page.T("signin.rules.title"), FileLabel: page.T("signin.rules.file"), File: filepath.Base(b.path),
		Lines: []string{page.T("signin.rules.in_force", len(rules), page.DateTime(readAt))},
	}
	if len(remarks) > 0 {
		said.Alarm = page.T("signin.rules.faulty", page.DateTime(lookedAt))
	} else {
		remarks = b.strangers(ctx, rules)
	}
	for _, one := range remarks[:min(len(remarks), mostLines)] {
		line := page.T(one.Key, one.Args...)
		if one.Line > 0 {
			line = page.T("signin.rules.line", strconv.Itoa(one.Line), line)
		}
		said.Lines = append(said.Lines, line)
	}
	if more := len(remarks) - mostLines; more > 0 {
		said.Lines = append(said.Lines, page.T("signin.rules.more", more))
	}
	return said, nil
}
