package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/jard-odi/jard/fault"
)

// Problem is an error as RFC 9457 writes it, with what each field did wrong.
type Problem struct {
	Type     string         `json:"type" doc:"Stable name of the kind of problem" example:"urn:jard:problem:invalid"`
	Title    string         `json:"title" doc:"The kind of problem, in the caller's language"`
	Status   int            `json:"status" example:"422"`
	Detail   string         `json:"detail" doc:"What happened, in the caller's language"`
	Instance string         `json:"instance,omitempty" doc:"Names this request in the server's log"`
	Errors   []ProblemField `json:"errors,omitempty" doc:"Every fault found, at once"`
	headers  http.Header
}

// ProblemField is one fault of one field.
type ProblemField struct {
	Field   string `json:"field,omitempty" doc:"Path of the field in what was sent" example:"title.fr"`
	Key     string `json:"key" doc:"Stable name of the fault" example:"fault.required"`
	Message string `json:"message" doc:"The fault, in the caller's language"`
}

// Error is the problem's detail: huma wants problems to be errors.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that go with it.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType says that it is a problem, not an ordinary answer.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problemOf tells err to a program in the caller's language.
func problemOf(r *request, status int, err error) *Problem {
	p := &Problem{Status: status, Instance: r.id, headers: errorHeaders(status, err)}
	kind := problemKind(status)
	p.Type = "urn:jard:problem:" + kind
	p.Title = r.say(problemTitle(status))
	for _, f := range fault.All(err) {
		p.Errors = append(p.Errors, ProblemField{Field: f.Field, Key: f.Key, Message: r.say(f.Key, f.Args...)})
	}
	p.Detail = p.Title
	if status < http.StatusInternalServerError || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout {
		p.Detail = p.summary()
	}
	return p
}

// summary is every sentence in one.
func (p *Problem) summary() string {
	if len(p.Errors) == 0 {
		return p.Title
	}
	lines := make([]string, len(p.Errors))
	for i, e := range p.Errors {
		lines[i] = e.Message
		if e.Field != "" {
			lines[i] = e.Field + ": " + e.Message
		}
	}
	return strings.Join(lines, " ")
}

// problemTitle is the sentence that names a problem. What could not be read at
// all shares its type with what only has to be corrected, not its title.
func problemTitle(status int) string {
	if status == http.StatusBadRequest {
		return "problem.unreadable"
	}
	return "problem." + problemKind(status)
}

// problemKind names a status as fault names its kinds, so that one name serves
// the JSON API, the pages and the sentences.
func problemKind(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return string(fault.Invalid)
	case http.StatusForbidden:
		return string(fault.Forbidden)
	case http.StatusUnauthorized:
		return string(fault.Unauthenticated)
	case http.StatusNotFound:
		return string(fault.NotFound)
	case http.StatusMethodNotAllowed:
		return "method"
	case http.StatusConflict:
		return string(fault.Conflict)
	case http.StatusPreconditionFailed:
		return string(fault.Stale)
	case http.StatusGone:
		return string(fault.Gone)
	case http.StatusTooManyRequests:
		return string(fault.Throttled)
	case http.StatusRequestEntityTooLarge:
		return string(fault.TooLarge)
	case http.StatusRequestTimeout:
		return string(fault.TooSlow)
	case http.StatusUnsupportedMediaType:
		return "media_type"
	case http.StatusServiceUnavailable:
		return string(fault.Unavailable)
	case http.StatusGatewayTimeout:
		return string(fault.Unknown)
	}
	return "internal"
}

// say speaks to whoever asked.
func (r *request) say(key string, args ...any) string {
	if r.shell == nil {
		return key
	}
	return r.shell.words.T(r.lang, key, args...)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) //nolint:errchkjson // the caller may have hung up; there is nobody left to tell
}

// writeSentence tells a problem in words alone.
func writeSentence(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(p.Status)
	fmt.Fprintln(w, p.Detail)
}
