package monitor

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Expect says what an answer must be like to count as good. The zero value
// expects a status from 200 to 299.
type Expect struct {
	Status      []string `json:"status,omitempty"`       // "200" or "200-299"
	Contains    []string `json:"contains,omitempty"`     // each must be in the body
	NotContains []string `json:"not_contains,omitempty"` // none may be in the body
	MinBytes    int64    `json:"min_bytes,omitempty"`
	MaxBytes    int64    `json:"max_bytes,omitempty"` // 0 means any size
}

// Text tells whether judging needs the text of the body.
func (e Expect) Text() bool { return len(e.Contains)+len(e.NotContains) > 0 }

// Allows tells whether status is one of those expected.
func (e Expect) Allows(status int) bool {
	if len(e.Status) == 0 {
		return status >= 200 && status <= 299
	}
	return slices.ContainsFunc(e.Status, func(one string) bool {
		low, high, ok := statusRange(one)
		return ok && low <= status && status <= high
	})
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

// Judge gives r the reason and the verdict that its measurements deserve,
// unless the connection already gave it one. The body is forgotten: only what
// it meant is kept.
func (e Expect) Judge(r *Reading) {
	body := r.Body
	r.Body = nil
	if r.Reason == None || r.Reason == TLSIncompleteChain {
		if reason, detail := e.disappointed(r, body); reason != None {
			r.Reason, r.Detail = reason, detail
		}
	}
	r.Verdict = r.Reason.verdict()
}

// disappointed returns what an answer lacks, and None when it lacks nothing.
func (e Expect) disappointed(r *Reading, body []byte) (Reason, string) {
	switch {
	case !e.Allows(r.Status) && r.Walled:
		return Blocked, "status " + strconv.Itoa(r.Status)
	case !e.Allows(r.Status):
		return Status, "status " + strconv.Itoa(r.Status)
	case r.Bytes < e.MinBytes:
		return Assertion, fmt.Sprintf("%d bytes < %d", r.Bytes, e.MinBytes)
	case e.MaxBytes > 0 && r.Bytes > e.MaxBytes:
		return Assertion, fmt.Sprintf("%d bytes > %d", r.Bytes, e.MaxBytes)
	}
	for _, want := range e.Contains {
		if !bytes.Contains(body, []byte(want)) {
			return Assertion, fmt.Sprintf("%q is missing", want)
		}
	}
	for _, unwanted := range e.NotContains {
		if bytes.Contains(body, []byte(unwanted)) {
			return Assertion, fmt.Sprintf("%q is there", unwanted)
		}
	}
	return None, ""
}
