package monitordb

import (
	"context"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

func TestASearchIsAskedHoweverLong(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := New(db, nil)
		for _, text := range []string{strings.Repeat("a", 60_000), strings.Repeat("ب", 60_000), `%_\`} {
			list, err := s.List(context.Background(), identity.Actor{Role: identity.MCD}, Filter{Text: text, Limit: 10})
			if err != nil || len(list) != 0 {
				t.Errorf("%.6s… = %d, %v; want none", text, len(list), err)
			}
		}
	})
}
