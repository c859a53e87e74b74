package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor/domain"
)

func TestEndsOfDomainsAreReadSeldom(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	day, read, away := now.AddDate(0, 2, 0), 0, error(nil)
	d := &domainEnds{now: func() time.Time { return now }, all: func(context.Context) ([]domain.Standing, error) {
		read++
		return []domain.Standing{
			{Domain: domain.Domain{Name: "a.tn", ExpiresAt: &day}}, {Domain: domain.Domain{Name: "b.tn", EnteredAs: &day}}, {Domain: domain.Domain{Name: "c.tn"}},
		}, away
	}}
	for range 3 {
		got, err := d.read()
		if err != nil || len(got) != 2 || got[0].Name != "a.tn" || !got[1].Until.Equal(day) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if read != 1 {
		t.Errorf("read %d times in one moment", read)
	}
	now, away = now.Add(endsHold), errors.New("away")
	if _, err := d.read(); err == nil {
		t.Error("what is old is told as if it were known")
	}
}
