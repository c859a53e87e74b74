package catalogueweb

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database/databasetest"
)

// shape is an answer of the Action API.
type shape struct {
	Help    string
	Success *bool
	Error   map[string]any
	Result  json.RawMessage
}

func TestRefusalsHaveCKANsShapes(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	for _, tt := range []struct {
		method, address, body string
		status                int
		kind, field           string // of an error object
		message               string // of a bare string
	}{
		{"GET", "package_list?limit=abc", "", 409, "Validation Error", "limit", ""},
		{"GET", "package_search?rows=abc", "", 409, "Validation Error", "rows", ""},
		{"GET", "package_search?rows=-1", "", 409, "Validation Error", "rows", ""},
		{"GET", "package_show", "", 409, "Validation Error", "name_or_id", ""},
		{"GET", "package_search?foo=1", "", 400, "Search Query Error", "message", ""},
		{"GET", "package_search?fq=metadata_modified:[x+TO+*]", "", 400, "Search Query Error", "message", ""},
		{"GET", "package_search?q=(((", "", 400, "Search Query Error", "message", ""},
		{"GET", "package_search?sort=moon+asc", "", 400, "Search Query Error", "message", ""},
		{"GET", "package_show?id=none", "", 404, "Not Found Error", "message", ""},
		{"GET", "organization_show?id=none", "", 404, "Not Found Error", "message", ""},
		{"GET", "group_show?id=none", "", 404, "Not Found Error", "message", ""},
		{"POST", "package_create", `{"name":"x"}`, 403, "Authorization Error", "message", ""},
		{"GET", "package_create", "", 400, "", "", "Bad request - JSON Error: Invalid request. Please use POST method for your request"},
		{"GET", "no_such_thing", "", 400, "", "", "Bad request - Action name not known: no_such_thing"},
		{"POST", "package_show", `[1]`, 400, "", "", "Bad request - "},
		{"POST", "package_show", `{"id":`, 400, "", "", "Bad request - "},
		{"POST", "package_show", `null`, 400, "", "", "Bad request - "},
		{"GET", "status_show?callback=a(b", "", 400, "", "", "Bad request - "},
	} {
		t.Run(tt.method+" "+tt.address+" "+tt.body, func(t *testing.T) {
			got := h.ask(tt.method, "/api/3/action/"+tt.address, tt.body)
			if got.status != tt.status || got.header.Get("Content-Type") != "application/json" {
				t.Fatalf("%d %s %s; want %d", got.status, got.header.Get("Content-Type"), got.body, tt.status)
			}
			if tt.kind == "" {
				var message string
				if json.Unmarshal(got.body, &message) != nil || !strings.HasPrefix(message, tt.message) {
					t.Errorf("body %s; want the string %q", got.body, tt.message)
				}
				return
			}
			var s shape
			h.must(json.Unmarshal(got.body, &s))
			if s.Success == nil || *s.Success || s.Error["__type"] != tt.kind || s.Error[tt.field] == nil || s.Help == "" {
				t.Errorf("body %s; want %s with %s", got.body, tt.kind, tt.field)
			}
		})
	}
}

func TestOtherMethodsAndJSONP(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	for method, status := range map[string]int{
		http.MethodOptions: 200, http.MethodPut: 405, http.MethodDelete: 405,
	} {
		if got := h.ask(method, "/api/3/action/package_show", ""); got.status != status {
			t.Errorf("%s answers %d; want %d", method, got.status, status)
		}
	}
	got := h.get("/api/3/action/site_read?callback=jQuery_1.done")
	if !strings.HasPrefix(string(got.body), `jQuery_1.done({"help": `) || !strings.HasSuffix(string(got.body), "});") {
		t.Errorf("%s", got.body)
	}
}

