package inventorydb

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Filter says which datasets an officer's list shows. The zero value shows all
// that the actor may read.
type Filter struct {
	State       inventory.State
	Life        inventory.Life
	Institution string // slug; bodies under it are included
	Theme       string
	Frequency   string
	Overdue     bool
	Living      bool     // leaves out what was withdrawn
	Missing     string   // field that says nothing, one of MissingFields
	Refs        []string // these and no others; nil means every one
	Q           string   // words, in any language
	Limit       int      // 0 means 50, at most 500
	Cursor      string   // Next of the page before
}

// List is one page of datasets.
type List struct {
	Items  []inventory.Dataset
	Next   string // cursor of the next page; empty on the last
	Search Found  // of the words, if there were any
}

const (
	defaultLimit = 50
	maxLimit     = 500
)

// List returns the datasets that f asks for and the actor may read, the last
// changed first; with words, what matches them best first.
func (s *Store) List(ctx context.Context, by identity.Actor, f Filter) (List, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return List{}, err
	}
	if x, err := s.deskIndex(ctx, f); x != nil || err != nil {
		return s.listFound(ctx, x, by, f, err)
	}
	if q, err = s.narrow(q, f); err != nil {
		return List{}, err
	}
	if f.Cursor != "" {
		at, id, err := parseCursor(f.Cursor)
		if err != nil {
			return List{}, err
		}
		q = q.Where("(updated_at < ? OR (updated_at = ? AND id < ?))", at, at, id)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	var page List
	if err := q.Order("updated_at DESC, id DESC").Limit(limit + 1).Find(&page.Items).Error; err != nil {
		return List{}, fmt.Errorf("list datasets: %w", err)
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		page.Next = cursor(last.UpdatedAt, last.ID)
	}
	return page, nil
}

// Count tells how many datasets f asks for that the actor may read.
func (s *Store) Count(ctx context.Context, by identity.Actor, f Filter) (int, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return 0, err
	}
	if x, err := s.deskIndex(ctx, f); x != nil || err != nil {
		return s.countFound(ctx, x, by, f, err)
	}
	if q, err = s.narrow(q, f); err != nil {
		return 0, err
	}
	var n int64
	if err := q.Model(&inventory.Dataset{}).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count datasets: %w", err)
	}
	return int(n), nil
}

// readable confines a query to what the actor may read, in the query itself:
// no caller can forget it.
func (s *Store) readable(ctx context.Context, by identity.Actor) (*gorm.DB, error) {
	q := s.db.WithContext(ctx)
	switch {
	case by.Everywhere(identity.ReadRegister):
		return q, nil
	case by.MayAnywhere(identity.ReadRegister):
		return q.Where("institution IN ?", by.Institutions), nil
	}
	return nil, by.Must(identity.ReadRegister, "")
}

func (s *Store) narrow(q *gorm.DB, f Filter) (*gorm.DB, error) {
	if f.State != "" {
		if !f.State.Valid() {
			return nil, fault.At("state", "dataset.state.unknown", string(f.State))
		}
		q = q.Where("state = ?", f.State)
	}
	if f.Life != "" {
		if !f.Life.Valid() {
			return nil, fault.At("life", "dataset.life.unknown", string(f.Life))
		}
		q = q.Where("life = ?", f.Life)
	}
	if f.Institution != "" {
		slugs, err := s.under(q.Session(&gorm.Session{NewDB: true}), f.Institution)
		if err != nil {
			return nil, err
		}
		q = q.Where("institution IN ?", slugs)
	}
	if f.Theme != "" {
		q = q.Where("theme = ?", f.Theme)
	}
	if f.Frequency != "" {
		q = q.Where("frequency = ?", f.Frequency)
	}
	if f.Overdue {
		q = q.Where("late_after <= ?", s.now())
	}
	if f.Living {
		q = q.Where("state <> ?", inventory.Withdrawn)
	}
	if f.Refs != nil {
		q = q.Where("ref IN ?", f.Refs)
	}
	if f.Missing != "" {
		condition, ok := missing()[f.Missing]
		if !ok {
			return nil, fault.At("missing", "bulk.field.unknown", clipTo(f.Missing, 60))
		}
		q = q.Where(condition)
	}
	return matching(q, f.Q), nil
}

