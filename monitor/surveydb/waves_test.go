package surveydb

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/survey"
)

// lines reads cron lines as the house does.
func lines(line string, after time.Time) (time.Time, error) {
	all, err := schedule.Occasions(line, time.UTC, after, after.AddDate(1, 1, 0))
	if err != nil || len(all) == 0 {
		return time.Time{}, errors.Join(err, errNoCron)
	}
	return all[0], nil
}

// waving is a store whose department can be reminded; told gathers the letters.
func waving(t *testing.T, db *gorm.DB, services ...string) (*Store, *clock, *[]survey.WaveProgress) {
	t.Helper()
	s, c := open(t, db, services...)
	told := &[]survey.WaveProgress{}
	s.Waving(lines, func(day time.Time) bool { return day.Weekday() != time.Sunday }, func(_ context.Context, p survey.WaveProgress) ([]mail.Message, error) {
		*told = append(*told, p)
		return []mail.Message{{
			Kind: "wave", Key: fmt.Sprint(p.ID, p.State, len(*told)), To: "dept@example.tn", Lang: lang.French, Subject: "Vague", Text: "Trop peu de réponses.",
		}}, nil
	})
	return s, c, told
}

func (c *clock) add(d time.Duration) { c.set(c.now().Add(d)) }

func tend(t *testing.T, s *Store) {
	t.Helper()
	s.forgetWaves()
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// wave plans one of so many days from today.
func wave(t *testing.T, s *Store, c *clock, service string, p survey.WavePlan) *survey.Wave {
	t.Helper()
	if p.Start.IsZero() {
		p.Start = c.now()
	}
	if p.Margin == 0 {
		p.Margin = survey.WaveUsual
	}
	w, err := s.PlanWave(t.Context(), owner, service, &p)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// turnedAway tells whether somebody may not do it, or not even know of it.
func turnedAway(err error) bool {
	return errors.Is(err, fault.Forbidden) || errors.Is(err, fault.NotFound)
}

func only(t *testing.T, s *Store, service string) survey.WaveProgress {
	t.Helper()
	list, err := s.Waves(t.Context(), owner, service)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d waves, %v", len(list), err)
	}
	return list[0]
}

func TestAWaveAsksUntilItHasItsAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c, told := waving(t, db, "cin")
		open, err := s.Invite(t.Context(), "cin")
		if err != nil || !open.Ask || open.Why != AskOpen {
			t.Fatalf("without waves: %+v, %v", open, err)
		}
		w := wave(t, s, c, "cin", survey.WavePlan{Days: 10, Margin: 10})
		if w.Needed != 97 || w.State != survey.WavePlanned || w.Days() != 10 {
			t.Fatalf("planned %+v", w)
		}
		tend(t, s)
		if got := only(t, s, "cin"); got.State != survey.WaveRunning || got.Left != 97 || len(got.Days) != 1 || got.Days[0].K != 1 || got.Days[0].Quota != 20 {
			t.Fatalf("begun: %+v", got)
		}
		// A busy first day gives no more than twice its part.
		asked := 0
		for n := range 60 {
			if n%10 == 0 {
				c.add(time.Hour)
			}
			s.forgetWaves()
			in, err := s.Invite(t.Context(), "cin")
			if err != nil || in.Wave != w.ID {
				t.Fatalf("%+v, %v", in, err)
			}
			if in.Ask {
				asked++
				f := form("cin", 4)
				f.Wave = in.Wave
				accept(t, s, f, n)
			}
		}
		if asked != 20 {
			t.Errorf("asked %d on the first day; the quota is 20", asked)
		}
		// From the second day on, one in k is asked.
		total, ks := asked, []int64{}
		for day := 1; day < 10 && only(t, s, "cin").State == survey.WaveRunning; day++ {
			tend(t, s)
			c.set(noon.AddDate(0, 0, day))
			tend(t, s)
			ks = append(ks, only(t, s, "cin").Days[0].K)
			for n := range 60 {
				if n%10 == 5 {
					c.add(time.Hour)
				}
				if in, _ := s.Invite(t.Context(), "cin"); in.Ask {
					f := form("cin", 4)
					f.Wave = in.Wave
					accept(t, s, f, 100*day+n)
					total++
				}
				if n%5 == 0 {
					s.forgetWaves()
				}
			}
			tend(t, s)
		}
		end := only(t, s, "cin")
		reached := end.State == survey.WaveReached
		if !reached && end.Left > 3 || total < 94 || total > 125 || end.Answers != int64(total) {
			t.Errorf("%d asked and answered, %d counted, %s, k %v", total, end.Answers, end.State, ks)
		}
		if ks[0] < 3 {
			t.Errorf("k %v: of 60 visits a day it takes 9", ks)
		}
		if in, _ := s.Invite(t.Context(), "cin"); reached && (in.Ask || in.Why != NoWave) {
			t.Errorf("after it was reached: %+v", in)
		}
		if len(*told) > 0 {
			t.Errorf("a wave that went well was reminded of %d times", len(*told))
		}
		counts := s.Invited()
		if counts[AskDrawn] != int64(total) || counts[AskOpen] != 1 || len(counts) != len(Invitations()) {
			t.Errorf("counted %v", counts)
		}
		for _, d := range end.Days { // the rows say by themselves what K was
			again := d
			again.Pace()
			if again.K != d.K || again.Quota != d.Quota {
				t.Errorf("day %d: K %d and quota %d; worked out again %d and %d", d.Day, d.K, d.Quota, again.K, again.Quota)
			}
		}
	})
}

