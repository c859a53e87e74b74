package probe

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"

	"github.com/ohler55/ojg/jp"
)

func readable(path string) bool {
	_, err := jp.ParseString(path)
	return err == nil
}

func listen6(t *testing.T) (net.Listener, error) {
	t.Helper()
	return new(net.ListenConfig).Listen(t.Context(), "tcp6", "[::1]:0")
}

// allow lets a prober into further networks.
func allow(t *testing.T, networks ...string) func(*Options) {
	t.Helper()
	guard, err := outgoing.New(append(networks, "127.0.0.0/8"))
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Guard = guard }
}

// bomb is a gibibyte of zeros, packed.
func bomb(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	zeros := make([]byte, 1<<20)
	for range 1 << 7 { // 128 MiB are enough to tell
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// What a target may do to a prober: none of it costs more than the timeout and
// a bounded amount of memory, and each is told for what it is.
func TestHostileTargets(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	packed := bomb(t)
	text := func(c *monitor.Check) { c.Expect.Contains = []string{"needle"} }
	for _, tt := range []struct {
		name   string
		answer func(net.Conn)
		change func(*monitor.Check)
		reason monitor.Reason
	}{
		{"a gigabyte when the text is asked for", func(c net.Conn) {
			_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
			for chunk := make([]byte, 64<<10); err == nil; {
				_, err = c.Write(chunk)
			}
		}, text, monitor.Assertion},
		{"a gzip bomb when the text is asked for", func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(packed))
			_, _ = c.Write(packed)
		}, text, monitor.Assertion},
		{"a gzip that is none", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\nneedle")
		}, text, monitor.None},
		{"one header as long as a book", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n")
		}, nil, monitor.Protocol},
		{"HTTP/0.9", func(c net.Conn) { _, _ = io.WriteString(c, "<html>hello</html>\n") }, nil, monitor.Protocol},
		{"garbage", func(c net.Conn) { _, _ = c.Write(bytes.Repeat([]byte{0, 255, 10}, 2000)) }, nil, monitor.Protocol},
		{"a status that is no number", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 OK\r\n\r\n") }, nil, monitor.Protocol},
		{"a length below nothing", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n") }, nil, monitor.Protocol},
		{"two lengths", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef")
		}, nil, monitor.Protocol},
		{"chunks that are none", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
		}, nil, monitor.Protocol},
		{"a body that ends early", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
		}, nil, monitor.Connect},
		{"a byte at a time of the head", func(c net.Conn) {
			_, _ = io.WriteString(c, "H")
			<-hang
		}, nil, monitor.Timeout},
		{"a redirect to itself", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
		}, nil, monitor.Redirected},
		{"a redirect to the cloud's secrets", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0\r\n\r\n")
		}, nil, monitor.Blocked},
		{"a redirect with a megabyte of address", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /"+strings.Repeat("a", 100<<10)+"\r\nContent-Length: 0\r\n\r\n")
		}, nil, monitor.Redirected},
		{"a JSON nested without end", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("[", 500_000))
		}, func(c *monitor.Check) { c.Expect.JSON = monitor.ReadClaims("$..a") }, monitor.Assertion},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			change := func(*monitor.Check) {}
			if tt.change != nil {
				change = tt.change
			}
			r := look(t, prober(t), raw(t, tt.answer), within(2*time.Second), change, func(c *monitor.Check) {
				if tt.reason == monitor.Timeout {
					c.Timeout = 200 * time.Millisecond
				}
			})
			runtime.ReadMemStats(&after)
			if r.Reason != tt.reason {
				t.Errorf("read %v, %q (%s); want %q", r.Verdict, r.Reason, r.Detail, tt.reason)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("one look took %d MiB", used>>20)
			}
			if len(r.Detail) > maxDetail+100 || len(r.URL) > maxDetail+100 {
				t.Errorf("the reading keeps %d and %d letters", len(r.Detail), len(r.URL))
			}
		})
	}
}

func TestTheResolverIsDown(t *testing.T) {
	p := prober(t, func(o *Options) {
		o.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:1")
		}}
	})
	r := look(t, p, "http://service.example/", within(500*time.Millisecond))
	want(t, r, monitor.Suspect, monitor.NoDNS)
}

func TestANameChangesItsAddressBetweenCheckAndConnect(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	p := prober(t, func(o *Options) { o.Resolver = resolver(t, "127.0.0.1", "10.0.0.1") })
	want(t, look(t, p, "http://service.example:"+port+"/"), monitor.Up, monitor.None)
	// Asked again the name points inside: nothing is remembered, each look resolves and is refused afresh.
	want(t, look(t, p, "http://service.example:"+port+"/"), monitor.Unknown, monitor.Blocked)
}

func TestASlowHandshake(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				// The head of a handshake record that promises 4 KiB, then a byte now and then.
				_, err := conn.Write([]byte{22, 3, 3, 16, 0})
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				for err == nil {
					<-tick.C
					_, err = conn.Write([]byte{0})
				}
			}()
		}
	}()
	want(t, look(t, prober(t), "https://"+l.Addr().String(), within(200*time.Millisecond)), monitor.Suspect, monitor.Timeout)
	handshake := func(c *monitor.Check) { c.Kind = monitor.TLS }
	want(t, look(t, prober(t), l.Addr().String(), within(200*time.Millisecond), handshake), monitor.Suspect, monitor.Timeout)
}

// speak answers each connection as a server of mail does, then secures it.
func speak(t *testing.T, pair tls.Certificate, lines ...string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				buf := make([]byte, 512)
				for n, line := range lines {
					if n > 0 {
						if _, err := conn.Read(buf); err != nil {
							return
						}
					}
					_, _ = io.WriteString(conn, line)
				}
				secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}}) //nolint:gosec // a test server
				_ = secured.HandshakeContext(t.Context())
			}()
		}
	}()
	return l.Addr().String()
}
