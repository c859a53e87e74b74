package main

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// hostile is what people who mean harm, and broken programs, put into addresses and forms.
func hostile() []string {
	forged := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return []string{
		"", "\x00", "\xff\xfe", "-1", "0", "99999999999999999999", "9223372036854775807", "-9223372036854775808", "1e309", "NaN",
		"' OR 1=1 --", `%_\`, "../../etc/passwd", "//evil.example", "javascript:alert(1)", "<script>alert(1)</script>",
		"a\r\nSet-Cookie: a=b", "\u202eevil", "﷽", "0000-00-00", "9999-12-31T23:59:59Z", "-1000-01-01", "[* TO *]", "(((", "{{.}}",
		forged("s:\x00"), forged("1 \x00"), forged("-9223372036854775808 01900000-0000-7000-8000-000000000000"),
		strings.Repeat("a", 3_000), strings.Repeat("ب ", 500),
	}
}

// pages are the addresses that read; {} is whatever the caller likes.
func pages() []string {
	return []string{
		"/", "/login", "/account", "/admin/accounts", "/admin/institutions", "/admin/institutions/{}",
		"/datasets", "/datasets/{}", "/institutions", "/institutions/{}", "/status", "/services/{}", "/services/{}/badge.svg",
		"/desk", "/desk/datasets", "/desk/datasets/new", "/desk/datasets/{}", "/desk/datasets/{}/edit", "/desk/datasets/{}/history",
		"/desk/datasets/{}/review", "/desk/review", "/desk/datasets/{}/revisions", "/desk/endorsements", "/desk/changesets/{}",
		"/desk/plan", "/desk/plan.csv", "/plan", "/plan.csv", "/api/v1/plan", "/api/v1/datasets/{}/revisions",
		"/api/v1/datasets/{}/revisions/{}", "/api/v1/datasets/{}/revisions/{}/differences", "/api/v1/datasets/{}/comments", "/desk/services", "/desk/services/{}/edit",
		"/catalog", "/catalog.ttl", "/dataset/{}", "/dataset/{}.ttl", "/data.json", "/sitemap.xml", "/feed.atom",
		"/api/3/action/{}", "/api/3/action/package_search", "/api/3/action/package_show", "/api/3/action/package_list",
		"/api/3/action/organization_list", "/api/3/action/organization_show", "/api/3/action/group_show", "/api/3/action/tag_list",
		"/api/v1/datasets", "/api/v1/datasets/{}", "/api/v1/datasets/{}/history", "/api/v1/services", "/api/v1/services/{}",
		"/api/v1/services/{}/availability", "/api/v1/services/{}/readings", "/api/v1/services/{}/incidents",
		"/incidents", "/incidents/{}", "/incidents.atom", "/services/{}/incidents.atom", "/institutions/{}/incidents.atom",
		"/desk/incidents", "/desk/maintenance", "/subscriptions/incidents", "/subscriptions/incidents/{}",
		"/api/v1/incidents", "/api/v1/incidents/{}", "/api/v1/maintenance", "/static/{}",
		"/desk/maintenance/{}/edit", "/status/expiry", "/status/report", "/status/report.xlsx", "/services/{}/past.csv", "/services/{}/editions",
		"/desk/services/new", "/desk/services/{}/agreement", "/desk/services/{}/confirmation", "/desk/services/{}/file", "/desk/services/files",
		"/desk/services/wall", "/desk/alerts", "/desk/alerts/routes/{}", "/desk/alerts/routes/new", "/desk/alerts/services/{}", "/alert/{}",
		"/desk/vantages", "/desk/vantages/{}", "/desk/processes", "/probe", "/api/v1/roster", "/api/v1/alerts", "/api/v1/alerts/routes/{}",
		"/api/v1/alerts/routes/{}/evaluation", "/api/v1/services/{}/alerting", "/api/v1/services/{}/editions/{}", "/api/v1/services/{}/readings.csv",
		"/api/v1/agent/checks", "/login/oidc", "/login/oidc/callback", "/logout/done",
	}
}

// names are those of every query and form that there is.
func names() []string {
	return strings.Fields(`q page sort theme institution frequency format openness overdue state cursor limit after from to
		check by due next id rows start fq fl facet.field snapshot callback revision title.fr title.ar description.fr
		keywords.fr spatial temporal.start target_date data_modified licence contact.email distributions.0.url
		distributions.0.id distributions.0.bytes reason replaced_by do email password name role slug kind parent
		successor site valid_from valid_until expires old repeat language url life_event tier name.fr name.ar
		checks.0.name checks.0.kind checks.0.target checks.0.schedule checks.0.timeout life show pick shown seen hash comment comments.title.fr first_approval extra.ground
		extra.review_on extra.plan_demand against severity service scope target starts_at ends_at schedule duration until public text.fr what.ar resolution target module settings.depends_on
		settings.depends_on.more settings.tls.intermediates checks.0.settings.journey.source tiers kinds institutions when group remind quiet_from
		steps.0.after steps.0.roles steps.0.channels key network services span code iss error logout_token`)
}

func writes() []string {
	return []string{
		"/login", "/account/language", "/account/password", "/account/tokens", "/account/tokens/{}/revocation",
		"/admin/accounts", "/admin/accounts/{}", "/admin/accounts/{}/sessions/end", "/account/totp", "/account/totp/off", "/account/proof", "/login/code", "/login/reset", "/login/reset/{}", "/admin/institutions", "/admin/institutions/{}",
		"/desk/datasets/new", "/desk/datasets/{}/edit", "/desk/datasets/{}/submission", "/desk/datasets/{}/recall",
		"/desk/datasets/{}/update", "/desk/datasets/{}/withdrawal", "/desk/datasets/{}/approval", "/desk/datasets/{}/return",
		"/desk/datasets/{}/endorsement", "/desk/datasets/{}/answers", "/desk/datasets/{}/revisions/{}/restoration",
		"/desk/endorsements", "/desk/review/approvals", "/desk/submissions", "/desk/changesets/{}/submission",
		"/desk/changesets/{}/approval", "/desk/services/new", "/desk/services/{}/edit", "/desk/services/{}/state",
		"/incidents/{}/{}", "/incidents/1/note", "/desk/maintenance", "/desk/maintenance/{}/{}", "/subscriptions/incidents", "/subscriptions/incidents/{}", "/api/3/action/package_search",
		"/desk/maintenance/1/edit", "/desk/services/dry-run", "/desk/services/{}/agreement", "/desk/services/{}/confirmation",
		"/desk/services/{}/takeover", "/desk/services/{}/handover", "/services/{}/editions", "/desk/alerts/acknowledgement", "/desk/alerts/routes",
		"/desk/alerts/routes/{}", "/desk/alerts/routes/{}/removal", "/desk/alerts/channels/{}/trial", "/desk/alerts/messages/{}/retry", "/alert/{}",
		"/desk/vantages/new", "/desk/vantages/{}", "/desk/vantages/{}/invitation", "/desk/vantages/{}/revocation",
		"/login/oidc/logout", "/account/provider", "/account/provider/end", "/account/provider/proof",
	}
}

// Nothing anybody sends is our fault, on either engine, and no answer to it
// tells a stranger what only its institution may know.
func TestNothingSentIsOurFault(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			_, provider := provided(t)
			r := start(t, databasetest.URL(t, engine), provider)
			officer := r.token(t, identity.Officer, "marhp")
			callers := map[string]string{
				"nobody": "", "a stranger": r.token(t, identity.Officer, "ms"), "the administrator": r.token(t, identity.Admin, ""),
			}
			// The catalogue of an empty register is a 503, on purpose.
			r.publish(t, officer, r.token(t, identity.MCD, ""), "Production")
			await(t, "the catalogue", func() bool { status, _ := r.ask(t, "GET", "/data.json", "", nil); return status == http.StatusOK })
			status, draft := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Secret xyzzy"))
			if status != http.StatusCreated {
				t.Fatalf("a draft = %d %v", status, draft)
			}
			for who, token := range callers {
				values := append(hostile()[:3:3], draft["ref"].(string), draft["uuid"].(string))
				if who == "the administrator" { // who gets furthest
					values = append(values, hostile()[3:]...)
				}
				for _, value := range values {
					for _, page := range pages() {
						r.provoke(t, who, token, http.MethodGet, page, value)
					}
					for _, page := range writes() {
						r.provoke(t, who, token, http.MethodPost, page, value)
					}
				}
			}
		})
	}
}

// provoke sends value as everything that page could take.
func (r *running) provoke(t *testing.T, who, token, method, page, value string) {
	t.Helper()
	all := url.Values{}
	for _, name := range names() {
		all.Set(name, value)
	}
	target, body := r.url+strings.ReplaceAll(page, "{}", url.PathEscape(value)), ""
	if method == http.MethodPost {
		body = all.Encode()
	} else if len(value) < 1_000 {
		target += "?" + all.Encode()
	} else {
		target += "?q=" + url.QueryEscape(value) + "&cursor=" + url.QueryEscape(value)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
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
	if resp.StatusCode >= 500 {
		t.Errorf("%s %s of %s with %.30q = %d %.300s", method, page, who, value, resp.StatusCode, answer)
	}
	if who != "the administrator" && strings.Contains(string(answer), "xyzzy") {
		t.Errorf("%s %s of %s with %.30q tells the draft", method, page, who, value)
	}
	if to := resp.Header.Get("Location"); strings.Contains(to, "//evil") && !strings.HasPrefix(to, "/login?next=") {
		t.Errorf("%s %s of %s with %.30q leads to %s", method, page, who, value, to)
	}
	if resp.Header.Get("Set-Cookie") == "a=b" || strings.Contains(string(answer), "<script>alert(1)") &&
		strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s %s of %s with %.30q is echoed", method, page, who, value)
	}
}
