package catalogue

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

// hostile are contents that break careless writers.
func hostile() []inventory.Publication {
	texts := map[string]string{
		"quotes":     `"double" 'single' \"both\" \ ` + "`",
		"markup":     `<script>alert("x")</script> </dc:title> ]]> <!-- --> <?xml?> & &amp; &#0;`,
		"direction":  "\u202Eabc\u202C \u200F\u200E\u2066x\u2069 عربي",
		"zero":       "a\x00b\x01\x08\x0b\x1f\x7f\u0085c",
		"surrogates": "a\xed\xa0\x80b\xed\xbf\xbf\xff\xfe",
		"nonchars":   "\uFFFE\uFFFF\uFEFFx",
		"long":       strings.Repeat("é", 10_000),
		"arabic":     "الصِّحَّةُ العُموميّة",
		"breaks":     "line\r\nline\rline\u2028line\u2029\tend",
		"turtle":     "@prefix a: <b> . \"\"\" ''' ^^xsd:int @fr \\u0041 \\n",
		"json":       `{"@context": null, "a": [1,2}, "\ud800"`,
		"formula":    `=HYPERLINK("http://x")`,
		"sql":        "'; DROP TABLE publications; --",
		"emoji":      "🇹🇳🫒 \U0001F468\u200D\U0001F469",
	}
	var all []inventory.Publication
	for n, name := range slices.Sorted(slices.Values(keysOf(texts))) {
		p, s := sample(n+1), texts[name]
		c := &p.Content
		c.Title, c.Description = lang.Text{"fr": s, "ar": s, "en": s}, lang.Text{"fr": s, "ar": s}
		if name == "arabic" {
			c.Title, c.Description = lang.Text{"ar": s}, nil
		}
		c.Keywords = lang.Words{"fr": {s, s + ",b"}, "ar": {s}}
		c.Producer, c.ContactName, c.ContactEmail, c.LegalGround = s, s, s, s
		c.Distributions[0].Title = lang.Text{"fr": s}
		c.Distributions[0].Format, c.Distributions[0].MediaType = s, s
		c.Distributions[0].DownloadURL = "https://data.example/" + s
		p.Files = []inventory.FileFact{{ID: c.Distributions[0].ID, Format: s, SHA256: s, Bytes: 7}}
		p.WithdrawalReason = s
		all = append(all, p)
	}
	return all
}

func keysOf(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func TestHostileContentInEveryFormat(t *testing.T) {
	all := hostile()
	s := build(t, all...)
	if len(s.LeftOut) > 0 || s.Len() != len(all) {
		t.Fatalf("left out: %+v", s.LeftOut)
	}
	for _, f := range []Format{JSONLD, Turtle, RDFXML, NTriples} {
		page, _ := s.Page(f, 1)
		if !utf8.Valid(page.Bytes()) || bytes.ContainsRune(page.Bytes(), 0) {
			t.Errorf("%s: not text", f)
		}
	}
	wellFormed(t, s.Whole(RDFXML).Bytes())
	wellFormed(t, s.Sitemap().Bytes())
	wellFormed(t, s.AtomPage(AtomPage{Changes: all, Self: "https://jard.example/feed.atom"}).Bytes())
	checkDataJSON(t, s.DataJSON().Bytes())
	for _, prefix := range []string{"oai_dc", "rdf"} {
		q, refused := ParseOAI(url.Values{"verb": {"ListRecords"}, "metadataPrefix": {prefix}})
		if refused != nil {
			t.Fatal(refused)
		}
		answer, err := s.OAI(t.Context(), q, now)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, answer)
		if got := bytes.Count(answer, []byte("<record>")); got != len(all) {
			t.Errorf("%s: %d records", prefix, got)
		}
	}
	var table bytes.Buffer
	if err := s.WriteInventory(t.Context(), &table); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(table.Bytes()[3:])).ReadAll()
	if err != nil || len(rows) != len(all)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		for n, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && cell != "-" {
				t.Errorf("%s = %.40q could be a formula", rows[0][n], cell)
			}
		}
	}
	for _, p := range all {
		b, ok, err := s.SchemaOrg(t.Context(), p.DatasetID)
		if !ok || err != nil || bytes.ContainsAny(b, "<>") {
			t.Errorf("%s: %.200s", p.Ref, b)
		}
		checkGoogle(t, b)
	}
}

