package catalogueweb

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/zstd"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// clientOf returns a client that finds base at that address.
func clientOf(tb testing.TB, address string) *http.Client {
	tb.Helper()
	var d net.Dialer
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, strings.TrimPrefix(address, "http://"))
		},
		DisableCompression: true,
	}
	tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// through lets the house be asked by another client.
func (h *house) through(c *http.Client, ask func() answer) answer {
	own := h.client
	h.client = c
	defer func() { h.client = own }()
	return ask()
}

// unpacked undoes Content-Encoding.
func unpacked(tb testing.TB, a answer) []byte {
	tb.Helper()
	var in io.Reader = bytes.NewReader(a.body)
	switch encoding := a.header.Get("Content-Encoding"); encoding {
	case "":
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			tb.Fatal(err)
		}
		in = z
	case "zstd":
		z, err := zstd.NewReader(in)
		if err != nil {
			tb.Fatal(err)
		}
		defer z.Close()
		in = z
	default:
		tb.Fatalf("nobody asked for %q", encoding)
	}
	b, err := io.ReadAll(in)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// telling is the header less what is another with each answer.
func telling(a answer) http.Header {
	h := maps.Clone(a.header)
	delete(h, "Date")
	delete(h, "X-Request-Id")
	return h
}

func TestEveryEncodingOfEveryAddress(t *testing.T) {
	h := open(t, databasetest.Open(t), 250)
	lane := clientOf(t, h.lane())
	for address := range addresses {
		plain := h.get(address)
		seen := map[string]bool{}
		for _, encoding := range []string{"identity", "gzip", "zstd"} {
			accept := []string{"Accept-Encoding", encoding}
			got := h.get(address, accept...)
			if !bytes.Equal(unpacked(t, got), plain.body) {
				t.Errorf("%s as %s holds something else", address, encoding)
			}
			if want := fmt.Sprint(len(got.body)); got.header.Get("Content-Length") != want {
				t.Errorf("%s as %s announces %s bytes; want %s", address, encoding, got.header.Get("Content-Length"), want)
			}
			tag := got.header.Get("Etag")
			if large := len(plain.body) >= compressFrom && tag != ""; large && (seen[tag] || got.header.Get("Content-Encoding") == "" != (encoding == "identity")) {
				t.Errorf("%s as %s has the validator %s of another encoding, or another encoding: %v", address, encoding, tag, got.header)
			}
			seen[tag] = true
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				for name, condition := range map[string][]string{
					"": nil, "match": {"If-None-Match", tag}, "other": {"If-None-Match", `"other"`},
					"since": {"If-Modified-Since", got.header.Get("Last-Modified")}, "long ago": {"If-Modified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"},
				} {
					ask := func() answer { return h.ask(method, address, "", append(accept, condition...)...) }
					long, quick := ask(), h.through(lane, ask)
					if long.status != quick.status || !bytes.Equal(long.body, quick.body) || fmt.Sprint(telling(long)) != fmt.Sprint(telling(quick)) {
						t.Errorf("%s %s as %s (%s): %d %v\non the lane %d %v", method, address, encoding, name,
							long.status, telling(long), quick.status, telling(quick))
					}
					if held := tag != "" && (name == "match" || name == "since"); held != (long.status == http.StatusNotModified) || held && len(long.body) > 0 {
						t.Errorf("%s %s as %s (%s) answers %d", method, address, encoding, name, long.status)
					}
				}
			}
		}
	}
}

func TestTheValidatorChangesIfTheBytesDo(t *testing.T) {
	h := open(t, databasetest.Open(t), 250)
	tags := map[string][sha256.Size]byte{}
	for n := range 4 {
		for _, address := range []string{"/catalog.ttl", "/catalog.ttl?page=2", "/catalog.jsonld", "/catalog.rdf", "/catalog.nt", "/data.json"} {
			for _, encoding := range []string{"identity", "gzip", "zstd"} {
				got := h.get(address, "Accept-Encoding", encoding)
				sum, tag := sha256.Sum256(got.body), address+got.header.Get("Etag")
				if known, ok := tags[tag]; ok && known != sum {
					t.Errorf("%s as %s has other bytes and the validator it had", address, encoding)
				}
				for other, known := range tags {
					if known == sum && other != tag && strings.HasPrefix(other, address+`"`) {
						t.Errorf("%s as %s has the same bytes and another validator", address, encoding)
					}
				}
				tags[tag] = sum
			}
		}
		if n < 3 {
			h.withdraw(1+n*90, "retiré", "")
		}
	}
}

