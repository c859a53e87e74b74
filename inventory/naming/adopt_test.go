package naming

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

var (
	noon     = time.Date(2026, time.November, 16, 11, 0, 0, 0, time.UTC)
	operator = identity.Actor{Account: "operator", Role: identity.MCD}
)

func told(err error) string {
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s", f.Field, f.Key)))
	}
	return strings.Join(all, "; ")
}

func TestAYearInTheNameOfAStationIsLeftAlone(t *testing.T) {
	l, _ := linter(t)
	for _, title := range []string{"Pluviométrie de la station Sidi Bouzid 2012", "Station météorologique 1987 de Tala"} {
		if found := l.Titles(title, lang.French, true); len(found) != 0 {
			t.Errorf("%q: %s → %q", title, found[0].Rule, found[0].Proposal)
		}
	}
}

func TestTheDashBeforeAGovernorateStays(t *testing.T) {
	l, _ := linter(t)
	for title, want := range map[string]string{
		"Liste de huileries (2024) - Gouvernorat de Béja":                      "Liste de huileries - Gouvernorat de Béja",
		"Centres de collecte de lait (2023) -Gouvernorat de Bizerte":           "Centres de collecte de lait - Gouvernorat de Bizerte",
		"Evolution du nombre des huileries (2022-2024)- Gouvernorat":           "Evolution du nombre des huileries - Gouvernorat",
		"Chambres frigorifiques (campagne agricole 2023/2024) - Gouv. de Béja": "Chambres frigorifiques - Gouv. de Béja",
	} {
		found := l.Titles(title, lang.French, true)
		if at := slices.IndexFunc(found, func(f Finding) bool { return f.Rule == "title.year" }); at < 0 || found[at].Proposal != want {
			t.Errorf("%q: %+v; want %q", title, found, want)
		}
	}
}

func TestASeasonFallsWithItsArticle(t *testing.T) {
	l, _ := linter(t)
	for title, want := range map[string]string{
		"Pluviométrie de la saison 2021/2022 en gouvernorat Medenine": "Pluviométrie en gouvernorat Medenine",
		"Pluviométrie de la saison 2021/2022":                         "Pluviométrie",
		"Valeur des investissements pour l'année 2022":                "Valeur des investissements",
	} {
		found := l.Titles(title, lang.French, true)
		if len(found) != 1 || found[0].Proposal != want {
			t.Errorf("%q: %+v; want %q", title, found, want)
		}
	}
}

