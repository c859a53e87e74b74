package surveydb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
)

// OfficeRow is an office as it is kept.
type OfficeRow struct{ survey.Branch }

// TableName names the table.
func (OfficeRow) TableName() string { return "survey_offices" }

// KioskRow is a screen as it is kept.
type KioskRow struct{ survey.Screen }

// TableName names the table.
func (KioskRow) TableName() string { return "survey_kiosks" }

// Offices returns the offices of a service, in the order of their codes. They
// are read again after a few seconds.
func (s *Store) Offices(ctx context.Context, service string) ([]survey.Branch, error) {
	s.known.Lock()
	s.known.remembered(s.now())
	all, ok := s.known.offices[service]
	s.known.Unlock()
	if ok {
		return all, nil
	}
	all, err := offices(s.db.WithContext(ctx), service)
	if err != nil {
		return nil, database.Explain(err, "read offices of "+service)
	}
	s.known.Lock()
	defer s.known.Unlock()
	s.known.remembered(s.now())
	s.known.offices[service] = all
	return all, nil
}

func offices(tx *gorm.DB, service string) ([]survey.Branch, error) {
	var rows []OfficeRow
	if err := tx.Order("code").Find(&rows, "service = ?", service).Error; err != nil {
		return nil, err
	}
	all := make([]survey.Branch, len(rows))
	for n := range rows {
		all[n] = rows[n].Branch
	}
	return all, nil
}

// officeOf is the office that somebody says to be at; none when it is not one
// of the service's own, or is closed: nobody is refused for an old poster.
func (s *Store) officeOf(ctx context.Context, service, code string) (string, error) {
	if code == "" {
		return "", nil
	}
	all, err := s.Offices(ctx, service)
	if n := slices.IndexFunc(all, func(o survey.Branch) bool { return o.Code == code && o.Open() }); n < 0 {
		return "", err
	}
	return code, err
}

// KioskOf is the screen whose address somebody answers at.
func (s *Store) KioskOf(ctx context.Context, service, token string) (*survey.Screen, error) {
	unknown := fault.New(fault.Gone, "survey.kiosk.unknown")
	id, secret, ok := survey.ReadScreen(token)
	if !ok {
		return nil, unknown
	}
	s.known.Lock()
	s.known.remembered(s.now())
	k, ok := s.known.kiosks[id]
	s.known.Unlock()
	if !ok {
		var rows []KioskRow
		if err := s.db.WithContext(ctx).Limit(1).Find(&rows, "id = ?", id).Error; err != nil {
			return nil, database.Explain(err, "read a screen at a counter")
		}
		if len(rows) == 0 { // not remembered: anybody could fill the memory
			return nil, unknown
		}
		k = &rows[0].Screen
		s.known.Lock()
		s.known.remembered(s.now())
		s.known.kiosks[id] = k
		s.known.Unlock()
	}
	if !k.Holds(service, secret) {
		return nil, unknown
	}
	return k, nil
}

// Kiosks returns the screens of a service, the latest first.
func (s *Store) Kiosks(ctx context.Context, by identity.Actor, service string) ([]survey.Screen, error) {
	a, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
		return nil, err
	}
	var rows []KioskRow
	if err := s.db.WithContext(ctx).Order("created_at DESC, id").Find(&rows, "service = ?", service).Error; err != nil {
		return nil, database.Explain(err, "read screens of "+service)
	}
	out := make([]survey.Screen, len(rows))
	for n := range rows {
		out[n] = rows[n].Screen
	}
	return out, nil
}

// KeepOffice adds an office to the list of a service, or names it anew and
// opens it again.
func (s *Store) KeepOffice(ctx context.Context, by identity.Actor, service, code string, name lang.Text) error {
	return s.ofPlaces(ctx, "keep an office of "+service, service, func(tx *gorm.DB, a *survey.Asking) error {
		o, err := survey.NewBranch(by, a, code, name, s.now())
		if err != nil {
			return err
		}
		all, err := offices(tx, service)
		if err != nil {
			return err
		}
		there := slices.ContainsFunc(all, func(one survey.Branch) bool { return one.Code == o.Code })
		if !there && len(all) >= survey.MostOffices {
			return fault.At("code", "survey.office.many", survey.MostOffices)
		}
		err = tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "service"}, {Name: "code"}}, DoUpdates: clause.AssignmentColumns([]string{"name", "closed_at"}),
		}).Create(&OfficeRow{*o}).Error
		if err != nil {
			return err
		}
		return s.tellPlace(tx, by, "survey.office", a, map[string]any{"office": o.Code, "name": o.Name})
	})
}

// CloseOffice has posters of an office count for none from now on, and revokes its screens.
func (s *Store) CloseOffice(ctx context.Context, by identity.Actor, service, code string) error {
	return s.ofPlaces(ctx, "close an office of "+service, service, func(tx *gorm.DB, a *survey.Asking) error {
		if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
			return err
		}
		now := s.now()
		done := tx.Model(&OfficeRow{}).Where("service = ? AND code = ? AND closed_at IS NULL", service, code).Update("closed_at", now)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		err := tx.Model(&KioskRow{}).Where("service = ? AND office = ? AND revoked_at IS NULL", service, code).Update("revoked_at", now).Error
		if err != nil {
			return err
		}
		return s.tellPlace(tx, by, "survey.close_office", a, map[string]any{"office": code})
	})
}

