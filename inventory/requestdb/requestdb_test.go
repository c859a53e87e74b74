package requestdb

import (
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
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

func TestDrift(t *testing.T) {
	databasetest.Drift(t, &request.Request{}, &request.Event{}, &request.Person{}, &request.Rule{}, &link{}, &pending{}, &support{}, &salt{})
}

func TestAMessageIsFollowedWithoutAnAccount(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref, secret := h.ask("Accidents de la route par gouvernorat", "", "moi@exemple.tn")
		if ref != "DQ-2026-0001" {
			t.Errorf("ref %s", ref)
		}
		own, err := h.store.ByToken(t.Context(), secret)
		h.ok(err)
		if own.Request.Ref != ref || own.Person.Email != "moi@exemple.tn" || len(own.Events) != 1 {
			t.Errorf("own %+v", own)
		}
		if _, err := h.store.ByToken(t.Context(), secret[:51]+"A"); fmt.Sprint(err) != "request.link.unknown" {
			t.Errorf("an altered link: %v", err)
		}
		if _, _, err := h.store.Shown(t.Context(), ref); err == nil {
			t.Error("everybody sees what nobody has read yet")
		}
		h.publish(ref, "marhp")
		h.act(officer, ref, func(r *request.Request, t Tools) error {
			return r.Reply(officer, lang.Text{"fr": "Voici."}, t.Calendar, t.Now)
		})
		if got := h.mails(); got != "moi@exemple.tn answered "+ref {
			t.Errorf("mailed %q", got)
		}
		h.ok(h.store.Erase(t.Context(), secret))
		h.ok(h.store.Erase(t.Context(), secret))
		own, err = h.store.ByToken(t.Context(), secret)
		h.ok(err)
		if own.Person.Email != "" || own.Person.ErasedAt == nil || own.Request.State != request.Answered {
			t.Errorf("after erasing: %+v", own.Person)
		}
		if h.audited() != 3 {
			t.Errorf("%d audit lines", h.audited())
		}
	})
}

// Neither the trail nor any table but the one of people knows an address.
func TestAddressesAreKeptApartAndNotForLong(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		waiting, _ := h.ask("Budget des communes", "marhp", "attend@exemple.tn")
		done, _ := h.ask("Accidents de la route", "marhp", "fini@exemple.tn")
		h.publish(waiting, "marhp")
		h.publish(done, "marhp")
		var lines []audit.Line
		h.ok(db.Where("subject = ?", "request").Find(&lines).Error)
		for _, l := range lines {
			if strings.Contains(string(l.Before)+string(l.After)+l.Reason, "exemple.tn") {
				t.Error("the audit trail holds an address")
			}
		}
		h.act(officer, done, func(r *request.Request, t Tools) error {
			return r.Reply(officer, lang.Text{"fr": "Voici."}, t.Calendar, t.Now)
		})
		for _, tt := range []struct {
			after time.Duration
			want  Tidied
		}{{request.Kept - time.Second, Tidied{}}, {request.Kept, Tidied{Closed: 1, Erased: 1}}, {request.Kept, Tidied{}}} {
			h.clock = start.Add(tt.after)
			got, err := h.store.Tidy(t.Context())
			h.ok(err)
			if got != tt.want {
				t.Errorf("after %v: %+v; want %+v", tt.after, got, tt.want)
			}
		}
		var left []string
		h.ok(db.Model(&request.Person{}).Where("email <> ''").Pluck("email", &left).Error)
		if len(left) != 1 || left[0] != "attend@exemple.tn" {
			t.Errorf("addresses left: %v", left)
		}
		if r := h.stored(done); r.State != request.Closed || r.Outcome != request.Answered {
			t.Errorf("%s, %s", r.State, r.Outcome)
		}
	})
}

