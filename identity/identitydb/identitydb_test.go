package identitydb

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var admin = identity.Actor{Account: "admin", Role: identity.Admin, Proved: true}

// clock is a time that a test moves by hand.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func setup(t *testing.T, db *gorm.DB) (*Store, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	s := New(db, c.now)
	s.cost.params = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	_, err := s.Seed(context.Background(), admin, []identity.Institution{
		{Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "Agriculture"}},
		{Slug: "onagri", Kind: identity.Establishment, Parent: "marhp", Name: lang.Text{"fr": "Observatoire"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

const password = "une phrase assez longue"

func addOfficer(t *testing.T, s *Store) *identity.Account {
	t.Helper()
	a, _, err := s.AddAccount(context.Background(), admin, "amel@example.tn", "Amel", identity.Officer, "marhp", password)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// signIn is a sign-in with a password alone.
func signIn(s *Store, email, password, address string) (string, time.Time, error) {
	e, err := s.SignIn(context.Background(), email, password, identity.Caller{Address: address})
	return e.Token, e.Expires, err
}

func kind(err error) fault.Kind {
	k, _ := fault.KindOf(err)
	return k
}

func TestASessionIsWhoSignedIn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		token, expires, err := signIn(s, " AMEL@example.tn ", password, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if want := c.t.Add(identity.SessionAge); !expires.Equal(want) {
			t.Errorf("expires %v; want %v", expires, want)
		}
		actor, err := s.BySession(ctx, token)
		if err != nil || actor.Account != a.ID || !actor.May(identity.RecordDataset, "onagri") {
			t.Errorf("BySession = %+v, %v; want the officer, who also acts for the body under the ministry", actor, err)
		}
		if stored(t, db, token) {
			t.Error("the token itself is in the database; want only its hash")
		}
		c.t = c.t.Add(identity.SessionIdle - time.Minute)
		if _, err := s.BySession(ctx, token); err != nil {
			t.Errorf("a session in use ended: %v", err)
		}
		c.t = c.t.Add(identity.SessionIdle + time.Minute)
		if _, err := s.BySession(ctx, token); kind(err) != fault.Unauthenticated {
			t.Errorf("an idle session = %v; want unauthenticated", err)
		}
	})
}

func TestSigningOutEndsTheSession(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		addOfficer(t, s)
		token, _, err := signIn(s, "amel@example.tn", password, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SignOut(ctx, token); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BySession(ctx, token); kind(err) != fault.Unauthenticated {
			t.Errorf("after signing out = %v; want unauthenticated", err)
		}
	})
}

func TestGuessingIsThrottledByAccountAndByAddress(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		addOfficer(t, s)
		for range 5 {
			if _, _, err := signIn(s, "amel@example.tn", "wrong password", "192.0.2.1"); kind(err) != fault.Unauthenticated {
				t.Fatalf("wrong password = %v; want unauthenticated", err)
			}
		}
		if _, _, err := signIn(s, "amel@example.tn", password, "192.0.2.1"); kind(err) != fault.Throttled {
			t.Errorf("the right password during the wait = %v; want throttled", err)
		}
		if _, _, err := signIn(s, "amel@example.tn", password, "192.0.2.2"); err != nil {
			t.Errorf("the right password from elsewhere = %v; want in: a stranger locks nobody out", err)
		}
		if _, _, err := signIn(s, "other@example.tn", password, "192.0.2.1"); kind(err) != fault.Unauthenticated {
			t.Errorf("another account from the same address = %v; want its own try", err)
		}
		c.t = c.t.Add(31 * time.Second)
		if _, _, err := signIn(s, "amel@example.tn", password, "192.0.2.1"); err != nil {
			t.Errorf("after the wait = %v; want in", err)
		}
	})
}

func TestNobodyLearnsWhichAddressesExist(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		addOfficer(t, s)
		_, _, wrong := signIn(s, "amel@example.tn", "wrong password", "192.0.2.1")
		_, _, unknown := signIn(s, "nobody@example.tn", "wrong password", "192.0.2.9")
		if wrong.Error() != unknown.Error() {
			t.Errorf("wrong password says %v, unknown address says %v; want the same", wrong, unknown)
		}
	})
}

