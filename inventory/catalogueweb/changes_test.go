package catalogueweb

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// clerk works on the register as people do.
type clerk struct {
	*house
	officer, reviewer identity.Actor
	vocabulary        *inventory.Vocabulary
}

func (h *house) clerk() clerk {
	h.tb.Helper()
	v, err := h.register.Vocabulary(h.tb.Context())
	h.must(err)
	return clerk{
		h,
		identity.Actor{Account: "o", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}},
		identity.Actor{Account: "r", Role: identity.MCD},
		v,
	}
}

func (k clerk) act(by identity.Actor, ref, act string, rule func(*inventory.Dataset) error) *inventory.Dataset {
	k.tb.Helper()
	d, err := k.register.Change(k.tb.Context(), by, ref, act, 0, rule)
	k.must(err)
	k.pages.Changed()
	return d
}

// publish records, submits and approves the nth content.
func (k clerk) publish(n int) *inventory.Dataset {
	k.tb.Helper()
	d, err := k.register.Create(k.tb.Context(), k.officer, "marhp", content(n))
	k.must(err)
	return k.approve(d.Ref)
}

func (k clerk) approve(ref string) *inventory.Dataset {
	k.tb.Helper()
	k.act(k.officer, ref, "dataset.submit", func(d *inventory.Dataset) error { return d.Submit(k.officer, k.vocabulary, time.Now()) })
	return k.act(k.reviewer, ref, "dataset.approve", func(d *inventory.Dataset) error { return d.Approve(k.reviewer, k.vocabulary, time.Now()) })
}

// correct changes the title and has it approved.
func (k clerk) correct(ref, title string) *inventory.Dataset {
	k.tb.Helper()
	k.act(k.officer, ref, "dataset.edit", func(d *inventory.Dataset) error {
		c := d.Content.Clean()
		c.Title["fr"] = title
		return d.Edit(k.officer, c, k.vocabulary, time.Now())
	})
	return k.approve(ref)
}

func (k clerk) retire(ref, reason, replacement string) {
	k.tb.Helper()
	k.act(k.officer, ref, "dataset.withdraw", func(d *inventory.Dataset) error {
		return d.Withdraw(k.officer, reason, replacement, time.Now())
	})
}

// changes asks the feed for what came after the cursor.
func (h *house) changes(query string) changesBody {
	h.tb.Helper()
	a := h.get(changesPath + query)
	if a.status != http.StatusOK {
		h.tb.Fatalf("%s: %d %s", query, a.status, a.body)
	}
	var b changesBody
	h.must(json.Unmarshal(a.body, &b))
	return b
}

func kinds(b changesBody) []string {
	out := []string{}
	for _, c := range b.Items {
		out = append(out, string(c.Kind)+" "+c.Ref)
	}
	return out
}

func TestAProgramFollowsTheCatalogueByItsChanges(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 0)
		k := h.clerk()
		a, b, c := k.publish(1), k.publish(2), k.publish(3)
		first := h.changes("?limit=2")
		if got := kinds(first); !slices.Equal(got, []string{"created " + a.Ref, "created " + b.Ref}) || first.Next == "" || first.Next != first.Cursor {
			t.Fatalf("%q, next %q", got, first.Next)
		}
		if link := h.get(changesPath + "?limit=2").header.Get("Link"); link != "<"+base+changesPath+"?since="+first.Next+`>; rel="next"` {
			t.Errorf("Link %s", link)
		}
		k.correct(a.Ref, "Olives corrigées")
		k.retire(b.Ref, "Fusionné", c.Ref)
		rest := h.changes("?since=" + first.Next)
		if got := kinds(rest); !slices.Equal(got, []string{"created " + c.Ref, "updated " + a.Ref, "withdrawn " + b.Ref}) || rest.Next != "" {
			t.Errorf("%q, next %q", got, rest.Next)
		}
		gone := rest.Items[2]
		if gone.Reason != "Fusionné" || gone.ReplacedBy != c.Ref || gone.Replacement != base+"/dataset/"+c.ID || gone.IRI != base+"/dataset/"+b.ID || gone.ID != b.ID {
			t.Errorf("%+v", gone)
		}
		for _, change := range rest.Items { // what is told can be fetched
			if got := h.get(change.IRI).status; got != map[bool]int{true: http.StatusGone, false: http.StatusOK}[change.Kind == inventory.ChangeWithdrawn] {
				t.Errorf("%s %s answers %d", change.Kind, change.Ref, got)
			}
		}
		if last := h.changes("?since=" + rest.Cursor); len(last.Items) != 0 || last.Cursor != rest.Cursor || last.Next != "" {
			t.Errorf("nothing happened, and told is %+v", last)
		}
		if now := h.changes("?since=now"); len(now.Items) != 0 || len(h.changes("?since="+now.Cursor).Items) != 0 {
			t.Errorf("now is %+v", now)
		}
		k.publish(4)
		if got := h.changes("?since=" + rest.Cursor); len(got.Items) != 1 || got.Snapshot != h.pages.feed.shelf.Current().ID {
			t.Errorf("%+v", got)
		}
	})
}

