package identitydb

import (
	"context"
	"errors"
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

const another = "une tout autre phrase"

// link is what the last letter lets its reader do.
func link(t *testing.T, told []string) string {
	t.Helper()
	if len(told) == 0 {
		t.Fatal("nobody was written to")
	}
	parts := strings.Split(told[len(told)-1], "|")
	if !strings.HasSuffix(parts[0], " reset") {
		t.Fatalf("the last letter is %q", told[len(told)-1])
	}
	return parts[1]
}

func TestAPasswordIsResetByALetterOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		ctx := context.Background()
		told := writing(t, s, db)
		a := addOfficer(t, s)
		open, _ := session(t, s, a.Email, password)
		if err := s.AskReset(ctx, " Amel@example.tn", here); err != nil {
			t.Fatal(err)
		}
		secret := link(t, told())
		if stored(t, db, secret) {
			t.Error("the link's secret stands in the database")
		}
		if err := s.Reset(ctx, secret, "court", identity.TokensEnd, here); kind(err) != fault.Invalid {
			t.Errorf("a short password = %v; want invalid", err)
		}
		if err := s.ResetOpen(ctx, secret); err != nil {
			t.Errorf("after a password that will not do = %v; want the link to go on", err)
		}
		if err := s.Reset(ctx, secret, another, identity.TokensEnd, here); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BySession(ctx, open); kind(err) != fault.Unauthenticated {
			t.Errorf("the session from before = %v; want it ended", err)
		}
		session(t, s, a.Email, another)
		if err := s.Reset(ctx, secret, password, identity.TokensEnd, here); kind(err) != fault.Gone {
			t.Errorf("the link again = %v; want gone", err)
		}
		if err := s.AskReset(ctx, a.Email, here); err != nil {
			t.Fatal(err)
		}
		secret = link(t, told())
		c.t = c.t.Add(identity.ResetAge + time.Second)
		if err := s.Reset(ctx, secret, password, identity.TokensEnd, here); kind(err) != fault.Gone {
			t.Errorf("after half an hour = %v; want gone", err)
		}
		for _, hostile := range []string{"", "x", secret + "A", strings.Repeat("A", 43), strings.Repeat("é", 100), "\x00"} {
			if err := s.ResetOpen(ctx, hostile); kind(err) != fault.Gone {
				t.Errorf("link %q = %v; want gone", hostile, err)
			}
		}
	})
}

func TestALinkUsedTwiceAtOnceChangesOnePassword(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		told := writing(t, s, db)
		a := addOfficer(t, s)
		if err := s.AskReset(context.Background(), a.Email, here); err != nil {
			t.Fatal(err)
		}
		secret := link(t, told())
		passwords := []string{another, "encore une autre phrase", "et une de plus ici"}
		errs := make([]error, len(passwords))
		var all sync.WaitGroup
		for n, p := range passwords {
			all.Go(func() { errs[n] = s.Reset(context.Background(), secret, p, identity.TokensEnd, here) })
		}
		all.Wait()
		won := 0
		for n, err := range errs {
			if err == nil {
				won++
				session(t, s, a.Email, passwords[n])
			} else if kind(err) != fault.Gone {
				t.Errorf("the other = %v; want gone", err)
			}
		}
		if won != 1 {
			t.Errorf("%d changed it; want 1", won)
		}
	})
}