func TestWhatReadersAskForIsWhatTheyGet(t *testing.T) {
	for header, want := range map[string]catalogue.Encoding{
		"": catalogue.Plain, "identity": catalogue.Plain, "gzip": catalogue.Gzip, "x-gzip": catalogue.Gzip, "GZIP": catalogue.Gzip,
		"zstd": catalogue.Zstd, "gzip, deflate": catalogue.Gzip, "deflate, br": catalogue.Plain,
		"gzip, deflate, br, zstd": catalogue.Zstd, "zstd;q=0.5, gzip": catalogue.Gzip, "gzip;q=0.5,zstd;q=0.5": catalogue.Zstd,
		"gzip;q=0": catalogue.Plain, "zstd;q=0, gzip;q=0": catalogue.Plain, "*": catalogue.Gzip, "*;q=0": catalogue.Plain,
		"gzip;q=0, *": catalogue.Plain, "identity;q=1, gzip;q=0.5": catalogue.Plain, "identity;q=0.5, gzip": catalogue.Gzip,
		"identity;q=0": catalogue.Plain, "identity;q=0, *;q=0": catalogue.Plain, "gzip;q=0.000, zstd;q=0.001": catalogue.Zstd,
		"gzip;q=abc": catalogue.Gzip, "gzip;q=NaN": catalogue.Gzip, "gzip;q=-1": catalogue.Gzip, "gzip;q=7": catalogue.Gzip,
		"gzip;Q=0": catalogue.Plain, " gzip ; q=0.3 , zstd ; q=0.2 ": catalogue.Gzip, ",,;;q,": catalogue.Plain, "gzipped": catalogue.Plain,
	} {
		if got := encodingFor(header); got != want {
			t.Errorf("%q gets %s; want %s", header, got, want)
		}
	}
}

func FuzzEncodingFor(f *testing.F) {
	for _, seed := range []string{"", "gzip, deflate, br, zstd", "gzip;q=0, *", "zstd;q=0.5,gzip;q=NaN", "identity;q=0;q=1", "*;q=1e-9", ";;,=q"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got, lower := encodingFor(header), strings.ToLower(header)
		if got == catalogue.Zstd && !strings.Contains(lower, "zstd") || got == catalogue.Gzip && !strings.Contains(lower, "gzip") && !strings.Contains(lower, "*") {
			t.Errorf("%q gets %s", header, got)
		}
		if again := encodingFor(header + ", zstd;q=0"); again == catalogue.Zstd {
			t.Errorf("%q and no zstd at all gets zstd", header)
		}
	})
}

// exhibit serves a document of its own.
func (h *house) exhibit(path string, d *catalogue.Document) {
	h.shell.Quick(path)
	h.shell.Engine().GET(path, h.shell.Machine(func(c *gin.Context) error {
		s, err := h.pages.feed.current(c.Request.Context())
		if err != nil {
			return err
		}
		return h.pages.send(c, http.StatusOK, s, d)
	}))
}

// lines is text of so many bytes.
func lines(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %d of a document that compresses, but not to nothing: %x\n", i, i*i*i)
	}
	return b.Bytes()[:n]
}

// stored is a part that may be lost.
func stored(b []byte, lost func() bool) *catalogue.Part {
	m, deflated, blocks := catalogue.Pack(b)
	return catalogue.StoredPart(m, func(_ context.Context, e catalogue.Encoding) ([]byte, error) {
		if lost() {
			return nil, errLost
		}
		return [][]byte{b, deflated, blocks}[e], nil
	})
}

func TestALostPartIsAFaultAndNeverACutPage(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	var isLost atomic.Bool
	page := catalogue.Compose("text/plain", catalogue.NewPart([]byte("head\n")), stored(lines(300_000), isLost.Load))
	h.exhibit("/page", page)
	lane := clientOf(t, h.lane())
	for _, client := range []*http.Client{h.client, lane} {
		for _, encoding := range []string{"identity", "gzip", "zstd"} {
			isLost.Store(false)
			whole := h.through(client, func() answer { return h.get("/page", "Accept-Encoding", encoding) })
			isLost.Store(true)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				got := h.through(client, func() answer { return h.ask(method, "/page", "", "Accept-Encoding", encoding) })
				if got.status != http.StatusServiceUnavailable || got.header.Get("Etag") != "" || got.header.Get("Content-Encoding") != "" ||
					got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("Retry-After") == "" {
					t.Errorf("%s as %s answers %d %v", method, encoding, got.status, got.header)
				}
			}
			held := h.through(client, func() answer { return h.get("/page", "If-None-Match", whole.header.Get("Etag")) })
			if held.status != http.StatusNotModified {
				t.Errorf("who holds it is told %d", held.status)
			}
		}
	}
}