func TestOneAddressCannotFloodAndLeavesNoTrace(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		send := func(n int, address string) error {
			_, _, err := h.store.Submit(t.Context(), request.Message{
				Kind: request.Data, Title: fmt.Sprintf("Demande numéro %d", n), Language: "fr",
			}, address)
			return err
		}
		for n := range messagesADay {
			h.ok(send(n, "2001:db8:1:2:3::1"))
		}
		h.refuses(send(100, "2001:db8:1:2:4::9"), fault.Throttled, "request.throttled") // the same customer
		h.ok(send(101, "2001:db8:1:3::1"))
		var marks []string
		h.ok(db.Table("request_tries").Pluck("mark", &marks).Error)
		for _, m := range marks {
			if strings.Contains(m, "2001:") || m == digest("message\x002001:db8:1:2::/64") {
				t.Error("an address can be found again")
			}
		}
		h.clock = start.AddDate(0, 0, 1)
		h.ok(send(102, "2001:db8:1:2:4::9"))
		var days []string
		h.ok(db.Table("request_salts").Pluck("day", &days).Error)
		if len(days) != 1 || days[0] != "2026-11-17" {
			t.Errorf("salts of %v are kept", days)
		}
	})
}

func TestWhatIsNotTakenIn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ask("Accidents de la route", "", "")
		submit := func(m request.Message) error {
			_, _, err := h.store.Submit(t.Context(), m, "192.0.2.1")
			return err
		}
		h.refuses(submit(request.Message{Kind: request.Data, Title: "accidents  de la ROUTE", Language: "ar"}), fault.Invalid, "request.twice")
		h.refuses(submit(request.Message{Kind: request.Data, Title: "Autre", Language: "fr", Institution: "mars"}), fault.Invalid, "request.institution.unknown")
		h.refuses(submit(request.Message{Kind: request.Error, Text: "Une ligne manque", Language: "fr", Dataset: "TN-X-1"}), fault.NotFound, "fault.not_found")
		draft := h.dataset("Céréales", "2027-01-31")
		h.refuses(submit(request.Message{Kind: request.Error, Text: "Une ligne manque", Language: "fr", Dataset: draft}), fault.NotFound, "fault.not_found")
		var n int64
		h.ok(db.Model(&request.Request{}).Count(&n).Error)
		if n != 1 || h.audited() != 1 {
			t.Errorf("%d messages, %d audit lines", n, h.audited())
		}
	})
}

func TestTheDeskIsConfined(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		mine, _ := h.ask("Production de dattes", "marhp", "")
		theirs, _ := h.ask("Lits d'hôpital", "ms", "")
		nobodys, _ := h.ask("Accidents de la route", "", "")
		for _, tt := range []struct {
			by   identity.Actor
			want string
		}{{officer, mine}, {stranger, theirs}, {operator, mine + " " + theirs + " " + nobodys}} {
			list, err := h.store.Desk(t.Context(), tt.by, Filter{})
			h.ok(err)
			var refs []string
			for _, r := range list.Items {
				refs = append(refs, r.Ref)
			}
			if got := strings.Join(refs, " "); got != tt.want {
				t.Errorf("%s sees %s; want %s", tt.by.Account, got, tt.want)
			}
			counts, err := h.store.Counts(t.Context(), tt.by)
			h.ok(err)
			if counts.All != len(refs) || counts.New != len(refs) {
				t.Errorf("%s counts %+v", tt.by.Account, counts)
			}
		}
		_, _, err := h.store.Get(t.Context(), officer, theirs)
		h.refuses(err, fault.NotFound, "fault.not_found")
		_, _, err = h.store.Get(t.Context(), officer, nobodys)
		h.refuses(err, fault.NotFound, "fault.not_found")
		_, _, err = h.store.Get(t.Context(), identity.Actor{}, mine)
		h.refuses(err, fault.Unauthenticated, "identity.sign_in_first")
		for _, role := range []identity.Role{identity.Committee, identity.ServiceOwner, identity.Agent} {
			by := identity.Actor{Account: "x", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
			if _, err := h.store.Desk(t.Context(), by, Filter{}); err == nil {
				t.Errorf("%s has a desk", role)
			}
			_, _, err := h.store.Get(t.Context(), by, mine)
			h.refuses(err, fault.NotFound, "fault.not_found")
		}
		_, err = h.store.Change(t.Context(), stranger, mine, "refuse", 0, func(r *request.Request, t Tools) error {
			return r.Refuse(stranger, request.Insult, t.Now)
		})
		h.refuses(err, fault.NotFound, "fault.not_found")
	})
}

