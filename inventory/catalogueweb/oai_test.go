package catalogueweb

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// oaiModel is what OAI-PMH.xsd allows inside each element, in its order.
// A star marks what may come more than once, a question mark what may lack.
var oaiModel = map[string][]string{
	"OAI-PMH": {"responseDate", "request", "error*", "Identify?", "ListMetadataFormats?", "ListSets?", "GetRecord?", "ListIdentifiers?", "ListRecords?"},
	"Identify": {
		"repositoryName", "baseURL", "protocolVersion", "adminEmail", "earliestDatestamp", "deletedRecord", "granularity", "compression*",
	},
	"ListMetadataFormats": {"metadataFormat*"},
	"metadataFormat":      {"metadataPrefix", "schema", "metadataNamespace"},
	"ListSets":            {"set*", "resumptionToken?"},
	"set":                 {"setSpec", "setName"},
	"GetRecord":           {"record"},
	"ListIdentifiers":     {"header*", "resumptionToken?"},
	"ListRecords":         {"record*", "resumptionToken?"},
	"record":              {"header", "metadata?"},
	"header":              {"identifier", "datestamp", "setSpec*"},
}

const oaiSpace = "http://www.openarchives.org/OAI/2.0/"

// obeys walks an answer and holds every element of the protocol to its model.
func obeys(t *testing.T, b []byte) {
	t.Helper()
	type open struct {
		name string
		left []string
	}
	var stack []open
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%.400s", err, b)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Space == oaiSpace && len(stack) > 0 && stack[len(stack)-1].name != "metadata" {
				top := &stack[len(stack)-1]
				at := slices.IndexFunc(top.left, func(m string) bool { return strings.TrimRight(m, "*?") == e.Name.Local })
				if at < 0 {
					t.Fatalf("%s may not stand in %s here: %v", e.Name.Local, top.name, top.left)
				}
				for _, passed := range top.left[:at] {
					if !strings.HasSuffix(passed, "*") && !strings.HasSuffix(passed, "?") {
						t.Fatalf("%s lacks %s", top.name, passed)
					}
				}
				if top.left = top.left[at:]; !strings.HasSuffix(top.left[0], "*") {
					top.left = top.left[1:]
				}
			}
			stack = append(stack, open{e.Name.Local, oaiModel[e.Name.Local]})
		case xml.EndElement:
			for _, left := range stack[len(stack)-1].left {
				if e.Name.Space == oaiSpace && !strings.HasSuffix(left, "*") && !strings.HasSuffix(left, "?") {
					t.Fatalf("%s ends without %s", e.Name.Local, left)
				}
			}
			stack = stack[:len(stack)-1]
		}
	}
}

type oaiHeader struct {
	Status     string   `xml:"status,attr"`
	Identifier string   `xml:"identifier"`
	Datestamp  string   `xml:"datestamp"`
	Sets       []string `xml:"setSpec"`
}

type oaiList struct {
	Headers []oaiHeader `xml:"header"`
	Records []struct {
		Header   oaiHeader `xml:"header"`
		Metadata *struct {
			Inner string `xml:",innerxml"`
		} `xml:"metadata"`
	} `xml:"record"`
	Sets []struct {
		Spec string `xml:"setSpec"`
		Name string `xml:"setName"`
	} `xml:"set"`
	Formats []struct {
		Prefix string `xml:"metadataPrefix"`
	} `xml:"metadataFormat"`
	Token *struct {
		Size   int    `xml:"completeListSize,attr"`
		Cursor int    `xml:"cursor,attr"`
		Value  string `xml:",chardata"`
	} `xml:"resumptionToken"`
}

type oaiAnswer struct {
	Date    string `xml:"responseDate"`
	Request struct {
		Attributes []xml.Attr `xml:",any,attr"`
		Base       string     `xml:",chardata"`
	} `xml:"request"`
	Errors []struct {
		Code string `xml:"code,attr"`
	} `xml:"error"`
	Identify *struct {
		Base     string `xml:"baseURL"`
		Earliest string `xml:"earliestDatestamp"`
		Mail     string `xml:"adminEmail"`
		Deleted  string `xml:"deletedRecord"`
	}
	GetRecord, ListRecords, ListIdentifiers, ListSets, ListMetadataFormats *oaiList
}

