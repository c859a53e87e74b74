package assessdb

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// Wanted says which actions are asked for; what is empty does not matter.
type Wanted struct {
	Service     string
	Institution string
	States      []assess.Progress
	Overdue     bool
	After       *assess.Action // only those that stand behind it: its day and number count
	Limit       int
}

// defaultLimit is how many actions are read when nobody says otherwise.
const defaultLimit = 500

// Actions are those that the actor may read, what is due first first.
func (s *Store) Actions(ctx context.Context, by identity.Actor, w Wanted) ([]assess.Action, error) {
	if !by.MayAnywhere(identity.ReadServices) {
		return nil, by.Must(identity.ReadServices, "")
	}
	q := s.db.WithContext(ctx)
	if !by.Everywhere(identity.ReadServices) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	if w.Service != "" {
		q = q.Where("service = ?", w.Service)
	}
	if w.Institution != "" {
		q = q.Where("institution = ?", w.Institution)
	}
	if len(w.States) > 0 {
		q = q.Where("state IN ?", w.States)
	}
	if w.Overdue {
		q = q.Where("state IN ? AND due < ?", []assess.Progress{assess.Open, assess.Doing, assess.Done}, s.now())
	}
	if w.After != nil {
		q = q.Where("due > ? OR (due = ? AND id > ?)", w.After.Due.UTC(), w.After.Due.UTC(), w.After.ID)
	}
	if w.Limit <= 0 {
		w.Limit = defaultLimit
	}
	var all []assess.Action
	err := q.Order("due, id").Limit(w.Limit).Find(&all).Error
	return all, database.Explain(err, "read actions")
}

// Action is one of them, with its notes.
func (s *Store) Action(ctx context.Context, by identity.Actor, id int64) (assess.Action, []assess.Note, error) {
	var a assess.Action
	if err := s.db.WithContext(ctx).Take(&a, id).Error; err != nil {
		return a, nil, database.Explain(err, "read an action")
	}
	if err := by.Must(identity.ReadServices, a.Institution); err != nil {
		return assess.Action{}, nil, err
	}
	notes, err := s.Notes(ctx, a.ID)
	return a, notes, err
}

// Notes are what was written about actions, the oldest first.
func (s *Store) Notes(ctx context.Context, actions ...int64) ([]assess.Note, error) {
	var all []assess.Note
	err := s.db.WithContext(ctx).Where("action IN ?", actions).Order("action, id").Find(&all).Error
	return all, database.Explain(err, "read notes")
}

// OpenAction opens an action about a criterion that is amber, or red and not yet
// looked at. Where there was one it is opened again.
func (s *Store) OpenAction(ctx context.Context, by identity.Actor, service, criterion string) (assess.Action, error) {
	set, err := s.InForce(ctx)
	if err != nil {
		return assess.Action{}, err
	}
	facts, err := s.Facts(ctx, service)
	if err != nil {
		return assess.Action{}, err
	}
	var a assess.Action
	err = s.within(ctx, "open an action", func(tx *gorm.DB) error {
		institution, err := institutionOf(tx, service)
		if err != nil {
			return err
		}
		if err := by.Must(identity.AssessService, institution); err != nil {
			return err
		}
		c := set.Criterion(criterion)
		if c == nil {
			return fault.At("criterion", "assess.action.criterion", criterion)
		}
		if err := touch(tx, stateFacts); err != nil {
			return err
		}
		var kept []assess.Action
		if err := tx.Where("service = ? AND criterion = ?", service, criterion).Limit(1).Find(&kept).Error; err != nil {
			return err
		}
		if len(kept) > 0 {
			if a = kept[0]; a.Live() {
				return nil
			}
			before := a
			if err := a.Move(by, s.now(), assess.Open, ""); err != nil {
				return err
			}
			return s.saveAction(tx, by, "assessment.action", before, &a)
		}
		a = assess.NewAction(service, institution, c, factsOf(c, facts), s.now())
		a.OpenedBy = by.Account
		return s.saveAction(tx, by, "assessment.action", nil, &a)
	})
	return a, err
}

