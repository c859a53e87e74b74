package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// widths are a desk and a phone.
func widths() []int { return []int{1280, 390} }

// TestBrowserJourney is the main journey: an officer records a dataset, errs,
// corrects, submits; the operator approves; the public and the portal see it.
func TestBrowserJourney(t *testing.T) {
	browser := chrome(t)
	for _, lang := range []string{"fr", "ar"} {
		for _, width := range widths() {
			t.Run(fmt.Sprintf("%s at %d px", lang, width), func(t *testing.T) {
				title := fmt.Sprintf("Bibliothèques publiques, essai %s %d", lang, width)
				officer := visit(t, browser, lang, width)
				officer.choosesLanguage()
				ref := officer.recordsDataset(title)
				reviewer := visit(t, browser, lang, width)
				reviewer.name += "-operator"
				reviewer.choosesLanguage()
				reviewer.approves(ref)
				reviewer.findsPublished(ref, title)
				awaitHarvest(t, title)
			})
		}
	}
}

// choosesLanguage uses the switch in the header.
func (v *visitor) choosesLanguage() {
	v.t.Helper()
	v.open("/", http.StatusOK)
	v.click(fmt.Sprintf(".langs a[lang=%s]", v.lang), http.StatusOK)
	v.see("home")
}

// recordsDataset fills the form wrongly, then rightly, and submits.
func (v *visitor) recordsDataset(title string) (ref string) {
	v.t.Helper()
	v.open("/login", http.StatusOK)
	v.see("login")
	v.signIn("officer")
	v.see("desk")
	v.open("/desk/datasets", http.StatusOK)
	v.see("my-datasets")
	v.open("/desk/datasets/new", http.StatusOK)
	v.see("form-empty")

	typed := []field{
		{"institution", "marhp"},
		{"title.fr", title},
		{"title.ar", "المكتبات العمومية"},
		{"description.fr", "Adresse, horaires et fonds de chaque bibliothèque publique ouverte aux lecteurs."},
		{"description.ar", "عنوان كل مكتبة عمومية مفتوحة للقرّاء وأوقاتها ورصيدها من الكتب."},
		{"theme", "culture"},
		{"keywords.fr", "bibliothèques, lecture"},
		{"keywords.ar", "المكتبات، المطالعة"},
		{"frequency", "annual"},
		{"data_modified", time.Now().AddDate(0, -1, 0).Format(time.DateOnly)},
		{"openness", "open"},
		{"licence", "LNDPO-TN"},
		{"personal_data", "no"},
		{"contact.name", "Direction de la lecture"},
		{"contact.email", "lecture@@agriculture.example"}, // the mistake
		{"distributions.0.url", "https://donnees.agriculture.example/bibliotheques.csv"},
		{"distributions.0.format", "CSV"},
	}
	v.fill(typed)
	v.click("button[name=do][value=submit]", http.StatusUnprocessableEntity)
	v.see("form-faults")
	for _, f := range typed {
		if got := v.value(f.name); got != f.value {
			v.t.Errorf("%s: after the error %s holds %q; %q was typed", v.name, f.name, got, f.value)
		}
	}
	if lost := v.text(deadLinks); lost != "" {
		v.t.Errorf("%s: the summary of errors leads nowhere: %s", v.name, lost)
	}
	v.fill([]field{{"contact.email", "lecture@agriculture.example"}})
	v.click("button[name=do][value=submit]", http.StatusOK)
	v.see("submitted")
	ref = strings.TrimPrefix(v.text("location.pathname"), "/desk/datasets/")
	if !strings.HasPrefix(ref, "TN-MARHP-") {
		v.t.Fatalf("%s: after submitting the page is %s", v.name, v.text("location.href"))
	}
	return ref
}

// deadLinks lists links of the error summary without a target, and says so
// when there is no summary.
const deadLinks = `document.querySelector('#form-errors a') === null ? 'no summary' :
	[...document.querySelectorAll('#form-errors a')].map(a => a.getAttribute('href'))
	.filter(h => !document.getElementById(decodeURIComponent(h.slice(1)))).join(' ')`

