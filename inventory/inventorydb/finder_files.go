package inventorydb

import (
	"hash/fnv"
	"slices"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/search"
)

// Names of columns that the index takes of one entry at most: a table of a
// thousand columns must not drown what else it is about.
const columnsFound = 200

// contents tells the content of the files behind entries, by dataset: a number
// that differs when any of them does. No ids means all of them.
func contents(db *gorm.DB, drafts bool, ids []string) (map[string]int64, error) {
	sums := map[string]int64{}
	add := func(q *gorm.DB) error {
		var rows []struct{ DatasetID, DistributionID, Hash string }
		if !drafts {
			q = q.Where("NOT draft")
		}
		err := q.Select("dataset_id", "distribution_id", "hash").Where("hash <> ''").Scan(&rows).Error
		for _, r := range rows {
			h := fnv.New64a()
			_, _ = h.Write([]byte(r.DistributionID + "\x00" + r.Hash))
			sums[r.DatasetID] += int64(h.Sum64() >> 1) // whatever the order of the rows
		}
		return named(err, "look for changes of files")
	}
	if ids == nil {
		return sums, add(db.Model(&file.File{}))
	}
	for some := range slices.Chunk(ids, readBatch) {
		if err := add(db.Model(&file.File{}).Where("dataset_id IN ?", some)); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// withFiles makes the stamps of rows differ when the content of a file does. A
// look at a file moves no date of its entry, so it is found with the next full
// comparison.
// Of all rows all files are read, of a few those of them.
func withFiles(db *gorm.DB, drafts bool, states []rowState, all bool) error {
	var ids []string
	if !all {
		ids = make([]string, 0, len(states))
		for _, r := range states {
			ids = append(ids, r.ID)
		}
	}
	sums, err := contents(db, drafts, ids)
	for n := range states {
		states[n].Stamp += sums[states[n].ID]
	}
	return err
}

// withColumns adds the names of the columns of files to documents, and the
// content of the files to their stamps.
func withColumns(db *gorm.DB, drafts bool, docs []search.Document) error {
	at := make(map[string]*search.Document, len(docs))
	ids := make([]string, 0, len(docs))
	for n := range docs {
		at[docs[n].ID] = &docs[n]
		ids = append(ids, docs[n].ID)
	}
	sums, err := contents(db, drafts, ids)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, readBatch) {
		q := db.Select("dataset_id", "profile").Where("dataset_id IN ? AND hash <> ''", some).Order("dataset_id, distribution_id, draft")
		if !drafts {
			q = q.Where("NOT draft")
		}
		var files []file.File
		if err := q.Find(&files).Error; err != nil {
			return named(err, "read the columns of files")
		}
		for _, f := range files {
			d := at[f.DatasetID]
			for _, c := range f.Profile.Columns[:min(len(f.Profile.Columns), columnsFound)] {
				if c.Name != "" && !slices.Contains(d.Files, c.Name) {
					d.Files = append(d.Files, c.Name)
				}
			}
		}
	}
	for n := range docs {
		docs[n].Stamp += sums[docs[n].ID]
	}
	return nil
}
