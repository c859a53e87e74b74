package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestOneDatasetInEveryDialect(t *testing.T) {
	s := build(t, sample(1), sample(2))
	for _, f := range []Format{JSONLD, Turtle, RDFXML, NTriples} {
		page, _ := s.Page(f, 1)
		golden(t, "catalog."+string(f), page.Bytes())
	}
	golden(t, "data.json", s.DataJSON().Bytes())
	_, shown := s.Act("package_show", Args{"id": sample(1).DatasetID})
	golden(t, "package_show.json", shown.Bytes())
	org, _, _ := s.SchemaOrg(t.Context(), sample(1).DatasetID)
	golden(t, "schemaorg.json", org)
	var csv bytes.Buffer
	if err := s.Export(t.Context(), &csv, "csv"); err != nil {
		t.Fatal(err)
	}
	golden(t, "register.csv", csv.Bytes())
}

func TestAllDialectsSayTheSame(t *testing.T) {
	s := build(t, samples(250)...)
	for number := 1; number <= s.Pages(); number++ {
		j, _ := s.Page(JSONLD, number)
		fromJSON, err := readJSONLD(j.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		tt, _ := s.Page(Turtle, number)
		fromTurtle, err := readTurtle(tt.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := conforms(fromTurtle, spellProfile()); err != nil {
			t.Errorf("page %d: %v", number, err)
		}
		if !sameTriples(apart(fromJSON), apart(fromTurtle)) {
			t.Errorf("page %d: JSON-LD and Turtle differ", number)
		}
	}
}

// ranges say what kind of thing a property leads to. The published range shapes
// want it said in the feed itself when vocabularies are not loaded beside it.
var ranges = map[string]string{
	"dct:publisher": "foaf:Agent", "dct:creator": "foaf:Agent", "dcat:contactPoint": "vcard:Kind",
	"dcat:distribution": "dcat:Distribution", "dcat:dataset": "dcat:Dataset", "dcat:record": "dcat:CatalogRecord",
	"dcat:service": "dcat:DataService", "dcat:theme": "skos:Concept", "dcat:themeTaxonomy": "skos:ConceptScheme",
	"dct:accrualPeriodicity": "dct:Frequency", "dct:accessRights": "dct:RightsStatement", "dct:rights": "dct:RightsStatement",
	"dct:spatial": "dct:Location", "dct:temporal": "dct:PeriodOfTime", "dct:language": "dct:LinguisticSystem",
	"dct:license": "dct:LicenseDocument", "dct:format": "dct:MediaTypeOrExtent", "dcat:mediaType": "dct:MediaType",
	"dcat:landingPage": "foaf:Document", "dct:conformsTo": "dct:Standard", "adms:status": "skos:Concept",
	"dct:type": "skos:Concept", "dcatap:availability": "skos:Concept", "dcatap:applicableLegislation": "eli:LegalResource",
	"foaf:primaryTopic": "dcat:Dataset", "spdx:checksum": "spdx:Checksum", "dcat:packageFormat": "dct:MediaType",
}

func TestEveryValueIsDescribedAsWhatItIs(t *testing.T) {
	s := build(t, samples(150)...)
	for number := 1; number <= s.Pages(); number++ {
		page, _ := s.Page(Turtle, number)
		all, err := readTurtle(page.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		is := map[[2]string]bool{}
		for _, x := range all {
			is[[2]string{x.subject, x.predicate + " " + x.object.value}] = true
		}
		met := map[string]bool{}
		for _, x := range all {
			for property, class := range ranges {
				if x.predicate == expand(property) {
					met[property] = true
					if !is[[2]string{x.object.value, expand("rdf:type") + " " + expand(class)}] {
						t.Errorf("page %d: %s leads to %s, which is not said to be a %s", number, property, x.object.value, class)
					}
				}
			}
		}
		for property := range ranges {
			if !met[property] && property != "dct:creator" {
				t.Errorf("page %d never says %s", number, property)
			}
		}
	}
}

// apart leaves out what differs by design: addresses of pages of the format.
func apart(all []triple) []triple {
	var out []triple
	for _, x := range all {
		if !strings.Contains(x.subject, "/catalog.") {
			out = append(out, x)
		}
	}
	return out
}

func TestTheSameRegisterHasTheSameSnapshot(t *testing.T) {
	all := samples(30)
	one := build(t, all...)
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	two := build(t, all...)
	if one.ID != two.ID {
		t.Errorf("order of rows changes the snapshot: %s, %s", one.ID, two.ID)
	}
	a, _ := one.Page(JSONLD, 1)
	b, _ := two.Page(JSONLD, 1)
	if !bytes.Equal(a.Bytes(), b.Bytes()) || a.ETag(Plain) != b.ETag(Plain) {
		t.Error("the same register is written differently")
	}
	all[3].Content.Title = lang.Text{"fr": "Autre"}
	if three := build(t, all...); three.ID == one.ID {
		t.Error("a changed title does not change the snapshot")
	}
}

func TestOnlyThePageOfWhatChangedIsWrittenAgain(t *testing.T) {
	all := samples(1000)
	before := build(t, all...)
	all[4].Content.Title = lang.Text{"fr": "Corrigé"}
	after, err := Build(settings(), register(all...), before, now)
	if err != nil {
		t.Fatal(err)
	}
	if after.Pages() != before.Pages() {
		t.Fatalf("%d pages became %d", before.Pages(), after.Pages())
	}
	for i := range after.leaves {
		kept := after.leaves[i] == before.leaves[i]
		if changed := after.leafOf(all[4].DatasetID) == after.leaves[i]; kept == changed {
			t.Errorf("leaf %d: kept = %v, changed = %v", i, kept, changed)
		}
	}
}

func TestABadPublicationIsLeftOutAndBreaksNothing(t *testing.T) {
	untitled, twin, noUUID := sample(2), sample(3), sample(4)
	untitled.Content.Title = lang.Text{"fr": " \x00 "}
	twin.Name = sample(1).Name
	noUUID.DatasetID = "4"
	s := build(t, sample(1), untitled, twin, noUUID)
	if s.Len() != 1 || len(s.LeftOut) != 3 {
		t.Errorf("kept %d, left out %v; want 1 and 3", s.Len(), s.LeftOut)
	}
	if _, err := Build(settings(), register(untitled), nil, now); err == nil || errors.Is(err, ErrEmpty) {
		t.Errorf("Build of nothing but faults = %v; want a fault that is not emptiness", err)
	}
}

func TestEmptyRegister(t *testing.T) {
	if _, err := Build(settings(), register(), nil, now); !errors.Is(err, ErrEmpty) {
		t.Errorf("Build = %v; want ErrEmpty", err)
	}
	allowed := settings()
	allowed.EmptyAllowed = true
	s, err := Build(allowed, register(), nil, now)
	if err != nil {
		t.Fatal(err)
	}
	page, ok := s.Page(Turtle, 1)
	if !ok || !strings.Contains(string(page.Bytes()), `hydra:totalItems "0"^^xsd:integer`) {
		t.Errorf("empty page:\n%s", page.Bytes())
	}
	if !strings.HasSuffix(string(s.DataJSON().Bytes()), "\"dataset\":[\n\n]}\n") {
		t.Errorf("empty data.json: %s", s.DataJSON().Bytes())
	}
}

func TestHostileContentAlwaysParses(t *testing.T) {
	for name, nasty := range map[string]string{
		"quotes": `"'” \ ''' """ \n \u0000 ]]> --> </script><script>alert(1)</script>`,
		"marks":  "\u200F\u202Eabc\u2066\u2028\u2029\uFEFF\uFFFF\uFFFE", "nul": "a\x00b\x01\x1f\x7f\u0085c",
		"invalid utf-8": "caf\xe9 \xed\xa0\x80 fin", "long": strings.Repeat("اختبار <&> ", 1000),
		"line ends": "a\r\nb\rc\n\n<> .\n@prefix x: <y> .", "arabic only": "الإنتاج الفلاحي",
	} {
		t.Run(name, func(t *testing.T) {
			p := sample(1)
			p.Content.Title = lang.Text{"ar": nasty + "ع"}
			p.Content.Description = lang.Text{"fr": nasty + "."}
			p.Content.Keywords = lang.Words{"fr": {nasty, nasty + ",x"}}
			p.Content.ContactName, p.Content.Producer, p.Content.LegalGround = nasty, nasty, nasty
			p.Content.Distributions = append(p.Content.Distributions, inventory.Distribution{
				ID: "x y<>", Title: lang.Text{"fr": nasty}, URL: "https://exemple.tn/" + nasty, Format: nasty, MediaType: nasty,
			}, inventory.Distribution{ID: "b", URL: `https://h.tn/a b"<>\^[é]?q=%zz`, Format: "csv"})
			s := build(t, p)
			if len(s.LeftOut) > 0 {
				t.Fatalf("left out: %v", s.LeftOut)
			}
			for _, d := range []*Document{s.DataJSON(), s.Whole(JSONLD)} {
				if !json.Valid(d.Bytes()) {
					t.Errorf("not JSON: %s", d.Bytes())
				}
			}
			for _, d := range []*Document{s.Whole(RDFXML), s.Sitemap(), s.AtomPage(AtomPage{Changes: []inventory.Publication{p}, Self: "https://jard.example/feed.atom"})} {
				wellFormed(t, d.Bytes())
			}
			status, d := s.Act("package_search", Args{"q": nasty, "rows": "5"})
			if !json.Valid(d.Bytes()) {
				t.Errorf("search for it: %d %s", status, d.Bytes())
			}
			if org, _, _ := s.SchemaOrg(t.Context(), p.DatasetID); bytes.ContainsAny(org, "<>") {
				t.Errorf("schema.org could leave its script: %s", org)
			}
		})
	}
}

func TestNextPageCarriesTheSnapshot(t *testing.T) {
	s := build(t, samples(250)...)
	if s.Pages() != 4 { // 63, 64, 64 and 59: the bits of the ids decide
		t.Fatalf("%d pages; want 4", s.Pages())
	}
	first, _ := s.Page(Turtle, 1)
	next := "hydra:next <https://jard.example/catalog.ttl?page=2&snapshot=" + s.ID + ">"
	if !strings.Contains(string(first.Bytes()), next) {
		t.Errorf("no %s in\n%.2000s", next, first.Bytes())
	}
	last, _ := s.Page(Turtle, 4)
	if strings.Contains(string(last.Bytes()), "hydra:next") {
		t.Error("the last page has a next one")
	}
	if _, ok := s.Page(Turtle, 5); ok {
		t.Error("there is a page past the last")
	}
}

func TestDatesOfTheFutureAreNotClaimed(t *testing.T) {
	p := sample(1)
	p.Content.DataModified = "2031-01-01"
	page, _ := build(t, p).Page(Turtle, 1)
	if strings.Contains(string(page.Bytes()), "2031") {
		t.Error("a harvester would refuse a change in the future")
	}
}

func TestTombstone(t *testing.T) {
	p, at := sample(2), now.Add(-time.Hour)
	p.WithdrawnAt, p.WithdrawalReason, p.ReplacedBy = &at, "Doublon", sample(1).Ref
	r := register(sample(1), p)
	r.Tombstones = []inventory.Publication{p}
	s, err := Build(settings(), r, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 1 {
		t.Errorf("%d datasets; a withdrawn one is served", s.Len())
	}
	g, ok := s.Gone(p.DatasetID)
	if !ok || g.Replacement != "https://jard.example/dataset/"+sample(1).DatasetID {
		t.Errorf("Gone = %+v, %v", g, ok)
	}
	golden(t, "tombstone.ttl", s.Tombstone(g, Turtle).Bytes())
}
