package probe

import (
	"net/http"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/dictionary"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine"
	"github.com/jard-odi/jard/outgoing"
)

// onScreen is a page that is too wide, too pale and too small for a phone.
const onScreen = `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Essai</title><meta name="viewport" content="width=device-width"></head>
<body><p style="color:#bbb;background:#fff">Un texte pâle que l'on ne lit pas</p><div style="width:900px">large</div>
<p><a href="/a" style="display:inline-block;width:10px;height:10px;overflow:hidden">a</a></p></body></html>`

// TestAPageOnAPhone has a real browser tell the examiner what only a browser knows.
func TestAPageOnAPhone(t *testing.T) {
	ws := chromium(t)
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(onScreen))
	})
	guard, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	words, price, err := examine.ReadDictionary(dictionary.Files)
	if err != nil {
		t.Fatal(err)
	}
	kinds := All(Options{Guard: guard, BrowserURL: ws})
	looker := examine.New(examine.Options{Guard: guard, Browser: kinds.OnPhone, Words: words, Price: price, Now: time.Now})
	seen := map[assess.Measure]assess.Fact{}
	for _, f := range looker.Look(t.Context(), examine.Subject{URL: target}).Facts {
		seen[f.Measure] = f
	}
	if f := seen[assess.NarrowOverflow]; f.Word != "yes" {
		t.Errorf("a page of 900 px on a phone: %+v", f)
	}
	for _, m := range []assess.Measure{assess.ContrastFaults, assess.TapTargets} {
		if f := seen[m]; f.Value != 1 || f.Unknown != "" {
			t.Errorf("%s: %+v", m, f)
		}
	}
	if f := seen[assess.LargestPaint]; f.Unknown != "" || f.Value < float64(phoneLatency)/1000 {
		t.Errorf("largest paint: %+v; the phone has a slow network", f)
	}
	if f := seen[assess.LayoutShift]; f.Unknown != "" {
		t.Errorf("layout shift: %+v", f)
	}
	if _, err := All(Options{Guard: guard}).OnPhone(t.Context(), target, "1"); err == nil {
		t.Error("a page is loaded without a browser")
	}
}
