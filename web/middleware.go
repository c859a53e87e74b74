package web

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// logged writes one line per request. It says which route was asked, never
// what was asked of it: addresses hold names, queries hold what people search.
func (s *Shell) logged(c *gin.Context) {
	start := time.Now()
	c.Next()
	s.counted(c)
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	s.logOf(requestOf(c.Request.Context()).method, route).LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
		slog.Int("status", c.Writer.Status()),
		slog.Int("bytes", max(c.Writer.Size(), 0)),
		slog.Float64("ms", float64(time.Since(start).Microseconds())/1000),
		slog.String("request", RequestID(c.Request.Context())))
}

// asking is what a request asks for, as far as the log may know.
type asking struct{ method, route string }

// logOf is the log of what is asked for, which has written that down already:
// there are as many as routes.
func (s *Shell) logOf(method, route string) *slog.Logger {
	a := asking{method, route}
	s.logs.RLock()
	log := s.logs.of[a]
	s.logs.RUnlock()
	if log != nil {
		return log
	}
	log = s.log.With("method", method, "route", route)
	if !knownMethod(method) {
		return log // a stranger may invent any number of them
	}
	s.logs.Lock()
	defer s.logs.Unlock()
	if s.logs.of == nil {
		s.logs.of = map[asking]*slog.Logger{}
	}
	s.logs.of[a] = log
	return log
}

func knownMethod(method string) bool { return slices.Contains(usualMethods, method) }

var usualMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// recovered turns a panic into the page that says we are at fault.
func (s *Shell) recovered(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p) // net/http's own way to cut a connection
		}
		s.log.Error("panic", "route", c.FullPath(), "request", RequestID(c.Request.Context()),
			"cause", fmt.Sprint(p), "stack", string(debug.Stack()))
		c.Abort()
		if !c.Writer.Written() {
			s.answer(c, http.StatusInternalServerError, nil)
		}
	}()
	c.Next()
}