func TestTwoReadersOfOneMessage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref, _ := h.ask("Production de dattes", "marhp", "")
		h.publish(ref, "marhp")
		_, err := h.store.Change(t.Context(), operator, ref, "assign", 1, func(r *request.Request, t Tools) error {
			return r.Assign(operator, "ms", t.Now)
		})
		h.refuses(err, fault.Stale, "request.stale")
		_, err = h.store.Change(t.Context(), operator, ref, "assign", 2, func(r *request.Request, t Tools) error {
			return r.Assign(operator, "mars", t.Now)
		})
		h.refuses(err, fault.Invalid, "request.institution.unknown")
		if r := h.stored(ref); r.Institution != "marhp" || r.Revision != 2 {
			t.Errorf("%s, revision %d", r.Institution, r.Revision)
		}
	})
}

func TestOpeningAnswersWhoAsked(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		dataset := h.dataset("Production de céréales", "2027-01-31")
		ref, _ := h.ask("Production de céréales par an", "marhp", "moi@exemple.tn")
		h.publish(ref, "marhp")
		_, err := h.store.Support(t.Context(), ref, Supporter{Cookie: "a", Address: "192.0.2.7", Email: "aussi@exemple.tn", Consent: true, Language: "ar"})
		h.ok(err)
		h.plan(ref, dataset)
		h.mails()
		follow := func(want int) {
			t.Helper()
			n, err := h.store.Follow(t.Context())
			h.ok(err)
			if n != want {
				t.Errorf("Follow changed %d; want %d", n, want)
			}
		}
		follow(0)
		h.clock = start.AddDate(0, 2, 0)
		h.opens(dataset)
		follow(1)
		follow(0)
		if got := h.mails(); got != "moi@exemple.tn opened "+ref+", aussi@exemple.tn opened "+ref {
			t.Errorf("mailed %q", got)
		}
		r := h.stored(ref)
		if r.State != request.Opened || *r.TookDays != 0 || !r.InTime() {
			t.Errorf("%s after %v days", r.State, r.TookDays)
		}
	})
}

func TestMovedPromisesAreToldOnceADay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		one, two := h.dataset("Production de céréales", "2027-01-31"), h.dataset("Effectifs du cheptel", "2027-02-28")
		var refs []string
		for n, dataset := range []string{one, two} {
			ref, _ := h.ask([]string{"Céréales par an", "Cheptel par délégation"}[n], "marhp", "moi@exemple.tn")
			h.publish(ref, "marhp")
			h.plan(ref, dataset)
			refs = append(refs, ref)
		}
		h.mails()
		move := func(ref string, day inventory.Date) {
			h.change(officer, ref, func(d *inventory.Dataset, v *inventory.Vocabulary) error {
				c := d.Content
				c.TargetDate = day
				return d.Edit(officer, c, v, h.clock)
			})
			_, err := h.store.Follow(t.Context())
			h.ok(err)
		}
		move(one, "2027-03-31")
		move(one, "2027-04-30")
		h.change(officer, two, func(d *inventory.Dataset, _ *inventory.Vocabulary) error {
			return d.Withdraw(officer, "Double", "", h.clock)
		})
		_, err := h.store.Follow(t.Context())
		h.ok(err)
		if got := h.mails(); got != "" {
			t.Errorf("mailed at once: %q", got)
		}
		for _, want := range []string{"moi@exemple.tn digest of 2", ""} {
			_, err := h.store.SendDigests(t.Context())
			h.ok(err)
			if got := h.mails(); got != want {
				t.Errorf("mailed %q; want %q", got, want)
			}
		}
		if r := h.stored(refs[0]); r.PlannedFor != "2027-04-30" || r.State != request.Planned {
			t.Errorf("%s for %s", r.State, r.PlannedFor)
		}
		if r := h.stored(refs[1]); r.State != request.Assigned || r.Dataset != "" || r.AnsweredAt != nil {
			t.Errorf("the void promise: %s, %q", r.State, r.Dataset)
		}
	})
}

