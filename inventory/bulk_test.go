package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// bulkWords is a small vocabulary.
func bulkWords() *Vocabulary {
	return &Vocabulary{
		Themes: []Theme{{Code: "agriculture"}}, Frequencies: []Frequency{{Code: "monthly"}},
		Licences: []Licence{{Code: "LNDPO-TN"}}, Governorates: []Governorate{{Code: "TN-11"}, {Code: "TN-61"}},
	}
}

var bulkNow = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

func bulkContent() Content {
	return Content{
		Title: lang.Text{"fr": "Forêts de Jendouba", "ar": "غابات"}, Description: lang.Text{"fr": "Forêts, par an."},
		Keywords: lang.Words{"fr": {"forêt", "bois"}}, Theme: "agriculture", ContactEmail: "a@b.tn", Spatial: []string{"TN-11"},
		LegalGround: "Loi 63", Distributions: []Distribution{{ID: "x", URL: "http://vieux.tn/a.csv", DownloadURL: "http://vieux.tn/b.csv"}},
		Extra: Extra{"holding": "papier"},
	}.Clean()
}

func TestBulkEditsWriteOneFieldAndNothingElse(t *testing.T) {
	for _, tt := range []struct {
		edit BulkEdit
		want []Difference
	}{
		{BulkEdit{"theme", BulkClear, "", ""}, []Difference{{"theme", "agriculture", ""}}},
		{BulkEdit{"frequency", BulkSet, "", "monthly"}, []Difference{{"frequency", "", "monthly"}}},
		{BulkEdit{"licence", BulkSet, "", " LNDPO-TN "}, []Difference{{"licence", "", "LNDPO-TN"}}},
		{BulkEdit{"openness", BulkSet, "", "openable"}, []Difference{{"openness", "", "openable"}}},
		{BulkEdit{"personal_data", BulkSet, "", "yes"}, []Difference{{"personal_data", "no", "yes"}}},
		{BulkEdit{"target_date", BulkSet, "", "2027-01-31"}, []Difference{{"target_date", "", "2027-01-31"}}},
		{BulkEdit{"contact.email", BulkReplace, "@b.tn", "@c.tn"}, []Difference{{"contact.email", "a@b.tn", "a@c.tn"}}},
		{BulkEdit{"contact.name", BulkSet, "", "Bureau"}, []Difference{{"contact.name", "", "Bureau"}}},
		{BulkEdit{"producer", BulkSet, "", "DGF"}, []Difference{{"producer", "", "DGF"}}},
		{BulkEdit{"legal_ground", BulkReplace, "63", "2004-63"}, []Difference{{"legal_ground", "Loi 63", "Loi 2004-63"}}},
		{BulkEdit{"keywords.fr", BulkAdd, "", "arbre, Bois; liège"}, []Difference{{"keywords.fr", "forêt; bois", "forêt; bois; arbre; liège"}}},
		{BulkEdit{"keywords.fr", BulkRemove, "", "Foret"}, []Difference{{"keywords.fr", "forêt; bois", "bois"}}},
		{BulkEdit{"keywords.fr", BulkReplace, "bois", "bois d'œuvre"}, []Difference{{"keywords.fr", "forêt; bois", "forêt; bois d'œuvre"}}},
		{BulkEdit{"keywords.ar", BulkAdd, "", "غابة، خشب"}, []Difference{{"keywords.ar", "", "غابة; خشب"}}},
		{BulkEdit{"keywords.fr", BulkSet, "", "a b, c d"}, []Difference{{"keywords.fr", "forêt; bois", "a b; c d"}}},
		{BulkEdit{"spatial", BulkAdd, "", "TN-61"}, []Difference{{"spatial", "TN-11", "TN-11; TN-61"}}},
		{BulkEdit{"spatial", BulkRemove, "", "TN-11"}, []Difference{{"spatial", "TN-11", ""}}},
		{BulkEdit{"spatial", BulkClear, "", ""}, []Difference{{"spatial", "TN-11", ""}}},
		{BulkEdit{"title.fr", BulkReplace, "Jendouba", "Béja"}, []Difference{{"title.fr", "Forêts de Jendouba", "Forêts de Béja"}}},
		{BulkEdit{"description.fr", BulkReplace, ", par an", ""}, []Difference{{"description.fr", "Forêts, par an.", "Forêts."}}},
		{BulkEdit{"extra.holding", BulkSet, "", "fichier"}, []Difference{{"extra.holding", "papier", "fichier"}}},
		{BulkEdit{"theme", BulkSet, "", "agriculture"}, nil},
		{BulkEdit{"title.fr", BulkReplace, "Tunis", "x"}, nil},
	} {
		t.Run(fmt.Sprint(tt.edit), func(t *testing.T) {
			if err := tt.edit.Check(bulkWords(), bulkNow); err != nil {
				t.Fatal(err)
			}
			was := bulkContent()
			row := BulkRow(Dataset{Ref: "TN-1", Revision: 3, Content: was}, []BulkEdit{tt.edit}, 7)
			if diff := cmp.Diff(tt.want, was.Differences(was.Take(row.Content, row.Given))); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
			if !slices.Equal(row.Given, []string{tt.edit.Field}) || row.Ref != "TN-1" || row.Revision != 3 || row.Line != 7 {
				t.Errorf("row %+v", row)
			}
			if diff := cmp.Diff(bulkContent(), was); diff != "" {
				t.Errorf("the dataset itself changed:\n%s", diff)
			}
		})
	}
	row := BulkRow(Dataset{Content: bulkContent()}, []BulkEdit{{"distributions", BulkReplace, "http://vieux", "https://neuf"}}, 1)
	if got := bulkContent().Take(row.Content, row.Given).Distributions; got[0].ID != "x" || got[0].URL != "https://neuf.tn/a.csv" ||
		got[0].DownloadURL != "https://neuf.tn/b.csv" {
		t.Errorf("distributions %+v", got)
	}
}