func TestAnActionTakesItsArgumentsAsCKANDoes(t *testing.T) {
	h := open(t, databasetest.Open(t), 30)
	want := h.get("/api/3/action/package_search?rows=3&start=2&sort=id+asc&fq=organization:marhp").body
	for name, got := range map[string]answer{
		"JSON body":    h.ask("POST", "/api/3/action/package_search", `{"rows":3,"start":2,"sort":"id asc","fq":"organization:marhp"}`, "Content-Type", "application/json"),
		"JSON strings": h.ask("POST", "/api/3/action/package_search", `{"rows":"3","start":"2","sort":"id asc","fq_list":["organization:marhp"]}`),
		"form":         h.ask("POST", "/api/3/action/package_search", "rows=3&start=2&sort=id+asc&fq=organization%3Amarhp", "Content-Type", "application/x-www-form-urlencoded"),
		"other root":   h.get("/api/action/package_search?rows=3&start=2&sort=id+asc&fq=organization:marhp"),
		"POST, query":  h.ask("POST", "/api/3/action/package_search?rows=3&start=2&sort=id+asc&fq=organization:marhp", ""),
	} {
		if got.status != 200 || string(got.body) != string(want) {
			t.Errorf("%s: %d %.300s", name, got.status, got.body)
		}
	}
	if got := h.ask("POST", "/api/3/action/package_search", strings.Repeat("x", maxArguments+2)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge body answers %d", got.status)
	}
}

func TestListsAnswerAsCKANDoes(t *testing.T) {
	h := open(t, databasetest.Open(t), 30)
	result := func(address string, into any) {
		t.Helper()
		var s shape
		got := h.get("/api/3/action/" + address)
		h.must(json.Unmarshal(got.body, &s))
		if got.status != 200 || s.Success == nil || !*s.Success {
			t.Fatalf("%s: %d %s", address, got.status, got.body)
		}
		h.must(json.Unmarshal(s.Result, into))
	}
	var names []string
	if result("organization_list", &names); !reflect.DeepEqual(names, []string{"marhp", "ms"}) {
		t.Errorf("organization_list = %v", names)
	}
	var full []map[string]any
	result("organization_list?all_fields=true&sort=package_count+desc", &full)
	for _, key := range []string{"display_name", "package_count", "num_followers", "image_display_url"} {
		if _, ok := full[0][key]; !ok {
			t.Errorf("organization_list rows have no %s", key)
		}
	}
	var org map[string]any
	result("organization_show?id="+full[0]["id"].(string)+"&include_datasets=true", &org)
	if packages, _ := org["packages"].([]any); len(packages) != 15 || org["name"] != "marhp" && org["name"] != "ms" {
		t.Errorf("organization_show by UUID: %v datasets", len(packages))
	}
	var tags []string
	if result("tag_list", &tags); !reflect.DeepEqual(tags, []string{"olives", "qualité de l air", "زيتون"}) {
		t.Errorf("tag_list = %v", tags)
	}
	var groups []string
	if result("group_list", &groups); len(groups) != 23 {
		t.Errorf("group_list has %d themes", len(groups))
	}
	var licences []map[string]any
	if result("license_list", &licences); len(licences) == 0 || licences[0]["id"] == "" {
		t.Errorf("license_list = %v", licences)
	}
	var found struct {
		Count   int
		Results []any
		Facets  map[string]map[string]int
		Shown   map[string]struct{ Items []map[string]any } `json:"search_facets"`
	}
	result(`package_search?rows=0&facet.field=["organization","groups","res_format"]`, &found)
	if found.Count != 30 || len(found.Results) != 0 || found.Facets["organization"]["marhp"] != 15 || len(found.Shown["groups"].Items) != 2 {
		t.Errorf("facets: %+v", found)
	}
	if result("package_search?start=30&rows=100", &found); found.Count != 30 || found.Results == nil || len(found.Results) != 0 {
		t.Errorf("past the end: %+v; want an empty list", found)
	}
	var status map[string]any
	if result("status_show", &status); status["site_url"] != base || status["ckan_version"] == "" {
		t.Errorf("status_show = %v", status)
	}
	var help string
	if result("help_show?name=package_search", &help); help == "" {
		t.Error("no help")
	}
}
