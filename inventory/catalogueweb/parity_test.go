package catalogueweb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database/databasetest"
)

// TestAnswersAreCKANs compares whole bodies with what a CKAN 2.10 answers.
func TestAnswersAreCKANs(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	failure := func(action, e string) string {
		return fmt.Sprintf(`{"help":"%s/api/3/action/help_show?name=%s","success":false,"error":%s}`, base, action, e)
	}
	validation := func(action, field, why string) string {
		return failure(action, fmt.Sprintf(`{"__type":"Validation Error",%q:[%q]}`, field, why))
	}
	plain := func(action, field, why string) string {
		return failure(action, fmt.Sprintf(`{"__type":"Validation Error",%q:%q}`, field, why))
	}
	query := func(why string) string {
		b, err := json.Marshal("Search Query is invalid: " + why)
		h.must(err)
		return failure("package_search", `{"__type":"Search Query Error","message":`+string(b)+`}`)
	}
	lost := func(action string) string {
		return failure(action, `{"__type":"Not Found Error","message":"Not found"}`)
	}
	result := func(action, r string) string {
		return fmt.Sprintf(`{"help":"%s/api/3/action/help_show?name=%s","success":true,"result":%s}`, base, action, r)
	}
	const empty = `{"count":%d,"facets":{},"results":[],"sort":"score desc, metadata_modified desc","search_facets":{}}`
	for _, tt := range []struct {
		method, address, body string
		status                int
		want                  string
	}{
		{"GET", "package_list?limit=abc", "", 409, validation("package_list", "limit", "Invalid integer")},
		{"GET", "package_list?limit=-1", "", 409, validation("package_list", "limit", "Must be a natural number")},
		{"GET", "package_list?offset=1.5", "", 409, validation("package_list", "offset", "Invalid integer")},
		{"GET", "package_list?limit=1", "", 200, result("package_list", `["production-1"]`)},
		{"GET", "package_list?limit=0&offset=1", "", 200, result("package_list", `["production-2","production-3"]`)},
		{"GET", "package_list?offset=9", "", 200, result("package_list", `[]`)},
		{"GET", "package_search?rows=abc", "", 409, validation("package_search", "rows", "Invalid integer")},
		{"GET", "package_search?rows=-1", "", 409, validation("package_search", "rows", "Must be a natural number")},
		{"GET", "package_search?start=x", "", 409, validation("package_search", "start", "Invalid integer")},
		{"GET", "package_search?facet.limit=x", "", 409, validation("package_search", "facet.limit", "Invalid integer")},
		{"GET", `package_search?facet.field=["a`, "", 409, validation("package_search", "facet.field", "Could not parse as valid JSON")},
		{"GET", "package_search?foo=1", "", 400, query(`"Invalid search parameters: ['foo']"`)},
		{"GET", "package_search?foo=1&bar=2", "", 400, query(`"Invalid search parameters: ['bar', 'foo']"`)},
		{"GET", "package_search?sort=metadata_modified+sideways", "", 400, query(`'Invalid "sort" parameter'`)},
		{"GET", "package_search?sort=moon+asc", "", 400, query(`"sort param field can't be found: moon"`)},
		{"GET", "package_search?fq=metadata_modified:[x+TO+*]", "", 400, query(`"Invalid Date String:'x'"`)},
		{"GET", "package_search?q=" + strings.Repeat("mot+", 201), "", 400, query(`'Query is too long'`)},
		{"GET", "package_search?q=" + strings.Repeat("name:*x*+", 201), "", 400, query(`'Query is too long'`)},
		{"GET", "package_search?fq=" + strings.Repeat("x", 17<<10), "", 400, query(`'Query is too long'`)},
		{"GET", "package_search?fl=" + strings.Repeat("a,", 101), "", 400, query(`'Too many fields'`)},
		{"GET", "package_search?rows=0&fq=organization:(" + strings.Repeat("x+OR+", 700) + "marhp)", "", 200, result("package_search", fmt.Sprintf(empty, 1))},
		{"GET", "package_search?q=" + strings.Repeat("(", 30), "", 400, query(`'Query is nested too deeply'`)},
		{"GET", "package_search?q=(a", "", 400, query(`'Cannot parse query: bracket is not closed'`)},
		{"GET", "package_search?q=organization:", "", 400, query(`'Cannot parse "organization:"'`)},
		{"GET", "package_search?fq=name:[a+b]", "", 400, query(`'Cannot parse range "[a b]"'`)},
		{"GET", "package_search?rows=0", "", 200, result("package_search", fmt.Sprintf(empty, 3))},
		{"GET", "package_search?rows=0&q=" + `%22%22`, "", 200, result("package_search", fmt.Sprintf(empty, 3))},
		{"GET", "package_search?start=3&rows=100", "", 200, result("package_search", fmt.Sprintf(empty, 3))},
		{"GET", "package_search?start=99999999999999999999", "", 200, result("package_search", fmt.Sprintf(empty, 3))},
		{"GET", "package_search?q=nowhere", "", 200, result("package_search", fmt.Sprintf(empty, 0))},
		{"POST", "package_search", `{"rows":0.0}`, 200, result("package_search", fmt.Sprintf(empty, 3))},
		{"GET", "package_show", "", 409, validation("package_show", "name_or_id", "Missing value")},
		{"GET", "package_show?id=none", "", 404, lost("package_show")},
		{"GET", "package_show?name_or_id=none", "", 404, lost("package_show")},
		{"GET", "resource_show", "", 409, validation("resource_show", "id", "Missing value")},
		{"GET", "resource_show?id=none", "", 404, lost("resource_show")},
		{"GET", "organization_show", "", 409, validation("organization_show", "id", "Missing value")},
		{"GET", "organization_show?id=none", "", 404, lost("organization_show")},
		{"GET", "organization_show?id=marhp&include_datasets=perhaps", "", 409, plain("organization_show", "message", "Parameter is not an bool")},
		{"GET", "group_show?id=none", "", 404, lost("group_show")},
		{"GET", "group_package_show?id=none", "", 404, lost("group_package_show")},
		{"GET", "tag_show?id=none", "", 404, lost("tag_show")},
		{"GET", "organization_list?sort=moon", "", 409, plain("organization_list", "message", "Cannot sort by field `moon`")},
		{"GET", "organization_list?sort=name+up", "", 409, plain("organization_list", "message", "Invalid sort direction `up`")},
		{"GET", "organization_list?sort=name,title", "", 409, plain("organization_list", "message", "Too many sort criteria provided only 1 allowed")},
		{"GET", "organization_list?limit=x", "", 409, validation("organization_list", "limit", "Invalid integer")},
		{"GET", "organization_list?sort=name+desc", "", 200, result("organization_list", `["ms","marhp"]`)},
		{"GET", "organization_list?organizations=ms", "", 200, result("organization_list", `["ms"]`)},
		{"GET", `organization_list?organizations=["ms"]&q=agri`, "", 200, result("organization_list", `[]`)},
		{"GET", "tag_list?vocabulary_id=none", "", 404, failure("tag_list", `{"__type":"Not Found Error","message":"Not found: could not find vocabulary 'none'"}`)},
		{"GET", "tag_list?query=QUAL", "", 200, result("tag_list", `["qualité de l air"]`)},
		{"GET", "tag_search?query=nothing", "", 200, result("tag_search", `{"count":0,"results":[]}`)},
		{"GET", "tag_autocomplete?query=oli", "", 200, result("tag_autocomplete", `["olives"]`)},
		{"GET", "tag_autocomplete", "", 200, result("tag_autocomplete", `[]`)},
		{"GET", "package_autocomplete", "", 409, validation("package_autocomplete", "q", "Missing value")},
		{"GET", "package_autocomplete?q=tion-2", "", 200, result("package_autocomplete",
			`[{"name":"production-2","title":"Production d'olives 2","match_field":"name","match_displayed":"production-2"}]`)},
		{"GET", "format_autocomplete?q=cs", "", 200, result("format_autocomplete", `["csv"]`)},
		{"GET", "vocabulary_list", "", 200, result("vocabulary_list", `[]`)},
		{"GET", "site_read", "", 200, result("site_read", `true`)},
		{"GET", "help_show", "", 409, validation("help_show", "name", "Missing value")},
		{"GET", "help_show?name=none", "", 404, failure("help_show", `{"__type":"Not Found Error","message":"Not found: Action function not found"}`)},
		{"POST", "package_create", `{"name":"x"}`, 403, failure("package_create",
			`{"__type":"Authorization Error","message":"Access denied: Action package_create requires an authenticated user"}`)},
		{"GET", "package_create", "", 400, `"Bad request - JSON Error: Invalid request. Please use POST method for your request"`},
		{"GET", "no_such_thing", "", 400, `"Bad request - Action name not known: no_such_thing"`},
		{"POST", "no_such_thing", `{}`, 400, `"Bad request - Action name not known: no_such_thing"`},
		{"GET", "package_activity_list", "", 400, `"Bad request - Action name not known: package_activity_list"`},
		{"POST", "package_show", `[1, "a", null, true]`, 400, `"Bad request - JSON Error: Request data JSON decoded to [1, 'a', None, True] but it needs to be a dictionary."`},
		{"POST", "package_show", `null`, 400, `"Bad request - JSON Error: Request data JSON decoded to None but it needs to be a dictionary."`},
		{"POST", "package_show", `"it's"`, 400, `"Bad request - JSON Error: Request data JSON decoded to \"it's\" but it needs to be a dictionary."`},
		{"POST", "package_show", `{"id":`, 400, `"Bad request - JSON Error: Error decoding JSON data. Error: <BadRequest '400: Bad Request'> JSON data extracted from the request: {}"`},
	} {
		t.Run(fmt.Sprintf("%s %.80s %s", tt.method, tt.address, tt.body), func(t *testing.T) {
			address := strings.ReplaceAll(strings.ReplaceAll(tt.address, `"`, "%22"), "[", "%5B")
			got := h.ask(tt.method, "/api/3/action/"+address, tt.body)
			var have, want any
			h.must(json.Unmarshal([]byte(tt.want), &want))
			if err := json.Unmarshal(got.body, &have); err != nil || got.status != tt.status || !reflect.DeepEqual(have, want) {
				t.Errorf("%d %s\nwant %d %s", got.status, got.body, tt.status, tt.want)
			}
			if kind := got.header.Get("Content-Type"); kind != "application/json" {
				t.Errorf("Content-Type %q", kind)
			}
		})
	}
}

