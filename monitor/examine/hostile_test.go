package examine

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/dictionary"
	"github.com/jard-odi/jard/monitor/assess"
)

// unknownFor wants all measures of the page to be unknown for one reason.
func unknownFor(t *testing.T, got map[assess.Measure]assess.Fact, why string) {
	t.Helper()
	for _, m := range append(pageMeasures(), browserMeasures()...) {
		if got[m].Unknown != why {
			t.Errorf("%s = %+v; want unknown for %s", m, got[m], why)
		}
	}
}

func TestWhatCannotBeSeenIsUnknown(t *testing.T) {
	w := newWorld(t)
	answers := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			w.WriteHeader(status)
		})
	}
	w.hosts["wall.tn"], w.hosts["down.tn"], w.hosts["gone.tn"] = answers(403), answers(502), answers(404)
	w.hosts["shy.tn"] = site{bodies: map[string]http.HandlerFunc{
		"/robots.txt": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("User-agent: *\nDisallow: /admin\n\nUser-agent: jard\nDisallow: /\n"))
		},
		"/": func(http.ResponseWriter, *http.Request) { t.Error("robots.txt is not respected") },
	}}
	w.hosts["ill.tn"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			t.Error("robots.txt that cannot be read allows nothing")
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	w.hosts["round.tn"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, r.URL.Path+"a", http.StatusFound)
	})
	w.hosts["away.tn"] = http.RedirectHandler("http://10.0.0.1/", http.StatusFound)
	w.hosts["scheme.tn"] = http.RedirectHandler("javascript:alert(1)", http.StatusFound)
	w.hosts["pdf.tn"] = site{bodies: map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = w.Write([]byte("%PDF-1.7"))
	}}}
	w.zones["nowhere.tn"] = []string{}
	for address, why := range map[string]string{
		"https://wall.tn/": "examine.unknown.walled", "https://down.tn/": "examine.unknown.status", "https://gone.tn/": "examine.unknown.status",
		"https://shy.tn/": "examine.unknown.robots", "https://ill.tn/": "examine.unknown.robots", "https://round.tn/": "examine.unknown.circles",
		"https://away.tn/": "examine.unknown.refused", "https://scheme.tn/": "examine.unknown.refused", "https://pdf.tn/": "examine.unknown.not_a_page",
		"https://nowhere.tn/": "examine.unknown.unreachable", "https://10.1.2.3/": "examine.unknown.refused",
		"": "examine.unknown.no_address", "ftp://x.tn/": "examine.unknown.no_address", "http://[": "examine.unknown.no_address",
		"https://": "examine.unknown.no_address",
	} {
		t.Run(address, func(t *testing.T) { unknownFor(t, w.look(t, w.examiner(t), address), why) })
	}
}