func TestAStarvingWaveIsToldOfAndFollowed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c, told := waving(t, db, "cin")
		wave(t, s, c, "cin", survey.WavePlan{Days: 14, Again: "0 0 1 1,4,7,10 *"})
		tend(t, s)
		c.add(2 * 24 * time.Hour)
		tend(t, s)
		if len(*told) != 0 {
			t.Fatal("reminded on the second day")
		}
		for range 11 {
			c.add(24 * time.Hour)
			tend(t, s)
			tend(t, s)
		}
		if len(*told) != 4 {
			t.Errorf("told %d times in eleven days; want every third day", len(*told))
		}
		if p := (*told)[0]; p.Cause != survey.Unseen || p.Left != 601 {
			t.Errorf("told %+v", p)
		}
		var mails int64
		if err := db.Table("mail_outbox").Where("recipient = ?", "dept@example.tn").Count(&mails).Error; err != nil || mails != 4 {
			t.Errorf("%d letters, %v", mails, err)
		}
		c.add(24 * time.Hour)
		tend(t, s)
		list, err := s.Waves(t.Context(), owner, "cin")
		if err != nil || len(list) != 2 {
			t.Fatalf("%d waves, %v", len(list), err)
		}
		next := list[0]
		if list[1].State != survey.WaveEnded || next.State != survey.WavePlanned || len(next.Days) != 0 ||
			!next.StartsAt.Equal(time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)) || next.Needed != 601 {
			t.Errorf("then %s, and %+v", list[1].State, next)
		}
		if in, _ := s.Invite(t.Context(), "cin"); in.Ask || in.Why != NoWave {
			t.Errorf("between waves: %+v", in)
		}
	})
}

func TestQuietHoursAndForgedWaves(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c, _ := waving(t, db, "cin", "passport")
		w := wave(t, s, c, "cin", survey.WavePlan{Days: 30, QuietFrom: "20:00", QuietTo: "07:30", Workdays: true})
		tend(t, s)
		for _, tt := range []struct {
			at   time.Time
			want Why
		}{
			{noon, AskDrawn},
			{time.Date(2026, 11, 20, 18, 59, 0, 0, time.UTC), AskDrawn}, // 19:59 in Tunis
			{time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC), NotNow},
			{time.Date(2026, 11, 21, 6, 29, 0, 0, time.UTC), NotNow},
			{time.Date(2026, 11, 21, 6, 30, 0, 0, time.UTC), AskDrawn},
			{time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC), NotNow}, // Sunday
		} {
			c.set(tt.at)
			tend(t, s)
			if in, err := s.Invite(t.Context(), "cin"); err != nil || in.Why != tt.want || in.Ask != (tt.want == AskDrawn) {
				t.Errorf("%s: %+v, %v; want %s", tt.at, in, err, tt.want)
			}
		}
		c.set(noon)
		for service, said := range map[string]string{"passport": w.ID, "cin": "made-up"} {
			f := form(service, 5)
			f.Wave = said
			accept(t, s, f, 1)
		}
		if got := only(t, s, "cin"); got.Answers != 0 {
			t.Errorf("an answer that said so is in the wave: %+v", got.WaveCount)
		}
		if _, err := s.Invite(t.Context(), "nowhere"); !errors.Is(err, fault.NotFound) {
			t.Errorf("an unknown service: %v", err)
		}
	})
}

func TestPlanningAndEndingWaves(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c, _ := waving(t, db, "cin")
		plan := survey.WavePlan{Start: noon, Days: 10, Margin: 4}
		for role, may := range map[identity.Role]bool{
			identity.Officer: false, identity.Supervisor: false, identity.MCD: true, identity.ServiceOwner: true,
			identity.Committee: false, identity.Admin: true, identity.Agent: false,
		} {
			by := identity.Actor{Account: "r", Role: role, Institution: "interior", Institutions: []string{"interior"}}
			plan.Start = plan.Start.AddDate(0, 0, 20)
			_, err := s.PlanWave(t.Context(), by, "cin", &plan)
			if (err == nil) != may || err != nil && !turnedAway(err) {
				t.Errorf("%s: %v", role, err)
			}
		}
		if _, err := s.PlanWave(t.Context(), stranger, "cin", &plan); !turnedAway(err) {
			t.Errorf("a stranger: %v", err)
		}
		if _, err := s.Waves(t.Context(), stranger, "cin"); !turnedAway(err) {
			t.Errorf("a stranger reads: %v", err)
		}
		w := wave(t, s, c, "cin", survey.WavePlan{Days: 10})
		_, err := s.PlanWave(t.Context(), owner, "cin", &survey.WavePlan{Start: noon.AddDate(0, 0, 9), Days: 5, Margin: 4})
		if kind, _ := fault.KindOf(err); kind != fault.Conflict {
			t.Errorf("two at once: %v", err)
		}
		if err := s.EndWave(t.Context(), owner, "cin", w.ID, " ", w.Revision); fmt.Sprint(err) != "survey.wave.reason (reason)" {
			t.Errorf("without a reason: %v", err)
		}
		if err := s.EndWave(t.Context(), owner, "cin", w.ID, "élections", 7); !errors.Is(err, fault.Stale) {
			t.Errorf("stale: %v", err)
		}
		if err := s.EndWave(t.Context(), stranger, "cin", w.ID, "élections", w.Revision); !turnedAway(err) {
			t.Errorf("a stranger ends: %v", err)
		}
		if err := s.EndWave(t.Context(), owner, "cin", w.ID, "élections", w.Revision); err != nil {
			t.Fatal(err)
		}
		if err := s.EndWave(t.Context(), owner, "cin", w.ID, "encore", 0); !errors.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
	})
}
