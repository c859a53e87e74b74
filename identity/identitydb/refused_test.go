package identitydb

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// A failed sign-in is in the trail as it happens: which account, roughly from
// where. What somebody typed that is no account of ours is kept nowhere.
func TestAFailedSignInEntersTheTrail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a := addOfficer(t, s)
		for range 3 {
			if _, _, err := signIn(s, "amel@example.tn", "falsch", "198.51.100.7"); kind(err) != fault.Unauthenticated {
				t.Fatal(err)
			}
			if _, _, err := signIn(s, "nobody.here@example.tn", "falsch", "198.51.100.7"); kind(err) != fault.Unauthenticated {
				t.Fatal(err)
			}
		}
		var lines []audit.Line
		if err := db.Where("act = ?", "session.fail").Find(&lines).Error; err != nil || len(lines) != 1 {
			t.Fatalf("%d lines, %v; want one", len(lines), err)
		}
		if l := lines[0]; l.Ref != a.ID || l.Institution != "marhp" || !strings.Contains(string(l.After), "198.51.0.0/16") || !strings.Contains(string(l.After), "password") {
			t.Errorf("told %+v %s", l, l.After)
		}
		c.t = c.t.Add(time.Hour)
		if err := auditdb.New(db).At(c.now).TellCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
		var all []audit.Line
		if err := db.Find(&all).Error; err != nil {
			t.Fatal(err)
		}
		if said := fmt.Sprintf("%+v", all); strings.Contains(said, "nobody.here") || strings.Contains(said, "falsch") || strings.Contains(said, "198.51.100.7") {
			t.Error("the trail tells what was typed, or the whole address")
		}
		var numbers int64
		if err := db.Model(&audit.Line{}).Where("act = ?", "session.refused").Count(&numbers).Error; err != nil || numbers != 2 {
			t.Errorf("%d numbers, %v; want that of the account and that of none", numbers, err)
		}
	})
}

// Each door that asks for a proof tells of a wrong one, by what means it was tried.
func TestEachMeansOfSigningInTellsOfFailures(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a := addOfficer(t, s)
		from := identity.Caller{Address: "198.51.100.7"}
		by := identity.Actor{Account: a.ID, Role: identity.Officer, Proved: true}
		_, secret, err := s.OfferSecond(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ConfirmSecond(t.Context(), by, "", identity.Code(secret, identity.StepAt(c.t))); err != nil {
			t.Fatal(err)
		}
		e, err := s.SignIn(t.Context(), a.Email, password, from)
		if err != nil || !e.Second {
			t.Fatal(e, err)
		}
		if _, err := s.SecondStep(t.Context(), e.Token, "000000", from); err == nil {
			t.Fatal("a wrong code opens")
		}
		if _, _, err := s.OpenGlass(t.Context(), identity.System("jard user break-glass"), "exercice du mois", time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(t.Context(), identity.BreakGlassEmail, "falsch", from); err == nil {
			t.Fatal("a wrong emergency password opens")
		}
		var told []string
		if err := db.Model(&audit.Line{}).Where("act = ?", "session.fail").Order("id").Pluck("after", &told).Error; err != nil {
			t.Fatal(err)
		}
		if len(told) != 2 || !strings.Contains(told[0], `code"`) || !strings.Contains(told[1], "break_glass") {
			t.Errorf("told %s; want a code and the emergency", told)
		}
	})
}
