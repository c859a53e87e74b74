package surveydb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/monitor/survey"
)

// Seal writes down that a service's questions are shown now. Every process
// reads it, until the day's salt is destroyed.
func (s *Store) Seal(ctx context.Context, service string) (string, error) {
	salt, err := s.saltOf(ctx, s.dayNumber(s.now()))
	if err != nil {
		return "", err
	}
	return survey.Seal(salt, service, s.now()), nil
}

// Since is how long ago they were shown; negative when the seal does not say.
func (s *Store) Since(ctx context.Context, service, seal string) (time.Duration, error) {
	if seal == "" {
		return -1, nil
	}
	salt, err := s.saltOf(ctx, s.dayNumber(s.now()))
	if err != nil {
		return -1, err
	}
	return survey.Since(salt, service, seal, s.now()), nil
}
