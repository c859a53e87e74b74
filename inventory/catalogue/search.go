package catalogue

import (
	"bytes"
	"cmp"
	"errors"
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
	asks        asked
	withDeleted bool // include_deleted
	sort        []sortKey
	sortedBy    string // as it was asked for
	rows, start int
	fields      []string // fl
	facets      []string
	facetLimit  int
	facetMin    int
}

// rowsAtMost is CKAN's own bound.
const rowsAtMost = 1000

// startAtMost is past the end of any register; what is beyond it is as empty.
const startAtMost = 1 << 30

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
	s.rows, s.start = min(s.rows, rowsAtMost), min(s.start, startAtMost)
	s.withDeleted = a.truth("include_deleted")
	return s, errors.Join(s.readShape(a), s.readQueries(a))
}

// readShape reads how the answer is to look: its order, fields and facets.
func (s *search) readShape(a Args) (err error) {
	s.facetLimit = -1
	if !strings.HasPrefix(a.text("facet.limit"), "-") {
		if s.facetLimit, err = a.natural("facet.limit", 50); err != nil {
			return err
		}
	}
	s.sortedBy = cmp.Or(strings.TrimSpace(a.text("sort")), defaultSort)
	if facet := a.text("facet"); facet == "" || a.truth("facet") {
		if s.facets, err = a.words("facet.field"); err != nil {
			return err
		}
	}
	if s.fields, err = a.words("fl"); err != nil {
		return err
	}
	if max(len(s.facets), len(s.fields), strings.Count(s.sortedBy, ",")) > fieldsAtMost {
		return badSearch("Too many fields")
	}
	s.sort, err = readSort(s.sortedBy)
	return err
}

// fieldsAtMost bounds the fields to count, to show or to sort by: each is work
// for every dataset, and there are not that many.
const fieldsAtMost = 100

// What bounds the queries of one search, in bytes and in words. A list of every
// institution takes half of it; each word of a text takes up to some milliseconds.
const (
	queryAtMost     = 16 << 10
	wordsAtMost     = 1500
	textWordsAtMost = 200
)

// readQueries reads q, fq and fq_list, all of which must hold.
func (s *search) readQueries(a Args) error {
	texts, err := a.list("fq_list")
	if err != nil {
		return err
	}
	filters, err := a.list("fq") // several in a query string are a list
	if err != nil {
		return err
	}
	length, words := 0, 0
	for _, text := range append(append(texts, filters...), a.text("q")) {
		if length += len(text); length > queryAtMost {
			return badSearch("Query is too long")
		}
		if strings.Contains(text, "%20") { // some harvesters encode twice
			if plain, err := url.PathUnescape(text); err == nil {
				text = plain
			}
		}
		if words += countWords(text); words > wordsAtMost {
			return badSearch("Query is too long")
		}
		if text == `""` || text == "''" { // everything, to CKAN
			continue
		}
		q, asks, err := parseQuery(text)
		if err != nil {
			return badSearch(err.Error())
		}
		s.queries = append(s.queries, q)
		if s.asks.add(asks); s.asks.words > textWordsAtMost {
			return badSearch("Query is too long")
		}
	}
	return nil
}

// countWords counts what is looked for, whatever parts it.
func countWords(text string) int { return len(strings.Fields(inventory.Fold(text))) }

func (s *Snapshot) packageSearch(a Args) ([]byte, error) {
	how, err := readSearch(a)
	if err != nil {
		return nil, err
	}
	found := s.find(how)
	results, err := s.packages(s.index.page(found, how.sort, how.start, how.rows), how.fields)
	if err != nil {
		return nil, err
	}
	counts, shown, err := s.facets(found, how)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(len(results) + len(counts) + len(shown) + 200)
	fmt.Fprintf(&b, `{"count": %d, "facets": %s, "results": `, found.count(), counts)
	b.Write(results)
	b.WriteString(`, "sort": `)
	writeJSONString(&b, how.sortedBy)
	fmt.Fprintf(&b, `, "search_facets": %s}`, shown)
	return b.Bytes(), nil
}

// find returns what satisfies every query.
func (s *Snapshot) find(how search) selection {
	found := s.index.active()
	if s.showsTombstones(how) {
		for i, p := range s.index.parts {
			copy(found[i], p.live)
		}
	}
	for i, p := range s.index.parts {
		for _, q := range how.queries {
			if !found[i].empty() {
				found[i].keep(q(p.segment))
			}
		}
	}
	return found
}

// showsTombstones tells whether withdrawn datasets belong to the answer.
func (s *Snapshot) showsTombstones(how search) bool {
	switch s.writer.settings.Tombstones {
	case TombstonesNever:
		return false
	case TombstonesAlways:
		return true
	}
	return how.asks.since || how.asks.state || how.withDeleted
}

// packages writes the packages at some places as a list; with fields, only
// those of each.
func (s *Snapshot) packages(places []spot, fields []string) ([]byte, error) {
	b := make([]byte, 0, 2+len(places)*packageSize)
	var one []byte
	b = append(b, '[')
	for i, at := range places {
		if i > 0 {
			b = append(b, ", "...)
		}
		var err error
		if len(fields) == 0 || slices.Contains(fields, "*") {
			b, err = s.index.packageOf(b, at)
		} else if one, err = s.index.packageOf(one[:0], at); err == nil {
			b = onlyFields(b, one, fields)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// packageSize is what a package is expected to take.
const packageSize = 4 << 10

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
// Those with most datasets are kept, and shown from the end of the alphabet,
// as CKAN has it.
func (s *Snapshot) facets(found selection, how search) (counts, shown []byte, err error) {
	plain, full := map[string]map[string]int{}, map[string]facet{}
	for _, field := range how.facets {
		f := facet{Title: field, Items: []facetItem{}}
		plain[field] = map[string]int{}
		for _, t := range most(s.tally(field, found), how.facetLimit) {
			if t.n >= how.facetMin {
				f.Items = append(f.Items, facetItem{t.value, s.displayName(field, t.value), t.n})
				plain[field][t.value] = t.n
			}
		}
		slices.SortStableFunc(f.Items, func(x, y facetItem) int { return cmp.Compare(y.DisplayName, x.DisplayName) })
		full[field] = f
	}
	if counts, err = marshal(plain); err != nil {
		return nil, nil, err
	}
	shown, err = marshal(full)
	return counts, shown, err
}

// tally counts the values of a field; one that all share counts them all, one
// we do not have counts nothing.
func (s *Snapshot) tally(field string, found selection) []tallied {
	if key, ok := keywordField[field]; ok {
		return s.index.tally(key, found)
	}
	if value, ok := constantField[field]; ok && found.count() > 0 {
		return []tallied{{value, found.count()}}
	}
	if field != "state" {
		return nil
	}
	gone := 0
	for i, p := range s.index.parts {
		withdrawn := slices.Clone(found[i])
		withdrawn.keep(p.deleted)
		gone += withdrawn.count()
	}
	both := []tallied{{stateActive, found.count() - gone}, {stateDeleted, gone}}
	return slices.DeleteFunc(both, func(t tallied) bool { return t.n == 0 })
}

func (s *Snapshot) displayName(field, name string) string {
	switch field {
	case "organization":
		return s.writer.institutionName(name)
	case "groups":
		return cmp.Or(firstWording(s.writer.themes[name].Name), name)
	case "license_id":
		return cmp.Or(s.writer.licenceTitle(name), name)
	}
	return name
}
