package filewatch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/outgoing"
)

const table = "Date;Valeur\n01/10/2026;1,5\n02/10/2026;2\n"

func guard(t testing.TB, allow ...string) *outgoing.Guard {
	t.Helper()
	if len(allow) == 0 {
		allow = []string{"127.0.0.0/8"}
	}
	g, err := outgoing.New(allow)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func fetcher(t testing.TB, change func(*FetchOptions)) *Fetcher {
	t.Helper()
	o := FetchOptions{Guard: guard(t), UserAgent: "Jard test (+http://jard.test; contact@jard.test)", Spool: t.TempDir(), Timeout: 10 * time.Second}
	if change != nil {
		change(&o)
	}
	return NewFetcher(o)
}

func site(t testing.TB, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

func fileAt(url string) *file.File {
	f := file.Of(inventory.Distribution{ID: "d", URL: url, Format: "CSV"}, time.Now())
	return &f
}

// stored serves content as a plain file server does.
func stored(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", fmt.Sprintf("%q", hex.EncodeToString([]byte(content[:min(4, len(content))]))))
		http.ServeContent(w, r, "a.csv", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), strings.NewReader(content))
	}
}

func TestALookAtAFile(t *testing.T) {
	var agents, ways []string
	f := fetcher(t, nil)
	s := f.Look(t.Context(), fileAt(site(t, func(w http.ResponseWriter, r *http.Request) {
		agents, ways = append(agents, r.UserAgent()), append(ways, r.Method+" "+r.Header.Get("Range"))
		stored(table)(w, r)
	})+"/a.csv"))
	sum := sha256.Sum256([]byte(table))
	if s.Reason != file.None || s.Status != 200 || !s.Whole || s.Bytes != int64(len(table)) || s.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", s)
	}
	if s.Format != file.CSV || s.Encoding != "us-ascii" || s.Delimiter != ";" || s.Rows == nil || *s.Rows != 2 || s.Columns != 2 ||
		s.Profile.Newest("Date") != "2026-10-02" || s.Etag == "" || s.LastModified == "" || len(s.Digest) != 64 {
		t.Errorf("%+v", s)
	}
	if fmt.Sprint(ways) != "[HEAD  GET bytes=0-52428799]" || !strings.Contains(agents[0], "contact@jard.test") {
		t.Errorf("asked %q as %q", ways, agents)
	}
}

func TestAnUnchangedFileIsNotFetchedAgain(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"conditions": stored(table),
		"tags only": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-None-Match")
			stored(table)(w, r)
		},
		"dates only": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.csv", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), strings.NewReader(table))
		},
		"dates without conditions": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-Modified-Since")
			http.ServeContent(w, r, "a.csv", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), strings.NewReader(table))
		},
	} {
		gets := atomic.Int32{}
		of := fileAt(site(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				gets.Add(1)
			}
			answer(w, r)
		}) + "/a.csv")
		f := fetcher(t, nil)
		of.Take(f.Look(t.Context(), of))
		s := f.Look(t.Context(), of)
		if !s.NotModified || s.Status != 200 || gets.Load() != 1 {
			t.Errorf("%s: %+v after %d fetches", name, s, gets.Load())
		}
	}
}

// The same bytes under another date are fetched, and found to be the same.
func TestAFileThatIsOnlyTouched(t *testing.T) {
	day := 1
	of := fileAt(site(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.csv", time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC), strings.NewReader(table))
	}) + "/a.csv")
	f := fetcher(t, nil)
	of.Take(f.Look(t.Context(), of))
	day = 2
	before := *of
	s := f.Look(t.Context(), of)
	change := of.Take(s)
	of.Weigh(&before, change, file.Declared{}, s.At)
	if change != file.Identical || of.Flag != file.Touched || of.Rows == nil {
		t.Errorf("%s, flag %q, rows %v", change, of.Flag, of.Rows)
	}
}

