package mandatedb

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestEveryFieldHasItsColumn(t *testing.T) {
	databasetest.Drift(t, &mandate.Designation{}, &mandate.Term{}, &mandate.Member{}, &mandate.Advice{},
		&naming.Rule{}, &naming.Exception{}, &naming.Nomenclature{})
}

var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

func actor(account string, role identity.Role, institution string) identity.Actor {
	a := identity.Actor{Account: account, Role: role, Institution: institution}
	if institution != "" {
		a.Institutions = []string{institution}
	}
	return a
}

var (
	leila    = actor("leila", identity.Officer, "marhp")
	anis     = actor("anis", identity.Officer, "marhp")
	stranger = actor("stranger", identity.Officer, "ms")
	head     = actor("head", identity.Supervisor, "marhp")
	operator = actor("operator", identity.MCD, "")
	member   = actor("member", identity.Committee, "")
	admin    = actor("admin", identity.Admin, "")
)

// bench is a store with the pilot's data and a clock that a test moves.
type bench struct {
	*testing.T
	*Store
	db  *gorm.DB
	now time.Time
}

func open(t *testing.T, db *gorm.DB) *bench {
	t.Helper()
	b := &bench{T: t, db: db, now: start}
	b.Store = New(db, func() time.Time { return b.now })
	list, err := sheet.ReadInstitutions(pilot.Files)
	b.ok(err)
	for n := range list {
		list[n].CreatedAt, list[n].UpdatedAt = start, start
	}
	b.ok(db.CreateInBatches(&list, 50).Error)
	for _, a := range []identity.Actor{leila, anis, stranger, head, operator} {
		account := identity.Account{
			ID: a.Account, Email: a.Account + "@example.tn", Name: a.Account, Role: a.Role, Language: lang.French, CreatedAt: start, UpdatedAt: start,
		}
		if a.Institution != "" {
			account.Institution = &a.Institution
		}
		b.ok(db.Create(&account).Error)
	}
	r, err := ReadReference(pilot.Files)
	b.ok(err)
	b.ok(b.Seed(t.Context(), identity.System("seed"), r))
	return b
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) refused(err error, want string) {
	b.Helper()
	got := ""
	for _, f := range fault.All(err) {
		got += fmt.Sprintf("%s %s %s;", f.Kind, f.Field, f.Key)
	}
	if got != want {
		b.Errorf("refused with %q (%v); want %q", got, err, want)
	}
}

func proposal(account string) mandate.Proposal {
	return mandate.Proposal{
		Account: account, Function: "Direction de l'informatique", Mailbox: "opendata@agriculture.tn", ActRef: "n° 2026-14",
		ActDay: "2026-11-10", StartsOn: "2026-11-16",
	}
}

func (b *bench) standing() mandate.Standing {
	b.Helper()
	all, err := b.Standings(b.Context(), operator)
	b.ok(err)
	at := slices.IndexFunc(all, func(s mandate.Standing) bool { return s.Institution == "marhp" })
	return all[at]
}

