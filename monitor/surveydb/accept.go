package surveydb

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/survey"
)

// Receipt says that an answer is kept.
type Receipt struct {
	ID       int64
	Verified bool
	Again    bool // it was sent before, under the same key of the client
}

// Accept takes what somebody sent from an address about a service: it reads it
// by the set that the service asks, checks its token, and returns once the
// answer is kept. The address is used for a hash that is worth nothing the next
// day, and forgotten. What is refused is counted by its reason.
func (s *Store) Accept(ctx context.Context, f *survey.Form, from netip.Addr) (Receipt, error) {
	receipt, err := s.accept(ctx, f, from)
	switch {
	case err != nil:
		s.apart.count(err)
	case !receipt.Again:
		s.taken.add(f.Channel, 1)
	}
	return receipt, err
}

func (s *Store) accept(ctx context.Context, f *survey.Form, from netip.Addr) (Receipt, error) {
	now := s.now()
	asking, err := s.Asking(ctx, f.Service)
	if err != nil {
		return Receipt{}, err
	}
	if err := asking.Taken(); err != nil {
		return Receipt{}, err
	}
	name, version := asking.SetFor(f.Channel)
	set, err := s.Set(ctx, name, version)
	if err != nil {
		return Receipt{}, err
	}
	answer, err := survey.Take(set, f, now)
	if err != nil {
		return Receipt{}, err
	}
	if answer.Wave, err = s.waveOf(ctx, f); err != nil {
		return Receipt{}, err
	}
	e := Entry{Answer: answer, Set: set, Live: true}
	if f.Key != "" {
		once := survey.OnceKey(f.Service, f.Key)
		e.Once = &once
	}
	if f.Kiosk != "" {
		if e.Kiosk, err = s.KioskOf(ctx, f.Service, f.Kiosk); err != nil {
			return Receipt{}, err
		}
		answer.Kiosk, answer.Office = e.Kiosk.ID, e.Kiosk.Office
		return s.Put(ctx, &e)
	}
	if answer.Office, err = s.officeOf(ctx, f.Service, f.Office); err != nil {
		return Receipt{}, err
	}
	if f.Token != "" {
		if e.Token, err = s.verify(ctx, f.Token, &asking, now); err != nil {
			return Receipt{}, err
		}
		answer.Verified, e.TokenUntil = true, e.Token.Until(asking.TokenDays)
	} else if e.Network, err = s.network(ctx, f.Service, from); err != nil {
		return Receipt{}, err
	}
	return s.Put(ctx, &e)
}

// verify reads a token and has its signature and its days checked.
func (s *Store) verify(ctx context.Context, text string, asking *survey.Asking, now time.Time) (*survey.Token, error) {
	token, err := survey.ReadToken(text)
	if err != nil {
		return nil, err
	}
	keys, err := s.keys(ctx, asking.Service)
	if err != nil {
		return nil, err
	}
	return token, token.Verify(asking.Service, keys, now, s.zone, asking.TokenDays)
}

// daily is the salt of the day, in memory.
type daily struct {
	sync.Mutex
	day  int64
	salt []byte
}

const saltBytes = 32

// network is what the answers of the network of an address are counted by today.
func (s *Store) network(ctx context.Context, service string, from netip.Addr) (string, error) {
	if !from.IsValid() {
		return "", nil
	}
	salt, err := s.saltOf(ctx, s.dayNumber(s.now()))
	if err != nil {
		return "", err
	}
	return survey.NetworkKey(salt, service, from), nil
}

// saltOf returns the salt of a day, the same in every process. The first one
// to need it overwrites that of the day before, which nobody knows any more.
func (s *Store) saltOf(ctx context.Context, day int64) ([]byte, error) {
	s.salt.Lock()
	defer s.salt.Unlock()
	if s.salt.salt != nil && s.salt.day == day {
		return s.salt.salt, nil
	}
	fresh := make([]byte, saltBytes)
	_, _ = rand.Read(fresh) // never fails
	db := s.db.WithContext(ctx)
	if err := db.Exec("UPDATE survey_salts SET day = ?, salt = ? WHERE id = 1 AND day < ?", day, fresh, day).Error; err != nil {
		return nil, database.Explain(err, "change the salt of the day")
	}
	var row Salt
	if err := db.Take(&row, 1).Error; err != nil {
		return nil, database.Explain(err, "read the salt of the day")
	}
	s.salt.day, s.salt.salt = day, row.Salt
	return row.Salt, nil
}

// reasons are why answers are refused: a closed set, for metrics.
func reasons() []string {
	return []string{"token_malformed", "token_forged", "token_replayed", "token_expired", "token_other", "invalid", "closed", "unknown", "ours"}
}

// refusals counts them.
type refusals struct {
	sync.Mutex
	by map[string]int64
}

func (r *refusals) count(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	r.Lock()
	defer r.Unlock()
	if r.by == nil {
		r.by = map[string]int64{}
	}
	r.by[reasonOf(err)]++
}

// Rejected is how many answers this process refused since it began, by reason.
// Every reason is there.
func (s *Store) Rejected() map[string]int64 {
	s.apart.Lock()
	defer s.apart.Unlock()
	out := map[string]int64{}
	for _, reason := range reasons() {
		out[reason] = s.apart.by[reason]
	}
	return out
}

func reasonOf(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "ours"
	}
	switch f.Key {
	case "survey.token.malformed":
		return "token_malformed"
	case "survey.token.forged":
		return "token_forged"
	case "survey.token.used":
		return "token_replayed"
	case "survey.token.expired", "survey.token.future":
		return "token_expired"
	case "survey.token.other_service":
		return "token_other"
	case "survey.answer.closed":
		return "closed"
	case "survey.kiosk.unknown":
		return "unknown"
	}
	if f.Kind == fault.NotFound {
		return "unknown"
	}
	return "invalid"
}
