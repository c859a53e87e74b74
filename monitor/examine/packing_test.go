package examine

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jard-odi/jard/monitor/assess"
)

// What is only weighed is asked for as a browser does; what is read comes as we
// can read it.
func TestFilesAreWeighedAsABrowserGetsThem(t *testing.T) {
	w := newWorld(t)
	read := ""
	w.hosts["packed.tn"] = site{bodies: map[string]http.HandlerFunc{
		"/": func(w http.ResponseWriter, r *http.Request) {
			read = r.Header.Get("Accept-Encoding")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<html lang=fr><title>Page</title><script src=/app.js></script><p>Bonjour à tous.</p>"))
		},
		"/app.js": func(w http.ResponseWriter, r *http.Request) {
			size := 9000 // as gzip packs it
			if strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
				w.Header().Set("Content-Encoding", "br")
				size = 7000
			}
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(make([]byte, size))
		},
	}}
	got := w.look(t, w.examiner(t), "https://packed.tn/")
	if f := got[assess.PageWeight]; f.Unknown != "" || f.Value < 7000 || f.Value > 7000+1000 {
		t.Errorf("the page weighs %v (%s, %v)", f.Value, f.Unknown, f.Evidence)
	}
	if strings.Contains(read, "br") {
		t.Errorf("the page was asked for by %q, which we cannot read", read)
	}
}
