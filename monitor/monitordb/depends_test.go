package monitordb

import (
	"errors"
	"slices"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

// Who depends on another body's service becomes part of its incidents: that is not for one of the two to say.
func TestNobodyDeclaresToDependOnAnotherBodysService(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "own")
		s.add("f", func(v *monitor.Service) { v.Institution = "mf" })
		ctx := t.Context()
		on := func(slugs ...string) monitor.Service {
			return service("a", func(v *monitor.Service) { v.Settings.DependsOn = slugs })
		}
		refused := func(err error, slugs ...string) {
			t.Helper()
			var got []string
			for _, f := range fault.All(err) {
				if f.Key == "incident.depends.not_yours" && f.Field == "settings.depends_on" {
					got = append(got, f.Args[0].(string))
				}
			}
			if !slices.Equal(got, slugs) {
				t.Errorf("refused %v (%v); want %v", got, err, slugs)
			}
		}
		_, err := s.store.Add(ctx, owner, on("own", "f", "not-yet"), schedule.Period)
		refused(err, "f", "not-yet")
		_, err = s.store.Add(ctx, owner, on("own"), schedule.Period)
		s.ok(err)
		edit := func(by identity.Actor, slugs ...string) error {
			_, err := s.store.Change(ctx, by, "a", func(v *monitor.Service) error {
				want := *v
				want.Settings.DependsOn = slugs
				return v.Edit(by, want, schedule.Period)
			})
			return err
		}
		refused(edit(owner, "own", "f"), "f")
		s.ok(edit(mcd, "own", "f")) // the operator may
		s.ok(edit(owner, "f"))      // and what he declared stays
		s.ok(edit(owner))
		refused(edit(owner, "f"), "f")
	})
}

func TestTheAuditOfABodyKeepsWhatItsPeopleMayRead(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a")
		s.add("f", func(v *monitor.Service) { v.Institution = "mf" })
		s.fail("196.203.5.1", "a", "f")
		s.want("[a* f*]*")
		ctx, id := t.Context(), s.list()[0].ID
		if _, err := s.store.Acknowledge(ctx, owner, id, 0); !errors.Is(err, fault.Forbidden) {
			t.Errorf("half of it taken in hand: %v", err)
		}
		_, err := s.store.WriteNote(ctx, owner, id, 0, false, lang.Text{"fr": "notre pare-feu"})
		s.ok(err)
		_, err = s.store.WriteReview(ctx, mcd, id, 0, monitor.Review{What: lang.Text{"fr": "ébauche"}}, false)
		s.ok(err)
		for institution, want := range map[string]int64{"mi": 1, "mf": 0} {
			lines := "SELECT COUNT(*) FROM audit_lines WHERE subject = 'incident' AND institution = ? AND CAST(after AS TEXT) LIKE ?"
			var notes, drafts int64
			s.ok(db.Raw(lines, institution, "%pare-feu%").Scan(&notes).Error)
			s.ok(db.Raw(lines, institution, "%ébauche%").Scan(&drafts).Error)
			if notes != want || drafts != 0 {
				t.Errorf("the audit of %s has the note %d times and the draft %d times", institution, notes, drafts)
			}
		}
	})
}
