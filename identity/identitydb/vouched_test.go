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
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

const issuer = "https://login.example.tn"

// amel is somebody of the provider, at a new sign-in each time.
func amel(change func(v *identity.Vouched)) identity.Vouched {
	v := identity.Vouched{
		Issuer: issuer, Subject: "f3a1", Session: "there-1", Nonce: identity.NewSecret(), Email: "amel@example.tn", Verified: true,
		Name: "Amel Ben Salah", Language: "ar", IDToken: "the.id.token", Ruled: true, Role: identity.Officer, Institution: "marhp",
	}
	if change != nil {
		change(&v)
	}
	return v
}

func said(err error) string {
	var keys []string
	for _, f := range fault.All(err) {
		keys = append(keys, f.Key)
	}
	return strings.Join(keys, " ")
}

// acts are what was written of accounts after a line of the trail.
func acts(t *testing.T, db *gorm.DB, after int64) string {
	t.Helper()
	var lines []audit.Line
	if err := db.Order("id").Find(&lines, "subject = ? AND id > ?", "account", after).Error; err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range lines {
		all = append(all, l.Act)
	}
	return strings.Join(all, " ")
}

func TestWhoIsAdmitted(t *testing.T) {
	open := identity.Admission{Create: true, LinkEmail: true}
	type newcomer struct {
		name   string
		admit  identity.Admission
		change func(v *identity.Vouched)
		role   identity.Role // of the account here; empty: there is none
		want   string        // fault; empty: enters
		acts   string
	}
	cases := []newcomer{}
	for _, one := range []newcomer{
		{name: "unknown", want: "signin.unknown"},
		{name: "made", admit: identity.Admission{Create: true}, acts: "account.add account.link session.open"},
		{name: "made, address not verified", admit: open, change: func(v *identity.Vouched) { v.Verified = false }, want: "signin.no_email"},
		{name: "made, no address", admit: open, change: func(v *identity.Vouched) { v.Email = "" }, want: "signin.no_email"},
		{name: "made, no address of mail", admit: open, change: func(v *identity.Vouched) { v.Email = "amel" }, want: "signin.no_email"},
		{name: "no rule", admit: open, change: func(v *identity.Vouched) { v.Role = "" }, want: "signin.no_rule"},
		{name: "no institution", admit: open, change: func(v *identity.Vouched) { v.Institution = "atlantis" }, want: "signin.institution"},
		{name: "address here, not linked", role: identity.Officer, admit: identity.Admission{Create: true}, want: "signin.taken", acts: "account.add"},
		{name: "address here, not verified", role: identity.Officer, admit: open, change: func(v *identity.Vouched) { v.Verified = false }, want: "signin.no_email", acts: "account.add"},
		{
			name: "address here, not verified, nothing made", role: identity.Officer, admit: identity.Admission{LinkEmail: true},
			change: func(v *identity.Vouched) { v.Verified = false }, want: "signin.unknown", acts: "account.add",
		},
		{name: "administrator by address", role: identity.Admin, admit: open, want: "signin.taken", acts: "account.add"},
		{name: "linked", role: identity.Officer, admit: open, acts: "account.add account.link session.open"},
		{name: "linked and refreshed", role: identity.Committee, admit: open, acts: "account.add account.link account.refresh session.open"},
	} {
		one.admit.Age = time.Hour
		cases = append(cases, one)
	}
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		for n, one := range cases {
			var last int64
			if err := db.Model(&audit.Line{}).Select("COALESCE(MAX(id), 0)").Scan(&last).Error; err != nil {
				t.Fatal(err)
			}
			v := amel(func(v *identity.Vouched) {
				v.Subject, v.Email = fmt.Sprint("subject ", n), fmt.Sprintf("amel%d@example.tn", n)
				if one.change != nil {
					one.change(v)
				}
			})
			if one.role != "" {
				if _, _, err := s.AddAccount(ctx, admin, fmt.Sprintf("amel%d@example.tn", n), "Amel", one.role, "marhp", password); err != nil {
					t.Fatal(err)
				}
			}
			token, until, err := s.SignInVouched(ctx, v, one.admit)
			if said(err) != one.want || acts(t, db, last) != one.acts {
				t.Errorf("%s: said %v, wrote %q; want %q and %q", one.name, err, acts(t, db, last), one.want, one.acts)
			}
			if one.want != "" || err != nil {
				continue
			}
			by, err := s.BySession(ctx, token)
			if err != nil || by.Role != identity.Officer || by.Institution != "marhp" || !until.Equal(c.t.Add(time.Hour)) {
				t.Errorf("%s: signed in %+v until %v, %v", one.name, by, until, err)
			}
			if one.role == "" && by.Language != "ar" {
				t.Errorf("%s: speaks %s", one.name, by.Language)
			}
		}
	})
}

