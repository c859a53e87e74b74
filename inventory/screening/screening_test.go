package screening

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// sound is an account number that 97 divides; every value here is made up.
const sound = "10006035183598478831"

func TestForms(t *testing.T) {
	for _, tt := range []struct {
		kind Kind
		cell string
		want bool
	}{
		{CIN, "01234567", true},
		{CIN, "0123 4567", true},
		{CIN, "٠١٢٣٤٥٦٧", true},
		{CIN, "21234567", false},
		{CIN, "012345678", false},
		{Phone, "71 234 567", true},
		{Phone, "+216 98.123.456", true},
		{Phone, "0021622123456", true},
		{Phone, "61234567", false},
		{Phone, "7123456", false},
		{Email, " contact@exemple.tn ", true},
		{Email, "contact@exemple", false},
		{RIB, sound, true},
		{RIB, "TN59 " + sound, true},
		{RIB, "10006035183598478832", false},
		{RIB, "00000000000000000000", false},
		{TaxNumber, "1234567A", true},
		{TaxNumber, "1234567/A/P/M/000", true},
		{TaxNumber, "1234567I", false},
		{Name, "Foulen Ben Foulen", true},
		{Name, "فلان الفلاني", true},
		{Name, "12", false},
	} {
		if got := looks(tt.kind, tt.cell); got != tt.want {
			t.Errorf("looks(%s, %q) = %v; want %v", tt.kind, tt.cell, got, tt.want)
		}
	}
}

func TestMask(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "abcd": "••••", "abcde": "a•••e", "71234567": "71•••••7", sound: "10••••••••1",
	} {
		if got := Mask(value); got != want {
			t.Errorf("Mask(%q) = %q; want %q", value, got, want)
		}
	}
}

func column(header string, cells ...string) [][]string {
	table := [][]string{{header}}
	for _, cell := range cells {
		table = append(table, []string{cell})
	}
	return table
}

func TestColumns(t *testing.T) {
	phones := []string{"71234567", "98 123 456", "22345678", "55123456", "71999999"}
	for _, tt := range []struct {
		name  string
		table [][]string
		want  Kind
	}{
		{"header and form", column("Téléphone", phones...), Phone},
		{"header with two letters changed over", column("Telehpone", phones...), Phone},
		{"header with a word more", column("coordonnées-tel", phones...), Phone},
		{"Arabic header", column("المقر / الهاتف", phones...), Phone},
		{"a header alone", column("Adresse électronique"), Email},
		{"forms alone, five of them", column("Contact", phones...), Phone},
		{"forms alone, too few", column("Contact", phones[:4]...), ""},
		{"quantities are no phones", column("Valeur en dinars", "21234567", "22345678", "71234567", "55123456", "98123456"), ""},
		{"imports are no identity cards", column("Quantité (kg)", "01234567", "11234567", "12345678", "10234567", "11111111"), ""},
		{"a header that the cells deny", column("Tel", "oui", "non", "oui"), ""},
		{"half of the cells", column("Tel", "71234567", "oui"), Phone},
		{"less than half", column("Tel", "71234567", "oui", "non"), ""},
		{"account numbers", column("x", sound, sound, sound, sound, sound), RIB},
		{"names by the header", column("Nom et prénom", "Foulen Ben Foulen"), Name},
		{"names in Arabic", column("الاسم واللقب"), Name},
		{"the name of a place", column("Nom de la délégation", "Sfax"), ""},
		{"a number under a name", column("Nom", "12"), ""},
		{"identity card", column("N° CIN", "01234567"), CIN},
		{"tax number", column("Matricule fiscal", "1234567/A/P/M/000"), TaxNumber},
		{"empty cells do not count", column("Tel", "", " ", "71234567"), Phone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := Columns(tt.table)
			switch {
			case tt.want == "" && len(found) > 0:
				t.Errorf("found %+v; want nothing", found)
			case tt.want != "" && (len(found) != 1 || found[0].Kind != tt.want || found[0].N != 1):
				t.Errorf("found %+v; want %s", found, tt.want)
			}
		})
	}
	if Columns(nil) != nil {
		t.Error("a table of nothing has columns")
	}
}

