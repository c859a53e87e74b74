package post

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// counter counts what was handed over, and refuses what it is told to.
type counter struct {
	taken map[string]int
	fail  func(n int) *mail.Failure // of the nth letter; nil: taken
	away  *mail.Failure
	n     int
}

func (c *counter) Deliver(_ context.Context, letters []mail.Letter, told func(mail.Letter, error)) error {
	if c.away != nil {
		return c.away
	}
	for _, l := range letters {
		c.n++
		if f := c.fail(c.n); f != nil {
			told(l, f)
			if f.Door {
				return f
			}
			continue
		}
		c.taken[l.ID]++
		told(l, nil)
	}
	return nil
}

func setup(t *testing.T, db *gorm.DB, letters int) (*Rounds, *counter, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var all []mail.Message
	for n := range letters {
		all = append(all, mail.Message{Kind: "digest", To: fmt.Sprintf("a%d@b.tn", n), Lang: "fr", Subject: "s", Text: "t", At: now})
	}
	if err := maildb.Append(db, all...); err != nil {
		t.Fatal(err)
	}
	c := &counter{taken: map[string]int{}, fail: func(int) *mail.Failure { return nil }}
	clock := func() time.Time { return now }
	return &Rounds{Store: maildb.New(db, clock), Door: c, Log: slog.New(slog.DiscardHandler)}, c, &now
}

// once checks that each of n letters was taken exactly once.
func once(t *testing.T, c *counter, n int) {
	t.Helper()
	if len(c.taken) != n {
		t.Errorf("%d letters arrived; want %d", len(c.taken), n)
	}
	for id, times := range c.taken {
		if times != 1 {
			t.Errorf("letter %s arrived %d times", id, times)
		}
	}
}

func TestEveryLetterArrivesOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		r, c, _ := setup(t, db, 120)
		if n, err := r.Once(t.Context()); err != nil || n != 120 {
			t.Fatalf("Once = %d, %v", n, err)
		}
		if n, err := r.Once(t.Context()); err != nil || n != 0 {
			t.Errorf("a second round carried %d, %v", n, err)
		}
		once(t, c, 120)
	})
}

func TestAServerThatIsAway(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		r, c, now := setup(t, db, 3)
		c.away = &mail.Failure{Reason: mail.Unreachable, Door: true}
		for range 40 {
			if _, err := r.Once(t.Context()); err == nil {
				t.Fatal("all is well although the server is away")
			}
			*now = now.Add(time.Minute)
		}
		if why, _ := r.Trouble(); why != mail.Unreachable || r.pause != longPause {
			t.Errorf("Trouble = %q, pause %s", why, r.pause)
		}
		c.away = nil
		if n, err := r.Once(t.Context()); err != nil || n != 3 {
			t.Errorf("after its return: %d, %v; no try was to be counted", n, err)
		}
		if why, _ := r.Trouble(); why != "" || r.pause != 0 {
			t.Errorf("Trouble = %q, pause %s; want none", why, r.pause)
		}
		once(t, c, 3)
	})
}

func TestALetterTheServerHangsOnLetsTheOthersPass(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		r, c, now := setup(t, db, 5)
		c.fail = func(n int) *mail.Failure {
			if n == 2 {
				return &mail.Failure{Reason: mail.TimedOut, Door: true}
			}
			return nil
		}
		if n, err := r.Once(t.Context()); err == nil || n != 1 {
			t.Errorf("Once = %d, %v; want one and the trouble", n, err)
		}
		if n, err := r.Once(t.Context()); err != nil || n != 3 {
			t.Errorf("the round after = %d, %v; want the three others", n, err)
		}
		*now = now.Add(2 * time.Minute)
		if n, err := r.Once(t.Context()); err != nil || n != 1 {
			t.Errorf("after its pause = %d, %v; want the fifth", n, err)
		}
		once(t, c, 5)
	})
}

func TestTheProgramStopsBetweenLetters(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		r, c, _ := setup(t, db, 4)
		ctx, cancel := context.WithCancel(t.Context())
		c.fail = func(n int) *mail.Failure {
			if n == 2 {
				cancel() // what is under way is noted all the same
			}
			return nil
		}
		if n, _ := r.Once(ctx); n != 4 {
			t.Errorf("carried %d; want the handful that was under way", n)
		}
		if n, err := r.Once(t.Context()); err != nil || n != 0 {
			t.Errorf("the next start carries %d again, %v", n, err)
		}
		once(t, c, 4)
	})
}