func TestRoleAndInstitutionFollowTheRules(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		enter := func(change func(v *identity.Vouched)) (identity.Actor, string, error) {
			token, _, err := s.SignInVouched(ctx, amel(change), identity.Admission{Create: true, Age: time.Hour})
			if err != nil {
				return identity.Actor{}, "", err
			}
			by, err := s.BySession(ctx, token)
			return by, token, err
		}
		if _, _, err := enter(nil); err != nil {
			t.Fatal(err)
		}
		by, token, err := enter(func(v *identity.Vouched) { v.Role, v.Institution, v.Email = identity.MCD, "", "other@example.tn" })
		if err != nil || by.Role != identity.MCD || by.Institution != "" {
			t.Fatalf("after another rule: %+v, %v", by, err)
		}
		if got, want := acts(t, db, 0), "account.add account.link session.open account.refresh session.open"; got != want {
			t.Errorf("wrote %q; want %q", got, want)
		}
		if by, _, err = enter(func(v *identity.Vouched) { v.Ruled, v.Role = false, "" }); err != nil || by.Role != identity.MCD {
			t.Errorf("without rules the account keeps its role: %+v, %v", by, err)
		}
		if _, _, err := enter(func(v *identity.Vouched) { v.Role = "" }); said(err) != "signin.no_rule" {
			t.Errorf("when no rule matches any more: %v", err)
		}
		if _, err := s.BySession(ctx, token); kind(err) != fault.Unauthenticated {
			t.Errorf("the sessions of somebody whom the rules let in no more go on: %v", err)
		}
		if err := s.DisableAccount(ctx, admin, by.Account, "has left"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := enter(nil); said(err) != "signin.disabled" {
			t.Errorf("a disabled account: %v", err)
		}
	})
}

func TestANonceIsGoodOnceAlsoAtTheSameTime(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		v, admit := amel(nil), identity.Admission{Create: true, Age: time.Hour}
		outcomes := make(chan string, 8)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, _, err := s.SignInVouched(context.Background(), v, admit)
				outcomes <- said(err)
			})
		}
		all.Wait()
		close(outcomes)
		entered := 0
		for o := range outcomes {
			if o == "" {
				entered++
			} else if o != "signin.again" {
				t.Errorf("a replay says %q", o)
			}
		}
		if entered != 1 {
			t.Errorf("one proof opened %d sessions", entered)
		}
	})
}

