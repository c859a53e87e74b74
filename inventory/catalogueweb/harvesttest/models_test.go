package harvesttest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// remote is a catalogue that says whatever a test wants it to.
type remote struct {
	*http.ServeMux
	asked []string // method and address
}

func newRemote(t *testing.T) (*remote, Source) {
	t.Helper()
	r := &remote{ServeMux: http.NewServeMux()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked = append(r.asked, req.Method+" "+req.URL.RequestURI())
		r.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	via := NewVia(server.Listener.Addr().String)
	t.Cleanup(via.Close)
	return r, Source{Base: "http://x.example", Via: via}
}

// says answers an address with a body of a type.
func (r *remote) says(path, kind, body string) {
	r.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		fmt.Fprint(w, body)
	})
}

var day = time.Date(2026, 8, 20, 9, 0, 0, 123456000, time.UTC)

// page is Turtle of datasets, by number, and what follows it.
func page(next string, numbers ...int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<http://x.example/p> a <%[1]sPartialCollectionView>, <%[1]sPagedCollection> ; <%[1]stotalItems> 2", hydraNS)
	if next != "" {
		fmt.Fprintf(&b, " ; <%snext> <%s>", hydraNS, next)
	}
	b.WriteString(" .\n")
	for _, n := range numbers {
		fmt.Fprintf(&b, "<http://x.example/dataset/%d> a <%sDataset> ; <%stitle> \"Titre %d\"@fr ; <%skeyword> \"blé, orge\" .\n", n, dcatNS, dctNS, n, dcatNS)
	}
	return b.String()
}

func TestDCATRDFDoesAsTheOriginal(t *testing.T) {
	t.Run("pages, tags and deletions", func(t *testing.T) {
		r, s := newRemote(t)
		second := page("", 2)
		r.says("/catalog.ttl", "text/turtle; charset=utf-8", page("http://x.example/two", 1))
		r.HandleFunc("/two", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, second) })
		h := DCATRDF(s, "/catalog.ttl", "fr")
		if j := h.Run(t.Context(), day); !j.Good() || !slices.Equal(r.asked, []string{"HEAD /catalog.ttl", "GET /catalog.ttl", "HEAD /two", "GET /two"}) {
			t.Errorf("%v %v", j, r.asked)
		}
		if p := h.Alive()["http://x.example/dataset/1"]; p.Name != "titre-1" || !slices.Equal(p.Tags, []string{"blé", "orge"}) {
			t.Errorf("%+v", p)
		}
		second = page("")
		if j := h.Run(t.Context(), day); !j.Good() || !slices.Equal(j.Deleted, []string{"http://x.example/dataset/2"}) {
			t.Errorf("%v", j)
		}
		second = page("", 2) // it comes back under another name: the old one is taken
		if h.Run(t.Context(), day); h.Alive()["http://x.example/dataset/2"].Name != "titre-21" {
			t.Errorf("%+v", h.Alive()["http://x.example/dataset/2"])
		}
	})
	t.Run("a page equal to the first ends it", func(t *testing.T) {
		r, s := newRemote(t)
		r.says("/", "text/turtle", page("http://x.example/again", 1))
		if j := DCATRDF(s, "/catalog.ttl", "fr").Run(t.Context(), day); !j.Good() || len(r.asked) != 4 {
			t.Errorf("%v %v", j, r.asked)
		}
	})
	for name, tt := range map[string]struct {
		head, get  int
		kind, body string
		want       string // what the job ends with; empty when it is good
	}{
		"no HEAD, 405":        {405, 200, "text/turtle", page("", 1), ""},
		"no HEAD, 400":        {400, 200, "text/turtle", page("", 1), ""},
		"no HEAD, 404":        {404, 200, "text/turtle", page("", 1), "http://x.example/c: 404"},
		"an error on GET":     {200, 503, "application/problem+json", `{}`, `error parsing the RDF file: no parser for "application/problem+json"`},
		"JSON-LD as JSON":     {200, 200, "application/json", `{}`, `error parsing the RDF file: no parser for "application/json"`},
		"a dataset untitled":  {200, 200, "text/turtle", "<http://a/> a <" + dcatNS + "Dataset> .", "error when processing dataset: KeyError 'title' of http://a/"},
		"an answer of no use": {200, 200, "text/turtle", "<html>", `error parsing the RDF file: turtle: line 1: <html> is relative`},
		"nothing":             {200, 200, "text/turtle", "", "no content"},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newRemote(t)
			r.HandleFunc("/c", func(w http.ResponseWriter, req *http.Request) {
				w.Header().Set("Content-Type", tt.kind)
				w.WriteHeader(map[string]int{"HEAD": tt.head, "GET": tt.get}[req.Method])
				fmt.Fprint(w, tt.body)
			})
			h := DCATRDF(s, "/c", "fr")
			h.Portal.put(&Job{}, "http://x.example/dataset/9", Package{Name: "was", Title: "Was"})
			h.Portal.current["http://x.example/dataset/9"] = true
			j := h.Run(t.Context(), day)
			if got := fmt.Sprint(j.Err); got != tt.want && (tt.want != "" || j.Err != nil) {
				t.Errorf("ends with %v; want %s", j.Err, tt.want)
			}
			if kept := h.Alive()["http://x.example/dataset/9"] != nil; kept != (tt.want != "") {
				t.Errorf("what was there before is kept: %v", kept)
			}
		})
	}
}

