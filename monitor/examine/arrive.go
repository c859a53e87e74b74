package examine

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/jard-odi/jard/outgoing"
)

// arrive reads the page that people begin at, and says why it cannot be judged;
// empty when it can.
func (v *visit) arrive(ctx context.Context) (why string) {
	a, err := v.pageAt(ctx, v.target, how{})
	switch {
	case err != nil:
		return because(ctx, err)
	case a.status == http.StatusTooManyRequests, a.status == http.StatusForbidden, a.status == http.StatusNotAcceptable,
		a.status == http.StatusUnauthorized:
		return "examine.unknown.walled"
	case !a.good():
		return "examine.unknown.status"
	case !isPage(a):
		return "examine.unknown.not_a_page"
	}
	v.home = a
	return ""
}

// isPage tells whether an answer is a page. One that does not say what it is
// counts when it looks like one.
func isPage(a *answer) bool {
	kind, _, _ := strings.Cut(strings.ToLower(a.header.Get("Content-Type")), ";")
	switch strings.TrimSpace(kind) {
	case "text/html", "application/xhtml+xml":
		return true
	case "":
		return strings.HasPrefix(http.DetectContentType(a.body), "text/html")
	}
	return false
}

// because is the reason that an error stands for.
func because(ctx context.Context, err error) string {
	switch {
	case errors.Is(err, errRobots):
		return "examine.unknown.robots"
	case errors.Is(err, outgoing.ErrRefused):
		return "examine.unknown.refused"
	case errors.Is(err, errCircles):
		return "examine.unknown.circles"
	case errors.Is(err, errBudget):
		return "examine.unknown.budget"
	case ctx.Err() != nil:
		return "examine.unknown.time"
	}
	return "examine.unknown.unreachable"
}
