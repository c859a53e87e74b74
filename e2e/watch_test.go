package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestBrowserWatchPages looks at the pages of the watch that no journey passes.
func TestBrowserWatchPages(t *testing.T) {
	browser := chrome(t)
	for _, lang := range []string{"fr", "ar", "en"} {
		for _, width := range widths() {
			if lang == "en" && width < 600 {
				continue // as wide as in French: it adds nothing but time
			}
			t.Run(fmt.Sprintf("%s at %d px", lang, width), func(t *testing.T) {
				v := visit(t, browser, lang, width)
				v.name = "watch-" + v.name
				v.choosesLanguage()
				for _, p := range [][2]string{
					{"status-found", "/status?q=train"},
					{"status-nothing", "/status?q=zzzzzz"},
					{"service-day", "/services/demo-horaires-trains?span=day"},
					{"service-secured", "/services/demo-remboursement-soins"},
					{"incidents-of", "/incidents?service=demo-bulletin-n3"},
					{"editions", "/services/demo-bulletin-n3/editions"},
					{"report-ministry", "/status/report?institution=mt"},
					{"assessment", "/services/demo-visite-technique/assessment"},
					{"assessment-ministry", "/institutions/mt/assessment"},
					{"assessment-report", "/institutions/mt/assessment/report"},
				} {
					v.open(p[1], http.StatusOK)
					v.see(p[0])
				}
				v.signIn("mcd")
				for _, p := range [][2]string{
					{"service-inside", "/services/demo-visite-technique"},
					{"measured", "/desk/services/demo-visite-technique/measured"},
					{"assessment-own", "/desk/services/demo-visite-technique/assessment"},
					{"assessment-answer", "/desk/services/demo-visite-technique/assessment/answers/payment"},
					{"assessment-criterion", "/desk/services/demo-visite-technique/assessment/criteria/SE2"},
					{"assessment-desk", "/desk/assessment"},
					{"assessment-sets", "/desk/assessment/sets/french-vde"},
					{"service-new", "/desk/services/new"},
					{"service-file", "/desk/services/demo-vignette/file"},
					{"draft", draft(v)},
					{"vantage", "/desk/vantages/ministere-finances"},
					{"vantage-new", "/desk/vantages/new"},
					{"processes", "/desk/processes"},
					{"incidents-all", "/desk/incidents?state=all"},
					{"incident-inside", "/incidents/1"},
				} {
					v.open(p[1], http.StatusOK)
					v.see(p[0])
				}
			})
		}
	}
}

// draft is the page of the first service that waits for its address to be confirmed.
func draft(v *visitor) string {
	v.t.Helper()
	v.open("/desk/services", http.StatusOK)
	return v.text("document.querySelector('a[href$=\"/confirmation\"]').pathname")
}

// TestBrowserWatchJourney is what people do with the watch: somebody adds a
// service and tries its check first, the desk announces maintenance, and
// whoever is alarmed by mail takes the outage in hand from there.
func TestBrowserWatchJourney(t *testing.T) {
	browser := chrome(t)
	for n, lang := range []string{"fr", "ar"} {
		width := widths()[n]
		t.Run(fmt.Sprintf("%s at %d px", lang, width), func(t *testing.T) {
			owner := visit(t, browser, lang, width)
			owner.name = "owner-" + owner.name
			owner.choosesLanguage()
			owner.addsService("essai-" + lang)
			desk := visit(t, browser, lang, width)
			desk.name = "desk-" + desk.name
			desk.choosesLanguage()
			desk.announces("Remplacement des serveurs " + lang)
			desk.takesByMail(visit(t, browser, lang, width))
		})
	}
}

// working is the address of a service of the demo that answers now.
func working(t *testing.T) string {
	t.Helper()
	var list struct {
		Items []struct {
			URL      string
			Standing struct{ Verdict string }
		}
	}
	if err := json.Unmarshal([]byte(get(t.Context(), t, http.DefaultClient, demo.base+"/api/v1/services")), &list); err != nil {
		t.Fatal(err)
	}
	for _, one := range list.Items {
		if one.Standing.Verdict == "up" && strings.HasPrefix(one.URL, "http:") {
			return one.URL
		}
	}
	t.Fatal("no service of the demo answers")
	return ""
}