func TestAskedTwiceIsProposed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		first, _ := h.ask("Qualité de l'eau de baignade par plage", "marhp", "un@exemple.tn")
		h.publish(first, "marhp")
		second, _ := h.ask("qualite eau des plages (baignade)", "", "deux@exemple.tn")
		h.ask("Horaires des bus de Sfax", "", "")
		likes, err := h.store.Alike(t.Context(), second, h.stored(second).Words)
		h.ok(err)
		if len(likes) != 1 || likes[0].Request.Ref != first {
			t.Fatalf("alike: %v", likes)
		}
		_, err = h.store.Propose(t.Context(), operator, first, 0)
		h.refuses(err, fault.Conflict, "request.propose.state")
		_, err = h.store.Merge(t.Context(), operator, second, "DQ-2026-0099", 0)
		h.refuses(err, fault.Invalid, "request.merge.unknown")
		_, err = h.store.Merge(t.Context(), operator, second, first, 0)
		h.ok(err)
		if got := h.mails(); got != "deux@exemple.tn merged "+second {
			t.Errorf("mailed %q", got)
		}
		r, err := h.store.Propose(t.Context(), operator, first, 0)
		h.ok(err)
		d, err := h.register.Get(t.Context(), officer, r.Dataset)
		h.ok(err)
		if d.State != inventory.Draft || d.Content.Openness != inventory.Openable || d.Institution != "marhp" {
			t.Errorf("inventoried as %s, %s, at %s", d.State, d.Content.Openness, d.Institution)
		}
		if n, err := h.store.Demand(t.Context(), r.Dataset); err != nil || n != 2 {
			t.Errorf("demand %d, %v", n, err)
		}
		h.act(officer, first, func(r *request.Request, t Tools) error {
			return r.Reply(officer, lang.Text{"fr": "Voici."}, t.Calendar, t.Now)
		})
		if got := h.mails(); got != "un@exemple.tn answered "+first+", deux@exemple.tn answered "+first {
			t.Errorf("mailed %q: who was merged waits as well", got)
		}
	})
}

func TestAProposalIsMadeWholeOrNotAtAll(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref, _ := h.ask("Qualité de l'eau", "marhp", "")
		h.publish(ref, "marhp")
		_, err := h.store.Support(t.Context(), ref, Supporter{Cookie: "a", Address: "192.0.2.7"})
		h.ok(err)
		_, err = h.store.Propose(t.Context(), operator, ref, 99)
		h.refuses(err, fault.Stale, "request.stale")
		_, err = h.store.Propose(t.Context(), officer, ref, 0)
		h.refuses(err, fault.Forbidden, "identity.forbidden")
		var n int64
		h.ok(db.Model(&inventory.Dataset{}).Count(&n).Error)
		if n != 0 {
			t.Errorf("%d datasets were left behind", n)
		}
	})
}

func TestMeToo(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref, _ := h.ask("Qualité de l'eau", "marhp", "")
		join := func(cookie, address string) error {
			_, err := h.store.Support(t.Context(), ref, Supporter{Cookie: cookie, Address: address})
			return err
		}
		h.refuses(join("a", "192.0.2.1"), fault.NotFound, "fault.not_found")
		h.publish(ref, "marhp")
		h.ok(join("a", "192.0.2.1"))
		h.refuses(join("a", "192.0.2.2"), fault.Conflict, "request.support.twice")
		for n := range supportsOfOne - 1 {
			h.ok(join(fmt.Sprint("b", n), "192.0.2.1"))
		}
		h.refuses(join("c", "192.0.2.1"), fault.Throttled, "request.throttled")
		if r := h.stored(ref); r.Supports != supportsOfOne {
			t.Errorf("%d supports", r.Supports)
		}
		_, err := h.store.Support(t.Context(), ref, Supporter{Cookie: "d", Address: "192.0.2.9", Email: "moi@exemple.tn"})
		h.refuses(err, fault.Invalid, "request.consent.required")
	})
}

func TestManyJoinAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref, _ := h.ask("Qualité de l'eau", "marhp", "")
		h.publish(ref, "marhp")
		const people = 20
		errs := make([]error, people)
		var all sync.WaitGroup
		for n := range people {
			all.Go(func() {
				_, errs[n] = h.store.Support(t.Context(), ref, Supporter{Cookie: fmt.Sprint(n), Address: fmt.Sprint("192.0.2.", n+1)})
			})
		}
		all.Wait()
		for _, err := range errs {
			h.ok(err)
		}
		if r := h.stored(ref); r.Supports != people {
			t.Errorf("%d of %d are counted", r.Supports, people)
		}
	})
}