// headers tells browsers what pages of ours never do.
func (s *Shell) headers(c *gin.Context) {
	h := c.Writer.Header()
	for _, line := range safety {
		h[line.name] = line.value
	}
	if s.opts.Leaving != nil && s.opts.Leaving() {
		h.Set("Connection", "close") // before it is closed under somebody's next request
	}
	if s.open[c.FullPath()] {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	c.Next()
}

// constant is a header that is the same for every answer: a list of one, which
// nobody changes, and adding to it makes another.
type constant struct {
	name  string
	value []string
}

// always returns the constant header.
func always(name, value string) constant { return constant{name, []string{value}[:1:1]} }

// safety is the same for every answer.
var safety = [...]constant{
	always("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
	always("X-Content-Type-Options", "nosniff"),
	always("Referrer-Policy", "strict-origin-when-cross-origin"),
	always("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
	always("Cross-Origin-Opener-Policy", "same-origin"),
}

// bounded cuts bodies at the limit; reading past it is fault.TooLarge. Files
// that a form brought along are removed: net/http does so for the request it
// made, and ours is a copy of that one.
func (s *Shell) bounded(c *gin.Context) {
	if packed := c.GetHeader("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		refusedFor(c.Request.Context(), RefusedPacked)
		c.Header("Accept-Encoding", "identity") // what is sent is never unpacked, so that nothing grows in our hands
		s.answer(c, http.StatusUnsupportedMediaType, fault.New(fault.Invalid, "limit.packed"))
		c.Abort()
		return
	}
	if r := requestOf(c.Request.Context()); s.opts.MinRate > 0 && r.body != nil && r.body != http.NoBody {
		r.body = &slowBody{inner: r.body, control: http.NewResponseController(c.Writer), begun: time.Now(), grace: s.opts.Grace, rate: s.opts.MinRate}
	}
	s.limit(c, s.mayYetSend(c))
	defer func() {
		if form := c.Request.MultipartForm; form != nil {
			if err := form.RemoveAll(); err != nil {
				s.log.Error("uploads not removed", "request", RequestID(c.Request.Context()), "err", err)
			}
		}
	}()
	c.Next()
}

// publicBody is what somebody unknown may send: a sign-in, an answer, a question.
const publicBody = 1 << 20

// mayYetSend is how much may be sent by whoever the caller is known to be so far.
func (s *Shell) mayYetSend(c *gin.Context) int64 {
	if s.knows(c) {
		return s.opts.MaxBody
	}
	return min(s.opts.MaxBody, publicBody)
}

// knows tells whether the caller has said who they are, where that can be said.
func (s *Shell) knows(c *gin.Context) bool {
	return s.opts.Authenticate == nil || requestOf(c.Request.Context()).actor.Known()
}

func (s *Shell) limit(c *gin.Context, n int64) {
	switch r := requestOf(c.Request.Context()); {
	case r.body == nil || r.body == http.NoBody:
	case c.Request.ContentLength > n:
		c.Request.Body = announced{r.body, n}
	default:
		c.Request.Body = http.MaxBytesReader(c.Writer, r.body, n)
	}
}

// announced is a body that says itself that it is too large. Nothing of it is
// read: who asked whether to send it at all (Expect) is spared the sending, and
// proxies are not cut off in the middle of it, which they make a 502 of.
type announced struct {
	io.ReadCloser
	limit int64
}

func (a announced) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: a.limit} }

// MaxBody lets one route take bodies of n bytes: put it before the handler.
func (s *Shell) MaxBody(n int64) gin.HandlerFunc {
	return func(c *gin.Context) { s.limit(c, n) }
}

// identified finds out who is asking. A browser's dead session makes a member
// of the public; a script's dead token is told so at once.
func (s *Shell) identified(c *gin.Context) {
	r := requestOf(c.Request.Context())
	if s.opts.Authenticate == nil || r.actor.Known() || s.unasked(c) || strings.HasPrefix(c.Request.URL.Path, "/static/") {
		return
	}
	actor, bearer, err := s.whoIs(c)
	switch kind, _ := fault.KindOf(err); {
	case err == nil:
		r.actor, r.bearer = actor, bearer
		s.limit(c, s.mayYetSend(c))
		s.preferred(c, r)
	case kind == fault.Unauthenticated && !bearer:
		s.EndSession(c)
	default:
		s.fail(c, s.guessed(c, err))
	}
}

func (s *Shell) whoIs(c *gin.Context) (_ identity.Actor, bearer bool, _ error) {
	if scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		a, err := s.opts.Authenticate.ByToken(c.Request.Context(), strings.TrimSpace(token))
		return a, true, err
	}
	token, err := c.Cookie(s.cookieName())
	if err != nil || token == "" {
		return identity.Actor{}, false, nil
	}
	a, err := s.opts.Authenticate.BySession(c.Request.Context(), token)
	return a, false, err
}

// sameSite refuses what another site makes a browser send with our cookie. A
// bearer token is never sent by itself, so those who hold one may come from
// anywhere.
func (s *Shell) sameSite(c *gin.Context) {
	if requestOf(c.Request.Context()).bearer {
		return
	}
	if err := s.origins.Check(c.Request); err != nil {
		refusedFor(c.Request.Context(), RefusedSite)
		s.fail(c, fault.New(fault.Forbidden, "fault.cross_site"))
	}
}

// mustChange leads somebody who signed in with a password given by another, or
// whose role needs codes of a device, to the page where they see to that,
// whatever they asked for.
func (s *Shell) mustChange(c *gin.Context) {
	r := requestOf(c.Request.Context())
	path := c.Request.URL.Path
	key, to := "", ""
	switch {
	case r.actor.MustChange:
		key, to = "account.password.change_first", "/account"
	case r.actor.MustEnrol:
		key, to = "account.totp.first", "/account/totp"
	default:
		return
	}
	open := []string{"/account", "/account/password", "/account/language", "/logout", "/healthz", "/readyz"}
	if r.actor.MustEnrol && !r.actor.MustChange {
		open = append(open, "/account/totp", "/account/proof")
	}
	if slices.Contains(open, path) || strings.HasPrefix(path, "/static/") {
		return
	}
	if s.isMachine(c) {
		s.fail(c, fault.New(fault.Forbidden, key))
		return
	}
	c.Redirect(http.StatusSeeOther, to)
	c.Abort()
}
