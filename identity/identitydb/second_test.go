package identitydb

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
)

var here = identity.Caller{Address: "192.0.2.1", Browser: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}

// writing has the store write letters whose text is what they tell, and
// returns who was told what so far.
func writing(t *testing.T, s *Store, db *gorm.DB) func() []string {
	t.Helper()
	s.Writing(func(n identity.News) (mail.Message, error) {
		text := strings.Join([]string{string(n.Event), n.Secret, n.Reason}, "|")
		return mail.Message{Kind: "account", To: n.To, Name: n.Name, Lang: lang.French, Subject: "news", Text: text, At: n.At}, nil
	})
	return func() []string {
		var letters []mail.Letter
		if err := db.Order("queued_at, id").Find(&letters).Error; err != nil {
			t.Fatal(err)
		}
		told := []string{}
		for _, l := range letters {
			told = append(told, l.Recipient+" "+l.Text)
		}
		return told
	}
}

func session(t *testing.T, s *Store, email, password string) (string, identity.Actor) {
	t.Helper()
	e, err := s.SignIn(context.Background(), email, password, here)
	if err != nil || e.Second {
		t.Fatalf("sign in = %+v, %v; want a session", e, err)
	}
	by, err := s.BySession(context.Background(), e.Token)
	if err != nil {
		t.Fatal(err)
	}
	return e.Token, by
}

// enrolled is the officer with codes of a device.
func enrolled(t *testing.T, s *Store, c *clock) (a *identity.Account, secret []byte, recovery []string) {
	t.Helper()
	ctx := context.Background()
	addOfficer(t, s)
	token, by := session(t, s, "amel@example.tn", password)
	a, secret, err := s.OfferSecond(ctx, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, again, err := s.OfferSecond(ctx, by); err != nil || string(again) != string(secret) {
		t.Fatalf("offered again = %x, %v; want the same", again, err)
	}
	recovery, err = s.ConfirmSecond(ctx, by, token, identity.Code(secret, identity.StepAt(c.t)))
	if err != nil || len(recovery) != identity.RecoveryCodes {
		t.Fatalf("confirm = %v, %v", recovery, err)
	}
	c.t = c.t.Add(time.Minute)
	return a, secret, recovery
}

func step(t *testing.T, s *Store) string {
	t.Helper()
	e, err := s.SignIn(context.Background(), "amel@example.tn", password, here)
	if err != nil || !e.Second {
		t.Fatalf("sign in = %+v, %v; want to be asked for a code", e, err)
	}
	return e.Token
}

func TestACodeIsAskedForAfterThePassword(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		told := writing(t, s, db)
		a, secret, recovery := enrolled(t, s, c)
		token := step(t, s)
		if _, err := s.BySession(ctx, token); kind(err) != fault.Unauthenticated {
			t.Errorf("what waits for a code used as a session = %v; want unauthenticated", err)
		}
		if _, err := s.SecondStep(ctx, token, "000000", here); kind(err) != fault.Invalid {
			t.Errorf("a wrong code = %v; want invalid", err)
		}
		code := identity.Code(secret, identity.StepAt(c.t))
		e, err := s.SecondStep(ctx, token, code[:3]+" "+code[3:], here)
		if err != nil {
			t.Fatal(err)
		}
		sessions, err := s.Sessions(ctx, identity.Actor{Account: a.ID}, a.ID)
		if err != nil || sessions[0].Method != identity.ByCode || sessions[0].Agent != "firefox/linux" || sessions[0].Network != "192.0.0.0/16" {
			t.Errorf("sessions = %+v, %v", sessions, err)
		}
		if by, err := s.BySession(ctx, e.Token); err != nil || by.Account != a.ID {
			t.Errorf("BySession = %+v, %v", by, err)
		}
		if _, err := s.SecondStep(ctx, token, code, here); kind(err) != fault.Unauthenticated {
			t.Errorf("the step again = %v; want unauthenticated", err)
		}
		if _, err := s.SecondStep(ctx, step(t, s), code, here); kind(err) != fault.Invalid {
			t.Errorf("the code again = %v; want invalid", err)
		}
		if _, err := s.SecondStep(ctx, step(t, s), strings.ToUpper(recovery[3]), here); err != nil {
			t.Errorf("a recovery code = %v; want in", err)
		}
		if _, err := s.SecondStep(ctx, step(t, s), recovery[3], here); kind(err) != fault.Invalid {
			t.Errorf("the recovery code again = %v; want invalid", err)
		}
		token = step(t, s)
		c.t = c.t.Add(identity.StepAge + time.Second)
		if _, err := s.SecondStep(ctx, token, identity.Code(secret, identity.StepAt(c.t)), here); kind(err) != fault.Unauthenticated {
			t.Errorf("too late = %v; want unauthenticated", err)
		}
		if got := strings.Join(told(), "\n"); got != "amel@example.tn totp_on||\namel@example.tn recovery||" {
			t.Errorf("told %s", got)
		}
		for _, text := range append(recovery, string(secret)) {
			if held(t, db, text) {
				t.Errorf("%q stands in the database", text)
			}
		}
	})
}

