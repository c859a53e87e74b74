package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
)

// lies are headers by which somebody may say that they asked another site, or
// for something else: none of them is believed of a stranger.
func lies() map[string]string {
	return map[string]string{
		"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Server": "evil.example", "X-Host": "evil.example",
		"X-Forwarded-Proto": "gopher", "X-Forwarded-Scheme": "nothttps", "X-Forwarded-Port": "6666", "X-Forwarded-Prefix": "/evil.example",
		"Forwarded": "for=1.2.3.4;host=evil.example;proto=gopher", "X-Original-Url": "/desk?evil.example", "X-Rewrite-Url": "/desk?evil.example",
		"X-Original-Host": "evil.example", "X-Http-Method-Override": "DELETE", "X-Method-Override": "DELETE", "X-Forwarded-For": "127.0.0.1",
		"X-Real-Ip": "127.0.0.1", "True-Client-Ip": "127.0.0.1", "Cf-Connecting-Ip": "127.0.0.1", "Via": "1.1 evil.example",
		"Origin": "https://evil.example", "X-Wap-Profile": "http://evil.example/wap.xml", "X-Amz-Website-Redirect-Location": "//evil.example",
		"X-Forwarded-Ssl": "on", "Front-End-Https": "on", "Cache-Control": "only-if-cached", "X-Cache-Key": "evil.example",
	}
}

// heard is what was answered to one request.
type heard struct {
	status int
	header http.Header
	body   string
}

// told asks the handler itself; what differs each time is left out.
func told(t *testing.T, h http.Handler, method, path, body string, headers map[string]string) heard {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	req.RemoteAddr = "192.0.2.33:4000"
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range headers {
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	id := w.Header().Get("X-Request-Id")
	w.Header().Del("X-Request-Id")
	a := heard{w.Code, w.Header(), w.Body.String()}
	if id != "" {
		a.body = strings.ReplaceAll(a.body, id, "ID")
	}
	return a
}

// evil tells where an answer repeats what the liar said; "" when nowhere.
func (a heard) evil() string {
	if strings.Contains(a.body, "evil.example") {
		return "the body"
	}
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		if v := fmt.Sprint(a.header[name]); strings.Contains(v, "evil.example") || strings.Contains(v, "gopher") {
			return name + ": " + v
		}
	}
	return ""
}

// Whatever headers say, no answer of any door repeats it: links, redirects and
// feeds are made of base_url. And what may be kept by a cache is the same for
// everybody, so that one liar's answer is never another reader's.
func TestNoHeaderGetsIntoAnAnswer(t *testing.T) {
	h, r := housed(t, database.SQLite, func(c *configs.Config) { c.Limits.Doors = configs.Doors{} })
	officer := r.token(t, identity.Officer, "marhp")
	r.publish(t, officer, r.token(t, identity.MCD, ""), "Barrages")
	admin := map[string]string{"Authorization": "Bearer " + r.token(t, identity.Admin, "")}
	keys, compared, cached := r.behindDoors(t, officer), 0, 0
	keys["changeset"] = r.changeset(t, officer)
	await(t, "the catalogue", func() bool { return told(t, h.handler, "GET", "/data.json", "", nil).status == http.StatusOK })
	for _, route := range h.routes {
		method, pattern, _ := strings.Cut(route, " ")
		path := doorOf(pattern, keys)
		if method != http.MethodGet || pattern == "/metrics" {
			continue
		}
		for who, own := range map[string]map[string]string{"the public": {}, "the administrator": admin} {
			plain := told(t, h.handler, method, path, "", own)
			again := told(t, h.handler, method, path, "", own)
			lying := maps.Clone(lies())
			maps.Copy(lying, own)
			lied := told(t, h.handler, method, path, "", lying)
			if where := lied.evil(); where != "" {
				t.Errorf("%s for %s repeats a header in %s", route, who, where)
			}
			if plain.body != again.body || plain.status != again.status {
				continue // it tells the time, or holds a stamp of its own
			}
			compared++
			if after := told(t, h.handler, method, path, "", own); after.body != plain.body {
				continue // time has gone by since
			}
			if lied.body != plain.body || lied.status != plain.status {
				t.Errorf("%s for %s = %d, %d bytes when headers lie; %d, %d bytes when not", route, who,
					lied.status, len(lied.body), plain.status, len(plain.body))
			}
		}
		if mayBeKept(told(t, h.handler, method, path, "", nil)) {
			cached++
			keptForAll(t, h.handler, route, path, admin)
		}
	}
	if compared < 150 || cached < 15 {
		t.Errorf("compared %d answers, %d of which caches may keep; want more", compared, cached)
	}
	t.Logf("%d answers compared, %d doors whose answers caches may keep", compared, cached)
}

