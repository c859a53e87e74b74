package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/twin"
	"github.com/jard-odi/jard/lang"
)

// own is a content with a title and a file that no other has.
func own(title string) inventory.Content {
	c := complete(title)
	c.Title = lang.Text{"fr": title, "ar": "سجل " + title}
	c.Distributions[0].URL = "https://www.agriculture.tn/" + inventory.Slug(title) + ".csv"
	return c
}

func (c *clock) on() { c.t = c.t.Add(time.Second) }

// opened creates, submits and approves a dataset with this content for an officer.
func opened(t *testing.T, s *Store, by identity.Actor, body string, c inventory.Content) *inventory.Dataset {
	t.Helper()
	ctx := context.Background()
	v, err := s.Vocabulary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Create(ctx, by, body, c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Change(ctx, by, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error { return d.Submit(by, v, s.now()) })
	if err != nil {
		t.Fatal(err)
	}
	if d, err = approve(s, d.Ref); err != nil {
		t.Fatal(err)
	}
	return d
}

func likes(t *testing.T, s *Store, by identity.Actor, d *inventory.Dataset) (refs []string) {
	t.Helper()
	found, err := s.LooksLike(context.Background(), by, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range found {
		refs = append(refs, l.Ref)
	}
	return refs
}

func pairsOf(t *testing.T, s *Store, by identity.Actor, f TwinFilter) (refs []string) {
	t.Helper()
	f.Limit = 50
	found, total, err := s.Twins(context.Background(), by, f)
	if err != nil {
		t.Fatal(err)
	}
	if total != len(found) {
		t.Errorf("%d pairs of %d", len(found), total)
	}
	for _, p := range found {
		pair := []string{p.A.Ref, p.B.Ref}
		slices.Sort(pair)
		refs = append(refs, strings.Join(pair, "="))
	}
	return refs
}

func TestTwinsAreFoundAndFollowTheRegister(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a := opened(t, s, officer, "marhp", own("Production de blé dur"))
		c.on()
		b, err := s.Create(t.Context(), officer, "marhp", own("Production du blé dur"))
		if err != nil {
			t.Fatal(err)
		}
		if got := likes(t, s, officer, b); !slices.Equal(got, []string{a.Ref}) {
			t.Fatalf("a draft looks like %v", got)
		}
		want := []string{a.Ref + "=" + b.Ref}
		for name, by := range map[string]identity.Actor{"officer": officer, "operator": reviewer} {
			if got := pairsOf(t, s, by, TwinFilter{}); !slices.Equal(got, want) {
				t.Errorf("%s is shown %v", name, got)
			}
		}
		if got := pairsOf(t, s, stranger, TwinFilter{}); len(got) > 0 {
			t.Errorf("a stranger is shown %v", got)
		}
		c.on()
		other := New(db, c.now) // another process, which has looked at everything
		if got := pairsOf(t, other, reviewer, TwinFilter{Institution: "marhp"}); !slices.Equal(got, want) {
			t.Errorf("another process is shown %v", got)
		}
		if _, err := edit(s, b.Ref, 0, func(x *inventory.Content) { x.Title = lang.Text{"fr": "Production de blé dur 2024"} }); err != nil {
			t.Fatal(err)
		}
		for name, store := range map[string]*Store{"this": s, "another": other} {
			if got := pairsOf(t, store, reviewer, TwinFilter{}); len(got) > 0 {
				t.Errorf("%s process still shows %v, of which one is now an edition", name, got)
			}
		}
	})
}