// factsOf are the facts that a criterion goes by.
func factsOf(c *assess.Criterion, facts assess.Facts) []assess.Fact {
	out := []assess.Fact{}
	for _, p := range c.Parts() {
		if f, ok := facts[p.Measure]; ok {
			out = append(out, f)
		}
	}
	return out
}

// saveAction writes an action and its line in the trail.
func (s *Store) saveAction(tx *gorm.DB, by identity.Actor, act string, before any, a *assess.Action) error {
	a.Revision++
	var err error
	if a.ID == 0 {
		err = tx.Create(a).Error
	} else {
		err = update(tx, a)
	}
	if err != nil {
		return err
	}
	return s.write(tx, by, act, "service", a.Service, a.Institution, before, a)
}

// Assign says who does an action until when.
func (s *Store) Assign(ctx context.Context, by identity.Actor, id int64, owner string, due time.Time, revision int64) (assess.Action, error) {
	return s.changeAction(ctx, by, id, revision, "assessment.assign", func(a *assess.Action) error { return a.Assign(by, s.now(), owner, due) })
}

// Move changes how far an action is.
func (s *Store) Move(
	ctx context.Context, by identity.Actor, id int64, to assess.Progress, reason string, revision int64,
) (assess.Action, error) {
	return s.changeAction(ctx, by, id, revision, "assessment."+string(to), func(a *assess.Action) error { return a.Move(by, s.now(), to, reason) })
}

// ActionChange is what is to be otherwise about an action; nil stays as it is.
type ActionChange struct {
	Owner  *string
	Due    *time.Time
	State  *assess.Progress
	Reason string // of a waiver
}

// Change changes several things about an action in one act.
func (s *Store) Change(ctx context.Context, by identity.Actor, id int64, c ActionChange, revision int64) (assess.Action, error) {
	act := "assessment.assign"
	if c.State != nil {
		act = "assessment." + string(*c.State)
	}
	return s.changeAction(ctx, by, id, revision, act, func(a *assess.Action) error {
		owner, due := a.Owner, a.Due
		if c.Owner != nil {
			owner = *c.Owner
		}
		if c.Due != nil {
			due = *c.Due
		}
		var assigned, moved error
		if c.Owner != nil || c.Due != nil {
			assigned = a.Assign(by, s.now(), owner, due)
		}
		if c.State != nil {
			moved = a.Move(by, s.now(), *c.State, c.Reason)
		}
		return errors.Join(moved, assigned)
	})
}

func (s *Store) changeAction(
	ctx context.Context, by identity.Actor, id, revision int64, act string, rule func(*assess.Action) error,
) (assess.Action, error) {
	var a assess.Action
	err := s.within(ctx, "change an action", func(tx *gorm.DB) error {
		if err := touch(tx, stateFacts); err != nil {
			return err
		}
		if err := tx.Take(&a, id).Error; err != nil {
			return err
		}
		before := a
		if err := rule(&a); err != nil {
			return err
		}
		if err := stale(before.Revision, revision); err != nil {
			return err
		}
		return s.saveAction(tx, by, act, before, &a)
	})
	return a, err
}

// noteAgain is how long the same words of the same person are one note.
const noteAgain = 24 * time.Hour

// NoteOnce writes about an action, unless the same person wrote the same within
// the last day: then that note is returned.
func (s *Store) NoteOnce(ctx context.Context, by identity.Actor, id int64, text string) (assess.Note, error) {
	_, notes, err := s.Action(ctx, by, id)
	if err != nil {
		return assess.Note{}, err
	}
	for _, n := range notes {
		if n.By == by.Account && n.By != "" && n.Text == strings.TrimSpace(text) && s.now().Sub(n.At) < noteAgain {
			return n, nil
		}
	}
	return s.Note(ctx, by, id, text)
}

