package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// asked is a service of the demo that people answer about.
const asked = "demo-vignette"

// answers is how many answers about the service count.
func answers(t *testing.T) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, demo.base+"/api/v1/services/"+asked+"/satisfaction", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var figures struct{ N int }
	if err := json.NewDecoder(resp.Body).Decode(&figures); err != nil {
		t.Fatal(err)
	}
	return figures.N
}

// elsewhere serves pages of another site, under a policy that lets Jard's
// script run and ask Jard, and nothing else: no style in a page, no text made
// into elements, no frame.
func elsewhere(t *testing.T) string {
	t.Helper()
	page := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		q := r.URL.Query()
		dir := map[string]string{"ar": "rtl"}[q.Get("lang")]
		if dir == "" {
			dir = "ltr"
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", strings.ReplaceAll("default-src 'none'; script-src JARD; connect-src JARD; img-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; trusted-types 'none'; require-trusted-types-for 'script'", "JARD", demo.base))
		fmt.Fprintf(w, `<!doctype html><html lang="%s" dir="%s"><head><meta charset="utf-8"><title>Service</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main><h1>Service</h1><p><a id="outside" href="/">Service</a></p>
<script src="%s/survey/widget.js" data-service="%s" data-mode="%s" data-when="%s" defer></script></main></body></html>`,
			q.Get("lang"), dir, demo.base, asked, q.Get("mode"), q.Get("when"))
	}
	server := httptest.NewServer(http.HandlerFunc(page))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "http://localhost:" + port // another site than 127.0.0.1, on this machine
}

const root = `document.querySelector('[data-jard]').shadowRoot`

// awaits waits until an expression is true.
func (v *visitor) awaits(expression string) {
	v.t.Helper()
	if _, err := chromedp.Run(v.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		v.keep("awaited")
		v.t.Fatalf("%s: %s does not come true: %v", v.name, expression, err)
	}
}

// unhurried waits until the page is old enough for somebody to have read it:
// what comes sooner is not counted.
func (v *visitor) unhurried() {
	v.t.Helper()
	v.awaits("performance.now() > 5000")
}

func (v *visitor) press(keys ...string) {
	v.t.Helper()
	for _, key := range keys {
		v.do(chromedp.KeyEvent(key))
	}
}

const (
	enter  = "\r"
	tab    = "\t"
	escape = "\u001b"
)

// TestBrowserWidget answers in a page of another site, with the keyboard alone.
func TestBrowserWidget(t *testing.T) {
	browser, site := chrome(t), elsewhere(t)
	for _, lang := range []string{"fr", "ar"} {
		for _, width := range widths() {
			t.Run(fmt.Sprintf("%s at %d px", lang, width), func(t *testing.T) {
				v := visit(t, browser, lang, width)
				v.name = "widget-" + v.name
				before := answers(t)
				v.goes(http.StatusOK, chromedp.Navigate(site+"/?mode=button&lang="+lang))
				v.awaits(root + `?.querySelector('a.b') != null`)
				v.see("button")
				v.text(root + `.querySelector('a.b').focus()`)
				v.press(enter)
				v.awaits(root + `.querySelector('dialog')?.open && ` + root + `.activeElement?.type == 'radio'`)
				v.see("open")
				for range 9 {
					v.press(tab)
					if v.text(`document.activeElement.id`) == "outside" {
						t.Fatal("the keyboard leaves the dialog for the page behind it")
					}
				}
				v.text(root + `.querySelector('input').focus()`)
				for n := range 3 {
					v.awaits(fmt.Sprintf(`%s.querySelector('small').textContent.includes(%d) && %[1]s.activeElement?.type == 'radio'`, root, n+1))
					v.press(" ", enter)
				}
				v.awaits(root + `.querySelector('[data-send]') != null`)
				v.see("optional")
				v.unhurried()
				v.text(root + `.querySelector('[data-send]').click()`)
				v.awaits(root + `.querySelector('progress') == null`)
				v.see("thanks")
				if got := answers(t); got != before+1 {
					t.Errorf("%d answers, %d before; want one more", got, before)
				}
				v.press(escape)
				v.awaits(`!` + root + `.querySelector('dialog').open && ` + root + `.activeElement?.className == 'b'`)
				if left := v.text(`document.cookie + localStorage.length + sessionStorage.length`); left != "00" {
					t.Errorf("left in the browser: %q", left)
				}
				v.goes(http.StatusOK, chromedp.Navigate(site+"/?mode=modal&when=failure&lang="+lang))
				v.awaits(root + `?.querySelector('dialog')?.open == true`)
				v.see("failure")
				v.goes(http.StatusOK, chromedp.Navigate(site+"/?mode=inline&lang="+lang))
				v.awaits(root + `?.querySelector('section fieldset') != null`)
				v.see("inline")
			})
		}
	}
}

