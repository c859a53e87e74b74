package inventorydb

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/twin"
)

// alike keeps the index of twins current. As with search, the tables are the
// truth: before each question it reads what changed since, by whichever process.
type alike struct {
	mu         sync.Mutex
	index      *twin.Index
	vocabulary *inventory.Vocabulary // whose places it knows
	built      time.Time
	looked     time.Time
}

// How the index of twins follows the tables.
const (
	twinOverlap = 2 * time.Minute  // a file of 10,000 rows commits late, with the time it began
	twinRebuild = 30 * time.Minute // everything is read anew
	twinBatch   = 2_000
)

// current returns the index as the register is now.
func (a *alike) current(ctx context.Context, s *Store) (*twin.Index, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now, since := s.now(), time.Time{}
	stale := a.index == nil || a.vocabulary != v || now.Sub(a.built) > twinRebuild || now.Before(a.looked)
	if !stale {
		live, dead := a.index.Len()
		stale = dead > 1_000+live
	}
	x := a.index
	if stale {
		x = twin.NewIndex(twin.PlacesOf(v))
	} else {
		since = a.looked.Add(-twinOverlap)
	}
	if err := a.read(s.db.WithContext(ctx), x, since); err != nil {
		return nil, err
	}
	if stale {
		a.index, a.vocabulary, a.built = x, v, now
	}
	a.looked = now
	return x, nil
}

// read puts the datasets into x that changed since; all of them when that is the zero time.
func (a *alike) read(db *gorm.DB, x *twin.Index, since time.Time) error {
	for last := ""; ; {
		q := db.Select("id", "ref", "institution", "state", "revision", "updated_at", "title", "producer", "temporal_start",
			"temporal_end", "distributions", "extra", "source_portal", "source_id", "approved_revision").Where("id > ?", last)
		if since.IsZero() {
			q = q.Where("state <> ?", inventory.Withdrawn)
		} else {
			q = q.Where("updated_at >= ?", since)
		}
		var all []inventory.Dataset
		if err := q.Order("id").Limit(twinBatch).Find(&all).Error; err != nil {
			return fmt.Errorf("read datasets to compare them: %w", err)
		}
		if err := putTwins(db, x, all); err != nil {
			return err
		}
		if len(all) < twinBatch {
			return nil
		}
		last = all[len(all)-1].ID
	}
}

// putTwins puts the faces of datasets into x: what is worked on, and what the
// public sees meanwhile.
func putTwins(db *gorm.DB, x *twin.Index, all []inventory.Dataset) error {
	stamp := func(d *inventory.Dataset) int64 { return d.UpdatedAt.UnixMicro()*31 + int64(d.Revision) }
	changed, shown := all[:0], []string{}
	for _, d := range all {
		if x.Stamp(d.ID) != stamp(&d) {
			changed = append(changed, d)
			if d.ApprovedRevision > 0 && d.State != inventory.Approved {
				shown = append(shown, d.ID)
			}
		}
	}
	public := map[string]inventory.Publication{}
	for from := 0; from < len(shown); from += readBatch {
		var some []inventory.Publication
		err := fresh(db).Where("dataset_id IN ? AND withdrawn_at IS NULL", shown[from:min(from+readBatch, len(shown))]).Find(&some).Error
		if err != nil {
			return fmt.Errorf("read publications to compare them: %w", err)
		}
		for _, p := range some {
			public[p.DatasetID] = p
		}
	}
	for _, d := range changed {
		var faces []twin.Entry
		if d.State != inventory.Withdrawn {
			faces = append(faces, twin.EntryOf(&d))
			if p, ok := public[d.ID]; ok {
				face := twin.EntryOf(&d)
				face.Public, face.Content = true, p.Content
				faces = append(faces, face)
			}
		}
		x.Put(d.ID, stamp(&d), faces...)
	}
	return nil
}

// KeepTwins makes the index of twins, or brings it up to date.
func (s *Store) KeepTwins(ctx context.Context) error {
	_, err := s.alike.current(ctx, s)
	return err
}

// sees tells of which institutions the actor may know what is not public.
func sees(by identity.Actor) func(string) bool {
	return func(institution string) bool { return by.May(identity.ReadRegister, institution) }
}

// Side is one of two datasets that look alike, as far as the asker may read it.
type Side struct {
	ID, Ref, Institution string
	State                inventory.State // empty when only the public revision is shown
	Public               bool            // there is a public page
	Content              inventory.Content
	Origin               inventory.Origin
}

// Desk tells whether the asker may read what its officer works on.
func (s Side) Desk() bool { return s.State != "" }

// sides reads datasets as the actor may see them; what the actor may not see is left out.
func (s *Store) sides(ctx context.Context, by identity.Actor, ids []string) (map[string]Side, error) {
	found := map[string]Side{}
	if len(ids) == 0 {
		return found, nil
	}
	db := s.db.WithContext(ctx)
	var all []inventory.Dataset
	if err := db.Omit("search").Where("id IN ?", ids).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read datasets that look alike: %w", err)
	}
	var public []inventory.Publication
	if err := db.Omit("search").Where("dataset_id IN ? AND withdrawn_at IS NULL", ids).Find(&public).Error; err != nil {
		return nil, fmt.Errorf("read publications that look alike: %w", err)
	}
	live := map[string]*inventory.Publication{}
	for n := range public {
		live[public[n].DatasetID] = &public[n]
	}
	for _, d := range all {
		p := live[d.ID]
		side := Side{ID: d.ID, Ref: d.Ref, Institution: d.Institution, Public: p != nil}
		switch {
		case by.May(identity.ReadRegister, d.Institution):
			side.State, side.Content, side.Origin = d.State, d.Content, d.Origin()
		case p != nil:
			side.Content, side.Origin = p.Content, p.Origin()
		default:
			continue
		}
		found[d.ID] = side
	}
	return found, nil
}

// Like is a dataset that looks like the one asked about.
type Like struct {
	Side
	Score   int
	Reasons []twin.Reason
	Decided twin.Verdict // empty while nobody has decided
}

// LooksLike returns what looks like d, as far as the actor may know of it, the
// likeliest first. What was found to be another dataset is left out.
func (s *Store) LooksLike(ctx context.Context, by identity.Actor, d *inventory.Dataset) ([]Like, error) {
	if d.State == inventory.Withdrawn {
		return nil, nil
	}
	x, err := s.alike.current(ctx, s)
	if err != nil {
		return nil, err
	}
	matches := x.Find(twin.EntryOf(d), sees(by))
	if len(matches) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(matches))
	for _, m := range matches {
		ids = append(ids, m.ID)
	}
	sides, err := s.sides(ctx, by, ids)
	if err != nil {
		return nil, err
	}
	verdicts, err := verdictsOf(s.db.WithContext(ctx), d.ID)
	if err != nil {
		return nil, err
	}
	var found []Like
	for _, m := range matches {
		side, ok := sides[m.ID]
		if verdict := verdicts[m.ID]; ok && verdict != twin.Different {
			found = append(found, Like{side, m.Score, m.Reasons, verdict})
		}
	}
	return found, nil
}

// verdictsOf returns what was decided about a dataset, by the other's id.
func verdictsOf(db *gorm.DB, id string) (map[string]twin.Verdict, error) {
	var all []twin.Decision
	if err := db.Where("(a = ? OR b = ?) AND verdict <> ?", id, id, twin.Reopened).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read decisions on twins: %w", err)
	}
	out := map[string]twin.Verdict{}
	for _, d := range all {
		other := d.A
		if other == id {
			other = d.B
		}
		out[other] = d.Verdict
	}
	return out, nil
}
