package surveydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/survey"
)

// Entry is an answer with what only its keeping needs.
type Entry struct {
	Answer     *survey.Answer
	Set        *survey.Set   // that it was given to
	Once       *int64        // number of the client's own key
	Token      *survey.Token // verified, to be used up
	TokenUntil time.Time
	Kiosk      *survey.Screen // whose address proved it to come from a counter
	Network    string         // what its network's answers are counted by; empty when there is none
	Live       bool           // came in just now: bursts are looked for among those

	id   int64
	text *int64
	open bool // is counted among those where bursts are looked for
	done chan outcome
}

type outcome struct {
	receipt Receipt
	err     error
}

// Limits of the queue.
const (
	mostTogether = 512 // answers in one transaction
	mostWaiting  = 20_000
	commitMost   = 15 * time.Second
)

// queue has answers that arrive together be written together: while one
// transaction is on its way the next ones gather, so that nobody waits for a
// timer and nobody's fsync is only his own.
type queue struct {
	sync.Mutex
	waiting []*Entry
	busy    bool
	second  int64 // of the last id
	next    int64
}

// Put keeps an answer and returns once it is kept. When ctx ends before that,
// it may be kept all the same: sending it again with the same key is safe.
func (s *Store) Put(ctx context.Context, e *Entry) (Receipt, error) {
	e.done = make(chan outcome, 1)
	s.queue.Lock()
	if len(s.queue.waiting) >= mostWaiting {
		s.queue.Unlock()
		return Receipt{}, fault.New(fault.Unavailable, "survey.answer.busy")
	}
	s.queue.waiting = append(s.queue.waiting, e)
	if !s.queue.busy {
		s.queue.busy = true
		go s.drain(context.WithoutCancel(ctx))
	}
	s.queue.Unlock()
	select {
	case out := <-e.done:
		return out.receipt, out.err
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
}

// drain writes until nothing waits.
func (s *Store) drain(ctx context.Context) {
	for {
		s.queue.Lock()
		n := min(len(s.queue.waiting), mostTogether)
		if n == 0 {
			s.queue.busy, s.queue.waiting = false, nil
			s.queue.Unlock()
			return
		}
		together := s.queue.waiting[:n:n]
		s.queue.waiting = s.queue.waiting[n:]
		s.queue.Unlock()
		s.keep(ctx, together)
	}
}

// keep writes a batch and tells everybody. What fails together is tried one by
// one, so that nobody's answer is lost for another's.
func (s *Store) keep(ctx context.Context, entries []*Entry) {
	outcomes, err := s.surely(ctx, entries)
	if err != nil && errors.Is(err, gorm.ErrDuplicatedKey) {
		outcomes, err = s.surely(ctx, entries) // another process kept the same meanwhile
	}
	switch {
	case err == nil || len(entries) == 1:
	case !database.Away(err):
		for _, e := range entries {
			s.keep(ctx, []*Entry{e})
		}
		return
	case database.Uncertain(err): // whoever gave a key need not be left in doubt because of who did not
		if named := slices.DeleteFunc(slices.Clone(entries), unnamed); len(named) < len(entries) && len(named) > 0 {
			s.keep(ctx, named)
			entries = slices.DeleteFunc(slices.Clone(entries), func(e *Entry) bool { return !unnamed(e) })
		}
	}
	for n, e := range entries {
		if err != nil {
			e.done <- outcome{err: fmt.Errorf("keep an answer: %w", err)}
			continue
		}
		e.done <- outcomes[n]
	}
}

// surely writes a batch, again while that is safe. Whether a commit without an
// answer kept it only keys tell, so it is tried again when every entry has one.
func (s *Store) surely(ctx context.Context, entries []*Entry) (outcomes []outcome, err error) {
	run := database.Again
	if !slices.ContainsFunc(entries, unnamed) {
		run = database.Keyed
	}
	err = run(ctx, s.db, func() (err error) {
		outcomes, err = s.write(ctx, entries)
		return err
	})
	return outcomes, err
}

// unnamed tells whether an entry has no key, so that nobody could tell it from
// another one of the same words.
func unnamed(e *Entry) bool { return e.Once == nil }

// write keeps a batch in one transaction.
func (s *Store) write(ctx context.Context, entries []*Entry) ([]outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, commitMost)
	defer cancel()
	db, err := s.db.DB()
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	b := &batch{store: s, tx: tx, out: make([]outcome, len(entries)), twins: map[int]int{}, deltas: deltas{}}
	if err := b.write(ctx, entries); err != nil {
		return nil, s.explain(err)
	}
	for n, first := range b.twins {
		b.out[n] = b.out[first]
		b.out[n].receipt.Again = b.out[n].err == nil
	}
	return b.out, s.explain(tx.Commit())
}

