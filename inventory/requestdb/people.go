package requestdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/request"
)

// pending is a piece of news that waits for the digest.
type pending struct {
	PersonID string `gorm:"primaryKey"`
	Ref      string `gorm:"primaryKey"`
}

// TableName names the table of news that wait.
func (pending) TableName() string { return "request_pending" }

// tell queues a mail to everybody who waits for the message and left an
// address; what only moved waits for the digest.
func (s *Store) tell(tx *gorm.DB, r *request.Request, t Tools) error {
	news := r.Tell
	r.Tell = ""
	if news == "" {
		return nil
	}
	var people []request.Person
	if err := fresh(tx).Where("ref = ? AND email <> ''", r.Ref).Order("id").Find(&people).Error; err != nil {
		return fmt.Errorf("read who waits: %w", err)
	}
	var letters []request.Letter
	for _, p := range people {
		if news == request.NewsMoved {
			line := pending{p.ID, r.Ref}
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&line).Error; err != nil {
				return fmt.Errorf("keep news: %w", err)
			}
			continue
		}
		one, err := s.telling(tx, news, p, r, t)
		if err != nil {
			return err
		}
		if s.opts.Write != nil {
			letters = append(letters, s.opts.Write(one))
		}
	}
	return s.send(tx, letters)
}

// telling makes one piece of news with a fresh link to the person's page.
func (s *Store) telling(tx *gorm.DB, news request.News, p request.Person, r *request.Request, t Tools) (request.Telling, error) {
	secret, err := addLink(tx, p.ID)
	one := request.Telling{News: news, Person: p, Subject: r.Subject(), Request: *r, Token: secret}
	if ground, ok := t.Rules.Ground(r.Ground); ok {
		one.Ground = ground.Name
	}
	return one, err
}

func (s *Store) send(tx *gorm.DB, letters []request.Letter) error {
	if s.opts.Send == nil || len(letters) == 0 {
		return nil
	}
	return s.opts.Send(tx, letters...)
}

// SendDigests tells people which promises moved: one mail a person, however
// many requests they wait for. News are forgotten in the transaction that
// queues the mail, so none is sent twice. It returns how many mails it queued.
func (s *Store) SendDigests(ctx context.Context) (int, error) {
	sent := 0
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		digests, read, err := s.digests(tx)
		if err != nil {
			return err
		}
		for n := range read { // no others: some may have come since
			if err := fresh(tx).Delete(&read[n]).Error; err != nil {
				return fmt.Errorf("forget news: %w", err)
			}
		}
		var letters []request.Letter
		for _, d := range digests {
			if s.opts.WriteDigest != nil {
				letters = append(letters, s.opts.WriteDigest(d))
			}
		}
		sent = len(letters)
		return s.send(tx, letters)
	})
	return sent, database.Explain(err, "send digests")
}

