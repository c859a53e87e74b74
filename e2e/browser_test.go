package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screenshots is where every page seen is kept to be looked at.
const screenshots = "../build/screenshots"

// chrome starts one Chromium for a test. It is kept from calling anybody.
func chrome(t *testing.T) context.Context {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("lang", "fr"),
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium here: apt-get install chromium; `make test` does so when it may")
	return ""
}

// visitor is somebody at a browser window of their own.
type visitor struct {
	t     *testing.T
	ctx   context.Context
	name  string // names the screenshots: "ar-390"
	lang  string
	width int
	seen  int

	mu       sync.Mutex
	troubles []string // what the page itself complained about
}

// visit opens a window without cookies, width pixels wide.
func visit(t *testing.T, browser context.Context, lang string, width int) *visitor {
	t.Helper()
	v := &visitor{t: t, lang: lang, width: width, name: fmt.Sprintf("%s-%d", lang, width)}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(v.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the window lives as long as the context of its first use
		t.Fatalf("open a window: %v", err)
	}
	v.ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	height, emulate := int64(900), []chromedp.EmulateViewportOption{}
	if width < 600 {
		height, emulate = 844, append(emulate, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	v.do(chromedp.EmulateViewport(int64(width), height, emulate...))
	return v
}

// listen collects errors of scripts and refusals of the content security policy.
func (v *visitor) listen(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		v.troubles = append(v.troubles, "script: "+exception(e.ExceptionDetails))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "the server responded with a status of") {
			v.troubles = append(v.troubles, e.Entry.Text+" "+e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		go func() {
			_, _ = chromedp.Call(v.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		v.t.Fatalf("%s: %v", v.name, err)
	}
}

// open goes to a path and expects the status.
func (v *visitor) open(path string, status int) {
	v.t.Helper()
	v.goes(status, chromedp.Navigate(demo.base+path))
}

// click presses what leads to another page and expects its status.
func (v *visitor) click(selector string, status int) {
	v.t.Helper()
	v.goes(status, chromedp.Click(chromedp.CSS(selector)))
}

func (v *visitor) goes(status int, action chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	response, err := chromedp.RunResponse(v.ctx, action)
	switch {
	case err != nil:
		v.t.Fatalf("%s: %v", v.name, err)
	case statusOf(response) != status:
		v.keep("unexpected")
		v.t.Fatalf("%s: %s answers %d; want %d", v.name, v.text("location.href"), statusOf(response), status)
	}
}

func statusOf(r *network.Response) int {
	if r == nil {
		return 0
	}
	return int(r.Status)
}

// text evaluates an expression that gives a string.
func (v *visitor) text(expression string) string {
	v.t.Helper()
	s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		v.t.Fatalf("%s: %s: %v", v.name, expression, err)
	}
	return s
}

// value is what a field holds.
func (v *visitor) value(name string) string {
	v.t.Helper()
	return v.text(fmt.Sprintf(`(() => { const all = [...document.querySelectorAll('[name=%q]')];
		const one = all.find(x => x.type != 'radio' || x.checked) || {value: ''}; return one.value })()`, name))
}

// fill writes into fields, as keystrokes where there is something to type.
func (v *visitor) fill(fields []field) {
	v.t.Helper()
	for _, f := range fields {
		selector := chromedp.CSS(fmt.Sprintf(`[name=%q]`, f.name))
		switch kind := v.text(fmt.Sprintf(`document.querySelector('%s')?.type`, selector)); kind {
		case "undefined":
			v.t.Fatalf("%s: the form has no field %s", v.name, f.name)
		case "radio":
			v.do(chromedp.Click(chromedp.CSS(fmt.Sprintf(`[name=%q][value=%q]`, f.name, f.value))))
		case "select-one", "date":
			v.set(f)
		default:
			v.set(field{f.name, ""})
			v.do(chromedp.SendKeys(selector, f.value))
		}
		if got := v.value(f.name); got != f.value {
			v.t.Fatalf("%s: %s holds %q after typing %q", v.name, f.name, got, f.value)
		}
	}
}

type field struct{ name, value string }

// set gives a field its value as choosing it from a list or a calendar does.
func (v *visitor) set(f field) {
	v.t.Helper()
	v.text(fmt.Sprintf(`(e => { e.value = %q; for (const kind of ['input', 'change'])
		e.dispatchEvent(new Event(kind, {bubbles: true})) })(document.querySelector('[name=%q]'))`, f.value, f.name))
}

// see looks at the page that is open: its language and direction, that it
// fits, what axe finds wrong, what its scripts complained about. It keeps a
// screenshot.
func (v *visitor) see(name string) {
	v.t.Helper()
	v.seen++
	wantDir := map[string]string{"ar": "rtl"}[v.lang]
	if wantDir == "" {
		wantDir = "ltr"
	}
	if lang, dir := v.text("document.documentElement.lang"), v.text("document.documentElement.dir"); lang != v.lang || dir != wantDir {
		v.t.Errorf("%s %s: lang=%q dir=%q; want %s %s", v.name, name, lang, dir, v.lang, wantDir)
	}
	v.settled()
	if over := v.overflow(); over > 0 {
		v.t.Errorf("%s %s: scrolls %d pixels sideways because of %s", v.name, name, over, v.text(widest))
	}
	if headings := v.text("document.querySelectorAll('h1').length"); headings != "1" {
		v.t.Errorf("%s %s: has %s first headings; want one", v.name, name, headings)
	}
	v.keep(name)
	for _, fault := range v.axe() {
		v.t.Errorf("%s %s: %s", v.name, name, fault)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, trouble := range v.troubles {
		v.t.Errorf("%s %s: %s", v.name, name, trouble)
	}
	v.troubles = nil
}

// settled waits until the page has its typefaces: text in another one, for a
// moment, may be wider than the page.
func (v *visitor) settled() {
	v.t.Helper()
	_, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](
		`document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => done(document.fonts.status))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("%s: wait for typefaces: %v", v.name, err)
	}
}

// overflow is by how many pixels the page is wider than the window.
func (v *visitor) overflow() int {
	v.t.Helper()
	wide, err := strconv.Atoi(v.text("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"))
	if err != nil {
		v.t.Fatal(err)
	}
	return wide - v.width
}

// widest names the elements that stick out of the page, and those whose text
// does: text that does not wrap leaves its box where it is. A phone makes its
// window as wide as what sticks out, so the window itself tells nothing.
const widest = `(page => [...document.querySelectorAll('body *')].filter(e => {
	const text = document.createRange(); text.selectNodeContents(e);
	return [e.getBoundingClientRect(), ...text.getClientRects()].some(r => r.width > 1 && (r.right > page.right + 1 || r.left < page.left - 1))
}).slice(-5).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40)).join(', '))(document.body.getBoundingClientRect())`

func (v *visitor) keep(name string) {
	v.t.Helper()
	png, err := chromedp.Run(v.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		v.t.Fatalf("%s %s: %v", v.name, name, err)
	}
	path := filepath.Join(screenshots, fmt.Sprintf("%s-%02d-%s.png", v.name, v.seen, name))
	if err := errors.Join(os.MkdirAll(screenshots, 0o755), os.WriteFile(path, png, 0o644)); err != nil {
		v.t.Fatal(err)
	}
}

// axeScript is the accessibility checker, from the packages the assets are built with.
var axeScript = sync.OnceValues(func() (string, error) {
	data, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", errors.New("axe-core is missing: make assets")
	}
	return string(data), nil
})

// axe returns the serious and critical violations on the page.
func (v *visitor) axe() []string {
	v.t.Helper()
	script, err := axeScript()
	if err != nil {
		v.t.Fatal(err)
	}
	v.do(chromedp.Evaluate[chromedp.Void](script + ";0"))
	answer, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](
		`axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("%s: axe: %v", v.name, err)
	}
	var violations []struct {
		ID, Impact, Help string
		Nodes            []struct {
			HTML           string `json:"html"`
			FailureSummary string `json:"failureSummary"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &violations); err != nil {
		v.t.Fatal(err)
	}
	var faults []string
	for _, x := range violations {
		if !slices.Contains([]string{"serious", "critical"}, x.Impact) {
			continue
		}
		first := x.Nodes[0]
		faults = append(faults, fmt.Sprintf("axe %s (%s): %s, %d times; first %s: %s",
			x.ID, x.Impact, x.Help, len(x.Nodes), first.HTML, strings.ReplaceAll(first.FailureSummary, "\n", " ")))
	}
	return faults
}

// dark asks for the dark scheme.
func (v *visitor) dark() {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	v.name += "-dark"
}

// signIn signs in as the demo's account of the role.
func (v *visitor) signIn(role string) {
	v.t.Helper()
	l, ok := demo.logins[role]
	if !ok {
		v.t.Fatalf("the demo printed no login for %s", role)
	}
	v.signInAs(l)
}

// signInAs signs in with an address and its password.
func (v *visitor) signInAs(l login) {
	v.t.Helper()
	v.open("/login", http.StatusOK)
	v.fill([]field{{"email", l.email}, {"password", l.password}})
	v.click("main form .button.primary", http.StatusOK)
	if path := v.text("location.pathname"); path == "/login" {
		v.t.Fatalf("%s: %s could not sign in: %s", v.name, l.email, v.text("document.querySelector('main').innerText"))
	}
}

func exception(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return d.Text
}

// TestBrowserCheckBites sees that the checks of see would notice: a page with
// a nameless button and an image nobody describes.
func TestBrowserCheckBites(t *testing.T) {
	v := visit(t, chrome(t), "fr", 390)
	v.do(chromedp.Navigate("about:blank"))
	v.text(`document.body.innerHTML = '<button></button><img src="x.png"><div style="width:600px">wide</div>'`)
	if faults := strings.Join(v.axe(), "\n"); !strings.Contains(faults, "button-name") || !strings.Contains(faults, "image-alt") {
		t.Errorf("axe finds only: %s", faults)
	}
	if over := v.overflow(); over < 200 {
		t.Errorf("a page wider than the window by over 200 pixels is measured as %d over", over)
	}
}
