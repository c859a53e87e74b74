package identitydb

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

func TestARenewedSessionIsTheSameUnderAnotherSecret(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		old, until, err := s.SignInVouched(ctx, amel(nil), identity.Admission{Create: true, Age: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(20 * time.Minute)
		e, err := s.RenewSession(ctx, old)
		if err != nil || e.Token == old || !e.Expires.Equal(until) {
			t.Fatalf("%+v, %v; want the end at %v", e, err, until)
		}
		if _, err := s.BySession(ctx, old); kind(err) != fault.Unauthenticated {
			t.Errorf("the old secret opens: %v", err)
		}
		if _, err := s.RenewSession(ctx, old); kind(err) != fault.Unauthenticated {
			t.Errorf("the old secret is renewed: %v", err)
		}
		by, err := s.BySession(ctx, e.Token)
		if err != nil || by.Proved {
			t.Errorf("%+v, %v; renewing is no proof", by, err)
		}
		if hint, ok, err := s.VouchedBy(ctx, e.Token); err != nil || !ok || hint != "the.id.token" {
			t.Errorf("what is needed to sign out there: %q %v %v", hint, ok, err)
		}
		if n, err := s.EndVouched(ctx, issuer, "f3a1", "there-1", "once", c.t.Add(time.Hour)); err != nil || n != 1 {
			t.Errorf("the provider ends %d sessions, %v", n, err)
		}
	})
}

func TestEveryRefusalIsCounted(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		from := identity.Caller{Address: "192.0.2.1"}
		_, _ = s.SignIn(ctx, a.Email, "not it at all", from)
		_, _ = s.SignIn(ctx, identity.BreakGlassEmail, "not it at all", from)
		_, _ = s.SecondStep(ctx, identity.NewSecret(), "123456", from)
		_, _ = s.SecondStep(ctx, identity.NewSecret(), "aaaa-aaaa-aaaa-aaaa", from)
		_, _, _ = s.SignInVouched(ctx, amel(func(v *identity.Vouched) { v.Role = "" }), identity.Admission{})
		_, _ = s.ByToken(ctx, "jard_"+identity.NewSecret())
		if _, err := s.SignIn(ctx, a.Email, password, from); err != nil {
			t.Fatal(err)
		}
		got := s.Tally().Numbers()
		for try, want := range map[identity.Try]int64{
			{Way: identity.WayPassword, Outcome: identity.OutcomeRefused}: 1, {Way: identity.WayBreakGlass, Outcome: identity.OutcomeRefused}: 1,
			{Way: identity.WayCode, Outcome: identity.OutcomeRefused}: 1, {Way: identity.WayRecovery, Outcome: identity.OutcomeRefused}: 1,
			{Way: identity.WayProvider, Outcome: identity.OutcomeUnadmitted}: 1, {Way: identity.WayToken, Outcome: identity.OutcomeRefused}: 1,
			{Way: identity.WayPassword, Outcome: identity.OutcomeIn}: 1, {Way: identity.WayToken, Outcome: identity.OutcomeIn}: 0,
		} {
			if got[try] != want {
				t.Errorf("%v counted %d; want %d", try, got[try], want)
			}
		}
	})
}