// checkDataJSON holds data.json against the rules of its schema, v1.1 for
// publishers that are no federal agency.
func checkDataJSON(t *testing.T, doc []byte) {
	t.Helper()
	var d struct {
		Context    string           `json:"@context"`
		Type       string           `json:"@type"`
		ConformsTo string           `json:"conformsTo"`
		Dataset    []map[string]any `json:"dataset"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatalf("data.json: %v", err)
	}
	if d.ConformsTo != "https://project-open-data.cio.gov/v1.1/schema" || d.Type == "" || d.Context == "" || d.Dataset == nil {
		t.Errorf("catalog: %q %q %q", d.ConformsTo, d.Type, d.Context)
	}
	seen := map[string]bool{}
	for _, x := range d.Dataset {
		id, _ := x["identifier"].(string)
		if seen[id] {
			t.Errorf("%s: twice", id)
		}
		seen[id] = true
		checkDataset11(t, id, x)
	}
}

var (
	form11Date    = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$`)
	form11Accrual = regexp.MustCompile(`^(irregular|R/P(\d+(\.\d+)?[YMWD])?(T\d+(\.\d+)?[HMS])?)$`)
	form11Period  = regexp.MustCompile(`^\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d$`)
	form11Media   = regexp.MustCompile(`^[a-z0-9.+-]+/[a-z0-9.+-]+$`)
	form11Mail    = regexp.MustCompile(`^mailto:[^\s@]+@[^\s@]+\.[^\s@]+$`)
)

func checkDataset11(t *testing.T, id string, x map[string]any) {
	t.Helper()
	text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	object := func(name string) map[string]any { m, _ := x[name].(map[string]any); return m }
	for _, name := range []string{"title", "description", "identifier", "modified", "accessLevel"} {
		if strings.TrimSpace(text(x, name)) == "" {
			t.Errorf("%s: %s is missing", id, name)
		}
	}
	if words, _ := x["keyword"].([]any); len(words) == 0 || words[0] == "" {
		t.Errorf("%s: keyword %v", id, x["keyword"])
	}
	if !slices.Contains([]string{"public", "restricted public", "non-public"}, text(x, "accessLevel")) {
		t.Errorf("%s: accessLevel %q", id, text(x, "accessLevel"))
	}
	if text(object("publisher"), "name") == "" || text(object("contactPoint"), "fn") == "" {
		t.Errorf("%s: publisher %v, contact %v", id, x["publisher"], x["contactPoint"])
	}
	if !form11Mail.MatchString(text(object("contactPoint"), "hasEmail")) {
		t.Errorf("%s: mailbox %v", id, x["contactPoint"])
	}
	for name, form := range map[string]*regexp.Regexp{
		"modified": form11Date, "issued": form11Date, "accrualPeriodicity": form11Accrual, "temporal": form11Period,
	} {
		if value, given := x[name]; given && !form.MatchString(fmt.Sprint(value)) {
			t.Errorf("%s: %s %q", id, name, value)
		}
	}
	if utf8.RuneCountInString(text(x, "rights")) > 255 {
		t.Errorf("%s: rights are too long", id)
	}
	for _, name := range []string{"license", "landingPage"} {
		if _, ok := cleanIRI(text(x, name)); x[name] != nil && !ok {
			t.Errorf("%s: %s %q", id, name, x[name])
		}
	}
	files, _ := x["distribution"].([]any)
	for _, one := range files {
		f, _ := one.(map[string]any)
		if f["downloadURL"] == nil && f["accessURL"] == nil || f["downloadURL"] != nil && !form11Media.MatchString(text(f, "mediaType")) {
			t.Errorf("%s: distribution %v", id, f)
		}
	}
}

func TestDataJSONObeysItsSchema(t *testing.T) {
	all := samples(30)
	all[1].Content.Keywords, all[2].Content.ContactEmail, all[3].Content.Distributions = nil, "", nil
	all[4].Content.Openness, all[5].Content.Openness, all[6].Content.Openness = inventory.Restricted, inventory.Openable, inventory.Closed
	all[7].Content.LegalGround = strings.Repeat("x", 400)
	all[8].Content.Distributions[0].Format, all[8].Files = "", nil
	all[9].Content.Distributions[0].Format = "" // seen to be a ZIP
	s := build(t, all...)
	checkDataJSON(t, s.DataJSON().Bytes())
	if !bytes.Contains(s.DataJSON().Bytes(), []byte(`"mediaType":"application/zip","format":"ZIP"`)) {
		t.Error("what a look saw of a file is not told")
	}
}