func ckanRow(id int, state, modified, tag string) string {
	return fmt.Sprintf(`{"id":"00000000-0000-4000-8000-%012d","name":"n-%d","title":"T %d","state":%q,"metadata_modified":%q,"tags":[{"name":%q}]}`,
		id, id, id, state, modified, tag)
}

func TestCKANDoesAsTheOriginal(t *testing.T) {
	r, s := newRemote(t)
	rows, status, body := "", 200, ""
	r.HandleFunc("/api/3/action/package_search", func(w http.ResponseWriter, req *http.Request) {
		w.WriteHeader(status)
		switch {
		case body != "":
			fmt.Fprint(w, body)
		case req.FormValue("start") == "0":
			fmt.Fprintf(w, `{"success":true,"result":{"results":[%s]}}`, rows)
		default:
			fmt.Fprint(w, `{"success":true,"result":{"results":[]}}`)
		}
	})
	h := CKAN(s)
	const older, newer = "2026-08-20T08:00:00.000000", "2026-08-20T10:00:00.000001"
	steps := []struct {
		name, rows, body string
		status           int
		good             bool
		asked            string // the first request
		alive            int
	}{
		{"everything at first", ckanRow(1, active, older, "olives") + "," + ckanRow(2, active, older, "huile"), "", 200, true, "start=0", 2},
		{"then what changed", ckanRow(1, deleted, newer, "olives"), "", 200, true, "fq=metadata_modified%3A%5B2026-08-20T08%3A00%3A00.123456Z+TO+%2A%5D", 1},
		{"not what is not newer", ckanRow(2, deleted, older, "olives"), "", 200, true, "fq=", 1},
		{"an error in JSON is the end of the list", "", `{"error":"x"}`, 503, true, "fq=", 1},
		{"one in words is an error", "", `unavailable`, 503, false, "fq=", 1},
		{"one tag loses a dataset", ckanRow(3, active, newer, "l'air"), "", 200, false, "fq=", 1},
	}
	for _, step := range steps {
		rows, body, status, r.asked = step.rows, step.body, step.status, nil
		j := h.Run(t.Context(), day)
		if j.Good() != step.good || len(h.Alive()) != step.alive || !strings.Contains(r.asked[0], step.asked) {
			t.Errorf("%s: %v, %d alive, asked %v; %v", step.name, j, len(h.Alive()), r.asked, j.Rejected)
		}
	}
}