var oaiMoment = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)

// askOAI asks as a strict reader does: 200, XML in the right order, and a date.
func askOAI(t *testing.T, h *house, query string) oaiAnswer {
	t.Helper()
	got := h.get("/oai?" + query)
	return readOAI(t, got, query)
}

func readOAI(t *testing.T, got answer, query string) oaiAnswer {
	t.Helper()
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/xml; charset=utf-8" {
		t.Fatalf("%s: %d %s\n%.300s", query, got.status, got.header.Get("Content-Type"), got.body)
	}
	obeys(t, got.body)
	var a oaiAnswer
	if err := xml.Unmarshal(got.body, &a); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !oaiMoment.MatchString(a.Date) || a.Request.Base != base+"/oai" {
		t.Fatalf("%s: answered at %q by %q", query, a.Date, a.Request.Base)
	}
	return a
}

// harvestOAI follows the tokens to the end.
func harvestOAI(t *testing.T, h *house, verb, query string) (out []oaiHeader, bodies map[string]string) {
	t.Helper()
	bodies = map[string]string{}
	total := -1
	for q := "verb=" + verb + query; ; {
		a := askOAI(t, h, q)
		list := a.ListRecords
		if verb == "ListIdentifiers" {
			list = a.ListIdentifiers
		}
		if list == nil {
			t.Fatalf("%s: %+v", q, a.Errors)
		}
		if list.Token != nil && list.Token.Cursor != len(out) {
			t.Fatalf("%s: cursor %d after %d", q, list.Token.Cursor, len(out))
		}
		out = append(out, list.Headers...)
		for _, r := range list.Records {
			if (r.Metadata == nil) != (r.Header.Status == "deleted") {
				t.Fatalf("%s: status %q and metadata %v", r.Header.Identifier, r.Header.Status, r.Metadata != nil)
			}
			out = append(out, r.Header)
			if r.Metadata != nil {
				bodies[r.Header.Identifier] = r.Metadata.Inner
			}
		}
		if list.Token == nil || list.Token.Value == "" {
			if list.Token != nil {
				total = list.Token.Size
			}
			break
		}
		q = "verb=" + verb + "&resumptionToken=" + url.QueryEscape(list.Token.Value)
	}
	if total >= 0 && total != len(out) {
		t.Fatalf("%s: %d of %d", query, len(out), total)
	}
	return out, bodies
}

func TestAStrictOAIReaderHarvestsEverything(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 525)
		h.withdraw(7, "doublon", "")
		all, bodies := harvestOAI(t, h, "ListRecords", "&metadataPrefix=oai_dc")
		if len(all) != 525 || len(bodies) != 524 {
			t.Fatalf("%d records, %d with a description", len(all), len(bodies))
		}
		seen := map[string]oaiHeader{}
		for _, x := range all {
			if !oaiMoment.MatchString(x.Datestamp) || len(x.Sets) != 2 {
				t.Fatalf("%+v", x)
			}
			seen[x.Identifier] = x
		}
		if len(seen) != 525 || seen[base+"/dataset/"+datasetID(7)].Status != "deleted" {
			t.Errorf("%d different, the withdrawn one %+v", len(seen), seen[base+"/dataset/"+datasetID(7)])
		}
		if ids, _ := harvestOAI(t, h, "ListIdentifiers", "&metadataPrefix=dcat_ap"); len(ids) != 525 {
			t.Errorf("%d identifiers", len(ids))
		}
		sets := askOAI(t, h, "verb=ListSets").ListSets
		if sets == nil || len(sets.Sets) != 4 {
			t.Fatalf("sets = %+v", sets)
		}
		per := map[string]int{}
		for _, set := range sets.Sets {
			some, _ := harvestOAI(t, h, "ListIdentifiers", "&metadataPrefix=oai_dc&set="+set.Spec)
			kind, _, _ := strings.Cut(set.Spec, ".")
			per[kind] += len(some)
		}
		if per["institution"] != 525 || per["theme"] != 525 {
			t.Errorf("sets hold %v", per)
		}
	})
}

