// Package noticedb keeps what people want to be told, what they were told, and
// the links that their mails carry. A digest, its proof, its links and its mail
// are written in one transaction: told once, or not at all.
package noticedb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/notice"
)

// Store keeps what package notice is about.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db. A nil now is the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store { return &Store{db: db, now: database.Clock(now)} }

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// digest is a digest that was written.
type digest struct {
	Account string `gorm:"primaryKey"`
	Day     string `gorm:"primaryKey"`
	Week    string
	Weekly  bool
	Lines   int
	At      time.Time
}

// TableName names the table of digests.
func (digest) TableName() string { return "notice_digests" }

// told is who may be written to, as the tables have it.
type told struct {
	ID, Email, Name string
	Role            identity.Role
	Institution     *string
	Language        lang.Tag
	Rhythm          *notice.Rhythm
	AwayUntil       inventory.Date
	ThisWeek        bool
}

// People lists the accounts that answer for duties, with what each wants and
// was told last. Disabled accounts are left out.
func (s *Store) People(ctx context.Context) ([]notice.Person, error) {
	now := s.now()
	var rows []told
	err := s.db.WithContext(ctx).Table("accounts AS a").
		Select("a.id, a.email, a.name, a.role, a.institution, a.language, p.rhythm, p.away_until, "+
			"EXISTS (SELECT 1 FROM notice_digests d WHERE d.account = a.id AND d.week = ? AND d.weekly) AS this_week", notice.Week(now)).
		Joins("LEFT JOIN notice_preferences AS p ON p.account = a.id").
		Where("a.disabled_at IS NULL AND a.role IN ?", []identity.Role{identity.Officer, identity.Supervisor, identity.MCD}).
		Order("a.institution, a.role, a.id").Scan(&rows).Error
	if err != nil {
		return nil, database.Explain(err, "list who may be told")
	}
	last, err := s.lastDigests(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := s.institutions(ctx)
	if err != nil {
		return nil, err
	}
	people := make([]notice.Person, 0, len(rows))
	for _, r := range rows {
		p := notice.Person{
			Email: r.Email, Lang: r.Language, Rhythm: notice.Daily, AwayUntil: r.AwayUntil, LastDigest: last[r.ID], ThisWeek: r.ThisWeek,
			Actor: identity.Actor{Account: r.ID, Name: r.Name, Role: r.Role, Language: r.Language},
		}
		if r.Rhythm != nil {
			p.Rhythm = *r.Rhythm
		}
		if r.Institution != nil {
			p.Actor.Institution, p.Actor.Institutions = *r.Institution, tree.Under(*r.Institution, now)
		}
		people = append(people, p)
	}
	return people, nil
}

func (s *Store) lastDigests(ctx context.Context) (map[string]time.Time, error) {
	var all []digest
	err := s.db.WithContext(ctx).
		Where("NOT EXISTS (SELECT 1 FROM notice_digests l WHERE l.account = notice_digests.account AND l.at > notice_digests.at)").
		Find(&all).Error
	last := make(map[string]time.Time, len(all))
	for _, d := range all {
		last[d.Account] = d.At
	}
	return last, database.Explain(err, "read the last digests")
}

func (s *Store) institutions(ctx context.Context) (identity.Tree, error) {
	var all []identity.Institution
	if err := s.db.WithContext(ctx).Find(&all).Error; err != nil {
		return nil, database.Explain(err, "read institutions")
	}
	t := identity.Tree{}
	for _, i := range all {
		t[i.Slug] = i
	}
	return t, nil
}

// Keep writes a digest, the steps it tells of, its links and its mail. It is
// false, and nothing is written, when the person was written to that day.
func (s *Store) Keep(ctx context.Context, d *notice.Digest, links []notice.Link, m mail.Message) (kept bool, err error) {
	row := digest{
		Account: d.Person.Actor.Account, Day: string(d.Day), Week: notice.Week(s.now()), Weekly: d.Weekly, Lines: d.Count(), At: s.now(),
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		once := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if once.Error != nil || once.RowsAffected == 0 {
			return once.Error
		}
		kept = true
		if len(d.Told) > 0 {
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(d.Told, insertAtOnce).Error; err != nil {
				return err
			}
		}
		if len(links) > 0 {
			if err := tx.CreateInBatches(links, 100).Error; err != nil {
				return err
			}
		}
		return maildb.Append(tx, m)
	})
	return kept && err == nil, database.Explain(err, "keep a digest")
}

// insertAtOnce bounds the values of one statement: seven columns a row.
const insertAtOnce = 400