// TestBrowserSurvey answers on the page, at the counter, and without script.
func TestBrowserSurvey(t *testing.T) {
	browser := chrome(t)
	for _, lang := range []string{"fr", "ar", "en"} {
		for _, width := range widths() {
			if lang == "en" && width > 600 {
				continue
			}
			t.Run(fmt.Sprintf("%s at %d px", lang, width), func(t *testing.T) {
				v := visit(t, browser, lang, width)
				v.name = "survey-" + v.name
				v.open("/survey/"+asked+"?lang="+lang, http.StatusOK)
				v.see("first")
				v.text(`document.querySelector('.now input').focus()`)
				for range 3 {
					v.press(" ", enter)
				}
				v.awaits(`document.querySelector('.now').dataset.ask == 'clarity'`)
				v.see("step")
				v.unhurried()
				before := answers(t)
				v.click(".survey-acts [value=send]", http.StatusOK)
				if got := answers(t); got != before+1 {
					t.Errorf("%d answers, %d before; want one more", got, before)
				}
				v.see("thanks")
				v.fill([]field{{"comment", "Trop lent, " + lang}})
				v.click(".survey-form .button", http.StatusOK)
				v.see("said")
				v.open("/survey/"+asked+"/qr?lang="+lang, http.StatusOK)
				v.see("qr")
				v.open("/survey/"+asked+"/kiosk?lang="+lang, http.StatusOK)
				v.see("kiosk")
				v.click(".touch:last-child", http.StatusOK)
				v.see("kiosk-thanks")
				if left := v.text(`document.cookie + localStorage.length + sessionStorage.length`); left != "00" {
					t.Errorf("left in the browser: %q", left)
				}
			})
		}
	}
	t.Run("without script", func(t *testing.T) {
		v := visit(t, browser, "fr", 390)
		v.name = "survey-plain"
		if _, err := chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
		v.open("/survey/"+asked+"?lang=fr", http.StatusOK)
		v.do(chromedp.Click(chromedp.CSS(`[name="answers.ease"][value="4"]`)), chromedp.Click(chromedp.CSS(`[name="answers.satisfaction"][value="5"]`)))
		v.click(".survey-acts [value=send]", http.StatusUnprocessableEntity) // one is missing
		v.click(`[value=speak][lang=ar]`, http.StatusOK)
		v.do(chromedp.Click(chromedp.CSS(`[name="answers.finished"][value="partly"]`)))
		v.click(".survey-acts [value=send]", http.StatusOK)
		v.keep("thanks")
		if title := v.text(`document.querySelector('h1').textContent`); !strings.Contains(title, "شكرا") {
			t.Errorf("after sending: %q", title)
		}
	})
}

// TestBrowserSurveyDesk looks at where a department gets what makes people answer, and
// at every page that shows what they said.
func TestBrowserSurveyDesk(t *testing.T) {
	browser := chrome(t)
	for _, lang := range []string{"fr", "ar"} {
		for _, width := range widths() {
			t.Run(fmt.Sprintf("%s at %d px", lang, width), func(t *testing.T) {
				v := visit(t, browser, lang, width)
				v.name = "survey-desk-" + v.name
				v.choosesLanguage()
				v.signIn("mcd")
				v.open("/desk/services/"+asked+"/ask", http.StatusOK)
				v.see("ask")
				v.open("/desk/services/"+asked+"/poster", http.StatusOK)
				v.see("poster")
				const busy = "/desk/services/demo-etat-civil"
				for _, p := range [][2]string{
					{"results", "/services/demo-etat-civil/satisfaction"},
					{"why", "/services/demo-etat-civil/why"},
					{"why-ministry", "/institutions/mi/why"},
					{"overview", "/desk/satisfaction"},
					{"answers", busy + "/answers"},
					{"waves", "/desk/services/demo-horaires-trains/waves"},
					{"lists", busy + "/lists"},
					{"offices", busy + "/offices"},
					{"poster-office", busy + "/poster?office=tozeur"},
					{"privacy", "/survey/privacy?lang=" + lang},
					{"description", busy + "/description"},
					{"editions", "/desk/assessment/editions"},
				} {
					v.open(p[1], http.StatusOK)
					v.see(p[0])
					if strings.HasPrefix(p[0], "poster") {
						if sheets := v.pages(); sheets != 1 {
							t.Errorf("%s is printed on %d sheets", p[1], sheets)
						}
					}
				}
			})
		}
	}
}

var pageOfPDF = regexp.MustCompile(`/Type\s*/Page\b`)

// pages prints what is shown, as on A4, and counts the sheets.
func (v *visitor) pages() int {
	v.t.Helper()
	yes := true
	out, err := chromedp.Call(v.ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
	if err != nil {
		v.t.Fatal(err)
	}
	return len(pageOfPDF.FindAll(out.Data, -1))
}