// approves reviews the dataset as the operator.
func (v *visitor) approves(ref string) {
	v.t.Helper()
	v.signIn("mcd")
	v.see("operator-desk")
	v.open("/desk/review", http.StatusOK)
	v.see("queue")
	v.open("/desk/datasets/"+ref+"/review", http.StatusOK)
	v.see("review")
	v.click("form[action$='/approval'] button", http.StatusOK)
	v.see("approved")
}

// findsPublished looks at what the public sees, and at the services.
func (v *visitor) findsPublished(ref, title string) {
	v.t.Helper()
	v.open("/datasets?q="+url.QueryEscape(title), http.StatusOK)
	v.see("search")
	if n := v.text(fmt.Sprintf("document.querySelectorAll('main a[href*=%q]').length", ref)); n == "0" {
		if v.text("document.querySelector('main').innerText.includes('المكتبات العمومية') || "+
			fmt.Sprintf("document.querySelector('main').innerText.includes(%q)", title)) != "true" {
			v.t.Errorf("%s: the search for %q does not find it", v.name, title)
		}
	}
	v.open("/datasets/"+ref, http.StatusOK)
	v.see("dataset")
	v.open("/status", http.StatusOK)
	v.see("status")
	for _, kind := range []string{"open", "down"} {
		if v.text(fmt.Sprintf("document.querySelectorAll('main .mark-%s').length", kind)) == "0" {
			v.t.Errorf("%s: no service on the status page is %s", v.name, kind)
		}
	}
	v.open("/services/demo-declaration-impots", http.StatusOK)
	v.see("service")
}

// TestBrowserPages looks at the pages that the journey does not pass.
func TestBrowserPages(t *testing.T) {
	browser := chrome(t)
	for _, lang := range []string{"fr", "ar", "en"} {
		for _, width := range widths() {
			t.Run(fmt.Sprintf("%s at %d px", lang, width), func(t *testing.T) {
				v := visit(t, browser, lang, width)
				v.name = "more-" + v.name
				v.choosesLanguage()
				for _, p := range []struct {
					name, path string
					status     int
				}{
					{"register", "/datasets", 200},
					{"nothing-found", "/datasets?q=zzzzzz", 200},
					{"institutions", "/institutions", 200},
					{"institution", "/institutions/marhp", 200},
					{"down", "/services/demo-visite-technique", 200},
					{"api", "/api/docs", 200},
					{"quality-method", "/quality", 200},
					{"plan", "/plan", 200},
					{"indicators", "/indicators", 200},
					{"requests", "/requests", 200},
					{"request-new", "/requests/new", 200},
					{"catalogue-about", "/catalog/about", 200},
					{"incidents", "/incidents", 200},
					{"incident", "/incidents/1", 200},
					{"figures-about", "/status/about", 200},
					{"subscribe", "/subscriptions/incidents", 200},
					{"status-ministries", "/status?by=institution", 200},
					{"status-trouble", "/status?only=trouble", 200},
					{"service-year", "/services/demo-bulletin-n3?span=year", 200},
					{"expiry", "/status/expiry", 200},
					{"report", "/status/report?service=demo-bulletin-n3", 200},
					{"withdrawn", withdrawn(t), 410},
					{"not-found", "/no/such/page", 404},
				} {
					v.open(p.path, p.status)
					v.see(p.name)
				}
				get(t.Context(), t, http.DefaultClient, demo.base+"/catalog.ttl") // so that the desk can say when it was read
				v.signIn("admin")
				for _, p := range [][2]string{
					{"account", "/account"},
					{"accounts", "/admin/accounts"},
					{"admin-institutions", "/admin/institutions"},
					{"desk-services", "/desk/services"},
					{"desk-screening", "/desk/screening"},
					{"desk-mail", "/desk/mail"},
					{"desk-messages", "/desk/messages"},
					{"account-notices", "/account/notices"},
					{"desk-quality", "/desk/quality"},
					{"desk-quality-list", "/desk/quality/datasets?fix=temporal"},
					{"desk-plan", "/desk/plan"},
					{"desk-import", "/desk/import"},
					{"desk-bulk", "/desk/bulk"},
					{"desk-files", "/desk/files"},
					{"desk-obligations", "/desk/obligations"},
					{"desk-indicators", "/desk/indicators"},
					{"desk-indicator", "/desk/indicators/overdue"},
					{"desk-wall", "/desk/wall"},
					{"desk-services-wall", "/desk/services/wall"},
					{"desk-statements", "/desk/statements"},
					{"desk-statement", "/desk/statements/marhp/" + quarter(time.Now())},
					{"desk-requests", "/desk/requests"},
					{"desk-catalogue", "/desk/catalogue"},
					{"desk-portal", "/desk/portal"},
					{"desk-finding", finding(v)},
					{"desk-harvests", "/desk/portal/harvests"},
					{"desk-twins", "/desk/twins"},
					{"desk-incidents", "/desk/incidents"},
					{"desk-maintenance", "/desk/maintenance"},
					{"desk-alerts", "/desk/alerts"},
					{"desk-route", "/desk/alerts/routes/new"},
					{"desk-told", "/desk/alerts/services/demo-visite-technique"},
					{"desk-vantages", "/desk/vantages"},
					{"desk-roster", "/desk/services/files"},
					{"desk-service-form", "/desk/services/demo-visite-technique/edit"},
					{"desk-agreement", "/desk/services/demo-visite-technique/agreement"},
				} {
					v.open(p[1], http.StatusOK)
					v.see(p[0])
				}
				v.open("/desk/review", http.StatusOK)
				v.opensMenu()
			})
		}
	}
}

