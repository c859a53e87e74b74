package catalogue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// searchArgs are the arguments package_search knows. Those that concern what
// we do not have (drafts, private datasets, tuning of Solr) are taken and have
// nothing to change.
var searchArgs = map[string]bool{
	"q": true, "fq": true, "fq_list": true, "rows": true, "start": true, "sort": true, "fl": true,
	"facet": true, "facet.field": true, "facet.limit": true, "facet.mincount": true,
	"include_drafts": true, "include_deleted": true, "include_private": true, "use_default_schema": true,
	"qf": true, "bf": true, "boost": true, "tie": true, "mm": true, "df": true, "defType": true, "q.op": true, "wt": true,
}

// search is package_search with its arguments read.
type search struct {
	queries     []query
	sort        string
	rows, start int
	fields      []string // fl
	facets      []string
	facetLimit  int
	facetMin    int
}

// rowsAtMost is CKAN's own bound.
const rowsAtMost = 1000

func readSearch(a Args) (search, error) {
	var s search
	var unknown []string
	for key := range a {
		if !searchArgs[key] && !strings.HasPrefix(key, "ext_") {
			unknown = append(unknown, "'"+key+"'")
		}
	}
	if slices.Sort(unknown); len(unknown) > 0 {
		return s, badSearch("Invalid search parameters: [" + strings.Join(unknown, ", ") + "]")
	}
	var err error
	for _, n := range []struct {
		into      *int
		key       string
		otherwise int
	}{
		{&s.rows, "rows", 10},
		{&s.start, "start", 0},
		{&s.facetMin, "facet.mincount", 1},
	} {
		if *n.into, err = a.natural(n.key, n.otherwise); err != nil {
			return s, err
		}
	}
	s.rows = min(s.rows, rowsAtMost)
	s.facetLimit = -1
	if a.text("facet.limit") != "-1" {
		if s.facetLimit, err = a.natural("facet.limit", 50); err != nil {
			return s, err
		}
	}
	s.sort = a.text("sort")
	if s.facets, err = a.list("facet.field"); err != nil {
		return s, err
	}
	if s.fields, err = fieldList(a); err != nil {
		return s, err
	}
	if max(len(s.facets), len(s.fields), strings.Count(s.sort, ",")) > fieldsAtMost {
		return s, badSearch("Too many fields")
	}
	s.queries, err = readQueries(a)
	return s, err
}

// fieldsAtMost bounds the fields to count, to show or to sort by: each is work
// for every dataset, and there are not that many.
const fieldsAtMost = 100