func TestBadBulkEdits(t *testing.T) {
	for _, tt := range []struct {
		edit BulkEdit
		want string
	}{
		{BulkEdit{}, "field fault.required"},
		{BulkEdit{Field: "humeur", Act: BulkSet, Value: "x"}, "field bulk.field.unknown humeur"},
		{BulkEdit{Field: "title.fr", Act: BulkSet, Value: "x"}, "act bulk.act.unfit set"},
		{BulkEdit{Field: "theme", Act: "explode"}, "act bulk.act.unfit explode"},
		{BulkEdit{Field: "theme", Act: BulkSet}, "value fault.required"},
		{BulkEdit{Field: "theme", Act: BulkSet, Value: "lune"}, "value dataset.theme.unknown lune"},
		{BulkEdit{Field: "frequency", Act: BulkSet, Value: "parfois"}, "value dataset.frequency.unknown parfois"},
		{BulkEdit{Field: "licence", Act: BulkSet, Value: "gpl"}, "value dataset.licence.unknown gpl"},
		{BulkEdit{Field: "openness", Act: BulkSet, Value: "bof"}, "value dataset.openness.unknown bof"},
		{BulkEdit{Field: "spatial", Act: BulkAdd, Value: "Atlantide"}, "value dataset.spatial.unknown Atlantide"},
		{BulkEdit{Field: "personal_data", Act: BulkSet, Value: "peut-être"}, "value import.yes_no peut-être"},
		{BulkEdit{Field: "contact.email", Act: BulkSet, Value: "amel"}, "value dataset.email.invalid"},
		{BulkEdit{Field: "target_date", Act: BulkSet, Value: "2027-02-30"}, "value fault.date 2027-02-30"},
		{BulkEdit{Field: "producer", Act: BulkSet, Value: strings.Repeat("é", 201)}, "value fault.too_long 200"},
		{BulkEdit{Field: "producer", Act: BulkSet, Value: "a\x00b"}, "value fault.control"},
		{BulkEdit{Field: "keywords.fr", Act: BulkAdd, Value: "x"}, "value dataset.keyword.short x"},
		{BulkEdit{Field: "title.fr", Act: BulkReplace}, "find fault.required"},
		{BulkEdit{Field: "title.fr", Act: BulkReplace, Find: "a", Value: "a"}, "value bulk.same"},
		{BulkEdit{Field: "title.fr", Act: BulkReplace, Find: "a\x00", Value: "b"}, "find fault.control"},
		{BulkEdit{Field: "title.fr", Act: BulkReplace, Find: "a", Value: "b\xff"}, "value fault.utf8"},
		{BulkEdit{Field: "title.fr", Act: BulkReplace, Find: "a", Value: strings.Repeat("b", 50_000)}, "value fault.too_long 10000"},
	} {
		var got []string
		for _, f := range fault.All(CheckEdits([]BulkEdit{tt.edit}, bulkWords(), bulkNow)) {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Field, f.Key, strings.Trim(fmt.Sprint(f.Args), "[]"))))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%v: %q; want %q", tt.edit, got, tt.want)
		}
	}
	if err := CheckEdits(nil, bulkWords(), bulkNow); err == nil {
		t.Error("no edit passed")
	}
	if err := CheckEdits(make([]BulkEdit, MaxEdits+1), bulkWords(), bulkNow); err == nil {
		t.Error("too many edits passed")
	}
}

func TestAConflictIsSettledAsAnswered(t *testing.T) {
	base := Content{Title: lang.Text{"fr": "A"}, Theme: "x", Producer: "p"}
	here := Content{Title: lang.Text{"fr": "B"}, Theme: "y", Producer: "p"}
	theirs := Content{Title: lang.Text{"fr": "C"}, Theme: "z", Producer: "q"}
	merged, doubts := Merge(base, theirs, here)
	for _, tt := range []struct {
		answer Settlement
		want   string
	}{
		{Settlement{}, "B y q"},
		{Settlement{Theirs: true}, "C z q"},
		{Settlement{Fields: []string{"theme"}}, "B z q"},
		{Settlement{Fields: []string{"title.fr", "frequency"}}, "C y q"},
	} {
		c := tt.answer.Settle(merged, theirs, doubts)
		if got := c.Title["fr"] + " " + c.Theme + " " + c.Producer; got != tt.want {
			t.Errorf("%+v: %s; want %s", tt.answer, got, tt.want)
		}
	}
}

// FuzzBulkEdit makes edits of whatever is typed: what passes the check leaves a
// content as sound as it was, and does nothing the second time where it should not.
func FuzzBulkEdit(f *testing.F) {
	f.Add("theme", "set", "", "agriculture")
	f.Add("keywords.fr", "add", "", "a,b;c، د")
	f.Add("title.fr", "replace", "e", "")
	f.Add("distributions", "replace", "http", "ftp")
	f.Add("extra.holding", "clear", "", "x")
	f.Fuzz(func(t *testing.T, field, act, find, value string) {
		e := BulkEdit{field, BulkAct(act), find, value}
		if err := CheckEdits([]BulkEdit{e}, bulkWords(), bulkNow); err != nil {
			if len(fault.All(err)) == 0 {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		was := bulkContent()
		got := e.Apply(was)
		for _, d := range was.Differences(got) {
			if d.Field != field {
				t.Fatalf("%v changed %s", e, d.Field)
			}
		}
		if e.Act != BulkReplace && !e.Apply(got).Equal(got) {
			t.Fatalf("%v is not the same when repeated", e)
		}
	})
}
