package examine

import (
	"net/http"
	"slices"
	"testing"

	"github.com/jard-odi/jard/monitor/assess"
)

func redirectToHTTPS(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusMovedPermanently)
}

// goodSite is a site that does all it should.
func goodSite() site {
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<html lang=fr><title>Page</title><p>Une page du site.</p>"))
	}
	file := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(make([]byte, n))
		}
	}
	return site{
		files: map[string]string{
			"/": "good.html", "/ar": "good.ar.html", "/en": "good.en.html", "/donnees": "privacy.html", "/accessibilite": "statement.html",
			"/.well-known/security.txt": "security.txt", "/sitemap.xml": "sitemap.xml",
		},
		bodies: map[string]http.HandlerFunc{
			"/etapes": page, "/tarifs": page, "/contact": page, "/mentions": page, "/plaintes": page, "/avis": page,
			"/style.css": file(1000), "/app.js": file(1500), "/logo.png": file(500), "/t.png": file(1000),
		},
		headers: map[string]string{
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin",
		},
	}
}

func TestAGoodSite(t *testing.T) {
	w := newWorld(t)
	w.hosts["good.example.tn"] = goodSite()
	w.plain["good.example.tn"] = http.HandlerFunc(redirectToHTTPS)
	w.checked = true
	w.zones["example.tn"] = []string{"NS ns1.example.tn.", "NS ns2.other.tn.", `CAA 0 issue "letsencrypt.org"`}
	w.zones["ns1.example.tn"] = []string{"A 192.0.2.1"}
	w.zones["ns2.other.tn"] = []string{"A 198.51.100.1"}
	got := w.look(t, w.examiner(t), "https://good.example.tn")
	for m, want := range map[assess.Measure]string{
		assess.HTTPSOnly: yes, assess.TLSVersions: yes, assess.DNSSEC: yes, assess.CAA: yes, assess.NameServers: yes, assess.IPv6: no,
		assess.Statement: yes, assess.Viewport: yes, assess.PrivacyNumber: yes, assess.FeedbackLink: yes,
	} {
		if f := got[m]; f.Word != want || f.Unknown != "" {
			t.Errorf("%s = %q (unknown %q, %v); want %q", m, f.Word, f.Unknown, f.Evidence, want)
		}
	}
	price := w.examiner(t).o.Price.PerMB
	for m, want := range map[assess.Measure]float64{
		assess.StrictTransport: 365, assess.SafetyHeaders: 5, assess.MarkupFaults: 0, assess.Languages: 3, assess.ContactLinks: 5,
		assess.BrokenLinks: 0, assess.Freshness: 7, assess.PageRequests: 5, assess.StatementRate: 0.625,
		assess.PageCost: price * got[assess.PageWeight].Value / 1e6,
	} {
		if f := got[m]; f.Value != want || f.Unknown != "" {
			t.Errorf("%s = %v (unknown %q, %v); want %v", m, f.Value, f.Unknown, f.Evidence, want)
		}
	}
	// The page came packed: fewer bytes than it has.
	if weight := got[assess.PageWeight].Value; weight < 4000+500 || weight > 4000+1500 {
		t.Errorf("the page weighs %v: %v", weight, got[assess.PageWeight].Evidence)
	}
	for _, m := range browserMeasures() {
		if got[m].Unknown != "examine.unknown.no_browser" {
			t.Errorf("%s without a browser: %+v", m, got[m])
		}
	}
}

func TestABadSite(t *testing.T) {
	w := newWorld(t)
	w.hosts["bad.example.tn"] = site{
		files: map[string]string{"/": "bad.html"},
		bodies: map[string]http.HandlerFunc{
			"/bouge": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/bouge", http.StatusFound) },
			"/vide":  func(http.ResponseWriter, *http.Request) {},
			"/image": func(http.ResponseWriter, *http.Request) {},
			"/logout": func(http.ResponseWriter, *http.Request) {
				t.Error("the examiner follows a link that does something")
			},
		},
		headers: map[string]string{"X-Frame-Options": "ALLOWALL", "Referrer-Policy": "unsafe-url"},
	}
	w.zones["example.tn"] = []string{"NS ns1.example.tn."}
	w.zones["ns1.example.tn"] = []string{"A 192.0.2.1"}
	got := w.look(t, w.examiner(t), "http://bad.example.tn/")
	for m, want := range map[assess.Measure]string{
		assess.HTTPSOnly: no, assess.TLSVersions: no, assess.DNSSEC: no, assess.CAA: no, assess.NameServers: no,
		assess.Statement: no, assess.Viewport: partly, assess.PrivacyNumber: no, assess.FeedbackLink: no,
	} {
		if f := got[m]; f.Word != want || f.Unknown != "" {
			t.Errorf("%s = %q (unknown %q, %v); want %q", m, f.Word, f.Unknown, f.Evidence, want)
		}
	}
	for m, want := range map[assess.Measure]float64{
		assess.StrictTransport: 0, assess.SafetyHeaders: 0, assess.MarkupFaults: 10, assess.Languages: 0, assess.ContactLinks: 0,
		assess.BrokenLinks: 0.5,
	} {
		if f := got[m]; f.Value != want || f.Unknown != "" {
			t.Errorf("%s = %v (unknown %q, %v); want %v", m, f.Value, f.Unknown, f.Evidence, want)
		}
	}
	if f := got[assess.Freshness]; f.Unknown != "examine.unknown.no_date" {
		t.Errorf("freshness = %+v; want unknown", f)
	}
}

func TestAnArabicSite(t *testing.T) {
	w := newWorld(t)
	w.hosts["ar.example.tn"] = site{files: map[string]string{"/": "arabic.html"}, bodies: map[string]http.HandlerFunc{
		"/fr": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<html lang="ar" dir="rtl"><title>x</title><p>Le portail des services de la Tunisie pour les citoyens et les entreprises.</p>`))
		},
	}}
	got := w.look(t, w.examiner(t), "https://ar.example.tn/")
	if f := got[assess.ContactLinks]; f.Value != 5 {
		t.Errorf("links = %v: %v", f.Value, f.Evidence)
	}
	if f := got[assess.ContactLinks]; f.Evidence[0].URL != "https://ar.example.tn/contact" {
		t.Errorf("the contact is at %q; nobody can follow that from elsewhere", f.Evidence[0].URL)
	}
	if f := got[assess.StatementRate]; got[assess.Statement].Word != no || f.Unknown != "examine.unknown.no_statement" {
		t.Errorf("a statement that is not there: %+v, %+v", got[assess.Statement], f)
	}
	if f := got[assess.Languages]; f.Value != 1 || !slices.Equal(said(f), []string{
		"examine.evidence.language.ok.ar", "examine.evidence.language.lang.fr", "examine.evidence.language.none.en",
	}) {
		t.Errorf("languages = %v: %v", f.Value, f.Evidence)
	}
	if f := got[assess.Freshness]; f.Value != 19 || !slices.Equal(said(f), []string{"examine.evidence.date.text"}) {
		t.Errorf("freshness = %v: %v", f.Value, f.Evidence)
	}
	if f := got[assess.MarkupFaults]; !slices.Equal(said(f), []string{"examine.evidence.markup.zoom"}) || f.Evidence[0].Args[0] != 6 {
		t.Errorf("faults: %v", f.Evidence)
	}
	if f := got[assess.FeedbackLink]; f.Word != yes {
		t.Errorf("feedback: %+v", f)
	}
	if f := got[assess.HTTPSOnly]; f.Word != no {
		t.Errorf("https_only = %+v", f)
	}
}