func TestTheGuardHoldsForWhatAPageNames(t *testing.T) {
	w := newWorld(t)
	w.hosts["a.tn"] = site{bodies: map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<html lang=fr><title>a</title><img alt="" src="http://169.254.169.254/latest/meta-data"><a href="http://10.0.0.7/">x</a>`))
	}}}
	got := w.look(t, w.examiner(t), "https://a.tn/")
	if f := got[assess.PageWeight]; f.Unknown != "examine.unknown.no_weight" {
		t.Errorf("weight = %+v", f)
	}
	if f := got[assess.BrokenLinks]; f.Unknown != "examine.unknown.no_links" {
		t.Errorf("links = %+v; a refused address is not a broken link", f)
	}
}

func TestBoundsHold(t *testing.T) {
	w := newWorld(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("<html lang=fr><title>bombe</title><p>"))
	for range 64 {
		_, _ = z.Write(bytes.Repeat([]byte("a "), 1<<19))
	}
	_ = z.Close()
	w.hosts["bomb.tn"] = site{bodies: map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}}}
	w.hosts["endless.tn"] = site{bodies: map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html lang=fr><title>sans fin</title>"))
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("<p>encore</p>\n"), 4096)); err != nil {
				return
			}
		}
	}}}
	w.hosts["slow.tn"] = site{bodies: map[string]http.HandlerFunc{"/": func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // it never answers
	}}}
	var many strings.Builder
	for n := range 3000 {
		fmt.Fprintf(&many, `<a href="/l%d">lien %d</a><img alt="" src="/i%d.png"><i id=x%d>`, n, n, n, n%2)
	}
	w.hosts["many.tn"] = site{bodies: map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html lang=fr><title>beaucoup</title>" + many.String()))
	}}}
	e := w.examiner(t, func(o *Options) { o.Limits.Request = time.Second })
	for address, want := range map[string]func(map[assess.Measure]assess.Fact) bool{
		"https://bomb.tn/":    func(f map[assess.Measure]assess.Fact) bool { return f[assess.PageWeight].Value < 1<<20 },
		"https://endless.tn/": func(f map[assess.Measure]assess.Fact) bool { return f[assess.Viewport].Word == no },
		"https://slow.tn/": func(f map[assess.Measure]assess.Fact) bool {
			return f[assess.Viewport].Unknown == "examine.unknown.unreachable"
		},
		"https://many.tn/": func(f map[assess.Measure]assess.Fact) bool {
			return f[assess.BrokenLinks].Value == 1 && f[assess.BrokenLinks].N <= maxFollowed && len(f[assess.MarkupFaults].Evidence) <= maxEvidence
		},
	} {
		r := e.Look(t.Context(), Subject{Service: "essai", URL: address})
		if r.Requests > 40 || r.Bytes > 16<<20 {
			t.Errorf("%s: %d requests, %d bytes", address, r.Requests, r.Bytes)
		}
		if got := facts(t, r); !want(got) {
			t.Errorf("%s: %s", address, told(got))
		}
	}
}

func TestNeverMoreThanTwoConnectionsToAHost(t *testing.T) {
	w := newWorld(t)
	most := &peak{}
	w.hosts["good.example.tn"] = most.of(goodSite())
	e := w.examiner(t)
	done := make(chan struct{})
	for range 4 { // four services of one host
		go func() {
			e.Look(t.Context(), Subject{Service: "essai", URL: "https://good.example.tn/"})
			done <- struct{}{}
		}()
	}
	for range 4 {
		<-done
	}
	if most.high() > 2 {
		t.Errorf("%d requests at once; 2 are allowed", most.high())
	}
	for range 2 {
		leave, err := e.doors.enter(t.Context(), "One.tn")
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		defer leave() // twice is once
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := e.doors.enter(ctx, "one.tn"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third connection to a host: %v", err)
	}
	if len(e.doors.open) != 1 {
		t.Errorf("%d doors are kept; the others should be forgotten", len(e.doors.open))
	}
}

func TestOtherPages(t *testing.T) {
	w := newWorld(t)
	w.hosts["frames.tn"] = site{files: map[string]string{"/": "frames.html", "/menu.html": "menu.html", "/corps.html": "corps.html"}}
	w.hosts["old.tn"] = site{files: map[string]string{"/": "windows-1256.html"}}
	w.hosts["broken.tn"] = site{files: map[string]string{"/": "broken.html"}}
	w.hosts["sends.tn"] = site{files: map[string]string{"/accueil": "good.ar.html"}, bodies: map[string]http.HandlerFunc{
		"/": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<meta http-equiv="Refresh" content="0; URL='/accueil'">`))
		},
	}}
	e := w.examiner(t)
	got := w.look(t, e, "https://frames.tn/")
	if f := got[assess.MarkupFaults]; f.Value != 1 || !slices.Equal(said(f), []string{"examine.evidence.markup.alt"}) {
		t.Errorf("frames: %+v", f)
	}
	if f := got[assess.ContactLinks]; f.Value != 1 {
		t.Errorf("frames: %+v", f)
	}
	for _, host := range []string{"old.tn", "sends.tn"} {
		if f := w.look(t, e, "https://"+host+"/")[assess.Languages]; said(f)[0] != "examine.evidence.language.ok.ar" {
			t.Errorf("%s: %+v", host, f)
		}
	}
	if f := w.look(t, e, "https://broken.tn/")[assess.BrokenLinks]; f.Value != 1 || f.N != 4 {
		t.Errorf("broken markup: %+v", f)
	}
}

