package catalogue

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
)

// stricter are the rows where we ask for more than the published table.
var stricter = map[string]string{
	"dcat:Dataset dct:identifier":    "1..1",
	"dcat:Distribution dct:rights":   "0..1",
	"skos:ConceptScheme dct:title":   "1..*",
	"skos:Concept skos:prefLabel":    "1..*",
	"dcat:Relationship dcat:hadRole": "1..*",
}

// TestTheTableIsThePublishedOne holds our table against the published one, row
// by row, and breaks every row once.
func TestTheTableIsThePublishedOne(t *testing.T) {
	f, err := os.Open("testdata/dcat-ap-3.0.1.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 130 {
		t.Fatalf("the published table has %d rows", len(rows))
	}
	for _, row := range rows[1:] {
		t.Run(row[0]+" "+row[1], func(t *testing.T) {
			r, ok := ruleFor(row[0], row[1])
			if !ok {
				t.Fatal("is not in our table")
			}
			want := strings.NewReplacer("n", "*").Replace(row[3])
			if want == "1" {
				want = "1..1"
			}
			if s := stricter[row[0]+" "+row[1]]; s != "" {
				want = s
			}
			if got := cardinality(r); got != want {
				t.Errorf("occurs %s times; published: %s", got, want)
			}
			if must := row[2] == "M"; must != (r.min > 0) && stricter[row[0]+" "+row[1]] == "" {
				t.Errorf("obligation %s and at least %d", row[2], r.min)
			}
			breakRule(t, row[0], r)
		})
	}
}

func ruleFor(class, property string) (rule, bool) {
	for _, r := range profile[class] {
		if r.property == property {
			return r, true
		}
	}
	return rule{}, false
}

func cardinality(r rule) string {
	if r.max == many {
		return strconv.Itoa(r.min) + "..*"
	}
	return strconv.Itoa(r.min) + ".." + strconv.Itoa(r.max)
}

// breakRule breaks a rule in every way it can be broken, one at a time.
func breakRule(t *testing.T, class string, r rule) {
	t.Helper()
	spelled := spellProfile()
	try := func(how string, wantFault bool, values ...term) {
		t.Helper()
		if err := conforms(thing(class, r, values...), spelled); (err != nil) != wantFault {
			t.Errorf("%s: %v", how, err)
		}
	}
	right := fits(r)
	try("as it should be", false, right)
	if r.min > 0 {
		try("missing", true)
	} else {
		try("left out", false)
	}
	second := right
	second.value += "2"
	try("said twice", r.max == 1, right, second)
	switch wrong := right; r.kind {
	case reference:
		try("a literal", true, term{value: "x"})
	case tagged:
		wrong.lang = ""
		try("without a language", true, wrong)
	case literal:
		try("an IRI", true, term{value: "https://x.example/", iri: true})
	}
	if r.within != "" {
		try("of another vocabulary", true, term{value: "https://x.example/", iri: true})
	}
	empty := right
	empty.value = ""
	try("empty", true, empty)
}

// fits is a value that the rule takes.
func fits(r rule) term {
	switch r.kind {
	case reference:
		if r.within != "" {
			return term{value: r.within + "X", iri: true}
		}
		return term{value: "https://x.example/y", iri: true}
	case tagged:
		return term{value: "mot", lang: "fr"}
	}
	return term{value: "1"}
}

// thing is a node of the class that has all it must have, and these values of
// the property in question.
func thing(class string, about rule, values ...term) []triple {
	n := &node{id: "https://x.example/thing", types: []string{class}}
	for _, r := range profile[class] {
		switch {
		case r.property == about.property:
			n.add(r.property, values...)
		case r.min > 0:
			n.add(r.property, fits(r))
		}
	}
	return triples(n)
}