// addsService fills the form of a service, tries the check, errs, corrects,
// saves, and finds the service on the public page.
func (v *visitor) addsService(slug string) {
	v.t.Helper()
	v.signIn("service_owner")
	v.open("/desk/services", http.StatusOK)
	v.click("a.primary[href='/desk/services/new']", http.StatusOK)
	name := "Permis de conduire " + slug
	v.fill([]field{
		{"name.fr", name},
		{"name.ar", "رخصة السياقة " + slug},
		{"slug", slug},
		{"institution", "mt"},
		{"state", "active"},
		{"checks.0.target", working(v.t)},
		{"checks.0.name", "accueil"},
		{"checks.0.schedule", "souvent"},
	})
	v.click("button[name=do][value=save]", http.StatusUnprocessableEntity)
	v.see("service-faults")
	if got := v.value("name.fr"); got != name {
		v.t.Errorf("%s: after the error the name is %q", v.name, got)
	}
	v.fill([]field{{"checks.0.schedule", "@every 5s"}})
	v.click("button[name=do][value=try-0]", http.StatusOK)
	v.see("dry-run")
	if said := v.text("document.querySelector('#trial').innerText"); !strings.Contains(said, "200") {
		v.t.Errorf("%s: the dry run says %q", v.name, said)
	}
	if got := v.value("name.fr"); got != name {
		v.t.Errorf("%s: after the dry run the name is %q", v.name, got)
	}
	v.click("button[name=do][value=save]", http.StatusOK)
	v.see("service-saved")
	v.open("/status?q="+slug, http.StatusOK)
	v.see("service-on-status")
	if v.text("document.querySelector('main a[href=\"/services/"+slug+"\"]') !== null") != "true" {
		v.t.Errorf("%s: the status page does not show %s", v.name, slug)
	}
}

// announces maintenance on the desk and finds it on the public page.
func (v *visitor) announces(title string) {
	v.t.Helper()
	v.signIn("mcd")
	v.open("/desk/maintenance", http.StatusOK)
	v.fill([]field{{"target", "service demo-visite-technique"}, {"title.fr", title}, {"title.ar", title}})
	begin := time.Now().Add(48 * time.Hour)
	v.set(field{"starts_at", begin.Format("2006-01-02T15:04")})
	v.click("main form.form button.primary", http.StatusUnprocessableEntity) // without an end
	v.see("maintenance-faults")
	if got := v.value("title.fr"); got != title {
		v.t.Errorf("%s: after the error the title is %q", v.name, got)
	}
	v.set(field{"ends_at", begin.Add(2 * time.Hour).Format("2006-01-02T15:04")})
	v.click("main form.form button.primary", http.StatusOK)
	v.see("maintenance-announced")
	v.open("/incidents", http.StatusOK)
	if v.text(fmt.Sprintf("document.querySelector('main').innerText.includes(%q)", title)) != "true" {
		v.t.Errorf("%s: the public page does not announce %q", v.name, title)
	}
}

// takesByMail reads the alarms sent to the operator until one has a link that
// still acts, and has somebody who is not signed in follow it, as from a phone.
func (v *visitor) takesByMail(phone *visitor) {
	v.t.Helper()
	phone.name = "phone-" + phone.name
	phone.choosesLanguage()
	v.open("/desk/messages", http.StatusOK)
	letters := strings.Fields(v.text("[...document.querySelectorAll('main td.lead a')].map(a => a.pathname).join(' ')"))
	for _, letter := range letters {
		v.open(letter+"/body", http.StatusOK)
		link := v.text("document.querySelector('a[href*=\"/alert/\"]')?.href.replace(location.origin, '')")
		if !strings.HasPrefix(link, "/alert/") {
			continue
		}
		link, _, _ = strings.Cut(link, "?") // it speaks the language of who was written to
		phone.do(chromedp.Navigate(demo.base + link))
		if phone.text("document.querySelectorAll('.notice-gate form').length") != "1" {
			continue // it ended since, or is in hand
		}
		v.keep("alarm-body")
		phone.see("alarm-link")
		phone.click(".notice-gate form .button.primary", http.StatusOK)
		phone.see("alarm-taken")
		if phone.text("document.querySelectorAll('.notice-gate form').length") != "0" {
			v.t.Errorf("%s: the link still acts", phone.name)
		}
		return
	}
	v.t.Errorf("%s: none of %d messages has a link that acts", v.name, len(letters))
}
