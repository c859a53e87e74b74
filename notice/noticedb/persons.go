package noticedb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/notice"
)

// Persons lists the datasets within the actor's reach that show signs of
// persons which nobody has answered, those with most signs first. What was
// found in a file counts from the day it was found.
func (s *Store) Persons(ctx context.Context, by identity.Actor) ([]notice.Entry, error) {
	var all []inventory.Dataset
	q := s.db.WithContext(ctx).Select("ref, institution, title, signs_waiting, updated_at").
		Where("signs_waiting > 0 AND state <> ?", inventory.Withdrawn)
	err := within(q, by, "institution").Order("signs_waiting DESC, ref").Limit(mostEntries).Find(&all).Error
	if err != nil {
		return nil, database.Explain(err, "read signs that wait")
	}
	refs := make([]string, 0, len(all))
	for _, d := range all {
		refs = append(refs, d.Ref)
	}
	found, err := s.found(ctx, refs)
	if err != nil {
		return nil, err
	}
	entries := make([]notice.Entry, 0, len(all))
	for _, d := range all {
		e := notice.Entry{
			Ref: d.Ref, Institution: d.Institution, Title: d.Content.Title, Count: d.SignsWaiting, At: d.UpdatedAt,
			Path: "/desk/datasets/" + d.Ref + "/persons",
		}
		if at := found[d.Ref]; at.After(e.At) {
			e.At = at
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// found returns when signs were last found in the files of datasets.
func (s *Store) found(ctx context.Context, refs []string) (map[string]time.Time, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	var lines []struct {
		Ref string
		At  time.Time
	}
	err := s.db.WithContext(ctx).Table("audit_lines").Select("ref, at").
		Where("subject = 'dataset' AND act = 'dataset.screen' AND ref IN ?", refs).Order("id").Scan(&lines).Error
	last := make(map[string]time.Time, len(lines))
	for _, l := range lines {
		last[l.Ref] = l.At
	}
	return last, database.Explain(err, "read when signs were found")
}
