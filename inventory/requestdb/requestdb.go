// Package requestdb keeps what people outside ask and say: it takes a message
// in, lets the rule decide on it, and saves what it decided together with the
// public steps, the mails and the audit line, in one transaction.
package requestdb

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
)

// Options are what other rooms do for this one. Every one may be left out.
type Options struct {
	Now   func() time.Time // nil means the wall clock
	Rules []request.Rule   // in force where the database holds no rule of the code

	// Write and WriteDigest put news in words; Send queues mails in the transaction.
	Write       func(request.Telling) request.Letter
	WriteDigest func(request.Digest) request.Letter
	Send        func(tx *gorm.DB, letters ...request.Letter) error

	// Record inventories a dataset in the transaction and returns its ref.
	Record func(ctx context.Context, tx *gorm.DB, by identity.Actor, institution string, c inventory.Content) (string, error)
}

// Store keeps messages from outside.
type Store struct {
	db   *gorm.DB
	now  func() time.Time
	opts Options
}

// New returns a Store on db.
func New(db *gorm.DB, o Options) *Store {
	return &Store{db: db, now: database.Clock(o.Now), opts: o}
}

// Tools are what a rule needs besides the message.
type Tools struct {
	Rules    *request.Rules
	Calendar *inventory.Workdays
	Now      time.Time
	// Promise looks up the dataset that a request is to be answered with.
	Promise func(ref string) (request.Promise, error)

	record func(ctx context.Context, by identity.Actor, institution string, c inventory.Content) (string, error)
}

// tools reads what rules need, in the transaction when there is one.
func (s *Store) tools(db *gorm.DB) (Tools, error) {
	t := Tools{Now: s.now()}
	var err error
	if t.Rules, err = s.rules(db); err != nil {
		return t, err
	}
	var holidays []inventory.Holiday
	if err := fresh(db).Order("day").Find(&holidays).Error; err != nil {
		return t, fmt.Errorf("read holidays: %w", err)
	}
	t.Calendar = inventory.NewWorkdays(inventory.Tunis(), holidays)
	t.Promise = func(ref string) (request.Promise, error) { return promise(db, ref) }
	t.record = func(ctx context.Context, by identity.Actor, institution string, c inventory.Content) (string, error) {
		if s.opts.Record == nil {
			return "", errors.New("inventory a proposal: nobody records datasets")
		}
		return s.opts.Record(ctx, fresh(db), by, institution, c)
	}
	return t, nil
}

// Tools returns what pages need to explain terms and deadlines.
func (s *Store) Tools(ctx context.Context) (Tools, error) { return s.tools(s.db.WithContext(ctx)) }

// rules are those of the database, and of the options where it holds none of the code.
func (s *Store) rules(db *gorm.DB) (*request.Rules, error) {
	var stored []request.Rule
	if err := fresh(db).Order("position, code").Find(&stored).Error; err != nil {
		return nil, fmt.Errorf("read request rules: %w", err)
	}
	return request.NewRules(append(append([]request.Rule{}, s.opts.Rules...), stored...)...), nil
}

// Seed loads terms and grounds: what is new is added, what differs replaced.
func (s *Store) Seed(ctx context.Context, by identity.Actor, rules []request.Rule) error {
	if err := by.Must(identity.ManageInstitutes, ""); err != nil || len(rules) == 0 {
		return err
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		before, err := ruleTexts(tx)
		if err != nil {
			return err
		}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(&rules, 100).Error; err != nil {
			return err
		}
		after, err := ruleTexts(tx)
		if err != nil || maps.Equal(before, after) {
			return err
		}
		line, err := audit.New(by, s.now(), "rules.terms", "rules", "request_rules", "", before, after)
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	if err != nil {
		return fmt.Errorf("seed request rules: %w", err)
	}
	return nil
}

// ruleTexts is what the rules say, by their codes.
func ruleTexts(tx *gorm.DB) (map[string]string, error) {
	var rules []request.Rule
	if err := tx.Find(&rules).Error; err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, r := range rules {
		text, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		texts[r.Code] = string(text)
	}
	return texts, nil
}

// promise tells how a dataset of the register stands. What is public counts,
// else what its officer is working on.
func promise(db *gorm.DB, ref string) (request.Promise, error) {
	var d inventory.Dataset
	if err := fresh(db).Where("ref = ?", ref).Take(&d).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return request.Promise{}, fault.At("dataset", "request.dataset.unknown", request.Short(ref, 60))
		}
		return request.Promise{}, fmt.Errorf("read dataset: %w", err)
	}
	p := request.Promise{
		Dataset: d.Ref, Institution: d.Institution, Day: d.Content.TargetDate, Gone: d.State == inventory.Withdrawn,
	}
	var shown inventory.Publication
	err := fresh(db).Where("ref = ? AND withdrawn_at IS NULL", ref).Take(&shown).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return p, nil
	case err != nil:
		return p, fmt.Errorf("read publication: %w", err)
	}
	p.Open = shown.Content.Openness == inventory.Open
	if shown.Content.TargetDate != "" {
		p.Day = shown.Content.TargetDate
	}
	return p, nil
}

// fresh is db without the conditions of a statement under way.
func fresh(db *gorm.DB) *gorm.DB { return db.Session(&gorm.Session{NewDB: true}) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// newSecret is what nobody guesses: 130 bits or more, in letters and digits.
func newSecret() string { return rand.Text() + rand.Text() }

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// record writes the audit line of a change: what was decided, never what was written.
func record(tx *gorm.DB, by identity.Actor, now time.Time, act string, before, after *request.Request) error {
	var was any
	if before != nil {
		was = trail(before)
	}
	line, err := audit.New(by, now, fmt.Sprintf("request.%s", act), "request", after.Ref, after.Institution, was, trail(after))
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

func trail(r *request.Request) map[string]any {
	return map[string]any{
		"kind": r.Kind, "state": r.State, "revision": r.Revision, "institution": r.Institution, "dataset": r.Dataset,
		"public_title": r.PublicTitle, "public_text": r.PublicText, "answer": r.Answer, "ground": r.Ground,
		"refusal": r.Refusal, "merged_into": r.MergedInto, "planned_for": r.PlannedFor, "supports": r.Supports,
	}
}