// Note writes about an action.
func (s *Store) Note(ctx context.Context, by identity.Actor, id int64, text string) (assess.Note, error) {
	var n assess.Note
	err := s.within(ctx, "write about an action", func(tx *gorm.DB) error {
		var a assess.Action
		if err := tx.Take(&a, id).Error; err != nil {
			return err
		}
		var err error
		if n, err = a.NewNote(by, s.now(), text); err != nil {
			return err
		}
		if err := tx.Create(&n).Error; err != nil {
			return err
		}
		return s.write(tx, by, "assessment.note", "service", a.Service, a.Institution, nil, map[string]int64{"action": id})
	})
	return n, err
}

// Looked is what a round over all services did.
type Looked struct {
	Services, Scored           int
	Opened, Verified, Reopened int
}

// Look goes over all services once: a red without an action opens one, two
// greens close it, a red opens it again. Services whose facts did not change
// since are looked at as well, and nothing comes of it.
func (s *Store) Look(ctx context.Context, by identity.Actor) (Looked, error) {
	var done Looked
	set, all, err := s.Standings(ctx)
	if err != nil {
		return done, err
	}
	facts, err := s.Newest(ctx)
	if err != nil {
		return done, err
	}
	err = s.within(ctx, "look at actions", func(tx *gorm.DB) error {
		done = Looked{Services: len(all)}
		if err := touch(tx, stateFacts); err != nil {
			return err
		}
		var kept []assess.Action
		if err := tx.Find(&kept).Error; err != nil {
			return err
		}
		have := make(map[[2]string]*assess.Action, len(kept))
		for n := range kept {
			have[[2]string{kept[n].Service, kept[n].Criterion}] = &kept[n]
		}
		for n := range all {
			if all[n].Score.Value != nil {
				done.Scored++
			}
			if err := s.lookAt(tx, by, set, &all[n], facts[all[n].Service], have, &done); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// lookAt looks at one service's criteria.
func (s *Store) lookAt(
	tx *gorm.DB, by identity.Actor, set *assess.Set, of *Standing, facts assess.Facts, have map[[2]string]*assess.Action, done *Looked,
) error {
	for n := range of.Score.Results {
		r, c := &of.Score.Results[n], &set.Criteria[n]
		a := have[[2]string{of.Service, c.Code}]
		if a == nil {
			if r.Colour != assess.Red || c.Weight <= 0 {
				continue
			}
			fresh := assess.NewAction(of.Service, of.Institution, c, factsOf(c, facts), s.now())
			at := r.At
			fresh.Looked = &at
			done.Opened++
			if err := s.saveAction(tx, by, "assessment.action", nil, &fresh); err != nil {
				return err
			}
			continue
		}
		if err := s.lookAgain(tx, by, a, r, of.Institution, factsOf(c, facts), done); err != nil {
			return err
		}
	}
	return nil
}

// lookAgain tells an action what was found.
func (s *Store) lookAgain(
	tx *gorm.DB, by identity.Actor, a *assess.Action, r *assess.Result, institution string, facts []assess.Fact, done *Looked,
) error {
	before := *a
	a.Institution = institution
	seen := a.Look(r, facts, s.now())
	switch seen {
	case assess.Nothing, assess.StillWaive:
		if before.Greens == a.Greens && before.Institution == a.Institution && (before.Looked == nil) == (a.Looked == nil) {
			if a.Looked == nil || before.Looked.Equal(*a.Looked) {
				return nil
			}
		}
		return update(tx, a) // counting looks is no act of anybody
	case assess.Once:
		return update(tx, a)
	case assess.Proved:
		done.Verified++
	case assess.RedAgain:
		done.Reopened++
	}
	if err := s.saveAction(tx, by, "assessment."+string(seen), before, a); err != nil {
		return err
	}
	note := a.OfMachine(seen, s.now())
	return tx.Create(&note).Error
}
