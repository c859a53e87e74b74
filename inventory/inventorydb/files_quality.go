package inventorydb

import (
	"context"
	"fmt"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/quality"
)

// Links tells how the addresses of the given contents of datasets answered
// when they were last looked at. Addresses that are no longer those of the row
// are not known.
func (s *Store) Links(ctx context.Context, ids ...string) (map[string][]file.File, error) {
	var rows []file.File
	err := s.db.WithContext(ctx).
		Select("dataset_id", "distribution_id", "draft", "url", "page_url", "declared", "state", "reason", "status", "page_status", "looked_at").
		Where("dataset_id IN ?", ids).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read how addresses answered: %w", err)
	}
	all := map[string][]file.File{}
	for _, f := range rows {
		all[f.DatasetID] = append(all[f.DatasetID], f)
	}
	return all, nil
}

// LinksOf tells of the addresses of c how they answered, by what was seen of
// its files; nil where none was looked at.
func LinksOf(c *inventory.Content, seen []file.File) quality.Links {
	if len(seen) == 0 {
		return nil
	}
	answers := map[string]int{}
	for _, x := range c.Distributions {
		said, ok := catalogue.ClaimsOf(x)
		if !ok {
			continue
		}
		for n := range seen {
			f := &seen[n]
			page, status, known := f.Standing()
			if f.DistributionID != x.ID || !known || f.URL != x.DownloadURL && f.URL != x.URL {
				continue
			}
			if f.URL == x.DownloadURL && said.Download != "" {
				answers[said.Download] = status
			}
			switch {
			case f.URL == x.URL || x.URL == "":
				answers[said.Access] = status
			case f.PageURL == x.URL && page != 0:
				answers[said.Access] = page
			}
		}
	}
	return func(address string) (int, bool) {
		status, known := answers[address]
		return status, known
	}
}

// LinksTo is LinksOf for one dataset.
func (s *Store) LinksTo(ctx context.Context, id string, c *inventory.Content) (quality.Links, error) {
	seen, err := s.Links(ctx, id)
	if err != nil {
		return nil, err
	}
	return LinksOf(c, seen[id]), nil
}

// remeasure has the score of a publication worked out anew: its addresses were
// looked at.
func (s *Store) remeasure(id string) {
	s.quality.mu.Lock()
	defer s.quality.mu.Unlock()
	delete(s.quality.known, id)
	s.quality.lines = nil
}
