package alertdb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Next takes up to n messages that are ready and hands them to the caller, who
// has them in hand until it says Sent or Failed, or for alert.InHand. Another
// process on the same database gets others. What waited too long is given up.
func (s *Store) Next(ctx context.Context, n int) ([]alert.Message, error) {
	now := s.now()
	var taken []alert.Message
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		taken = nil
		var ready []alert.Message
		// The longest pauses bound both: a clock that was wrong must not hold a message for ever.
		err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
			Where("state = ? AND (next_at <= ? OR next_at > ?) AND (taken_until IS NULL OR taken_until <= ? OR taken_until > ?)",
				alert.Queued, now, now.Add(alert.LongestPause()), now, now.Add(alert.InHand)).
			Order("next_at, id").Limit(n).Find(&ready).Error
		if err != nil {
			return err
		}
		for n := range ready {
			m := &ready[n]
			if !m.Ready(now) {
				continue
			}
			if m.Old(now) {
				m.Fail(alert.Failure{Cause: alert.TooOld, Final: true}, now)
			} else {
				m.Take(now)
				taken = append(taken, *m)
			}
			if err := save(tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	return taken, database.Explain(err, "take from the outbox of alerts")
}

// Sent notes that the channel took the message.
func (s *Store) Sent(ctx context.Context, id string) error {
	return s.change(ctx, id, "note that an alert was sent", func(m *alert.Message) { m.Deliver(s.now()) })
}

// Failed notes that a message could not be delivered, and why.
func (s *Store) Failed(ctx context.Context, id string, f alert.Failure) error {
	return s.change(ctx, id, "note that an alert failed", func(m *alert.Message) { m.Fail(f, s.now()) })
}

// Release gives messages back that nobody tried to send; no try is counted.
func (s *Store) Release(ctx context.Context, pause time.Duration, ids ...string) error {
	err := s.db.WithContext(ctx).Model(&alert.Message{}).Where("id IN ? AND state = ?", ids, alert.Queued).
		Updates(map[string]any{"taken_until": nil, "next_at": s.now().Add(pause)}).Error
	return database.Explain(err, "give alerts back to the outbox")
}

// change lets what happened to a message change it. One that is sent stays so,
// whoever else had it in hand.
func (s *Store) change(ctx context.Context, id, doing string, happened func(*alert.Message)) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		m, err := lock(tx, id)
		if err != nil {
			return err
		}
		if m.State != alert.Queued {
			return nil
		}
		happened(m)
		return save(tx, m)
	})
	return database.Explain(err, doing)
}

// Retry puts a message that was given up at the front again.
func (s *Store) Retry(ctx context.Context, by identity.Actor, id string) error {
	if err := by.Must(identity.ManageAlerts, ""); err != nil {
		return err
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		m, err := lock(tx, id)
		if err != nil {
			return err
		}
		was := m.State
		if !m.Retry(s.now()) {
			return fault.New(fault.Conflict, "alert.retry.nothing")
		}
		if err := save(tx, m); err != nil {
			return err
		}
		return s.note(tx, by, "alert.retry", "alert_message", m.ID, "", map[string]any{"state": was}, map[string]any{"state": m.State})
	})
	return database.Explain(err, "send an alert again")
}

// Try puts a trial of a channel into the outbox and returns its id. Whoever
// tries it delivers it at once and sees what came of it.
func (s *Store) Try(ctx context.Context, by identity.Actor, m alert.Message) error {
	if err := by.Must(identity.ManageAlerts, ""); err != nil {
		return err
	}
	now := s.now()
	m.Stage, m.State, m.QueuedAt, m.NextAt, m.Institutions, m.Lines = alert.Trial, alert.Queued, now, now, []string{}, []alert.Line{}
	m.Take(now) // by whoever asks
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&m).Error; err != nil {
			return err
		}
		return s.note(tx, by, "alert.try", "alert_channel", m.Channel, "", nil, nil)
	})
	return database.Explain(err, "try a channel")
}

// Message returns one message, for who manages alerts.
func (s *Store) Message(ctx context.Context, by identity.Actor, id string) (*alert.Message, error) {
	if err := by.Must(identity.ManageAlerts, ""); err != nil {
		return nil, err
	}
	var m alert.Message
	err := s.db.WithContext(ctx).Take(&m, "id = ?", id).Error
	return &m, database.Explain(err, "read an alert")
}

// Waiting counts the messages that are not delivered: those that wait and
// those that were given up.
func (s *Store) Waiting(ctx context.Context) (waiting, dead int, err error) {
	var rows []struct {
		State alert.State
		N     int
	}
	err = s.db.WithContext(ctx).Model(&alert.Message{}).Select("state, COUNT(*) AS n").
		Where("state IN ?", []alert.State{alert.Queued, alert.Dead}).Group("state").Scan(&rows).Error
	for _, r := range rows {
		if r.State == alert.Queued {
			waiting = r.N
		} else {
			dead = r.N
		}
	}
	return waiting, dead, database.Explain(err, "count alerts")
}

// Forget removes what was told longer ago than anybody asks, and the links in
// mails some time after what they are about is over, or they opened anything.
func (s *Store) Forget(ctx context.Context) error {
	cutoff, links := s.now().Add(-alert.Keep), s.now().Add(-s.o.Settings.LinksFor)
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, one := range []struct {
			model any
			where string
			args  []any
		}{
			{&alert.Link{}, "expires_at < ? OR event IN (SELECT key FROM alert_events WHERE ended_at < ?)", []any{links, links}},
			{&alert.Message{}, "queued_at < ?", []any{cutoff}},
			{&alert.Telling{}, "event IN (SELECT key FROM alert_events WHERE settled AND ended_at < ?)", []any{cutoff}},
			{&alert.Event{}, "settled AND ended_at < ?", []any{cutoff}},
		} {
			if err := tx.Where(one.where, one.args...).Delete(one.model).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return database.Explain(err, "forget old alerts")
}

func lock(tx *gorm.DB, id string) (*alert.Message, error) {
	var m alert.Message
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&m, "id = ?", id).Error
	return &m, err
}

func save(tx *gorm.DB, m *alert.Message) error {
	return tx.Model(m).Select("state", "tries", "cause", "queued_at", "next_at", "taken_until", "sent_at").Updates(m).Error
}

// note writes an audit line in the transaction it tells of.
func (s *Store) note(tx *gorm.DB, by identity.Actor, act, kind, ref, institution string, before, after map[string]any) error {
	line, err := audit.New(by, s.now(), act, kind, ref, institution, nilable(before), nilable(after))
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

func nilable(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}

// Lasting returns the events that last and that the channel was told of.
func (s *Store) Lasting(ctx context.Context, channel string) ([]alert.Line, error) {
	var events []alert.Event
	err := s.db.WithContext(ctx).Where("ended_at IS NULL").
		Where("EXISTS (SELECT 1 FROM alert_tellings t WHERE t.event = alert_events.key AND t.channel = ? AND t.target = '')", channel).
		Order("started_at, key").Limit(mostOpen).Find(&events).Error
	if err != nil {
		return nil, database.Explain(err, "read what lasts")
	}
	lines := make([]alert.Line, 0, len(events))
	for n := range events {
		lines = append(lines, alert.LineOf(&events[n], s.o.URL(PathOf(&events[n]))))
	}
	return lines, nil
}
