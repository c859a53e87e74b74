package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jard-odi/jard/fault"
)

// StatusOf is the one table from faults to statuses. What is not a fault is a
// bug of ours.
func StatusOf(err error) int {
	kind, _ := fault.KindOf(err)
	switch kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Stale:
		return http.StatusPreconditionFailed
	case fault.Gone:
		return http.StatusGone
	case fault.Throttled:
		return http.StatusTooManyRequests
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooSlow:
		return http.StatusRequestTimeout
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Unknown: // 503 would be tried again by proxies that mean well
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// statusGone499 is what the log shows for a caller who hung up before the answer.
const statusGone499 = 499

// known turns errors of the standard library that are really faults into faults.
func known(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		if tooLarge.Limit < 1<<20 {
			return fault.New(fault.TooLarge, "fault.body_too_large_kb", tooLarge.Limit>>10)
		}
		return fault.New(fault.TooLarge, "fault.body_too_large", tooLarge.Limit>>20)
	}
	return err
}

// settled is err as whoever only reads is told: with nothing to be kept there is
// nothing to be unsure of.
func settled(method string, err error) error {
	if kind, _ := fault.KindOf(err); kind == fault.Unknown && (method == http.MethodGet || method == http.MethodHead) {
		return errors.Join(fault.New(fault.Unavailable, "database.away", 5*time.Second), fmt.Errorf("%v", err)) //nolint:errorlint // as words only
	}
	return err
}

// hungUp tells whether err only means that nobody is listening any more.
func hungUp(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && ctx.Err() != nil
}

// retryAfter is how many seconds a throttled or failing caller should wait:
// the first duration among the fault's arguments, else a minute.
func retryAfter(err error) string {
	for _, f := range fault.All(err) {
		for _, a := range f.Args {
			if d, ok := a.(time.Duration); ok {
				return strconv.Itoa(int(max((d+time.Second-1)/time.Second, 1)))
			}
		}
	}
	return "60"
}

// errorHeaders are what an answer with this status says beside its body.
func errorHeaders(status int, err error) http.Header {
	h := http.Header{}
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter(err))
	case http.StatusRequestTimeout:
		h.Set("Connection", "close") // the rest of the body may come any time
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="jard"`)
	}
	return h
}
