package catalogue

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// plainIndex is the index as one would write it without a thought for size:
// what the other must agree with.
type plainIndex map[string]*record

func (x plainIndex) search(keep func(*record) bool, compare func(a, b *record) int) []string {
	var all []*record
	for _, r := range x {
		if !r.deleted && keep(r) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *record) int { return cmp.Or(compare(a, b), cmp.Compare(a.id, b.id)) })
	ids := []string{}
	for _, r := range all {
		ids = append(ids, r.id)
	}
	return ids
}

// small is a dataset of few words, so that many say the same.
func small(r *rand.Rand, n int) inventory.Publication {
	p := sample(n)
	word := func() string { return []string{"olive", "olives", "blé", "eau", "prix", "port"}[r.IntN(6)] }
	p.Content.Title = lang.Text{"fr": word() + " " + word()}
	p.Content.Description = lang.Text{"fr": word() + " " + word() + " " + word(), "ar": "الزيتون"}
	p.Content.Keywords = lang.Words{"fr": {word(), word()}}
	p.Institution = []string{"marhp", "onagri", "ms"}[r.IntN(3)]
	p.Modified = now.Add(time.Duration(r.IntN(5)) * time.Hour)
	if r.IntN(10) == 0 {
		p.Withdraw("fini", "", now)
	}
	return p
}

func TestTheIndexAgreesWithAPlainOneThroughChanges(t *testing.T) {
	w := newWriter(settings(), vocabulary(), tree())
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // made-up datasets
	plain := plainIndex{}
	make1 := func(n int) *record {
		rec, err := w.newRecord(small(r, n))
		if err != nil {
			t.Fatal(err)
		}
		plain[rec.id] = rec
		return rec
	}
	var x *index
	for round := range 12 {
		var changed []*record
		var gone []string
		seen := map[int]bool{}
		for range []int{200, 1, 30, 0, 3, 1200, 5, 1, 900, 2, 400, 1}[round] {
			if n := r.IntN(1500); !seen[n] {
				seen[n] = true
				changed = append(changed, make1(n))
			}
		}
		for id := range plain {
			if r.IntN(40) == 0 && !slices.ContainsFunc(changed, func(c *record) bool { return c.id == id }) {
				gone = append(gone, id)
				delete(plain, id)
			}
		}
		before := x
		x = x.with(batchOf(changed), gone)
		if before != nil && len(changed)+len(gone) > 0 && before == x {
			t.Fatal("a change made no index of its own")
		}
		agree(t, fmt.Sprintf("round %d", round), x, plain)
	}
}

// agree asks both indexes the same questions.
func agree(t *testing.T, when string, x *index, plain plainIndex) {
	t.Helper()
	s := &Snapshot{writer: newWriter(settings(), vocabulary(), tree()), index: x, answers: map[string]*Document{}}
	word := func(field int, word string) func(*record) bool {
		return func(r *record) bool { return strings.Contains(" "+r.text[field], " "+word) }
	}
	all := func(*record) bool { return true }
	none := func(_, _ *record) int { return 0 }
	youngest := func(a, b *record) int { return cmp.Compare(b.modified, a.modified) }
	for _, tt := range []struct {
		args    Args
		keep    func(*record) bool
		compare func(a, b *record) int
	}{
		{Args{"sort": "id asc"}, all, none},
		{Args{"sort": "id desc"}, all, func(a, b *record) int { return cmp.Compare(b.id, a.id) }},
		{Args{}, all, youngest},
		{Args{"sort": "metadata_modified asc"}, all, func(a, b *record) int { return cmp.Compare(a.modified, b.modified) }},
		{Args{"sort": "organization asc, title desc, name"}, all, func(a, b *record) int {
			return cmp.Or(cmp.Compare(a.keywords[0][0], b.keywords[0][0]), cmp.Compare(b.title, a.title), cmp.Compare(a.name, b.name))
		}},
		{Args{"q": "title:oliv"}, word(textTitle, "oliv"), youngest},
		{Args{"q": "notes:eau", "sort": "name desc"}, word(textNotes, "eau"), func(a, b *record) int { return cmp.Compare(b.name, a.name) }},
		{Args{"q": `"ble eau"`}, func(r *record) bool {
			return slices.ContainsFunc(r.text[:], func(t string) bool { return strings.Contains(" "+t+" ", " ble eau ") })
		}, youngest},
		{Args{"q": "(olives OR port) -organization:ms"}, func(r *record) bool {
			has := func(w string) bool { return strings.Contains(" "+strings.Join(r.text[:], " "), " "+w) }
			return (has("olives") || has("port")) && r.keywords[0][0] != "ms"
		}, youngest},
		{Args{"fq": "name:production-1*"}, func(r *record) bool { return strings.HasPrefix(r.name, "production-1") }, youngest},
		{Args{"fq": "name:[production-2 TO production-3}"}, func(r *record) bool { return r.name >= "production-2" && r.name < "production-3" }, youngest},
		{Args{"fq": "tags:p*"}, func(r *record) bool {
			return slices.ContainsFunc(r.keywords[keyTags], func(v string) bool { return strings.HasPrefix(v, "p") })
		}, youngest},
	} {
		want := plain.search(tt.keep, tt.compare)
		for _, start := range []int{0, 7, len(want) / 2, len(want)} {
			args := Args{"start": fmt.Sprint(start), "rows": "25", "fl": "id", "facet.field": `["organization","tags"]`}
			maps.Copy(args, tt.args)
			var got answerOfSearch
			ask(t, s, "package_search", args, &got)
			ids := []string{}
			for _, one := range got.Results {
				ids = append(ids, one["id"].(string))
			}
			if got.Count != len(want) || !slices.Equal(ids, window(want[min(start, len(want)):], 0, 25)) {
				t.Fatalf("%s: %v finds %d %v;\nwant %d %v", when, args, got.Count, ids, len(want), window(want[min(start, len(want)):], 0, 25))
			}
			counts := map[string]map[string]int{"organization": {}, "tags": {}}
			for _, id := range want {
				counts["organization"][plain[id].keywords[keyOrganization][0]]++
				for _, tag := range plain[id].keywords[keyTags] {
					counts["tags"][tag]++
				}
			}
			if !reflect.DeepEqual(got.Facets, counts) {
				t.Fatalf("%s: %v counts %v; want %v", when, args, got.Facets, counts)
			}
		}
	}
	for id, r := range plain {
		at, ok := x.find(id)
		if !ok || x.deleted(at) != r.deleted {
			t.Fatalf("%s: %s is not found", when, id)
		}
		seg, slot := x.of(at)
		if !reflect.DeepEqual(seg.record(slot), r) {
			t.Fatalf("%s: comes out as %+v; went in as %+v", when, seg.record(slot), r)
		}
		if at2, ok := x.find(r.name); !ok || at2 != at {
			t.Fatalf("%s: %s is not found by name", when, r.name)
		}
	}
}

