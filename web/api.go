package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
)

// Names of the two ways a caller of the JSON API says who it is.
const (
	bearerScheme  = "bearer"
	sessionScheme = "session"
)

// PublicOperation is the Security of an operation that asks nobody's name.
func PublicOperation() []map[string][]string { return []map[string][]string{} }

func (s *Shell) buildAPI() {
	teachHuma()
	version := s.opts.Version
	if version == "" {
		version = "dev"
	}
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	s.api = humagin.New(s.engine, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Jard", Version: version, Description: "The register of public data " +
				"and the watch over public online services. Lists page by an opaque cursor; errors are " +
				"problem+json (RFC 9457) in the language of Accept-Language or ?lang=; unknown fields are refused."},
			Servers: []*huma.Server{{URL: s.base.String()}},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				bearerScheme:  {Type: "http", Scheme: "bearer", Description: "An API token, from the account page."},
				sessionScheme: {Type: "apiKey", In: "cookie", Name: s.cookieName(), Description: "A browser's session."},
			}},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
	})
	s.spec = sync.OnceValues(s.describe)
}

// Register adds an operation to the JSON API. A fault the handler returns
// becomes problem+json; any other error is logged and hidden. Unless op says
// otherwise the description asks for a token or a session; who may do what is
// decided by the rule the handler calls.
func Register[In, Out any](s *Shell, op huma.Operation, handler func(context.Context, *In) (*Out, error)) {
	if op.Security == nil {
		op.Security = []map[string][]string{{bearerScheme: {}}, {sessionScheme: {}}}
	}
	op.Middlewares = append(huma.Middlewares{s.gate(op), s.bodyOf(op)}, op.Middlewares...)
	op.MaxBodyBytes = -1 // the shell's own limit holds, and answers better
	defer s.bindParameters(op)
	huma.Register(s.api, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, op, err)
		}
		return out, nil
	})
}

// RegisterSealed adds an operation whose In has a RawBody and no Body: the
// handler learns who signed the bytes before it reads them. The description
// says that they are JSON of the type body.
func RegisterSealed[In, Out any](s *Shell, op huma.Operation, body reflect.Type, handler func(context.Context, *In) (*Out, error)) {
	op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
	Register(s, op, handler)
	clear(op.RequestBody.Content)
	op.RequestBody.Content["application/json"] = &huma.MediaType{Schema: s.api.OpenAPI().Components.Schemas.Schema(body, true, "")}
}

// gate asks who is calling before a write is read at all: a stranger is told to
// sign in, not what is wrong with the body. Who may do what stays with the rule.
func (s *Shell) gate(op huma.Operation) func(huma.Context, func(huma.Context)) {
	writes := op.Method != http.MethodGet && len(op.Security) > 0
	return func(ctx huma.Context, next func(huma.Context)) {
		if c := humagin.Unwrap(ctx); writes && !s.knows(c) {
			s.fail(c, fault.New(fault.Unauthenticated, "identity.sign_in_first"))
			return
		}
		next(ctx)
	}
}

// operationBody is what an operation takes that names no limit of its own: four
// times the largest dataset, and little enough that the many times larger
// values JSON is read into do no harm.
const operationBody = 4 << 20

// bodyOf bounds the body of an operation: as it says itself, and of somebody
// unknown no more than publicBody, unless the operation asks nobody's name.
func (s *Shell) bodyOf(op huma.Operation) func(huma.Context, func(huma.Context)) {
	asked := min(operationBody, s.opts.MaxBody)
	if op.MaxBodyBytes > 0 {
		asked = op.MaxBodyBytes
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		c, n := humagin.Unwrap(ctx), asked
		if !s.knows(c) && (op.MaxBodyBytes <= 0 || len(op.Security) > 0) {
			n = min(n, publicBody)
		}
		s.limit(c, n)
		next(ctx)
	}
}

// problem tells err to the caller of an operation.
func (s *Shell) problem(ctx context.Context, op huma.Operation, err error) error {
	if _, own := errors.AsType[huma.StatusError](err); own {
		return err // the room chose an answer that is no fault, such as 304
	}
	err = settled(op.Method, tooLate(ctx, known(err)))
	status := StatusOf(err)
	switch {
	case hungUp(ctx, err):
		status = statusGone499
	case status >= http.StatusInternalServerError:
		s.log.ErrorContext(ctx, "request failed", "route", op.Path, "request", RequestID(ctx), "err", err)
	}
	return problemOf(requestOf(ctx), status, err)
}

// openAPI answers GET /api/openapi.json.
func (s *Shell) openAPI(c *gin.Context) error {
	b, err := s.spec()
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "public, max-age=300")
	c.Header("Access-Control-Allow-Origin", "*")
	c.Data(http.StatusOK, "application/openapi+json", b)
	return nil
}

// unmarshal reads JSON strictly: encoding/json would quietly replace what is
// not UTF-8, and what somebody sent would not be what is stored.
func unmarshal(b []byte, v any) error {
	if !isTextJSON(b) {
		return illegible()
	}
	err := json.Unmarshal(b, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return message("fault.json", syntax.Offset)
	}
	return err
}

// maxFaults is how many faults of one body are told: who sent more has learnt enough.
const maxFaults = 100

// hummed turns what huma found wrong into our problem, in the caller's language.
func hummed(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
	r := requestOf(ctx.Context())
	faults := make([]error, 0, min(len(errs), maxFaults))
	for _, err := range errs[:min(len(errs), maxFaults)] {
		if err = known(err); errors.Is(err, fault.TooLarge) {
			return problemOf(r, http.StatusRequestEntityTooLarge, err)
		}
		faults = append(faults, faultOf(err))
	}
	switch {
	case status >= http.StatusInternalServerError && r.shell != nil:
		r.shell.log.Error("request failed", "request", r.id, "err", errors.Join(errs...), "what", msg)
		faults = nil
	case status == http.StatusUnsupportedMediaType:
		faults = []error{fault.New(fault.Invalid, "fault.media_type")}
	case len(faults) == 0 && strings.Contains(msg, "body is required"):
		faults = []error{fault.New(fault.Invalid, "fault.body_required")}
	}
	return problemOf(r, status, errors.Join(faults...))
}

// faultOf reads one of huma's complaints: where, and which of our sentences.
func faultOf(err error) error {
	if own, ok := errors.AsType[*fault.Error](err); ok {
		return own
	}
	var complaint huma.ErrorDetailer
	if !errors.As(err, &complaint) {
		return fault.New(fault.Invalid, "fault.api.value")
	}
	d := complaint.ErrorDetail()
	key, args := readMessage(d.Message)
	field := fieldOf(d.Location)
	if key == "fault.required" && len(args) == 1 {
		field = strings.TrimPrefix(field+"."+fmt.Sprint(args[0]), ".")
	}
	return &fault.Error{Kind: fault.Invalid, Field: field, Key: key, Args: args}
}

// fieldOf turns "body.distributions[0].url" into "distributions.0.url".
func fieldOf(location string) string {
	_, field, _ := strings.Cut(location, ".")
	return strings.NewReplacer("[", ".", "]", "").Replace(field)
}
