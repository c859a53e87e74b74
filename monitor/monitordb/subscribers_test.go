package monitordb

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// postbox collects what was told, and reads the links out of it.
type postbox struct{ told []monitor.Telling }

func (p *postbox) write(t monitor.Telling) monitor.Words {
	p.told = append(p.told, t)
	return monitor.Words{Subject: string(t.News), Text: "link " + t.Secret, Unsubscribe: "https://jard.example/" + t.Secret}
}

// news writes what was told since last time.
func (p *postbox) news() string {
	var words []string
	for _, t := range p.told {
		words = append(words, string(t.News)+" "+strings.TrimSuffix(t.Subscriber.Email, "@x.tn"))
	}
	p.told = nil
	return strings.Join(words, ", ")
}

func (s *street) subscribe(p *postbox, email string, scope monitor.Scope, target string) {
	s.Helper()
	s.ok(s.store.Subscribe(s.Context(), email, scope, target, lang.French, p.write))
	secret := p.told[len(p.told)-1].Secret
	if act, err := s.store.FollowLink(s.Context(), secret); err != nil || act != monitor.ConfirmLink {
		s.Fatalf("confirm: %s, %v", act, err)
	}
	p.told = nil
}

func (s *street) tell(p *postbox, want string) {
	s.Helper()
	n, err := s.store.TellSubscribers(s.Context(), p.write)
	s.ok(err)
	told := len(p.told)
	if got := p.news(); got != want || n != told {
		s.Errorf("told %q (%d); want %q", got, n, want)
	}
}

func TestSubscribersAreToldOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, p := newStreet(t, db, "a", "b"), &postbox{}
		s.subscribe(p, "all@x.tn", monitor.Everything, "")
		s.subscribe(p, "a@x.tn", monitor.OneService, "a")
		s.subscribe(p, "b@x.tn", monitor.OneService, "b")
		s.subscribe(p, "mi@x.tn", monitor.OneInstitution, "mi")
		s.clock.at = s.clock.at.Add(time.Minute)
		s.fail("41.1.1.1", "a")
		s.tell(p, "") // it may be over at once
		s.clock.at = s.clock.at.Add(6 * time.Minute)
		s.subscribe(p, "late@x.tn", monitor.Everything, "")
		s.tell(p, "opened all, opened a, opened mi")
		s.tell(p, "")
		s.heal("a")
		s.tell(p, "ended all, ended a, ended mi")
		text := lang.Text{"fr": "x"}
		_, err := s.store.WriteReview(t.Context(), mcd, 1, 0, monitor.Review{What: text, Cause: text, Done: text, Change: text}, true)
		s.ok(err)
		s.tell(p, "reviewed all, reviewed a, reviewed mi")
		s.tell(p, "")
		later := window(monitor.OneService, "b", 24*time.Hour, 25*time.Hour)
		_, err = s.store.Announce(t.Context(), mcd, later)
		s.ok(err)
		s.tell(p, "planned all, planned b, planned mi, planned late")
		s.tell(p, "")
		if n := count(t, db, "SELECT COUNT(*) FROM mail_outbox"); n != 5+3+3+3+4 {
			t.Errorf("%d letters in the outbox", n)
		}
	})
}