func TestALargeDocumentIsBrokenOffWhereAPartIsLost(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	var loads, lostAt atomic.Int64
	run := lines(3 << 20)
	part := stored(run, func() bool { return loads.Add(1) == lostAt.Load() })
	h.exhibit("/whole", catalogue.Compose("text/plain", part, part, part, part))
	for name, client := range map[string]*http.Client{"server": h.client, "lane": clientOf(t, h.lane())} {
		loads.Store(0)
		lostAt.Store(-1)
		whole := h.through(client, func() answer { return h.get("/whole") })
		if whole.status != http.StatusOK || !bytes.Equal(whole.body, bytes.Repeat(run, 4)) || whole.header.Get("Content-Length") != "12582912" {
			t.Errorf("%s: %d, %d bytes", name, whole.status, len(whole.body))
		}
		loads.Store(0)
		lostAt.Store(3)
		head := h.through(client, func() answer { return h.ask(http.MethodHead, "/whole", "") })
		if head.status != http.StatusOK || loads.Load() != 0 || fmt.Sprint(telling(head)) != fmt.Sprint(telling(whole)) {
			t.Errorf("%s: HEAD answers %d after %d loads: %v", name, head.status, loads.Load(), telling(head))
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/whole", nil)
		h.must(err)
		resp, err := client.Do(req)
		h.must(err)
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err == nil || n >= 12582912 || resp.ContentLength != 12582912 {
			t.Errorf("%s: %d bytes of %d, and %v", name, n, resp.ContentLength, err)
		}
	}
}

func TestWhoReadsNothingHoldsOnePartAndNoLock(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	loads := make(chan struct{}, 1000)
	run := lines(4 << 20)
	part := stored(run, func() bool { loads <- struct{}{}; return false })
	h.exhibit("/whole", catalogue.Compose("text/plain", slices.Repeat([]*catalogue.Part{part}, 20)...))
	address := strings.TrimPrefix(h.lane(), "http://")
	const readers = 10
	for range readers {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		h.must(err)
		t.Cleanup(func() { conn.Close() })
		h.must(conn.(*net.TCPConn).SetReadBuffer(4 << 10)) //nolint:forcetypeassert // it is one
		_, err = io.WriteString(conn, "GET /whole HTTP/1.1\r\nHost: jard.example\r\n\r\n")
		h.must(err)
		<-loads
	}
	for n := range 5 { // the register changes, is looked at, and is read, beside them
		h.add(4+n, 4+n)
		h.must(h.pages.Refresh(t.Context()))
		if got := h.through(clientOf(t, address), func() answer { return h.get("/data.json") }); got.status != http.StatusOK {
			t.Errorf("beside hung readers: %d", got.status)
		}
	}
	// A part and a little waits on each connection: what its buffers take, and what is being written.
	if more := len(loads); more > 3*readers {
		t.Errorf("%d parts more were loaded for who reads nothing", more)
	}
}

func TestWhoHangsUpIsNoFault(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	h.exhibit("/whole", catalogue.NewDocument("text/plain", lines(40<<20)))
	for _, address := range []string{h.server.Listener.Addr().String(), strings.TrimPrefix(h.lane(), "http://")} {
		for range 5 {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
			h.must(err)
			_, err = io.WriteString(conn, "GET /whole HTTP/1.1\r\nHost: jard.example\r\n\r\n")
			h.must(err)
			_, err = io.ReadFull(conn, make([]byte, 1000))
			h.must(errors.Join(err, conn.Close()))
		}
		if got := h.through(clientOf(t, address), func() answer { return h.get("/catalog.ttl") }); got.status != http.StatusOK {
			t.Errorf("afterwards: %d", got.status)
		}
	}
}

func TestCurlReadsEveryEncoding(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not here")
	}
	h := open(t, databasetest.Open(t), 250)
	address := h.lane()
	for _, path := range []string{"/catalog.ttl", "/catalog.jsonld?page=2", "/data.json"} {
		want := h.get(path).body
		for _, encoding := range []string{"gzip", "zstd"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			out, err := exec.CommandContext(ctx, curl, "-sSf", "--compressed", "-H", "Accept-Encoding: "+encoding, address+path).Output()
			cancel()
			if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() == 61 {
				t.Logf("this curl does not know %s", encoding)
				continue
			}
			if err != nil || !bytes.Equal(out, want) {
				t.Errorf("%s as %s: %v, %d bytes; want %d", path, encoding, err, len(out), len(want))
			}
		}
	}
}
