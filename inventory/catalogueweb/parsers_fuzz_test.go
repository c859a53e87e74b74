package catalogueweb

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory/catalogue"
)

// Whatever is asked of the Action API, in the query or in a body of any kind,
// becomes arguments or a refusal, and no callback is more than a name.
func FuzzArguments(f *testing.F) {
	for _, s := range []string{"", "{}", `{"q":"eau","rows":10}`, `{"fq":["a","b"],"callback":"x"}`, "[]", "null", `{"a":1}{}`, "q=eau&q=pluie", "callback=alert(1)", "callback=a.b[0]", "%zz", "\xff", `{"rows":1e999}`} {
		for _, kind := range []string{"", "application/json", "application/x-www-form-urlencoded", "text/plain; charset=\xff"} {
			f.Add(s, kind, true)
		}
		f.Add(s, "", false)
	}
	f.Fuzz(func(t *testing.T, s, kind string, sent bool) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: "/api/3/action/package_search", RawQuery: s}
		if sent {
			r = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/3/action/package_search", bytes.NewReader([]byte(s)))
			r.Header.Set("Content-Type", kind)
		}
		args, err := arguments(r)
		if err != nil {
			return
		}
		callback, err := takeCallback(r, args)
		if err != nil {
			return
		}
		if bytes.ContainsAny([]byte(callback), "()<>&;=\"' \r\n") || sent && callback != "" {
			t.Errorf("%q calls %q", s, callback)
		}
		_ = args.Settled(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
		_ = catalogue.Python(map[string]any(args))
	})
}
