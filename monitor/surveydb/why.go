package surveydb

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/why"
)

// Opinions reads what weighs on satisfaction out of the newest answers about a
// service, survey.MostOpinions at most. Nothing that anybody wrote is in it.
func (s *Store) Opinions(ctx context.Context, service string, from, to time.Time) ([]survey.Opinion, error) {
	var out []survey.Opinion
	numbered := database.EngineOf(s.db) == database.Postgres
	query := `SELECT "set", version, at, channel, verified, weight, flags, points, words FROM survey_answers WHERE service = ` +
		list(1, 1, numbered) + " AND at >= " + list(1, 2, numbered) + " AND at < " + list(1, 3, numbered) +
		" ORDER BY at DESC LIMIT " + list(1, 4, numbered)
	var raw []survey.Answer
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		return eachRow(ctx, tx, query, []any{service, from.UTC(), to.UTC(), survey.MostOpinions}, func(rows scanner) error {
			a := survey.Answer{Service: service}
			var flags, points, words []byte
			if err := rows.Scan(&a.Set, &a.Version, &a.At, &a.Channel, &a.Verified, &a.Weight, &flags, &points, &words); err != nil {
				return err
			}
			for text, into := range map[*[]byte]any{&flags: &a.Flags, &points: &a.Points, &words: &a.Words} {
				if err := json.Unmarshal(*text, into); err != nil {
					return err
				}
			}
			raw = append(raw, a)
			return nil
		})
	})
	if err != nil {
		return nil, database.Explain(err, "read opinions about "+service)
	}
	for n := range raw { // sets are read once the rows are: SQLite may have one connection only
		set, err := s.Set(ctx, raw[n].Set, raw[n].Version)
		if err != nil {
			return nil, err
		}
		if o, ok := survey.OpinionOf(set, &raw[n]); ok {
			out = append(out, o)
		}
	}
	return out, nil
}

// Notes reads the newest comments about a service, masked as they are kept, for
// counting what they speak of. Copies and what counts nowhere are left out.
func (s *Store) Notes(ctx context.Context, service string, from, to time.Time, most int) ([]why.Note, error) {
	var rows []AnswerRow
	err := s.db.WithContext(ctx).Select("at", "flags", "verified", "comment").
		Where("service = ? AND at >= ? AND at < ? AND comment <> ''", service, from.UTC(), to.UTC()).Order("at DESC").Limit(most).Find(&rows).Error
	if err != nil {
		return nil, database.Explain(err, "read comments about "+service)
	}
	var out []why.Note
	for n := range rows {
		if a := &rows[n].Answer; a.Counted() && !slices.Contains(a.Flags, survey.Copied) {
			out = append(out, why.Note{At: a.At, Text: a.Comment})
		}
	}
	return out, nil
}