// explain has constraint errors be gorm's.
func (s *Store) explain(err error) error {
	if t, ok := s.db.Dialector.(gorm.ErrorTranslator); ok && err != nil {
		return t.Translate(err)
	}
	return err
}

// batch is a transaction of answers on its way.
type batch struct {
	store  *Store
	tx     *sql.Tx
	out    []outcome // by the place of the entry
	twins  map[int]int
	deltas deltas
}

func (b *batch) write(ctx context.Context, entries []*Entry) error {
	fresh, err := b.notKept(ctx, entries)
	if err != nil {
		return err
	}
	if fresh, err = b.useTokens(ctx, entries, fresh); err != nil || len(fresh) == 0 {
		return err
	}
	kept := make([]*Entry, len(fresh))
	for n, at := range fresh {
		e := entries[at]
		one := *e.Answer // a batch that fails is written anew from what came
		one.Flags = append([]survey.Flag{}, e.Answer.Flags...)
		copied := *e
		copied.Answer, copied.id = &one, b.store.nextID()
		one.ID = copied.id
		kept[n] = &copied
	}
	if err := b.weigh(ctx, kept); err != nil {
		return err
	}
	if err := b.knowCopies(ctx, kept); err != nil {
		return err
	}
	for n, at := range fresh {
		e := kept[n]
		b.out[at] = outcome{receipt: Receipt{ID: e.id, Verified: e.Answer.Verified}}
		b.deltas.of(e.Answer.Service, b.store.dayNumber(e.Answer.At)).Add(e.Set, e.Answer)
	}
	if err := b.insert(ctx, kept); err != nil {
		return err
	}
	return b.insertDelta(ctx)
}

// notKept returns the places of the entries that are not kept yet; the others
// get the receipt of what is.
func (b *batch) notKept(ctx context.Context, entries []*Entry) ([]int, error) {
	first := map[int64]int{}
	var keys []any
	for n, e := range entries {
		if e.Once == nil {
			continue
		}
		if _, twice := first[*e.Once]; !twice {
			first[*e.Once] = n
			keys = append(keys, *e.Once)
		}
	}
	kept := map[int64]Receipt{}
	query := "SELECT once, id, verified FROM survey_answers WHERE once"
	err := b.store.among(ctx, b.tx, query, keys, func(rows *sql.Rows) error {
		var once int64
		r := Receipt{Again: true}
		err := rows.Scan(&once, &r.ID, &r.Verified)
		kept[once] = r
		return err
	})
	if err != nil {
		return nil, err
	}
	var fresh []int
	for n, e := range entries {
		switch {
		case e.Once == nil:
			fresh = append(fresh, n)
		case kept[*e.Once].ID != 0:
			b.out[n] = outcome{receipt: kept[*e.Once]}
		case first[*e.Once] == n:
			fresh = append(fresh, n)
		default: // sent twice at once: it gets what the first one gets
			b.twins[n] = first[*e.Once]
		}
	}
	return fresh, nil
}