// withdrawn is the page of a dataset that left the catalogue.
func withdrawn(t *testing.T) string {
	t.Helper()
	var feed struct {
		Items []struct{ Kind, Ref string }
	}
	address := demo.base + "/api/v1/catalogue/changes?limit=1000"
	if err := json.Unmarshal([]byte(get(t.Context(), t, http.DefaultClient, address)), &feed); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	for _, one := range feed.Items {
		if one.Kind == "withdrawn" {
			return "/datasets/" + one.Ref
		}
	}
	t.Fatalf("%s tells of no withdrawn dataset", address)
	return ""
}

// finding is the page of what differs on the portal, the first of the list.
func finding(v *visitor) string {
	v.t.Helper()
	v.open("/desk/portal", http.StatusOK)
	return v.text("document.querySelector('.portal-rows a.row-title').pathname")
}

// quarter writes the quarter of a day as addresses do.
func quarter(day time.Time) string {
	return fmt.Sprintf("%d-Q%d", day.Year(), (int(day.Month())+2)/3)
}

// opensMenu opens a group of the working menu by keyboard, sees it whole, and
// closes it with Escape; on a desk both menus keep to one line.
func (v *visitor) opensMenu() {
	v.t.Helper()
	const first = "document.querySelector('.nav-group details')"
	v.text(first + ".querySelector('summary').focus()")
	v.do(chromedp.KeyEvent(kb.Enter))
	v.see("menu")
	inside := "(r => r.left >= 0 && r.right <= innerWidth && r.height > 80)(" + first + ".querySelector('ul').getBoundingClientRect())"
	if got := v.text(inside); got != "true" {
		v.t.Errorf("%s: the open group of the menu is cut off", v.name)
	}
	v.do(chromedp.KeyEvent(kb.Escape))
	if got := v.text(first + ".open"); got != "false" {
		v.t.Errorf("%s: Escape leaves the group open", v.name)
	}
	for _, menu := range []string{".top-nav", ".desk-nav"} {
		high := v.text("document.querySelector('" + menu + "').offsetHeight < 60")
		if v.width >= 1280 && high != "true" {
			v.t.Errorf("%s: %s takes more than one line", v.name, menu)
		}
	}
}