// fieldList reads fl, which is a list or words parted by commas.
func fieldList(a Args) ([]string, error) {
	fields, err := a.list("fl")
	var out []string
	for _, f := range fields {
		out = append(out, strings.FieldsFunc(f, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return out, err
}

// What bounds the queries of one search, in bytes and in words: each word is
// looked for in every dataset. A list of every institution takes half of it.
const (
	queryAtMost = 16 << 10
	wordsAtMost = 1500
)

// readQueries reads q, fq and fq_list, all of which must hold.
func readQueries(a Args) ([]query, error) {
	texts, err := a.list("fq_list")
	if err != nil {
		return nil, err
	}
	var queries []query
	length, words := 0, 0
	for _, text := range append(texts, a.text("q"), a.text("fq")) {
		if length += len(text); length > queryAtMost {
			return nil, badSearch("Query is too long")
		}
		if strings.Contains(text, "%20") { // some harvesters encode twice
			if plain, err := url.PathUnescape(text); err == nil {
				text = plain
			}
		}
		if words += countWords(text); words > wordsAtMost {
			return nil, badSearch("Query is too long")
		}
		q, err := parseQuery(text)
		if err != nil {
			return nil, badSearch(err.Error())
		}
		queries = append(queries, q)
	}
	return queries, nil
}

// countWords counts what is looked for, whatever parts it.
func countWords(text string) int { return len(strings.Fields(inventory.Fold(text))) }

func (s *Snapshot) packageSearch(a Args) ([]byte, error) {
	how, err := readSearch(a)
	if err != nil {
		return nil, err
	}
	found := s.find(how.queries)
	if err := sortEntries(found, how.sort); err != nil {
		return nil, err
	}
	results := joinPackages(window(found, how.start, how.rows))
	if len(how.fields) > 0 {
		if results, err = onlyFields(results, how.fields); err != nil {
			return nil, err
		}
	}
	counts, shown, err := s.facets(found, how)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(len(results) + len(counts) + len(shown) + 200)
	fmt.Fprintf(&b, `{"count": %d, "facets": %s, "results": `, len(found), counts)
	b.Write(results)
	b.WriteString(`, "sort": `)
	writeJSONString(&b, cmp.Or(how.sort, "score desc, metadata_modified desc"))
	fmt.Fprintf(&b, `, "search_facets": %s}`, shown)
	return b.Bytes(), nil
}

// find returns the entries that satisfy every query, in the order of ids.
func (s *Snapshot) find(queries []query) []*entry {
	found := make([]*entry, 0, len(s.entries))
	for _, e := range s.entries {
		if !slices.ContainsFunc(queries, func(q query) bool { return !q(&e.found) }) {
			found = append(found, e)
		}
	}
	return found
}

// sortEntries puts found into the order asked for, ids deciding between
// equals so that pages never overlap. Relevance is the same for all: what is
// found has every word, and the youngest comes first.
func sortEntries(found []*entry, by string) error {
	if strings.TrimSpace(by) == "" {
		by = "metadata_modified desc"
	}
	var compares []func(x, y *entry) int
	for part := range strings.SplitSeq(by, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		field, sign := words[0], 1
		if len(words) > 1 && strings.EqualFold(words[1], "desc") {
			sign = -1
		}
		switch field {
		case "score", "relevance":
			continue
		case "id", "name", "title", "title_string", "metadata_modified", "metadata_created", "organization":
		default:
			return badSearch("sort param field can't be found: " + field)
		}
		compares = append(compares, func(x, y *entry) int {
			return sign * cmp.Compare(x.found.values(field)[0], y.found.values(field)[0])
		})
	}
	compares = append(compares, byID)
	slices.SortFunc(found, func(x, y *entry) int {
		for _, compare := range compares {
			if c := compare(x, y); c != 0 {
				return c
			}
		}
		return 0
	})
	return nil
}

// onlyFields keeps the fields asked for of each package.
func onlyFields(results []byte, fields []string) ([]byte, error) {
	var all []map[string]json.RawMessage
	if err := json.Unmarshal(results, &all); err != nil {
		return nil, fmt.Errorf("choose fields: %w", err)
	}
	for _, one := range all {
		for key := range one {
			if !slices.Contains(fields, key) && !slices.Contains(fields, "*") {
				delete(one, key)
			}
		}
	}
	return marshal(all)
}

// facet is one field's counts as CKAN shows them beside results.
type facet struct {
	Title string      `json:"title"`
	Items []facetItem `json:"items"`
}

type facetItem struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	Count       int    `json:"count"`
}

// facets counts what was found by the fields asked for, in CKAN's two shapes.
func (s *Snapshot) facets(found []*entry, how search) (counts, shown []byte, err error) {
	plain, full := map[string]map[string]int{}, map[string]facet{}
	for _, field := range how.facets {
		all := map[string]int{}
		for _, e := range found {
			for _, v := range e.found.values(field) {
				all[v]++
			}
		}
		f := facet{Title: field, Items: []facetItem{}}
		for name, n := range all {
			if n >= how.facetMin {
				f.Items = append(f.Items, facetItem{name, s.displayName(field, name), n})
			}
		}
		slices.SortFunc(f.Items, func(x, y facetItem) int {
			return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name))
		})
		f.Items = window(f.Items, 0, how.facetLimit)
		plain[field], full[field] = map[string]int{}, f
		for _, i := range f.Items {
			plain[field][i.Name] = i.Count
		}
	}
	if counts, err = marshal(plain); err != nil {
		return nil, nil, err
	}
	shown, err = marshal(full)
	return counts, shown, err
}

func (s *Snapshot) displayName(field, name string) string {
	switch field {
	case "organization":
		return s.writer.institutionName(name)
	case "groups":
		return cmp.Or(firstWording(s.writer.themes[name].Name), name)
	}
	return name
}
