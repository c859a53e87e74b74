package web

import (
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// reply is an answer on the lane. A connection has one, which is used anew
// each time. Where the length is announced the answer is passed on as it is
// written; otherwise it waits until it is whole.
type reply struct {
	conn   net.Conn
	lane   *Lane
	header http.Header
	out    []byte      // the head, and what was copied after it
	runs   net.Buffers // what follows from where it is
	all    net.Buffers // both, as they are sent
	now    time.Time

	method    string // nothing follows the head of an answer to HEAD
	status    int
	announced int64 // Content-Length; -1 where there is none
	written   int64 // bytes of the body, sent or waiting
	headed    bool  // the head stands before the body
	steady    bool  // what is written does not change until the answer is sent
	broken    bool
}

// begin forgets the former answer.
func (w *reply) begin(method string, now time.Time) {
	clear(w.header)
	*w = reply{conn: w.conn, lane: w.lane, header: w.header, out: w.out[:0], runs: w.runs[:0], all: w.all[:0], now: now, method: method, announced: -1}
}

// Steady says that what is written to w from now on does not change, so that it
// need not be copied to be sent at once.
func Steady(w http.ResponseWriter) {
	for {
		switch inner := w.(type) {
		case *reply:
			inner.steady = true
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return
		}
	}
}

// Header is what the answer will say of itself.
func (w *reply) Header() http.Header { return w.header }

// WriteHeader fixes the status.
func (w *reply) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	if length := w.header["Content-Length"]; length != nil && w.bodied() {
		if n, err := strconv.ParseInt(length[0], 10, 64); err == nil && n >= 0 {
			w.announced = n
		}
	}
}

// bodied tells whether a body follows the head.
func (w *reply) bodied() bool {
	return w.method != http.MethodHead && w.status >= http.StatusOK && w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// largeRun is what is sent from where it is rather than copied together.
const largeRun = 4 << 10

// Write takes a run of the body.
func (w *reply) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.method == http.MethodHead:
		return len(b), nil
	case !w.bodied():
		return 0, http.ErrBodyNotAllowed
	}
	w.written += int64(len(b))
	if w.announced >= 0 && w.written > w.announced {
		return 0, http.ErrContentLength
	}
	if w.announced >= 0 && !w.headed {
		w.head(b)
	}
	switch {
	case w.announced >= 0 && w.steady && (len(w.runs) > 0 || len(b) >= largeRun):
		w.runs = append(w.runs, b)
	case w.announced < 0 || len(b) < largeRun:
		w.out = append(w.out, b...)
		if w.announced >= 0 && len(w.out) >= waitingAtMost {
			return len(b), w.flush()
		}
	default:
		w.runs = append(w.runs, b)
		return len(b), w.flush()
	}
	return len(b), nil
}

// Flush does nothing: whoever announces a length is not waited for, and whoever
// does not is sent whole.
func (w *reply) Flush() {}

// flush sends what is there.
func (w *reply) flush() error {
	if w.broken {
		return net.ErrClosed
	}
	var err error
	if len(w.runs) == 0 {
		_, err = w.conn.Write(w.out)
	} else {
		w.all = append(append(w.all[:0], w.out), w.runs...)
		all := w.all
		_, err = all.WriteTo(w.conn)
		clear(w.all)
		clear(w.runs)
	}
	w.out, w.runs = w.out[:0], w.runs[:0]
	if w.broken = err != nil; errors.Is(err, os.ErrDeadlineExceeded) {
		w.lane.refused.add(RefusedSlow, kindConnection)
	}
	return err
}

// waitingAtMost is what a connection may hold of what it has copied.
const waitingAtMost = 64 << 10

// finish sends what is left; it returns false when the connection cannot be
// used any more.
func (w *reply) finish() bool {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.headed:
	case w.announced >= 0 || !w.bodied():
		w.head(nil)
	default:
		body := w.out
		w.header.Set("Content-Length", strconv.Itoa(len(body)))
		w.out = make([]byte, 0, len(body)+1024)
		w.head(body)
		w.out = append(w.out, body...)
	}
	if len(w.out) > 0 || len(w.runs) > 0 {
		_ = w.flush() // a reader who hangs up is no fault of ours
	}
	if cap(w.out) > waitingAtMost {
		w.out = nil
	}
	// A body shorter than announced ends the connection, so that it is not taken for whole.
	return !w.broken && (w.announced < 0 || w.written == w.announced) && !strings.EqualFold(w.header.Get("Connection"), "close")
}

// head puts the head of the answer before its body, whose beginning tells its
// type if nobody else does.
func (w *reply) head(body []byte) {
	w.headed = true
	if len(body) > 0 && w.header["Content-Type"] == nil {
		w.header["Content-Type"] = []string{http.DetectContentType(body)}
	}
	b := append(w.out, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(w.status), 10)
	b = append(append(append(b, ' '), http.StatusText(w.status)...), "\r\n"...)
	for name, values := range w.header {
		for _, v := range values {
			b = append(append(append(b, name...), ": "...), v...)
			for i := len(b) - len(v); i < len(b); i++ {
				if b[i] == '\r' || b[i] == '\n' { // it would begin another header
					b[i] = ' '
				}
			}
			b = append(b, "\r\n"...)
		}
	}
	b = append(b, w.lane.date(w.now)...)
	w.out = append(b, "\r\n"...)
}