func adoption(change ...func(*Adoption)) Adoption {
	a := Adoption{
		Code: "NAT", Version: "2026", Name: lang.Text{"fr": "n", "ar": "n", "en": "n"}, Keeper: "INS", Entries: "A;Agriculture;فلاحة\nB\tMines",
		AdoptedOn: "2026-11-16", Advice: "2026-001",
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

func TestAListIsAdoptedBesideTheOnesBefore(t *testing.T) {
	before := []Nomenclature{
		{Code: "NAT", Version: "2009", Position: 5, CreatedAt: noon.AddDate(-1, 0, 0)}, {Code: "themes", Version: "1", Position: 1},
	}
	n, err := Adopt(operator, adoption(), before, noon)
	if err != nil || n.Position != 5 || len(n.Entries) != 2 || n.Entries[1].Name["fr"] != "Mines" {
		t.Fatalf("Adopt = %+v, %v", n, err)
	}
	all := append(before, *n)
	if got, _ := Pick(all, "NAT", ""); got.Version != "2026" {
		t.Errorf("the latest is %s", got.Version)
	}
	if got, _ := Pick(all, "NAT", "2009"); got.Version != "2009" {
		t.Errorf("the old one is %q", got.Version)
	}
	if _, ok := Pick(all, "NAT", "1"); ok {
		t.Error("a version nobody adopted")
	}
	for _, tt := range []struct {
		change func(*Adoption)
		want   string
	}{
		{func(a *Adoption) { *a = Adoption{} }, "code fault.required; version fault.required; name.fr fault.required; name.ar fault.required; " +
			"name.en fault.required; keeper fault.required; entries naming.entries.none; adopted_on fault.required; advice fault.required"},
		{func(a *Adoption) { a.Code = "na t" }, "code naming.code.form"},
		{func(a *Adoption) { a.Code = "nat" }, "code naming.code.alike"},
		{func(a *Adoption) { a.Version = "2009" }, "version naming.version.exists"},
		{func(a *Adoption) { a.Version = "=1+1" }, "version naming.code.form"},
		{func(a *Adoption) { a.Name["fr"] = strings.Repeat("é", 201) }, "name.fr fault.too_long"},
		{func(a *Adoption) { a.URL = "file:///etc/passwd" }, "url naming.url.form"},
		{func(a *Adoption) { a.Entries = "A" }, "entries naming.entries.line"},
		{func(a *Adoption) { a.Entries = "A;x;y;z;w" }, "entries naming.entries.line"},
		{func(a *Adoption) { a.Entries = "A;x\nA;y" }, "entries naming.entries.twice"},
		{func(a *Adoption) { a.Entries = "\xff" }, "entries fault.utf8"},
		{func(a *Adoption) { a.AdoptedOn = "2026-11-17" }, "adopted_on mandate.act_day.future"},
		{func(a *Adoption) { a.AdoptedOn = "today" }, "adopted_on fault.date"},
		{func(a *Adoption) { a.Advice = " " }, "advice fault.required"},
	} {
		if _, err := Adopt(operator, adoption(tt.change), before, noon); told(err) != tt.want {
			t.Errorf("refused with %q; want %q", told(err), tt.want)
		}
	}
	for _, by := range []identity.Actor{{}, {Account: "1", Role: identity.Officer, Institution: "marhp"}, {Account: "1", Role: identity.Committee}} {
		if _, err := Adopt(by, adoption(), before, noon); err == nil {
			t.Errorf("%q adopts a list", by.Role)
		}
	}
}

func TestOneConceptWrittenTwoWaysInDifferentDatasets(t *testing.T) {
	l, _ := linter(t)
	v := l.NewVariants()
	for ref, words := range map[string]lang.Words{
		"1": {"fr": {"Eau", "barrage"}, "ar": {"مياه الشرب"}},
		"2": {"fr": {"eaux"}, "ar": {"الماء الصالح للشراب"}},
		"3": {"fr": {"eau", "céréales"}},
		"4": {"fr": {"eau"}, "en": {"water"}},
	} {
		v.Add(ref, inventory.Content{Keywords: words})
	}
	var got []string
	for _, c := range v.Concepts() {
		line := c.Tag
		for _, s := range c.Spellings {
			line += fmt.Sprintf(" %s×%d", s.Word, len(s.Refs))
		}
		got = append(got, line)
	}
	if len(got) != 2 || got[1] != "fr eau×2 Eau×1 eaux×1" || !strings.HasPrefix(got[0], "ar ") {
		t.Errorf("concepts %q", got)
	}
}

func TestARuleIsAmendedFieldByField(t *testing.T) {
	_, rules := linter(t)
	rule := rules[slices.IndexFunc(rules, func(r Rule) bool { return r.Code == "keyword.synonym" })]
	sound := Amendment{Params: "a = b", Name: adoption().Name, Text: adoption().Name, Active: true, AdoptedOn: "2026-11-16", Advice: "2026-001"}
	for _, tt := range []struct {
		change func(*Amendment)
		want   string
	}{
		{func(*Amendment) {}, ""},
		{func(a *Amendment) { a.Params = "a" }, "params naming.params.pair"},
		{func(a *Amendment) { a.Params = " = b" }, "params naming.params.pair"},
		{func(a *Amendment) { a.Params = strings.Repeat("a = b\n", 5_000) }, "params fault.too_long"},
		{func(a *Amendment) { a.Name = lang.Text{"fr": "x", "ar": "y"} }, "name.en fault.required"},
		{func(a *Amendment) { a.AdoptedOn = "2026-13-01" }, "adopted_on fault.date"},
		{func(a *Amendment) { a.AdoptedOn = "2027-01-01" }, "adopted_on mandate.act_day.future"},
		{func(a *Amendment) { a.Advice = "" }, "advice fault.required"},
	} {
		a := sound
		tt.change(&a)
		next, err := rule.Amend(operator, a, noon)
		if told(err) != tt.want {
			t.Errorf("refused with %q; want %q", told(err), tt.want)
		}
		if err == nil && (next.Version != 2 || rule.Version != 1) {
			t.Errorf("version %d after %d", next.Version, rule.Version)
		}
	}
}

func FuzzReadEntries(f *testing.F) {
	for _, s := range []string{"", "A;b", "A\tb;c\n\nB;d", ";;;", "A;b\nA;b", "\x00", "é;x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		items, err := ReadEntries(s)
		if err != nil {
			if kind, ok := fault.KindOf(err); !ok || kind != fault.Invalid {
				t.Errorf("refused with %v", err)
			}
			return
		}
		for _, item := range items {
			if item.Code == "" || item.Name.Empty() {
				t.Errorf("read %+v", item)
			}
		}
	})
}
