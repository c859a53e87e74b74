package search

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
)

// FuzzSearch asks anything at all: the answer is bounded, the marks cut the
// text without losing a byte, and every order finds the same entries.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{
		"", "céréales", `"prix de gros" -tunis`, `"`, `-"`, `""""`, "-", "- -", "«»", "السدود", "\xff\xfe", "a\x00b\x01c", "\ufefb\u0301",
		strings.Repeat("cereales ", 2000), strings.Repeat("é", 10_000), strings.Repeat(`"a" `, 300), "TN-MARHP-2026-0001", "0003",
	} {
		f.Add(q)
	}
	x := small(f)
	f.Fuzz(func(t *testing.T, q string) {
		var ids string
		for n, sort := range []Sort{"", ByModified, ByTitle, ByLate} {
			got := x.Search(Request{Q: q, Sort: sort, Size: 100, Facets: true, Now: now})
			if got.Total != len(got.IDs) || !utf8.ValidString(got.Meant) {
				t.Fatalf("%q: %d of %d, meant %q", q, len(got.IDs), got.Total, got.Meant)
			}
			if n == 0 {
				ids = sorted(got.IDs)
			} else if sorted(got.IDs) != ids {
				t.Fatalf("%q by %s finds %s; else %s", q, sort, sorted(got.IDs), ids)
			}
			var whole strings.Builder
			for _, s := range got.Marks.Spans(q) {
				whole.WriteString(s.Text)
			}
			if whole.String() != q {
				t.Fatalf("spans of %q are %q", q, whole.String())
			}
			if piece := got.Marks.Snippet(strings.ToValidUTF8(q, ""), 50); !utf8.ValidString(piece) || utf8.RuneCountInString(piece) > 60 {
				t.Fatalf("snippet of %q is %q", q, piece)
			}
		}
		if p := parse(q); len(p.clauses) > MaxWords {
			t.Fatalf("%q has %d clauses", q, len(p.clauses))
		}
		x.Keywords(q, 5)
	})
}

func sorted(ids []string) string {
	words := strings.Fields(strings.Join(ids, " "))
	for i := range words {
		for j := i; j > 0 && words[j] < words[j-1]; j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	return strings.Join(words, " ")
}

// FuzzDocument puts any text into an index: it can be found by its first word,
// and taken out again.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{"Barrages", "السدود بڨابس", "\xff", "a b\x00c", strings.Repeat("x", 500), "٢٠٢٤ é\u0301 ﻻ", "و", "بال"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x := New(nil)
		x.Put(Document{ID: "1", Ref: "R-1", Title: []string{s}, Keywords: []string{s}, Order: inventory.Fold(s)})
		first := ""
		inventory.EachWord(s, func(w []byte, start, end int) bool {
			if !strings.Contains(inventory.Fold(s[start:end]), string(w)) {
				t.Fatalf("%q: word %q stands at %q", s, w, s[start:end])
			}
			if first == "" && len(w) <= maxWord {
				first = string(w)
			}
			return true
		})
		if first != "" {
			if got := x.Search(Request{Q: `"` + first + `"`, Size: 1, Now: now}); got.Total != 1 {
				t.Fatalf("%q is not found by %q", s, first)
			}
		}
		x.Remove("1")
		if got := x.Search(Request{Q: first, Size: 1, Now: now}); got.Total != 0 || len(x.Keywords(s, 1)) != 0 {
			t.Fatalf("%q is found although it is gone", s)
		}
	})
}

func TestEachWordIsFold(t *testing.T) {
	for _, s := range []string{"Trésor  PUBLIC", "المـطـويّـة ٢٠٢٤", "l’eau d'Œuvre n°3 m²", "\xffa\xfe", "ﻻ ﺗﻮﻧﺲ", "a\u0301b", "\u200fتونس\u200e"} {
		var words []string
		inventory.EachWord(s, func(w []byte, _, _ int) bool {
			words = append(words, string(w))
			return true
		})
		if got := strings.Join(words, " "); got != inventory.Fold(s) {
			t.Errorf("words of %q are %q; Fold says %q", s, got, inventory.Fold(s))
		}
	}
}

// A question costs what a question may cost, however long it is.
func TestALongQuestionIsCutAndSaysSo(t *testing.T) {
	x := small(t)
	for name, q := range map[string]string{
		"10 kB of one word":   strings.Repeat("cereales ", 1200),
		"a thousand slips":    strings.Repeat("cerrealles prixx barragge ", 350),
		"one endless word":    strings.Repeat("é", 10_000),
		"a word too long":     strings.Repeat("x", maxWord+1),
		"seventeen words":     strings.Repeat("blé ", MaxWords+1),
		"phrases without end": strings.Repeat(`"prix de gros" `, 100),
	} {
		if got := x.Search(Request{Q: q, Size: 10, Now: now}); !got.Cut {
			t.Errorf("%s: not cut", name)
		}
	}
	if got := x.Search(Request{Q: strings.Repeat("blé ", MaxWords), Now: now}); got.Cut || got.Total != 1 {
		t.Errorf("%d words: cut %v, %d found", MaxWords, got.Cut, got.Total)
	}
}