// held tells whether text stands anywhere in what keeps the second step.
func held(t *testing.T, db *gorm.DB, text string) bool {
	t.Helper()
	var rows []identity.Second
	var codes []identity.RecoveryCode
	if err := db.Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Find(&codes).Error; err != nil {
		t.Fatal(err)
	}
	return strings.Contains(fmt.Sprint(rows, codes), text)
}

// Of two who give the same code at once, one gets in.
func TestACodeGivenTwiceAtOnceOpensOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		_, secret, recovery := enrolled(t, s, c)
		for _, code := range []string{identity.Code(secret, identity.StepAt(c.t)), recovery[0]} {
			tokens := []string{step(t, s), step(t, s), step(t, s)}
			var all sync.WaitGroup
			errs := make([]error, len(tokens))
			for n, token := range tokens {
				all.Go(func() { _, errs[n] = s.SecondStep(context.Background(), token, code, here) })
			}
			all.Wait()
			in := 0
			for _, err := range errs {
				if err == nil {
					in++
				} else if kind(err) != fault.Invalid {
					t.Errorf("refused by %v; want invalid", err)
				}
			}
			if in != 1 {
				t.Errorf("%d got in by one code; want 1", in)
			}
			c.t = c.t.Add(2 * time.Hour)
		}
	})
}

func TestCodesCannotBeGuessed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		_, secret, _ := enrolled(t, s, c)
		token := step(t, s)
		for range identity.FreeCodes {
			if _, err := s.SecondStep(context.Background(), token, "abcd-efgh-jkmn-pqrs", here); kind(err) != fault.Invalid {
				t.Fatalf("a wrong code = %v; want invalid", err)
			}
		}
		elsewhere := identity.Caller{Address: "198.51.100.7"}
		if _, err := s.SecondStep(context.Background(), token, identity.Code(secret, identity.StepAt(c.t)), elsewhere); kind(err) != fault.Throttled {
			t.Errorf("the right one during the wait = %v; want throttled, from anywhere", err)
		}
	})
}

func TestCodesEndWithAPasswordAndACode(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		a, secret, _ := enrolled(t, s, c)
		e, err := s.SecondStep(ctx, step(t, s), identity.Code(secret, identity.StepAt(c.t)), here)
		if err != nil {
			t.Fatal(err)
		}
		by, err := s.BySession(ctx, e.Token)
		if err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(time.Minute)
		fresh := identity.Code(secret, identity.StepAt(c.t))
		if err := s.EndSecond(ctx, by, "not it", fresh); kind(err) != fault.Invalid {
			t.Errorf("without the password = %v; want invalid", err)
		}
		if err := s.EndSecond(ctx, by, password, "123456"); kind(err) != fault.Invalid {
			t.Errorf("without a code = %v; want invalid", err)
		}
		old, err := s.RenewRecovery(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RenewRecovery(ctx, by); err != nil {
			t.Fatal(err)
		}
		if err := s.EndSecond(ctx, by, password, old[0]); kind(err) != fault.Invalid {
			t.Errorf("with a code that was renewed = %v; want invalid", err)
		}
		if err := s.EndSecond(ctx, by, password, fresh); err != nil {
			t.Fatal(err)
		}
		if _, again := session(t, s, a.Email, password); again.Account != a.ID {
			t.Error("a code is still asked for")
		}
	})
}

func TestARoleThatNeedsCodesGetsThemWithinTheGrace(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		s.Under(identity.Policy{TOTPRequired: []identity.Role{identity.Officer}, TOTPGrace: 48 * time.Hour})
		if _, by := session(t, s, a.Email, password); by.MustEnrol {
			t.Error("asked for at once; want within the grace")
		}
		c.t = c.t.Add(49 * time.Hour)
		token, by := session(t, s, a.Email, password)
		if !by.MustEnrol {
			t.Fatal("the grace is over, and nothing is asked for")
		}
		if _, _, err := s.AddToken(ctx, by, "around it", time.Hour); kind(err) != fault.Forbidden {
			t.Errorf("a token instead = %v; want forbidden", err)
		}
		_, secret, err := s.OfferSecond(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ConfirmSecond(ctx, by, token, identity.Code(secret, identity.StepAt(c.t))); err != nil {
			t.Fatal(err)
		}
		if by, err = s.BySession(ctx, token); err != nil || by.MustEnrol {
			t.Errorf("after = %+v, %v; want free", by, err)
		}
	})
}

