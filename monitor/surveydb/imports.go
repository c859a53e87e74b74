package surveydb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// HandedRow is a list of answers as it is kept.
type HandedRow struct{ survey.Handed }

// TableName names the table.
func (HandedRow) TableName() string { return "answer_imports" }

// HandIn is a file that somebody hands in.
type HandIn struct {
	Service string
	Mode    survey.Mode
	Name    string
	Data    []byte     // hashed, and not kept
	Lines   [][]string // what is in it
	Key     string     // the client's own: sent again, the first list is returned
}

// Propose reads a list of answers gathered elsewhere and keeps, masked, what
// applying it would add.
func (s *Store) Propose(ctx context.Context, by identity.Actor, in HandIn) (*survey.Handed, error) {
	asking, err := s.Asking(ctx, in.Service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ManageSurveys, asking.Institution); err != nil {
		return nil, err
	}
	if in.Mode != survey.Interviewer && in.Mode != survey.FaceToFace {
		return nil, fault.At("mode", "survey.import.mode")
	}
	set, err := s.Set(ctx, asking.Set, asking.Pinned)
	if err != nil {
		return nil, err
	}
	sheet, err := survey.NewSheet(set, in.Lines)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(in.Data)
	h := survey.Handed{
		ID: idFor(by, &in), Service: in.Service, Institution: asking.Institution, Mode: in.Mode, Name: short(survey.Mask(survey.Clean(in.Name))),
		Fingerprint: hex.EncodeToString(sum[:]), Set: set.Name, Version: set.Version, Sheet: sheet,
		State: survey.HandedProposed, MadeAt: s.now(), MadeBy: by.Account,
	}
	for _, j := range sheet.Judge(set, h.Service, h.Mode, h.MadeAt, s.zone) {
		if j.Answer != nil {
			h.Sound++
		} else {
			h.Faulty++
		}
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		if in.Key != "" {
			if again, err := handedBefore(tx, &h); err != nil || again {
				return err
			}
		}
		if err := once(tx, &h); err != nil {
			return err
		}
		return tx.Create(&HandedRow{h}).Error
	})
	return &h, database.Explain(err, "propose answers of "+h.Service)
}

func short(name string) string {
	if r := []rune(name); len(r) > 120 {
		return string(r[:120])
	}
	return name
}

// once refuses a list whose answers are in already.
func once(tx *gorm.DB, h *survey.Handed) error {
	var before []HandedRow
	err := tx.Omit("sheet").Limit(1).Find(&before, "service = ? AND fingerprint = ? AND state = ?", h.Service, h.Fingerprint, survey.HandedApplied).Error
	if err == nil && len(before) > 0 {
		return &fault.Error{Kind: fault.Conflict, Field: "file", Key: "survey.import.again"}
	}
	return err
}

// HandedIn returns a list and what each of its rows comes to.
func (s *Store) HandedIn(ctx context.Context, by identity.Actor, service, id string) (*survey.Handed, []survey.Judged, error) {
	row, err := s.handed(s.db.WithContext(ctx), service, id)
	if err != nil {
		return nil, nil, database.Explain(err, "read a list of answers")
	}
	if err := by.Must(identity.ManageSurveys, row.Institution); err != nil {
		return nil, nil, err
	}
	set, err := s.Set(ctx, row.Set, row.Version)
	if err != nil {
		return nil, nil, err
	}
	return &row.Handed, row.Sheet.Judge(set, row.Service, row.Mode, row.MadeAt, s.zone), nil
}

// handed reads a list; its service is the one of today.
func (s *Store) handed(tx *gorm.DB, service, id string) (*HandedRow, error) {
	var row HandedRow
	if err := tx.Take(&row, "id = ? AND service = ?", id, service).Error; err != nil {
		return nil, err
	}
	a, err := asking(tx, service)
	row.Institution = a.Institution
	return &row, err
}

// HandedLists returns the lists of a service, the latest first, without their rows.
func (s *Store) HandedLists(ctx context.Context, by identity.Actor, service string) ([]survey.Handed, error) {
	a, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
		return nil, err
	}
	var rows []HandedRow
	if err := s.db.WithContext(ctx).Omit("sheet").Order("made_at DESC, id").Limit(100).Find(&rows, "service = ?", service).Error; err != nil {
		return nil, database.Explain(err, "read lists of answers")
	}
	out := make([]survey.Handed, len(rows))
	for n := range rows {
		out[n] = rows[n].Handed
	}
	return out, nil
}

