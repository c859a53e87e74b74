package twin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

// places are those of the pilot's governorates.
func places(tb testing.TB) Places {
	tb.Helper()
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		tb.Fatal(err)
	}
	return PlacesOf(&v)
}

func titled(id, body, french string) Entry {
	return Entry{ID: id, Institution: body, Public: true, Content: inventory.Content{Title: lang.Text{"fr": french}}}
}

func everywhere(string) bool { return true }

// TestTitlesThatAreOne: what a person would call the same title, and what only looks so.
func TestTitlesThatAreOne(t *testing.T) {
	names := map[kinship]string{unlike: "unlike", apart: "apart", alike: "alike", same: "same"}
	known := places(t)
	for _, tt := range []struct {
		a, b string
		want kinship
	}{
		{"Production de blé dur", "PRODUCTION DU BLE DUR", same},
		{"Production de blé dur", "Les productions de blés durs", same},
		{"Production de blé dur 2023", "Production de blé dur 2024", apart},
		{"Production de blé dur 2023", "Production de blé dur", apart},
		{"Production de blé dur 2023", "Production de blé dur ٢٠٢٣", same},
		{"Production de blé dur - Gouvernorat de Sfax", "Production de blé dur - Gouvernorat de Kef", apart},
		{"Production de blé dur au premier trimestre", "Production de blé dur au deuxième trimestre", apart},
		{"Prix des olives, janvier", "Prix des olives, février", apart},
		{"Production de blé dur", "Production de blé tendre", unlike},
		{"Evolution de la production de blé dur", "Production nationale de blé dur", alike},
		{"Données sur la production de blé dur", "Production de blé dur", alike},
		{"Consommation d'eau du secteur industriel", "Consommation d'eau du secteur collectif", unlike},
		{"Barrages et lacs collinaires", "Barages et lacs collinaires", alike},
		{"Superficies irriguées", "Superficies irrigables", unlike},
		{"Station climatique A", "Station climatique B", apart},
		{"إنتاج الحبوب حسب الولاية", "انتاج حبوب حسب الولايه", same},
		{"إنتاج الحبوب", "إنتاج الزيتون", unlike},
		{"إنتاج الحبوب 2023", "إنتاج الحبوب 2024", apart},
		{"إنتاج الحبوب بصفاقس", "إنتاج الحبوب", unlike},
		{"معطيات إنتاج الحبوب", "إنتاج الحبوب", alike},
	} {
		x, okX := cut(tt.a, known, nil)
		y, okY := cut(tt.b, known, nil)
		if !okX || !okY {
			t.Errorf("%q or %q says nothing", tt.a, tt.b)
			continue
		}
		if got, back := x.like(y), y.like(x); got != tt.want || back != tt.want {
			t.Errorf("%q and %q are %s, the other way %s; want %s", tt.a, tt.b, names[got], names[back], names[tt.want])
		}
	}
	for _, empty := range []string{"", "2023", "Données", "بيانات", "de la", "!!!", "Sfax 2024", "\x00"} {
		if _, ok := cut(empty, known, nil); ok {
			t.Errorf("%q is taken for a title by which a dataset is known again", empty)
		}
	}
}

func TestARegionalBodyNeedNotNameItsRegion(t *testing.T) {
	x := NewIndex(places(t))
	x.Put("1", 1, titled("1", "crda-jendouba", "Centres de collecte du lait"))
	x.Put("2", 1, titled("2", "oep", "Centres de collecte de lait"))
	x.Put("3", 1, titled("3", "oep", "Centres de collecte du lait - Gouvernorat de Jendouba"))
	if got := fmt.Sprint(ids(x.Pairs(everywhere))); got != "[1-3]" {
		t.Errorf("pairs %s; want 1-3 alone", got)
	}
}

func ids(pairs []Pair) (out []string) {
	for _, p := range pairs {
		out = append(out, p.A+"-"+p.B)
	}
	return out
}

