package screening

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
)

// Column is a column of a table that looks like personal data.
type Column struct {
	N       int    // its place, from 1
	Header  string // as written
	Kind    Kind
	ByName  bool // its name says so
	Matches int  // cells that have the form
	Cells   int  // cells that are not empty
	Samples []string
}

// keywords are the words that name a column, folded. A column of the forms
// alone is easily a column of quantities: imports in dinars look like phones.
var keywords = map[Kind][]string{
	CIN:       {"cin", "carte identite", "cni", "identity card", "بطاقه التعريف", "ب ت و", "رقم بطاقه"},
	Phone:     {"telephone", "tel", "gsm", "mobile", "phone", "fax", "coordonnees tel", "الهاتف", "هاتف", "جوال"},
	Email:     {"email", "e mail", "mail", "courriel", "adresse electronique", "البريد الالكتروني"},
	RIB:       {"rib", "iban", "compte bancaire", "bank account", "الحساب البنكي", "حساب بنكي"},
	TaxNumber: {"matricule fiscal", "mf", "identifiant fiscal", "tax number", "المعرف الجبايي", "المعرف الجبائي"},
}

// names are headers that ask for a person's name. They are compared whole:
// "nom de la délégation" is a place.
var names = []string{
	"nom", "prenom", "noms", "prenoms", "nom et prenom", "noms et prenoms", "nom prenom", "nom complet", "nom beneficiaire",
	"first name", "last name", "full name", "surname", "given name", "الاسم", "اللقب", "الاسم واللقب", "الاسم و اللقب",
	"اسم ولقب",
}

// kinds are asked in this order: the strictest form first.
var kinds = []Kind{RIB, Email, CIN, TaxNumber, Phone}

// Bounds of what a screening looks at.
const (
	maxSamples = 3
	fewCells   = 5   // fewer cells prove nothing by their form alone
	enough     = 0.5 // share of the cells that must have the form
)

// Columns looks at a table whose first row names the columns; it may have no
// other. A column is told when half its cells have the form of an identifier
// and either its name says so or there are at least five of them, or when its
// name alone says so and there is nothing to compare.
func Columns(table [][]string) []Column {
	if len(table) == 0 {
		return nil
	}
	var found []Column
	for n, header := range table[0] {
		var cells []string
		for _, row := range table[1:] {
			if n < len(row) && strings.TrimSpace(row[n]) != "" {
				cells = append(cells, row[n])
			}
		}
		if c, ok := judge(header, cells); ok {
			c.N = n + 1
			found = append(found, c)
		}
	}
	return found
}

func judge(header string, cells []string) (Column, bool) {
	folded := inventory.Fold(header)
	for _, kind := range kinds {
		c := match(kind, header, cells)
		c.ByName = slices.ContainsFunc(keywords[kind], func(word string) bool { return says(folded, inventory.Fold(word)) })
		formed := c.Cells > 0 && float64(c.Matches) >= enough*float64(c.Cells)
		switch {
		case c.ByName && c.Cells == 0, c.ByName && formed, formed && c.Cells >= fewCells && surely(kind, folded):
			return c, true
		}
	}
	if slices.ContainsFunc(names, func(name string) bool { return folded == inventory.Fold(name) }) {
		c := match(Name, header, cells)
		c.ByName = true
		return c, c.Cells == 0 || c.Matches > 0
	}
	return Column{}, false
}

// surely tells whether the form by itself says enough: eight digits under a
// name that counts or weighs something do not.
func surely(kind Kind, folded string) bool {
	if kind != CIN && kind != Phone {
		return true
	}
	return !slices.ContainsFunc(quantities, func(word string) bool { return strings.Contains(folded, inventory.Fold(word)) })
}

// quantities are words of columns that hold amounts.
var quantities = []string{
	"valeur", "quantite", "montant", "nombre", "total", "poids", "surface", "production", "population", "prix", "dinar", "kg",
	"tonne", "value", "amount", "number", "count", "عدد", "قيمه", "كميه", "مجموع", "مساحه", "انتاج", "date", "annee", "code",
}

func match(kind Kind, header string, cells []string) Column {
	c := Column{Header: header, Kind: kind, Cells: len(cells)}
	for _, cell := range cells {
		if !looks(kind, cell) {
			continue
		}
		c.Matches++
		if masked := Mask(cell); len(c.Samples) < maxSamples && !slices.Contains(c.Samples, masked) {
			c.Samples = append(c.Samples, masked)
		}
	}
	return c
}

// says tells whether a header holds the keyword as words of its own, one slip
// of the pen in a long word allowed: "telehpone" says telephone.
func says(header, keyword string) bool {
	if strings.Contains(" "+header+" ", " "+keyword+" ") {
		return true
	}
	for word := range strings.FieldsSeq(header) {
		if utf8.RuneCountInString(keyword) >= 6 && slip([]rune(word), []rune(keyword)) {
			return true
		}
	}
	return false
}

// slip tells whether a and b differ by one letter more, less, other, or by two
// neighbours that changed places.
func slip(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	switch {
	case len(b)-len(a) > 1:
		return false
	case len(b) > len(a):
		return slices.Equal(a[n:], b[n+1:])
	case n == len(a):
		return true
	case slices.Equal(a[n+1:], b[n+1:]):
		return true
	}
	return n+1 < len(a) && a[n] == b[n+1] && a[n+1] == b[n] && slices.Equal(a[n+2:], b[n+2:])
}
