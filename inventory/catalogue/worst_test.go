package catalogue

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// worstQuestions are as expensive as the bounds of the Action API let a
// question be, each in another way, and what is just beyond them.
func worstQuestions() map[string]struct {
	action string
	args   Args
	status int
} {
	type q = struct {
		action string
		args   Args
		status int
	}
	words := strings.Fields(french + " " + arabic)
	many := func(n int, each func(n int) string, between string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = each(i)
		}
		return strings.Join(all, between)
	}
	word := func(n int) string { return words[n%len(words)][:1] + words[n/3%len(words)] }
	fields := strings.Fields("organization groups tags res_format license_id state title name author maintainer")
	field := func(n int) any { return fields[n%len(fields)] + strings.Repeat(" ", n/len(fields)) }
	list := func(n int) []any {
		all := make([]any, n)
		for i := range all {
			all[i] = field(i)
		}
		return all
	}
	return map[string]q{
		"every page whole":           {"package_search", Args{"rows": "1000", "sort": "title_string desc, name asc", "facet.field": list(100), "facet.limit": "-1"}, 200},
		"200 words, any of them":     {"package_search", Args{"q": many(200, word, " OR "), "rows": "1000", "facet.field": list(10), "facet.limit": "-1"}, 200},
		"200 words that are not":     {"package_search", Args{"q": many(200, func(n int) string { return "-" + word(n) }, " "), "rows": "1000"}, 200},
		"200 beginnings":             {"package_search", Args{"q": many(200, func(n int) string { return word(n)[:1] + "*" }, " OR "), "rows": "1000"}, 200},
		"700 institutions":           {"package_search", Args{"fq": "organization:(" + many(700, func(n int) string { return fmt.Sprintf("institution%03d", n%300) }, " OR ") + ")", "rows": "1000"}, 200},
		"the last page":              {"package_search", Args{"rows": "1000", "start": "9000", "sort": "metadata_modified asc"}, 200},
		"beyond the last":            {"package_search", Args{"rows": "1000000", "start": "999999999999"}, 200},
		"brackets in brackets":       {"package_search", Args{"q": strings.Repeat("(-", 9) + "eau" + strings.Repeat(")", 9), "rows": "1000"}, 200},
		"all with resources":         {"current_package_list_with_resources", Args{"limit": "1000000"}, 200},
		"all names":                  {"package_list", Args{}, 200},
		"all tags":                   {"tag_list", Args{"all_fields": "true"}, 200},
		"tags that hold a letter":    {"tag_search", Args{"query": "a", "limit": "1000000"}, 200},
		"names that hold a letter":   {"package_autocomplete", Args{"q": "a", "limit": "1000000"}, 200},
		"all institutions, in whole": {"organization_list", Args{"all_fields": "true", "include_extras": "true", "limit": "1000000"}, 200},
		"packages of a theme":        {"group_package_show", Args{"id": "agriculture", "limit": "1000000"}, 200},

		"a question too long":       {"package_search", Args{"q": strings.Repeat("x", queryAtMost+1)}, 400},
		"too long in its parts":     {"package_search", Args{"fq_list": []any{strings.Repeat("x", queryAtMost/2), strings.Repeat("y", queryAtMost/2), "zz"}}, 400},
		"more words":                {"package_search", Args{"q": many(textWordsAtMost+1, word, " OR ")}, 400},
		"more conditions":           {"package_search", Args{"fq": many(wordsAtMost+1, func(int) string { return "a:b" }, " ")}, 400},
		"more facets":               {"package_search", Args{"facet.field": list(fieldsAtMost + 1)}, 400},
		"more fields":               {"package_search", Args{"fl": list(fieldsAtMost + 1)}, 400},
		"more orders":               {"package_search", Args{"sort": many(fieldsAtMost+2, func(int) string { return "name asc" }, ",")}, 400},
		"more brackets in brackets": {"package_search", Args{"q": strings.Repeat("(", maxDepth+1) + "a" + strings.Repeat(")", maxDepth+1)}, 400},
	}
}

// longestAnswer is far above what the slowest permitted question takes (see
// docs/limits.md) and far below the time of its door.
const longestAnswer = 20 * time.Second

// The most expensive questions that anybody may ask are answered in a fraction
// of their door's time; what is dearer is refused as CKAN refuses what it
// cannot read, or cut to its bound. JARD_DATASETS=10000 asks for a larger register.
func TestTheDearestQuestionsAreBounded(t *testing.T) {
	n := 2_000
	if asked, err := strconv.Atoi(os.Getenv("JARD_DATASETS")); err == nil {
		n = asked
	}
	s := bulkSnapshotT(t, n)
	for name, q := range worstQuestions() {
		began := time.Now()
		status, d := s.Act(q.action, q.args)
		took := time.Since(began)
		if status != q.status {
			t.Errorf("%s: %d %.300s; want %d", name, status, d.Bytes(), q.status)
		}
		if took > longestAnswer || status == http.StatusBadRequest && took > time.Second {
			t.Errorf("%s took %v", name, took)
		}
		t.Logf("%-28s %3d %9v %8d KB", name, status, took.Round(10*time.Microsecond), len(d.Bytes())>>10)
	}
}