// TestWhatTellsTwins: by which signs, and with which score.
func TestWhatTellsTwins(t *testing.T) {
	base := func(change func(*Entry)) Entry {
		e := titled("2", "oep", "Autre chose")
		change(&e)
		return e
	}
	first := titled("1", "marhp", "Production de blé dur")
	first.Origins = []inventory.Origin{{Portal: "catalog.agridata.tn", ID: "ble"}}
	first.Content.Producer, first.Content.TemporalStart, first.Content.TemporalEnd = "ONAGRI", "2020-01-01", "2020-12-31"
	first.Content.Distributions = []inventory.Distribution{{URL: "https://www.Agri.tn/ble.csv#x"}}
	for _, tt := range []struct {
		name   string
		change func(*Entry)
		want   string // "" when it is not shown
	}{
		{"the same id at the same portal", func(e *Entry) { e.Origins = first.Origins }, "100 [source]"},
		{"the same id at another portal", func(e *Entry) { e.Origins = []inventory.Origin{{Portal: "b.tn", ID: "ble"}} }, ""},
		{"half an origin", func(e *Entry) { e.Origins = []inventory.Origin{{ID: "ble"}} }, ""},
		{"the same file, written otherwise", func(e *Entry) {
			e.Content.Distributions = []inventory.Distribution{{DownloadURL: "http://agri.tn/ble.csv"}}
		}, "70 [file]"},
		{"the same front page", func(e *Entry) { e.Content.Distributions = []inventory.Distribution{{URL: "https://www.agri.tn/fr"}} }, ""},
		{"the same title elsewhere", func(e *Entry) { e.Content.Title["fr"] = "Production du blé dur" }, "60 [title]"},
		{"the same title here", func(e *Entry) { e.Content.Title["fr"], e.Institution = "Production du blé dur", "marhp" }, "70 [title body]"},
		{"the same title, of another year", func(e *Entry) {
			e.Content.Title["fr"], e.Content.TemporalStart, e.Content.TemporalEnd = "Production de blé dur", "2021-01-01", "2021-12-31"
		}, ""},
		{"the same title, producer and period", func(e *Entry) {
			e.Content.Title["fr"], e.Content.Producer = "Production de blé dur", "Onagri"
			e.Content.TemporalStart, e.Content.TemporalEnd = "2020-01-01", "2020-12-31"
		}, "75 [title producer period]"},
		{"nearly the same title elsewhere", func(e *Entry) { e.Content.Title["fr"] = "Données sur la production de blé dur" }, "45 [near]"},
		{"nearly the same title here", func(e *Entry) {
			e.Content.Title["fr"], e.Institution = "Données sur la production de blé dur", "marhp"
		}, "55 [near body]"},
		{"an edition with the page of the series", func(e *Entry) {
			e.Content.Title["fr"] = "Production de blé dur 2021"
			e.Content.Distributions = first.Content.Distributions
		}, ""},
		{"nothing in common", func(e *Entry) { e.Institution, e.Content.Producer = "marhp", "ONAGRI" }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := NewIndex(places(t))
			x.Put("1", 1, first)
			got := ""
			for _, m := range x.Find(base(tt.change), everywhere) {
				got += fmt.Sprint(m.Score, " ", m.Reasons)
			}
			if got != tt.want {
				t.Errorf("found %q; want %q", got, tt.want)
			}
		})
	}
}

func TestAddressesThatManyShareTellNothing(t *testing.T) {
	x := NewIndex(nil)
	for n := range 6 {
		e := titled(fmt.Sprint(n), "marhp", fmt.Sprintf("Sujet%c entièrement%c autre%c", 'a'+n, 'b'+n, 'c'+n))
		e.Content.Distributions = []inventory.Distribution{{URL: "https://agri.tn/statistiques"}}
		x.Put(e.ID, 1, e)
	}
	if found := x.Pairs(everywhere); len(found) > 0 {
		t.Errorf("a page of a whole site makes %d pairs", len(found))
	}
}