func TestAHandOverFromProposalToHistory(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		b := open(t, db)
		ctx := t.Context()
		if got := b.standing().State; got != mandate.Vacant {
			t.Fatalf("at first: %s", got)
		}
		first, err := b.Propose(ctx, head, "marhp", proposal("leila"), "k1")
		b.ok(err)
		again, err := b.Propose(ctx, head, "marhp", proposal("leila"), "k1")
		b.ok(err)
		if again.ID != first.ID {
			t.Error("the same request made a second designation")
		}
		_, err = b.Propose(ctx, head, "marhp", proposal("anis"), "")
		b.refused(err, "conflict  mandate.proposal.exists;")
		if got := b.standing().State; got != mandate.Awaiting {
			t.Errorf("proposed: %s", got)
		}
		_, err = b.Accept(ctx, anis, first.ID)
		b.refused(err, "forbidden  mandate.accept.other;")
		_, err = b.Accept(ctx, stranger, first.ID)
		b.refused(err, "not_found  fault.not_found;")
		_, err = b.Accept(ctx, leila, first.ID)
		b.ok(err)
		if got := b.standing().State; got != mandate.Held {
			t.Errorf("accepted: %s", got)
		}

		b.now = b.now.AddDate(0, 2, 0)
		second, err := b.Propose(ctx, leila, "marhp", proposal("anis"), "") // the leaving officer names who follows
		b.ok(err)
		_, err = b.Confirm(ctx, operator, second.ID)
		b.refused(err, "conflict  mandate.confirm.handover;")
		_, err = b.Accept(ctx, anis, second.ID)
		b.ok(err)
		d, err := b.Dossier(ctx, head, "marhp")
		b.ok(err)
		for at, want := range map[time.Time]string{start: "leila", start.AddDate(0, 1, 0): "leila", b.now: "anis", start.AddDate(-1, 0, 0): ""} {
			if got, _ := mandate.InCharge(d.All, at); got.Account != want {
				t.Errorf("on %s %q was in charge; want %q", at.Format(time.DateOnly), got.Account, want)
			}
		}
		b.ok(db.Model(&identity.Account{}).Where("id = ?", "anis").Update("disabled_at", b.now).Error)
		if got := b.standing().State; got != mandate.Closed {
			t.Errorf("with a closed account: %s", got)
		}
		_, err = b.End(ctx, head, second.ID, inventory.DateOf(b.now, inventory.Tunis()), "Départ")
		b.ok(err)
		b.now = b.now.Add(time.Hour)
		if got := b.standing().State; got != mandate.Lapsed {
			t.Errorf("ended: %s", got)
		}
		_, ok, err := b.Public(ctx, "onagri")
		if err != nil || ok {
			t.Errorf("Public of a body under a ministry without officer = %v, %v", ok, err)
		}
		var lines int64
		b.ok(db.Table("audit_lines").Where("subject = ?", "designation").Count(&lines).Error)
		if lines != 6 {
			t.Errorf("%d audit lines; want 6", lines)
		}
	})
}

func TestOnlyTheDesignatedSubmitWhenTheRuleSaysSo(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		b := open(t, db)
		ctx := t.Context()
		v, err := sheet.ReadVocabulary(pilot.Files)
		b.ok(err)
		register := inventorydb.New(db, func() time.Time { return b.now })
		b.ok(register.Seed(ctx, identity.System("seed"), v))
		submit := func(by identity.Actor) error {
			d, err := register.Create(ctx, by, "marhp", content())
			b.ok(err)
			vocabulary, err := register.Vocabulary(ctx)
			b.ok(err)
			_, err = register.Change(ctx, by, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error {
				return d.Submit(by, vocabulary, b.now)
			})
			return err
		}
		b.ok(submit(anis)) // by default the rule warns only
		for n := range v.Rules {
			if v.Rules[n].Code == mandate.RuleCode {
				v.Rules[n].Effect = inventory.Refuse
			}
		}
		b.ok(register.Seed(ctx, identity.System("seed"), v))
		b.refused(submit(leila), "conflict  mandate.submit.nobody;")
		p := proposal("leila")
		p.Deputy = "anis"
		d, err := b.Propose(ctx, operator, "marhp", p, "")
		b.ok(err)
		_, err = b.Confirm(ctx, operator, d.ID)
		b.ok(err)
		b.ok(submit(leila))
		b.refused(submit(anis), "conflict  mandate.submit.other;")
		b.refused(submit(head), "conflict  mandate.submit.other;")
		_, err = b.Absent(ctx, leila, d.ID, "2026-11-16", "2026-11-20")
		b.ok(err)
		b.ok(submit(anis))
	})
}

func content() inventory.Content {
	return inventory.Content{
		Title: lang.Text{"fr": "Production de céréales", "ar": "إنتاج الحبوب حسب الولاية"},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales"}, "ar": {"حبوب"}}, Theme: "agriculture", Frequency: "monthly", Licence: "LNDPO-TN",
		Openness: inventory.Open, ContactName: "Bureau", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{URL: "https://www.agriculture.tn/c.csv", Format: "csv", MediaType: "text/csv"}},
	}
}

