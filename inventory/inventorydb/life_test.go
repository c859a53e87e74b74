package inventorydb

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/migrations"
)

var head = identity.Actor{
	Account: "acc-head", Role: identity.Supervisor, Institution: "marhp", Institutions: []string{"marhp", "onagri"},
}

// act lets a rule decide, with the vocabulary.
func act(tb testing.TB, s *Store, by identity.Actor, ref, name string, rule func(*inventory.Dataset, *inventory.Vocabulary) error) (*inventory.Dataset, error) {
	tb.Helper()
	v, err := s.Vocabulary(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return s.Change(context.Background(), by, ref, "dataset."+name, 0, func(d *inventory.Dataset) error { return rule(d, v) })
}

func must[T any](tb testing.TB) func(T, error) T {
	tb.Helper()
	return func(x T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return x
	}
}

func asksFirstNow(tb testing.TB, db *gorm.DB, slug string, yes bool) {
	tb.Helper()
	if err := db.Exec("UPDATE institutions SET first_approval = ? WHERE slug = ?", yes, slug).Error; err != nil {
		tb.Fatal(err)
	}
}

func TestEveryStepIsKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := context.Background()
		s, c := setup(t, db)
		d := published(t, s, "Céréales")
		first := d.Content.Clean()
		c.t = c.t.Add(time.Hour)
		must[*inventory.Dataset](t)(edit(s, d.Ref, 0, func(c *inventory.Content) {
			c.Title["fr"], c.Keywords["fr"] = "Céréales et légumineuses", []string{"blé"}
		}))

		all := must[[]inventory.Revision](t)(s.Revisions(ctx, officer, d.Ref))
		var got []string
		for _, r := range all {
			got = append(got, fmt.Sprintf("%d %s %s %v", r.Revision, r.Act, r.State, r.Actor))
		}
		want := []string{
			"4 dataset.edit draft acc-officer", "3 dataset.approve approved acc-mcd",
			"2 dataset.submit submitted acc-officer", "1 dataset.create draft acc-officer",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("steps\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		var written int64
		db.Model(&inventory.Revision{}).Where("content IS NOT NULL").Count(&written)
		if written != 2 {
			t.Errorf("%d steps hold a content; want the two that changed it", written)
		}
		third := must[*inventory.Revision](t)(s.Revision(ctx, officer, d.Ref, 3))
		if !third.Content.Equal(first) || third.Hash != first.Hash() {
			t.Errorf("revision 3 says %v, hash %s", third.Content.Title, third.Hash)
		}
		fourth := must[*inventory.Revision](t)(s.Revision(ctx, officer, d.Ref, 4))
		if diff := third.Content.Differences(*fourth.Content); len(diff) != 2 || diff[0].Field != "title.fr" || diff[1].Field != "keywords.fr" {
			t.Errorf("differences %v", diff)
		}

		if _, err := s.BringBack(ctx, officer, d.Ref, 3, 1); kind(err) != fault.Stale {
			t.Errorf("brought back over what somebody else saved: %v", err)
		}
		back := must[*inventory.Dataset](t)(s.BringBack(ctx, officer, d.Ref, 4, 1))
		if back.Revision != 5 || back.State != inventory.Draft || !back.Content.Equal(first) || back.Content.Distributions[0].ID != first.Distributions[0].ID {
			t.Errorf("brought back: revision %d %s %v", back.Revision, back.State, back.Content.Title)
		}
		if old := must[*inventory.Revision](t)(s.Revision(ctx, officer, d.Ref, 4)); old.Content.Title["fr"] != "Céréales et légumineuses" {
			t.Error("bringing back rewrote the past")
		}
		if _, err := s.BringBack(ctx, officer, d.Ref, 5, 5); kind(err) != fault.Invalid {
			t.Errorf("brought back the present: %v", err)
		}
		if _, err := s.Revision(ctx, officer, d.Ref, 9); kind(err) != fault.NotFound {
			t.Errorf("a revision that is none: %v", err)
		}
		for name, err := range map[string]error{
			"list": errOf(s.Revisions(ctx, stranger, d.Ref)), "read": errOf(s.Revision(ctx, stranger, d.Ref, 1)),
			"bring back": errOf(s.BringBack(ctx, stranger, d.Ref, 5, 1)),
		} {
			if kind(err) != fault.NotFound {
				t.Errorf("a stranger may %s revisions: %v", name, err)
			}
		}
	})
}

