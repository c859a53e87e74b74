package monitor

import (
	"slices"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// WebSettings say how to ask for a page. The zero value asks as a browser does
// that follows redirects.
type WebSettings struct {
	Method   string   `json:"method,omitempty" doc:"GET by default"`
	Headers  []Header `json:"headers,omitempty" doc:"Sent with the request"`
	Body     string   `json:"body,omitempty" doc:"Sent with the request, of a POST or PUT"`
	Stay     bool     `json:"stay,omitempty" doc:"Redirects are not followed"`
	Family   string   `json:"family,omitempty" doc:"4 or 6: over IPv4 or IPv6 only"`
	Language lang.Tag `json:"language,omitempty" doc:"The language version it looks at: asked for, and told apart on the service's page"`
}

// Header is one line that is sent with a request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Methods lists the methods a check may use: none that takes anything away.
func Methods() []string { return []string{"GET", "HEAD", "POST", "PUT", "OPTIONS"} }

const (
	maxHeaders     = 20
	maxRequestBody = 16 << 10
)

// faults returns what is wrong with the settings.
func (w *WebSettings) faults(c *Check, at string) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	add(c.Kind != HTTP, "", "check.web.only")
	add(w.Method != "" && !slices.Contains(Methods(), w.Method), "method", "check.web.method", clipped(w.Method))
	add(len(w.Headers) > maxHeaders, "headers", "check.expect.too_many", maxHeaders)
	for n, h := range w.Headers {
		faults = append(faults, h.fault(at+"headers", n+1))
	}
	add(w.Body != "" && w.Method != "POST" && w.Method != "PUT", "body", "check.web.body_method")
	add(w.Method == "HEAD" && c.Expect.Text(), "method", "check.web.head_text")
	add(w.Language != "" && !w.Language.Valid(), "language", "service.language.unknown", clipped(string(w.Language)))
	faults = append(faults, textFault(at+"body", w.Body, maxRequestBody))
	return append(faults, familyFault(at+"family", w.Family))
}

// fault returns what is wrong with the n-th header, nil when nothing is. What a
// check sends stands in the audit trail for good, so no secret may be in it.
func (h Header) fault(field string, n int) error {
	name := strings.ToLower(h.Name)
	switch {
	case !headerForm.MatchString(h.Name):
		return fault.At(field, "check.claim.header", n, clipped(h.Name))
	case slices.Contains([]string{"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect", "user-agent"}, name):
		return fault.At(field, "check.web.header_ours", n, h.Name)
	case slices.Contains([]string{"authorization", "proxy-authorization", "cookie"}, name),
		strings.Contains(name, "token"), strings.Contains(name, "secret"), strings.Contains(name, "api-key"), strings.Contains(name, "apikey"):
		return fault.At(field, "check.web.header_secret", n, h.Name)
	case strings.ContainsAny(h.Value, "\r\n"), len(h.Value) > MaxText:
		return fault.At(field, "check.web.header_value", n, MaxText)
	}
	return textFault(field, h.Value, MaxText)
}

// ReadHeaders reads headers as they are typed: "Name: value", one a line.
func ReadHeaders(text string) []Header {
	var all []Header
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			name, value, _ := strings.Cut(line, ":")
			all = append(all, Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
		}
	}
	return all
}

// WriteHeaders writes headers as they are typed.
func WriteHeaders(all []Header) string {
	lines := make([]string, 0, len(all))
	for _, h := range all {
		lines = append(lines, h.Name+": "+h.Value)
	}
	return strings.Join(lines, "\n")
}