func TestSoftErrorsAreFound(t *testing.T) {
	w := newWorld(t)
	lost := `<html lang=fr><title>Portail</title><p>Désolé, nous ne trouvons pas ce que vous cherchez sur ce site.</p>`
	w.hosts["soft.tn"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/robots.txt":
			w.WriteHeader(http.StatusNotFound)
		case "/":
			_, _ = w.Write([]byte(`<html lang=fr><title>Portail</title><p>Bienvenue au portail des services.</p><a href=/a>a</a><a href=/b>b</a><a href=/c>c</a>`))
		case "/a":
			_, _ = w.Write([]byte(`<html lang=fr><title>A</title><p>Ce que vous cherchez est ici : la liste des pièces à fournir pour votre dossier.</p>`))
		case "/c":
			_, _ = w.Write([]byte(`<html lang=fr><title>Page introuvable</title><p>Rien ici</p>`))
		default:
			_, _ = w.Write([]byte(lost))
		}
	})
	f := w.look(t, w.examiner(t), "https://soft.tn/")[assess.BrokenLinks]
	if f.N != 3 || f.Value < 0.66 || f.Value > 0.67 || !slices.Contains(said(f), "examine.evidence.soft_site") {
		t.Errorf("broken = %v of %d: %v", f.Value, f.N, f.Evidence)
	}
}

func TestTheOrderOfAskingIsCourteous(t *testing.T) {
	w := newWorld(t)
	w.hosts["a.tn"] = goodSite()
	w.look(t, w.examiner(t), "https://a.tn/")
	if w.seen[0] != "GET https://a.tn/robots.txt" {
		t.Errorf("first comes %q", w.seen[0])
	}
	counts := map[string]int{}
	for _, r := range w.seen {
		if counts[r]++; counts[r] > 1 && !strings.HasPrefix(r, "GET http://") {
			t.Errorf("%s is asked %d times", r, counts[r])
		}
		if strings.HasPrefix(r, "POST") {
			t.Errorf("%s: a passive look sends nothing", r)
		}
	}
}

func TestOldVersionsOfTLSAreSeen(t *testing.T) {
	for _, tt := range []struct {
		least, most uint16
		want        string
	}{
		{tls.VersionTLS10, tls.VersionTLS11, no},
		{tls.VersionTLS10, tls.VersionTLS13, partly},
		{tls.VersionTLS12, tls.VersionTLS12, yes},
		{tls.VersionTLS13, tls.VersionTLS13, yes},
	} {
		w := newWorld(t)
		w.hosts["a.tn"] = goodSite()
		w.secureServer.Close()
		w.secureServer = httptest.NewUnstartedServer(w.handler(nil))
		w.secureServer.Config.ErrorLog = quiet()
		var suites []uint16
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			suites = append(suites, s.ID)
		}
		w.secureServer.TLS = &tls.Config{MinVersion: tt.least, MaxVersion: tt.most, CipherSuites: suites}
		w.secureServer.StartTLS()
		t.Cleanup(w.secureServer.Close)
		if f := w.look(t, w.examiner(t), "https://a.tn/")[assess.TLSVersions]; f.Word != tt.want {
			t.Errorf("from %x to %x: %+v; want %s", tt.least, tt.most, f, tt.want)
		}
	}
}

