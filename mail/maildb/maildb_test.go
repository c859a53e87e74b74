package maildb

import (
	"context"
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestEveryFieldHasItsColumn(t *testing.T) { databasetest.Drift(t, &mail.Letter{}) }

var (
	start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	admin = identity.Actor{Account: "acc-admin", Role: identity.Admin}
)

// clock is a clock that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func setup(db *gorm.DB) (*Store, *clock) {
	c := &clock{start}
	return New(db, c.now), c
}

func message(key string) mail.Message {
	return mail.Message{
		Kind: "digest", Key: key, Account: "acc-amel", To: "Amel@Agriculture.tn", Name: "أمل", Lang: lang.Arabic,
		Subject: "تذكير", Text: "نص", HTML: "<p>نص</p>", At: start,
		Attachments: []mail.Attachment{{Name: "a.csv", Type: "text/csv", Data: []byte("a;b\n")}},
	}
}

func put(t *testing.T, db *gorm.DB, messages ...mail.Message) {
	t.Helper()
	if err := db.Transaction(func(tx *gorm.DB) error { return Append(tx, messages...) }); err != nil {
		t.Fatal(err)
	}
}

func TestALetterFromHandToHand(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(db)
		ctx := t.Context()
		put(t, db, message("a"), message("a"), message("b"))
		put(t, db, message("b"))
		got, err := s.Next(ctx, 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("Next = %d letters, %v; want 2: the same key is kept once", len(got), err)
		}
		l := got[0]
		if l.Recipient != "amel@agriculture.tn" || string(l.Attachments[0].Data) != "a;b\n" || l.Subject != "تذكير" {
			t.Errorf("came back as %+v", l)
		}
		if again, err := s.Next(ctx, 10); err != nil || len(again) != 0 {
			t.Errorf("somebody else was handed %d of them too, %v", len(again), err)
		}
		if err := errors.Join(s.Sent(ctx, got[0].ID), s.Failed(ctx, got[1].ID, mail.Failure{Reason: mail.Busy})); err != nil {
			t.Fatal(err)
		}
		if again, _ := s.Next(ctx, 10); len(again) != 0 {
			t.Error("tried again without a pause")
		}
		c.t = c.t.Add(2 * time.Minute)
		again, err := s.Next(ctx, 10)
		if err != nil || len(again) != 1 || again[0].ID != got[1].ID || again[0].Tries != 1 {
			t.Fatalf("after the pause: %+v, %v", again, err)
		}
		// The sender dies here: after a while somebody else has the letter.
		c.t = c.t.Add(mail.InHand)
		if again, _ = s.Next(ctx, 10); len(again) != 1 {
			t.Fatal("a letter stays in the hands of a sender that died")
		}
		// Late news of a letter that is sent changes nothing.
		if err := errors.Join(s.Sent(ctx, got[1].ID), s.Failed(ctx, got[1].ID, mail.Failure{Reason: mail.Busy})); err != nil {
			t.Fatal(err)
		}
		counts(t, s, 0, 0, 2)
	})
}

// counts compares the numbers of queued, failed and sent letters.
func counts(t *testing.T, s *Store, queued, failed, sent int) {
	t.Helper()
	all, err := s.Counts(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("Counts = %v, %v", all, err)
	}
	if all[0].N != queued || all[1].N != failed || all[2].N != sent {
		t.Errorf("queued, failed, sent = %d, %d, %d; want %d, %d, %d", all[0].N, all[1].N, all[2].N, queued, failed, sent)
	}
}

func TestAMailOfWhatDidNotHappenIsNotKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(db)
		failure := errors.New("the act failed")
		err := db.Transaction(func(tx *gorm.DB) error {
			if err := Append(tx, message("a")); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		bad := message("b")
		bad.Subject = "x\r\nBcc: y@z.tn"
		if k, _ := fault.KindOf(Append(db, bad)); k != fault.Invalid {
			t.Error("a header in the subject was kept")
		}
		counts(t, s, 0, 0, 0)
	})
}