func TestNobodyIsFlooded(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, p := newStreet(t, db), &postbox{}
		var slugs []string
		for n := range monitor.MaxToldADay + 5 {
			slugs = append(slugs, fmt.Sprintf("s%d", n))
			s.add(slugs[n])
		}
		s.subscribe(p, "all@x.tn", monitor.Everything, "")
		s.clock.at = s.clock.at.Add(time.Second)
		for n, slug := range slugs {
			s.fail(fmt.Sprintf("41.%d.1.1", n), slug)
		}
		s.clock.at = s.clock.at.Add(10 * time.Minute)
		if n, err := s.store.TellSubscribers(t.Context(), p.write); err != nil || n != monitor.MaxToldADay {
			t.Errorf("%d mails on one day, %v; want %d", n, err, monitor.MaxToldADay)
		}
		s.clock.at = s.clock.at.Add(24 * time.Hour)
		if n, err := s.store.TellSubscribers(t.Context(), p.write); err != nil || n != 5 {
			t.Errorf("%d the day after, %v; want the other 5", n, err)
		}
		p.told = nil
		for range 10 {
			s.ok(s.store.Subscribe(t.Context(), "victim@x.tn", monitor.Everything, "", lang.French, p.write))
			s.ok(s.store.Subscribe(t.Context(), "Victim@X.tn ", monitor.OneService, "s1", lang.French, p.write))
		}
		if len(p.told) != monitor.MaxAskedADay {
			t.Errorf("%d mails ask one address to confirm; want %d", len(p.told), monitor.MaxAskedADay)
		}
	})
}

func TestLinksWorkOnceAndAddressesGo(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, p := newStreet(t, db, "a"), &postbox{}
		ctx := t.Context()
		s.ok(s.store.Subscribe(ctx, "ali@x.tn", monitor.Everything, "", lang.Arabic, p.write))
		ask := p.told[0]
		if ask.News != monitor.NewsAsk || ask.Subscriber.Language != lang.Arabic {
			t.Fatalf("%+v", ask)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM incident_links WHERE hash = '"+ask.Secret+"'"); n != 0 {
			t.Error("the secret itself is stored")
		}
		gone := func(secret string) {
			t.Helper()
			if _, err := s.store.FollowLink(ctx, secret); !errors.Is(err, fault.Gone) {
				t.Errorf("link %.8s: %v", secret, err)
			}
			if _, _, err := s.store.ByLink(ctx, secret); !errors.Is(err, fault.Gone) {
				t.Errorf("its page: %v", err)
			}
		}
		for _, bad := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("é", 43), "' OR 1=1 --"} {
			gone(bad)
		}
		if who, act, err := s.store.ByLink(ctx, ask.Secret); err != nil || act != monitor.ConfirmLink || who.ConfirmedAt != nil {
			t.Errorf("looking does nothing: %+v, %s, %v", who, act, err)
		}
		_, err := s.store.FollowLink(ctx, ask.Secret)
		s.ok(err)
		gone(ask.Secret)
		p.told = nil
		s.ok(s.store.Subscribe(ctx, "ali@x.tn", monitor.Everything, "", lang.French, p.write))
		if p.told[0].News != monitor.NewsAlready {
			t.Errorf("asked again: %s", p.told[0].News)
		}
		act, err := s.store.FollowLink(ctx, p.told[0].Secret)
		if err != nil || act != monitor.StopLink {
			t.Errorf("%s, %v", act, err)
		}
		gone(p.told[0].Secret)
		if n := count(t, db, "SELECT COUNT(*) FROM incident_subscribers"); n != 0 {
			t.Errorf("%d addresses stay", n)
		}
		s.ok(s.store.Subscribe(ctx, "never@x.tn", monitor.Everything, "", lang.French, p.write))
		s.subscribe(p, "old@x.tn", monitor.Everything, "")
		s.clock.at = s.clock.at.Add(monitor.ConfirmFor + time.Hour)
		if n, err := s.store.ForgetSubscribers(ctx); err != nil || n != 1 {
			t.Errorf("%d unconfirmed addresses went, %v", n, err)
		}
		s.clock.at = s.clock.at.Add(monitor.KeptFor)
		if n, err := s.store.ForgetSubscribers(ctx); err != nil || n != 1 {
			t.Errorf("%d old addresses went, %v", n, err)
		}
		for _, c := range []struct {
			scope  monitor.Scope
			target string
		}{{monitor.OneService, "zzz"}, {monitor.OneInstitution, "mf"}} {
			if err := s.store.Subscribe(ctx, "ali@x.tn", c.scope, c.target, lang.French, p.write); !errors.Is(err, fault.Invalid) {
				t.Errorf("%s %s: %v", c.scope, c.target, err)
			}
		}
	})
}
