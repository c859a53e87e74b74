package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
)

var now = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

// doc is an entry of the tests: titles in French and Arabic, keywords, a description.
func doc(id, fr, ar, keywords, description string) Document {
	return Document{
		ID: id, Ref: "TN-MARHP-2026-" + id, Title: []string{fr, ar}, Keywords: strings.Split(keywords, ","),
		Institution: []string{"Ministère de l'Agriculture", "وزارة الفلاحة"}, Description: []string{description},
		Order: inventory.Fold(fr), Modified: int64(len(id)),
	}
}

// small is a register of a few entries.
func small(t testing.TB) *Index {
	t.Helper()
	x := New(NewSynonyms([][]string{
		{"eau potable", "الماء الصالح للشراب", "مياه الشرب", "drinking water"},
		{"SONEDE", "Société nationale d'exploitation et de distribution des eaux", "الصوناد"},
		{"chômage", "بطالة", "unemployment"},
		{"سد", "سدود", "barrage"},
	}))
	all := []Document{
		doc("0001", "Production des céréales par gouvernorat", "إنتاج الحبوب حسب الولاية", "céréales,blé dur", "Production annuelle de blé et d'orge en quintaux."),
		doc("0002", "Remplissage des barrages", "مخزون السدود", "barrages,eau", "Volumes journaliers des retenues de Sidi Salem."),
		doc("0003", "Qualité de l’air à Gabès", "جودة الهواء بڨابس", "air,pollution", "Mesures horaires des particules."),
		doc("0004", "", "توزيع الماء الصالح للشراب", "ماء", "الكميات الموزعة شهريا"),
		doc("0005", "Périmètres irrigués publics", "المناطق السقوية العمومية", "irrigation", "Superficies équipées, réseau d'irrigation."),
		doc("0006", "Taux de chômage des diplômés", "", "emploi", "Enquête trimestrielle"),
		doc("0007", "Prix de gros du poisson", "أسعار الجملة للأسماك", "prix,pêche", "Marchés de Tunis et de Sfax; barrages filtrants exclus."),
		doc("0008", "Importations de céréales 2023", "واردات الحبوب ٢٠٢٣", "commerce", "Importations mensuelles par port"),
	}
	err := x.Load(func(yield func(Document, error) bool) {
		for n, d := range all {
			d.Modified = int64(n)
			if !yield(d, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestSearchAsPeopleType(t *testing.T) {
	x := small(t)
	for _, tt := range []struct{ name, q, want string }{
		{"nothing asked: the youngest first", "", "0008 0007 0006 0005 0004 0003 0002 0001"},
		{"without accents", "cereales", "0001 0008"},
		{"singular for plural", "céréale", "0001 0008"},
		{"capitals", "CÉRÉALES", "0001 0008"},
		{"the title before the description", "barrages", "0002 0007"},
		{"several words", "cereales gouvernorat", "0001"},
		{"words that say nothing", "la production de céréales", "0001"},
		{"the beginning of the last word", "produc", "0001"},
		{"a letter too few", "ceréals", "0001 0008"},
		{"a letter replaced", "barrazes", "0002 0007"},
		{"two letters swapped", "pirx de gros", "0007"},
		{"two slips in a long word", "gouvrenorrat", "0001"},
		{"no slip in a short word", "bla", ""},
		{"no slip in a year", "2024", ""},
		{"Arabic-Indic digits", "٢٠٢٣", "0008"},
		{"families of words", "irriguée", "0005"},
		{"article left out", "سدود", "0002 0007"},
		{"article put in", "الحبوب", "0008 0001"},
		{"a preposition before the article", "بالولاية", "0001"},
		{"a conjunction joined to the word", "وواردات حبوب", "0008"},
		{"hamza left out", "انتاج الحبوب", "0001"},
		{"ta marbuta as ha", "جوده الهواء", "0003"},
		{"Tunisian g as q", "قابس", "0003"},
		{"Tunisian g", "ڨابس", "0003"},
		{"tatweel and vowels", "السـدُود", "0002 0007"},
		{"bidi marks", "\u200fالسدود\u200e", "0002 0007"},
		{"alef maqsura", "المناطق السقوى", "0005"},
		{"a letter too few in Arabic", "الحبب", "0008 0001"},
		{"French finds Arabic only", "eau potable", "0004"},
		{"another wording in Arabic", "مياه الشرب", "0004"},
		{"English finds it too", "drinking water", "0004"},
		{"Arabic finds French only", "بطالة", "0006"},
		{"a broken plural is a synonym", "سد", "0002 0007"},
		{"a phrase", `"prix de gros"`, "0007"},
		{"a phrase in another order", `"gros prix"`, ""},
		{"French quotes", "«prix de gros»", "0007"},
		{"minus", "céréales -importations", "0001"},
		{"minus a phrase", `barrages -"barrages filtrants"`, "0002"},
		{"a hyphen is no minus", "sidi-salem", "0002"},
		{"a ref", "tn-marhp-2026-0006", "0006"},
		{"an id", "0003", "0003"},
		{"an institution", "ministère agriculture", "0008 0007 0006 0005 0004 0003 0002 0001"},
		{"only words that say nothing", "des et", "0001"},
		{"all but one of three", "production céréales martiennes", "0001"},
		{"a word that nothing has", "céréales martiennes", "0001 0008"},
		{"not all but one of two that are known", "chômage irrigation", ""},
		{"quotes are not given up", `céréales "gros prix"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := x.Search(Request{Q: tt.q, Size: 10, Now: now})
			if s := strings.Join(got.IDs, " "); s != tt.want {
				t.Errorf("Search(%q) = %q; want %q", tt.q, s, tt.want)
			}
			if got.Total != len(got.IDs) {
				t.Errorf("total %d of %d", got.Total, len(got.IDs))
			}
		})
	}
}

func TestWhatWasMeant(t *testing.T) {
	x := small(t)
	for _, tt := range []struct{ q, want string }{
		{"cérèaels", "céréales"},
		{"prodction cereales", "production cereales"},
		{"السدوود", "السدود"},
		{"céréales", ""},
		{"zzzzzz", ""},
	} {
		if got := x.Search(Request{Q: tt.q, Size: 10, Now: now}); got.Meant != tt.want {
			t.Errorf("%q: meant %q; want %q", tt.q, got.Meant, tt.want)
		}
	}
	if got := x.Search(Request{Q: "production céréales martiennes", Now: now}); !got.Partly || !slices.Equal(got.Dropped, []string{"martiennes"}) {
		t.Errorf("partly %v, dropped %q", got.Partly, got.Dropped)
	}
}

func TestStem(t *testing.T) {
	for _, same := range []string{
		"barrage barrages", "regional regionaux regionale regionales", "eau eaux", "irrigue irriguee irrigues irrigation",
		"importation importations importe import", "exportation exports exporte", "production productions", "price prices",
		"actif active actives", "agricole agricoles", "public publique publics publiques", "producteur productrice producteurs",
		"statistique statistiques", "annuel annuelle annuelles", "hospitalier hospitaliere hospitaliers", "budget budgets",
		"سدود السدود بالسدود والسدود للسدود", "فلاحه الفلاحه فلاحي الفلاحي", "سياحيه السياحي سياحه", "ولايه الولايات ولايات",
		"مستشفي مستشفيات المستشفيات", "بلديه بلديات البلديه", "احصاء احصاءات الاحصاءات",
	} {
		words := strings.Fields(same)
		for _, w := range words[1:] {
			if stem(w) != stem(words[0]) {
				t.Errorf("stem(%s) = %s; stem(%s) = %s", w, stem(w), words[0], stem(words[0]))
			}
		}
	}
	for _, apart := range []string{"departement depart", "logement loge", "port portail", "sol solaire", "2023 2024", "والي ولايه", "formation forme"} {
		if a, b, _ := strings.Cut(apart, " "); stem(a) == stem(b) {
			t.Errorf("%s and %s are both %s", a, b, stem(a))
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b  string
		limit int
		want  int
	}{
		{"", "", 2, 0},
		{"eau", "eau", 2, 0},
		{"prix", "pirx", 1, 1},
		{"barrage", "barage", 1, 1},
		{"barrage", "barrages", 1, 1},
		{"سدود", "سدوود", 1, 1},
		{"abcdef", "badcfe", 2, 3},
		{"abcdef", "badcef", 2, 2},
		{"a", "bcd", 2, 3},
		{"chat", "chien", 2, 3},
	} {
		if got := distance([]rune(tt.a), []rune(tt.b), tt.limit); got != tt.want {
			t.Errorf("distance(%q, %q) = %d; want %d", tt.a, tt.b, got, tt.want)
		}
		if apart(maskOf(tt.a), maskOf(tt.b)) > distance([]rune(tt.a), []rune(tt.b), 60) {
			t.Errorf("%q and %q are refused by their letters", tt.a, tt.b)
		}
	}
}

// An index that followed every change answers as one that was made anew.
func TestAnIndexThatFollowsIsOneMadeAnew(t *testing.T) {
	x := small(t)
	for n := range 300 {
		id := fmt.Sprintf("%04d", n%40)
		switch n % 7 {
		case 3:
			x.Remove(id)
		default:
			d := doc(id, fmt.Sprintf("Jeu %d des barrages et céréales", n), "السدود", fmt.Sprintf("clé%d,eau", n%5), strings.Repeat("irrigation ", n%3))
			d.Stamp, d.Modified, d.Values[ByTheme] = int64(n), int64(n), []string{fmt.Sprint("t", n%4)}
			x.Put(d)
			x.SetLate(id, int64(n))
		}
	}
	fresh := New(x.synonyms)
	err := fresh.Load(func(yield func(Document, error) bool) {
		for at, e := range x.docs {
			if !e.live || e.stamp == 0 {
				continue
			}
			n := int(e.stamp)
			d := doc(e.id, fmt.Sprintf("Jeu %d des barrages et céréales", n), "السدود", fmt.Sprintf("clé%d,eau", n%5), strings.Repeat("irrigation ", n%3))
			d.Stamp, d.Modified, d.Late, d.Values[ByTheme] = e.stamp, x.modified[at], e.stamp, []string{fmt.Sprint("t", n%4)}
			if !yield(d, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := x.Len(); a != len(fresh.docs) {
		t.Fatalf("%d entries; %d anew", a, len(fresh.docs))
	}
	for _, q := range []string{"", "barrages", "cereale", "سد", "irigation", "jeu -irrigation", `"barrages et céréales"`, "barr", "cle3"} {
		for _, sort := range []Sort{ByRelevance, ByModified, ByTitle, ByLate} {
			r := Request{Q: q, Sort: sort, Size: 12, From: 3, Facets: true, Now: now}
			a, b := x.Search(r), fresh.Search(r)
			if !slices.Equal(a.IDs, b.IDs) || a.Total != b.Total || fmt.Sprint(a.Facets) != fmt.Sprint(b.Facets) || a.Meant != b.Meant {
				t.Errorf("%q by %s: %d %v %v %q; anew %d %v %v %q", q, sort, a.Total, a.IDs, a.Facets, a.Meant, b.Total, b.IDs, b.Facets, b.Meant)
			}
		}
	}
	if a, b := x.Keywords("cl", 10), fresh.Keywords("cl", 10); !slices.Equal(a, b) {
		t.Errorf("keywords %v; anew %v", a, b)
	}
}
