package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// deed is something done at a door, in the order of a story.
type deed struct {
	who, door string // whose token, and method and path with {names} of what came before
	body      any    // a text is a form
	keep      string // name under which the answer's first of ref, slug and id is known from then on
}

// story is what people do from a first entry to its withdrawal, and beside it.
func story() []deed {
	type m = map[string]any
	fr := func(s string) map[string]string { return map[string]string{"fr": s} }
	day := time.Now().AddDate(0, 1, 0)
	return []deed{
		{"o", "POST /api/v1/datasets", complete("Production de céréales"), "ref"},
		{"o", "PATCH /api/v1/datasets/{ref}", m{"frequency": "monthly"}, ""},
		{"o", "POST /api/v1/datasets/{ref}/submission", m{}, ""},
		{"m", "POST /api/v1/datasets/{ref}/return", m{"reason": "Précisez la source"}, ""},
		{"o", "POST /api/v1/datasets/{ref}/submission", m{}, ""},
		{"m", "POST /api/v1/datasets/{ref}/approval", m{"hash": "{hash}"}, ""},
		{"o", "POST /api/v1/datasets/{ref}/update", m{"data_modified": time.Now().AddDate(0, 0, -1).Format(time.DateOnly)}, ""},
		{"o", "POST /api/v1/datasets/{ref}/withdrawal", m{"reason": "Doublon"}, ""},
		{"o", "POST /api/v1/datasets", complete("Élevage ovin"), "other"},
		{"o", "POST /api/v1/bulk-edits", m{"institution": "marhp", "edits": []m{{"field": "frequency", "act": "set", "value": "daily"}}}, "set"},
		{"o", "POST /api/v1/imports/{set}/application", m{}, ""},
		{"o", "POST /api/v1/imports/{set}/undo", m{}, ""},
		{"m", "POST /api/v1/services", m{
			"slug": "acte", "name": fr("Acte"), "institution": "marhp", "url": "https://acte.example.tn/", "state": "active",
			"checks": []m{{"name": "home", "target": "https://acte.example.tn/"}},
		}, "service"},
		{"m", "PATCH /api/v1/services/acte", m{"name": fr("Acte de naissance")}, ""},
		{"m", "POST /api/v1/maintenance", m{
			"scope": "service", "target": "acte", "title": fr("Travaux"), "public": true, "starts_at": day, "ends_at": day.Add(time.Hour),
		}, "window"},
		{"m", "POST /api/v1/maintenance/{window}/cancel", m{}, ""},
		{"m", "POST /api/v1/alerts/routes", m{"name": "Garde", "enabled": true, "institutions": []string{"marhp"}, "steps": []m{{"roles": []string{"service_owner"}}}}, "route"},
		{"m", "DELETE /api/v1/alerts/routes/{route}", nil, ""},
		{"m", "POST /api/v1/portal/findings/{finding}/acknowledgement", m{"reason": "Connu"}, ""},
		{"m", "POST /api/v1/requests/{request}/publication", m{"title": "Récoltes par délégation"}, ""},
		{"m", "POST /api/v1/requests/{request}/answer", m{"answer": fr("Les récoltes par délégation paraissent en mars.")}, ""},
		{"c", "POST /api/v1/committee/advice", m{"subject": fr("Avis"), "text": fr("Ouvrir davantage."), "addressee": "operator"}, ""},
		{"m", "POST /api/v1/committee/members", m{
			"name": "H. M.", "quality": "civil", "organisation": "Association", "act_ref": "a", "act_day": "2024-01-02", "starts_on": "2024-01-02",
		}, ""},
		{"a", "POST /admin/accounts", "email=neuf%40example.tn&name=Neuf&role=officer&institution=marhp", ""},
		{"a", "POST /admin/institutions", "slug=neuve&kind=establishment&parent=marhp&name.fr=Neuve&name.ar=%D8%AC%D8%AF%D9%8A%D8%AF%D8%A9", ""},
		{"o", "POST /account/notices/calendar", "", ""},
		{"m", "POST /desk/mail/trial", "", ""},
		{"a", "GET /desk/audit/lines.jsonl", nil, ""},
		{"o", "GET /desk/requests.csv", nil, ""},
	}
}

// What people do, done as it should be: each act succeeds and leaves a line.
func TestActsThatSucceedLeaveALine(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			r := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
			tokens := map[string]string{}
			for _, v := range visitors() {
				if v.role != identity.Public {
					tokens[v.letter] = r.token(t, v.role, v.institution)
				}
			}
			known := r.behindDoors(t, tokens["o"])
			must(t, r.stop())
			c := configs.Default()
			c.Watch.Enabled = false
			db := openAt(t, target)
			attend(t, db)
			h, err := build(c, slog.New(slog.DiscardHandler), db)
			must(t, err)
			for _, d := range story() {
				doDeed(t, h.handler, d, tokens[d.who], known)
			}
		})
	}
}

// doDeed does a deed, and wants it to succeed and to be told of.
func doDeed(t *testing.T, handler http.Handler, d deed, token string, known map[string]string) {
	t.Helper()
	w := &witness{tables: map[string]bool{}}
	text, isForm := d.body.(string)
	if !isForm {
		b, err := json.Marshal(d.body)
		must(t, err)
		text = string(b)
	}
	method, path, _ := strings.Cut(d.door, " ")
	for name, value := range known {
		path, text = strings.ReplaceAll(path, "{"+name+"}", value), strings.ReplaceAll(text, "{"+name+"}", value)
	}
	req := httptest.NewRequestWithContext(context.WithValue(t.Context(), witnessKey{}, w), method, "http://127.0.0.1:8080"+path, strings.NewReader(text))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", map[bool]string{true: "application/x-www-form-urlencoded", false: "application/json"}[isForm])
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req)
	if answer.Code >= http.StatusBadRequest {
		t.Errorf("%s = %d %.600s", d.door, answer.Code, answer.Body)
		return
	}
	if !w.tables["audit_lines"] {
		t.Errorf("%s = %d and leaves no line", d.door, answer.Code)
	}
	said := map[string]any{}
	_ = json.Unmarshal(answer.Body.Bytes(), &said) // a page says nothing
	if hash, ok := said["hash"].(string); ok {
		known["hash"] = hash
	}
	for _, name := range []string{"ref", "slug", "id"} {
		if v, ok := said[name]; ok && d.keep != "" {
			known[d.keep] = fmt.Sprint(v)
			return
		}
	}
}