// under returns the slug and those of the bodies under it.
func (s *Store) under(db *gorm.DB, slug string) ([]string, error) {
	t, err := tree(db)
	if err != nil {
		return nil, err
	}
	return t.Under(slug, s.now()), nil
}

// What one search may ask for, in words and in letters of a word. SQLite fails
// on a pattern of more than 50,000 bytes.
const (
	maxQueryWords = 10
	maxQueryWord  = 100
)

// matching keeps what holds every word of text somewhere, as Fold writes it.
// The Arabic article is left out: ولاية finds الولاية and the other way round.
func matching(q *gorm.DB, text string) *gorm.DB {
	words := strings.Fields(inventory.Fold(text))
	if len(words) > maxQueryWords {
		words = words[:maxQueryWords]
	}
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	for _, word := range words {
		if bare, ok := strings.CutPrefix(word, "ال"); ok && len([]rune(bare)) >= 3 {
			word = bare
		}
		if letters := []rune(word); len(letters) > maxQueryWord {
			word = string(letters[:maxQueryWord])
		}
		q = q.Where(`search LIKE ? ESCAPE '\'`, "%"+escape.Replace(word)+"%")
	}
	return q
}

// cursor names a place in a list ordered by time and id.
func cursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMicro(), 10) + " " + id))
}

// parseCursor reads a cursor as strictly as what somebody typed: the engines
// disagree about ids that are no text and times that are no year.
func parseCursor(s string) (at time.Time, id string, err error) {
	data, err := base64.RawURLEncoding.DecodeString(s)
	micros, id, ok := strings.Cut(string(data), " ")
	n, parseErr := strconv.ParseInt(micros, 10, 64)
	if at = time.UnixMicro(n).UTC(); err != nil || parseErr != nil || !ok || uuid.Validate(id) != nil ||
		at.Year() < 1 || at.Year() > 9999 {
		return time.Time{}, "", fault.At("cursor", "fault.cursor")
	}
	return at, id, nil
}

// ReviewQueue returns what awaits the actor's review, the longest waiting
// first; no more than limit, when one is given.
func (s *Store) ReviewQueue(ctx context.Context, by identity.Actor, limit ...int) ([]inventory.Dataset, error) {
	if !by.Everywhere(identity.ReviewDataset) {
		return nil, by.Must(identity.ReviewDataset, by.Institution)
	}
	var queue []inventory.Dataset
	most := maxLimit
	for _, n := range limit {
		most = min(n, maxLimit)
	}
	err := s.db.WithContext(ctx).Where("state = ? AND first_step <> ?", inventory.Submitted, inventory.Waiting).
		Order("submitted_at, id").Limit(most).Find(&queue).Error
	if err != nil {
		return nil, fmt.Errorf("read review queue: %w", err)
	}
	return queue, nil
}

// History returns the audit lines of a dataset, newest first, to whoever may
// read the dataset.
func (s *Store) History(ctx context.Context, by identity.Actor, ref string) ([]audit.Line, error) {
	d, err := s.Get(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	var lines []audit.Line
	err = s.db.WithContext(ctx).Where("subject = ? AND ref = ?", "dataset", d.Ref).
		Order("id DESC").Limit(maxLimit).Find(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", d.Ref, err)
	}
	return lines, nil
}

// Count is how many datasets of an institution are in a state.
type Count struct {
	Institution string
	State       inventory.State
	N           int
}

// Counts returns the number of datasets by institution and state, for metrics
// and figures: numbers only, so it asks for no permission.
func (s *Store) Counts(ctx context.Context) ([]Count, error) {
	var counts []Count
	err := s.db.WithContext(ctx).Table("dataset_tally").Select("institution, state, sum(n) AS n").
		Group("institution, state").Having("sum(n) <> 0").Order("institution, state").Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count datasets: %w", err)
	}
	return counts, nil
}
