package web

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Hundreds of clients send a byte now and then, of heads and of bodies, or read
// nothing of what they asked for. The others are served meanwhile, and in the
// end every one of them is given up.
func TestHundredsWhoDripHoldUpNobody(t *testing.T) {
	h := openLane(t, Patience{Head: 300 * time.Millisecond, Idle: 300 * time.Millisecond, Read: 300 * time.Millisecond})
	starts := []string{
		"G", "GET /fixed HTTP/1.1\r\nHost: x\r\nX-A: ", "POST /fixed HTTP/1.1\r\nHost: x\r\nContent-Le",
		"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: a",
	}
	const clients = 400
	var dripping sync.WaitGroup
	for n := range clients {
		conn := h.dial(h.quick)
		dripping.Go(func() {
			if _, err := io.WriteString(conn, starts[n%len(starts)]); err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, conn) // until it is closed, politely or not
		})
	}
	for n := range 20 {
		target := []string{"/fixed", "/healthz"}[n%2]
		if got := h.talk(h.quick, 1, false, "GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(got[0], "200") {
			t.Errorf("beside %d who drip: %.80q", clients, got)
		}
	}
	dripping.Wait() // each was given up; else the test would not end
}

// elsewhere is a connection that says it comes from another address.
type elsewhere struct {
	net.Conn
	address string
	closed  *sync.WaitGroup
}

func (e elsewhere) RemoteAddr() net.Addr { return named(e.address) }

type named string

func (named) Network() string  { return "tcp" }
func (n named) String() string { return string(n) }

func (e elsewhere) Close() error { e.closed.Done(); return e.Conn.Close() }

func TestOneNetworkHoldsOnlySoManyConnections(t *testing.T) {
	l := &Lane{patience: Patience{Most: 8, PerNetwork: 2}, refused: &refusals{}}
	var err error
	if l.proxies, err = networks([]string{"10.0.0.0/8"}); err != nil {
		t.Fatal(err)
	}
	var closed sync.WaitGroup
	come := func(address string) net.Conn {
		a, b := net.Pipe()
		t.Cleanup(func() { a.Close(); b.Close() })
		conn, ok := l.admit(elsewhere{a, address, &closed})
		if !ok {
			return nil
		}
		return conn
	}
	held := []net.Conn{}
	for _, tt := range []struct {
		address string
		in      bool
	}{
		{"192.0.2.1:1", true},
		{"192.0.2.1:2", true},
		{"192.0.2.1:3", false},
		{"192.0.2.2:1", true},
		{"[2001:db8::1]:1", true},
		{"[2001:db8::2]:1", true},
		{"[2001:db8::3]:1", false}, // the same /64
		{"10.0.0.1:1", true},       // a proxy brings many
		{"10.0.0.1:2", true},
		{"10.0.0.1:3", true},
		{"127.0.0.1:1", false}, // there are eight
	} {
		conn := come(tt.address)
		if (conn != nil) != tt.in {
			t.Errorf("%s is let in = %t; want %t", tt.address, conn != nil, tt.in)
		}
		if conn != nil {
			held = append(held, conn)
		}
	}
	told := (&Shell{refused: l.refused}).Refused()
	if len(told) != 2 || told[Refusal{RefusedNetwork, kindConnection}] != 2 || told[Refusal{RefusedFull, kindConnection}] != 1 {
		t.Errorf("counted as refused: %v", told)
	}
	for _, conn := range held {
		closed.Add(2)
		conn.Close()
		conn.Close() // twice counts once
	}
	closed.Wait()
	if l.crowd.all != 0 || len(l.crowd.from) != 0 {
		t.Errorf("%d connections and %d networks are still counted", l.crowd.all, len(l.crowd.from))
	}
}

// A client that takes nothing is given up after the grace, long before the
// whole answer's time is up; one that takes everything gets everything.
func TestWhoTakesAnAnswerTooSlowlyIsGivenUp(t *testing.T) {
	for _, reads := range []bool{true, false} {
		near, far := tcpPair(t)
		c := &handedConn{Conn: near, rest: []byte("ab"), rate: 1 << 30, grace: 50 * time.Millisecond}
		if reads {
			c.grace = time.Minute
			go func() { _, _ = io.Copy(io.Discard, far) }()
		}
		if err := c.SetWriteDeadline(time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		whole := make([]byte, 32<<20) // more than any buffer between
		n, err := c.Write(whole)
		if reads && (n != len(whole) || err != nil) {
			t.Errorf("who reads was sent %d of %d bytes, %v", n, len(whole), err)
		}
		if !reads && (n == len(whole) || !errors.Is(err, os.ErrDeadlineExceeded)) {
			t.Errorf("who reads nothing was sent %d bytes, %v", n, err)
		}
	}
}

func TestTheServersOwnDeadlineComesFirst(t *testing.T) {
	near, _ := tcpPair(t)
	c := &handedConn{Conn: near, rate: 1 << 30, grace: time.Hour}
	if err := c.SetDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("late")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	if err := c.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("again")); err != nil {
		t.Errorf("without one: %v", err)
	}
}

// tcpPair is both ends of a connection.
func tcpPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}