// Every frequency of the pilot is an interval that the schema takes.
func TestEveryFrequencyFits(t *testing.T) {
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Frequencies {
		if f.Accrual != "" && accrual11(f.Accrual) == "" {
			t.Errorf("%s: %q is no interval", f.Code, f.Accrual)
		}
	}
	for _, g := range v.Governorates {
		if !strings.HasPrefix(g.URI, "https://sws.geonames.org/") {
			t.Errorf("%s has no place in the world: %q", g.Code, g.URI)
		}
	}
}

// checkGoogle holds a description against what search engines for datasets
// ask for.
func checkGoogle(t *testing.T, b []byte) {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	for _, name := range []string{
		"@context", "@type", "name", "description", "url", "sameAs", "identifier", "keywords", "creator", "publisher",
		"includedInDataCatalog", "spatialCoverage", "dateModified", "datePublished", "inLanguage",
	} {
		if d[name] == nil {
			t.Errorf("%v lacks %s", d["url"], name)
		}
	}
	if n := utf8.RuneCountInString(fmt.Sprint(d["description"])); n < 50 || n > 5000 {
		t.Errorf("%v: a description of %d characters", d["url"], n)
	}
}

func TestSearchEnginesAreToldEverything(t *testing.T) {
	p := sample(2)
	p.Content.Description = lang.Text{"fr": "Court."}
	b, ok, err := build(t, p).SchemaOrg(t.Context(), p.DatasetID)
	if !ok || err != nil {
		t.Fatal("not described", err)
	}
	checkGoogle(t, b)
	var d map[string]any
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"temporalCoverage": "2020-01-01/2025-12-31", "alternateName": "[إنتاج الزيتون 2]", "inLanguage": "[fr ar]",
		"dateModified": "2026-07-01", "isAccessibleForFree": "true",
	} {
		if got := fmt.Sprint(d[name]); got != want {
			t.Errorf("%s = %s; want %s", name, got, want)
		}
	}
	if !bytes.Contains(b, []byte(`"contentSize":"2002"`)) || !bytes.Contains(b, []byte("sws.geonames.org")) {
		t.Errorf("size or place is missing: %s", b)
	}
}

func TestManySitemaps(t *testing.T) {
	s := build(t, samples(25)...)
	if s.sitemaps(10) != 3 {
		t.Fatalf("%d sitemaps", s.sitemaps(10))
	}
	pages := map[string]bool{}
	for n := range 3 {
		var m struct {
			URLs []struct {
				Loc   string `xml:"loc"`
				Links []struct {
					Language string `xml:"hreflang,attr"`
					Href     string `xml:"href,attr"`
				} `xml:"http://www.w3.org/1999/xhtml link"`
			} `xml:"url"`
		}
		b := s.writeSitemap(n*10, 10)
		if err := xml.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		for _, u := range m.URLs {
			if len(u.Links) != 4 || u.Links[2].Language != "ar" || u.Links[2].Href != u.Loc+"?lang=ar" {
				t.Errorf("%s: %+v", u.Loc, u.Links)
			}
			pages[u.Loc] = true
		}
	}
	if len(pages) != 25 {
		t.Errorf("%d pages in all; want 25", len(pages))
	}
	if _, ok := s.SitemapPart(2); ok {
		t.Error("there is a second sitemap of 25 pages")
	}
}

func FuzzOAI(f *testing.F) {
	s, err := Build(settings(), register(samples(3)...), nil, now)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"verb=Identify", "verb=ListRecords&metadataPrefix=oai_dc", "verb=ListSets", "verb=GetRecord&identifier=\x00<&metadataPrefix=rdf",
		"verb=ListIdentifiers&metadataPrefix=dcat_ap&from=2026-01-01&until=9999-12-31T23:59:59Z&set=theme.agriculture",
		"verb=ListRecords&resumptionToken=eyJ2IjoiTGlzdFJlY29yZHMifQ", "verb=%ff", "verb=ListMetadataFormats&identifier=%e2%80%ae",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query)
		q, refused := ParseOAI(values)
		if refused != nil {
			wellFormed(t, OAIRefuse(settings(), q, refused, now))
			return
		}
		b, err := s.OAI(t.Context(), q, now)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, b)
	})
}