// What was there before revisions were kept is their beginning.
func TestAnEarlierDatabaseGetsItsFirstRevisions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := context.Background()
		s, _ := setup(t, db)
		d := published(t, s, "Céréales")
		must[*inventory.Dataset](t)(edit(s, d.Ref, 0, func(c *inventory.Content) {
			c.Title["fr"], c.PersonalUnknown, c.Extra = `Un "autre" titre`, true, inventory.Extra{"holding": "papier"}
		}))
		plan := create(t, s, "À ouvrir")
		must[*inventory.Dataset](t)(edit(s, plan.Ref, 0, func(c *inventory.Content) { c.Openness, c.TargetDate = inventory.Openable, "2027-03-31" }))
		must[*inventory.Dataset](t)(submit(s, plan.Ref))
		must[*inventory.Dataset](t)(approve(s, plan.Ref))
		gone := published(t, s, "Retiré")
		must[*inventory.Dataset](t)(withdraw(s, gone.Ref, ""))

		for _, forget := range []string{
			"DELETE FROM revisions", "DELETE FROM commitments",
			"UPDATE datasets SET life = 'inventoried', first_committed = NULL, committed = NULL",
			"UPDATE publications SET life = 'inventoried', first_committed = NULL",
		} {
			if err := db.Exec(forget).Error; err != nil {
				t.Fatal(err)
			}
		}
		replayMigration(t, db)

		now := must[*inventory.Dataset](t)(s.Get(ctx, officer, d.Ref))
		r := must[*inventory.Revision](t)(s.Revision(ctx, officer, d.Ref, now.Revision))
		if !r.Content.Equal(now.Content) || r.Hash != now.Content.Hash() {
			t.Errorf("the present revision says %+v; want %+v", r.Content, now.Content)
		}
		public := must[*inventory.Publication](t)(s.Publication(ctx, d.Ref))
		if r := must[*inventory.Revision](t)(s.Revision(ctx, officer, d.Ref, 3)); !r.Content.Equal(public.Content) || r.Hash != public.Hash {
			t.Errorf("the public revision says %v", r.Content.Title)
		}
		for ref, want := range map[string]inventory.Life{d.Ref: inventory.Opened, plan.Ref: inventory.Planned, gone.Ref: inventory.LeftLife} {
			if got := must[*inventory.Dataset](t)(s.Get(ctx, officer, ref)); got.Life != want {
				t.Errorf("%s is %s; want %s", ref, got.Life, want)
			}
		}
		kept := must[[]inventory.Commitment](t)(s.Commitments(ctx, plan.ID))
		if len(kept) != 1 || kept[0].Day != "2027-03-31" {
			t.Errorf("commitments %v", kept)
		}
		back := must[*inventory.Dataset](t)(s.BringBack(ctx, officer, d.Ref, 0, 3))
		if back.Content.Title["fr"] != "Céréales" {
			t.Errorf("brought back %v", back.Content.Title)
		}
	})
}

// replayMigration runs the statements of the migration that move what was there.
func replayMigration(t *testing.T, db *gorm.DB) {
	t.Helper()
	files, err := migrations.Files(db.Name())
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(files, "0009_life.sql")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for statement := range strings.SplitSeq(string(text), ";\n") {
		at := strings.Index(statement, "UPDATE ")
		if insert := strings.Index(statement, "INSERT INTO "); insert >= 0 && (at < 0 || insert < at) {
			at = insert
		}
		if at < 0 {
			continue
		}
		if err := db.Exec(statement[at:]).Error; err != nil {
			t.Fatal(err)
		}
		ran++
	}
	if ran != 7 {
		t.Fatalf("%d statements ran; want 7", ran)
	}
}

