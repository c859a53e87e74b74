package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
)

// doorOf is the kind of door that the request came through: what the wiring
// says of its route, found once for each.
func (s *Shell) doorOf(c *gin.Context) *Door {
	if s.opts.Doors == nil {
		return nil
	}
	a := asking{requestOf(c.Request.Context()).method, c.FullPath()}
	if d, ok := s.doors.Load(a); ok {
		return d.(*Door) //nolint:forcetypeassert // nothing else is kept there
	}
	d := s.opts.Doors(a.method, a.route)
	if knownMethod(a.method) {
		s.doors.Store(a, d) // as many as routes
	}
	return d
}

// timed ends the work on an answer when its time is up: every statement of the
// database that the request began ends with it. What the lane answers by
// itself is ready, and has no time but the connection's.
func (s *Shell) timed(c *gin.Context) {
	d := s.doorOf(c)
	if d == nil || d.Time <= 0 || requestOf(c.Request.Context()).reused {
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.Time)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	requestOf(ctx).time = d.Time
	c.Next()
}

// tooLate turns whatever went wrong because the time was up into a fault.
func tooLate(ctx context.Context, err error) error {
	if _, ok := fault.KindOf(err); ok || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	if t := requestOf(ctx).time; t > 0 {
		refusedFor(ctx, RefusedTime)
		return errors.Join(fault.New(fault.Unavailable, "limit.time", t), err)
	}
	return err
}

// paced lets a caller come as often as the door allows. Somebody known is
// counted by name, wherever they come from; the others by their network.
func (s *Shell) paced(c *gin.Context) {
	if err := s.charge(c, s.doorOf(c)); err != nil {
		s.fail(c, err)
	}
}

func (s *Shell) charge(c *gin.Context, d *Door) error {
	if d == nil {
		return nil
	}
	r := requestOf(c.Request.Context())
	table, caller, n := s.pace.known, []byte(nil), 0
	switch {
	case r.actor.Known() && r.bearer:
		n, caller = d.Rate.Token, []byte(c.GetHeader("Authorization"))
	case r.actor.Known():
		n, caller = d.Rate.Account, []byte(r.actor.Account)
	default:
		table, n = s.pace.strangers, d.Rate.Address
	}
	if n <= 0 {
		return nil
	}
	if caller == nil {
		address := c.ClientIP()
		if s.exempt(address) {
			return nil
		}
		s.warnOfProxy(c)
		caller = networkOf(address)
	}
	l := spend(s.pace.place(table, d.Kind, caller), partOf(n, s.Processes()), s.now())
	s.tell(c, d, l)
	if l.wait > 0 {
		r.refused = Refusal{RefusedRate, d.Kind}
		return fault.New(fault.Throttled, "limit.rate", l.wait)
	}
	return nil
}

// guessed counts a token that is none against the network it came from: to try
// tokens costs what it costs to try passwords.
func (s *Shell) guessed(c *gin.Context, err error) error {
	if s.opts.Doors == nil {
		return err
	}
	if kind, _ := fault.KindOf(err); kind != fault.Unauthenticated {
		return err
	}
	if late := s.charge(c, s.opts.Doors(http.MethodPost, "/login")); late != nil {
		return late
	}
	return err
}

// tell says how much is left, as the draft of the IETF writes it. Programs that
// come by the thousand are told only when less than half of it is.
func (s *Shell) tell(c *gin.Context, d *Door, l left) {
	if d.Many && l.now > l.of/2 {
		return
	}
	h := c.Writer.Header()
	h.Set("RateLimit-Policy", strconv.Quote(d.Kind)+";q="+strconv.Itoa(l.of)+";w="+seconds(window))
	h.Set("RateLimit", strconv.Quote(d.Kind)+";r="+strconv.Itoa(l.now)+";t="+seconds(l.whole))
}

// exempt tells whether an address may come as often as it likes.
func (s *Shell) exempt(address string) bool {
	if len(s.unpaced) == 0 {
		return false
	}
	a, err := netip.ParseAddr(address)
	for _, network := range s.unpaced {
		if err == nil && network.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// warnOfProxy says once that a proxy stands before us which nobody named: all
// who come through it share one allowance.
func (s *Shell) warnOfProxy(c *gin.Context) {
	if len(s.opts.TrustedProxies) > 0 || c.Request.Header["X-Forwarded-For"] == nil {
		return
	}
	a, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	if from := a.Addr().Unmap(); err == nil && (from.IsLoopback() || from.IsPrivate()) {
		s.unnamed.Do(func() {
			s.log.Warn("requests come through a proxy that trusted_proxies does not name: everybody behind it counts as one caller")
		})
	}
}

// slowBody is a body that must come at some pace: a client who sends a byte
// now and then holds a connection and whoever works on it.
type slowBody struct {
	inner   io.ReadCloser
	control *http.ResponseController
	begun   time.Time
	grace   time.Duration
	rate    int64 // bytes a second
	read    int64
}

// usualGrace is how long a client may do nothing before its pace counts.
const usualGrace = 20 * time.Second

// Read reads what has come, and gives up on who is slower than the pace.
func (b *slowBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(b.begun.Add(b.grace + time.Duration(b.read/b.rate)*time.Second)) // where there is no connection nobody is slow
	n, err := b.inner.Read(p)
	b.read += int64(n)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, fault.New(fault.TooSlow, "limit.slow", b.rate)
	case err != nil:
		_ = b.control.SetReadDeadline(time.Time{}) // the server listens for a hang-up now, however long the answer takes
	}
	return n, err
}

// Close closes the body.
func (b *slowBody) Close() error { return b.inner.Close() }
