package requestdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/request"
)

// Filter is what a list of messages is confined to.
type Filter struct {
	Group       string // open, planned, done; on the desk also new, overdue, mine
	State       request.State
	Kind        request.Kind
	Feedback    bool // every kind of feedback
	Institution string
	Dataset     string
	Q           string
	Page        int // from 1
	PerPage     int // 0 means all, at most maxList
}

// maxList bounds what one answer holds.
const maxList = 5000

// List is a page of messages and how many there are in all.
type List struct {
	Items []request.Request
	Total int
}

// The groups that states are shown in.
const (
	GroupNew     = "new"
	GroupMine    = "mine"
	GroupOpen    = "open"
	GroupPlanned = "planned"
	GroupOverdue = "overdue"
	GroupDone    = "done"
)

// publicStates are those that everybody may see.
func publicStates() []request.State {
	var states []request.State
	for _, one := range request.States() {
		if one.Public() {
			states = append(states, one)
		}
	}
	return states
}

// Public lists what everybody may see, the newest first.
func (s *Store) Public(ctx context.Context, f Filter) (List, error) {
	q := s.db.WithContext(ctx).Model(&request.Request{}).Where("state IN ?", publicStates())
	return s.list(s.confine(q, f), f, "published_at DESC, ref DESC")
}

// Desk lists what the actor may answer, the most pressing first.
func (s *Store) Desk(ctx context.Context, by identity.Actor, f Filter) (List, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return List{}, err
	}
	return s.list(s.confine(q, f), f,
		"CASE WHEN state IN ('received', 'accepted', 'assigned') THEN 0 ELSE 1 END, "+
			"CASE WHEN due_at IS NULL THEN 1 ELSE 0 END, CASE WHEN state IN ('received', 'accepted', 'assigned') THEN due_at END, "+
			"updated_at DESC, ref")
}

// readable confines a query to what the actor may answer.
func (s *Store) readable(ctx context.Context, by identity.Actor) (*gorm.DB, error) {
	if !by.MayAnywhere(identity.AnswerRequest) {
		return nil, by.Must(identity.AnswerRequest, "")
	}
	q := s.db.WithContext(ctx).Model(&request.Request{})
	if !by.Everywhere(identity.AnswerRequest) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	return q, nil
}

func (s *Store) confine(q *gorm.DB, f Filter) *gorm.DB {
	switch f.Group {
	case GroupNew:
		q = q.Where("state = ?", request.Received)
	case GroupMine:
		q = q.Where("state IN ?", []request.State{request.Accepted, request.Assigned})
	case GroupOpen:
		q = q.Where("state IN ?", []request.State{request.Accepted, request.Assigned, request.Planned})
	case GroupPlanned:
		q = q.Where("state = ?", request.Planned)
	case GroupOverdue:
		q = q.Where("state IN ('received', 'accepted', 'assigned') AND due_at <= ?", s.now())
	case GroupDone:
		q = q.Where("state IN ?", []request.State{request.Answered, request.Declined, request.Opened, request.Closed})
	}
	if f.State != "" {
		// What is closed is found under how it ended.
		q = q.Where("state = ? OR state = ? AND outcome = ?", f.State, request.Closed, f.State)
	}
	switch {
	case f.Kind != "":
		q = q.Where("kind = ?", f.Kind)
	case f.Feedback:
		q = q.Where("kind <> ?", request.Data)
	}
	if f.Institution != "" {
		q = q.Where("institution = ?", f.Institution)
	}
	if f.Dataset != "" {
		q = q.Where("dataset = ?", f.Dataset)
	}
	return matching(q, f.Q)
}

// matching keeps what holds every word of text, as Stems cuts it.
func matching(q *gorm.DB, text string) *gorm.DB {
	words := strings.Fields(request.Stems(request.Short(text, 200)))
	if len(words) > 8 {
		words = words[:8]
	}
	for _, word := range words {
		q = q.Where(`(words LIKE ? ESCAPE '\' OR lower(ref) = ?)`, "%"+escaped(word)+"%", strings.ToLower(strings.TrimSpace(text)))
	}
	return q
}

func escaped(word string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)
}

func (s *Store) list(q *gorm.DB, f Filter, order string) (List, error) {
	var l List
	var total int64
	if err := q.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return l, fmt.Errorf("count messages: %w", err)
	}
	l.Total = int(total)
	if f.PerPage <= 0 || f.PerPage > maxList {
		f.PerPage = maxList
	}
	err := q.Session(&gorm.Session{}).Order(order).Offset((max(f.Page, 1) - 1) * f.PerPage).Limit(f.PerPage).Find(&l.Items).Error
	if err != nil {
		return l, fmt.Errorf("list messages: %w", err)
	}
	return l, nil
}

// Counts are how many messages stand where on a desk.
type Counts struct{ All, New, Mine, Planned, Overdue, Done int }

// Counts returns the badges of the actor's desk.
func (s *Store) Counts(ctx context.Context, by identity.Actor) (Counts, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return Counts{}, err
	}
	var c Counts
	sum := func(condition, name string) string {
		return "coalesce(sum(CASE WHEN " + condition + " THEN 1 ELSE 0 END), 0) AS " + name
	}
	err = q.Select(`count(*) AS "all", `+
		sum("state = 'received'", `"new"`)+", "+
		sum("state IN ('accepted', 'assigned')", "mine")+", "+
		sum("state = 'planned'", "planned")+", "+
		sum("state IN ('received', 'accepted', 'assigned') AND due_at <= ?", "overdue")+", "+
		sum("state IN ('answered', 'declined', 'opened', 'closed')", "done"), s.now()).Scan(&c).Error
	if err != nil {
		return c, fmt.Errorf("count messages: %w", err)
	}
	return c, nil
}

// Shown returns a message that everybody may see, with its steps. A merged one
// is returned as such, for the page to lead on; the caller asks State.Public.
func (s *Store) Shown(ctx context.Context, ref string) (*request.Request, []request.Event, error) {
	var r request.Request
	db := s.db.WithContext(ctx)
	if err := db.Where("ref = ?", ref).Take(&r).Error; err != nil {
		return nil, nil, database.Explain(err, "read a message")
	}
	if !r.State.Public() && r.State != request.Merged {
		return nil, nil, fault.New(fault.NotFound, "fault.not_found")
	}
	steps, err := events(db, ref)
	return &r, steps, err
}

// Get returns a message of the actor's desk, with its steps.
func (s *Store) Get(ctx context.Context, by identity.Actor, ref string) (*request.Request, []request.Event, error) {
	var r request.Request
	db := s.db.WithContext(ctx)
	if err := db.Where("ref = ?", ref).Take(&r).Error; err != nil {
		if !by.Known() {
			return nil, nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
		}
		return nil, nil, database.Explain(err, "read a message")
	}
	if err := mayRead(by, &r); err != nil {
		return nil, nil, err
	}
	steps, err := events(db, ref)
	return &r, steps, err
}

// Voices lists what people say about a dataset, as far as it is public.
func (s *Store) Voices(ctx context.Context, dataset string, limit int) (List, error) {
	return s.Public(ctx, Filter{Dataset: dataset, PerPage: limit})
}

// Period is a span of time, its end left out; a zero bound is none.
type Period struct{ From, To time.Time }
