package examine

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/temoto/robotstxt"
)

// robots keeps what sites ask of robots, for a while.
type robots struct {
	mu    sync.Mutex
	known map[string]wish
}

// wish is what a site asks.
type wish struct {
	rules *robotstxt.RobotsData // nil: nothing
	until time.Time
}

// Bounds of what is kept.
const (
	maxWishes  = 10_000
	wishesHold = 6 * time.Hour
	maxPause   = 30 * time.Second
	maxWish    = 512 << 10 // bytes of robots.txt that are read
)

// agent is our name in robots.txt.
const agent = "jard"

func newRobots() *robots { return &robots{known: map[string]wish{}} }

func (r *robots) of(target *url.URL, now time.Time) (wish, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, ok := r.known[target.Scheme+"://"+target.Host]
	return w, ok && now.Before(w.until)
}

func (r *robots) keep(target *url.URL, w wish) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxWishes {
		clear(r.known)
	}
	r.known[target.Scheme+"://"+target.Host] = w
}

// pause is how long the site of target wants between two requests.
func (r *robots) pause(target *url.URL) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.known[target.Scheme+"://"+target.Host]; w.rules != nil {
		return min(w.rules.FindGroup(agent).CrawlDelay, maxPause)
	}
	return 0
}

// may asks the site of target whether we may look there. One that does not
// answer the question forbids nothing, one that answers it with a fault of its
// own is left alone.
func (v *visit) may(ctx context.Context, target *url.URL) error {
	w, known := v.e.rules.of(target, v.at)
	if !known {
		w = wish{until: v.at.Add(wishesHold)}
		file := &url.URL{Scheme: target.Scheme, Host: target.Host, Path: "/robots.txt"}
		a, err := v.ask(ctx, file, how{limit: maxWish, free: true})
		if err == nil {
			if rules, err := robotstxt.FromStatusAndBytes(a.status, a.body); err == nil {
				w.rules = rules
			}
		}
		if ctx.Err() == nil {
			v.e.rules.keep(target, w)
		}
	}
	if w.rules != nil && !w.rules.TestAgent(target.RequestURI(), agent) {
		return errRobots
	}
	return nil
}
