package identitydb

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// script gives the account a token for a year.
func script(t *testing.T, s *Store, account string) string {
	t.Helper()
	by, err := s.ActorOf(context.Background(), account)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := s.AddToken(context.Background(), by, "script", identity.MaxTokenAge)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// opens tells what a token opens, or why it does not.
func opens(s *Store, secret string) string {
	by, err := s.ByToken(context.Background(), secret)
	if err != nil {
		return said(err)
	}
	return string(by.Role) + " " + by.Institution
}

func TestANewPasswordEndsTokensUnlessTheyAreToStay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		told := writing(t, s, db)
		current := password
		ways := map[string]func(fate identity.Tokens, fresh string) error{
			"reset": func(fate identity.Tokens, fresh string) error {
				if err := s.AskReset(ctx, a.Email, identity.Caller{Address: "192.0.2.1"}); err != nil {
					return err
				}
				return s.Reset(ctx, link(t, told()), fresh, fate, identity.Caller{Address: "192.0.2.1"})
			},
			"changed": func(fate identity.Tokens, fresh string) error {
				by, err := s.ActorOf(ctx, a.ID)
				if err != nil {
					return err
				}
				return s.ChangePassword(ctx, by, "", current, fresh, fate)
			},
		}
		n := 0
		for _, name := range []string{"reset", "changed"} {
			for fate, want := range map[identity.Tokens]string{identity.TokensEnd: "identity.token.expired", identity.TokensStay: "officer marhp"} {
				n++
				secret, fresh := script(t, s, a.ID), "une phrase encore plus longue "+string(rune('a'+n))
				if err := ways[name](fate, fresh); err != nil {
					t.Fatal(name, err)
				}
				current = fresh
				if got := opens(s, secret); got != want {
					t.Errorf("%s, tokens stay %v: the token opens %q; want %q", name, fate, got, want)
				}
			}
		}
		for fate, want := range map[identity.Tokens]string{identity.TokensEnd: "identity.token.expired", identity.TokensStay: "officer marhp"} {
			secret := script(t, s, a.ID)
			if _, err := s.GivePassword(ctx, admin, a.ID, "lost", fate); err != nil {
				t.Fatal(err)
			}
			if got := opens(s, secret); got != want {
				t.Errorf("given, tokens stay %v: the token opens %q; want %q", fate, got, want)
			}
		}
		var lines []audit.Line
		if err := db.Find(&lines, "act IN ?", []string{"account.reset", "account.password", "account.password.give"}).Error; err != nil || len(lines) != 6 {
			t.Fatal(len(lines), err)
		}
	})
}

func TestTokensDoWhatTheAccountMayDoNow(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		secret := script(t, s, a.ID)
		if by, err := s.ByToken(ctx, secret); err != nil || !by.May(identity.RecordDataset, "onagri") {
			t.Fatal(by, err)
		}
		if err := s.ChangeRole(ctx, admin, a.ID, identity.Supervisor, "onagri", "moved"); err != nil {
			t.Fatal(err)
		}
		by, err := s.ByToken(ctx, secret)
		if err != nil || by.Role != identity.Supervisor || by.May(identity.RecordDataset, "marhp") || !by.May(identity.EndorseDataset, "onagri") {
			t.Errorf("after another role by an administrator: %+v, %v", by, err)
		}
		v := amel(func(v *identity.Vouched) { v.Role, v.Institution = identity.Committee, "" })
		if err := s.LinkAccount(ctx, admin, a.ID, issuer, v.Subject); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.SignInVouched(ctx, v, identity.Admission{Age: time.Hour}); err != nil {
			t.Fatal(err)
		}
		by, err = s.ByToken(ctx, secret)
		if err != nil || by.Role != identity.Committee || by.Institution != "" || by.May(identity.EndorseDataset, "onagri") {
			t.Errorf("after another role by the rules: %+v, %v", by, err)
		}
	})
}

func TestTokensOfWhoComesOnlyByAProviderRest(t *testing.T) {
	const day = 24 * time.Hour
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		s.Under(identity.Policy{TokensFor: 30 * day})
		ctx := context.Background()
		enter := func(change func(v *identity.Vouched)) (string, error) {
			token, _, err := s.SignInVouched(ctx, amel(change), identity.Admission{Create: true, Age: time.Hour})
			return token, err
		}
		session, err := enter(nil)
		if err != nil {
			t.Fatal(err)
		}
		by, err := s.BySession(ctx, session)
		if err != nil {
			t.Fatal(err)
		}
		secret := script(t, s, by.Account)
		look := func(when, want string) {
			t.Helper()
			if got := opens(s, secret); got != want {
				t.Errorf("%s the token opens %q; want %q", when, got, want)
			}
		}
		c.t = c.t.Add(30 * day)
		look("after 30 days", "officer marhp")
		c.t = c.t.Add(time.Second)
		look("after more than 30 days", "identity.token.rests")
		if rest, err := s.TokensRest(ctx, by); err != nil || !rest {
			t.Errorf("rests: %v, %v", rest, err)
		}
		if _, err := enter(nil); err != nil {
			t.Fatal(err)
		}
		look("after a sign-in", "officer marhp")
		if _, err := enter(func(v *identity.Vouched) { v.Role, v.Institution = "", "" }); kind(err) != fault.Forbidden {
			t.Fatal(err)
		}
		look("at once after the rules refused", "identity.token.rests")
		if _, err := enter(func(v *identity.Vouched) { v.Role, v.Institution = identity.Supervisor, "onagri" }); err != nil {
			t.Fatal(err)
		}
		look("after the rules let in again, as another", "supervisor onagri")
		s.Under(identity.Policy{})
		c.t = c.t.Add(200 * day)
		look("without a limit", "supervisor onagri")
		if err := s.DisableAccount(ctx, admin, by.Account, "has left"); err != nil {
			t.Fatal(err)
		}
		look("disabled", "identity.token.expired")
	})
}

func TestTokensOfWhoHasAPasswordDoNotRest(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		secret := script(t, s, a.ID)
		s.Under(identity.Policy{TokensFor: time.Hour, Local: identity.LocalOff})
		if got := opens(s, secret); got != "officer marhp" {
			t.Errorf("an account of a machine, linked to nobody: %s", got)
		}
		if err := s.LinkAccount(ctx, admin, a.ID, issuer, "f3a1"); err != nil {
			t.Fatal(err)
		}
		if got := opens(s, secret); got != "identity.token.rests" {
			t.Errorf("linked, and passwords open nothing: %s", got)
		}
		s.Under(identity.Policy{TokensFor: time.Hour})
		if got := opens(s, secret); got != "officer marhp" {
			t.Errorf("linked, and its password opens: %s", got)
		}
	})
}

func TestATokenIsNotMadeAtADeskLeftOpen(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		session, _, err := signIn(s, a.Email, password, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(identity.ProofAge)
		by, err := s.BySession(ctx, session)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.AddToken(ctx, by, "to take home", time.Hour); said(err) != identity.ProveFirst {
			t.Errorf("made: %v", err)
		}
	})
}
