package inventorydb

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

// judged is a register with what people would ask of it.
type judged struct {
	names  shared
	titles []string // folded, in every language
	words  []string // what LIKE looks through
	index  *search.Index
}

// TestJudgedQuestions asks what people ask, with their spelling, and measures
// where the first wanted answer stands (MRR) and how many of the first ten that
// could be wanted ones are (recall), before and now. Before is what the database
// did: every word as typed, somewhere in the entry, the last changed first.
func TestJudgedQuestions(t *testing.T) {
	registers := map[string]*judged{"demo": judge(t, told())}
	if real := realEntries(t); real != nil {
		registers["agridata"] = judge(t, real)
	}
	file, err := os.Open("testdata/judged.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	now, before := map[string]*measure{}, map[string]*measure{}
	for _, row := range rows[1:] {
		r, ok := registers[row[0]]
		if !ok {
			continue
		}
		wanted := r.wanted(row[2])
		if len(wanted) == 0 {
			t.Errorf("%q: nothing in %s has %q in its title", row[1], row[0], row[2])
			continue
		}
		if now[row[0]] == nil {
			now[row[0]], before[row[0]] = &measure{}, &measure{}
		}
		before[row[0]].add(r.like(row[1]), wanted)
		if rank := now[row[0]].add(r.search(row[1]), wanted); rank == 0 || rank > 3 {
			t.Errorf("%s: %q (%s): the first wanted answer stands at %d", row[0], row[1], row[3], rank)
		}
	}
	for name := range now {
		t.Logf("%s: %d questions; MRR %.2f, recall@10 %.2f; before, with LIKE: MRR %.2f, recall@10 %.2f", name, now[name].n,
			now[name].mrr(), now[name].recall(), before[name].mrr(), before[name].recall())
		if now[name].mrr() < .9 || now[name].recall() < .85 {
			t.Errorf("%s: MRR %.2f, recall@10 %.2f", name, now[name].mrr(), now[name].recall())
		}
	}
}

// measure sums up how well questions were answered.
type measure struct {
	n             int
	ranks, shares float64
}

func (m *measure) mrr() float64    { return m.ranks / float64(m.n) }
func (m *measure) recall() float64 { return m.shares / float64(m.n) }

// add counts one answer, and returns the rank of the first wanted entry.
func (m *measure) add(found, wanted []int) (rank int) {
	m.n++
	hits := 0
	for n, doc := range found[:min(10, len(found))] {
		if slices.Contains(wanted, doc) {
			if hits++; rank == 0 {
				rank = n + 1
			}
		}
	}
	if rank > 0 {
		m.ranks += 1 / float64(rank)
	}
	m.shares += float64(hits) / float64(min(10, len(wanted)))
	return rank
}

func (r *judged) wanted(words string) []int {
	var all []int
	for n, title := range r.titles {
		if !slices.ContainsFunc(strings.Fields(words), func(w string) bool { return !strings.Contains(title, w) }) {
			all = append(all, n)
		}
	}
	return all
}

func (r *judged) search(q string) []int {
	var found []int
	for _, id := range r.index.Search(search.Request{Q: q, Size: 10, Now: start}).IDs {
		n, _ := strconv.Atoi(id) // as judge wrote it
		found = append(found, n)
	}
	return found
}

// like is what matching asks of the database.
func (r *judged) like(q string) []int {
	var found []int
	for n, words := range slices.Backward(r.words) {
		all := true
		for w := range strings.FieldsSeq(inventory.Fold(q)) {
			if bare, ok := strings.CutPrefix(w, "ال"); ok && len([]rune(bare)) >= 3 {
				w = bare
			}
			all = all && strings.Contains(words, w)
		}
		if all {
			found = append(found, n)
		}
	}
	return found
}

func judge(t *testing.T, entries []demo.Entry) *judged {
	t.Helper()
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	r := &judged{names: shared{&v, identity.Tree{}}}
	for _, i := range institutions {
		r.names.tree[i.Slug] = i
	}
	r.index = search.New(search.NewSynonyms(r.names.wordings()))
	err = r.index.Load(func(yield func(search.Document, error) bool) {
		for n, e := range entries {
			d := r.names.document(fmt.Sprintf("%05d", n), fmt.Sprintf("TN-J-2026-%05d", n), e.Institution, e.Content, nil)
			d.Modified = int64(n)
			r.titles = append(r.titles, inventory.Fold(strings.Join(wordings(e.Content.Title), " ")))
			r.words = append(r.words, e.Content.Words(d.Ref))
			if !yield(d, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func told() []demo.Entry { return demo.Tell(start).Entries }

// realEntries reads a real list beside the repository; nil when there is none.
func realEntries(t *testing.T) []demo.Entry {
	t.Helper()
	f, err := os.Open(realList)
	if err != nil {
		t.Logf("the real list is not here (%v): only the demo's register is judged", err)
		return nil
	}
	defer f.Close()
	var all []demo.Entry
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one struct {
			Title        string `json:"title"`
			Organization string `json:"organization_title"`
			Resources    []struct {
				Name string `json:"name"`
			} `json:"resources"`
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		c := inventory.Content{Title: lang.Text{"fr": one.Title}, Producer: one.Organization}
		for _, r := range one.Resources {
			c.Distributions = append(c.Distributions, inventory.Distribution{Title: lang.Text{"fr": r.Name}})
		}
		all = append(all, demo.Entry{Institution: "marhp", Content: c})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
