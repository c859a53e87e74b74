package digest

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
)

func TestThePortalIsToldOnceUntilThereIsMore(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.on("2026-11-17")
		line := notice.Line{Title: lang.Text{"fr": "Absent du portail"}, Last: h.now.Add(-time.Hour), Count: 3, Ref: "missing", Path: "/desk/portal?kind=missing"}
		h.maker.Portal = func(_ context.Context, by identity.Actor) ([]notice.Line, error) {
			if by.Account != "operator" {
				return nil, nil
			}
			return []notice.Line{line}, nil
		}
		for _, day := range []struct {
			on   string
			more bool
			told bool
		}{{"2026-11-17", false, true}, {"2026-11-18", false, false}, {"2026-11-19", true, true}, {"2026-11-20", false, false}} {
			h.forgetLetters()
			h.on(day.on)
			if day.more {
				line.Last, line.Count = h.now.Add(-time.Minute), 4
			}
			h.run()
			h.holds("operator", day.told, "Absent du portail", "On the national portal", "/desk/portal?kind=missing")
			h.holds("officer", false, "Absent du portail")
		}
	})
}