func TestOthersDoAsTheirOriginals(t *testing.T) {
	record := `{"identifier":%q,"title":"T","description":"D","modified":"2026-08-01","accessLevel":"public","keyword":["k"],` +
		`"publisher":{"name":"P"},"contactPoint":{"fn":"F","hasEmail":"mailto:a@b.example"}%s}`
	catalogue := func(records ...string) string {
		return `{"conformsTo":"https://project-open-data.cio.gov/v1.1/schema","dataset":[` + strings.Join(records, ",") + `]}`
	}
	r, s := newRemote(t)
	r.says("/data.json", "application/json", catalogue(fmt.Sprintf(record, "a", ""), fmt.Sprintf(record, "a", ""),
		fmt.Sprintf(record, "b", `,"distribution":[{"downloadURL":"https://x.example/f"}]`), fmt.Sprintf(record, "c", `,"accrualPeriodicity":"monthly"`)))
	j := GSA(s).Run(t.Context(), day)
	if len(j.Created) != 1 || len(j.Rejected) != 3 || j.Rejected["a"] != "duplicate identifier" {
		t.Errorf("GSA: %v %v", j, j.Rejected)
	}
	if j := DCATJSON(s).Run(t.Context(), day); len(j.Rejected) != 3 || // tags of one letter
		!slices.Equal(r.asked[1:], []string{"HEAD /data.json", "GET /data.json", "HEAD /data.json?page=2", "GET /data.json?page=2"}) {
		t.Errorf("DCAT JSON: %v %v", j, r.asked)
	}
	r.HandleFunc("/catalog.jsonld", func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, "/data.json", http.StatusFound) })
	if j := UdataDCAT(s).Run(t.Context(), day); fmt.Sprint(j.Err) != "http://x.example/catalog.jsonld: 302" {
		t.Errorf("udata: %v", j)
	}
	r.says("/catalog.rdf", "application/rdf+xml", `<rdf:RDF xmlns:rdf="`+rdfNS+`"><rdf:Description rdf:about="http://x.example/p"><rdf:type rdf:resource="`+
		hydraNS+`PagedCollection"/></rdf:Description></rdf:RDF>`)
	if j := PiveauRDF(s).Run(t.Context(), day); fmt.Sprint(j.Err) != `NullPointerException: totalItems ""` {
		t.Errorf("piveau: %v", j)
	}
	r.says("/api/3/action/package_list", "application/json; charset=utf-8", `{"success":true,"result":["x"]}`)
	r.says("/api/3/action/package_show", "application/json", `{"success":true,"result":{"id":"x"}}`)
	if j := UdataCKAN(s).Run(t.Context(), day); !strings.Contains(j.Rejected["x"], "required key author is not provided") {
		t.Errorf("udata ckan: %v", j.Rejected)
	}
}

func TestUdataArchivesAfterItsDaysOfGrace(t *testing.T) {
	r, s := newRemote(t)
	body := ""
	r.HandleFunc("/catalog.jsonld", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	node := func(n int) string {
		return fmt.Sprintf(`{"@id":"http://x.example/%d","@type":"http://www.w3.org/ns/dcat#Dataset","http://purl.org/dc/terms/identifier":"%d","http://purl.org/dc/terms/title":"T"}`, n, n)
	}
	h := UdataDCAT(s)
	for _, step := range []struct {
		days  int
		nodes string
		alive int
	}{{0, node(1) + "," + node(2), 2}, {1, node(1), 2}, {7, node(1), 2}, {9, node(1), 1}, {10, node(1) + "," + node(2), 2}} {
		body = `{"@context":{},"@graph":[` + step.nodes + `]}`
		if j := h.Run(t.Context(), day.AddDate(0, 0, step.days)); !j.Good() || len(h.Alive()) != step.alive {
			t.Errorf("after %d days: %v, %d alive; want %d", step.days, j, len(h.Alive()), step.alive)
		}
	}
}

func TestAWireSpoilsAsManyAsItIsTold(t *testing.T) {
	_, s := newRemote(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 100_000)) }))
	t.Cleanup(server.Close)
	w := NewWire(t, server.Listener.Addr().String, 1)
	s.Via = NewVia(w.Address)
	t.Cleanup(s.Via.Close)
	w.SpoilOneIn(4)
	whole, m := 0, vertx()
	m.keeps = false
	for range 200 {
		if r, err := (&Job{source: s}).get(t.Context(), m, s.Base); err == nil && len(r.body) == 100_000 {
			whole++
		}
	}
	if w.Spoiled() != 50 || whole < 150 || whole == 200 {
		t.Errorf("%d of 200 spoiled, %d whole", w.Spoiled(), whole)
	}
}