// Apply takes the sound rows of a list in one transaction: all of them or none.
func (s *Store) Apply(ctx context.Context, by identity.Actor, service, id string, soundOnly bool) (*survey.Handed, error) {
	var done survey.Handed
	var kept []survey.Answer
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		row, err := s.handed(tx, service, id)
		if err != nil {
			return err
		}
		if err := errorOf(row.Apply(by, soundOnly, s.now()), once(tx, &row.Handed)); err != nil {
			return err
		}
		set, err := s.Set(ctx, row.Set, row.Version)
		if err != nil {
			return err
		}
		if kept, err = s.take(ctx, tx, &row.Handed, set); err != nil {
			return err
		}
		if err := tx.Model(row).Select("*").Updates(row).Error; err != nil {
			return err
		}
		done = row.Handed
		return s.tellHanded(tx, by, "survey.import", &done)
	})
	if err != nil {
		return nil, database.Explain(err, "take answers of "+service)
	}
	for n := range kept {
		s.taken.add(kept[n].Channel, 1)
	}
	return &done, nil
}

// errorOf is the first that is one.
func errorOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// take keeps the sound rows, and leaves the faulty ones in the list.
func (s *Store) take(ctx context.Context, tx *gorm.DB, h *survey.Handed, set *survey.Set) ([]survey.Answer, error) {
	raw, err := sqlTx(tx)
	if err != nil {
		return nil, err
	}
	var entries []*Entry
	var faulty []int
	var kept []survey.Answer
	for _, j := range h.Sheet.Judge(set, h.Service, h.Mode, h.MadeAt, s.zone) {
		if j.Answer == nil {
			faulty = append(faulty, j.Line)
			continue
		}
		j.Answer.Wave = h.Wave()
		once := survey.OnceKey(h.Service, fmt.Sprintf("%s.%d", h.Wave(), j.Line))
		entries = append(entries, &Entry{Answer: j.Answer, Set: set, Once: &once})
		kept = append(kept, *j.Answer)
	}
	h.Sheet.Keep(faulty)
	b := &batch{store: s, tx: raw, out: make([]outcome, len(entries)), deltas: deltas{}}
	return kept, b.write(ctx, entries)
}

func (s *Store) tellHanded(tx *gorm.DB, by identity.Actor, act string, h *survey.Handed) error {
	line, err := audit.New(by, s.now(), act, "service", h.Service, h.Institution, nil,
		map[string]any{"list": h.ID, "mode": h.Mode, "answers": h.Sound, "left_out": h.Faulty, "state": h.State})
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// UndoHanded takes the answers of an applied list away again, and drops one
// that was not applied.
func (s *Store) UndoHanded(ctx context.Context, by identity.Actor, service, id string) (*survey.Handed, error) {
	var done survey.Handed
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		row, err := s.handed(tx, service, id)
		if err != nil {
			return err
		}
		if err := row.Undo(by, s.now()); err != nil {
			return err
		}
		if err := s.takeBack(ctx, tx, &row.Handed); err != nil {
			return err
		}
		if err := tx.Model(row).Select("*").Updates(row).Error; err != nil {
			return err
		}
		done = row.Handed
		return s.tellHanded(tx, by, "survey.undo_import", &done)
	})
	return &done, database.Explain(err, "take answers back of "+service)
}

// takeBack removes the answers of a list, and what they added to the sums.
func (s *Store) takeBack(ctx context.Context, tx *gorm.DB, h *survey.Handed) error {
	var rows []AnswerRow
	if err := tx.Find(&rows, "wave = ?", h.Wave()).Error; err != nil || len(rows) == 0 {
		return err
	}
	raw, err := sqlTx(tx)
	if err != nil {
		return err
	}
	b := &batch{store: s, tx: raw, deltas: deltas{}}
	for n := range rows {
		a := &rows[n].Answer
		set, err := s.Set(ctx, a.Set, a.Version)
		if err != nil {
			return err
		}
		b.deltas.of(a.Service, s.dayNumber(a.At)).Remove(set, a)
	}
	if err := b.insertDelta(ctx); err != nil {
		return err
	}
	gone := tx.Exec("DELETE FROM answer_treatments WHERE answer IN (SELECT id FROM survey_answers WHERE wave = ?)", h.Wave())
	if gone.Error != nil {
		return gone.Error
	}
	return tx.Delete(&AnswerRow{}, "wave = ?", h.Wave()).Error
}

// handedKept is how long the rows of a list are kept that nobody applied, and
// the faulty ones of those that somebody did.
const handedKept = 30 * 24 * time.Hour

// ForgetHanded drops rows of lists that nobody needs any more. It is for a timed job.
func (s *Store) ForgetHanded(ctx context.Context) error {
	var rows []HandedRow
	db := s.db.WithContext(ctx)
	err := db.Find(&rows, "made_at < ? AND state IN ?", s.now().Add(-handedKept), []survey.HandedState{survey.HandedProposed, survey.HandedApplied}).Error
	if err != nil {
		return database.Explain(err, "forget lists of answers")
	}
	for n := range rows {
		if len(rows[n].Sheet.Rows) == 0 {
			continue
		}
		rows[n].Sheet.Rows = nil
		if rows[n].State == survey.HandedProposed {
			rows[n].State = survey.HandedDiscarded
		}
		if err := db.Model(&rows[n]).Select("*").Updates(&rows[n]).Error; err != nil {
			return database.Explain(err, "forget a list of answers")
		}
	}
	return nil
}
