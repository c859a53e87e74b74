package monitordb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/monitor"
)

// Subscribe keeps who asks to be told, and mails the link that proves the
// address. To whoever asks the answer is the same whether the address is known
// or not: nobody learns from it who follows what.
func (s *Store) Subscribe(
	ctx context.Context, email string, scope monitor.Scope, target string, language lang.Tag, write func(monitor.Telling) monitor.Words,
) error {
	want, err := monitor.NewSubscriber(email, scope, target, language, s.now())
	if err != nil {
		return err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		name, err := followed(tx, &want)
		if err != nil {
			return err
		}
		var asked int64
		err = tx.Model(&monitor.Subscriber{}).Where("email = ? AND asked_at > ?", want.Email, s.now().Add(-24*time.Hour)).
			Select("coalesce(sum(asked), 0)").Scan(&asked).Error
		if err != nil || asked >= monitor.MaxAskedADay {
			return err // and nothing more is kept of an address that somebody else may have typed
		}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&want).Error; err != nil {
			return err
		}
		var there monitor.Subscriber
		err = tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
			Take(&there, "email = ? AND scope = ? AND target = ?", want.Email, want.Scope, want.Target).Error
		if err != nil || !there.MayAsk(s.now()) {
			return err
		}
		if there.ConfirmedAt == nil { // who confirmed chose; anybody may type an address
			there.Language = want.Language
		}
		if err := tx.Select("*").Updates(&there).Error; err != nil {
			return err
		}
		news, act, age := monitor.NewsAsk, monitor.ConfirmLink, monitor.ConfirmFor
		if there.ConfirmedAt != nil {
			news, act, age = monitor.NewsAlready, monitor.StopLink, monitor.StopFor
		}
		return s.mailTo(tx, monitor.Telling{News: news, Subscriber: there, Name: name}, act, age, "", write)
	})
	return database.Explain(err, "subscribe")
}

// followed is the name of what a subscriber follows, which must be public.
func followed(tx *gorm.DB, want *monitor.Subscriber) (lang.Text, error) {
	var v []monitor.Service
	q := tx.Select("slug", "institution", "name").Limit(1).Where("state = ?", monitor.Active)
	switch want.Scope {
	case monitor.OneService:
		q = q.Where("slug = ?", want.Target)
	case monitor.OneInstitution:
		tree, err := bodies(tx)
		if err != nil {
			return nil, err
		}
		q = q.Where("institution IN ?", tree.Under(want.Target, want.AskedAt))
	case monitor.Everything:
		return lang.Text{}, nil
	}
	if err := q.Find(&v).Error; err != nil {
		return nil, err
	}
	if len(v) == 0 {
		return nil, fault.At("target", "incident.subscribe.target")
	}
	if want.Scope == monitor.OneService {
		return v[0].Name, nil
	}
	return lang.Text{}, nil
}

// mailTo puts one telling into the outbox with a link of its own.
func (s *Store) mailTo(tx *gorm.DB, t monitor.Telling, act monitor.LinkAct, age time.Duration, key string,
	write func(monitor.Telling) monitor.Words,
) error {
	t.Secret = identity.NewSecret()
	hash, _ := identity.Digested(t.Secret)
	link := monitor.SubscriberLink{Hash: hash, Subscriber: t.Subscriber.ID, Act: act, ExpiresAt: s.now().Add(age)}
	if err := tx.Create(&link).Error; err != nil {
		return fmt.Errorf("keep a link: %w", err)
	}
	words := write(t)
	return maildb.Append(tx, mail.Message{
		Kind: "incident", Key: key, To: t.Subscriber.Email, Lang: t.Subscriber.Language, Subject: words.Subject, Text: words.Text,
		Unsubscribe: words.Unsubscribe, Sensitive: true, At: s.now(),
	})
}

// ByLink returns the subscriber whom a link in a mail belongs to, and what the
// link does.
func (s *Store) ByLink(ctx context.Context, secret string) (*monitor.Subscriber, monitor.LinkAct, error) {
	who, link, err := s.readLink(s.db.WithContext(ctx), secret)
	if err != nil {
		return nil, "", database.Explain(err, "open a link")
	}
	return who, link.Act, nil
}

func (s *Store) readLink(db *gorm.DB, secret string) (*monitor.Subscriber, *monitor.SubscriberLink, error) {
	unknown := fault.New(fault.Gone, "incident.link.gone")
	hash, ok := identity.Digested(secret)
	if !ok {
		return nil, nil, unknown
	}
	var link monitor.SubscriberLink
	var who monitor.Subscriber
	err := db.Take(&link, "hash = ? AND expires_at > ?", hash, s.now()).Error
	if err == nil {
		err = db.Take(&who, "id = ?", link.Subscriber).Error
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, unknown
	}
	return &who, &link, err
}

// FollowLink does what a link in a mail is for, once: it proves the address,
// or deletes it.
func (s *Store) FollowLink(ctx context.Context, secret string) (act monitor.LinkAct, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		who, link, err := s.readLink(tx, secret)
		if err != nil {
			return err
		}
		act = link.Act
		if act == monitor.StopLink {
			return forget(tx.Where("id = ?", who.ID))
		}
		if err := tx.Delete(link).Error; err != nil {
			return err
		}
		return tx.Model(who).Update("confirmed_at", s.now()).Error
	})
	return act, database.Explain(err, "follow a link")
}

// forget deletes subscribers with all that hangs on them.
func forget(q *gorm.DB) error { return q.Delete(&monitor.Subscriber{}).Error }

// ForgetSubscribers deletes the addresses that nobody confirmed in time, and
// those kept long enough. It returns how many went.
func (s *Store) ForgetSubscribers(ctx context.Context) (int64, error) {
	var gone int64
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		done := tx.Where("confirmed_at IS NULL AND asked_at < ? OR confirmed_at < ?",
			s.now().Add(-monitor.ConfirmFor), s.now().Add(-monitor.KeptFor)).Delete(&monitor.Subscriber{})
		gone = done.RowsAffected
		if done.Error != nil {
			return done.Error
		}
		return tx.Where("expires_at < ?", s.now()).Delete(&monitor.SubscriberLink{}).Error
	})
	return gone, database.Explain(err, "forget subscribers")
}
