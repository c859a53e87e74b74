package surveydb

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// scanner is a row that is read.
type scanner = *sql.Rows

// openAnswers reads the open answers of an hour within the transaction.
func (b *batch) openAnswers(ctx context.Context, h hour) ([]survey.Answer, error) {
	numbered := database.EngineOf(b.store.db) == database.Postgres
	var all []survey.Answer
	query := `SELECT id, "set", version, at, channel, language, weight, flags, points, words FROM survey_answers WHERE service = ` +
		list(1, 1, numbered) + " AND at >= " + list(1, 2, numbered) + " AND at < " + list(1, 3, numbered) + " AND NOT verified AND kiosk = ''"
	err := eachRow(ctx, b.tx, query, []any{h.service, h.start, h.start.Add(survey.Window)}, func(rows scanner) error {
		a := survey.Answer{Service: h.service}
		var flags, points, words []byte
		if err := rows.Scan(&a.ID, &a.Set, &a.Version, &a.At, &a.Channel, &a.Language, &a.Weight, &flags, &points, &words); err != nil {
			return err
		}
		for text, into := range map[*[]byte]any{&flags: &a.Flags, &points: &a.Points, &words: &a.Words} {
			if err := json.Unmarshal(*text, into); err != nil {
				return err
			}
		}
		all = append(all, a)
		return nil
	})
	return all, err
}

// Wanted says which answers to read.
type Wanted struct {
	Service   string
	Wave      string
	From, To  time.Time
	WithWords bool   // only those with a comment
	Text      string // only those whose comment has it
	Flag      survey.Flag
	Waiting   bool  // only those that nobody dealt with
	Before    int64 // only those with a smaller id; 0 is all
	Limit     int
}

// mostAnswers is how many are read at once.
const mostAnswers = 1000

// Answers reads single answers, the newest first, for who may read them.
func (s *Store) Answers(ctx context.Context, by identity.Actor, w Wanted) ([]survey.Answer, error) {
	asking, err := s.Asking(ctx, w.Service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ReadAnswers, asking.Institution); err != nil {
		return nil, err
	}
	q := s.db.WithContext(ctx).Model(&AnswerRow{}).Where("service = ? AND at >= ? AND at < ?", w.Service, w.From.UTC(), w.To.UTC())
	if w.Wave != "" {
		q = q.Where("wave = ?", w.Wave)
	}
	if w.WithWords {
		q = q.Where("comment <> ''")
	}
	if w.Before > 0 {
		q = q.Where("id < ?", w.Before)
	}
	q = w.narrow(q)
	if w.Limit < 1 || w.Limit > mostAnswers {
		w.Limit = mostAnswers
	}
	var rows []AnswerRow
	if err := q.Order("id DESC").Limit(w.Limit).Find(&rows).Error; err != nil {
		return nil, database.Explain(err, "read answers")
	}
	out := make([]survey.Answer, len(rows))
	for n := range rows {
		out[n] = rows[n].Answer
	}
	return out, nil
}

// narrow asks only for answers with these words, this flag, or still to be dealt with.
func (w *Wanted) narrow(q *gorm.DB) *gorm.DB {
	if text := survey.Clean(w.Text); text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text)) + "%"
		q = q.Where(`LOWER(comment) LIKE ? ESCAPE '\'`, like)
	}
	if w.Flag != "" {
		q = q.Where("CAST(flags AS TEXT) LIKE ?", `%"`+string(w.Flag)+`"%`)
	}
	if w.Waiting {
		q = q.Where("id NOT IN (SELECT answer FROM answer_treatments WHERE service = ?)", w.Service)
	}
	return q
}

// Erase takes the words of one answer away for good; what was chosen stays in
// the sums. The trail says that it was done, and not what stood there.
func (s *Store) Erase(ctx context.Context, by identity.Actor, id int64, reason string) error {
	if survey.Clean(reason) == "" {
		return fault.At("reason", "survey.erase.reason")
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var row AnswerRow
		if err := tx.Take(&row, "id = ?", id).Error; err != nil {
			return err
		}
		asking, err := asking(tx, row.Service)
		if err != nil {
			return err
		}
		if err := by.Must(identity.ManageSurveys, asking.Institution); err != nil {
			return err
		}
		if err := tx.Model(&AnswerRow{}).Where("id = ?", id).Updates(map[string]any{"comment": "", "text_hash": nil}).Error; err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), "survey.erase_comment", "service", row.Service, asking.Institution, nil, map[string]int64{"answer": id})
		if err != nil {
			return err
		}
		line.Reason = reason
		return auditdb.Append(tx, line)
	})
	return database.Explain(err, "erase a comment")
}

// Forgotten is what Forget took away.
type Forgotten struct{ Comments, Nonces, Counters int64 }

// forgetAtOnce is how many comments one transaction takes away: answers that
// come in meanwhile wait for it.
const forgetAtOnce = 2000

// Forget takes away what is no longer needed: words older than so many months
// (0 keeps them), tokens that would not hold any more, counters of past days,
// and the salt of a past day. It is for a timed job.
func (s *Store) Forget(ctx context.Context, months int) (Forgotten, error) {
	var done Forgotten
	db, now := s.db.WithContext(ctx), s.now()
	for months > 0 {
		gone := db.Exec("UPDATE survey_answers SET comment = '', text_hash = NULL WHERE id IN (SELECT id FROM survey_answers "+
			"WHERE comment <> '' AND at < ? LIMIT ?)", now.AddDate(0, -months, 0), forgetAtOnce)
		if gone.Error != nil {
			return done, database.Explain(gone.Error, "forget comments")
		}
		done.Comments += gone.RowsAffected
		if gone.RowsAffected < forgetAtOnce {
			break
		}
	}
	today := s.dayNumber(now)
	gone := db.Where("until < ?", today).Delete(&Nonce{})
	if gone.Error != nil {
		return done, database.Explain(gone.Error, "forget used tokens")
	}
	done.Nonces = gone.RowsAffected
	gone = db.Where("until < ?", now).Delete(&Counter{})
	if gone.Error != nil {
		return done, database.Explain(gone.Error, "forget counters")
	}
	done.Counters = gone.RowsAffected
	_, err := s.saltOf(ctx, today)
	return done, err
}
