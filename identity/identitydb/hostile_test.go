package identitydb

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// signIns tries each address and password at once and counts the answers.
func signIns(s *Store, n int, try func(n int) (email, password, address string)) map[fault.Kind]int {
	var all sync.WaitGroup
	answers := make([]fault.Kind, n)
	for i := range n {
		all.Go(func() {
			email, password, address := try(i)
			_, _, err := signIn(s, email, password, address)
			if answers[i] = kind(err); err != nil && answers[i] == "" {
				answers[i] = fault.Kind(err.Error())
			}
		})
	}
	all.Wait()
	counts := map[fault.Kind]int{}
	for _, k := range answers {
		counts[k]++
	}
	return counts
}

// Who sends a hundred guesses at once must not get a hundred answers.
func TestGuessesSentAtOnceAreCountedOneByOne(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		addOfficer(t, s)
		for _, from := range []struct {
			address string
			free    int
		}{{"192.0.2.200", identity.FreeTries}, {"192.0.2.%d", identity.FreeTriesOfAccount - identity.FreeTries}} {
			got := signIns(s, 24, func(n int) (string, string, string) {
				return "amel@example.tn", "a wrong password", strings.Replace(from.address, "%d", fmt.Sprint(n), 1)
			})
			want := map[fault.Kind]int{fault.Unauthenticated: from.free, fault.Throttled: 24 - from.free}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(from.address, d)
			}
		}
	})
}

// A ministry leaves by one address: its slips must not lock its officers out,
// and its successes must not be counted at all.
func TestAnAddressIsSharedByMany(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		addOfficer(t, s)
		for n := range 60 {
			if _, _, err := signIn(s, "amel@example.tn", password, "192.0.2.1"); err != nil {
				t.Fatalf("sign-in %d = %v; want in", n, err)
			}
		}
		for n := range identity.FreeTriesOfAddress {
			_, _, err := signIn(s, fmt.Sprint(n, "@example.tn"), "wrong", "192.0.2.1")
			if kind(err) != fault.Unauthenticated {
				t.Fatalf("slip %d = %v; want unauthenticated", n, err)
			}
		}
		if _, _, err := signIn(s, "amel@example.tn", password, "192.0.2.1"); kind(err) != fault.Throttled {
			t.Errorf("after %d slips = %v; want throttled", identity.FreeTriesOfAddress, err)
		}
		if _, _, err := signIn(s, "amel@example.tn", password, "192.0.2.2"); err != nil {
			t.Errorf("from elsewhere = %v; want in", err)
		}
	})
}

func TestAnAddressIsAsWideAsItsOwner(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "a pipe": "a pipe",
	} {
		if got := identity.Network(address); got != want {
			t.Errorf("Network(%q) = %q; want %q", address, got, want)
		}
	}
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		addOfficer(t, s)
		var tokens [2]string
		for n := range tokens {
			var err error
			if tokens[n], _, err = signIn(s, "amel@example.tn", password, "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
		}
		by, err := s.BySession(ctx, tokens[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChangePassword(ctx, by, tokens[0], password, "une autre phrase longue", identity.TokensEnd); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BySession(ctx, tokens[0]); err != nil {
			t.Errorf("the session that changed it = %v; want it to go on", err)
		}
		if _, err := s.BySession(ctx, tokens[1]); kind(err) != fault.Unauthenticated {
			t.Errorf("the other session = %v; want it ended", err)
		}
	})
}

// A sign-in that was comparing while the password was replaced comes too late.
func TestAReplacedPasswordOpensNoMoreSessions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		was := *addOfficer(t, s)
		by, err := s.ActorOf(ctx, was.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChangePassword(ctx, by, "", password, "une autre phrase longue", identity.TokensEnd); err != nil {
			t.Fatal(err)
		}
		how := identity.Opening{Method: identity.ByPassword}
		if _, err := s.openSession(ctx, was, how, nil); kind(err) != fault.Unauthenticated {
			t.Errorf("with the password replaced meanwhile = %v; want unauthenticated", err)
		}
		current, err := s.AccountByEmail(ctx, was.Email)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DisableAccount(ctx, admin, was.ID, "has left"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.openSession(ctx, *current, how, nil); kind(err) != fault.Unauthenticated {
			t.Errorf("with the account disabled meanwhile = %v; want unauthenticated", err)
		}
	})
}

// Whoever found a session open must not find the password through it.
func TestTheOldPasswordCannotBeGuessedFromInside(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		a := addOfficer(t, s)
		by, err := s.ActorOf(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		for range identity.FreeTries {
			if err := s.ChangePassword(ctx, by, "", "a wrong guess", "une autre phrase longue", identity.TokensEnd); kind(err) != fault.Invalid {
				t.Fatalf("a wrong password = %v; want invalid", err)
			}
		}
		if err := s.ChangePassword(ctx, by, "", password, "une autre phrase longue", identity.TokensEnd); kind(err) != fault.Throttled {
			t.Errorf("the right one during the wait = %v; want throttled", err)
		}
		c.t = c.t.Add(31 * time.Second)
		if err := s.ChangePassword(ctx, by, "", password, "une autre phrase longue", identity.TokensEnd); err != nil {
			t.Errorf("after the wait = %v", err)
		}
	})
}

// Each of two changes is sound, and together they would be a loop that every
// walk up or down the tree would follow for ever.
func TestTwoMovesAtOnceMakeNoLoop(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		for _, slug := range []string{"a", "b"} {
			err := s.SaveInstitution(ctx, admin, identity.Institution{
				Slug: slug, Kind: identity.OtherBody, Name: lang.Text{"fr": slug},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			var all sync.WaitGroup
			for slug, parent := range map[string]string{"a": "b", "b": "a"} {
				all.Go(func() {
					err := s.SaveInstitution(ctx, admin, identity.Institution{
						Slug: slug, Parent: parent, Kind: identity.OtherBody, Name: lang.Text{"fr": slug},
					})
					if err != nil && kind(err) != fault.Invalid {
						t.Error(err)
					}
				})
			}
			all.Wait()
			tree, err := s.Institutions(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if tree["a"].Parent == "b" && tree["b"].Parent == "a" {
				t.Fatal("a stands under b, and b under a")
			}
			for _, slug := range []string{"a", "b"} {
				err := s.SaveInstitution(ctx, admin, identity.Institution{
					Slug: slug, Kind: identity.OtherBody, Name: lang.Text{"fr": slug},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
