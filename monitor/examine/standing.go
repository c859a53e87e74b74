package examine

import (
	"context"
	"errors"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// lasts is after how long a look that was not heard of any more is taken for cut
// short: a look takes three minutes at most.
const lasts = 5 * time.Minute

// Standing is how the looks at a service stand, for who wants one now.
type Standing struct {
	Examination
	Possible bool       // the service is watched and has an address
	Running  bool       // a look is under way
	Cut      bool       // the last look ended with the program that made it
	Next     *time.Time // before this nobody gets another; nil: now
}

// Standing tells how the looks at a service stand.
func (x *Examination) Standing(now time.Time) Standing {
	s := Standing{Examination: *x}
	if x.BeganAt == nil {
		return s
	}
	if x.EndedAt == nil || x.EndedAt.Before(*x.BeganAt) {
		s.Running = now.Sub(*x.BeganAt) < lasts
		s.Cut = !s.Running
	}
	if next := x.BeganAt.Add(Apart); now.Before(next) {
		s.Next = &next
	}
	return s
}

// Standing tells how the looks at a service stand to who may ask for one, and to
// who may read about it.
func (r *Rounds) Standing(ctx context.Context, by identity.Actor, service, institution string) (Standing, error) {
	if err := by.Must(identity.ReadServices, institution); err != nil {
		return Standing{}, err
	}
	x, err := r.o.Store.One(ctx, service)
	if err != nil {
		return Standing{}, err
	}
	s := x.Standing(r.o.Now())
	_, err = r.subject(ctx, service)
	s.Possible = err == nil
	if errors.Is(err, fault.NotFound) {
		err = nil
	}
	return s, err
}

// subject finds a service that is looked at.
func (r *Rounds) subject(ctx context.Context, service string) (Subject, error) {
	subjects, err := r.o.Subjects(ctx)
	if err != nil {
		return Subject{}, err
	}
	for _, s := range subjects {
		if s.Service == service {
			return s, nil
		}
	}
	return Subject{}, fault.New(fault.NotFound, "examine.no_service", service)
}
