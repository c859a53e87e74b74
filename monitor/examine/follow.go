package examine

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine/page"
	"github.com/jard-odi/jard/stats"
)

// maxFollowed is how many links are followed in one look.
const maxFollowed = 12

// state is what became of a link.
type state struct {
	url    *url.URL
	broken bool
	known  bool
	why    assess.Evidence
}

// follow goes one step along the links of the page, always the same ones, and
// counts those that lead nowhere.
func (v *visit) follow(ctx context.Context) {
	links := v.outward()
	if len(links) == 0 {
		v.unknown(assess.BrokenLinks, "examine.unknown.no_links")
		return
	}
	v.softly(ctx)
	few := links[:min(len(links), maxFollowed)]
	states := make([]state, len(few))
	v.each(len(few), func(n int) { states[n] = v.try(ctx, few[n]) })
	known, broken := int64(0), int64(0)
	var evidence []assess.Evidence
	for _, s := range states {
		if !s.known {
			continue
		}
		known++
		if s.broken {
			broken++
			evidence = append(evidence, s.why)
		}
	}
	share, ok := stats.Wilson(broken, known)
	if !ok {
		v.unknown(assess.BrokenLinks, "examine.unknown.no_links")
		return
	}
	if v.soft != nil {
		evidence = append(evidence, quote("examine.evidence.soft_site", v.soft.url.String(), v.soft.page.Title, v.soft.status))
	}
	f := assess.Fact{
		Measure: assess.BrokenLinks, Value: float64(broken) / float64(known), N: known,
		Evidence: append(evidence, note("examine.evidence.followed", known, len(links))),
	}
	if int(known) < len(links) { // a sample
		f.Low, f.High = &share.Low, &share.High
	}
	v.put(f)
}

// outward are the links that lead to other pages, each once, those of the site
// itself first; within that in an order that has nothing to do with the page.
func (v *visit) outward() []*url.URL {
	var links []*url.URL
	seen := map[string]bool{}
	for _, l := range v.home.page.Links {
		if strings.HasPrefix(l.URL, "#") || leaving(l) {
			continue
		}
		target := v.home.resolve(l.URL)
		if target == nil || same(target, v.home.url) || seen[target.String()] {
			continue
		}
		seen[target.String()] = true
		links = append(links, target)
	}
	slices.SortFunc(links, func(a, b *url.URL) int {
		return cmp.Or(cmp.Compare(v.away(a), v.away(b)), cmp.Compare(hash(a.String()), hash(b.String())), strings.Compare(a.String(), b.String()))
	})
	return links
}

// leaving tells whether following a link would do something.
func leaving(l page.Link) bool {
	address := strings.ToLower(l.URL)
	for _, act := range []string{"logout", "signout", "deconnexion", "logoff", "delete", "remove", "unsubscribe"} {
		if strings.Contains(address, act) {
			return true
		}
	}
	return false
}

// away is 1 for links to other sites.
func (v *visit) away(u *url.URL) int {
	if strings.EqualFold(u.Host, v.home.url.Host) {
		return 0
	}
	return 1
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // which never fails
	return h.Sum64()
}

// softly asks for a page that does not exist: a site that answers it with a
// good status hides its broken links.
func (v *visit) softly(ctx context.Context) {
	nowhere := v.home.url.ResolveReference(&url.URL{Path: path.Join("/", "no-such-page-4b7e1c")})
	a, err := v.ask(ctx, nowhere, how{})
	if err != nil || !a.good() || !isPage(a) {
		return
	}
	a.page = page.Read(a.body, a.header.Get("Content-Type"))
	v.soft = a
}

// try follows one link: by its head, and with the whole page where the head
// says too little.
func (v *visit) try(ctx context.Context, target *url.URL) state {
	method := http.MethodHead
	if v.soft != nil && v.away(target) == 0 {
		method = http.MethodGet
	}
	a, err := v.ask(ctx, target, how{method: method, limit: 256 << 10})
	if method == http.MethodHead && err == nil && !a.good() && a.status != http.StatusTooManyRequests {
		a, err = v.ask(ctx, target, how{limit: 256 << 10})
	}
	s := state{url: target}
	switch {
	case errors.Is(err, errCircles):
		s.known, s.broken = true, true
		s.why = quote("examine.evidence.broken.circles", target.String(), "")
	case err != nil && v.nowhere(ctx, err, target):
		s.known, s.broken = true, true
		s.why = quote("examine.evidence.broken.silent", target.String(), "")
	case err != nil, turnedAway(a.status):
	case a.status == http.StatusNotFound, a.status == http.StatusGone, a.status >= 500:
		s.known, s.broken = true, true
		s.why = quote("examine.evidence.broken.status", target.String(), "", a.status)
	case v.missing(a):
		s.known, s.broken = true, true
		s.why = quote("examine.evidence.broken.soft", target.String(), a.page.Title)
	default:
		s.known = true
	}
	return s
}

// turnedAway tells whether a site does not want robots: nobody knows then.
func turnedAway(status int) bool {
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusNotAcceptable, http.StatusMethodNotAllowed:
		return true
	}
	return false
}

// nowhere tells whether an error means that nobody gets there. Beyond the site
// itself our own line may be the cause.
func (v *visit) nowhere(ctx context.Context, err error, target *url.URL) bool {
	if ctx.Err() != nil || v.away(target) == 1 {
		return false
	}
	return because(ctx, err) == "examine.unknown.unreachable"
}

// missing tells whether a page with a good status says that there is none: it
// is like the one for what does not exist, or its title says so.
func (v *visit) missing(a *answer) bool {
	if len(a.body) == 0 || !isPage(a) {
		return false
	}
	a.page = page.Read(a.body, a.header.Get("Content-Type"))
	if v.e.o.Words.says(page.Plain(a.page.Title), "missing") {
		return true
	}
	return v.soft != nil && !same(a.url, v.home.url) && page.Alike(a.page, v.soft.page) >= 0.95 && page.Alike(v.home.page, v.soft.page) < 0.95
}