// oaiScript compares the graph in a record with that at the dataset's own IRI.
const oaiScript = `
import sys, rdflib
a, b = rdflib.Graph(), rdflib.Graph()
a.parse(sys.argv[1], format="xml"); b.parse(sys.argv[2], format="turtle")
assert len(a) > 30 and set(a) == set(b), sorted(set(a) ^ set(b))[:5]
`

func TestAnOAIRecordIsTheDatasetsOwnGraph(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 3)
		_, bodies := harvestOAI(t, h, "ListRecords", "&metadataPrefix=dcat_ap")
		for iri, body := range bodies {
			dir := t.TempDir()
			h.must(os.WriteFile(dir+"/record.rdf", []byte(body), 0o600))
			h.must(os.WriteFile(dir+"/own.ttl", h.get(iri+".ttl").body, 0o600))
			out, err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", oaiScript, dir+"/record.rdf", dir+"/own.ttl").CombinedOutput()
			if err != nil {
				t.Errorf("%s: %v\n%s", iri, err, out)
			}
		}
	})
}

func TestOAIByDates(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 30)
		stamp := func(n int) string { return modified(n).UTC().Format("2006-01-02T15:04:05Z") }
		for query, want := range map[string]int{
			"&from=" + stamp(10):                         21,
			"&until=" + stamp(10):                        10,
			"&from=" + stamp(10) + "&until=" + stamp(10): 1,
			"&from=2026-08-01&until=2026-08-01":          30, // the whole day, its end included
			"&from=2026-08-01&set=institution.marhp":     15,
		} {
			if got, _ := harvestOAI(t, h, "ListIdentifiers", "&metadataPrefix=oai_dc"+query); len(got) != want {
				t.Errorf("%s: %d; want %d", query, len(got), want)
			}
		}
		before := time.Now().UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z")
		h.withdraw(3, "doublon", "")
		got, _ := harvestOAI(t, h, "ListRecords", "&metadataPrefix=oai_dc&from="+before)
		if len(got) != 1 || got[0].Status != "deleted" || got[0].Identifier != base+"/dataset/"+datasetID(3) {
			t.Errorf("the withdrawal arrives as %+v", got)
		}
	})
}

// A list that began on one state of the register ends on it.
func TestOAITokensCarryTheSnapshot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 250)
		first := askOAI(t, h, "verb=ListRecords&metadataPrefix=oai_dc").ListRecords
		h.withdraw(1, "doublon", "")
		h.add(251, 260)
		n := len(first.Records)
		for token := first.Token.Value; token != ""; {
			list := askOAI(t, h, "verb=ListRecords&resumptionToken="+token).ListRecords
			for _, r := range list.Records {
				if r.Header.Status != "" {
					t.Error("a withdrawal from later is in the list")
				}
			}
			n, token = n+len(list.Records), list.Token.Value
		}
		if n != 250 {
			t.Errorf("%d records; want the 250 there were", n)
		}
		again := askOAI(t, h, "verb=ListRecords&resumptionToken="+first.Token.Value).ListRecords
		if again == nil || len(again.Records) != 100 {
			t.Error("a token that was used once is not taken again")
		}
	})
}