func TestSamplesAreMaskedAndFew(t *testing.T) {
	c := Columns(column("Tel", "71234567", "71234567", "98123456", "22345678", "55123456"))[0]
	if want := []string{"71•••••7", "98•••••6", "22•••••8"}; !slices.Equal(c.Samples, want) || c.Matches != 5 || c.Cells != 5 {
		t.Errorf("found %+v; want samples %q of 5 of 5", c, want)
	}
}

func TestContent(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    inventory.Content
		want []string
	}{
		{"nothing", inventory.Content{Title: lang.Text{"fr": "Production d'olives", "ar": "إنتاج الزيتون"}}, nil},
		{
			"a list of persons",
			inventory.Content{Title: lang.Text{"fr": "Liste des agents de la municipalité"}},
			[]string{"title.fr people liste … agents"},
		},
		{"counting persons names none", inventory.Content{Title: lang.Text{"fr": "Nombre d'agents par registre"}}, nil},
		{
			"in Arabic",
			inventory.Content{Title: lang.Text{"ar": "قائمة الأعوان والإطارات"}},
			[]string{"title.ar people الاعوان والاطارات"},
		},
		{"a phrase", inventory.Content{Title: lang.Text{"fr": "Membres du bureau"}}, []string{"title.fr people membres du bureau"}},
		{"the tax roll", inventory.Content{Title: lang.Text{"fr": "Rôle de la taxe 2024"}}, []string{"title.fr people role … taxe"}},
		{"a description may speak of lists", inventory.Content{Description: lang.Text{"fr": "Liste des agents"}}, nil},
		{"identifiers in a description", inventory.Content{Description: lang.Text{
			"fr": "Écrire à foulen@exemple.tn ou au +216 98 123 456, CIN n° 01234567, compte " + sound,
		}}, []string{
			"description.fr email fo••••••••n", "description.fr phone +2••••••••6", "description.fr cin 01•••••7",
			"description.fr rib 10••••••••1",
		}},
		{"eight digits alone are nothing", inventory.Content{Description: lang.Text{"fr": "Production de 01234567 tonnes"}}, nil},
		{"the name of a file", inventory.Content{Distributions: []inventory.Distribution{{
			URL: "https://x.example/liste_des-agents.pdf", DownloadURL: "https://x.example/liste_des-agents.pdf",
		}}}, []string{"distributions.0.url people liste … agents"}},
		{"the contact is asked for", inventory.Content{ContactEmail: "foulen@exemple.tn"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range Content(tt.c) {
				got = append(got, fmt.Sprintf("%s %s %s", s.Field, s.Kind, s.Sample))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("signs %q; want %q", got, tt.want)
			}
		})
	}
}

func TestPaste(t *testing.T) {
	for in, want := range map[string]string{
		"a;b\n1;2\n":         "a|b / 1|2",
		"a\tb\n1\t2":         "a|b / 1|2",
		"\ufeffa,b\r\n1,\"2": "a|b / 1|2",
		"un\ndeux":           "un / deux",
		" \n":                "",
	} {
		var rows []string
		for _, row := range Paste(in) {
			rows = append(rows, strings.Join(row, "|"))
		}
		if got := strings.Join(rows, " / "); got != want {
			t.Errorf("Paste(%q) = %q; want %q", in, got, want)
		}
	}
}

func FuzzPaste(f *testing.F) {
	for _, s := range []string{"a;b\n1;2", "\"", "Tel\n71234567", "\x00\xff", strings.Repeat("a,", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range Columns(Paste(s)) {
			if c.N < 1 || c.Matches > c.Cells || len(c.Samples) > maxSamples {
				t.Errorf("column %+v", c)
			}
		}
	})
}