// answerOfSearch is a result of package_search.
type answerOfSearch struct {
	Count   int
	Results []map[string]any
	Facets  map[string]map[string]int
	Sort    string
	Shown   map[string]facet `json:"search_facets"`
}

// ask reads the result of an action that succeeds.
func ask(t *testing.T, s *Snapshot, action string, args Args, into any) {
	t.Helper()
	status, d := s.Act(action, args)
	var answer struct {
		Success bool
		Result  json.RawMessage
	}
	if err := json.Unmarshal(d.Bytes(), &answer); err != nil || status != 200 || !answer.Success {
		t.Fatalf("%s %v: %d %.500s %v", action, args, status, d.Bytes(), err)
	}
	if err := json.Unmarshal(answer.Result, into); err != nil {
		t.Fatalf("%s %v: %.500s %v", action, args, answer.Result, err)
	}
}

func TestOneChangeLeavesTheBulkAlone(t *testing.T) {
	w := newWriter(settings(), vocabulary(), tree())
	records := []*record{}
	for i := range 50 {
		r, err := w.newRecord(sample(i))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	x := (*index)(nil).with(batchOf(records), nil)
	next := x.with(batchOf(records[7:8]), []string{records[3].id})
	if next.parts[0].segment != x.parts[0].segment {
		t.Error("one change makes the whole index anew")
	}
	if x.parts[0].live.count() != 50 || len(x.parts) != 1 {
		t.Error("a change of the next index shows in the one before")
	}
	if got := next.active().count(); got != 49 {
		t.Errorf("%d datasets; want 49", got)
	}
	if x.with(batch{}, nil) != x {
		t.Error("no change makes another index")
	}
}

func TestARecordIsStoredAndReadBack(t *testing.T) {
	w := newWriter(settings(), vocabulary(), tree())
	gone := sample(2)
	gone.Withdraw("doublon", "TN-MARHP-2026-0001", now)
	empty := sample(3)
	empty.Content = inventory.Content{Title: lang.Text{"ar": "عنوان"}}
	for _, p := range []inventory.Publication{sample(1), gone, empty} {
		r, err := w.newRecord(p)
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back record
		if err := back.UnmarshalBinary(b); err != nil || !reflect.DeepEqual(&back, r) {
			t.Errorf("%v: read back as %+v; want %+v", err, back, *r)
		}
		for i := range b {
			if back.UnmarshalBinary(b[:i]) == nil {
				t.Errorf("%d bytes of %d are taken for a record", i, len(b))
			}
		}
		if back.UnmarshalBinary(append(b, 0)) == nil {
			t.Error("a record with a byte too many is taken")
		}
	}
	if _, err := (&record{id: "x"}).MarshalBinary(); err == nil {
		t.Error("a record without a UUID is stored")
	}
}

// FuzzRecord: whatever a damaged database holds, reading it ends in an error or
// in a record that is written as it was read.
func FuzzRecord(f *testing.F) {
	r, err := newWriter(settings(), vocabulary(), tree()).newRecord(sample(1))
	if err != nil {
		f.Fatal(err)
	}
	b, err := r.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{recordFormat})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r record
		if r.UnmarshalBinary(b) != nil {
			return
		}
		back, err := r.MarshalBinary()
		var again record
		if err != nil || again.UnmarshalBinary(back) != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("%v: %+v", err, r)
		}
	})
}

// The packages of stored records are unpacked years later: the dictionary they
// were packed with must be the same.
func TestTheDictionaryIsFrozen(t *testing.T) {
	packed := packJSON([]byte(`{"id":"x","title":"Évolution de la production"}`))
	if got, err := unpackJSON(nil, packed); err != nil || string(got) != `{"id":"x","title":"Évolution de la production"}` {
		t.Errorf("%s %v", got, err)
	}
	if _, err := unpackJSON(nil, []byte("no frame")); err == nil {
		t.Error("nonsense is unpacked")
	}
	if sum := sumOf(packDictionary); sum != frozenDictionary {
		t.Errorf("package.dict has the sum %s: raise recordFormat, then write it down here", sum)
	}
}

// frozenDictionary is the sum of the dictionary of recordFormat 1.
const frozenDictionary = "224936fbe02c61c1"

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
