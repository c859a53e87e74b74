package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

var patient = Patience{MinRate: 1024, Most: 1000, PerNetwork: 1000, Head: 20 * time.Second, Idle: 20 * time.Second, Read: 20 * time.Second}

// laneHouse serves one shell twice: through a lane, and by net/http alone.
type laneHouse struct {
	tb            testing.TB
	head          time.Duration // that a client may take to say what it wants
	shell         *Shell
	lane          *Lane
	quick, long   string
	entered, gate chan struct{} // a request for /gate has come in; it may go on
	failed        chan error    // what writing to a hung reader ended with
}

func openLane(tb testing.TB, p Patience) *laneHouse {
	tb.Helper()
	s, err := New(Options{Log: slog.New(slog.DiscardHandler), BaseURL: "http://jard.example"})
	if err != nil {
		tb.Fatal(err)
	}
	h := &laneHouse{tb: tb, head: p.Head, shell: s, entered: make(chan struct{}, 1), gate: make(chan struct{}), failed: make(chan error, 1)}
	h.routes()
	h.quick = h.serve(func(l net.Listener) net.Listener {
		h.lane = s.Lane(tb.Context(), l, p)
		return h.lane
	})
	h.long = h.serve(func(l net.Listener) net.Listener { return l })
	return h
}

func (h *laneHouse) serve(wrap func(net.Listener) net.Listener) string {
	h.tb.Helper()
	l, err := new(net.ListenConfig).Listen(h.tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		h.tb.Fatal(err)
	}
	server := &http.Server{Handler: h.shell.Handler(), ReadHeaderTimeout: h.head, MaxHeaderBytes: 64 << 10}
	ended := make(chan error, 1)
	wrapped := wrap(l)
	go func() { ended <- server.Serve(wrapped) }()
	h.tb.Cleanup(func() {
		_ = server.Close()
		if lane, ok := wrapped.(*Lane); ok {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = lane.Drain(ctx)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			h.tb.Error(err)
		}
	})
	return l.Addr().String()
}

