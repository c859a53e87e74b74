package monitorweb

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// stated is an edition as the API writes it.
type stated struct {
	Hash         string
	Method       int
	Availability *float64
	Down         float64 `json:"down_seconds"`
	Document     string
	Recomputed   struct{ Hash, State string }
}

func TestEditionsThroughTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		h.feed(v, strings.Repeat("u", 200)+"ffffff"+strings.Repeat("u", 94))
		h.now = h.now.Add(3 * time.Hour)
		const path = "/api/v1/services/b3/editions"
		body := fmt.Sprintf(`{"from":%q,"to":%q}`, noon.Add(-5*time.Hour).Format(time.RFC3339), noon.Format(time.RFC3339))
		h.want(h.ask(nobody, "POST", path, body), 401)
		h.want(h.ask(owner, "POST", path, body), 403)
		rec := h.ask(mcd, "POST", path, body)
		h.want(rec, 201, "jard edition 1", "service b3")
		var one, again stated
		if err := json.Unmarshal(rec.Body.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		if one.Down != 360 || one.Availability == nil || len(one.Hash) != 64 || rec.Header().Get("Location") != path+"/"+one.Hash {
			t.Errorf("issued %+v at %q", one, rec.Header().Get("Location"))
		}
		if err := h.store.Pack(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.read(path+"/"+one.Hash, &again)
		if again.Recomputed.State != "same" || again.Recomputed.Hash != one.Hash || again.Document != one.Document {
			t.Errorf("computed again: %+v", again)
		}
		var list struct{ Items []stated }
		h.read(path, &list)
		if len(list.Items) != 1 || list.Items[0].Hash != one.Hash || list.Items[0].Document != "" {
			t.Errorf("list %+v", list)
		}
		for _, tt := range []struct {
			body, want string
		}{
			{`{"from":"2026-11-22","to":"2026-11-21"}`, "La fin doit venir après le début."},
			{`{"from":"2020-01-01","to":"2026-11-21"}`, "Un constat couvre au plus 400 jours."},
			{`{"from":"2026-11-20","to":"2027-11-21"}`, "La période doit être finie depuis 2 heures"},
			{`{"from":"hier","to":"2026-11-21"}`, `"field":"from"`},
			{`{"from":"2026-11-20"}`, `"field":"to"`},
			{`{"from":"2026-11-20","to":"2026-11-21","why":"x"}`, "why"},
		} {
			rec := h.ask(mcd, "POST", path, tt.body)
			if rec.Code != 422 && rec.Code != 400 || !strings.Contains(strings.ReplaceAll(rec.Body.String(), "\u00a0", " "), tt.want) {
				t.Errorf("%s: %d %s; want %q", tt.body, rec.Code, rec.Body, tt.want)
			}
		}
		h.want(h.ask(nobody, "GET", path+"/"+strings.Repeat("0", 64), ""), 404)
		h.want(h.ask(nobody, "GET", "/api/v1/services/unknown/editions", ""), 404)
	})
}

func TestEditionsPage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		h.add("draft", monitor.Draft)
		h.want(h.ask(nobody, "GET", "/services/b3/editions", ""), 200, "Aucun constat pour ce service")
		h.want(h.ask(nobody, "GET", "/services/draft/editions", ""), 404)
		h.want(h.ask(other, "GET", "/services/draft/editions", ""), 404)
		h.feed(v, strings.Repeat("u", 100)+"ffffff"+strings.Repeat("u", 80))
		h.now = h.now.Add(26 * time.Hour)
		form := func(from, to string) string { return url.Values{"from": {from}, "to": {to}}.Encode() }
		post := func(by identity.Actor, body string) int {
			return h.ask(by, "POST", "/services/b3/editions", body, "Content-Type", "application/x-www-form-urlencoded").Code
		}
		if code := post(owner, form("2026-11-22", "2026-11-23")); code != 403 {
			t.Errorf("the owner states: %d", code)
		}
		if code := post(mcd, form("2026-11-22", "2026-11-23")); code != 303 {
			t.Errorf("the operator states: %d", code)
		}
		rec := h.ask(mcd, "POST", "/services/b3/editions", form("2026-11-23", "soon"), "Content-Type", "application/x-www-form-urlencoded")
		h.want(rec, 422, `value="2026-11-23"`, `value="soon"`, `aria-invalid="true"`)
		list, err := h.store.Editions(t.Context(), nobody, "b3", 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d editions, %v", len(list), err)
		}
		h.want(h.ask(nobody, "GET", "/services/b3/editions", ""), 200, list[0].Hash[:12], "Recalculer", "Télécharger (CSV)")
		h.want(h.ask(nobody, "GET", "/services/b3/editions?again="+list[0].Hash, ""), 200, "même empreinte")
		h.want(h.ask(nobody, "GET", "/services/b3/editions", "", "Accept-Language", "ar"), 200, `dir="rtl"`, "الجاهزية المعاينة")
		h.want(h.ask(nobody, "GET", "/services/b3/editions", "", "Accept-Language", "en"), 200, "Stated availability")
		h.want(h.ask(nobody, "GET", "/services/b3", ""), 200, "/services/b3/editions")
		for role, may := range map[identity.Role]bool{
			identity.Officer: false, identity.Supervisor: false, identity.MCD: true, identity.ServiceOwner: false,
			identity.Committee: false, identity.Admin: true, identity.Agent: false,
		} {
			by := identity.Actor{Account: "r", Role: role, Institution: "mi", Institutions: []string{"mi"}}
			shown := strings.Contains(h.ask(by, "GET", "/services/b3/editions", "").Body.String(), "Établir le constat")
			if code := post(by, form("2026-11-22", "2026-11-23")); shown != may || (code == 303) != may {
				t.Errorf("%s: form shown %t, answer %d; want %t", role, shown, code, may)
			}
		}
	})
}

func TestReadingsAsCSV(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		h.feed(v, strings.Repeat("u", 150)+"f"+strings.Repeat("u", 49))
		h.now = h.now.Add(time.Hour)
		read := func() [][]string {
			t.Helper()
			rec := h.ask(nobody, "GET", "/api/v1/services/b3/readings.csv?from=2026-11-20&to=2026-11-23T00:00:00Z", "")
			h.want(rec, 200)
			rows, err := csv.NewReader(rec.Body).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		before := read()
		if len(before) != 201 || before[151][3] != "suspect" || before[151][4] != "timeout" || before[1][13] != "40000" ||
			before[200][0] != "2026-11-22T12:00:00.000000Z" {
			t.Errorf("%d rows: %v … %v", len(before), before[1], before[len(before)-1])
		}
		if err := h.store.Pack(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := read(); !slices.EqualFunc(before, after, func(a, b []string) bool { return slices.Equal(a, b) }) {
			t.Errorf("packed it reads %d rows otherwise", len(after))
		}
		h.want(h.ask(nobody, "GET", "/api/v1/services/b3/readings.csv?check=none", ""), 422)
		h.want(h.ask(nobody, "GET", "/api/v1/services/b3/readings.csv?from=x", ""), 422)
		h.want(h.ask(nobody, "GET", "/api/v1/services/none/readings.csv", ""), 404)
	})
}
