package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/audit/auditweb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/web"
)

// audit adds the trail: what seals its lines, what is kept of it outside, its
// pages and its numbers.
func (h *house) audit(c configs.Config, db *gorm.DB, keep stores, shell *web.Shell, seen *metrics.Metrics, log *slog.Logger) error {
	trail := auditdb.New(db)
	auditweb.New(shell, trail, keep.people, c.Location(), time.Now).Routes()
	points := &checkpoints{trail: trail, path: c.CheckpointFile(), key: string(c.Audit.Key), log: log}
	h.background = append(h.background,
		func(ctx context.Context) { trail.KeepSealed(ctx, log) },
		points.keep,
	)
	h.jobs = append(append(h.jobs, job{"anchor the audit chain", "0 6 * * *", points.anchor}), auditJobs(trail, c, time.Now)...)
	return seen.Registry().Register(&metrics.Audit{Asked: func() (int64, int64, bool) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
		defer cancel()
		head, waiting, err := trail.Standing(ctx)
		return head.Position, waiting, err == nil
	}})
}

// checkpointEvery is how often the end of the chain is written down outside it.
const checkpointEvery = 10 * time.Minute

// checkpoints writes down outside the database how far the chain reaches: who
// cuts off its end has to change this file too.
type checkpoints struct {
	trail *auditdb.Store
	path  string
	key   string
	log   *slog.Logger
	mu    sync.Mutex
	last  audit.Head
}

// keep writes a checkpoint now and then, and at the end.
func (p *checkpoints) keep(ctx context.Context) {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			p.write(last)
			return
		case <-tick.C:
			p.write(ctx)
		}
	}
}

// write appends the head to the file when it moved, and tells it to the log.
func (p *checkpoints) write(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	head, err := p.trail.Head(ctx)
	if err == nil && (head.Position == 0 || head == p.last) {
		return
	}
	if err == nil {
		err = appendTo(p.path, audit.NewCheckpoint(head, time.Now(), p.key).Line())
	}
	if err != nil {
		p.log.Error("how far the audit chain reaches cannot be written down", "room", "audit", "error", err)
		return
	}
	p.last = head
	p.log.Info("audit chain", "room", "audit", "position", head.Position, "hash", head.Hash.String())
}

// anchor tells the day's anchor to the log: a line that can be kept elsewhere.
func (p *checkpoints) anchor(ctx context.Context) error {
	head, err := p.trail.Head(ctx)
	if err == nil && head.Position > 0 {
		p.log.Info("keep this line outside", "room", "audit", "anchor", audit.Anchor(head, time.Now()))
	}
	return err
}

// appendTo adds a line to a file and has it on the disk. Without a path it does nothing.
func appendTo(path, line string) (err error) {
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the settings name it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	return f.Sync()
}

// kept reads what was kept of the chain outside: the checkpoints of the
// settings, and the anchors given, each a file or a hash.
func kept(c configs.Config, anchors []string) ([]audit.Head, error) {
	var all []audit.Head
	if path := c.CheckpointFile(); path != "" {
		heads, err := anchorsIn(path, string(c.Audit.Key))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, heads...)
	}
	for _, one := range anchors {
		heads, err := audit.ReadAnchors(strings.NewReader(one), string(c.Audit.Key))
		if err != nil {
			if heads, err = anchorsIn(one, string(c.Audit.Key)); err != nil {
				return nil, fmt.Errorf("anchor %s: %w", one, err)
			}
		}
		all = append(all, heads...)
	}
	return all, nil
}

func anchorsIn(path, key string) (heads []audit.Head, err error) {
	f, err := os.Open(path) //nolint:gosec // the settings or the command line name it
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return audit.ReadAnchors(bufio.NewReader(f), key)
}