func (h *laneHouse) routes() {
	h.shell.Quick("/fixed", "/grown", "/empty", "/none", "/gate", "/panic", "/abort", "/short", "/long", "/huge", "/redirect", "/below/")
	r, body := h.shell.Engine(), strings.Repeat("0123456789abcdef", 1000)
	fixed := func(c *gin.Context, text string) {
		c.Header("Content-Length", strconv.Itoa(len(text)))
		c.Header("X-Odd", "two\r\nlines: of it")
		c.Header("Content-Type", "text/plain")
		_, _ = io.WriteString(c.Writer, text)
	}
	r.GET("/fixed", func(c *gin.Context) { fixed(c, body+c.Query("x")) })
	r.GET("/grown", func(c *gin.Context) {
		for range 50 {
			_, _ = io.WriteString(c.Writer, "<html>")
		}
	})
	r.GET("/empty", func(c *gin.Context) { c.Status(http.StatusOK) })
	r.GET("/none", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/redirect", func(c *gin.Context) { c.Redirect(http.StatusSeeOther, "/elsewhere") })
	r.GET("/below/:id", h.shell.Machine(func(c *gin.Context) error { return errors.New(c.Param("id")) }))
	r.GET("/panic", h.shell.Machine(func(*gin.Context) error { panic("oh") }))
	r.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	r.GET("/short", func(c *gin.Context) {
		c.Header("Content-Length", "100")
		_, _ = io.WriteString(c.Writer, "not a hundred")
	})
	r.GET("/long", func(c *gin.Context) {
		c.Header("Content-Length", "3")
		_, err := io.WriteString(c.Writer, "four")
		_, _ = io.WriteString(c.Writer, "yes"[:min(3, len(fmt.Sprint(err)))])
	})
	r.GET("/gate", func(c *gin.Context) {
		h.entered <- struct{}{}
		<-h.gate
		fixed(c, body)
	})
	r.GET("/huge", func(c *gin.Context) {
		c.Header("Content-Length", strconv.Itoa(1000*len(body)*16))
		run := bytes.Repeat([]byte(body), 16)
		for range 1000 {
			if _, err := c.Writer.Write(run); err != nil {
				h.failed <- err
				return
			}
		}
		h.failed <- nil
	})
	r.POST("/fixed", func(c *gin.Context) {
		b, err := io.ReadAll(c.Request.Body)
		c.String(http.StatusOK, "%d %v", len(b), err)
	})
}

// talk sends what is written and returns the answers to so many requests.
func (h *laneHouse) talk(address string, requests int, head bool, pieces ...string) (answers []string) {
	h.tb.Helper()
	conn := h.dial(address)
	go func() {
		for _, p := range pieces {
			if _, err := io.WriteString(conn, p); err != nil {
				return
			}
		}
	}()
	in := bufio.NewReader(conn)
	method := http.MethodGet
	if head {
		method = http.MethodHead
	}
	for range requests {
		resp, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return append(answers, "closed")
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		id := resp.Header.Get("X-Request-Id")
		for _, changing := range []string{"Date", "X-Request-Id"} {
			if resp.Header.Get(changing) == "" && resp.StatusCode != http.StatusBadRequest {
				answers = append(answers, "no "+changing)
			}
			resp.Header.Del(changing)
		}
		var header bytes.Buffer
		_ = resp.Header.Write(&header)
		text := string(b)
		if id != "" { // errors name the request
			text = strings.ReplaceAll(text, id, "id")
		}
		answers = append(answers, fmt.Sprintf("%s %d %v %v\n%s\n%s", resp.Status, resp.ContentLength, resp.Close, err, header.String(), text))
	}
	return answers
}

func (h *laneHouse) dial(address string) *net.TCPConn {
	h.tb.Helper()
	conn, err := new(net.Dialer).DialContext(h.tb.Context(), "tcp", address)
	if err != nil {
		h.tb.Fatal(err)
	}
	h.tb.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn.(*net.TCPConn) //nolint:forcetypeassert // it is one
}

func TestTheLaneAnswersAsTheServerDoes(t *testing.T) {
	h := openLane(t, patient)
	for _, path := range []string{"/fixed", "/fixed?x=1&y=%20", "/grown", "/empty", "/none", "/redirect", "/below/a", "/panic", "/abort", "/short", "/long", "/"} {
		for _, method := range []string{"GET", "HEAD"} {
			if method == "HEAD" && (path == "/short" || path == "/long") {
				continue // what they would send is never tried
			}
			request := method + " " + path + " HTTP/1.1\r\nHost: x.example:80\r\nUser-Agent: a b\r\nAccept-Language: ar\r\n\r\n"
			quick := h.talk(h.quick, 1, method == "HEAD", request)
			long := h.talk(h.long, 1, method == "HEAD", request)
			if strings.Join(quick, "") != strings.Join(long, "") {
				t.Errorf("%s %s\non the lane %.600q\nby the server %.600q", method, path, quick, long)
			}
		}
	}
}

func TestWhatIsNotSimpleIsTheServersToAnswer(t *testing.T) {
	h := openLane(t, patient)
	const host = "Host: x\r\n"
	for name, raw := range map[string]string{
		"http/1.0":            "GET /fixed HTTP/1.0\r\n\r\n",
		"kept http/1.0":       "GET /fixed HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"closing":             "GET /fixed HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
		"post":                "POST /fixed HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello",
		"chunks":              "POST /fixed HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"get with a body":     "GET /fixed HTTP/1.1\r\n" + host + "Content-Length: 31\r\n\r\nGET /grown HTTP/1.1\r\nHost: y\r\n\r\n",
		"get with chunks":     "GET /fixed HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"both lengths":        "GET /fixed HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"no host":             "GET /fixed HTTP/1.1\r\n\r\n",
		"two hosts":           "GET /fixed HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"odd host":            "GET /fixed HTTP/1.1\r\nHost: a b\r\n\r\n",
		"lower case":          "get /fixed HTTP/1.1\r\n" + host + "\r\n",
		"folded":              "GET /fixed HTTP/1.1\r\n" + host + "Accept: a\r\n b\r\n\r\n",
		"blank before colon":  "GET /fixed HTTP/1.1\r\nHost : x\r\n\r\n",
		"no colon":            "GET /fixed HTTP/1.1\r\n" + host + "Accept\r\n\r\n",
		"nul":                 "GET /fixed HTTP/1.1\r\n" + host + "Accept: a\x00b\r\n\r\n",
		"bare carriage":       "GET /fixed HTTP/1.1\r\n" + host + "Accept: a\rb\r\n\r\n",
		"lines without cr":    "GET /fixed HTTP/1.1\nHost: x\n\n",
		"one line without":    "GET /fixed HTTP/1.1\r\nHost: x\nAccept: a\r\n\r\n",
		"escaped path":        "GET /fi%78ed HTTP/1.1\r\n" + host + "\r\n",
		"absolute":            "GET http://x/fixed HTTP/1.1\r\n" + host + "\r\n",
		"two slashes":         "GET //fixed HTTP/1.1\r\n" + host + "\r\n",
		"blank in the target": "GET /fixed?a b HTTP/1.1\r\n" + host + "\r\n",
		"question mark":       "GET /fixed? HTTP/1.1\r\n" + host + "\r\n",
		"fragment":            "GET /fixed#a HTTP/1.1\r\n" + host + "\r\n",
		"cookie":              "GET /fixed HTTP/1.1\r\n" + host + "Cookie: a=b\r\n\r\n",
		"token":               "GET /fixed HTTP/1.1\r\n" + host + "Authorization: Bearer x\r\n\r\n",
		"twice":               "GET /fixed HTTP/1.1\r\n" + host + "Accept: a\r\nAccept: b\r\n\r\n",
		"upgrade":             "GET /fixed HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
		"http/2":              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"long header":         "GET /fixed HTTP/1.1\r\n" + host + "Accept: " + strings.Repeat("a", 9000) + "\r\n\r\n",
		"long target":         "GET /fixed?" + strings.Repeat("a", 9000) + " HTTP/1.1\r\n" + host + "\r\n",
		"garbage":             "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
		"options":             "OPTIONS /fixed HTTP/1.1\r\n" + host + "\r\n",
		"delete":              "DELETE /fixed HTTP/1.1\r\n" + host + "\r\n",
		"another page":        "GET /healthz HTTP/1.1\r\n" + host + "\r\n",
	} {
		quick, long := h.talk(h.quick, 1, false, raw), h.talk(h.long, 1, false, raw)
		if strings.Join(quick, "") != strings.Join(long, "") {
			t.Errorf("%s\nwith a lane %.500q\nwithout     %.500q", name, quick, long)
		}
	}
}

func TestRequestsOnOneConnectionAreAnsweredInTurn(t *testing.T) {
	h := openLane(t, patient)
	get := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	all := get("/fixed?x=1") + get("/below/a") + get("/fixed?x=2") + "POST /fixed HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\n" +
		get("/grown")[:31] + get("/fixed?x=3") + get("/grown")
	want := h.talk(h.long, 6, false, all)
	once := h.talk(h.quick, 6, false, all)
	bytewise := h.talk(h.quick, 6, false, strings.Split(all, "")...)
	for i := range want {
		if once[i] != want[i] || bytewise[i] != want[i] {
			t.Errorf("request %d\nat once   %.300q\nbyte wise %.300q\nwant      %.300q", i, once[i], bytewise[i], want[i])
		}
	}
}

func TestWhoDoesNotSendIsNotWaitedFor(t *testing.T) {
	h := openLane(t, Patience{Head: 30 * time.Millisecond, Idle: 40 * time.Millisecond, Read: time.Minute})
	for name, sent := range map[string]string{
		"nothing": "", "half a head": "GET /fixed HTTP/1.1\r\nHost: ", "nothing more": "GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n",
		"half another": "GET /fixed HTTP/1.1\r\nHost: x\r\n\r\nGET /fix",
	} {
		conn := h.dial(h.quick)
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil { // the end of the connection ends it
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAHungReaderIsGivenUpAndHoldsNobody(t *testing.T) {
	h := openLane(t, Patience{Head: time.Minute, Idle: time.Minute, Read: 100 * time.Millisecond})
	conn := h.dial(h.quick)
	if err := conn.SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got := h.talk(h.quick, 1, false, "GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(got[0], "200") {
		t.Errorf("beside a hung reader: %.80q", got)
	}
	if err := <-h.failed; err == nil {
		t.Error("who reads nothing was sent everything")
	}
}

func TestWhoHangsUpIsNotSentTheRest(t *testing.T) {
	h := openLane(t, patient)
	conn := h.dial(h.quick)
	if _, err := io.WriteString(conn, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-h.failed; err == nil {
		t.Error("who hung up was sent everything")
	}
}

func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	h := openLane(t, patient)
	idle, busy := h.dial(h.quick), h.dial(h.quick)
	for _, sent := range []struct {
		conn *net.TCPConn
		path string
	}{{idle, "/empty"}, {busy, "/gate"}} {
		if _, err := io.WriteString(sent.conn, "GET "+sent.path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	in := bufio.NewReader(idle)
	if _, err := http.ReadResponse(in, nil); err != nil { //nolint:bodyclose // it has none
		t.Fatal(err)
	}
	<-h.entered
	if err := errors.Join(h.lane.Close(), h.lane.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := in.ReadByte(); err == nil {
		t.Error("a connection that waits was not closed")
	}
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- h.lane.Drain(t.Context()) }()
	<-soon.Done()
	select {
	case err := <-drained:
		t.Fatal("an answer under way was not waited for", err)
	default:
	}
	close(h.gate)
	resp, err := http.ReadResponse(bufio.NewReader(busy), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || len(b) != 16_000 {
		t.Errorf("the answer under way was cut: %d bytes, %v", len(b), err)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if _, err := h.lane.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func TestStoppingDoesNotWaitForever(t *testing.T) {
	h := openLane(t, patient)
	busy := h.dial(h.quick)
	if _, err := io.WriteString(busy, "GET /huge HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(busy, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := h.lane.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.lane.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-h.failed; err == nil {
		t.Error("it was not cut off")
	}
}

// FuzzSimple holds what the lane understands against what net/http does.
func FuzzSimple(f *testing.F) {
	for _, seed := range []string{
		"GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD /fixed?a=%20&b HTTP/1.1\r\nHost: x:80\r\nAccept:  text/turtle \r\nif-none-match: \"a\"\r\n\r\nGET",
		"GET /below/x HTTP/1.1\r\nConnection: Keep-Alive\r\nHost: [::1]\r\n\r\n", "GET /fixed HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
		"GET /fixed HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n\r\n", "GET /fixed HTTP/1.1\r\n\r\n", "GET /fixed HTTP/1.1\nHost: x\n\n", "\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	quick := &quickPaths{exact: map[string]bool{"/fixed": true}, below: []string{"/below/"}}
	a := newAsked(f.Context(), "192.0.2.1:1")
	f.Fuzz(func(t *testing.T, b []byte) {
		n, verdict := a.parse(b, quick)
		if verdict != simple {
			return
		}
		in := bufio.NewReader(bytes.NewReader(b))
		want, err := http.ReadRequest(in)
		if err != nil {
			t.Fatalf("net/http refuses it: %v", err)
		}
		rest, err := io.ReadAll(in)
		if err != nil || n != len(b)-len(rest) {
			t.Fatalf("%d bytes; net/http reads %d, %v", n, len(b)-len(rest), err)
		}
		got := &a.request
		if got.Method != want.Method || got.URL.String() != want.URL.String() || got.Host != want.Host || got.RequestURI != want.RequestURI ||
			got.Proto != want.Proto || want.ContentLength != 0 || want.Close || len(want.TransferEncoding) > 0 {
			t.Fatalf("%+v; want %+v", got, want)
		}
		if fmt.Sprint(got.Header) != fmt.Sprint(want.Header) {
			t.Fatalf("%v; want %v", got.Header, want.Header)
		}
	})
}