// useTokens uses up the tokens of fresh entries; those whose token was used
// before are refused.
func (b *batch) useTokens(ctx context.Context, entries []*Entry, fresh []int) ([]int, error) {
	type used struct{ service, nonce string }
	mine := map[used]int{}
	var args []any
	for _, at := range fresh {
		e := entries[at]
		if e.Token == nil {
			continue
		}
		key := used{e.Token.Service, e.Token.Nonce}
		if _, twice := mine[key]; !twice {
			mine[key] = at
			args = append(args, key.service, key.nonce, b.store.dayNumber(e.TokenUntil))
		}
	}
	taken := map[used]bool{}
	err := b.store.insert(ctx, b.tx, "INSERT INTO survey_nonces (service, nonce, until)", "ON CONFLICT DO NOTHING RETURNING service, nonce", 3, args,
		func(rows *sql.Rows) error {
			var key used
			err := rows.Scan(&key.service, &key.nonce)
			taken[key] = true
			return err
		})
	if err != nil {
		return nil, err
	}
	var left []int
	for _, at := range fresh {
		e := entries[at]
		if e.Token != nil {
			key := used{e.Token.Service, e.Token.Nonce}
			if !taken[key] || mine[key] != at {
				refused := fault.At("token", "survey.token.used")
				refused.Kind = fault.Conflict
				b.out[at] = outcome{err: refused}
				continue
			}
		}
		left = append(left, at)
	}
	return left, nil
}

const answerColumns = `INSERT INTO survey_answers (id, service, "set", version, wave, at, channel, language, verified, weight, ` +
	`flags, points, words, comment, once, text_hash, office, kiosk)`

func (b *batch) insert(ctx context.Context, kept []*Entry) error {
	const columns = 18
	args := make([]any, 0, len(kept)*columns)
	for _, e := range kept {
		a := e.Answer
		args = append(args, a.ID, a.Service, a.Set, a.Version, a.Wave, a.At, string(a.Channel), string(a.Language), a.Verified, a.Weight,
			jsonOf(a.Flags), jsonOf(a.Points), jsonOf(a.Words), a.Comment, e.Once, e.text, a.Office, a.Kiosk)
	}
	return b.store.insert(ctx, b.tx, answerColumns, "", columns, args, nil)
}

func (b *batch) insertDelta(ctx context.Context) error {
	b.deltas.trim()
	if len(b.deltas) == 0 {
		return nil
	}
	query := "INSERT INTO survey_deltas (body) VALUES (" + list(1, 1, database.EngineOf(b.store.db) == database.Postgres) + ")"
	_, err := b.tx.ExecContext(ctx, query, b.deltas.pack())
	return err
}

// idEpoch is where ids begin to count; idBits are those below the second: ids
// stay whole numbers in every language, and sort by their time.
const (
	idEpoch = 1_767_225_600 // 1 January 2026
	idBits  = 23
)

// nextID is the next id: the second, then a number that begins anywhere, so
// that processes hardly ever meet; where they do, the batch is written again.
func (s *Store) nextID() int64 {
	q := &s.queue
	q.Lock() // who drains does not hold it while writing
	defer q.Unlock()
	if second := s.now().Unix() - idEpoch; second != q.second {
		q.second, q.next = second, rand.Int64N(1<<idBits) //nolint:gosec // it is to be no secret
	}
	q.next++
	return max(q.second, 1)<<idBits | q.next&(1<<idBits-1)
}

// KeepAll keeps answers that somebody has together, in the transactions that
// they fill: all of a transaction or none. What was kept before is left out.
func (s *Store) KeepAll(ctx context.Context, entries []*Entry) error {
	const most = 4 * mostTogether
	for len(entries) > 0 {
		n := min(most, len(entries))
		outcomes, err := s.write(ctx, entries[:n])
		if err != nil {
			return fmt.Errorf("keep answers: %w", err)
		}
		for _, one := range outcomes {
			if one.err != nil {
				return one.err
			}
		}
		entries = entries[n:]
	}
	return nil
}
