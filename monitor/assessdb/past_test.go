package assessdb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/assess"
)

func TestWhatWasKnownOnADay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin", "birth")
		ctx := t.Context()
		day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
		put := func(f ...assess.Fact) {
			t.Helper()
			if err := s.Put(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		put(number("cin", assess.Availability, 0.99, day(0)), number("cin", assess.Volume, 1000, day(-20)), number("birth", assess.Availability, 1, day(0)))
		put(number("cin", assess.Availability, 0.5, day(2)))
		put(number("cin", assess.Availability, 0.7, day(12)))
		c.pass(12 * 24 * time.Hour)
		for _, tt := range []struct {
			on    int
			want  float64
			known bool
		}{
			{-1, 0, false}, // before anything was known
			{0, 0.99, true},
			{1, 0.99, true}, // a silent night
			{2, 0.5, true},
			{8, 0.5, true},
			{9, 0, false}, // a week of them
			{12, 0.7, true},
		} {
			all, err := s.AsOf(ctx, day(tt.on))
			if err != nil {
				t.Fatal(err)
			}
			f, ok := all["cin"][assess.Availability]
			if ok != tt.known || f.Value != tt.want {
				t.Errorf("day %d: %+v, %v; want %v", tt.on, f, ok, tt.want)
			}
			if tt.on >= 0 && all["cin"][assess.Volume].Value != 1000 {
				t.Errorf("day %d: what was said long before is not known", tt.on)
			}
		}
	})
}