func TestTheHeadsQueueAndTheOperators(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := context.Background()
		s, _ := setup(t, db)
		asksFirstNow(t, db, "marhp", true)
		d, other := create(t, s, "Un"), create(t, s, "Deux")
		must[*inventory.Dataset](t)(submit(s, d.Ref))
		asksFirstNow(t, db, "marhp", false)
		must[*inventory.Dataset](t)(submit(s, other.Ref))

		refs := func(all []inventory.Dataset, err error) string {
			if err != nil {
				t.Fatal(err)
			}
			var list []string
			for _, d := range all {
				list = append(list, d.Ref)
			}
			return strings.Join(list, " ")
		}
		if got := refs(s.EndorseQueue(ctx, head)); got != d.Ref {
			t.Errorf("the head sees %q; want what was submitted while the step was asked for", got)
		}
		if got := refs(s.ReviewQueue(ctx, reviewer)); got != other.Ref {
			t.Errorf("the operator sees %q", got)
		}
		if next, err := s.Next(ctx, reviewer, ""); err != nil || next != other.Ref {
			t.Errorf("next %q, %v", next, err)
		}
		if n, err := s.AwaitingHeads(ctx, reviewer); err != nil || n != 1 {
			t.Errorf("%d wait for heads, %v", n, err)
		}
		elsewhere := identity.Actor{Account: "x", Role: identity.Supervisor, Institution: "ms", Institutions: []string{"ms"}}
		if got := refs(s.EndorseQueue(ctx, elsewhere)); got != "" {
			t.Errorf("the head of another body sees %q", got)
		}
		for _, by := range []identity.Actor{officer, reviewer, committee, nobody} {
			if _, err := s.EndorseQueue(ctx, by); err == nil {
				t.Errorf("%s reads the heads' queue", by.Role)
			}
		}
		endorse := func(by identity.Actor) error {
			_, err := act(t, s, by, d.Ref, "endorse", func(d *inventory.Dataset, _ *inventory.Vocabulary) error { return d.Endorse(by, s.now()) })
			return err
		}
		if err := endorse(elsewhere); kind(err) != fault.NotFound {
			t.Errorf("another head endorses: %v", err)
		}
		if err := endorse(head); err != nil {
			t.Fatal(err)
		}
		if got := refs(s.ReviewQueue(ctx, reviewer)); got != d.Ref+" "+other.Ref {
			t.Errorf("after the endorsement the operator sees %q", got)
		}
		must[*inventory.Dataset](t)(approve(s, d.Ref))
	})
}

