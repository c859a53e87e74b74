// Package cataloguedb keeps the snapshots of the catalogue: pages that were
// written once and are named by what they were written from, the list of pages
// that makes a snapshot, and which snapshot is served. A snapshot becomes
// visible in one transaction or not at all, so that a process that dies, a full
// disk or a lost database leave the former whole.
package cataloguedb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// Store keeps snapshots and their pages.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db that takes the time from now; nil means the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store { return &Store{db: db, now: database.Clock(now)} }

// page is a leaf as the table has it.
type page struct {
	Key      string `gorm:"primaryKey"`
	Datasets int
	Issued   time.Time
	Modified time.Time
	LeftOut  []catalogue.LeftOut `gorm:"serializer:json"`
	Measures []byte
	Bytes    int64
	KeptAt   time.Time
}

// TableName names the table of leaves.
func (page) TableName() string { return "catalogue_leaves" }

// run is a leaf in one dialect and encoding.
type run struct {
	Leaf     string `gorm:"primaryKey"`
	Dialect  int    `gorm:"primaryKey"`
	Encoding int    `gorm:"primaryKey"`
	Data     []byte
}

// TableName names the table of runs.
func (run) TableName() string { return "catalogue_runs" }

// askAtOnce is how many keys go into one question.
const askAtOnce = 500

// Leaves returns those of the leaves that are kept.
func (s *Store) Leaves(ctx context.Context, keys []catalogue.Key) (map[catalogue.Key]catalogue.Leaf, error) {
	found := map[catalogue.Key]catalogue.Leaf{}
	for some := range slices.Chunk(keys, askAtOnce) {
		names := make([]string, 0, len(some))
		for _, k := range some {
			names = append(names, k.String())
		}
		var pages []page
		if err := s.db.WithContext(ctx).Where("key IN ?", names).Find(&pages).Error; err != nil {
			return nil, fmt.Errorf("read leaves of the catalogue: %w", err)
		}
		for _, p := range pages {
			if l, ok := p.leaf(); ok {
				found[l.Key] = l
			}
		}
	}
	return found, nil
}

// Run returns a leaf in a dialect and encoding.
func (s *Store) Run(ctx context.Context, key catalogue.Key, d catalogue.Dialect, e catalogue.Encoding) ([]byte, error) {
	var data []byte
	row := s.db.WithContext(ctx).
		Raw("SELECT data FROM catalogue_runs WHERE leaf = ? AND dialect = ? AND encoding = ?", key.String(), int(d), int(e)).Row()
	if err := row.Scan(&data); err != nil {
		return nil, fmt.Errorf("read a page of the catalogue: %w", err)
	}
	return data, nil
}

// Keep stores leaves, all or none, for whoever holds the lease. Those that are
// there already stay as they are.
func (s *Store) Keep(ctx context.Context, l Lease, leaves []*catalogue.Rendered) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := l.renew(tx); err != nil {
			return err
		}
		for _, one := range leaves {
			if err := s.keep(tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep pages of the catalogue: %w", err)
	}
	return nil
}

func (s *Store) keep(tx *gorm.DB, r *catalogue.Rendered) error {
	if r.LeftOut == nil {
		r.LeftOut = []catalogue.LeftOut{}
	}
	p := page{
		Key: r.Key.String(), Datasets: r.Datasets, Issued: r.Issued, Modified: r.Modified, LeftOut: r.LeftOut,
		Measures: writeMeasures(r.Measures), Bytes: r.Bytes(), KeptAt: s.now(),
	}
	kept := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&p)
	if kept.Error != nil || kept.RowsAffected == 0 {
		return kept.Error
	}
	for d := range catalogue.Dialect(catalogue.Dialects) {
		for e, b := range map[catalogue.Encoding][]byte{catalogue.Gzip: r.Deflate[d], catalogue.Zstd: r.Zstd[d]} {
			if len(b) == 0 {
				continue
			}
			err := tx.Exec("INSERT INTO catalogue_runs (leaf, dialect, encoding, data) VALUES (?, ?, ?, ?)", p.Key, int(d), int(e), b).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// leaf reads a row. One that another version of the program wrote, with other
// dialects, counts as not there.
func (p page) leaf() (l catalogue.Leaf, ok bool) {
	key, err := catalogue.ParseKey(p.Key)
	if err != nil {
		return l, false
	}
	measures, err := readMeasures(p.Measures)
	if err != nil {
		return l, false
	}
	return catalogue.Leaf{
		Key: key, Datasets: p.Datasets, Issued: p.Issued, Modified: p.Modified, LeftOut: p.LeftOut, Measures: measures,
	}, true
}

// measureBytes is what the measures of one dialect take.
const measureBytes = 3*8 + 4 + 32

func writeMeasures(all [catalogue.Dialects]catalogue.Measures) []byte {
	b := make([]byte, 0, len(all)*measureBytes)
	for _, m := range all {
		for _, n := range []int64{m.Plain, m.Deflate, m.Zstd} {
			b = binary.BigEndian.AppendUint64(b, uint64(n)) //nolint:gosec // a length
		}
		b = binary.BigEndian.AppendUint32(b, m.CRC)
		b = append(b, m.Sum[:]...)
	}
	return b
}

func readMeasures(b []byte) (all [catalogue.Dialects]catalogue.Measures, err error) {
	if len(b) != len(all)*measureBytes {
		return all, errors.New("measures of other dialects")
	}
	for i := range all {
		m := &all[i]
		for _, n := range []*int64{&m.Plain, &m.Deflate, &m.Zstd} {
			*n = int64(binary.BigEndian.Uint64(b)) //nolint:gosec // a length
			b = b[8:]
		}
		m.CRC = binary.BigEndian.Uint32(b)
		copy(m.Sum[:], b[4:])
		b = b[4+len(m.Sum):]
	}
	return all, nil
}