// Without the key of the settings the database opens nothing; with a new one
// and the former, everything.
func TestTheKeyOfTheSettingsSeals(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		keys := func(secrets ...string) identity.Policy {
			var ring identity.Keyring
			for _, secret := range secrets {
				key, err := identity.NewSealingKey(secret)
				if err != nil {
					t.Fatal(err)
				}
				ring = append(ring, key)
			}
			return identity.Policy{Keys: ring}
		}
		s.Under(keys("one"))
		_, secret, recovery := enrolled(t, s, c)
		var n int64
		if err := db.Table("identity_keys").Count(&n).Error; err != nil || n != 0 {
			t.Errorf("%d keys in the database, %v; want none", n, err)
		}
		enter := func(code string) error {
			_, err := s.SecondStep(ctx, step(t, s), code, here)
			c.t = c.t.Add(time.Minute)
			return err
		}
		now := func() string { return identity.Code(secret, identity.StepAt(c.t)) }
		s.Under(identity.Policy{})
		if err := enter(now()); kind(err) != fault.Unavailable {
			t.Errorf("without the key = %v; want unavailable", err)
		}
		if err := enter(recovery[0]); err != nil {
			t.Errorf("a recovery code without the key = %v; want in", err)
		}
		s.Under(keys("two", "one"))
		if err := enter(now()); err != nil {
			t.Errorf("with the former key = %v; want in", err)
		}
		s.Under(keys("two"))
		if err := enter(now()); err != nil {
			t.Errorf("sealed anew = %v; want in", err)
		}
	})
}

func TestAnAdministratorResetsCodesWithAReason(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		told := writing(t, s, db)
		a, _, _ := enrolled(t, s, c)
		for by, want := range map[*identity.Actor]fault.Kind{
			{Account: "x", Role: identity.Officer, Institutions: []string{"marhp"}, Proved: true}: fault.Forbidden,
			{Account: "x", Role: identity.MCD, Proved: true}:                                      fault.Forbidden,
			{}:                                   fault.Unauthenticated,
			{Account: "x", Role: identity.Admin}: fault.Forbidden, // did not prove it lately
			{Account: a.ID, Role: identity.Admin, Proved: true}: fault.Conflict,
		} {
			if err := s.ResetSecond(ctx, *by, a.ID, "a reason"); kind(err) != want {
				t.Errorf("%+v = %v; want %s", by, err, want)
			}
		}
		if err := s.ResetSecond(ctx, admin, a.ID, " "); kind(err) != fault.Invalid {
			t.Errorf("without a reason = %v; want invalid", err)
		}
		if err := s.ResetSecond(ctx, admin, a.ID, "Téléphone perdu"); err != nil {
			t.Fatal(err)
		}
		session(t, s, a.Email, password)
		lines, err := auditdb.New(db).Of(ctx, admin, "account", a.ID, 10)
		if err != nil || !has(lines, "account.totp.reset", "Téléphone perdu") {
			t.Errorf("trail = %+v, %v", lines, err)
		}
		if got := told(); got[len(got)-1] != "amel@example.tn totp_reset||Téléphone perdu" {
			t.Errorf("told %v", got)
		}
	})
}

func has(lines []audit.Line, act, reason string) bool {
	for _, l := range lines {
		if l.Act == act && l.Reason == reason {
			return true
		}
	}
	return false
}

func TestAProofIsGoodForAWhile(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		token, by := session(t, s, a.Email, password)
		if !by.Proved {
			t.Error("who just signed in has proved nothing")
		}
		c.t = c.t.Add(identity.ProofAge)
		if by, _ = s.BySession(ctx, token); by.Proved {
			t.Error("the proof of a quarter of an hour ago is still good")
		}
		if _, _, err := s.OfferSecond(ctx, by); kind(err) != fault.Forbidden {
			t.Errorf("codes without a proof = %v; want forbidden", err)
		}
		if err := s.Prove(ctx, by, token, "not it", ""); kind(err) != fault.Invalid {
			t.Errorf("a wrong password = %v; want invalid", err)
		}
		if err := s.Prove(ctx, by, token, password, ""); err != nil {
			t.Fatal(err)
		}
		if by, _ = s.BySession(ctx, token); !by.Proved {
			t.Error("proved, and not believed")
		}
	})
}