func TestAToken(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		by, err := s.ActorOf(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		secret, token, err := s.AddToken(ctx, by, "moissonneur", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if stored(t, db, secret) {
			t.Error("the secret itself is in the database; want only its hash")
		}
		if got, err := s.ByToken(ctx, secret); err != nil || got.Account != a.ID || got.MustChange {
			t.Errorf("ByToken = %+v, %v; want the officer", got, err)
		}
		if _, err := s.BySession(ctx, secret); kind(err) != fault.Unauthenticated {
			t.Errorf("a token used as a session = %v; want unauthenticated", err)
		}
		stranger := identity.Actor{Account: "somebody else", Role: identity.MCD}
		if err := s.RevokeToken(ctx, stranger, token.ID); kind(err) != fault.NotFound {
			t.Errorf("a stranger revoking it = %v; want not found", err)
		}
		c.t = c.t.Add(2 * time.Hour)
		if _, err := s.ByToken(ctx, secret); kind(err) != fault.Unauthenticated {
			t.Errorf("an expired token = %v; want unauthenticated", err)
		}
		c.t = c.t.Add(-2 * time.Hour)
		if err := s.RevokeToken(ctx, by, token.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ByToken(ctx, secret); kind(err) != fault.Unauthenticated {
			t.Errorf("a revoked token = %v; want unauthenticated", err)
		}
	})
}

func TestTheFirstAdminGetsAOneTimePassword(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		oneTime, err := s.FirstAdmin(ctx, "admin@example.tn")
		if err != nil || len(oneTime) != 23 {
			t.Fatalf("FirstAdmin = %q, %v; want a password of four groups", oneTime, err)
		}
		if again, err := s.FirstAdmin(ctx, "admin@example.tn"); again != "" || err != nil {
			t.Errorf("FirstAdmin again = %q, %v; want nothing", again, err)
		}
		token, _, err := signIn(s, "admin@example.tn", oneTime, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		by, err := s.BySession(ctx, token)
		if err != nil || !by.MustChange {
			t.Fatalf("BySession = %+v, %v; want one who must change the password", by, err)
		}
		if _, _, err := s.AddToken(ctx, by, "too early", time.Hour); kind(err) != fault.Forbidden {
			t.Errorf("a token before the change = %v; want forbidden", err)
		}
		if err := s.ChangePassword(ctx, by, token, "not it at all", password, identity.TokensEnd); kind(err) != fault.Invalid {
			t.Errorf("change with a wrong old password = %v; want invalid", err)
		}
		if err := s.ChangePassword(ctx, by, token, oneTime, oneTime, identity.TokensEnd); kind(err) != fault.Invalid {
			t.Errorf("change to the same = %v; want invalid", err)
		}
		if err := s.ChangePassword(ctx, by, token, oneTime, password, identity.TokensEnd); err != nil {
			t.Fatal(err)
		}
		if by, err = s.BySession(ctx, token); err != nil || by.MustChange {
			t.Errorf("after the change = %+v, %v; want free", by, err)
		}
		if _, _, err := signIn(s, "admin@example.tn", oneTime, "192.0.2.1"); err == nil {
			t.Error("the one-time password still opens")
		}
	})
}

func TestADisabledAccountOpensNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		by, err := s.ActorOf(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		session, _, err := signIn(s, a.Email, password, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		secret, _, err := s.AddToken(ctx, by, "script", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DisableAccount(ctx, by, a.ID, "has left"); kind(err) != fault.Forbidden {
			t.Errorf("an officer disabling = %v; want forbidden", err)
		}
		if err := s.DisableAccount(ctx, admin, a.ID, "has left"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BySession(ctx, session); kind(err) != fault.Unauthenticated {
			t.Errorf("its session = %v; want unauthenticated", err)
		}
		if _, err := s.ByToken(ctx, secret); kind(err) != fault.Unauthenticated {
			t.Errorf("its token = %v; want unauthenticated", err)
		}
		if _, _, err := signIn(s, a.Email, password, "192.0.2.3"); kind(err) != fault.Unauthenticated {
			t.Errorf("signing in = %v; want unauthenticated", err)
		}
	})
}

func TestEveryChangeLeavesALineWithoutPersonalData(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		if err := s.DisableAccount(ctx, admin, a.ID, "has left"); err != nil {
			t.Fatal(err)
		}
		lines, err := auditdb.New(db).Of(ctx, admin, "account", a.ID, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != 2 || lines[0].Act != "account.disable" || lines[1].Act != "account.add" {
			t.Fatalf("trail = %+v; want disable, add", lines)
		}
		if !strings.Contains(string(lines[0].After), "disabled_at") || lines[0].Actor != "admin" {
			t.Errorf("line = %+v; want who and what changed", lines[0])
		}
		for _, l := range lines {
			if text := string(l.Before) + string(l.After); strings.Contains(text, "amel") || strings.Contains(text, "argon") {
				t.Errorf("line holds personal data or a hash: %s", text)
			}
		}
	})
}

func TestAnAddressBelongsToOneAccount(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		addOfficer(t, s)
		_, _, err := s.AddAccount(context.Background(), admin, "Amel@Example.tn", "A", identity.MCD, "", "")
		if all := fault.All(err); len(all) != 1 || all[0].Field != "email" || kind(err) != fault.Conflict {
			t.Errorf("adding it again = %v; want a conflict of email", err)
		}
		_, _, err = s.AddAccount(context.Background(), admin, "b@example.tn", "B", identity.Officer, "nowhere", "")
		if all := fault.All(err); len(all) != 1 || all[0].Field != "institution" {
			t.Errorf("account of an unknown institution = %v; want a fault of institution", err)
		}
		var n int64
		db.Model(&audit.Line{}).Where("act = ?", "account.add").Count(&n)
		if n != 1 {
			t.Errorf("%d lines of accounts added; want 1: a refused change leaves none", n)
		}
	})
}

func TestSeedingTwiceChangesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		corrected := identity.Institution{
			Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Agriculture"},
		}
		if err := s.SaveInstitution(ctx, admin, corrected); err != nil {
			t.Fatal(err)
		}
		n, err := s.Seed(ctx, admin, []identity.Institution{
			{Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "Agriculture"}},
		})
		if err != nil || n != 0 {
			t.Errorf("Seed = %d, %v; want 0", n, err)
		}
		tree, err := s.Institutions(ctx)
		if err != nil || tree["marhp"].Name["fr"] != "Ministère de l'Agriculture" {
			t.Errorf("after seeding: %+v, %v; want the correction kept", tree["marhp"], err)
		}
	})
}

// stored tells whether secret stands anywhere in the tables of this room.
func stored(t *testing.T, db *gorm.DB, secret string) bool {
	t.Helper()
	for _, column := range []string{"sessions.hash", "api_tokens.hash", "login_attempts.key", "accounts.password_hash"} {
		table, name, _ := strings.Cut(column, ".")
		var n int64
		if err := db.Table(table).Where(name+" = ?", secret).Count(&n).Error; err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return true
		}
	}
	return false
}