// mayBeKept tells whether a shared cache may keep an answer.
func mayBeKept(a heard) bool {
	control := a.header.Get("Cache-Control")
	if a.status != http.StatusOK || strings.Contains(control, "private") || strings.Contains(control, "no-store") {
		return false
	}
	return strings.Contains(control, "public") || strings.Contains(control, "max-age") || a.header.Get("ETag") != "" || a.header.Get("Last-Modified") != ""
}

// keptForAll fails when a cache could give one reader what was made for another.
func keptForAll(t *testing.T, h http.Handler, route, path string, admin map[string]string) {
	t.Helper()
	plain := told(t, h, http.MethodGet, path, "", nil)
	vary := strings.ToLower(strings.Join(plain.header.Values("Vary"), ","))
	if strings.Contains(fmt.Sprint(plain.header["Set-Cookie"]), "=") {
		t.Errorf("%s may be kept and sets a cookie", route)
	}
	for name, change := range map[string]map[string]string{
		"Accept-Language": {"Accept-Language": "ar"}, "Accept": {"Accept": "application/rdf+xml"}, "Accept-Encoding": {"Accept-Encoding": "gzip"},
		"Cookie": {"Cookie": "jard_lang=ar"}, "Authorization": admin, "Range": {"Range": "bytes=0-0"},
		"Origin": {"Origin": "https://evil.example"}, "User-Agent": {"User-Agent": "Googlebot"},
	} {
		changed := told(t, h, http.MethodGet, path, "", change)
		if changed.body == plain.body && changed.status == plain.status || !mayBeKept(changed) {
			continue
		}
		if name == "Authorization" || !strings.Contains(vary, strings.ToLower(name)) {
			t.Errorf("%s may be kept, differs by %s, and Vary is %q", route, name, vary)
		}
	}
	if ranged := told(t, h, http.MethodGet, path, "", map[string]string{"Range": "bytes=0-0"}); ranged.status == http.StatusOK && ranged.body != plain.body {
		t.Errorf("%s answers a part as if it were the whole", route)
	}
}

// What is written while headers lie (mails, feeds, links, the trail) holds
// nothing of them: the whole database is looked through.
func TestNoHeaderGetsIntoTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jard.db")
	r := start(t, "sqlite:"+path, func(c *configs.Config) { c.Watch.Enabled = false })
	tokens := []string{"", r.token(t, identity.Admin, ""), r.token(t, identity.Officer, "marhp"), r.token(t, identity.MCD, "")}
	keys := r.behindDoors(t, tokens[2])
	keys["changeset"] = r.changeset(t, tokens[2])
	form := "email=admin%40jard.local&institution=marhp&title=Une+question&text=Nous+cherchons+des+chiffres&kind=data&consent=on" +
		"&scope=all&name=Test&title.fr=Test&reason=Parce+que&email2=&language=fr"
	for _, token := range tokens {
		for _, pattern := range writes() {
			target := doorOf(strings.ReplaceAll(pattern, "{}", keys["dataset"]), keys)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+target, strings.NewReader(form))
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range lies() {
				req.Header.Set(name, value)
			}
			req.Header.Del("Origin") // another site's form would be refused at once
			req.Host = "evil.example"
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if to := resp.Header.Get("Location"); err != nil || strings.Contains(to, "evil.example") || bytes.Contains(body, []byte("evil.example")) {
				t.Errorf("%s repeats a header: %q, %v", target, to, err)
			}
		}
	}
	if err := r.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error; err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(whole, []byte("xyzzy")) {
		t.Fatal("the file does not hold what was written; the test looks at nothing")
	}
	if at := bytes.Index(whole, []byte("evil.example")); at >= 0 {
		t.Errorf("a header is kept: %q", whole[max(0, at-200):at+40])
	}
}