// AddKiosk makes a screen at an office, and the token of its address, which is
// told this once.
func (s *Store) AddKiosk(ctx context.Context, by identity.Actor, service, office, name string, anHour int) (k *survey.Screen, token string, err error) {
	err = s.ofPlaces(ctx, "add a screen of "+service, service, func(tx *gorm.DB, a *survey.Asking) error {
		all, err := offices(tx, service)
		if err != nil {
			return err
		}
		if k, token, err = survey.NewScreen(by, a, all, office, name, anHour, s.now()); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&KioskRow{}).Where("service = ? AND revoked_at IS NULL", service).Count(&n).Error; err != nil {
			return err
		}
		if n >= survey.MostKiosks {
			return fault.At("name", "survey.kiosk.many", survey.MostKiosks)
		}
		if err := tx.Create(&KioskRow{*k}).Error; err != nil {
			return err
		}
		return s.tellPlace(tx, by, "survey.kiosk", a, map[string]any{"kiosk": k.ID, "office": office, "an_hour": anHour})
	})
	return k, token, err
}

// RotateKiosk gives a screen another address; RevokeKiosk none.
func (s *Store) RotateKiosk(ctx context.Context, by identity.Actor, service, id string) (k *survey.Screen, token string, err error) {
	k, err = s.changeKiosk(ctx, by, service, id, "survey.rotate_kiosk", func(k *survey.Screen, institution string) error {
		var err error
		token, err = k.Rotate(by, institution, s.now())
		return err
	})
	return k, token, err
}

// RevokeKiosk has a screen's address hold no more.
func (s *Store) RevokeKiosk(ctx context.Context, by identity.Actor, service, id string) error {
	_, err := s.changeKiosk(ctx, by, service, id, "survey.revoke_kiosk", func(k *survey.Screen, institution string) error {
		return k.Revoke(by, institution, s.now())
	})
	return err
}

func (s *Store) changeKiosk(ctx context.Context, by identity.Actor, service, id, act string, rule func(*survey.Screen, string) error) (*survey.Screen, error) {
	var row KioskRow
	err := s.ofPlaces(ctx, "change a screen of "+service, service, func(tx *gorm.DB, a *survey.Asking) error {
		if err := tx.Take(&row, "id = ? AND service = ?", id, service).Error; err != nil {
			return err
		}
		if err := rule(&row.Screen, a.Institution); err != nil {
			return err
		}
		if err := tx.Model(&row).Select("*").Updates(&row).Error; err != nil {
			return err
		}
		return s.tellPlace(tx, by, act, a, map[string]any{"kiosk": id, "office": row.Office})
	})
	return &row.Screen, err
}

// ofPlaces runs work on what a service asks, in one transaction, and forgets
// what was remembered of its places.
func (s *Store) ofPlaces(ctx context.Context, doing, service string, work func(*gorm.DB, *survey.Asking) error) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		a, err := asking(tx, service)
		if err != nil {
			return err
		}
		return work(tx, &a)
	})
	s.forget()
	return database.Explain(err, doing)
}

func (s *Store) tellPlace(tx *gorm.DB, by identity.Actor, act string, a *survey.Asking, what map[string]any) error {
	line, err := audit.New(by, s.now(), act, "service", a.Service, a.Institution, nil, what)
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// ByOffice sums up the answers of a service from..to by the office that they
// name; those that name none are not in it.
func (s *Store) ByOffice(ctx context.Context, service string, from, to time.Time) ([]survey.OfficeSums, error) {
	rows, err := s.db.WithContext(ctx).Model(&AnswerRow{}).
		Select(`office, "set", version, channel, language, verified, weight, flags, points, words`).
		Where("service = ? AND at >= ? AND at < ? AND office <> ''", service, from.UTC(), to.UTC()).Rows()
	if err != nil {
		return nil, database.Explain(err, "count answers by office")
	}
	defer func() { _ = rows.Close() }()
	sums := map[string]*survey.OfficeSums{}
	for rows.Next() {
		a := survey.Answer{Service: service}
		var flags, points, words []byte
		if err := rows.Scan(&a.Office, &a.Set, &a.Version, &a.Channel, &a.Language, &a.Verified, &a.Weight, &flags, &points, &words); err != nil {
			return nil, database.Explain(err, "count answers by office")
		}
		if err := errorOf(json.Unmarshal(flags, &a.Flags), json.Unmarshal(points, &a.Points), json.Unmarshal(words, &a.Words)); err != nil {
			return nil, fmt.Errorf("count answers by office: %w", err)
		}
		set, err := s.Set(ctx, a.Set, a.Version)
		if err != nil {
			return nil, err
		}
		one := sums[a.Office]
		if one == nil {
			one = &survey.OfficeSums{Code: a.Office, Sums: survey.Sums{}}
			sums[a.Office] = one
		}
		one.Sums.Add(set, &a)
		if a.Counted() {
			one.N++
		}
	}
	if err := rows.Err(); err != nil {
		return nil, database.Explain(err, "count answers by office")
	}
	out := make([]survey.OfficeSums, 0, len(sums))
	for _, one := range sums {
		out = append(out, *one)
	}
	return out, nil
}
