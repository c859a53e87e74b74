package web

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// handedConn gives the server what the lane has read, and then the connection.
// Whoever takes an answer slower than rate is given up.
type handedConn struct {
	net.Conn
	rest    []byte
	rate    int64 // bytes a second; 0: any
	grace   time.Duration
	refused *refusals
	until   atomic.Int64 // when the server gives up the whole answer, in nanoseconds; 0: never
}

// CloseWrite lets the server say its last word before it closes.
func (c *handedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Read reads first what was read already.
func (c *handedConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.rest)
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.rest = nil
	}
	return n, nil
}

// SetWriteDeadline remembers when the server gives up, so that a slow client
// is given up no later.
func (c *handedConn) SetWriteDeadline(t time.Time) error {
	c.keep(t)
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline is both deadlines.
func (c *handedConn) SetDeadline(t time.Time) error {
	c.keep(t)
	return c.Conn.SetDeadline(t)
}

func (c *handedConn) keep(t time.Time) {
	if t.IsZero() {
		c.until.Store(0)
		return
	}
	c.until.Store(t.UnixNano())
}

// piece is how much of an answer has a time of its own to be taken in.
const piece = 64 << 10

// Write sends p in pieces, each of which the client has to take in time.
func (c *handedConn) Write(p []byte) (int, error) {
	if c.rate <= 0 {
		return c.Conn.Write(p)
	}
	sent := 0
	for sent < len(p) {
		part := p[sent:min(len(p), sent+piece)]
		by := time.Now().Add(c.grace + time.Duration(int64(len(part))/c.rate)*time.Second)
		if end := c.until.Load(); end != 0 && by.UnixNano() > end {
			by = time.Unix(0, end)
		}
		if err := c.Conn.SetWriteDeadline(by); err != nil {
			return sent, err
		}
		n, err := c.Conn.Write(part)
		sent += n
		if err != nil {
			if c.refused != nil && errors.Is(err, os.ErrDeadlineExceeded) {
				c.refused.add(RefusedSlow, kindConnection)
				c.refused = nil // once
			}
			return sent, err
		}
	}
	return sent, nil
}