func TestTwinsTellNobodyOfForeignDrafts(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		mine := opened(t, s, officer, "marhp", own("Analyses de l'eau des barrages"))
		c.on()
		theirs, err := s.Create(t.Context(), stranger, "ms", own("Analyses de l'eau des barrages"))
		if err != nil {
			t.Fatal(err)
		}
		if got := likes(t, s, officer, mine); len(got) > 0 {
			t.Errorf("the officer learns of a foreign draft: %v", got)
		}
		if got := pairsOf(t, s, officer, TwinFilter{}); len(got) > 0 {
			t.Errorf("the officer is listed a foreign draft: %v", got)
		}
		if got := likes(t, s, stranger, theirs); !slices.Equal(got, []string{mine.Ref}) {
			t.Errorf("what is public is not found: %v", got)
		}
		if got := pairsOf(t, s, stranger, TwinFilter{}); len(got) != 1 {
			t.Errorf("the other officer is listed %v", got)
		}
		if got := pairsOf(t, s, reviewer, TwinFilter{}); len(got) != 1 {
			t.Errorf("the operator is listed %v", got)
		}
		_, err = s.JudgeTwins(t.Context(), stranger, twin.Asked{A: theirs.Ref, B: mine.Ref, Verdict: twin.Different})
		if got := fmt.Sprint(faults(err)); got != "[invalid b twins.decide.unknown]" {
			t.Errorf("judging for another institution answers %s", got)
		}
		_, err = s.JudgeTwins(t.Context(), officer, twin.Asked{A: mine.Ref, B: theirs.Ref, Verdict: twin.Different})
		if got := fmt.Sprint(faults(err)); got != "[invalid b twins.decide.unknown]" {
			t.Errorf("a draft and what is not there answer %s", got)
		}
		for name, by := range map[string]identity.Actor{"committee": committee, "nobody": nobody, "owner": {Account: "o", Role: identity.ServiceOwner, Institution: "marhp", Institutions: []string{"marhp"}}} {
			if _, _, err := s.Twins(t.Context(), by, TwinFilter{Limit: 5}); err == nil {
				t.Errorf("%s is shown the list", name)
			}
			if _, err := s.JudgeTwins(t.Context(), by, twin.Asked{A: mine.Ref, B: theirs.Ref, Verdict: twin.Different}); err == nil {
				t.Errorf("%s decides", name)
			}
		}
		if _, _, err := s.Twins(t.Context(), officer, TwinFilter{Institution: "ms", Limit: 5}); kind(err) != fault.NotFound {
			t.Errorf("a foreign institution answers %v", err)
		}
	})
}

func TestADecisionIsRememberedAndTakenBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a := opened(t, s, officer, "marhp", own("Superficies irriguées"))
		b := opened(t, s, officer, "onagri", own("Superficie irriguée"))
		judge := func(v twin.Verdict, reason string) error {
			c.on()
			_, err := s.JudgeTwins(t.Context(), reviewer, twin.Asked{A: b.Ref, B: a.Ref, Verdict: v, Reason: reason})
			return err
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(judge(twin.Different, "deux périmètres"))
		if got := pairsOf(t, s, reviewer, TwinFilter{}); len(got) > 0 {
			t.Errorf("asked again: %v", got)
		}
		if got := likes(t, s, officer, a); len(got) > 0 {
			t.Errorf("hinted again: %v", got)
		}
		if got := pairsOf(t, s, officer, TwinFilter{Decided: true}); len(got) != 1 {
			t.Errorf("decided: %v", got)
		}
		if got := pairsOf(t, s, stranger, TwinFilter{Decided: true}); len(got) > 0 {
			t.Errorf("a stranger is shown decisions: %v", got)
		}
		must(judge(twin.Reopened, ""))
		if got := pairsOf(t, s, reviewer, TwinFilter{}); len(got) != 1 {
			t.Errorf("taken back, but %v waits", got)
		}
		lines, err := s.History(t.Context(), officer, a.Ref)
		must(err)
		n := 0
		for _, l := range lines {
			if l.Act == "dataset.twin" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d audit lines of two decisions", n)
		}
	})
}

