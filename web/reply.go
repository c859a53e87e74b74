package web

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reply is an answer on the lane. Where its length is announced it is passed on
// as it is written; otherwise it waits until it is whole.
type reply struct {
	rider     *rider
	asked     string // the method: nothing follows the head of an answer to HEAD
	header    http.Header
	status    int
	announced int64 // Content-Length; -1 where there is none
	sent      int64 // bytes of the body, sent or waiting
	headed    bool  // the head has been put before the body
	broken    bool
	now       time.Time
}

// Header is what the answer will say of itself.
func (w *reply) Header() http.Header { return w.header }

// WriteHeader fixes the status and the head.
func (w *reply) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	w.rider.out = w.rider.out[:0]
	switch n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); {
	case w.asked == http.MethodHead:
		w.head()
	case err == nil && n >= 0 && w.bodied():
		w.announced = n
		w.head()
	}
}

// bodied tells whether an answer with this status has a body.
func (w *reply) bodied() bool {
	return w.status >= http.StatusOK && w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// largeRun is what is sent from where it is rather than copied together.
const largeRun = 8 << 10

// Write takes a run of the body.
func (w *reply) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.asked == http.MethodHead:
		return len(b), nil
	case !w.bodied():
		return 0, http.ErrBodyNotAllowed
	case w.announced >= 0 && w.sent+int64(len(b)) > w.announced:
		return 0, http.ErrContentLength
	}
	w.sent += int64(len(b))
	r := w.rider
	if w.announced < 0 || len(r.out)+len(b) < largeRun {
		r.out = append(r.out, b...)
		return len(b), nil
	}
	runs := net.Buffers{r.out, b}
	_, err := runs.WriteTo(r.Conn)
	r.out = r.out[:0]
	if err != nil {
		w.broken = true
		return 0, err
	}
	return len(b), nil
}

// Flush does nothing: whoever announces a length is not waited for, and whoever
// does not is sent whole.
func (w *reply) Flush() {}

// finish sends what is left; it returns false when the connection cannot be
// used any more.
func (w *reply) finish() bool {
	w.WriteHeader(http.StatusOK)
	r := w.rider
	if !w.headed {
		body := r.out
		r.out = make([]byte, 0, len(body)+1024)
		if w.bodied() {
			if w.header.Get("Content-Type") == "" && len(body) > 0 {
				w.header.Set("Content-Type", http.DetectContentType(body))
			}
			w.header.Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.head()
		r.out = append(r.out, body...)
	}
	if len(r.out) > 0 && !w.broken {
		_, err := r.Conn.Write(r.out)
		w.broken = err != nil
	}
	if cap(r.out) > 64<<10 {
		r.out = nil // a connection that waits holds little
	}
	// A body shorter than announced ends the connection, so that it is not taken for whole.
	return !w.broken && (w.announced < 0 || w.sent == w.announced) && !strings.EqualFold(w.header.Get("Connection"), "close")
}

// head writes the head of the answer.
func (w *reply) head() {
	w.headed = true
	b := append(w.rider.out, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(w.status), 10)
	b = append(append(append(b, ' '), http.StatusText(w.status)...), '\r', '\n')
	for name, values := range w.header {
		for _, v := range values {
			b = append(append(b, name...), ':', ' ')
			b = append(append(b, oneLine(v)...), '\r', '\n')
		}
	}
	b = append(b, w.rider.lane.date(w.now)...)
	w.rider.out = append(b, '\r', '\n')
}

// oneLine keeps a value from beginning another header.
func oneLine(v string) string {
	if strings.ContainsAny(v, "\r\n") {
		return strings.NewReplacer("\r", " ", "\n", " ").Replace(v)
	}
	return v
}