func TestTheCommitteeAdvisesAndTheOperatorAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		b := open(t, db)
		ctx := t.Context()
		m, err := b.Appoint(ctx, operator, mandate.Member{
			Name: "H. M.", Quality: mandate.CivilSociety, Organisation: "Association", ActRef: "arrêté", ActDay: "2024-01-10", StartsOn: "2024-01-15",
		}, "")
		b.ok(err)
		if m.EndsOn != "2027-01-14" {
			t.Errorf("a term of three years from %s ends on %s", m.StartsOn, m.EndsOn)
		}
		_, err = b.Renew(ctx, operator, m.ID, "arrêté 2", "2026-11-10", "", "")
		b.ok(err)
		_, err = b.Renew(ctx, operator, m.ID, "arrêté 3", "2026-11-10", "", "")
		b.refused(err, "conflict  mandate.member.renewed;")
		_, err = b.Members(ctx, leila)
		b.refused(err, "forbidden  identity.forbidden;")

		w := mandate.Wording{Subject: lang.Text{"fr": "Titres"}, Text: lang.Text{"fr": "Écrire les titres en minuscules."}, Addressee: mandate.ToOperator}
		a, err := b.Write(ctx, member, "", w, "k")
		b.ok(err)
		if _, err := b.Advice(ctx, leila, a.ID); err == nil {
			t.Error("an officer reads the committee's draft")
		}
		w.Addressee, w.Target = mandate.ToInstitution, "nowhere"
		_, err = b.Write(ctx, member, a.ID, w, "")
		b.refused(err, "invalid target mandate.advice.target;")
		a, err = b.Adopt(ctx, member, a.ID, "2026-11-16")
		b.ok(err)
		if a.Number != "2026-001" {
			t.Errorf("number %s", a.Number)
		}
		_, err = b.Reply(ctx, member, a.ID, mandate.Accepted, nil)
		b.refused(err, "forbidden  identity.forbidden;")
		_, err = b.Reply(ctx, operator, a.ID, mandate.Partly, nil)
		b.refused(err, "invalid answer.fr fault.required;")
		_, err = b.Reply(ctx, operator, a.ID, mandate.Partly, lang.Text{"fr": "Dès l'an prochain."})
		b.ok(err)
		all, err := b.Advices(ctx, identity.Actor{})
		if err != nil || len(all) != 1 || all[0].State != mandate.Answered {
			t.Errorf("the public reads %+v, %v", all, err)
		}

		amend := naming.Amendment{Params: "eau = eaux", Name: text("n"), Text: text("t"), Active: true, AdoptedOn: "2026-11-16", Advice: "2026-009"}
		_, err = b.Amend(ctx, operator, "keyword.synonym", 1, amend)
		b.refused(err, "invalid advice naming.rule.advice;")
		amend.Advice = a.Number
		_, err = b.Amend(ctx, operator, "keyword.synonym", 1, amend)
		b.ok(err)
		_, err = b.Amend(ctx, operator, "keyword.synonym", 1, amend)
		b.refused(err, "stale  naming.rule.stale;")
		rules, err := b.Rules(ctx)
		b.ok(err)
		versions := 0
		for _, r := range rules {
			if r.Code == "keyword.synonym" {
				versions++
			}
		}
		r, err := ReadReference(pilot.Files)
		b.ok(err)
		b.ok(b.Seed(ctx, admin, r))
		if versions != 2 {
			t.Errorf("%d versions; want both", versions)
		}
	})
}

func text(s string) lang.Text { return lang.Text{"fr": s, "ar": s, "en": s} }

func TestWhoMayKeepMandates(t *testing.T) {
	b := open(t, databasetest.Open(t))
	for _, tt := range []struct {
		by                       identity.Actor
		propose, appoint, advise bool
	}{
		{identity.Actor{}, false, false, false},
		{leila, false, false, false},
		{stranger, false, false, false},
		{head, true, false, false},
		{operator, true, true, false},
		{actor("so", identity.ServiceOwner, "marhp"), false, false, false},
		{member, false, false, true},
		{admin, true, true, false},
		{actor("probe", identity.Agent, ""), false, false, false},
	} {
		allowed := func(err error) bool {
			kind, _ := fault.KindOf(err)
			return kind != fault.Forbidden && kind != fault.NotFound && kind != fault.Unauthenticated
		}
		_, err := b.Propose(context.Background(), tt.by, "marhp", mandate.Proposal{}, "")
		if allowed(err) != tt.propose {
			t.Errorf("%s proposes: %v", tt.by.Role, err)
		}
		_, err = b.Appoint(context.Background(), tt.by, mandate.Member{}, "")
		if allowed(err) != tt.appoint {
			t.Errorf("%s appoints: %v", tt.by.Role, err)
		}
		_, err = b.Amend(context.Background(), tt.by, "title.end", 0, naming.Amendment{})
		if allowed(err) != tt.appoint {
			t.Errorf("%s amends: %v", tt.by.Role, err)
		}
		_, err = b.Write(context.Background(), tt.by, "", mandate.Wording{}, "")
		if allowed(err) != tt.advise {
			t.Errorf("%s advises: %v", tt.by.Role, err)
		}
	}
}