func TestALinkIsSaidInTheCatalogueWhileBothArePublic(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a := opened(t, s, officer, "marhp", own("Prix de gros des légumes"))
		b, err := s.Create(t.Context(), officer, "onagri", own("Prix de gros du légume"))
		if err != nil {
			t.Fatal(err)
		}
		judge := func(v twin.Verdict) {
			t.Helper()
			c.on()
			if _, err := s.JudgeTwins(t.Context(), reviewer, twin.Asked{A: a.Ref, B: b.Ref, Verdict: v}); err != nil {
				t.Fatal(err)
			}
		}
		check := func(when string, ref string, want ...string) time.Time {
			t.Helper()
			p, err := s.Publication(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(p.SameAs, want) {
				t.Errorf("%s: %s is the same as %v; want %v", when, ref, p.SameAs, want)
			}
			return p.Modified
		}
		before := check("first", a.Ref)
		judge(twin.Linked)
		check("linked with a draft", a.Ref)
		c.on()
		if _, err := submit(s, b.Ref); err != nil {
			t.Fatal(err)
		}
		version, _ := s.CatalogueVersion(t.Context())
		if _, err := approve(s, b.Ref); err != nil {
			t.Fatal(err)
		}
		if after := check("both public", a.Ref, b.ID); !after.After(before) {
			t.Error("the entry changed and is not newer: harvesters skip it")
		}
		check("both public", b.Ref, a.ID)
		if now, _ := s.CatalogueVersion(t.Context()); now.Number == version.Number {
			t.Error("the catalogue does not hear of it")
		}
		judge(twin.Reopened)
		check("taken back", a.Ref)
		check("taken back", b.Ref)
		judge(twin.Linked)
		check("linked again", a.Ref, b.ID)
		c.on()
		if _, err := withdraw(s, b.Ref, a.Ref); err != nil {
			t.Fatal(err)
		}
		check("one withdrawn", a.Ref)
	})
}

func TestAReplacementWithdrawsOneInFavourOfTheOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a := opened(t, s, officer, "marhp", own("Forêts domaniales"))
		draft, err := s.Create(t.Context(), officer, "marhp", own("Forêt domaniale"))
		if err != nil {
			t.Fatal(err)
		}
		asked := twin.Asked{A: a.Ref, B: draft.Ref, Verdict: twin.Replaced, Keep: draft.Ref, Reason: "doublon"}
		_, err = s.JudgeTwins(t.Context(), reviewer, asked)
		if got := fmt.Sprint(faults(err)); got != "[invalid keep twins.decide.keep_public]" {
			t.Errorf("keeping what nobody knows answers %s", got)
		}
		if p, err := s.Publication(t.Context(), a.Ref); err != nil || !p.Live() {
			t.Fatalf("a refusal withdrew: %v", err)
		}
		asked.Keep = " " + a.Ref + " "
		c.on()
		if _, err := s.JudgeTwins(t.Context(), officer, asked); err != nil {
			t.Fatal(err)
		}
		gone, err := s.Get(t.Context(), officer, draft.Ref)
		if err != nil || gone.State != inventory.Withdrawn || gone.ReplacedBy != a.Ref || gone.Reason != "doublon" {
			t.Errorf("the other is %+v, %v", gone.State, err)
		}
		c.on()
		_, err = s.JudgeTwins(t.Context(), reviewer, twin.Asked{A: a.Ref, B: draft.Ref, Verdict: twin.Different})
		if got := fmt.Sprint(faults(err)); got != "[conflict  twins.decide.replaced]" {
			t.Errorf("judging again answers %s", got)
		}
	})
}

// TestTwoProcessesJudgeOnePair: both decide at once, and what stands is one of the two, said alike by both entries.
func TestTwoProcessesJudgeOnePair(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a := opened(t, s, officer, "marhp", own("Ressources halieutiques"))
		b := opened(t, s, officer, "marhp", own("Ressource halieutique"))
		c.on()
		errs := make(chan error)
		for n, v := range []twin.Verdict{twin.Linked, twin.Different, twin.Linked, twin.Different} {
			go func() {
				asked := twin.Asked{A: a.Ref, B: b.Ref, Verdict: v}
				if n%2 == 0 {
					asked.A, asked.B = b.Ref, a.Ref
				}
				_, err := New(db, c.now).JudgeTwins(context.Background(), reviewer, asked)
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Errorf("a decision failed: %v", err)
			}
		}
		p, err := s.Publication(t.Context(), a.Ref)
		if err != nil {
			t.Fatal(err)
		}
		q, err := s.Publication(t.Context(), b.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.SameAs) != len(q.SameAs) {
			t.Errorf("one says %v, the other %v", p.SameAs, q.SameAs)
		}
	})
}
