package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// behindWatch makes what the Ministry of Agriculture keeps to itself in the
// watch, each marked: a draft, what was seen in an incident, a note on it,
// maintenance nobody announced, a rule of alerts.
func (r *running) behindWatch(t *testing.T, operator string) (routeID string) {
	t.Helper()
	post := func(path string, body map[string]any) map[string]any {
		t.Helper()
		status, out := r.ask(t, "POST", path, operator, body)
		if status >= 300 {
			t.Fatalf("POST %s = %d %v", path, status, out)
		}
		return out
	}
	for slug, state := range map[string]string{"hidden": "draft", "open": "active"} {
		name := map[string]string{"fr": "Service"}
		if state == "draft" {
			name["fr"] = "Secret xyzzy"
		}
		post("/api/v1/services", map[string]any{
			"slug": slug, "name": name, "institution": "marhp", "url": "https://" + slug + ".example.tn/", "state": state, "note": "Note xyzzy",
			"checks": []map[string]any{{"name": "home", "target": "https://" + slug + ".example.tn/"}},
		})
	}
	post("/api/v1/maintenance", map[string]any{
		"scope": "service", "target": "open", "title": map[string]string{"fr": "Travaux xyzzy"}, "public": false,
		"starts_at": time.Now().Add(time.Hour), "ends_at": time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339),
	})
	route := post("/api/v1/alerts/routes", map[string]any{
		"name": "Garde xyzzy", "enabled": true, "institutions": []string{"marhp"}, "steps": []map[string]any{{"roles": []string{"service_owner"}}},
	})
	store := monitordb.New(r.db, nil)
	owner := identity.Actor{Account: "o", Name: "Ali xyzzy", Role: identity.ServiceOwner, Institution: "marhp", Institutions: []string{"marhp"}}
	v, err := store.Service(t.Context(), owner, "open")
	if err != nil {
		t.Fatal(err)
	}
	w, c := store.NewWriter(nil, 0), monitor.Current{CheckID: v.Checks[0].ID, Service: "open"}
	for n := range 3 {
		seen := monitor.Reading{
			Check: c.CheckID, At: time.Now().Add(time.Duration(n-5) * time.Second), Every: time.Minute, Attempt: 1, Reason: monitor.Connect,
			Detail: "Detail xyzzy", Seen: &monitor.Seen{Excerpt: "Excerpt xyzzy"},
		}
		monitor.Expect{}.Judge(&seen)
		change, since := c.Take(&seen, 0)
		w.Add(monitordb.Entry{Reading: seen, Current: c, Change: change, IncidentAt: since})
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.WriteNote(t.Context(), owner, 1, 0, false, lang.Text{"fr": "Interne xyzzy"}); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(route["id"])
}

// watchDoors are the addresses of the watch, of alerts, vantages and processes,
// with what is behind them in place of their parameters.
func watchDoors(routes []string, routeID string) []string {
	var all []string
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		parts := strings.Split(path, "/")
		ours := slices.ContainsFunc(parts, func(p string) bool {
			name, _, _ := strings.Cut(p, ".")
			return slices.Contains([]string{
				"services", "incidents", "maintenance", "alerts", "alert", "vantages", "processes", "status", "roster", "checks", "agent", "probe",
			}, name)
		})
		if !ours || slices.Contains(parts, "datasets") {
			continue
		}
		for _, slug := range []string{"hidden", "open"} {
			for _, act := range []string{
				"begin", "finish", "skip", "cancel", "edit", "acknowledgement", "note", "resolution", "split", "review",
			} {
				door := strings.NewReplacer(
					"routes/:id", "routes/"+routeID, ":id", "1", ":slug", slug, ":act", act, ":name", "noc", ":hash", "0", ":secret", "0", ":check", "home",
				).Replace(path)
				if door = method + " " + door; !slices.Contains(all, door) {
					all = append(all, door)
				}
			}
		}
	}
	return all
}

// kept is what a stranger must not have changed.
func (r *running) kept(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, q := range []string{
		"SELECT slug || ' ' || state || ' ' || revision FROM services WHERE institution = 'marhp' ORDER BY slug",
		"SELECT id || ' ' || revision FROM maintenance WHERE institution = 'marhp' ORDER BY id", "SELECT id || ' ' || revision FROM incidents ORDER BY id",
		"SELECT id || ' ' || revision FROM alert_routes ORDER BY id", "SELECT COUNT(*) || '' FROM incident_notes", "SELECT COUNT(*) || '' FROM outages",
	} {
		var rows []string
		if err := r.db.Raw(q).Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&text, rows)
	}
	return text.String()
}

// Nobody reads or changes what another body keeps to itself in the watch,
// through any address that there is: a new one is swept as soon as it exists.
func TestNobodyReachesIntoTheWatchOfAnotherBody(t *testing.T) {
	r := start(t, databasetest.URL(t, database.SQLite), func(c *configs.Config) { c.Watch.Enabled = false })
	c := configs.Default()
	c.Watch.Enabled = false
	h, err := build(c, slog.New(slog.DiscardHandler), r.db)
	if err != nil {
		t.Fatal(err)
	}
	doors := watchDoors(h.routes, r.behindWatch(t, r.token(t, identity.MCD, "")))
	if len(doors) < 100 {
		t.Fatalf("%d doors; want all of them", len(doors))
	}
	before := r.kept(t)
	tokens := map[string]string{"nobody": ""}
	for _, role := range identity.Roles() {
		switch {
		case role.NeedsInstitution():
			tokens["a foreign "+string(role)] = r.token(t, role, "ms")
		case role == identity.Agent:
			tokens["an agent"] = r.token(t, role, "")
		}
	}
	for who, token := range tokens {
		for _, door := range doors {
			if status, answer := r.push(t, door, token); status >= 500 && status != http.StatusServiceUnavailable || strings.Contains(answer, "xyzzy") {
				t.Errorf("%s at %s: %d, tells it: %v", who, door, status, strings.Contains(answer, "xyzzy"))
			}
		}
		if now := r.kept(t); now != before {
			t.Fatalf("%s changed something:\n%s\n%s", who, before, now)
		}
	}
	// Whoever it belongs to does read it, or the sweep would prove nothing.
	own, told := r.token(t, identity.ServiceOwner, "marhp"), 0
	for _, door := range doors {
		if strings.HasPrefix(door, "GET") {
			if _, answer := r.push(t, door, own); strings.Contains(answer, "xyzzy") {
				told++
			}
		}
	}
	if told < 10 {
		t.Errorf("its owner reads it at %d addresses", told)
	}
}

// push tries a door with what a form or a script would send there.
func (r *running) push(t *testing.T, door, token string) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(door, " ")
	var body io.Reader
	kind := "application/json"
	switch {
	case method == http.MethodGet:
	case strings.HasPrefix(path, "/api/"):
		body = strings.NewReader("{}")
	default:
		kind = "application/x-www-form-urlencoded"
		body = strings.NewReader("state=paused&do=look&text.fr=x&resolution=dismissed&service=open&title.fr=x&ends_at=2026-12-01T10:00&slug=hidden&revision=1&key=1")
	}
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
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
	return resp.StatusCode, string(answer)
}
