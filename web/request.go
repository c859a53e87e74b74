package web

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// request is what the shell knows of the request being answered. It travels in
// the request's context, so that huma's handlers and the rooms read it alike.
type request struct {
	shell   *Shell
	id      string
	method  string // as sent: the engine sees GET for HEAD
	lang    lang.Tag
	actor   identity.Actor
	machine bool          // the caller is a program
	bearer  bool          // the actor presented a token, which no browser adds by itself
	body    io.ReadCloser // unbounded, for routes that take more than usual
	time    time.Duration // that the answer may take; 0: any
	refused Refusal       // why the request is refused; no reason while it is not
	reused  bool          // it belongs to a connection on the lane, and serves its next request, too
}

type requestKey struct{}

// requestOf is never nil: outside the shell it is the public, in French.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{lang: lang.French}
}

func withRequest(ctx context.Context, r *request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// ActorFrom tells who is asking.
func ActorFrom(ctx context.Context) identity.Actor { return requestOf(ctx).actor }

// LangFrom tells in which language to answer.
func LangFrom(ctx context.Context) lang.Tag { return requestOf(ctx).lang }

// RequestID names the request in the log and on error pages.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// MethodFrom is the method as it was sent: the engine sees GET for HEAD.
func MethodFrom(ctx context.Context) string { return requestOf(ctx).method }

// ByToken tells whether the caller presented an API token instead of signing in.
func ByToken(ctx context.Context) bool { return requestOf(ctx).bearer }

// WithActor returns a context in which a asks. Tests use it to speak for somebody.
func WithActor(ctx context.Context, a identity.Actor) context.Context {
	r := *requestOf(ctx)
	r.actor = a
	return withRequest(ctx, &r)
}

// begin gives the request its name. What a caller may already have put into
// the context (a test's actor) stays.
func (s *Shell) begin(c *gin.Context) {
	r := requestOf(c.Request.Context())
	if r.reused {
		*r = request{lang: lang.French, reused: true}
	} else {
		own := *r
		r = &own
		c.Request = c.Request.WithContext(withRequest(c.Request.Context(), r))
	}
	r.shell, r.id, r.body = s, rand.Text()[:16], c.Request.Body
	r.method = c.Request.Method
	if wasHead(c.Request.Context()) {
		r.method = "HEAD"
	}
	c.Header("X-Request-Id", r.id)
	c.Next()
}