func TestZones(t *testing.T) {
	signature := "RRSIG A 13 2 60 20301231000000 20260101000000 1 zone.tn. c2lnbmVk"
	for name, tt := range map[string]struct {
		zones map[string][]string
		want  map[assess.Measure]string
	}{
		"signed and vouched for": {map[string][]string{
			"www.zone.tn": {"A 127.0.0.1", signature}, "zone.tn": {"DS 1 13 2 0011223344556677889900112233445566778899001122334455667788990011", "NS a.zone.tn.", "NS b.zone.tn."},
			"a.zone.tn": {"A 192.0.2.1"}, "b.zone.tn": {"A 192.0.2.200", "AAAA 2001:db8::1"},
		}, map[assess.Measure]string{assess.DNSSEC: yes, assess.NameServers: partly, assess.CAA: no}},
		"signed alone": {map[string][]string{
			"www.zone.tn": {"A 127.0.0.1", signature, `CAA 0 iodef "mailto:x@zone.tn"`}, "zone.tn": {"NS a.zone.tn.", "NS b.zone.tn.", `CAA 0 issue ";"`},
			"a.zone.tn": {"AAAA 2001:db8:1::1"}, "b.zone.tn": {"AAAA 2001:db8:2::1"},
		}, map[assess.Measure]string{assess.DNSSEC: partly, assess.NameServers: yes, assess.CAA: yes}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.hosts["www.zone.tn"] = goodSite()
			maps.Copy(w.zones, tt.zones)
			got := w.look(t, w.examiner(t), "https://www.zone.tn/")
			for m, want := range tt.want {
				if got[m].Word != want {
					t.Errorf("%s = %+v; want %s", m, got[m], want)
				}
			}
		})
	}
	w := newWorld(t)
	w.hosts["www.zone.tn"] = goodSite()
	got := w.look(t, w.examiner(t, func(o *Options) { o.NameServers = []string{"127.0.0.1:1"} }), "https://www.zone.tn/")
	for _, m := range []assess.Measure{assess.DNSSEC, assess.CAA, assess.NameServers} {
		if got[m].Unknown != "examine.unknown.resolver" {
			t.Errorf("without a resolver %s = %+v", m, got[m])
		}
	}
}

func TestTheSamePageOverIPv6(t *testing.T) {
	w := newWorld(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "[::1]:"+portOf(w.secureServer.URL))
	if err != nil {
		t.Skipf("this machine has no IPv6 of its own: %v", err)
	}
	again := httptest.NewUnstartedServer(w.handler(nil))
	_ = again.Listener.Close()
	again.Listener = listener
	again.Config.ErrorLog = quiet()
	again.StartTLS()
	defer again.Close()
	w.hosts["six.tn"] = goodSite()
	w.zones["six.tn"] = []string{"A 127.0.0.1", "AAAA ::1"}
	if f := w.look(t, w.examiner(t), "https://six.tn/")[assess.IPv6]; f.Word != yes {
		t.Errorf("ipv6 = %+v", f)
	}
	again.Close()
	if f := w.look(t, w.examiner(t), "https://six.tn/")[assess.IPv6]; f.Word != partly {
		t.Errorf("ipv6 of a server that is silent there = %+v", f)
	}
}

func TestTheDictionaryIsRead(t *testing.T) {
	if _, price, err := ReadDictionary(dictionary.Files); err != nil || !(price.PerMB > 0) || price.Source == "" {
		t.Errorf("price %+v, %v", price, err)
	}
	const head = "what,language,where,term,provenance\n"
	const data = "code,operator,offer_fr,price_tnd,megabytes,from,provenance\n"
	for name, tt := range map[string]struct{ links, data, want string }{
		"no place":  {head + "contact,fr,somewhere,x,y\n", "", `links.csv: line 2: where is "somewhere"`},
		"no term":   {head + "contact,fr,text,!!,y\n", "", "links.csv: line 2: the term says nothing"},
		"columns":   {head + "contact,fr\n", "", "links.csv: record on line 2: wrong number of fields"},
		"no head":   {"", "", "links.csv: it has no head"},
		"no price":  {head, data, `mobile_data.csv: no row has the code "reference"`},
		"bad price": {head, data + "reference,,x,-1,1000,,y\n", "mobile_data.csv: line 2: price or megabytes is not a number above 0"},
		"no data":   {head, data + "reference,,x,NaN,1000,,y\n", "mobile_data.csv: line 2: price or megabytes is not a number above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ReadDictionary(folder(tt.links, tt.data))
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v; want %s", err, tt.want)
			}
		})
	}
}