func TestTheChangeFeedHasAValidator(t *testing.T) {
	h := open(t, databasetest.Open(t), 0)
	k := h.clerk()
	a := k.publish(1)
	first := h.get(changesPath)
	tag := first.header.Get("ETag")
	if len(tag) < 10 || strings.HasPrefix(tag, "W/") {
		t.Fatalf("ETag %q", tag)
	}
	for header, status := range map[string]int{tag: 304, `"x", W/` + tag: 304, `"x"`: 200} {
		if got := h.get(changesPath, "If-None-Match", header); got.status != status {
			t.Errorf("If-None-Match %s answers %d; want %d", header, got.status, status)
		}
	}
	k.correct(a.Ref, "Autre")
	if got := h.get(changesPath, "If-None-Match", tag); got.status != http.StatusOK {
		t.Errorf("changed, it answers %d", got.status)
	}
}

// plainSpaces undoes what typography does to spaces.
func plainSpaces(s string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)
}

func TestABadCursorIsToldInTheCallersLanguage(t *testing.T) {
	h := open(t, databasetest.Open(t), 0)
	k := h.clerk()
	a := k.publish(1)
	ahead := inventory.Mark{Version: 99, Dataset: a.ID}.String()
	for _, one := range []struct {
		query, language string
		status          int
		want            string
	}{
		{"?since=hier", "fr", 422, "Ce curseur n’a pas été donné par ce registre. Recommencez sans « since », ou avec « since=now »."},
		{"?since=hier", "en", 422, "This cursor was not given by this register. Ask again without “since”, or with “since=now”."},
		{"?since=hier", "ar", 422, "هذا المؤشر لم يمنحه هذا السجل. أعيدوا الطلب دون «since» أو بـ «since=now»."},
		{"?since=" + ahead, "fr", 410, "Ce curseur ne correspond plus à l’histoire de ce registre, remis à une copie antérieure. Prenez une copie complète, puis reprenez avec son curseur."},
		{"?limit=0", "fr", 422, ""},
		{"?limit=1001", "fr", 422, ""},
		{"?limit=x", "fr", 422, ""},
		{"?since=" + strings.Repeat("x", 300), "fr", 422, ""},
	} {
		got := h.get(changesPath+one.query, "Accept-Language", one.language)
		var problem struct {
			Status int
			Detail string
		}
		h.must(json.Unmarshal(got.body, &problem))
		if got.status != one.status || got.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(plainSpaces(problem.Detail), one.want) {
			t.Errorf("%s in %s answers %d %s", one.query, one.language, got.status, got.body)
		}
	}
}

func TestTheChangeFeedOfNothingIsNoEmptyAnswer(t *testing.T) {
	h := open(t, databasetest.Open(t), 0)
	if got := h.get(changesPath); got.status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", got.status, got.body)
	}
}