func TestServersThatRefuseHeadOrRanges(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 501, 500} {
		s := fetcher(t, nil).Look(t.Context(), fileAt(site(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(status)
				return
			}
			stored(table)(w, r)
		})+"/a.csv"))
		if s.Reason != file.None || s.Status != 200 || !s.Whole {
			t.Errorf("HEAD answered with %d: %+v", status, s)
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"200 for a range": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, table) },
		"416 for a range": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			_, _ = io.WriteString(w, table)
		},
		"the line cut on HEAD": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, table)
		},
		"206 without a total": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-39/*")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, table)
		},
	} {
		if s := fetcher(t, nil).Look(t.Context(), fileAt(site(t, answer)+"/a.csv")); s.Reason != file.None || !s.Whole || s.Rows == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	empty := fileAt(site(t, stored("")) + "/a.csv")
	if empty.Take(fetcher(t, nil).Look(t.Context(), empty)); empty.State != file.Empty {
		t.Errorf("an empty file, which has no first byte: %s", empty.State)
	}
}

func TestWhatWentWrong(t *testing.T) {
	other := site(t, stored(table))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secured := httptest.NewTLSServer(stored(table))
	t.Cleanup(secured.Close)
	answer := func(status int, header ...string) string {
		return site(t, func(w http.ResponseWriter, _ *http.Request) {
			for n := 0; n+1 < len(header); n += 2 {
				w.Header().Set(header[n], header[n+1])
			}
			w.WriteHeader(status)
		}) + "/a.csv"
	}
	for name, c := range map[string]struct {
		url  string
		want file.Reason
	}{
		"404":                         {answer(404), file.Gone},
		"410":                         {answer(410), file.Gone},
		"403":                         {answer(403), file.Denied},
		"401":                         {answer(401), file.Denied},
		"500":                         {answer(500), file.Server},
		"503":                         {answer(503), file.Server},
		"503 with a date":             {answer(503, "Retry-After", "120"), file.Throttled},
		"429":                         {answer(429), file.Throttled},
		"418":                         {answer(418), file.Status},
		"redirect loop":               {answer(302, "Location", "/a.csv"), file.Redirects},
		"redirect to a private place": {answer(302, "Location", "http://10.0.0.1/a.csv"), file.Refused},
		"redirect to another scheme":  {answer(302, "Location", "file:///etc/passwd"), file.Refused},
		"redirect without an address": {answer(302), file.Redirects},
		"nobody listens":              {closed.URL + "/a.csv", file.Connect},
		"an untrusted certificate":    {secured.URL + "/a.csv", file.TLSUntrusted},
		"no TLS at all":               {strings.Replace(other, "http:", "https:", 1) + "/a.csv", file.TLSOther},
		"no host":                     {"http://pai.pdf", file.NoHost},
		"private":                     {"http://192.168.1.1/a.csv", file.Refused},
	} {
		if s := fetcher(t, nil).Look(t.Context(), fileAt(c.url)); s.Reason != c.want {
			t.Errorf("%s: %q; want %q", name, s.Reason, c.want)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(secured.Certificate())
	if s := fetcher(t, func(o *FetchOptions) { o.Roots = pool }).Look(t.Context(), fileAt(secured.URL+"/a.csv")); s.Reason != file.None {
		t.Errorf("a trusted certificate: %q", s.Reason)
	}
	wrong := strings.Replace(secured.URL, "127.0.0.1", "127.0.0.2", 1)
	if s := fetcher(t, func(o *FetchOptions) { o.Roots = pool }).Look(t.Context(), fileAt(wrong+"/a.csv")); s.Reason != file.Connect && s.Reason != file.TLSWrongHost {
		t.Errorf("a certificate for another name: %q", s.Reason)
	}
}

// A redirect into a network that is not on the list is refused at the connection itself.
func TestARedirectToLoopbackIsRefused(t *testing.T) {
	asked := atomic.Int32{}
	inner := site(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	f := fetcher(t, func(o *FetchOptions) { o.Guard = guard(t, "127.0.0.1/32") })
	hidden := strings.Replace(inner, "127.0.0.1", "127.0.0.9", 1)
	s := f.Look(t.Context(), fileAt(site(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, hidden, http.StatusFound) })+"/a.csv"))
	if s.Reason != file.Refused || asked.Load() != 0 {
		t.Errorf("%q, asked %d times", s.Reason, asked.Load())
	}
}

func TestMovedForGoodOrForNow(t *testing.T) {
	target := site(t, stored(table))
	for status, permanent := range map[int]bool{301: true, 308: true, 302: false, 303: false, 307: false} {
		s := fetcher(t, nil).Look(t.Context(), fileAt(site(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target+"/b.csv", status)
		})+"/a.csv"))
		if s.FinalURL != target+"/b.csv" || s.Permanent != permanent || !s.Whole {
			t.Errorf("%d: %+v", status, s)
		}
	}
}

// afterHead answers HEAD at once, so that the server sees who hangs up later.
func afterHead(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			answer(w, r)
		}
	}
}

func TestHungAndDrippingPeers(t *testing.T) {
	quick := func(o *FetchOptions) { o.Timeout = 300 * time.Millisecond }
	for name, answer := range map[string]http.HandlerFunc{
		"hung": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"hung in the body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"dripping": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, err := io.WriteString(w, "a,b\n")
				w.(http.Flusher).Flush()
				if err != nil {
					return
				}
				select {
				case <-r.Context().Done():
				case <-time.After(10 * time.Millisecond):
				}
			}
		},
	} {
		if s := fetcher(t, quick).Look(t.Context(), fileAt(site(t, afterHead(answer))+"/a.csv")); s.Reason != file.Timeout {
			t.Errorf("%s: %q", name, s.Reason)
		}
	}
}

func TestFilesBeyondTheLimit(t *testing.T) {
	small := func(o *FetchOptions) { o.MaxBytes = 1 << 20 }
	sent := atomic.Int64{}
	endless := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			return
		}
		for r.Context().Err() == nil {
			n, err := io.WriteString(w, strings.Repeat("1,2\n", 1024))
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	of := fileAt(endless + "/a.csv")
	of.Take(fetcher(t, small).Look(t.Context(), of))
	if of.State != file.TooLarge || of.Hash != "" || of.Format != file.CSV {
		t.Errorf("an endless body: %s, %+v", of.State, of)
	}
	ranges := ""
	large := fileAt(site(t, func(w http.ResponseWriter, r *http.Request) {
		ranges += r.Header.Get("Range")
		http.ServeContent(w, r, "a.csv", time.Time{}, strings.NewReader(strings.Repeat("1,2\n", 1<<20)))
	}) + "/a.csv")
	large.Take(fetcher(t, small).Look(t.Context(), large))
	if large.State != file.TooLarge || large.Bytes != 4<<20 || ranges != "bytes=0-65535" {
		t.Errorf("a large file: %s, %d bytes, asked %q", large.State, large.Bytes, ranges)
	}
	// A few kilobytes that unpack to gigabytes, although nobody asked for packing.
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	s := fetcher(t, small).Look(t.Context(), fileAt(site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})+"/a.csv"))
	if s.Whole || s.Hash != "" || s.Bytes > 2<<20 {
		t.Errorf("a bomb: %+v", s)
	}
	bad := fetcher(t, nil).Look(t.Context(), fileAt(site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "no gzip at all, but long enough for a header")
	})+"/a.csv"))
	if bad.Reason != file.Damaged {
		t.Errorf("packed rubbish: %q", bad.Reason)
	}
}

func TestFewerBytesThanAnnounced(t *testing.T) {
	for _, n := range []int{100, 200_000} {
		s := fetcher(t, nil).Look(t.Context(), fileAt(site(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(n*2))
			if r.Method == http.MethodHead {
				return
			}
			_, _ = io.WriteString(w, strings.Repeat("1,2\n", n/4))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})+"/a.csv"))
		if s.Reason != file.Truncated && s.Reason != file.Connect || s.Whole {
			t.Errorf("%d of %d bytes: %q", n, n*2, s.Reason)
		}
	}
}

func TestAFullDiskIsNotTheFilesFault(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no device that is always full: ", err)
	}
	f := fetcher(t, nil)
	f.spool = func() (*os.File, error) { return os.OpenFile("/dev/full", os.O_RDWR, 0) }
	url := site(t, stored(strings.Repeat(table, 5000))) + "/a.csv"
	if s := f.Look(t.Context(), fileAt(url)); s.Reason != file.Ours {
		t.Errorf("a full disk: %q", s.Reason)
	}
	f = fetcher(t, func(o *FetchOptions) { o.Spool = filepath.Join(t.TempDir(), "none") })
	if s := f.Look(t.Context(), fileAt(url)); s.Reason != file.Ours {
		t.Errorf("no folder: %q", s.Reason)
	}
}

func TestNothingIsLeftOnDisk(t *testing.T) {
	dir := t.TempDir()
	f := fetcher(t, func(o *FetchOptions) { o.Spool = dir })
	for _, content := range []string{table, "PK\x03\x04 rubbish", "%PDF-1.5", strings.Repeat("{", 5000)} {
		f.Look(t.Context(), fileAt(site(t, stored(content))+"/a.csv"))
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestDamagedTablesAreSaidSo(t *testing.T) {
	for _, content := range []string{"[{\"a\":1},", "{\"features\": [" + strings.Repeat("[", 100)} {
		s := fetcher(t, nil).Look(t.Context(), fileAt(site(t, stored(content))+"/a.json"))
		if !s.Whole || s.Hash == "" || !s.Profile.Damaged || s.Rows != nil || s.Digest != "" {
			t.Errorf("%.20q: %+v", content, s)
		}
	}
}

func TestWhoScreensIsHandedTheHead(t *testing.T) {
	var header []string
	var rows [][]string
	f := fetcher(t, func(o *FetchOptions) {
		o.Screen = func(_ context.Context, _ *file.File, h []string, r [][]string) []int {
			header, rows = h, r
			return []int{1}
		}
	})
	url := site(t, stored("Nom;Téléphone\n"+strings.Repeat("A;98765432\n", 3000))) + "/a.csv"
	of := fileAt(url)
	of.Take(f.Look(t.Context(), of))
	if fmt.Sprint(header) != "[Nom Téléphone]" || len(rows) != sampleRows {
		t.Errorf("%q, %d rows", header, len(rows))
	}
	if c := of.Profile.Columns[1]; c.Min != "" || c.Max != "" || c.Distinct != 1 {
		t.Errorf("of a column of telephone numbers this is kept: %+v", c)
	}
	rows = nil
	of.Etag, of.LastModified = "", ""
	if f.Look(t.Context(), of); rows != nil {
		t.Error("the same bytes are screened again")
	}
}

// The page that an access address names answers for itself.
func TestThePageBesideTheFile(t *testing.T) {
	for want, answer := range map[int]http.HandlerFunc{
		200: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		404: http.NotFound,
	} {
		f := file.Of(inventory.Distribution{ID: "d", URL: site(t, answer) + "/page", DownloadURL: site(t, stored(table)) + "/a.csv", Format: "CSV"}, time.Now())
		f.Take(fetcher(t, nil).Look(t.Context(), &f))
		if f.PageStatus != want || f.State != file.OK || f.Status != 200 {
			t.Errorf("page %d, file %d, %s", f.PageStatus, f.Status, f.State)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{table, "", "<html>", "PK\x03\x04", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "[{\"a\":1}]", "\xFF\xFEa\x00", "%PDF"} {
		f.Add(s, 200, "bytes 0-1/2", "3")
	}
	fetch := fetcher(f, func(o *FetchOptions) { o.MaxBytes = 1 << 20 })
	var content, ranged, later string
	var status int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Range"], w.Header()["Retry-After"] = []string{ranged}, []string{later}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, content)
	}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, body string, code int, contentRange, retry string) {
		content, status = body, 200+(code%400+400)%400
		ranged, later = contentRange, retry
		of := fileAt(server.URL + "/a.csv")
		if of.Take(fetch.Look(t.Context(), of)); !of.State.Valid() {
			t.Errorf("state %q", of.State)
		}
	})
}