func TestCommentsAreKeptWithTheRevision(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := context.Background()
		s, c := setup(t, db)
		d := create(t, s, "Un")
		must[*inventory.Dataset](t)(submit(s, d.Ref))
		giveBack := func(comments map[string]string) *inventory.Dataset {
			return must[*inventory.Dataset](t)(act(t, s, reviewer, d.Ref, "return", func(d *inventory.Dataset, _ *inventory.Vocabulary) error {
				return d.ReturnWith(reviewer, "à revoir", comments, s.now())
			}))
		}
		d = giveBack(map[string]string{"title.fr": "trop court", "frequency": "laquelle ?"})
		said := must[[]inventory.ReviewComment](t)(s.Comments(ctx, d))
		if len(said) != 2 || said[0].Field != "title.fr" || said[0].Revision != 2 {
			t.Fatalf("said %+v", said)
		}
		answers := map[string]inventory.CommentAnswer{said[0].ID: {Done: true, Text: "complété"}}
		if _, err := s.AnswerComments(ctx, stranger, d.Ref, answers); kind(err) != fault.NotFound {
			t.Errorf("a stranger answers: %v", err)
		}
		after := must[[]inventory.ReviewComment](t)(s.AnswerComments(ctx, officer, d.Ref, answers))
		if !after[0].Done || after[0].Answer != "complété" || after[1].Answered() {
			t.Errorf("after the answer %+v", after)
		}
		var line audit.Line
		db.Where("act = ?", "dataset.answer").Take(&line)
		if line.Ref != d.Ref || !strings.Contains(string(line.After), "complété") {
			t.Errorf("the trail says %s", line.After)
		}
		db.Where("act = ?", "dataset.return").Take(&line)

		c.t = c.t.Add(time.Hour)
		d = must[*inventory.Dataset](t)(submit(s, d.Ref))
		if seen := must[[]inventory.ReviewComment](t)(s.Comments(ctx, d)); len(seen) != 2 || !seen[0].Done {
			t.Errorf("at the resubmission the reviewer sees %+v", seen)
		}
		d = giveBack(map[string]string{"theme": "un autre"})
		if now := must[[]inventory.ReviewComment](t)(s.Comments(ctx, d)); len(now) != 1 || now[0].Field != "theme" {
			t.Errorf("after the second return %+v; want the last one's", now)
		}
		must[*inventory.Dataset](t)(submit(s, d.Ref))
		d = must[*inventory.Dataset](t)(approve(s, d.Ref))
		if left := must[[]inventory.ReviewComment](t)(s.Comments(ctx, d)); len(left) != 0 {
			t.Errorf("after the approval %d comments are shown", len(left))
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := context.Background()
		s, _ := setup(t, db)
		var picks []inventory.Pick
		for n := range 5 {
			d := create(t, s, fmt.Sprintf("Jeu %d", n))
			d = must[*inventory.Dataset](t)(submit(s, d.Ref))
			picks = append(picks, inventory.Pick{Ref: d.Ref, Seen: inventory.Seen{Revision: d.Revision}})
		}
		recall := func(d *inventory.Dataset, _ *inventory.Vocabulary) error { return d.Recall(officer, s.now()) }
		must[*inventory.Dataset](t)(act(t, s, officer, picks[1].Ref, "recall", recall)) // one changed meanwhile
		must[*inventory.Dataset](t)(submit(s, picks[1].Ref))
		own := create(t, s, "Le sien")
		v := must[*inventory.Vocabulary](t)(s.Vocabulary(ctx))
		boss := identity.Actor{Account: "acc-admin", Role: identity.Admin}
		own = must[*inventory.Dataset](t)(s.Change(ctx, boss, own.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error { return d.Submit(boss, v, s.now()) }))
		picks = append(picks, inventory.Pick{Ref: own.Ref, Seen: inventory.Seen{Revision: own.Revision}},
			inventory.Pick{Ref: "TN-MARHP-2026-9999", Seen: inventory.Seen{Revision: 1}}, inventory.Pick{Ref: picks[0].Ref})

		all := must[[]inventory.Picked](t)(s.Each(ctx, boss, "dataset.approve", picks, func(d *inventory.Dataset, v *inventory.Vocabulary) error {
			return d.Approve(boss, v, s.now())
		}))
		want := []fault.Kind{"", fault.Stale, "", "", "", fault.Forbidden, fault.NotFound, fault.Invalid}
		for n, one := range all {
			if kind(one.Err) != want[n] || (one.Err == nil) != (one.Revision > 0) {
				t.Errorf("%d %s: %v, revision %d; want %q", n, one.Ref, one.Err, one.Revision, want[n])
			}
		}
		public := must[[]inventory.Publication](t)(s.Publications(ctx))
		if len(public) != 4 {
			t.Errorf("%d are public; want the four that could be", len(public))
		}
		var lines int64
		db.Model(&audit.Line{}).Where("act = ?", "dataset.approve").Count(&lines)
		if lines != 4 {
			t.Errorf("%d lines of approval", lines)
		}
	})
}