func TestMarksShowWhatWasFound(t *testing.T) {
	x := small(t)
	for _, tt := range []struct{ q, text, want string }{
		{"cereales", "Production des céréales par gouvernorat", "Production des [céréales] par gouvernorat"},
		{"irrigué", "Périmètres irrigués publics", "Périmètres [irrigués] publics"},
		{"السدود", "مخزون السُّدود في بنزرت", "مخزون [السُّدود] في بنزرت"},
		{`"prix de gros"`, "Prix de gros du poisson", "[Prix de gros] du poisson"},
		{"eau potable", "توزيع الماء الصالح للشراب", "توزيع [الماء الصالح للشراب]"},
		{"barrazes", "Remplissage des barrages", "Remplissage des [barrages]"},
	} {
		var b strings.Builder
		for _, s := range x.Search(Request{Q: tt.q, Now: now}).Marks.Spans(tt.text) {
			if s.Found {
				b.WriteString("[" + s.Text + "]")
			} else {
				b.WriteString(s.Text)
			}
		}
		if b.String() != tt.want {
			t.Errorf("%s in %q = %q; want %q", tt.q, tt.text, b.String(), tt.want)
		}
	}
	long := strings.Repeat("mot ", 100) + "barrage" + strings.Repeat(" fin", 100)
	if got := (Marks{"barrage": true}).Snippet(long, 60); !strings.Contains(got, " barrage ") || !strings.HasPrefix(got, "… mot") || len(got) > 80 {
		t.Errorf("snippet %q", got)
	}
}

// Every facet is counted with every filter but its own, as one would by hand.
func TestFacetsAreCountedWithoutTheirOwnFilter(t *testing.T) {
	x := New(nil)
	type made struct {
		theme, place string
		formats      []string
		late         int64
	}
	var all []made
	for n := range 120 {
		m := made{theme: string(rune('a' + n%3)), place: string(rune('p' + n%4)), formats: []string{"CSV", "XLSX", "JSON"}[n%2 : 2+n%2], late: int64(n%3) * now.UnixMicro()}
		all = append(all, m)
		d := Document{ID: string(rune('A'+n/26)) + string(rune('A'+n%26)), Title: []string{"jeu"}, Late: m.late, Modified: int64(n)}
		d.Values[ByTheme], d.Values[ByGovernorate], d.Values[ByFormat] = []string{m.theme}, []string{m.place}, m.formats
		x.Put(d)
	}
	has := func(m made, but int, r Request) bool {
		ok := func(column int, values ...string) bool {
			if column == but || r.Filters[column] == nil {
				return true
			}
			return strings.Contains(" "+strings.Join(values, " ")+" ", " "+r.Filters[column][0]+" ")
		}
		return ok(ByTheme, m.theme) && ok(ByGovernorate, m.place) && ok(ByFormat, m.formats...) &&
			(but == Columns || r.Duty == "" || r.Duty == dutyOf(m.late, now.UnixMicro()))
	}
	for _, r := range []Request{
		{},
		{Filters: [Columns][]string{ByTheme: {"a"}}},
		{Filters: [Columns][]string{ByTheme: {"a"}, ByFormat: {"JSON"}}},
		{Filters: [Columns][]string{ByTheme: {"b"}, ByFormat: {"CSV"}, ByGovernorate: {"q"}}, Duty: OnTime},
		{Duty: Late, Filters: [Columns][]string{ByTheme: {"nothing"}}},
	} {
		r.Q, r.Size, r.Facets, r.Now = "jeu", 1000, true, now.Add(time.Second)
		got := x.Search(r)
		want := map[int]map[string]int{ByTheme: {}, ByGovernorate: {}, ByFormat: {}}
		total := 0
		for _, m := range all {
			if has(m, -1, r) {
				total++
			}
			for column, values := range map[int][]string{ByTheme: {m.theme}, ByGovernorate: {m.place}, ByFormat: m.formats} {
				if has(m, column, r) {
					for _, v := range values {
						want[column][v]++
					}
				}
			}
		}
		if got.Total != total {
			t.Errorf("%v: %d; want %d", r.Filters, got.Total, total)
		}
		for column, counts := range want {
			if len(got.Facets[column]) != len(counts) {
				t.Errorf("%v, column %d: %v; want %v", r.Filters, column, got.Facets[column], counts)
			}
			for _, c := range got.Facets[column] {
				if counts[c.Value] != c.N {
					t.Errorf("%v, column %d: %v; want %v", r.Filters, column, got.Facets[column], counts)
				}
			}
		}
	}
}

// Pages neither overlap nor leave anything out, in every order.
func TestPagesHoldEverythingOnce(t *testing.T) {
	x := New(nil)
	for n := range 500 {
		x.Put(Document{
			ID: string(rune('a'+n%26)) + string(rune('a'+n/26)), Title: []string{strings.Repeat("jeu rare ", 1+n%4)}, Description: []string{"jeu"},
			Order: string(rune('a' + n%5)), Modified: int64(n / 7), Late: int64(n % 3),
		})
	}
	for _, sort := range []Sort{ByRelevance, ByModified, ByTitle, ByLate} {
		for _, q := range []string{"", "jeu", "jeu rare"} {
			seen := map[string]bool{}
			for from := 0; from < 500; from += 7 {
				for _, id := range x.Search(Request{Q: q, Sort: sort, From: from, Size: 7, Now: now}).IDs {
					if seen[id] {
						t.Errorf("%q by %s: %s twice", q, sort, id)
					}
					seen[id] = true
				}
			}
			if len(seen) != 500 {
				t.Errorf("%q by %s: %d of 500", q, sort, len(seen))
			}
		}
	}
}
