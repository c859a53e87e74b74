// Package ckantest is a small CKAN for tests: it answers package_search and
// package_show as a portal does, and misbehaves as portals do when told to.
package ckantest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Package is a dataset as the portal has it, field by field.
type Package map[string]any

// Fault is one way to misbehave, for requests that begin with Path and, when
// given, concern Start; it happens Times times, for ever when that is 0.
type Fault struct {
	Path   string // "package_search", "package_show"
	Start  string
	Times  int
	Status int
	Header map[string]string
	Body   string
	Hang   bool // does not answer until the caller gives up
	Cut    int  // breaks the connection after so many bytes of the right answer
}

// Portal is the stand-in.
type Portal struct {
	*httptest.Server
	mu       sync.Mutex
	packages []Package
	faults   []Fault
	asked    []string
	count    func(real int) int // what it says it has
	repeats  bool               // every page is the first
	stale    map[string]bool    // ids that search still finds, and nothing else
	most     int                // rows it gives at most
}

// New starts a portal; it ends with the test.
func New(tb testing.TB) *Portal {
	tb.Helper()
	p := &Portal{stale: map[string]bool{}, most: 1000}
	p.Server = httptest.NewServer(http.HandlerFunc(p.answer))
	tb.Cleanup(p.Close)
	return p
}

// Put adds packages, or replaces those with the same id.
func (p *Portal) Put(all ...Package) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range all {
		p.remove(one["id"])
		p.packages = append(p.packages, one)
	}
}

// Remove takes packages away.
func (p *Portal) Remove(ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		p.remove(id)
	}
}

// remove takes a package away. mu is held.
func (p *Portal) remove(id any) {
	p.packages = slices.DeleteFunc(p.packages, func(x Package) bool { return x["id"] == id })
}

// Edit changes a package.
func (p *Portal) Edit(id string, change func(Package)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.packages {
		if x["id"] == id {
			change(x)
		}
	}
}

// Stale makes the search find packages that package_show no longer has.
func (p *Portal) Stale(ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		p.stale[id] = true
	}
}

// Fail makes it misbehave, after what it was told to do before.
func (p *Portal) Fail(all ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, all...)
}

// Mend ends every fault.
func (p *Portal) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults, p.count, p.repeats = nil, nil, false
}

// Lie makes it tell another number of packages than it has.
func (p *Portal) Lie(count func(actual int) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count = count
}

// Repeat makes every page the first.
func (p *Portal) Repeat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.repeats = true
}

// AtMost bounds the rows of a page, whatever is asked for.
func (p *Portal) AtMost(rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = rows
}

// Asked lists the requests so far, as path and query.
func (p *Portal) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

func (p *Portal) answer(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.URL.RequestURI())
	action := strings.TrimPrefix(r.URL.Path, "/api/3/action/")
	fault, faulty := p.fault(action, r)
	status, body := p.act(action, r)
	p.mu.Unlock()
	if !faulty {
		send(w, status, body)
		return
	}
	switch {
	case fault.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case fault.Cut > 0:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:min(fault.Cut, len(body))])
		_ = http.NewResponseController(w).Flush() // else the caller sees nothing of it and asks again by itself
		panic(http.ErrAbortHandler)
	}
	for key, value := range fault.Header {
		w.Header().Set(key, value)
	}
	send(w, fault.Status, []byte(fault.Body))
}

func send(w http.ResponseWriter, status int, body []byte) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// fault returns the fault that this request meets. mu is held.
func (p *Portal) fault(action string, r *http.Request) (Fault, bool) {
	for n := range p.faults {
		f := &p.faults[n]
		if !strings.HasPrefix(action, f.Path) || f.Start != "" && r.URL.Query().Get("start") != f.Start || f.Times < 0 {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Times = -1
			}
		}
		return *f, true
	}
	return Fault{}, false
}

// act answers an action. mu is held.
func (p *Portal) act(action string, r *http.Request) (int, []byte) {
	q := r.URL.Query()
	switch action {
	case "package_search":
		return http.StatusOK, p.search(q.Get("start"), q.Get("rows"))
	case "package_show":
		for _, x := range p.packages {
			if id := fmt.Sprint(x["id"]); (id == q.Get("id") || x["name"] == q.Get("id")) && !p.stale[id] {
				return http.StatusOK, success(x)
			}
		}
		return http.StatusNotFound, failure("Not Found Error", "Not found")
	}
	return http.StatusBadRequest, []byte(`"Bad request - Action name not known: ` + action + `"`)
}

func (p *Portal) search(from, rows string) []byte {
	visible := []Package{}
	for _, x := range p.packages {
		if x["state"] != "deleted" {
			visible = append(visible, x)
		}
	}
	slices.SortFunc(visible, func(a, b Package) int { return strings.Compare(fmt.Sprint(a["id"]), fmt.Sprint(b["id"])) })
	start, _ := strconv.Atoi(from)
	size, err := strconv.Atoi(rows)
	if err != nil {
		size = 10
	}
	if p.repeats {
		start = 0
	}
	count := len(visible)
	page := visible[min(start, count):min(start+min(size, p.most), count)]
	if p.count != nil {
		count = p.count(count)
	}
	return success(map[string]any{"count": count, "sort": "id asc", "facets": map[string]any{}, "results": page, "search_facets": map[string]any{}})
}

func success(result any) []byte {
	b, err := json.Marshal(map[string]any{"help": "…", "success": true, "result": result})
	if err != nil {
		panic(err) // a test put something there that is no JSON
	}
	return b
}

func failure(kind, message string) []byte {
	b, _ := json.Marshal(map[string]any{ // strings always encode
		"help": "…", "success": false, "error": map[string]any{"__type": kind, "message": message},
	})
	return b
}
