package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portal/ckantest"
	"github.com/jard-odi/jard/inventory/portaldb"
)

// TestAPortalIsCheckedByCommand approves a dataset, lets a portal harvest it, and asks the command what arrived.
func TestAPortalIsCheckedByCommand(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target, there := databasetest.URL(t, engine), ckantest.New(t)
			r := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
			r.publish(t, r.token(t, identity.Officer, "marhp"), r.token(t, identity.MCD, ""), "Production d'olives")
			long := time.Now().AddDate(0, -1, 0).UTC()
			if err := r.db.Exec("UPDATE publications SET issued = ?, modified = ?", long, long).Error; err != nil {
				t.Fatal(err)
			}
			check := func(want int, holds ...string) {
				t.Helper()
				var out, errs bytes.Buffer
				p := program{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(key string) string {
					return map[string]string{
						"JARD_DATABASE_URL": target, "JARD_PORTAL_URL": there.URL, "JARD_OUTGOING_ALLOW_NETWORKS": "127.0.0.0/8",
						"JARD_PORTAL_PAUSE": "0s",
					}[key]
				}}
				if code := run(context.Background(), []string{"portal", "check"}, p); code != want {
					t.Errorf("exit %d; want %d\n%s%s", code, want, out.String(), errs.String())
				}
				for _, text := range holds {
					if !strings.Contains(out.String()+errs.String(), text) {
						t.Errorf("lacks %q:\n%s%s", text, out.String(), errs.String())
					}
				}
			}
			check(1, "missing  TN-MARHP-", "packages=0 offered=1 there=0 findings=1 whole=true", "1 findings")
			one := ckantest.Package{}
			await(t, "the catalogue to show it", func() bool {
				_, page := r.ask(t, http.MethodGet, "/api/3/action/package_search", "", nil)
				result, _ := page["result"].(map[string]any)
				results, _ := result["results"].([]any)
				if len(results) == 1 {
					one = results[0].(map[string]any)
				}
				return len(results) == 1
			})
			there.Put(one)
			check(0, "packages=1 offered=1 there=1 findings=0 whole=true")
			there.Edit(one["id"].(string), func(p ckantest.Package) { p["title"], p["title_ar"] = "Huile\x1b[31m", "" })
			check(1, "differs", "title", `Huile\u001b[31m`)
			there.Fail(ckantest.Fault{Path: "package_search", Status: 403})
			check(1, "whole=false", "the portal was not read to its end: status (package_search: 403)")
			if found, err := portaldb.New(r.db, nil).Findings(t.Context(), identity.System("test"), portaldb.Filter{Kind: portal.Differs}); err != nil || found.Total != 1 {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

func TestThePortalCommandSaysWhatItNeeds(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"portal"}, 2, "jard portal check"},
		{[]string{"portal", "read"}, 2, "jard portal check"},
		{[]string{"portal", "check", "now"}, 2, "check takes no words"},
		{[]string{"portal", "check"}, 1, "portal.url: write the address of the portal there first"},
	} {
		var out, errs bytes.Buffer
		target := databasetest.URL(t, database.SQLite)
		p := program{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(key string) string {
			return map[string]string{"JARD_DATABASE_URL": target}[key]
		}}
		if code := run(context.Background(), tt.args, p); code != tt.code || !strings.Contains(errs.String(), tt.says) {
			t.Errorf("%v: exit %d, %s", tt.args, code, errs.String())
		}
	}
}

// TestAHarvestLeavesAReceipt harvests the running program and waits for what it says of it.
func TestAHarvestLeavesAReceipt(t *testing.T) {
	r := start(t, databasetest.URL(t, database.SQLite), func(c *configs.Config) {
		c.Watch.Enabled = false
		c.Catalogue.Consumers = []configs.Consumer{{Name: "portail", Agent: "ckanext-harvest"}}
	})
	operator := r.token(t, identity.MCD, "")
	r.publish(t, r.token(t, identity.Officer, "marhp"), operator, "Production d'olives")
	var items []any
	await(t, "the receipt", func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/api/3/action/package_search?rows=100&start=0&sort=id+asc", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", "ckanext-harvest/1.5")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		_, out := r.ask(t, http.MethodGet, "/api/v1/harvests", operator, nil)
		items, _ = out["items"].([]any)
		return len(items) > 0
	})
	one := items[0].(map[string]any)
	if one["consumer"] != "portail" || one["state"] != "done" || one["scope"] != string(harvest.Whole) || one["network"] != "127.0.0.0/24" {
		t.Errorf("%v", one)
	}
	scrape, err := http.DefaultClient.Get(r.url + "/metrics") //nolint:noctx // the test waits for it
	if err != nil {
		t.Fatal(err)
	}
	defer scrape.Body.Close()
	text, err := io.ReadAll(scrape.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`jard_harvest_lag_seconds{consumer="portail"} 0`, `jard_harvest_versions_behind{consumer="portail"} 0`} {
		if !strings.Contains(string(text), line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
}