func TestOneDecisionForOneFile(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := context.Background()
		d := newDesk(t, db)
		c := d.apply(d.propose("Intitulé du jeu de données;Description\nPremier jeu;Une description\nDeuxième jeu;Une autre\nTroisième jeu;Encore une\n"))
		handed := must[[]Handed](t)(d.Handed(ctx, c))
		if len(handed) != 3 || !handed[0].Same || handed[0].State != inventory.Draft {
			t.Fatalf("handed %+v", handed)
		}
		for n, h := range handed {
			must[*inventory.Dataset](t)(edit(d.Store, h.Ref, 0, func(c *inventory.Content) {
				full := complete(fmt.Sprintf("Jeu %d", n))
				full.Distributions = nil
				*c = full
			}))
		}
		if again := must[[]Handed](t)(d.Handed(ctx, c)); again[0].Same {
			t.Error("what was edited since passes for what the file said")
		}
		back := must[*inventory.Dataset](t)(d.BringBack(ctx, officer, handed[0].Ref, 0, 1))
		if again := must[[]Handed](t)(d.Handed(ctx, c)); !again[0].Same || again[0].Revision != back.Revision || again[1].Same {
			t.Errorf("handed %+v; want the first as the file said it once more", again)
		}
		if _, err := d.WaitingFiles(ctx, officer); kind(err) != fault.Forbidden {
			t.Errorf("an officer reads the files that wait for the operator: %v", err)
		}
		must[*inventory.Dataset](t)(edit(d.Store, handed[1].Ref, 0, func(c *inventory.Content) { *c = complete("Jeu prêt") }))
		must[*inventory.Dataset](t)(submit(d.Store, handed[1].Ref))
		files := must[[]WaitingFile](t)(d.WaitingFiles(ctx, reviewer))
		if len(files) != 1 || files[0].ID != c.ID || files[0].N != 1 {
			t.Errorf("files %+v", files)
		}
	})
}

func TestAReplacementMustBePublic(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d, public, private, gone := published(t, s, "Un"), published(t, s, "Deux"), create(t, s, "Trois"), published(t, s, "Quatre")
		must[*inventory.Dataset](t)(withdraw(s, gone.Ref, ""))
		for ref, key := range map[string]string{
			private.Ref: "dataset.withdraw.replacement_private", gone.Ref: "dataset.withdraw.replacement_withdrawn",
			"TN-MS-2026-0001": "dataset.withdraw.replacement_unknown", d.Ref: "dataset.withdraw.itself",
		} {
			_, err := withdraw(s, d.Ref, ref)
			if got := strings.Join(faults(err), ", "); got != "invalid replaced_by "+key {
				t.Errorf("replaced by %s: %s; want %s", ref, got, key)
			}
		}
		must[*inventory.Dataset](t)(withdraw(s, d.Ref, public.Ref))
		if p := must[*inventory.Publication](t)(s.Publication(context.Background(), d.Ref)); p.ReplacedBy != public.Ref || p.Life != inventory.LeftLife {
			t.Errorf("the tombstone points to %q, %s", p.ReplacedBy, p.Life)
		}
	})
}

