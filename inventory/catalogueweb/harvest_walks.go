package catalogueweb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/harvest"
)

// ask is how an action asks for rows: where they begin and how many they are.
type ask struct {
	start, rows string
	usual, most int
}

// walked are the actions that are walked by offset.
var walked = map[string]ask{
	"package_search":                      {"start", "rows", 10, 1000},
	"package_list":                        {"offset", "limit", 1 << 30, 1 << 30},
	"current_package_list_with_resources": {"offset", "limit", 1 << 30, 1 << 30},
}

// followAction is follow for an action. Whoever lists all names and then asks
// for each package stays on the snapshot of the list.
func (p *Pages) followAction(
	c *gin.Context, name string, args catalogue.Args, s *catalogue.Snapshot,
) (*catalogue.Snapshot, func(*catalogue.Document)) {
	nothing := func(*catalogue.Document) {}
	if name == "package_show" {
		if !harvest.KindOf(c.Request.UserAgent(), c.Request.URL.Path).Harvests() {
			return s, nothing
		}
		s, v := p.follow(c, harvest.Walk{Dialect: "package_list", Question: "{}", Scope: harvest.Whole}, -1, s)
		if v != nil {
			v.step.Count = true
		}
		return s, func(*catalogue.Document) { v.answered(1, 0) }
	}
	how, ok := walked[name]
	from, good := number(args, how.start, 0)
	rows, fine := number(args, how.rows, how.usual)
	if !ok || !good || !fine || rows == 0 {
		return s, nothing
	}
	s, v := p.follow(c, walkOf(name, args), from, s)
	names := name == "package_list" && from == 0 && rows == how.usual // packages will be asked for one by one
	if v != nil && names {
		v.step.Count = true
	}
	return s, func(d *catalogue.Document) {
		of := s.Len()
		if name == "package_search" {
			of = countIn(d)
		}
		if names {
			v.answered(0, of)
			return
		}
		v.answered(from+min(rows, how.most), of)
	}
}

// walkOf is what is walked, without the place in it.
func walkOf(name string, args catalogue.Args) harvest.Walk {
	question := maps.Clone(args)
	for _, key := range []string{"start", "rows", "offset", "limit"} {
		delete(question, key)
	}
	b, _ := json.Marshal(question) // what was read from JSON can be written
	if len(question) == 0 {
		b = []byte("{}")
	}
	return harvest.Walk{Dialect: name, Question: string(b), Scope: scopeOf(args)}
}

// since is the part of a query that harvesters ask for changes with.
var since = regexp.MustCompile(`metadata_modified:\[\S+ TO \S+\]`)

// scopeOf tells how much of the register a question selects.
func scopeOf(args catalogue.Args) harvest.Scope {
	scope := harvest.Whole
	for _, key := range []string{"q", "fq", "fq_list"} {
		text := strings.ReplaceAll(textOf(args[key]), "+", " ")
		rest := since.ReplaceAllString(text, "")
		switch rest = strings.Trim(rest, " []*:"); {
		case rest != "":
			return harvest.Part
		case since.MatchString(text):
			scope = harvest.Changes
		}
	}
	return scope
}

// number reads a place or a number of rows; what is none is left to the action to refuse.
func number(args catalogue.Args, key string, otherwise int) (n int, ok bool) {
	text := strings.TrimSpace(textOf(args[key]))
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

func textOf(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// counted is where an answer of package_search says how many rows there are.
var counted = regexp.MustCompile(`"count": ?(\d+)`)

// countIn reads the number of rows from the head of an answer.
func countIn(d *catalogue.Document) int {
	b := d.Bytes()
	m := counted.FindSubmatch(b[:min(len(b), 512)])
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1])) // digits
	return n
}

// listed is where an answer of OAI-PMH says where it is in the list.
var listed = regexp.MustCompile(`<resumptionToken completeListSize="(\d+)" cursor="(\d+)">`)

// followOAI notes a question of OAI-PMH. Its tokens carry the snapshot, so
// that it is only told who is where.
func (p *Pages) followOAI(
	c *gin.Context, q catalogue.OAIRequest, values url.Values, s *catalogue.Snapshot,
) func(answer []byte) {
	if q.Verb != "ListRecords" && q.Verb != "ListIdentifiers" {
		return func([]byte) {}
	}
	w, from := harvest.Walk{Dialect: "oai." + q.Verb, Scope: harvest.Whole}, -1
	if q.Snapshot == "" {
		from = 0
	}
	switch {
	case values.Get("set") != "":
		w.Scope = harvest.Part
	case values.Get("from") != "" || values.Get("until") != "":
		w.Scope = harvest.Changes
	}
	_, v := p.follow(c, w, from, s)
	v.on(s)
	return func(answer []byte) {
		first, rows := 0, bytes.Count(answer, []byte("<header"))
		of := rows
		if m := listed.FindSubmatch(answer); m != nil {
			of, _ = strconv.Atoi(string(m[1])) // digits
			first, _ = strconv.Atoi(string(m[2]))
		}
		if v != nil {
			v.step.From = first
		}
		v.answered(first+rows, of)
	}
}
