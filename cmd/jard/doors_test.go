package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portaldb"
	outside "github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

// visitor is somebody who tries every door, as the table of doors writes them.
type visitor struct {
	letter      string
	role        identity.Role
	institution string
}

// visitors are all who may come, whoever may least first. The draft and the
// message behind the doors are those of the Ministry of Agriculture.
func visitors() []visitor {
	return []visitor{
		{"p", identity.Public, ""},
		{"x", identity.Officer, "ms"}, // a stranger: the officer of somebody else
		{"y", identity.Supervisor, "ms"},
		{"w", identity.ServiceOwner, "marhp"},
		{"g", identity.Agent, ""},
		{"c", identity.Committee, ""},
		{"o", identity.Officer, "marhp"},
		{"s", identity.Supervisor, "marhp"},
		{"m", identity.MCD, ""},
		{"a", identity.Admin, ""},
	}
}

// Every door there is opens to those whom the table names and to nobody else.
// A door that the table does not know fails the test: who may pass is decided
// when an address is made, not found out later. Set JARD_DOORS to a file to
// have the table as it is written there, then read the difference line by line.
func TestEveryDoorOpensOnlyToThoseItIsFor(t *testing.T) {
	_, provider := provided(t)
	r := start(t, databasetest.URL(t, database.SQLite), provider)
	c := configs.Default()
	provider(&c)
	h, err := build(c, slog.New(slog.DiscardHandler), r.db)
	if err != nil {
		t.Fatal(err)
	}
	routes := slices.Sorted(slices.Values(h.routes))
	if len(routes) < 200 {
		t.Fatalf("%d routes; want all of them", len(routes))
	}
	want, got := doors(t), []string{}
	tokens := map[string]string{}
	for _, v := range visitors() {
		if v.role != identity.Public {
			tokens[v.letter] = r.token(t, v.role, v.institution)
		}
	}
	keys := r.behindDoors(t, tokens["o"])
	known := map[string]bool{}
	for _, route := range routes {
		known[route] = true
		opens := ""
		sets := strings.Contains(route, "/import") || strings.Contains(route, "/changesets")
		for n, v := range visitors() {
			if sets && (n == 0 || strings.HasPrefix(route, "DELETE") || strings.HasSuffix(route, "/discard")) {
				keys["changeset"] = r.changeset(t, tokens["o"]) // the one before may be applied or gone by now
			}
			if r.knock(t, v, tokens[v.letter], route, keys) {
				opens += v.letter
			}
		}
		if opens == "" {
			opens = "-"
		}
		got = append(got, fmt.Sprintf("%-10s %s", opens, route))
		if whom, ok := want[route]; !ok {
			t.Errorf("%s opens to %q and is not in the table of doors", route, opens)
		} else if whom != opens {
			t.Errorf("%s opens to %q; want %q", route, opens, whom)
		}
	}
	for route := range want {
		if !known[route] {
			t.Errorf("the table of doors knows %s, which there is not", route)
		}
	}
	if to := os.Getenv("JARD_DOORS"); to != "" {
		if err := os.WriteFile(to, []byte(strings.Join(got, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// doors reads who may pass where.
func doors(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/doors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			who, route, _ := strings.Cut(line, " ")
			all[strings.TrimSpace(route)] = who
		}
	}
	return all
}

// behindDoors makes what is behind the doors: a draft and a message that
// nobody but their institution, the operator and the committee may know.
func (r *running) behindDoors(t *testing.T, author string) map[string]string {
	t.Helper()
	status, d := r.ask(t, "POST", "/api/v1/datasets", author, complete("Secret xyzzy"))
	if status != http.StatusCreated {
		t.Fatalf("a draft = %d %v", status, d)
	}
	box, err := newRequests(r.db, time.Now, func(p string) string { return r.url + p })
	if err != nil {
		t.Fatal(err)
	}
	q, secret, err := box.Submit(t.Context(), outside.Message{
		Kind: outside.Data, Institution: "marhp", Title: "Question xyzzy", Language: lang.French,
		Text: "Nous cherchons les récoltes par délégation, xyzzy.", Email: "xyzzy@example.tn", Consent: true,
	}, "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"dataset": d["ref"].(string), "request": q.Ref, "secret": secret, "finding": r.finding(t)}
}

// finding is something wrong on the portal that concerns the Ministry of Agriculture.
func (r *running) finding(t *testing.T) string {
	t.Helper()
	store := portaldb.New(r.db, nil)
	_, err := store.Record(t.Context(), portal.Reading{StartedAt: time.Now(), Whole: true}, portal.Outcome{Whole: true, Observations: []portal.Observation{
		{Kind: portal.Missing, Subject: "xyzzy", Ref: "TN-MARHP-2026-99999", Institution: "marhp", Title: "Missing xyzzy"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := store.Findings(t.Context(), identity.System("test"), portaldb.Filter{})
	if err != nil || len(l.Items) != 1 {
		t.Fatalf("%d findings, %v", len(l.Items), err)
	}
	return l.Items[0].ID
}

// changeset proposes an edit and returns the id under which it waits.
func (r *running) changeset(t *testing.T, author string) string {
	t.Helper()
	status, set := r.ask(t, "POST", "/api/v1/bulk-edits", author, map[string]any{
		"institution": "marhp", "edits": []map[string]any{{"field": "frequency", "act": "set", "value": "monthly"}},
	})
	if status >= 300 {
		t.Fatalf("a bulk edit = %d %v", status, set)
	}
	return fmt.Sprint(set["id"])
}

// knock tries a door and tells whether it opens: not when the answer is to sign
// in, that it is forbidden, or that there is nothing.
func (r *running) knock(t *testing.T, v visitor, token, route string, keys map[string]string) bool {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	var body io.Reader
	if method != http.MethodGet {
		body = strings.NewReader("{}")
	}
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+doorOf(path, keys), body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(path, "/api/v1/") {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusInternalServerError {
		t.Errorf("%s of %s = %d %.300s", route, v.letter, resp.StatusCode, answer)
	}
	tells := strings.Contains(string(answer), "xyzzy")
	mayKnow := strings.Contains("cosma", v.letter)
	if strings.Contains(path, "requests") { // what was sent is read by those who answer
		mayKnow = strings.Contains("osma", v.letter)
	}
	if tells && !mayKnow && !strings.Contains(path, "/follow/") {
		t.Errorf("%s tells %s of %s what is not theirs to know", route, v.role, v.institution)
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests:
		return false
	case http.StatusSeeOther:
		return !strings.HasPrefix(resp.Header.Get("Location"), "/login")
	}
	return true
}

// doorOf puts what is behind the doors into the pattern of an address.
func doorOf(path string, keys map[string]string) string {
	parts := strings.Split(path, "/")
	for n, part := range parts {
		if !strings.HasPrefix(part, ":") && !strings.HasPrefix(part, "*") {
			continue
		}
		switch name := part[1:]; {
		case name == "token":
			parts[n] = keys["secret"]
		case name == "ref" && slices.Contains(parts, "requests"):
			parts[n] = keys["request"]
		case name == "ref":
			parts[n] = keys["dataset"]
		case name == "slug" && !slices.Contains(parts, "services"), name == "institution":
			parts[n] = "marhp"
		case name == "quarter":
			parts[n] = "2026-Q3"
		case name == "id" && (slices.Contains(parts, "import") || slices.Contains(parts, "imports") || slices.Contains(parts, "changesets")):
			parts[n] = keys["changeset"]
		case name == "id" && slices.Contains(parts, "findings"):
			parts[n] = keys["finding"]
		case name == "revision":
			parts[n] = "1"
		case name == "code" && slices.Contains(parts, "indicators"):
			parts[n] = "openness"
		case name == "file" && slices.Contains(parts, "desk") && slices.Contains(parts, "indicators"):
			parts[n] = "rows.csv"
		case name == "file" && !slices.Contains(parts, "calendar"):
			parts[n] = "summary.csv"
		default:
			parts[n] = "0"
		}
	}
	return strings.Join(parts, "/")
}
