package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/scan"
	"github.com/jard-odi/jard/web"
)

// doorsOf returns what each route asks of its callers: nothing of those that
// tell whether the program is alive, and of files that never change.
func doorsOf(l configs.Limits) func(method, route string) *web.Door {
	doors := map[string]*web.Door{}
	for kind, d := range l.Doors.All() {
		doors[kind] = &web.Door{
			Kind: kind, Rate: web.Rate{Address: d.Address, Account: d.Account, Token: d.Token},
			Time: time.Duration(d.Time), Many: kind == "harvest",
		}
	}
	return func(method, route string) *web.Door { return doors[kindOfDoor(method, route)] }
}

// kindOfDoor names the kind of a route, as limits.doors does; "free" is none of
// them. What costs most is asked first.
func kindOfDoor(method, route string) string {
	reads := method == http.MethodGet || method == http.MethodHead
	switch {
	case method == http.MethodOptions, reads && isFree(route):
		return "free"
	case isSecret(method, route):
		return "sign_in"
	case isHarvest(route):
		return "harvest"
	case isHeavy(reads, route):
		return "heavy"
	case !reads:
		return "write"
	case isSearch(route):
		return "search"
	case strings.HasPrefix(route, "/api/") && route != "/api/docs":
		return "api"
	}
	return "page"
}

func isFree(route string) bool {
	return slices.Contains([]string{"/healthz", "/readyz", "/metrics", "/robots.txt", "/survey/widget.js", "/static/*file"}, route)
}

// guessable are the addresses that take a password or a code.
var guessable = []string{
	"/login", "/login/code", "/login/reset", "/account/password", "/account/proof", "/account/totp", "/account/totp/off", "/account/recovery", "/account/provider/proof", "/api/v1/agent/enrolment",
}

// isSecret tells whether what is sent there could be guessed.
func isSecret(method, route string) bool {
	return strings.HasPrefix(route, "/login/oidc") || strings.Contains(route, ":secret") || strings.Contains(route, ":token") || route == "/calendar/:file" ||
		method == http.MethodPost && slices.Contains(guessable, route)
}

// isHarvest tells whether programs read it by the thousand.
func isHarvest(route string) bool {
	for _, below := range []string{
		"/catalog", "/dataset/", "/data.json", "/api/3", "/api/action/", "/api/util/", "/oai", "/sitemap", "/services.jsonld", "/probe",
		"/api/v1/agent/", "/api/openapi.json",
	} {
		if strings.HasPrefix(route, below) && !strings.HasSuffix(route, ".xlsx") {
			return true
		}
	}
	return strings.HasSuffix(route, ".atom") || strings.HasSuffix(route, ".ics") || strings.HasSuffix(route, "/badge.svg")
}

// isHeavy tells whether an answer makes or reads a file, compares much, or has
// this machine ask others.
func isHeavy(reads bool, route string) bool {
	words := []string{".xlsx", ".csv", "/report", "/tables/", "/compare", "/differences", "/evaluation", "/template", "/statements"}
	if !reads {
		words = []string{
			"/import", "/lists", "/bulk", "/workbook", "/dry-run", "/trial", "/test", "/reading", "/rollback", "/check", "/samples",
			"/assessment/sets", "/statements",
		}
	}
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(route, w) })
}

// isSearch tells whether a question may be as wide as who asks likes.
func isSearch(route string) bool {
	return strings.Contains(route, "/search") || slices.Contains([]string{
		"/datasets", "/api/v1/datasets", "/desk/datasets", "/requests", "/api/v1/requests", "/desk/requests", "/desk/obligations",
		"/api/v1/services/:slug/readings", "/api/v1/services/:slug/availability", "/api/v1/services/:slug/incidents",
		"/incidents", "/api/v1/incidents", "/desk/incidents", "/indicators", "/api/v1/indicators", "/desk/indicators", "/desk/indicators/:code",
	}, route)
}

// newShell returns the shell with the limits that c sets; seen counts whom they turn away.
func newShell(c configs.Config, seen *metrics.Metrics, o web.Options) (*web.Shell, error) {
	var err error
	if o.Scan, err = scanner(c.Uploads); err != nil {
		return nil, err
	}
	o.ScanOpen = c.Uploads.OnFailure == "accept"
	o.Doors, o.Unpaced, o.MinRate = doorsOf(c.Limits), c.Limits.Unpaced, c.Limits.MinRate
	shell, err := web.New(o)
	if err != nil {
		return nil, err
	}
	all := web.Refusals(slices.Sorted(maps.Keys(c.Limits.Doors.All()))...)
	seen.Registry().MustRegister(&metrics.Refused{Counts: func() map[[2]string]int64 {
		counts, refused := make(map[[2]string]int64, len(all)), shell.Refused()
		for _, one := range all {
			counts[[2]string{one.Reason, one.Kind}] = refused[one]
		}
		return counts
	}})
	return shell, nil
}

// scanner is who looks at files that people send; nil when nobody does.
func scanner(u configs.Uploads) (web.ScanFunc, error) {
	if u.Scan == "" {
		return nil, nil //nolint:nilnil // no scanner is a choice
	}
	s, err := scan.Open(u.Scan, time.Duration(u.Timeout))
	if err != nil {
		return nil, fmt.Errorf("uploads.scan: %w", err)
	}
	return func(ctx context.Context, file io.Reader) (string, error) {
		v, err := s.Scan(ctx, file)
		return v.Name, err
	}, nil
}
