package monitor

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Expect says what an answer must be like to count as good. The zero value
// expects a status from 200 to 299.
type Expect struct {
	Status      []string `json:"status,omitempty"`       // "200" or "200-299"
	Contains    []string `json:"contains,omitempty"`     // each must be in the body
	NotContains []string `json:"not_contains,omitempty"` // none may be in the body
	Matches     []string `json:"matches,omitempty"`      // each pattern (RE2) must be found in the body
	NotMatches  []string `json:"not_matches,omitempty"`  // none may be found
	MinBytes    int64    `json:"min_bytes,omitempty"`
	MaxBytes    int64    `json:"max_bytes,omitempty"`  // 0 means any size
	Headers     []Claim  `json:"headers,omitempty"`    // what headers must say
	JSON        []Claim  `json:"json,omitempty"`       // what the values of a JSON answer must be
	FinalHost   string   `json:"final_host,omitempty"` // where redirects must end
	Location    string   `json:"location,omitempty"`   // how the address must begin that it redirects to; nobody goes there
	SlowMS      int64    `json:"slow_ms,omitempty"`    // later than that is degraded
	SoftError   string   `json:"soft_error,omitempty"` // what an error page with a good status means
	Language    lang.Tag `json:"language,omitempty"`   // what the page must be in; another is degraded
}

// What a page that says error under a good status means to a check: nothing
// (the zero value), that the service is degraded, or that it is down.
const (
	SoftOff      = ""
	SoftDegraded = "degraded"
	SoftDown     = "down"
)

// MaxBody is how much of a body is looked at: text beyond it is not searched,
// and sizes beyond it are not told apart.
const MaxBody = 1 << 20

// Text tells whether judging needs the text of the body.
func (e *Expect) Text() bool {
	return len(e.Contains)+len(e.NotContains)+len(e.Matches)+len(e.NotMatches)+len(e.JSON) > 0 || e.SoftError != SoftOff || e.Language != ""
}

// Allows tells whether status is one of those expected.
func (e *Expect) Allows(status int) bool {
	if len(e.Status) == 0 {
		if e.Location != "" {
			return status >= 300 && status <= 399
		}
		return status >= 200 && status <= 299
	}
	return slices.ContainsFunc(e.Status, func(one string) bool {
		low, high, ok := statusRange(one)
		return ok && low <= status && status <= high
	})
}

// wanted writes the statuses expected.
func (e *Expect) wanted() string {
	switch {
	case len(e.Status) > 0:
		return strings.Join(e.Status, ", ")
	case e.Location != "":
		return "300-399"
	}
	return "200-299"
}

// statusRange reads "200" or "200-299".
func statusRange(s string) (low, high int, ok bool) {
	first, last, ranged := strings.Cut(strings.TrimSpace(s), "-")
	if !ranged {
		last = first
	}
	low, err1 := strconv.Atoi(strings.TrimSpace(first))
	high, err2 := strconv.Atoi(strings.TrimSpace(last))
	ok = err1 == nil && err2 == nil && low >= 100 && high <= 599 && low <= high
	return low, high, ok
}

// Judge judges r as the answer of a web page of which nothing else is known.
func (e Expect) Judge(r *Reading) {
	c := Check{Kind: HTTP, Expect: e}
	c.Judge(r)
}

// patterns returns every pattern of the expectation.
func (e *Expect) patterns() []string {
	all := slices.Concat(e.Matches, e.NotMatches)
	for _, c := range slices.Concat(e.Headers, e.JSON) {
		if c.Is == Like || c.Is == Unlike {
			all = append(all, c.Value)
		}
	}
	return all
}

// faults returns what is wrong with the expectation.
func (e *Expect) faults(at string) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	add(len(e.Status) > MaxTexts, "status", "check.expect.too_many", MaxTexts)
	for _, s := range e.Status {
		_, _, ok := statusRange(s)
		add(!ok, "status", "check.expect.status", s)
	}
	for _, list := range []struct {
		field string
		texts []string
		fault func(field, text string) error
	}{
		{"contains", e.Contains, bodyFault},
		{"not_contains", e.NotContains, bodyFault},
		{"matches", e.Matches, regexFault},
		{"not_matches", e.NotMatches, regexFault},
	} {
		add(len(list.texts) > MaxTexts, list.field, "check.expect.too_many", MaxTexts)
		for _, t := range list.texts {
			add(t == "", list.field, "fault.required")
			faults = append(faults, list.fault(at+list.field, t))
		}
	}
	faults = append(faults, claimFaults(at+"headers", "check.claim.header", headerForm, e.Headers)...)
	faults = append(faults, claimFaults(at+"json", "check.claim.path", pathForm, e.JSON)...)
	return append(append(faults, e.sizeFaults(at)...), e.placeFaults(at)...)
}

func bodyFault(field, text string) error { return textFault(field, text, MaxText) }

func (e *Expect) sizeFaults(at string) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	add(e.MinBytes < 0, "min_bytes", "check.expect.bytes")
	add(e.MaxBytes < 0, "max_bytes", "check.expect.bytes")
	add(e.MinBytes > MaxBody, "min_bytes", "check.expect.bytes_most", MaxBody)
	add(e.MaxBytes >= MaxBody, "max_bytes", "check.expect.bytes_most", MaxBody-1)
	add(e.MaxBytes > 0 && e.MaxBytes < e.MinBytes, "max_bytes", "check.expect.bytes_order")
	add(e.SlowMS < 0 || e.SlowMS > MaxTimeout.Milliseconds(), "slow_ms", "check.expect.slow", MaxTimeout)
	add(e.Language != "" && !e.Language.Valid(), "language", "service.language.unknown", clipped(string(e.Language)))
	add(!slices.Contains([]string{SoftOff, SoftDegraded, SoftDown}, e.SoftError), "soft_error", "check.expect.soft", clipped(e.SoftError))
	return faults
}

// hostForm is a host name or an IPv4 address, with or without a port.
var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$`)

func (e *Expect) placeFaults(at string) []error {
	var faults []error
	if e.FinalHost != "" && !hostForm.MatchString(e.FinalHost) {
		faults = append(faults, fault.At(at+"final_host", "check.expect.host", clipped(e.FinalHost)))
	}
	if e.Location != "" {
		if u, err := url.Parse(e.Location); err != nil || textFault("", e.Location, MaxURL) != nil || u.Scheme == "" && !strings.HasPrefix(e.Location, "/") {
			faults = append(faults, fault.At(at+"location", "check.expect.location"))
		}
		if e.FinalHost != "" {
			faults = append(faults, fault.At(at+"final_host", "check.expect.host_unreached"))
		}
	}
	return faults
}

// tidy writes what was typed as it is compared.
func (e *Expect) tidy() {
	e.FinalHost = strings.ToLower(strings.TrimSpace(e.FinalHost))
	e.Location = strings.TrimSpace(e.Location)
}