// TestNobodyLearnsOfDrafts: what is not public is found by who may read it, and by nobody else.
func TestNobodyLearnsOfDrafts(t *testing.T) {
	x := NewIndex(nil)
	draft := titled("1", "ms", "Lits des hôpitaux régionaux")
	draft.Public = false
	public := draft
	public.Public, public.Content = true, inventory.Content{Title: lang.Text{"fr": "Pharmacies de garde"}}
	x.Put("1", 1, draft, public)
	mine := titled("2", "marhp", "Lits des hôpitaux régionaux")
	x.Put("2", 1, mine)
	own := func(body string) bool { return body == "marhp" }
	if found := x.Find(mine, own); len(found) > 0 {
		t.Errorf("a stranger's draft is told: %+v", found)
	}
	if found := x.Pairs(own); len(found) > 0 {
		t.Errorf("a stranger's draft is listed: %+v", found)
	}
	if found := x.Find(mine, everywhere); len(found) != 1 || found[0].ID != "1" {
		t.Errorf("who may read it finds %+v", found)
	}
	if found := x.Find(titled("3", "marhp", "Pharmacies de garde"), own); len(found) != 1 {
		t.Errorf("what is public is found: %+v", found)
	}
	x.Put("1", 2)
	if found := x.Pairs(everywhere); len(found) > 0 || x.Stamp("1") != 0 {
		t.Errorf("what was taken out is found: %+v", found)
	}
}

func TestNormalURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.Agri.tn/a/B.csv#top": "agri.tn/a/B.csv", "http://agri.tn:80/a/B.csv": "agri.tn/a/B.csv",
		"https://agri.tn/liste?id=3": "agri.tn/liste?id=3", "https://agri.tn/?x": "agri.tn/?x",
		"https://agri.tn/": "", "https://agri.tn/fr/": "", "ftp://agri.tn/abcd": "", "agri.tn/abcd": "", "": "", "http://": "", "\x00": "",
	} {
		if got := NormalURL(address); got != want {
			t.Errorf("NormalURL(%q) = %q; want %q", address, got, want)
		}
	}
}

// TestWhoMayDecideAndWhat goes through roles, states and bad requests.
func TestWhoMayDecideAndWhat(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	own := func(r identity.Role) identity.Actor {
		return identity.Actor{Account: "1", Role: r, Institution: "marhp", Institutions: []string{"marhp", "onagri"}}
	}
	mcd := identity.Actor{Account: "2", Role: identity.MCD}
	x := &inventory.Dataset{ID: "b", Ref: "X", Institution: "marhp", State: inventory.Approved}
	y := &inventory.Dataset{ID: "a", Ref: "Y", Institution: "onagri", State: inventory.Draft}
	foreign := &inventory.Dataset{ID: "c", Ref: "Z", Institution: "ms", State: inventory.Approved}
	gone := &inventory.Dataset{ID: "d", Ref: "G", Institution: "marhp", State: inventory.Withdrawn}
	asked := Asked{Verdict: Different}
	for _, tt := range []struct {
		name   string
		by     identity.Actor
		a, b   *inventory.Dataset
		asked  Asked
		before Verdict
		want   string
	}{
		{"officer, both own", own(identity.Officer), x, y, asked, "", ""},
		{"supervisor, both own", own(identity.Supervisor), x, y, asked, "", ""},
		{"operator", mcd, x, foreign, asked, "", ""},
		{"admin", identity.Actor{Account: "3", Role: identity.Admin}, x, foreign, asked, "", ""},
		{"officer, one foreign", own(identity.Officer), x, foreign, asked, "", "not_found fault.not_found"},
		{"owner of services", own(identity.ServiceOwner), x, y, asked, "", "forbidden identity.forbidden"},
		{"committee", identity.Actor{Account: "4", Role: identity.Committee}, x, y, asked, "", "forbidden identity.forbidden"},
		{"agent", identity.Actor{Account: "5", Role: identity.Agent}, x, y, asked, "", "not_found fault.not_found"},
		{"nobody", identity.Actor{}, x, y, asked, "", "unauthenticated identity.sign_in_first"},
		{"one with itself", mcd, x, x, asked, "", "invalid twins.decide.itself"},
		{"no such verdict", mcd, x, y, Asked{Verdict: "maybe"}, "", "invalid twins.decide.verdict"},
		{"replaced without a choice", mcd, x, y, Asked{Verdict: Replaced, Reason: "doublon"}, "", "invalid twins.decide.keep"},
		{"replaced without a reason", mcd, x, y, Asked{Verdict: Replaced, Keep: "X"}, "", "invalid fault.required"},
		{"replaced", mcd, x, y, Asked{Verdict: Replaced, Keep: "X", Reason: "doublon"}, "", ""},
		{"linked with what is gone", mcd, x, gone, Asked{Verdict: Linked}, "", "invalid twins.decide.withdrawn"},
		{"after a replacement", mcd, x, y, asked, Replaced, "conflict twins.decide.replaced"},
		{"taking nothing back", mcd, x, y, Asked{Verdict: Reopened}, "", "conflict twins.decide.undecided"},
		{"taking back", mcd, x, y, Asked{Verdict: Reopened}, Linked, ""},
		{"a reason with a NUL", mcd, x, y, Asked{Verdict: Different, Reason: "a\x00"}, "", "invalid fault.control"},
		{"an endless reason", mcd, x, y, Asked{Verdict: Different, Reason: strings.Repeat("a", 2_000)}, "", "invalid fault.too_long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := tt.asked.Decide(tt.by, tt.a, tt.b, tt.before, now)
			got := ""
			if f, ok := errors.AsType[*fault.Error](err); ok {
				got = string(f.Kind) + " " + f.Key
			} else if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("answered %q; want %q", got, tt.want)
			}
			if err == nil && (d.A >= d.B || d.Verdict != tt.asked.Verdict || !d.DecidedAt.Equal(now)) {
				t.Errorf("decided %+v", d)
			}
		})
	}
}

