package identitydb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// The name of the emergency access is no secret: strangers who fail by it on
// purpose, from many places, must not close it.
func TestStrangersDoNotCloseTheEmergencyAccess(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		secret, _, err := s.OpenGlass(ctx, machine, "fournisseur en panne", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for n := range identity.FreeTriesOfAccount + 5 {
			from := identity.Caller{Address: fmt.Sprintf("198.51.100.%d", n+1)}
			if _, err := s.SignIn(ctx, identity.BreakGlassEmail, "not it at all", from); kind(err) != fault.Unauthenticated {
				t.Fatalf("stranger %d: %v", n, err)
			}
		}
		for range identity.FreeTries + 1 {
			_, err = s.SignIn(ctx, identity.BreakGlassEmail, "not it at all", identity.Caller{Address: "198.51.100.1"})
		}
		if kind(err) != fault.Throttled {
			t.Errorf("one stranger may try as often as they like: %v", err)
		}
		if _, err := s.SignIn(ctx, identity.BreakGlassEmail, secret, identity.Caller{Address: "192.0.2.9"}); err != nil {
			t.Errorf("the emergency password does not open: %v", err)
		}
	})
}

// What an emergency opened must not be made to last.
func TestAnEmergencyIsLinkedToNobody(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		secret, g, err := s.OpenGlass(ctx, machine, "fournisseur en panne", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		e, err := s.SignIn(ctx, identity.BreakGlassEmail, secret, here)
		if err != nil {
			t.Fatal(err)
		}
		by, err := s.BySession(ctx, e.Token)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.LinkSelf(ctx, by, amel(nil)); said(err) != "account.glass.only_machine" {
			t.Errorf("linking oneself: %v", err)
		}
		if err := s.LinkAccount(ctx, machine, g.AccountID, issuer, "f3a1"); said(err) != "account.glass.only_machine" {
			t.Errorf("linking by command: %v", err)
		}
		// One that was linked before this was refused.
		bond := identity.Bond{Issuer: issuer, Subject: "f3a1", AccountID: g.AccountID, How: identity.BoundSelf, CreatedAt: s.now()}
		if err := db.Create(&bond).Error; err != nil {
			t.Fatal(err)
		}
		v := amel(func(v *identity.Vouched) { v.Ruled = false })
		if _, _, err := s.SignInVouched(ctx, v, identity.Admission{Age: time.Hour}); kind(err) != fault.Forbidden {
			t.Errorf("the emergency account is entered by the provider: %v", err)
		}
	})
}