// TestRowsCarryTheKeysOfCKAN: clients read keys without asking whether they are there.
func TestRowsCarryTheKeysOfCKAN(t *testing.T) {
	h := open(t, databasetest.Open(t), 4)
	group := []string{
		"approval_status", "description", "display_name", "id", "image_display_url", "image_url", "is_organization", "name",
		"num_followers", "package_count", "state", "title", "type",
	}
	alone := append([]string{"extras", "groups", "tags", "users"}, group...)
	var orgs []map[string]any
	h.result("organization_list?all_fields=true", &orgs)
	id, _ := orgs[0]["id"].(string)
	for address, keys := range map[string][]string{
		"organization_list?all_fields=true":                     append([]string{"created"}, group...),
		"group_list?all_fields=true&limit=2":                    group,
		"organization_show?id=marhp":                            append([]string{"created"}, alone...),
		"organization_show?id=" + id + "&include_datasets=true": append([]string{"packages"}, alone...),
		"group_show?id=agriculture":                             alone,
		"group_show?id=agriculture&include_extras=no&include_users=0&include_tags=f&include_groups=n": group,
		"tag_show?id=olives":                       {"display_name", "id", "name", "vocabulary_id"},
		"tag_show?id=olives&include_datasets=true": {"display_name", "id", "name", "packages", "vocabulary_id"},
		"tag_list?all_fields=1":                    {"display_name", "id", "name", "vocabulary_id"},
		"organization_autocomplete?q=agri":         {"id", "name", "title"},
		"group_autocomplete?q=agri":                {"id", "name", "title"},
		"resource_show?id=10000000-0000-4000-8000-000000000001": {
			"created", "description", "format", "hash", "id", "last_modified", "mimetype", "name", "package_id", "position", "resource_type", "size", "state", "url",
		},
	} {
		var got any
		h.result(address, &got)
		if all, ok := got.([]any); ok {
			if len(all) == 0 {
				t.Errorf("%s is empty", address)
				continue
			}
			got = all[0]
		}
		row, _ := got.(map[string]any)
		for _, key := range keys {
			if _, ok := row[key]; !ok {
				t.Errorf("%s has no %s", address, key)
			}
		}
		if packages, ok := row["packages"].([]any); slices.Contains(keys, "packages") && (!ok || len(packages) == 0) {
			t.Errorf("%s has no datasets", address)
		}
		if strings.Contains(address, "include_extras=no") && (row["extras"] != nil || row["users"] != nil) {
			t.Errorf("%s brings what was declined", address)
		}
	}
}

