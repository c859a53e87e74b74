package identitydb

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

var machine = identity.System("jard user break-glass")

func TestAnEmergencyPasswordOpensOnceWhenNothingElseDoes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		told := writing(t, s, db)
		boss, _, err := s.AddAccount(ctx, admin, "boss@example.tn", "Boss", identity.Admin, "", password)
		if err != nil {
			t.Fatal(err)
		}
		s.Under(identity.Policy{Local: identity.LocalOff, TOTPRequired: []identity.Role{identity.Admin}})
		if _, err := s.SignIn(ctx, boss.Email, password, here); kind(err) != fault.Unauthenticated {
			t.Errorf("a password while local sign-in is off = %v; want unauthenticated", err)
		}
		secret, g, err := s.OpenGlass(ctx, machine, "fournisseur en panne", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(ctx, identity.BreakGlassEmail, "not it at all", here); kind(err) != fault.Unauthenticated {
			t.Errorf("a wrong password = %v", err)
		}
		e, err := s.SignIn(ctx, identity.BreakGlassEmail, secret, here)
		if err != nil || e.Second || !e.Expires.Equal(g.ExpiresAt) {
			t.Fatalf("the emergency password = %+v, %v; want a session until %v", e, err, g.ExpiresAt)
		}
		by, err := s.BySession(ctx, e.Token)
		if err != nil || by.Role != identity.Admin || !by.Emergency || by.MustEnrol || !by.GlassUntil.Equal(g.ExpiresAt) {
			t.Errorf("BySession = %+v, %v", by, err)
		}
		if _, _, err := s.AddToken(ctx, by, "to stay", time.Hour); kind(err) != fault.Forbidden {
			t.Errorf("a token = %v; want forbidden", err)
		}
		if _, err := s.SignIn(ctx, identity.BreakGlassEmail, secret, here); kind(err) != fault.Unauthenticated {
			t.Errorf("the password again = %v; want unauthenticated", err)
		}
		if open, used, err := s.Glass(ctx); !open || used != 1 || err != nil {
			t.Errorf("Glass = %v, %d, %v", open, used, err)
		}
		want := "boss@example.tn glass_opened||fournisseur en panne\nboss@example.tn glass_used||fournisseur en panne"
		if got := strings.Join(told(), "\n"); got != want {
			t.Errorf("told\n%s\nwant\n%s", got, want)
		}
		lines, err := auditdb.New(db).Of(ctx, admin, "account", g.AccountID, 10)
		if err != nil || !has(lines, "break_glass.open", "fournisseur en panne") || !has(lines, "break_glass.use", "fournisseur en panne") {
			t.Errorf("trail = %+v, %v", lines, err)
		}
		c.t = c.t.Add(time.Hour)
		if _, err := s.BySession(ctx, e.Token); kind(err) != fault.Unauthenticated {
			t.Errorf("after its time = %v; want unauthenticated", err)
		}
		if open, _, err := s.Glass(ctx); open || err != nil {
			t.Errorf("open after its time, %v", err)
		}
	})
}

func TestAnEmergencyIsClosedAndExpires(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		for _, wrong := range []struct {
			by     identity.Actor
			reason string
			life   time.Duration
			want   fault.Kind
		}{
			{admin, "x", time.Hour, fault.Forbidden},
			{identity.Actor{}, "x", time.Hour, fault.Forbidden},
			{machine, "", time.Hour, fault.Invalid},
			{machine, "x", time.Minute, fault.Invalid},
			{machine, "x", 25 * time.Hour, fault.Invalid},
			{machine, "two\nlines", time.Hour, fault.Invalid},
		} {
			if _, _, err := s.OpenGlass(ctx, wrong.by, wrong.reason, wrong.life); kind(err) != wrong.want {
				t.Errorf("%+v = %v; want %s", wrong, err, wrong.want)
			}
		}
		if err := s.CloseGlass(ctx, admin); kind(err) != fault.Conflict {
			t.Errorf("closing none = %v; want conflict", err)
		}
		first, _, err := s.OpenGlass(ctx, machine, "one", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		second, g, err := s.OpenGlass(ctx, machine, "two", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(ctx, identity.BreakGlassEmail, first, here); kind(err) != fault.Unauthenticated {
			t.Errorf("the password of the one before = %v; want unauthenticated", err)
		}
		for _, by := range []identity.Actor{{}, {Account: "o", Role: identity.Officer}, {Account: "m", Role: identity.MCD}} {
			if err := s.CloseGlass(ctx, by); kind(err) != fault.Forbidden && kind(err) != fault.Unauthenticated {
				t.Errorf("closed by %s = %v", by.Role, err)
			}
		}
		for what, do := range map[string]func() error{
			"give a password": func() error { _, err := s.GivePassword(ctx, admin, g.AccountID, "x", identity.TokensEnd); return err },
			"change the role": func() error { return s.ChangeRole(ctx, admin, g.AccountID, identity.MCD, "", "x") },
			"disable":         func() error { return s.DisableAccount(ctx, admin, g.AccountID, "x") },
		} {
			if err := do(); kind(err) != fault.Conflict {
				t.Errorf("%s of the emergency account = %v; want conflict", what, err)
			}
		}
		e, err := s.SignIn(ctx, identity.BreakGlassEmail, second, here)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CloseGlass(ctx, admin); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BySession(ctx, e.Token); kind(err) != fault.Unauthenticated {
			t.Errorf("closed, and its session = %v", err)
		}
		third, _, err := s.OpenGlass(ctx, machine, "three", identity.MinBreakGlass)
		if err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(identity.MinBreakGlass)
		if _, err := s.SignIn(ctx, identity.BreakGlassEmail, third, here); kind(err) != fault.Unauthenticated {
			t.Errorf("after its time = %v; want unauthenticated", err)
		}
		if oneTime, err := New(db, c.now).FirstAdmin(ctx, "a@example.tn"); err != nil || oneTime == "" {
			t.Errorf("the first administrator beside an emergency = %q, %v", oneTime, err)
		}
	})
}

