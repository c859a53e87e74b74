package web

import (
	"errors"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// The states of a rider.
const (
	waiting   int32 = iota // for a request
	answering              // one
	gone                   // closed from outside
)

// rider is one connection on the lane.
type rider struct {
	net.Conn
	lane  *Lane
	state atomic.Int32
	buf   []byte // what was read and not yet answered
	asked *asked
	reply *reply

	readUntil, writeUntil time.Time
}

// headAtMost bounds the head of a simple request; a longer one is not simple.
const headAtMost = 4 << 10

// run answers requests until one is not simple or the client is done.
func (r *rider) run() {
	handOn := false
	defer func() {
		if p := recover(); p != nil {
			handOn = false
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				r.lane.log.Error("panic", "route", "lane", "cause", p, "stack", string(debug.Stack()))
			}
		}
		r.lane.leave(r)
		if !handOn {
			r.Close()
		}
	}()
	r.buf = make([]byte, 0, headAtMost)
	r.asked = newAsked(r.lane.base, r.RemoteAddr().String())
	r.reply = &reply{conn: r.Conn, lane: r.lane, header: make(http.Header, 32)}
	if !r.ride() || r.SetDeadline(time.Time{}) != nil { // the server has its own deadlines
		return
	}
	select {
	case r.lane.handed <- &handedConn{Conn: r.Conn, rest: r.buf, rate: r.lane.patience.MinRate, grace: r.lane.patience.Grace, refused: r.lane.refused}:
		handOn = true
	case <-r.lane.closed:
	}
}

// ride answers requests; it returns true when what was read is for the server.
func (r *rider) ride() (handOn bool) {
	r.readBy(time.Now().Add(r.lane.patience.Head))
	begun := true // the head of a request: the client has only so long to send the rest
	for {
		n, verdict := r.asked.parse(r.buf, r.lane.quick)
		switch {
		case verdict == notSimple:
			return true
		case verdict == simple:
			now := time.Now()
			if !r.answer(now) {
				return false
			}
			r.buf = r.buf[:copy(r.buf, r.buf[n:])]
			r.readBy(now.Add(r.lane.patience.Idle))
			begun = false
			continue
		case len(r.buf) > 0 && !begun:
			r.readBy(time.Now().Add(r.lane.patience.Head))
			begun = true
		}
		read, err := r.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+read]
		if read == 0 && err != nil {
			if len(r.buf) > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
				r.lane.refused.add(RefusedSlow, kindConnection)
			}
			return false
		}
	}
}

// slack is how much earlier than asked for a connection may be given up: a
// deadline that is near enough is left as it is.
const slack = 5 * time.Second

func (r *rider) readBy(t time.Time) {
	if ahead := t.Sub(r.readUntil); ahead < 0 || ahead > slack {
		r.readUntil = t
		_ = r.SetReadDeadline(t) // a closed connection says so when it is read
	}
}

func (r *rider) writeBy(t time.Time) {
	if ahead := t.Sub(r.writeUntil); ahead < 0 || ahead > slack {
		r.writeUntil = t
		_ = r.SetWriteDeadline(t)
	}
}

// answer lets the handler answer; it returns false when the connection has
// come to its end.
func (r *rider) answer(now time.Time) (more bool) {
	if !r.state.CompareAndSwap(waiting, answering) {
		return false
	}
	r.writeBy(now.Add(r.lane.patience.Read))
	r.reply.begin(r.asked.request.Method, now)
	r.lane.handler.ServeHTTP(r.reply, &r.asked.request)
	more = r.reply.finish()
	r.state.Store(waiting)
	select {
	case <-r.lane.closed:
		return false
	default:
		return more
	}
}