func TestOAIRefusesInItsOwnWords(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 3)
		get := "verb=GetRecord&identifier=" + url.QueryEscape(base+"/dataset/"+datasetID(1))
		for query, want := range map[string]string{
			"":                           "badVerb",
			"verb=Nothing":               "badVerb",
			"verb=Identify&verb=x":       "badVerb",
			"verb=identify":              "badVerb",
			"verb=Identify&x=1":          "badArgument",
			"verb=Identify&set=a":        "badArgument",
			"verb=ListRecords":           "badArgument",
			"verb=GetRecord":             "badArgument",
			"verb=GetRecord&identifier":  "badArgument",
			get:                          "badArgument",
			get + "&metadataPrefix=marc": "cannotDisseminateFormat",
			"verb=GetRecord&metadataPrefix=oai_dc&identifier=x":                                 "idDoesNotExist",
			"verb=GetRecord&metadataPrefix=oai_dc&identifier=" + datasetID(1):                   "idDoesNotExist",
			"verb=ListMetadataFormats&identifier=nothing":                                       "idDoesNotExist",
			"verb=ListRecords&metadataPrefix=marc":                                              "cannotDisseminateFormat",
			"verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=rdf":                         "badArgument",
			"verb=ListRecords&metadataPrefix=oai_dc&from=yesterday":                             "badArgument",
			"verb=ListRecords&metadataPrefix=oai_dc&from=2026-13-01":                            "badArgument",
			"verb=ListRecords&metadataPrefix=oai_dc&from=2026-08-02&until=2026-08-01":           "badArgument",
			"verb=ListRecords&metadataPrefix=oai_dc&from=2026-08-01&until=2026-08-01T00:00:00Z": "badArgument",
			"verb=ListRecords&metadataPrefix=oai_dc&from=2026-08-01T00:00:00.5Z":                "badArgument",
			"verb=ListRecords&metadataPrefix=oai_dc&from=":                                      "badArgument",
			"verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01":                           "noRecordsMatch",
			"verb=ListRecords&metadataPrefix=oai_dc&set=nothing":                                "noRecordsMatch",
			"verb=ListRecords&resumptionToken=zzz":                                              "badResumptionToken",
			"verb=ListSets&resumptionToken=zzz":                                                 "badResumptionToken",
			"verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=zzz":                        "badArgument",
			"verb=Identify&%zz": "badArgument",
		} {
			a := askOAI(t, h, query)
			if len(a.Errors) != 1 || a.Errors[0].Code != want {
				t.Errorf("%q: %+v; want %s", query, a.Errors, want)
			}
			if bad := want == "badVerb" || want == "badArgument"; bad && len(a.Request.Attributes) > 0 {
				t.Errorf("%q: the request is repeated although it is at fault: %v", query, a.Request.Attributes)
			}
		}
		lost := catalogue.OAIRequest{Verb: "ListRecords"}
		if !bytes.Contains(catalogue.OAIRefuse(catalogue.Settings{}, lost, catalogue.OAIGone(), time.Now()), []byte(`code="badResumptionToken"`)) {
			t.Error("a snapshot that is gone is not told of")
		}
	})
}

func TestOAIByPostAndTheRest(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 3)
		form := "application/x-www-form-urlencoded"
		a := readOAI(t, h.ask(http.MethodPost, "/oai", "verb=Identify", "Content-Type", form), "POST")
		if a.Identify == nil || a.Identify.Deleted != "persistent" || a.Identify.Mail != "contact@jard.example" || !oaiMoment.MatchString(a.Identify.Earliest) {
			t.Errorf("Identify = %+v", a.Identify)
		}
		if a := readOAI(t, h.ask(http.MethodPost, "/oai?verb=Identify", "{}", "Content-Type", "application/json"), "POST"); a.Errors[0].Code != "badVerb" {
			t.Errorf("another form: %+v", a.Errors)
		}
		if got := h.ask(http.MethodPost, "/oai", "verb="+strings.Repeat("x", 1<<20), "Content-Type", form); got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("a question without end: %d", got.status)
		}
		if f := askOAI(t, h, "verb=ListMetadataFormats").ListMetadataFormats; len(f.Formats) != 3 {
			t.Errorf("formats = %+v", f)
		}
		for _, prefix := range []string{"oai_dc", "dcat_ap", "rdf"} {
			r := askOAI(t, h, fmt.Sprintf("verb=GetRecord&metadataPrefix=%s&identifier=%s", prefix, url.QueryEscape(base+"/dataset/"+datasetID(1))))
			if r.GetRecord == nil || len(r.GetRecord.Records) != 1 || !strings.Contains(r.GetRecord.Records[0].Metadata.Inner, "Production d") {
				t.Errorf("%s: %+v", prefix, r)
			}
		}
		h.lost.Store(true)
		h.pages.Changed()
		if a := askOAI(t, h, "verb=Identify"); a.Identify == nil {
			t.Error("a lost database ends what is held")
		}
	})
}
