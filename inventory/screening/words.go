package screening

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Sign is something in a description that points to persons.
type Sign struct {
	Field  string // as the JSON API names it
	Kind   Kind
	Sample string // masked; for People the words themselves
}

// lists are words for a list of something; persons are words for those in it.
// Only together they say that persons are listed: "nombre d'agents par
// gouvernorat" counts people and names none.
//
//nolint:gochecknoglobals // constants, which Go cannot compute
var (
	lists = folded(
		"liste", "listes", "annuaire", "role", "repertoire", "registre", "tableau nominatif", "list", "directory", "register",
		"قايمه", "قوايم", "قائمه", "قوائم", "دليل", "سجل",
	)
	persons = folded(
		"agents", "cadres", "employes", "fonctionnaires", "membres", "veterinaires", "medecins", "pharmaciens", "avocats",
		"beneficiaires", "abonnes", "contribuables", "taxe", "eleves", "etudiants", "enseignants", "patients", "candidats",
		"staff", "employees", "members", "beneficiaries", "physicians", "pupils", "students", "الاعوان", "اعوان", "الاطارات",
		"اعضاء", "الاعضاء", "البياطره", "الاطباء", "اطباء", "المنتفعين", "المنتفعون", "التلاميذ", "الطلبه", "المترشحين",
	)
	phrases = folded(
		"membres du bureau", "cadres et agents", "liste nominative", "noms et prenoms", "nom et prenom", "اعضاء المكتب",
		"الاسم واللقب", "قايمه اسميه", "قائمه اسميه", "الاعوان والاطارات",
	)
	counts = folded("nombre", "effectif", "effectifs", "taux", "repartition", "statistiques", "number", "عدد", "نسبه", "احصاييات", "احصائيات")
)

var (
	mailIn  = regexp.MustCompile(`[^\s@<>"(),;:]+@[^\s@<>"(),;:]+\.[A-Za-z]{2,}`)
	phoneIn = regexp.MustCompile(`(?:\+|00)216[\s.-]?[2-57-9](?:[\s.-]?\d){7}\b`)
	ribIn   = regexp.MustCompile(`\b(?:TN59[\s]?)?\d(?:[\s-]?\d){19}\b`)
	cinIn   = regexp.MustCompile(`(?i)\bC\.?I\.?N\.?[^\d\n]{0,12}([01]\d{7})\b`)
	taxIn   = regexp.MustCompile(`\b\d{7}/?[A-HJ-NP-TV-Z]/[ABDNP]/[MPCNE]/\d{3}\b`)
)

// Signs is Content for the rules of the register.
func Signs(c inventory.Content) []inventory.Sign {
	var signs []inventory.Sign
	for _, s := range Content(c) {
		signs = append(signs, inventory.Sign{Field: s.Field, Kind: string(s.Kind), Sample: s.Sample})
	}
	return signs
}

// OfColumns is Columns for the rules of the register: counts by column, no
// samples, and the places of the columns, from 0.
func OfColumns(table [][]string) (signs []inventory.Sign, places []int) {
	for _, c := range Columns(table) {
		signs = append(signs, inventory.Sign{
			Kind: string(c.Kind), Column: clipped(c.Header), Matches: c.Matches, Cells: c.Cells,
		})
		places = append(places, c.N-1)
	}
	return signs, places
}

// clipped bounds the name of a column: a file without a header has a first row of anything.
func clipped(header string) string {
	if r := []rune(strings.ToValidUTF8(header, "\uFFFD")); len(r) > inventory.MaxWord {
		return string(r[:inventory.MaxWord])
	}
	return strings.ToValidUTF8(header, "\uFFFD")
}

// Content looks through the words of a description: titles, descriptions,
// keywords, and the names and addresses of its files. The contact is left
// out: there an address is what is asked for.
func Content(c inventory.Content) []Sign {
	var signs []Sign
	for _, tag := range lang.All() {
		code := string(tag)
		signs = append(signs, text("title."+code, c.Title[code], true)...)
		signs = append(signs, text("description."+code, c.Description[code], false)...)
		signs = append(signs, text("keywords."+code, strings.Join(c.Keywords[code], "\n"), false)...)
	}
	for n, x := range c.Distributions {
		at := fmt.Sprintf("distributions.%d.", n)
		for _, tag := range lang.All() {
			signs = append(signs, text(at+"title."+string(tag), x.Title[string(tag)], true)...)
		}
		signs = append(signs, text(at+"url", fileName(x.URL), true)...)
		if x.DownloadURL != x.URL {
			signs = append(signs, text(at+"download_url", fileName(x.DownloadURL), true)...)
		}
	}
	return signs
}

// text looks through one field; titled ones are asked too whether they name a
// list of persons.
func text(field, s string, titled bool) []Sign {
	if s == "" {
		return nil
	}
	var signs []Sign
	found := func(kind Kind, form *regexp.Regexp) {
		if m := form.FindStringSubmatch(s); m != nil {
			signs = append(signs, Sign{field, kind, Mask(m[len(m)-1])})
		}
	}
	if strings.Contains(s, "@") {
		found(Email, mailIn)
	}
	if digits(s) >= fewestDigits { // most texts have none, and the forms are slow to say so
		found(Phone, phoneIn)
		found(CIN, cinIn)
		found(TaxNumber, taxIn)
		for _, m := range ribIn.FindAllString(s, -1) {
			if isRIB(squeeze(m)) {
				signs = append(signs, Sign{field, RIB, Mask(squeeze(m))})
				break
			}
		}
	}
	if titled {
		if words := personList(s); words != "" {
			signs = append(signs, Sign{field, People, words})
		}
	}
	return signs
}

// fewestDigits is how many digits the shortest identifier has.
const fewestDigits = 7

func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// folded writes words as descriptions are compared, between spaces, so that
// they are found as words of their own.
func folded(words ...string) []string {
	for n, word := range words {
		words[n] = " " + inventory.Fold(word) + " "
	}
	return words
}

// personList returns the words by which s announces a list of persons.
func personList(s string) string {
	text := " " + inventory.Fold(s) + " "
	first := func(words []string) string {
		n := slices.IndexFunc(words, func(word string) bool { return strings.Contains(text, word) })
		if n < 0 {
			return ""
		}
		return strings.TrimSpace(words[n])
	}
	if phrase := first(phrases); phrase != "" {
		return phrase
	}
	if list, who := first(lists), first(persons); list != "" && who != "" && first(counts) == "" {
		return list + " … " + who
	}
	return ""
}

// fileName is the last part of an address, as words.
func fileName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name := path.Base(u.Path)
	name = strings.TrimSuffix(name, path.Ext(name))
	return strings.NewReplacer("-", " ", "_", " ", "+", " ").Replace(name)
}