func TestStandings(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		answer := func(title string, days int) {
			h.clock = start
			ref, _ := h.ask(title, "marhp", "")
			h.publish(ref, "marhp")
			h.clock = start.AddDate(0, 0, days)
			h.act(officer, ref, func(r *request.Request, t Tools) error {
				return r.Reply(officer, lang.Text{"fr": "Voici."}, t.Calendar, t.Now)
			})
		}
		answer("Production de dattes", 1)
		answer("Prix des légumes", 7)
		answer("Niveau des nappes", 60)
		h.clock = start
		h.ask("Lits d'hôpital", "ms", "")
		refused, _ := h.ask("Crédit facile", "ms", "")
		h.act(operator, refused, func(r *request.Request, t Tools) error { return r.Refuse(operator, request.Advertising, t.Now) })
		h.clock = start.AddDate(0, 3, 0)
		each, all, err := h.store.Standings(t.Context(), Period{})
		h.ok(err)
		if got, want := fmt.Sprint(figures(each...)), "[marhp 3/3 2 in time 0 overdue 5 days ms 0/1 0 in time 1 overdue 0 days]"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
		if got, want := figures(all)[0], " 3/4 2 in time 1 overdue 5 days"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
		for _, p := range []Period{{From: start.Add(time.Hour)}, {To: start}} {
			if _, all, err := h.store.Standings(t.Context(), p); err != nil || all.Received != 0 {
				t.Errorf("%+v of another period, %v", all, err)
			}
		}
		counts, err := h.store.StateCounts(t.Context())
		h.ok(err)
		if got := fmt.Sprint(counts); got != "[{marhp answered 3} {ms received 1} {ms refused 1}]" {
			t.Errorf("counts %s", got)
		}
	})
}

func figures(all ...Standing) []string {
	var out []string
	for _, s := range all {
		out = append(out, fmt.Sprintf("%s %d/%d %d in time %d overdue %d days", s.Institution, s.Answered, s.Received, s.InTime, s.Overdue, s.MedianDays))
	}
	return out
}

func TestRulesAreData(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ok(h.store.Seed(t.Context(), identity.System("seed"), []request.Rule{
			{Code: request.TermRequest, Kind: request.Term, Number: 3, Name: lang.Text{"fr": "Trois jours"}},
		}))
		ref, _ := h.ask("Production de dattes", "marhp", "")
		if due := h.stored(ref).DueAt.In(inventory.Tunis()).Format("2006-01-02 15:04"); due != "2026-11-20 00:00" {
			t.Errorf("due %s", due)
		}
		if err := h.store.Seed(t.Context(), officer, []request.Rule{{Code: "x"}}); err == nil {
			t.Error("an officer changes the rules")
		}
	})
}

func TestLists(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for n := range 5 {
			h.clock = start.Add(time.Duration(n) * time.Hour)
			ref, _ := h.ask(fmt.Sprintf("Pluviométrie de la station %d", n+10), "marhp", "")
			if n < 4 {
				h.publish(ref, "marhp")
			}
		}
		for _, tt := range []struct {
			f     Filter
			total int
			first string
		}{
			{Filter{PerPage: 2}, 4, "DQ-2026-0004"},
			{Filter{PerPage: 2, Page: 2}, 4, "DQ-2026-0002"},
			{Filter{Q: "pluviometries"}, 4, "DQ-2026-0004"},
			{Filter{Q: "station 12"}, 1, "DQ-2026-0003"},
			{Filter{Q: "dq-2026-0002"}, 1, "DQ-2026-0002"},
			{Filter{Q: "100%_\\"}, 0, ""},
			{Filter{Group: GroupDone}, 0, ""},
			{Filter{Group: GroupOpen, Institution: "marhp"}, 4, "DQ-2026-0004"},
			{Filter{Feedback: true}, 0, ""},
			{Filter{State: request.Received}, 0, ""},
		} {
			list, err := h.store.Public(t.Context(), tt.f)
			h.ok(err)
			first := ""
			if len(list.Items) > 0 {
				first = list.Items[0].Ref
			}
			if list.Total != tt.total || first != tt.first {
				t.Errorf("%+v: %d, first %s; want %d, %s", tt.f, list.Total, first, tt.total, tt.first)
			}
		}
	})
}