// TestBrowserDark looks at a few pages in the dark scheme, where contrast is easily lost.
func TestBrowserDark(t *testing.T) {
	v := visit(t, chrome(t), "fr", 1280)
	v.dark()
	v.choosesLanguage()
	for _, p := range [][2]string{
		{"register", "/datasets"}, {"status", "/status"}, {"service", "/services/demo-declaration-impots"}, {"login", "/login"},
	} {
		v.open(p[1], http.StatusOK)
		v.see(p[0])
	}
}

// TestBrowserForbidden sees that an officer is told no on the operator's pages, in words.
func TestBrowserForbidden(t *testing.T) {
	v := visit(t, chrome(t), "fr", 1280)
	v.name = "forbidden-" + v.name
	v.choosesLanguage()
	v.signIn("officer")
	v.open("/admin/accounts", http.StatusForbidden)
	v.see("forbidden")
}

// TestBrowserKeyboard sees that the first press of Tab offers to skip the
// menu, and that the offer works.
func TestBrowserKeyboard(t *testing.T) {
	v := visit(t, chrome(t), "fr", 1280)
	v.open("/datasets", http.StatusOK)
	v.do(chromedp.KeyEvent(kb.Tab))
	if got := v.text("document.activeElement.className"); got != "skip" {
		t.Fatalf("the first Tab goes to %q; want the link that skips the menu", got)
	}
	if hidden := v.text("(r => r.top < 0 || r.height < 10)(document.activeElement.getBoundingClientRect())"); hidden != "false" {
		t.Error("the link that skips the menu has the focus and cannot be seen")
	}
	v.do(chromedp.KeyEvent(kb.Enter))
	if got := v.text("document.activeElement.id + location.hash"); got != "content#content" {
		t.Errorf("skipping the menu leads to %q", got)
	}
}

// awaitHarvest reads the catalogue as a portal does until the title is there.
func awaitHarvest(t *testing.T, title string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if harvested(ctx, t, title) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the catalogue does not have %q after ten seconds", title)
		case <-tick.C:
		}
	}
}

// harvested walks the pages of the catalogue.
func harvested(ctx context.Context, t *testing.T, title string) bool {
	t.Helper()
	address := demo.base + "/data.json"
	body := get(ctx, t, http.DefaultClient, address)
	var feed struct {
		Dataset []struct{ Title string } `json:"dataset"`
	}
	if err := json.Unmarshal([]byte(body), &feed); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	listed := false
	for _, d := range feed.Dataset {
		listed = listed || d.Title == title
	}
	found := get(ctx, t, http.DefaultClient, demo.base+"/api/3/action/package_search?q="+url.QueryEscape(title))
	return listed && strings.Contains(found, title)
}

func get(ctx context.Context, t *testing.T, client *http.Client, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v", address, resp.StatusCode, err)
	}
	return string(body)
}

// TestWithoutScript signs in and works as a browser without JavaScript would.
func TestBrowserWithoutScript(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	l := demo.logins["officer"]
	form := url.Values{"email": {l.email}, "password": {l.password}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, demo.base+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path == "/login" {
		t.Fatalf("signing in ends at %s with %d", resp.Request.URL, resp.StatusCode)
	}
	if body := get(t.Context(), t, client, demo.base+"/desk/datasets"); !strings.Contains(body, "TN-") {
		t.Error("the officer's list shows no dataset")
	}
}

// TestBrowserDemoIsReadySoon holds the demo to its promise: an address within
// seconds, and services measured, not only remembered, within half a minute.
func TestBrowserDemoIsReadySoon(t *testing.T) {
	if demo.took > 20*time.Second {
		t.Errorf("the demo took %s to introduce itself", demo.took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		metrics := get(ctx, t, http.DefaultClient, demo.base+"/metrics")
		if strings.Contains(metrics, "jard_check_attempts_total{") {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal("no service was looked at within 30 seconds")
		case <-tick.C:
		}
	}
}