func TestThePlanOfOpening(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := context.Background()
		s, c := setup(t, db)
		plan := func(title, factors string, day inventory.Date) string {
			d := create(t, s, title)
			must[*inventory.Dataset](t)(edit(s, d.Ref, 0, func(c *inventory.Content) {
				c.Openness, c.TargetDate, c.Extra = inventory.Openable, day, inventory.Extra{"plan_duty": factors}
			}))
			return d.Ref
		}
		public := func(ref string) {
			must[*inventory.Dataset](t)(submit(s, ref))
			must[*inventory.Dataset](t)(approve(s, ref))
		}
		later, sooner, pressing, drafted := plan("Plus tard", "1", "2027-09-30"), plan("Plus tôt", "1", "2027-03-31"), plan("Pressant", "3", "2027-12-31"), plan("Brouillon", "2", "2027-01-31")
		for _, ref := range []string{later, sooner, pressing} {
			public(ref)
		}
		published(t, s, "Ouvert")
		refs := func(lines []PlanLine, err error) string {
			if err != nil {
				t.Fatal(err)
			}
			var list []string
			for _, l := range lines {
				list = append(list, l.Ref)
			}
			return strings.Join(list, " ")
		}
		if got, want := refs(s.Plan(ctx, officer, "", nil)), strings.Join([]string{pressing, drafted, sooner, later}, " "); got != want {
			t.Errorf("the desk's plan %s; want %s", got, want)
		}
		if got, want := refs(s.PublicPlan(ctx, "", nil)), strings.Join([]string{pressing, sooner, later}, " "); got != want {
			t.Errorf("the public plan %s; want %s", got, want)
		}
		asked := func(_ context.Context, refs []string) (map[string]int, error) { return map[string]int{later: 9}, nil }
		if got, want := refs(s.PublicPlan(ctx, "marhp", asked)), strings.Join([]string{later, pressing, sooner}, " "); got != want {
			t.Errorf("with requests %s; want %s", got, want)
		}
		if got := refs(s.PublicPlan(ctx, "ms", nil)); got != "" {
			t.Errorf("another institution's plan %s", got)
		}
		if got := refs(s.Plan(ctx, stranger, "", nil)); got != "" {
			t.Errorf("a stranger's plan %s", got)
		}
		c.t = c.t.Add(time.Hour)
		must[*inventory.Dataset](t)(edit(s, later, 0, func(c *inventory.Content) { c.TargetDate = "2027-10-31" }))
		public(later)
		d := must[*inventory.Dataset](t)(s.Get(ctx, officer, later))
		kept := must[[]inventory.Commitment](t)(s.Commitments(ctx, d.ID))
		if len(kept) != 2 || kept[0].Day != "2027-09-30" || kept[1].Day != "2027-10-31" || inventory.Slipped(d.FirstCommitted, d.Committed) != 31 {
			t.Errorf("commitments %+v, first %s, now %s", kept, d.FirstCommitted, d.Committed)
		}
		for life, want := range map[inventory.Life]int{inventory.Planned: 3, inventory.Opened: 1, inventory.Inventoried: 1, inventory.LeftLife: 0} {
			if n := must[int](t)(s.Count(ctx, officer, Filter{Life: life})); n != want {
				t.Errorf("%d are %s; want %d", n, life, want)
			}
			if life == inventory.Planned || life == inventory.Opened {
				if page := must[PublicPage](t)(s.Public(ctx, PublicFilter{Life: life})); page.Total != want {
					t.Errorf("%d are publicly %s; want %d", page.Total, life, want)
				}
			}
		}
		if _, err := s.List(ctx, officer, Filter{Life: "dreaming"}); kind(err) != fault.Invalid {
			t.Errorf("a life that is none: %v", err)
		}
		closed := create(t, s, "Fermé")
		must[*inventory.Dataset](t)(edit(s, closed.Ref, 0, func(c *inventory.Content) {
			c.Openness, c.Extra = inventory.Closed, inventory.Extra{"ground": "statistics", "review_on": "2026-01-31"}
		}))
		lines := must[[]PlanLine](t)(s.NotOpen(ctx, officer, ""))
		if len(lines) != 1 || !lines[0].Content.PastReview(s.now()) || lines[0].Content.Ground() != "statistics" {
			t.Errorf("not open %+v", lines)
		}
		c.t = time.Date(2027, 4, 30, 9, 0, 0, 0, time.UTC)
		if past := must[Overripe](t)(s.Overripe(ctx, officer)); past != (Overripe{Openings: 1, Reviews: 1}) {
			t.Errorf("past their day: %+v", past)
		}
		if past := must[Overripe](t)(s.Overripe(ctx, stranger)); past != (Overripe{}) {
			t.Errorf("a stranger is told of %+v", past)
		}
		if got := refs(s.NotOpen(ctx, stranger, "")); got != "" {
			t.Errorf("a stranger sees what is closed: %s", got)
		}
	})
}