func TestTheClockIsSet(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(db)
		put(t, db, message("a"))
		c.t = start.AddDate(1, 0, 0) // a wrong clock takes the letter, and is put right
		put(t, db, func() mail.Message { m := message("b"); m.At = c.t; return m }())
		if got, err := s.Next(t.Context(), 10); err != nil || len(got) != 1 {
			t.Fatalf("Next in the wrong year = %d, %v; want the one that is news", len(got), err)
		}
		counts(t, s, 1, 1, 0)
		c.t = start
		if got, err := s.Next(t.Context(), 10); err != nil || len(got) != 1 {
			t.Errorf("after the clock went back = %d, %v; want the letter", len(got), err)
		}
	})
}

func TestReleasedLettersWaitUncounted(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(db)
		put(t, db, message("a"))
		got, _ := s.Next(t.Context(), 1)
		if err := s.Release(t.Context(), time.Minute, got[0].ID); err != nil {
			t.Fatal(err)
		}
		if again, _ := s.Next(t.Context(), 1); len(again) != 0 {
			t.Error("released and taken at once")
		}
		c.t = c.t.Add(time.Minute)
		if again, _ := s.Next(t.Context(), 1); len(again) != 1 || again[0].Tries != 0 {
			t.Errorf("after the pause: %+v", again)
		}
	})
}

func TestWhoReadsWhat(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(db)
		ctx := t.Context()
		put(t, db, message("a"))
		amel := identity.Actor{Account: "acc-amel", Role: identity.Officer}
		mine, err := s.Mine(ctx, amel, 10)
		if err != nil || len(mine) != 1 || mine[0].Text != "نص" {
			t.Fatalf("Mine = %+v, %v", mine, err)
		}
		if _, err := s.One(ctx, admin, mine[0].ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("an administrator reads other people's mail: %v", err)
		}
		if one, err := s.One(ctx, amel, mine[0].ID); err != nil || one.HTML == "" {
			t.Errorf("One = %+v, %v", one, err)
		}
		if _, err := s.Mine(ctx, identity.Actor{}, 10); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("the public has mail: %v", err)
		}
		box, err := s.Box(ctx, admin, mail.Queued, 10)
		if err != nil || len(box) != 1 || box[0].Text != "" || box[0].HTML != "" || len(box[0].Attachments) != 0 {
			t.Errorf("Box = %+v, %v; want it without its text", box, err)
		}
		_, _ = s.Next(ctx, 1)
		_ = s.Failed(ctx, mine[0].ID, mail.Failure{Reason: mail.Refused, Final: true})
		if err := s.Retry(ctx, admin, mine[0].ID); err != nil {
			t.Fatal(err)
		}
		if got, _ := s.Next(ctx, 1); len(got) != 1 {
			t.Error("not ready after a retry")
		}
		_ = s.Sent(ctx, mine[0].ID)
		if err := s.Retry(ctx, admin, mine[0].ID); !errors.Is(err, fault.Conflict) {
			t.Errorf("sent mail queued again: %v", err)
		}
		c.t = c.t.AddDate(0, 0, 31)
		if err := s.Purge(ctx, 30*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if one, err := s.One(ctx, amel, mine[0].ID); err != nil || one.Text != "" || one.EmptiedAt == nil || len(one.Attachments) != 0 {
			t.Errorf("after a month: %+v, %v", one, err)
		}
		c.t = c.t.AddDate(2, 0, 0)
		if err := s.Purge(ctx, 30*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		counts(t, s, 0, 0, 0)
	})
}

func TestWhoMayManageMail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(db)
		for _, role := range append(identity.Roles(), identity.Public) {
			by := identity.Actor{Account: "x", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
			may := role == identity.Admin || role == identity.MCD
			_, box := s.Box(context.Background(), by, "", 1)
			write := s.Write(context.Background(), by, message(""))
			if (box == nil) != may || (write == nil) != may {
				t.Errorf("%s: Box %v, Write %v; want allowed %v", role, box, write, may)
			}
			if err := s.Retry(context.Background(), by, "nothing"); may != errors.Is(err, fault.NotFound) {
				t.Errorf("%s: Retry %v", role, err)
			}
		}
		var lines int64
		if db.Table("audit_lines").Where("act = 'mail.write'").Count(&lines); lines != 2 {
			t.Errorf("%d lines in the trail; want 2", lines)
		}
	})
}
