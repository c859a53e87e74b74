package naming

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

func linter(tb testing.TB) (*Linter, []Rule) {
	tb.Helper()
	f, err := pilot.Files.Open("naming_rules.csv")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rules, err := ReadRules(f)
	if err != nil {
		tb.Fatal(err)
	}
	return NewLinter(rules), rules
}

func TestTitles(t *testing.T) {
	l, _ := linter(t)
	for _, tt := range []struct{ title, rule, want string }{
		{"EVOLUTION DE LA PRODUCTION DE TUNIS", "title.capitals", "Evolution de la production de Tunis"},
		{"Liste des écoles.", "title.end", "Liste des écoles"},
		{"Liste des écoles (MAJ 10/11/2020)", "title.update_mark", "Liste des écoles"},
		{"Production de céréales en 2019", "title.year", "Production de céréales"},
		{"إنتاج الحبوب لسنة 2019", "title.year", "إنتاج الحبوب"},
		{"liste_ecoles_tunis.csv", "title.file_name", "Liste ecoles tunis"},
		{"Production par gouv. et par an", "title.abbreviation", "Production par gouvernorat et par an"},
		{"Liste  des écoles", "title.spaces", "Liste des écoles"},
		{"إنتـــاج الحبوب", "title.tatweel", "إنتاج الحبوب"},
		{"Production des céréales par gouvernorat", "", ""},
		{"CRDA SFAX", "", ""},
		{"Plan de développement 2016-2020", "", ""},
		{"إنتاج الحبوب حسب الولاية", "", ""},
	} {
		found := l.Titles(tt.title, languageOf(tt.title), true)
		at := slices.IndexFunc(found, func(f Finding) bool { return f.Rule == tt.rule })
		switch {
		case tt.rule == "" && len(found) > 0:
			t.Errorf("%q: found %s → %q; want nothing", tt.title, found[0].Rule, found[0].Proposal)
		case tt.rule != "" && at < 0:
			t.Errorf("%q: found %+v; want %s", tt.title, found, tt.rule)
		case tt.rule != "" && found[at].Proposal != tt.want:
			t.Errorf("%q: %s proposes %q; want %q", tt.title, tt.rule, found[at].Proposal, tt.want)
		}
	}
	if found := l.Titles("Population en 2014", lang.French, false); len(found) != 0 {
		t.Errorf("a year in the title of what does not recur: %+v", found)
	}
}

func languageOf(s string) lang.Tag {
	for _, r := range s {
		if isArabic(r) {
			return lang.Arabic
		}
	}
	return lang.French
}

func TestKeywordsNamesAndFormats(t *testing.T) {
	l, _ := linter(t)
	c := inventory.Content{
		Keywords:      lang.Words{"fr": {"eau", "Eau", "eaux"}, "ar": {"مياه الشرب"}},
		Distributions: []inventory.Distribution{{Format: "PDF"}, {Format: "csv"}},
	}
	var got []string
	for _, f := range l.Check(Entry{Content: c}) {
		got = append(got, f.Rule+" "+f.Text)
	}
	want := []string{"keyword.variant Eau", "keyword.plural eaux", "keyword.synonym مياه الشرب", "format.recommended PDF"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q; want %q", got, want)
	}
	if got := l.Tidy([]string{"Superficie (ha)", "Année", "année", ""}); !slices.Equal(got, []string{"superficie_ha", "annee", "annee_2", "colonne"}) {
		t.Errorf("Tidy = %q", got)
	}
	if found := l.Names([]string{"Liste finale v2.xlsx"}, true); len(found) != 2 {
		t.Errorf("a file name: %+v", found)
	}
}

func TestAFindingIsAppliedOrExcepted(t *testing.T) {
	l, _ := linter(t)
	d := &inventory.Dataset{ID: "1", Institution: "marhp", Content: inventory.Content{Title: lang.Text{"fr": "Liste des écoles."}}}
	f := l.Check(Entry{Content: d.Content})[0]
	if _, err := l.Find(Entry{Content: d.Content}, f.Rule, f.Field, f.Hash()); err != nil {
		t.Fatal(err)
	}
	fixed, ok := Apply(d.Content, f)
	if !ok || fixed.Title["fr"] != "Liste des écoles" || d.Content.Title["fr"] != "Liste des écoles." {
		t.Errorf("Apply = %v, %v", fixed.Title, ok)
	}
	if _, ok := Apply(fixed, f); ok {
		t.Error("a finding is applied to a text that it is not about")
	}
	officer := identity.Actor{Account: "1", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	x, err := Except(officer, d, f, "Titre officiel", time.Now())
	if err != nil || !x.Covers(f) {
		t.Fatalf("Except = %+v, %v", x, err)
	}
	other := f
	if other.Text = "Liste des lycées."; x.Covers(other) {
		t.Error("the exception outlives the text")
	}
	if _, err := Except(identity.Actor{Account: "2", Role: identity.Committee}, d, f, "x", time.Now()); err == nil {
		t.Error("the committee makes an exception")
	}
}

func TestRealTitles(t *testing.T) {
	file, err := os.Open("../../../shared/realdata/agridata_datasets.jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the real list is not beside this checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l, _ := linter(t)
	counts, titles, hit := map[string]int{}, 0, 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		var one struct{ Title string }
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		titles++
		found := l.Titles(one.Title, languageOf(one.Title), true)
		if len(found) > 0 {
			hit++
		}
		for _, f := range found {
			counts[f.Rule]++
			if testing.Verbose() {
				t.Logf("%s: %q → %q", f.Rule, f.Text, f.Proposal)
			}
		}
	}
	t.Logf("%d titles, %d with findings: %v", titles, hit, counts)
	if hit > titles*2/3 {
		t.Errorf("%d of %d titles are found fault with; nobody would read that", hit, titles)
	}
}

func FuzzTitle(f *testing.F) {
	for _, s := range []string{"", "EVOLUTION DES PRIX", "a_b.csv", "Liste en 2019 - 2020", "إنتـاجabc", "gouv.", "\xff", "İ gouv. x"} {
		f.Add(s)
	}
	l, _ := linter(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, tag := range lang.All() {
			for _, found := range l.Titles(s, tag, true) {
				if found.Proposal == s {
					t.Errorf("%s proposes what stands there", found.Rule)
				}
			}
		}
		l.Names([]string{s}, false)
		l.Tidy([]string{s})
	})
}

func BenchmarkLint100kTitles(b *testing.B) {
	l, _ := linter(b)
	titles := []string{"Production de céréales par gouvernorat", "EVOLUTION DES PRIX DE GROS", "إنتاج الحبوب لسنة 2019", "liste_ecoles.csv"}
	for b.Loop() {
		for n := range 100_000 {
			l.Titles(titles[n%len(titles)], lang.French, true)
		}
	}
}