// digests gathers the news that wait, by address, and returns which it read.
func (s *Store) digests(tx *gorm.DB) ([]request.Digest, []pending, error) {
	t, err := s.tools(tx)
	if err != nil {
		return nil, nil, err
	}
	var lines []pending
	if err := fresh(tx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Order("ref, person_id").Find(&lines).Error; err != nil {
		return nil, nil, fmt.Errorf("read news: %w", err)
	}
	var all []request.Digest
	for _, l := range lines {
		var p request.Person
		found := fresh(tx).Where("id = ? AND email <> ''", l.PersonID).Limit(1).Find(&p)
		if found.Error != nil {
			return nil, nil, found.Error
		}
		var r request.Request
		if err := fresh(tx).Where("ref = ?", l.Ref).Take(&r).Error; err != nil {
			return nil, nil, err
		}
		if found.RowsAffected == 0 || r.State.Final() {
			continue // erased meanwhile, or told of the end already
		}
		one, err := s.telling(tx, request.NewsMoved, p, &r, t)
		if err != nil {
			return nil, nil, err
		}
		n := slices.IndexFunc(all, func(d request.Digest) bool { return strings.EqualFold(d.Email, p.Email) })
		if n < 0 {
			all, n = append(all, request.Digest{Email: p.Email, Language: p.Language}), len(all)
		}
		all[n].Items = append(all[n].Items, one)
	}
	return all, lines, nil
}

// Own is a message as whoever sent or follows it sees it.
type Own struct {
	Request request.Request
	Person  request.Person
	Events  []request.Event
}

// ByToken returns the message that a secret link opens.
func (s *Store) ByToken(ctx context.Context, token string) (*Own, error) {
	db := s.db.WithContext(ctx)
	p, err := personOf(db, token)
	if err != nil {
		return nil, database.Explain(err, "open a link")
	}
	own := &Own{Person: *p}
	if err := db.Where("ref = ?", p.Ref).Take(&own.Request).Error; err != nil {
		return nil, database.Explain(err, "open a link")
	}
	own.Events, err = events(db, p.Ref)
	return own, err
}

func personOf(db *gorm.DB, token string) (*request.Person, error) {
	if len(token) < 40 || len(token) > 100 {
		return nil, fault.New(fault.NotFound, "request.link.unknown")
	}
	var p request.Person
	found := db.Where("id IN (SELECT person_id FROM request_links WHERE hash = ?)", digest(token)).Limit(1).Find(&p)
	if found.Error == nil && found.RowsAffected == 0 {
		return nil, fault.New(fault.NotFound, "request.link.unknown")
	}
	return &p, found.Error
}

// Erase forgets the address of whoever holds the link, at once.
func (s *Store) Erase(ctx context.Context, token string) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		p, err := personOf(tx, token)
		if err != nil {
			return err
		}
		if p.Email == "" {
			return nil
		}
		return s.erase(tx, fresh(tx).Where("id = ?", p.ID))
	})
	return database.Explain(err, "erase an address")
}

// erase forgets the addresses of those whom q names.
func (s *Store) erase(tx, q *gorm.DB) error {
	err := q.Model(&request.Person{}).Updates(map[string]any{"email": "", "erased_at": s.now()}).Error
	if err != nil {
		return fmt.Errorf("erase addresses: %w", err)
	}
	return tx.Exec("DELETE FROM request_pending WHERE person_id IN (SELECT id FROM request_people WHERE email = '')").Error
}

// Tidied counts what Tidy did.
type Tidied struct{ Closed, Erased int }

// Tidy closes what was answered long enough ago and erases the addresses of
// everybody who waits for nothing any more. Twice is as once.
func (s *Store) Tidy(ctx context.Context) (Tidied, error) {
	var done Tidied
	before := s.now().Add(-request.Kept)
	var refs []string
	db := s.db.WithContext(ctx)
	err := db.Model(&request.Request{}).
		Where("state IN ? AND final_at <= ?", []request.State{request.Answered, request.Declined, request.Opened}, before).
		Order("ref").Pluck("ref", &refs).Error
	if err != nil {
		return done, fmt.Errorf("read what can be closed: %w", err)
	}
	program := identity.System("jard")
	for _, ref := range refs {
		_, err := s.Change(ctx, program, ref, "close", 0, func(r *request.Request, t Tools) error {
			if !r.State.Final() || r.State == request.Closed || r.FinalAt.After(before) {
				return nil // somebody was quicker
			}
			return r.Close(program, t.Now)
		})
		if err != nil {
			return done, err
		}
		done.Closed++
	}
	err = db.Transaction(func(tx *gorm.DB) error {
		var ids []string
		err := fresh(tx).Model(&request.Person{}).Where("email <> '' AND ref IN (?)",
			fresh(tx).Model(&request.Request{}).Select("ref").Where("final_at <= ?", before)).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		done.Erased = len(ids)
		return s.erase(tx, fresh(tx).Where("id IN ?", ids))
	})
	return done, database.Explain(err, "erase addresses")
}

// events lists the steps of a message, oldest first.
func events(db *gorm.DB, ref string) ([]request.Event, error) {
	var all []request.Event
	if err := fresh(db).Where("ref = ?", ref).Order("id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read the steps of a message: %w", err)
	}
	return all, nil
}

// Waits tells how many people who left an address wait for news, and never who.
func (s *Store) Waits(ctx context.Context, ref string) (int, error) {
	var n int64
	err := s.db.WithContext(ctx).Model(&request.Person{}).Where("ref = ? AND email <> ''", ref).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count who waits: %w", err)
	}
	return int(n), nil
}