// Whoever is asked for, the same answer and the same work; only who is there,
// with a password, and not disabled, is written to.
func TestNobodyLearnsWhoHasAnAccountByAskingForAPassword(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		if err := s.AskReset(ctx, "amel@example.tn", here); kind(err) != fault.Conflict {
			t.Errorf("without mail = %v; want conflict", err)
		}
		told := writing(t, s, db)
		gone := addOfficer(t, s)
		if err := s.DisableAccount(ctx, admin, gone.ID, "has left"); err != nil {
			t.Fatal(err)
		}
		provider, _, err := s.AddAccount(ctx, admin, "p@example.tn", "P", identity.Committee, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Model(provider).Where("id = ?", provider.ID).Update("password_hash", "").Error; err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{gone.Email, provider.Email, "nobody@example.tn", "not an address", "' OR 1=1 --"} {
			if err := s.AskReset(ctx, email, here); err != nil {
				t.Errorf("%s = %v; want the usual answer", email, err)
			}
		}
		if got := told(); len(got) != 0 {
			t.Errorf("told %v; want nobody", got)
		}
		var rows, lines int64
		err = errors.Join(db.Model(&identity.Reset{}).Count(&rows).Error, db.Model(&audit.Line{}).Where("act = 'account.reset.ask'").Count(&lines).Error)
		if err != nil || rows != 5 || lines != 0 {
			t.Errorf("%d rows, %d lines, %v; want a row each and no line", rows, lines, err)
		}
		for range identity.FreeResets {
			if err := s.AskReset(ctx, "again@example.tn", here); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.AskReset(ctx, "again@example.tn", identity.Caller{Address: "198.51.100.1"}); kind(err) != fault.Throttled {
			t.Errorf("one more = %v; want throttled", err)
		}
	})
}

// A stranger who fails on purpose, from everywhere, does not keep somebody out
// who comes from where they always do, nor who reads their mail.
func TestAStrangerLocksNobodyOut(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		told := writing(t, s, db)
		a := addOfficer(t, s)
		session(t, s, a.Email, password)
		counts := signIns(s, 30, func(n int) (string, string, string) {
			return a.Email, "a wrong password", "203.0." + string(rune('0'+n/10)) + "." + string(rune('0'+n%10))
		})
		if counts[fault.Throttled] != 30-identity.FreeTriesOfAccount {
			t.Errorf("answers to the stranger: %v", counts)
		}
		session(t, s, a.Email, password)
		signIns(s, 30, func(n int) (string, string, string) {
			return a.Email, "a wrong password", "203.0." + string(rune('0'+n/10)) + "." + string(rune('0'+n%10))
		})
		away := identity.Caller{Address: "198.51.100.9"}
		if _, err := s.SignIn(ctx, a.Email, password, away); kind(err) != fault.Throttled {
			t.Errorf("from a place never seen = %v; want throttled meanwhile", err)
		}
		if err := s.AskReset(ctx, a.Email, away); err != nil {
			t.Fatal(err)
		}
		if err := s.Reset(ctx, link(t, told()), another, identity.TokensEnd, away); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(ctx, a.Email, another, away); err != nil {
			t.Errorf("after the letter = %v; want in", err)
		}
	})
}

func TestANewDeviceIsToldOf(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		ctx := context.Background()
		s.Under(identity.Policy{TellDevices: true})
		told := writing(t, s, db)
		a := addOfficer(t, s)
		for _, from := range []identity.Caller{here, here, {Address: "192.0.99.99", Browser: here.Browser}, {Address: "192.0.2.1", Browser: "curl/8"}, {Address: "192.0.2.7", Browser: "curl/9"}} {
			if _, err := s.SignIn(ctx, a.Email, password, from); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(told(), " "); got != "amel@example.tn device||" {
			t.Errorf("told %q; want once, of the other browser", got)
		}
	})
}

func TestFailuresAreCountedInTheTrail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		a := addOfficer(t, s)
		for range 3 {
			if _, err := s.SignIn(context.Background(), a.Email, "a wrong password", here); err == nil {
				t.Fatal("in by a wrong password")
			}
		}
		session(t, s, a.Email, password)
		session(t, s, a.Email, password)
		var lines []audit.Line
		if err := db.Order("id").Find(&lines, "act = 'session.open'").Error; err != nil {
			t.Fatal(err)
		}
		if len(lines) != 2 || !strings.Contains(string(lines[0].After), "failures_before") || strings.Contains(string(lines[1].After), "failures_before") {
			t.Errorf("lines = %s, %s", lines[0].After, lines[len(lines)-1].After)
		}
	})
}
