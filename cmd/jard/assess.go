package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/domaindb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// measurer establishes facts about services (nil: all) over a stretch of time.
type measurer func(ctx context.Context, services []string, from, to time.Time) ([]assess.Fact, error)

// assessment is what the assessment is made with: where it is kept and who
// measures. Other rooms measure too: they are added to the list.
type assessment struct {
	store    *assessdb.Store
	measures map[string]measurer
	now      func() time.Time
}

// assessedOver is the stretch of time that the nightly facts are about. It is
// as long as a quarter, so that they mean the same as those of an edition.
const assessedOver = 91 * 24 * time.Hour

// newAssessment gathers those who measure without asking anybody anything: the
// watch, the survey, the register, and the days on which domains end.
func newAssessment(c configs.Config, db *gorm.DB, keep stores, log *slog.Logger) (*assessment, error) {
	open, err := keep.calendar(c, log)
	if err != nil {
		return nil, err
	}
	a := &assessment{store: assessdb.New(db, nil).In(c.Location()), now: time.Now}
	watched := watchFacts{store: keep.watched, domains: domaindb.New(db, nil), open: open}
	asked := surveyFacts{surveydb.New(db, nil).In(c.Location()), keep.watched}
	a.measures = map[string]measurer{
		"watch": watched.measure, "survey": asked.measure, "register": registerFacts{keep.register, keep.watched}.measure,
	}
	return a, nil
}

// assess wires the assessment: its sets at the start, its nightly round, its numbers.
func (h *house) assess(
	c configs.Config, db *gorm.DB, keep stores, shell *web.Shell, seen *metrics.Metrics, prober probe.Kinds, log *slog.Logger,
) error {
	a, err := newAssessment(c, db, keep, log)
	if err != nil {
		return err
	}
	looks, err := h.examine(db, a, keep.watched, c, prober, log)
	if err != nil {
		return err
	}
	h.background = append(h.background, func(ctx context.Context) {
		if err := a.seed(ctx); err != nil && ctx.Err() == nil {
			log.Error("the sets of criteria could not be read in", "room", "assess", "error", err)
		}
	})
	h.jobs = append(h.jobs, job{"assess services", "25 4 * * *", a.round})
	a.scorecards(keep, shell, looks)
	seen.WatchAssessment(a.numbers)
	return nil
}

// seed reads in the sets that Jard comes with, where they are not there yet.
func (a *assessment) seed(ctx context.Context) error {
	files, err := criteria.Files.ReadDir(".")
	if err != nil {
		return err
	}
	var sets []*assess.Set
	for _, f := range files {
		data, err := criteria.Files.ReadFile(path.Join(".", f.Name()))
		if err != nil {
			return err
		}
		set, problems := assess.Read(data)
		if len(problems) > 0 {
			return fmt.Errorf("%s line %d: %s", f.Name(), problems[0].Line, problems[0].Key)
		}
		sets = append(sets, &set)
	}
	return a.store.Seed(ctx, identity.System("seed"), sets...)
}

// measure asks every measurer about every service. One that fails does not keep the others from
// being heard: what it would have said stays as it was.
func (a *assessment) measure(ctx context.Context, from, to time.Time) ([]assess.Fact, error) {
	var facts []assess.Fact
	var failed []error
	for name, m := range a.measures {
		some, err := m(ctx, nil, from, to)
		if err != nil {
			failed = append(failed, fmt.Errorf("measured by the %s: %w", name, err))
			continue
		}
		facts = append(facts, some...)
	}
	return facts, errors.Join(failed...)
}

// round is the nightly one: measure, keep, look at actions, thin out.
func (a *assessment) round(ctx context.Context) error {
	if err := a.seed(ctx); err != nil {
		return err
	}
	now := a.now()
	facts, failed := a.measure(ctx, now.Add(-assessedOver), now)
	kept := a.store.Put(ctx, facts)
	_, err := a.store.Look(ctx, identity.System("assess services"))
	return errors.Join(failed, kept, err, a.store.Tidy(ctx))
}

// again looks at the actions after somebody had a service looked at: what was
// mended is told at once.
func (a *assessment) again(ctx context.Context) error {
	_, err := a.store.Look(ctx, identity.System("assess services"))
	return err
}

// draft begins the edition of a quarter with what each measurer says of just
// that quarter.
func (a *assessment) draft(ctx context.Context, by identity.Actor, quarter string, repliesUntil time.Time) (assess.Edition, error) {
	from, to, ok := assess.ParseQuarter(quarter, a.store.Zone())
	if !ok {
		return a.store.DraftEdition(ctx, by, quarter, repliesUntil, nil) // which says what is wrong
	}
	if err := by.Must(identity.JudgeAssessment, ""); err != nil {
		return assess.Edition{}, err
	}
	facts, err := a.measure(ctx, from, to)
	if err != nil {
		return assess.Edition{}, err
	}
	return a.store.DraftEdition(ctx, by, quarter, repliesUntil, facts)
}

// redraft judges a draft again.
func (a *assessment) redraft(ctx context.Context, by identity.Actor, quarter string, revision int64) (assess.Edition, error) {
	from, to, ok := assess.ParseQuarter(quarter, a.store.Zone())
	if !ok {
		return a.store.Redraft(ctx, by, quarter, nil, revision)
	}
	if err := by.Must(identity.JudgeAssessment, ""); err != nil {
		return assess.Edition{}, err
	}
	facts, err := a.measure(ctx, from, to)
	if err != nil {
		return assess.Edition{}, err
	}
	return a.store.Redraft(ctx, by, quarter, facts, revision)
}

// numbers are what Prometheus is told.
func (a *assessment) numbers() ([]metrics.Assessed, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	_, all, err := a.store.Standings(ctx)
	if errors.Is(err, fault.NotFound) {
		return nil, nil // the sets are not read in yet
	}
	if err != nil {
		return nil, err
	}
	out := make([]metrics.Assessed, 0, len(all))
	for _, s := range all {
		out = append(out, metrics.Assessed{Service: s.Service, Institution: s.Institution, Score: s.Score.Value, Coverage: s.Score.Coverage})
	}
	return out, nil
}