// result reads the result of an action.
func (h *house) result(address string, into any) {
	h.tb.Helper()
	var s shape
	got := h.get("/api/3/action/" + address)
	h.must(json.Unmarshal(got.body, &s))
	if got.status != http.StatusOK || s.Success == nil || !*s.Success {
		h.tb.Fatalf("%s: %d %s", address, got.status, got.body)
	}
	h.must(json.Unmarshal(s.Result, into))
}

func TestFacetsAreWhatCKANsPagesAskFor(t *testing.T) {
	h := open(t, databasetest.Open(t), 30)
	type item struct {
		Name        string
		DisplayName string `json:"display_name"`
		Count       int
	}
	var got struct {
		Facets map[string]map[string]int
		Shown  map[string]struct {
			Title string
			Items []item
		} `json:"search_facets"`
	}
	q := url.Values{"facet.field": {`["organization","groups","tags","res_format","license_id","nothing"]`}, "rows": {"0"}, "facet.limit": {"2"}}
	h.result("package_search?"+q.Encode(), &got)
	for _, field := range []string{"organization", "groups", "tags", "res_format", "license_id"} {
		shown := got.Shown[field]
		if shown.Title != field || len(shown.Items) == 0 || len(shown.Items) > 2 || len(got.Facets[field]) != len(shown.Items) {
			t.Errorf("%s: %v %+v", field, got.Facets[field], shown)
		}
		if !slices.IsSortedFunc(shown.Items, func(a, b item) int { return strings.Compare(b.DisplayName, a.DisplayName) }) {
			t.Errorf("%s is not shown from the end of the alphabet: %+v", field, shown.Items)
		}
	}
	if f, ok := got.Facets["nothing"]; !ok || len(f) != 0 {
		t.Errorf("a field we do not have counts %v", f)
	}
	if got.Shown["organization"].Items[0].DisplayName == got.Shown["organization"].Items[0].Name {
		t.Error("an organization is shown by its slug")
	}
	got.Facets = nil
	q.Set("facet", "false")
	if h.result("package_search?"+q.Encode(), &got); len(got.Facets) != 0 {
		t.Errorf("facets although none were wanted: %v", got.Facets)
	}
}

func TestSeveralFilters(t *testing.T) {
	h := open(t, databasetest.Open(t), 30)
	count := func(address string) int {
		var got struct{ Count int }
		h.result("package_search?rows=0&"+address, &got)
		return got.Count
	}
	for address, want := range map[string]int{
		"fq=organization:marhp":                          15,
		"fq=organization:marhp&fq=-organization:marhp":   0,
		"fq=organization:marhp&fq=name:production-2":     count("fq=organization:marhp+name:production-2"),
		`fq_list=["organization:marhp","groups:none"]`:   0,
		"fq=metadata_modified:[NOW-1YEAR+TO+NOW%2B1DAY]": 30,
		"fq=metadata_modified:[NOW%2B1DAY+TO+*]":         0,
		"q=olives^4+production~2":                        30,
		"fq=name:*tion-1":                                1,
		"fq=tags:*":                                      30,
	} {
		if got := count(strings.ReplaceAll(address, `"`, "%22")); got != want {
			t.Errorf("%s finds %d; want %d", address, got, want)
		}
	}
}
