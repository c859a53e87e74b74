package catalogue

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Every word, field and order asked for is work for every dataset, and
// strangers ask.
func TestAQuestionCanOnlyCostSoMuch(t *testing.T) {
	s := build(t, samples(10)...)
	many := func(n int, part string) string {
		return strings.TrimSuffix(strings.Repeat(part, n), part[len(part)-1:])
	}
	organisations := make([]string, 200)
	for n := range organisations {
		organisations[n] = fmt.Sprintf("organization:institution-%d", n)
	}
	for name, tt := range map[string]struct {
		args Args
		want int
	}{
		"every institution": {Args{"fq": strings.Join(organisations, " OR ")}, http.StatusOK},
		"words":             {Args{"q": strings.Repeat("zqx OR ", 2000) + "zqx"}, http.StatusBadRequest},
		"words left out":    {Args{"q": strings.Repeat("-zq ", 4000)}, http.StatusBadRequest},
		"words in pieces":   {Args{"fq_list": []any{strings.Repeat("a ", 900), strings.Repeat("b ", 900)}}, http.StatusBadRequest},
		"letters":           {Args{"q": strings.Repeat("a", 20_000)}, http.StatusBadRequest},
		"facets":            {Args{"facet.field": `["` + strings.Repeat(`tags","`, 9000) + `x"]`}, http.StatusBadRequest},
		"fields":            {Args{"fl": many(20_000, "id,")}, http.StatusBadRequest},
		"orders":            {Args{"sort": many(20_000, "organization desc,")}, http.StatusBadRequest},
		"brackets":          {Args{"q": strings.Repeat("(", 30) + "a" + strings.Repeat(")", 30)}, http.StatusBadRequest},
	} {
		if status, d := s.Act("package_search", tt.args); status != tt.want {
			t.Errorf("%s = %d %.200s; want %d", name, status, d.Bytes(), tt.want)
		}
	}
}

// Strangers choose the questions: theirs must not keep the answers of others
// from being kept, nor fill the memory.
func TestKeptAnswersMakeRoom(t *testing.T) {
	s := build(t, samples(3)...)
	for n := range 3 * answersAtMost {
		s.Act("package_search", Args{"q": fmt.Sprint("word", n)})
	}
	_, first := s.Act("package_list", Args{})
	_, again := s.Act("package_list", Args{})
	if first != again {
		t.Error("a common question is worked out each time")
	}
	if len(s.answers) > answersAtMost {
		t.Errorf("%d answers are kept; want at most %d", len(s.answers), answersAtMost)
	}
}