func TestTheProviderEndsSessions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx, admit := context.Background(), identity.Admission{Create: true, Age: time.Hour}
		enter := func(session string) string {
			token, _, err := s.SignInVouched(ctx, amel(func(v *identity.Vouched) { v.Session = session }), admit)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		live := func(token string) bool { _, err := s.BySession(ctx, token); return err == nil }
		first, second, nameless := enter("there-1"), enter("there-2"), enter("")
		var plain int64
		if err := db.Model(&identity.ProviderSession{}).Where("sid_hash LIKE ? OR id_token LIKE ?", "%there-%", "%id.token%").Count(&plain).Error; err != nil || plain > 0 {
			t.Errorf("the provider's session or token is in the database as it is: %v", err)
		}
		if idToken, ok, err := s.VouchedBy(ctx, first); idToken != "the.id.token" || !ok || err != nil {
			t.Errorf("signs out there with %q, %v, %v", idToken, ok, err)
		}
		if _, ok, err := s.VouchedBy(ctx, "another"); ok || err != nil {
			t.Errorf("a session that no provider opened: %v, %v", ok, err)
		}
		until := c.t.Add(time.Hour)
		for _, wrong := range [][2]string{{"https://another.example", "there-1"}, {issuer, "there-9"}} {
			if n, err := s.EndVouched(ctx, wrong[0], "", wrong[1], wrong[0]+wrong[1], until); n != 0 || err != nil {
				t.Errorf("%v ended %d, %v", wrong, n, err)
			}
		}
		if n, err := s.EndVouched(ctx, issuer, "somebody else", "there-1", "m0", until); n != 0 || err != nil {
			t.Errorf("another person's session ended %d, %v", n, err)
		}
		if n, err := s.EndVouched(ctx, issuer, "", "there-1", "m1", until); n != 1 || err != nil || live(first) || !live(second) || !live(nameless) {
			t.Errorf("ended %d, %v", n, err)
		}
		if _, err := s.EndVouched(ctx, issuer, "f3a1", "", "m1", until); said(err) != "signin.again" {
			t.Errorf("a replayed message: %v", err)
		}
		if n, err := s.EndVouched(ctx, issuer, "f3a1", "there-8", "m2", until); n != 1 || err != nil || live(nameless) || !live(second) {
			t.Errorf("ended %d, %v", n, err)
		}
		if n, err := s.EndVouched(ctx, issuer, "f3a1", "", "m3", until); n != 1 || err != nil || live(second) {
			t.Errorf("ended %d, %v", n, err)
		}
		if !strings.Contains(acts(t, db, 0), "session.end") {
			t.Errorf("wrote %q", acts(t, db, 0))
		}
		if err := s.SignOut(ctx, enter("there-3")); err != nil {
			t.Fatal(err)
		}
		var left int64
		if err := db.Model(&identity.ProviderSession{}).Count(&left).Error; err != nil || left != 0 {
			t.Errorf("%d rows of sessions are left, %v", left, err)
		}
	})
}

func TestLinkingAndUnlinking(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		a, _, err := s.AddAccount(ctx, admin, "amel@example.tn", "Amel", identity.Officer, "marhp", "")
		if err != nil {
			t.Fatal(err)
		}
		by, err := s.ActorOf(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		other := addOther(t, s)
		if err := s.LinkAccount(ctx, by, other.ID, issuer, "f3a1"); kind(err) != fault.Forbidden {
			t.Errorf("an officer gives somebody else's account away: %v", err)
		}
		if err := s.LinkSelf(ctx, by, amel(nil)); err != nil {
			t.Fatal(err)
		}
		var now identity.Account
		if err := db.Take(&now, "id = ?", a.ID).Error; err != nil || now.MustChange || now.PasswordHash != "" {
			t.Errorf("the one-time password of somebody else stays: %v, %v", now.MustChange, err)
		}
		if err := s.LinkAccount(ctx, admin, other.ID, issuer, "f3a1"); said(err) != "signin.bound" {
			t.Errorf("one person, two accounts: %v", err)
		}
		if err := s.LinkSelf(ctx, by, amel(func(v *identity.Vouched) { v.Subject = "another" })); said(err) != "signin.bound" {
			t.Errorf("one account, two persons: %v", err)
		}
		if err := s.LinkAccount(ctx, admin, other.ID, issuer, ""); said(err) != "signin.subject" {
			t.Errorf("nobody: %v", err)
		}
		token, _, err := s.SignInVouched(ctx, amel(nil), identity.Admission{Age: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if bond, ok, err := s.BondOf(ctx, a.ID, issuer); err != nil || !ok || bond.How != identity.BoundSelf || bond.SeenAt == nil {
			t.Errorf("bound %+v, %v, %v", bond, ok, err)
		}
		if err := s.Unlink(ctx, by, a.ID, issuer); said(err) != "signin.only_way" {
			t.Errorf("somebody locks themselves out: %v", err)
		}
		if err := s.Unlink(ctx, identity.Actor{Account: other.ID, Role: identity.Officer}, a.ID, issuer); kind(err) != fault.Forbidden {
			t.Errorf("an officer unlinks somebody else: %v", err)
		}
		if err := s.Unlink(ctx, admin, a.ID, issuer); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BySession(ctx, token); kind(err) != fault.Unauthenticated {
			t.Errorf("a session of somebody unlinked goes on: %v", err)
		}
		if _, _, err := s.SignInVouched(ctx, amel(nil), identity.Admission{Age: time.Hour}); said(err) != "signin.taken" {
			t.Errorf("after unlinking: %v", err)
		}
	})
}

func addOther(t *testing.T, s *Store) *identity.Account {
	t.Helper()
	a, _, err := s.AddAccount(context.Background(), admin, "ali@example.tn", "Ali", identity.Officer, "marhp", password)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