// TestSlipsAreFoundAgain spells titles of the demo's kind otherwise and counts what is found again.
func TestSlipsAreFoundAgain(t *testing.T) {
	titles := []string{
		"Production des céréales par gouvernorat", "Répartition des ressources en eau souterraine", "Exportations de produits de la pêche",
		"Effectifs des élèves de l'enseignement secondaire", "Superficies des périmètres irrigués publics", "Accidents de la circulation routière",
	}
	spell := map[string]func(string) string{
		"capitals":     strings.ToUpper,
		"no accents":   inventory.Fold,
		"a slip":       func(s string) string { r := []rune(s); r[4], r[5] = r[5], r[4]; return string(r) },
		"words before": func(s string) string { return "Données sur : " + s },
		"the country":  func(s string) string { return s + " en Tunisie" },
	}
	x := NewIndex(places(t))
	for n, s := range titles {
		x.Put(fmt.Sprint(n), 1, titled(fmt.Sprint(n), "marhp", s))
	}
	found, all := 0, 0
	for name, change := range spell {
		for n, s := range titles {
			all++
			match := x.Find(titled("new", "marhp", change(s)), everywhere)
			if len(match) == 1 && match[0].ID == fmt.Sprint(n) {
				found++
				continue
			}
			t.Logf("%s: %q finds %+v", name, change(s), match)
		}
	}
	if t.Logf("%d of %d found again", found, all); found < all {
		t.Errorf("%d of %d were not", all-found, all)
	}
}

func FuzzTitles(f *testing.F) {
	for _, s := range []string{"Production de blé 2023", "إنتاج الحبوب", "\x00\xff", "a a a", strings.Repeat("é ", 200), "\u202eabc", "١٢٣ T1 IV"} {
		f.Add(s, "Production de blé")
	}
	known := places(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, okX := cut(a, known, nil)
		y, okY := cut(b, known, nil)
		if x.like(y) != y.like(x) {
			t.Errorf("%q and %q are related one way only", a, b)
		}
		if okX && x.like(x) != same {
			t.Errorf("%q is not like itself", a)
		}
		if again, ok := cut(strings.ToUpper(inventory.Fold(a)), known, nil); ok && okX && again.like(x) == unlike && !slices.Equal(again.words, x.words) {
			t.Errorf("%q is unlike itself folded", a)
		}
		index := NewIndex(known)
		index.Put("1", 1, titled("1", "marhp", a))
		index.Put("2", 1, titled("2", "marhp", b))
		pairs := index.Pairs(everywhere)
		kin := x.like(y)
		if len(pairs) > 0 && kin < alike || len(pairs) == 0 && okX && okY && kin == same { // a slip in every word may be missed
			t.Errorf("%q and %q: %d pairs; kinship %d", a, b, len(pairs), kin)
		}
		for _, p := range pairs {
			if p.Score < Likely || p.Score > 100 || len(p.Reasons) == 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}