func TestTwoUseTheEmergencyPasswordAtOnceAndOneGetsIn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		secret, _, err := s.OpenGlass(context.Background(), machine, "x", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 4)
		var all sync.WaitGroup
		for n := range errs {
			all.Go(func() { _, errs[n] = s.SignIn(context.Background(), identity.BreakGlassEmail, secret, here) })
		}
		all.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else if kind(err) != fault.Unauthenticated {
				t.Errorf("the other = %v", err)
			}
		}
		if in != 1 {
			t.Errorf("%d got in; want 1", in)
		}
	})
}

func TestSessionsAreSeenAndEnded(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		mine, by := session(t, s, a.Email, password)
		session(t, s, a.Email, password)
		session(t, s, a.Email, password)
		stranger := identity.Actor{Account: "x", Role: identity.MCD, Proved: true}
		if _, err := s.Sessions(ctx, stranger, a.ID); kind(err) != fault.Forbidden {
			t.Errorf("seen by a stranger = %v; want forbidden", err)
		}
		all, err := s.Sessions(ctx, by, a.ID)
		if err != nil || len(all) != 3 {
			t.Fatalf("%d sessions, %v; want 3", len(all), err)
		}
		var other identity.Session
		for _, one := range all {
			if one.Hash != identity.Digest(mine) {
				other = one
			}
		}
		if err := s.EndSession(ctx, stranger, a.ID, other.Ref()); kind(err) != fault.Forbidden {
			t.Errorf("ended by a stranger = %v; want forbidden", err)
		}
		if err := s.EndSession(ctx, by, a.ID, other.Hash); kind(err) != fault.NotFound {
			t.Errorf("named by its hash = %v; want not found", err)
		}
		if err := s.EndSession(ctx, by, a.ID, other.Ref()); err != nil {
			t.Fatal(err)
		}
		if n, err := s.EndSessions(ctx, by, a.ID, mine); n != 1 || err != nil {
			t.Errorf("all others = %d, %v; want 1", n, err)
		}
		if _, err := s.BySession(ctx, mine); err != nil {
			t.Errorf("this one = %v; want it to go on", err)
		}
		if n, err := s.EndSessions(ctx, admin, a.ID, ""); n != 1 || err != nil {
			t.Errorf("by an administrator = %d, %v; want 1", n, err)
		}
	})
}

func TestARoleIsChangedAndAPasswordGiven(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		told := writing(t, s, db)
		a := addOfficer(t, s)
		token, _ := session(t, s, a.Email, password)
		for _, wrong := range []struct {
			role        identity.Role
			institution string
		}{{"king", ""}, {identity.Officer, ""}, {identity.Officer, "nowhere"}, {identity.Officer, "marhp"}} {
			if err := s.ChangeRole(ctx, admin, a.ID, wrong.role, wrong.institution, "x"); kind(err) != fault.Invalid {
				t.Errorf("%+v = %v; want invalid", wrong, err)
			}
		}
		if err := s.ChangeRole(ctx, admin, a.ID, identity.Committee, "", "élue"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BySession(ctx, token); kind(err) != fault.Unauthenticated {
			t.Errorf("its session = %v; want it ended", err)
		}
		if _, by := session(t, s, a.Email, password); by.Role != identity.Committee || by.Institution != "" {
			t.Errorf("is %+v; want the committee's", by)
		}
		oneTime, err := s.GivePassword(ctx, admin, a.ID, "oubli", identity.TokensEnd)
		if err != nil {
			t.Fatal(err)
		}
		if _, by := session(t, s, a.Email, oneTime); !by.MustChange {
			t.Error("a password that somebody else knows need not be changed")
		}
		if got := strings.Join(told(), "\n"); got != "amel@example.tn role||élue\namel@example.tn password_given||oubli" {
			t.Errorf("told %s", got)
		}
	})
}
