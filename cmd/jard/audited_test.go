package main

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// witness sees what one request writes.
type witness struct {
	sync.Mutex
	tables map[string]bool
}

type witnessKey struct{}

var written = regexp.MustCompile(`(?i)^\s*(?:INSERT\s+(?:OR \w+ )?INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)`)

// attend has every statement of db that changes something seen by the witness
// of its request.
func attend(t *testing.T, db *gorm.DB) {
	t.Helper()
	see := func(tx *gorm.DB) {
		w, ok := tx.Statement.Context.Value(witnessKey{}).(*witness)
		table := written.FindStringSubmatch(tx.Statement.SQL.String())
		if !ok || table == nil || tx.Error != nil || tx.RowsAffected == 0 {
			return
		}
		w.Lock()
		defer w.Unlock()
		w.tables[table[1]] = true
	}
	must(t, db.Callback().Create().After("*").Register("see:create", see))
	must(t, db.Callback().Update().After("*").Register("see:update", see))
	must(t, db.Callback().Delete().After("*").Register("see:delete", see))
	must(t, db.Callback().Raw().After("*").Register("see:raw", see))
}

// bookkeeping are tables whose rows say nothing that anybody decided.
func bookkeeping() []string {
	return []string{
		"sessions", "api_tokens", "login_attempts", "heartbeat", "audit_counts", "audit_head", "uploads", "dataset_numbers", "request_tries", "request_salts",
		"request_numbers", "survey_counters", "survey_nonces", "harvest_receipts", "harvest_salts", "watch_state", "assess_state", "survey_state",
	}
}

// unaudited are the doors behind which something is written and no line left, each with its reason.
func unaudited() map[string]string {
	const outside = "somebody outside acts on what is theirs alone; a line would keep what is to be forgotten"
	return map[string]string{
		"POST /account/language":                "the language of one's own pages, which concerns nobody else",
		"POST /requests/:ref/support":           "the count is public, and who supports is nobody's to know",
		"POST /requests/follow/:token/erasure":  outside,
		"POST /subscriptions/incidents":         outside,
		"POST /subscriptions/incidents/:secret": outside,
		"POST /survey/:slug":                    "an answer of the public: who answered is nobody's to know",
		"POST /survey/:slug/kiosk":              "an answer of the public: who answered is nobody's to know",
		"POST /survey/:slug/more":               "an answer of the public: who answered is nobody's to know",
		"POST /api/v1/surveys/:slug/answers":    "an answer of the public: who answered is nobody's to know",
		"POST /api/v1/agent/batches":            "signed readings of a vantage: measurements, and no acts",
		"POST /api/v1/agent/heartbeat":          "signed readings of a vantage: measurements, and no acts",
	}
}

// Every door is tried with what it takes without more being known. Whatever is
// written then, and was not refused, leaves a line in the trail, or the door
// stands in the list with its reason.
func TestWhatDoorsWriteLeavesALine(t *testing.T) {
	target := databasetest.URL(t, database.SQLite)
	r := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
	tokens := map[string]string{}
	for _, v := range visitors() {
		if v.role != identity.Public {
			tokens[v.letter] = r.token(t, v.role, v.institution)
		}
	}
	keys := r.behindDoors(t, tokens["o"])
	keys["changeset"] = r.changeset(t, tokens["o"])
	must(t, r.stop())
	c := configs.Default()
	c.Watch.Enabled = false
	db := openAt(t, target)
	attend(t, db)
	h, err := build(c, slog.New(slog.DiscardHandler), db)
	must(t, err)
	wrote, known := map[string]bool{}, map[string]bool{}
	for _, route := range h.routes {
		known[route] = true
		if strings.HasPrefix(route, "GET ") || strings.HasPrefix(route, "HEAD ") {
			continue
		}
		for _, v := range visitors() {
			for _, body := range handedTo(route) {
				tables, ok := push(t, h.handler, route, keys, tokens[v.letter], body)
				if !ok || len(tables) == 0 {
					continue
				}
				wrote[route] = true
				if !tables["audit_lines"] && unaudited()[route] == "" {
					t.Errorf("%s of %s writes %v and leaves no line", route, v.letter, slices.Sorted(maps.Keys(tables)))
				}
			}
		}
	}
	for route := range unaudited() {
		if !known[route] {
			t.Errorf("the list knows %s, which there is not", route)
		}
	}
	t.Logf("%d doors wrote something", len(wrote))
	if len(wrote) < 8 {
		t.Errorf("%d doors wrote anything; the test no longer tries them", len(wrote))
	}
}

// handedTo are what a door is tried with.
func handedTo(route string) []string {
	if strings.Contains(route, " /api/") {
		return []string{`{}`, `{"reason":"parce que"}`}
	}
	return []string{"", "reason=parce+que&text=un+mot&note=une+note&name=Nom&title=Titre&email=a%40example.tn&revision=1&message=bonjour&language=ar&answer=oui" +
		"&consent=on&kind=data&institution=marhp&day=2026-11-20&choice=yes&score=5"}
}

// push tries a door, and tells what was written and whether it was let stand.
func push(t *testing.T, handler http.Handler, route string, keys map[string]string, token, body string) (map[string]bool, bool) {
	t.Helper()
	method, pattern, _ := strings.Cut(route, " ")
	w := &witness{tables: map[string]bool{}}
	path := doorOf(pattern, keys)
	req := httptest.NewRequestWithContext(context.WithValue(t.Context(), witnessKey{}, w), method, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(path, "/api/") {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req)
	for _, table := range bookkeeping() {
		delete(w.tables, table)
	}
	return w.tables, answer.Code < http.StatusBadRequest
}
