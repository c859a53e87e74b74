// Package examine looks at the public pages of a service as one careful
// visitor would, and hands over what it found as facts with evidence. It is
// passive: it opens few connections, follows robots.txt, sends no form and
// tries no door. What it cannot see it says it does not know.
package examine

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/outgoing"
)

// Subject is a service that is looked at.
type Subject struct {
	Service     string // slug
	Institution string // slug of the body that answers for it
	URL         string // where people reach it
}

// Browser loads a page on a slowed phone and answers what a script of ours
// says of it.
type Browser func(ctx context.Context, target, script string) (string, error)

// Options say how to look.
type Options struct {
	Guard       *outgoing.Guard  // nil: the public internet only
	Resolver    *net.Resolver    // nil: the system's
	NameServers []string         // asked about zones; nil: the system's
	UserAgent   string           // says who looks and where to complain
	Own         string           // where our survey is, to know its widget by
	Browser     Browser          // nil: there is none
	Words       *Dictionary      // by which links are known
	Price       Price            // of mobile data
	Limits      Limits           // what is zero is usual
	Now         func() time.Time // the clock
}

// Limits bound one look.
type Limits struct {
	Requests int           // of one look; 40
	Hosts    int           // connections to one host at once; 2
	Page     int64         // bytes of a page that are read; 2 MiB
	Asset    int64         // bytes of a file that are counted; 5 MiB
	Request  time.Duration // one request may take; 10 s
	Look     time.Duration // one look may take; 3 min
}

func (l Limits) usual() Limits {
	for _, one := range []struct {
		field *int
		usual int
	}{{&l.Requests, 40}, {&l.Hosts, 2}} {
		if *one.field <= 0 {
			*one.field = one.usual
		}
	}
	for _, one := range []struct {
		field *int64
		usual int64
	}{{&l.Page, 2 << 20}, {&l.Asset, 5 << 20}} {
		if *one.field <= 0 {
			*one.field = one.usual
		}
	}
	for _, one := range []struct {
		field *time.Duration
		usual time.Duration
	}{{&l.Request, 10 * time.Second}, {&l.Look, 3 * time.Minute}} {
		if *one.field <= 0 {
			*one.field = one.usual
		}
	}
	return l
}

// Examiner looks at services. One is enough for a process: it is what keeps
// the number of connections to a host down.
type Examiner struct {
	o      Options
	dialer *net.Dialer
	names  *names
	doors  *doors
	rules  *robots
	ports  map[string]string // where a port is really found; of tests

	pages chan struct{} // a browser is busy with one page at a time
}

// New returns an Examiner.
func New(o Options) *Examiner {
	if o.Guard == nil {
		o.Guard = &outgoing.Guard{}
	}
	if o.UserAgent == "" {
		o.UserAgent = "Jard"
	}
	o.Limits = o.Limits.usual()
	e := &Examiner{
		o: o, dialer: o.Guard.Dialer(o.Limits.Request), names: newNames(o.NameServers), doors: newDoors(o.Limits.Hosts),
		rules: newRobots(), pages: make(chan struct{}, 1),
	}
	e.dialer.Resolver = o.Resolver
	return e
}

// Result is what one look brought.
type Result struct {
	Facts    []assess.Fact // one for each of Measures
	Requests int           // that were made
	Bytes    int64         // that came
}

// Measures lists what the examiner establishes.
func Measures() []assess.Measure {
	return append(network(), append(pageMeasures(), browserMeasures()...)...)
}

func network() []assess.Measure {
	return []assess.Measure{
		assess.HTTPSOnly, assess.TLSVersions, assess.StrictTransport, assess.SafetyHeaders, assess.DNSSEC, assess.CAA, assess.NameServers, assess.IPv6,
	}
}

func pageMeasures() []assess.Measure {
	return []assess.Measure{
		assess.PageWeight, assess.PageRequests, assess.PageCost, assess.MarkupFaults, assess.Statement, assess.StatementRate, assess.Languages,
		assess.Viewport, assess.ContactLinks, assess.PrivacyNumber, assess.BrokenLinks, assess.Freshness, assess.FeedbackLink,
	}
}

// Look looks at s once. It never fails: what could not be seen is unknown,
// with the reason.
func (e *Examiner) Look(ctx context.Context, s Subject) Result {
	ctx, cancel := context.WithTimeout(ctx, e.o.Limits.Look)
	defer cancel()
	v := e.visit(s)
	defer v.close()
	target, err := url.Parse(strings.TrimSpace(s.URL))
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		v.rest("examine.unknown.no_address", Measures())
		return v.result()
	}
	if target.Path == "" {
		target.Path = "/"
	}
	v.target = target
	v.look(ctx)
	return v.result()
}

// look goes from what needs least to what needs most.
func (v *visit) look(ctx context.Context) {
	v.zone(ctx)
	why := v.arrive(ctx)
	v.secure(ctx)
	if why != "" {
		v.rest(why, Measures())
		return
	}
	v.shield(ctx)
	v.sixth(ctx)
	v.read()
	v.tongues(ctx)
	v.declaration(ctx)
	v.privacy(ctx)
	v.age(ctx)
	v.weigh(ctx)
	v.follow(ctx)
	v.browse(ctx)
	v.rest("examine.unknown.budget", Measures())
}

// visit is one look under way.
type visit struct {
	e       *Examiner
	subject Subject
	target  *url.URL
	at      time.Time

	client, sixes *http.Client

	mu      sync.Mutex
	left    int   // requests that may still be made
	came    int64 // bytes
	last    map[string]time.Time
	facts   map[assess.Measure]assess.Fact
	fetched map[string]*answer // pages that were read in this look, by address
	home    *answer
	soft    *answer // what the site answers for a page that does not exist, when it does so with a good status
}

func (e *Examiner) visit(s Subject) *visit {
	v := &visit{
		e: e, subject: s, at: e.o.Now().UTC().Truncate(time.Second), left: e.o.Limits.Requests,
		last: map[string]time.Time{}, facts: map[assess.Measure]assess.Fact{}, fetched: map[string]*answer{},
	}
	v.client, v.sixes = e.client("tcp"), e.client("tcp6")
	return v
}

// client makes requests over one kind of network. Certificates are judged by
// the watch; a page behind a broken one is looked at all the same, since
// nothing is sent that should be kept from anybody.
func (e *Examiner) client(network string) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
				return e.dial(ctx, network, address)
			},
			TLSClientConfig:        &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}, // see above
			TLSHandshakeTimeout:    e.o.Limits.Request,
			MaxResponseHeaderBytes: 64 << 10,
			MaxConnsPerHost:        e.o.Limits.Hosts,
			MaxIdleConnsPerHost:    e.o.Limits.Hosts,
			IdleConnTimeout:        e.o.Limits.Request / 2,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (v *visit) close() {
	v.client.CloseIdleConnections()
	v.sixes.CloseIdleConnections()
}

func (v *visit) result() Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := Result{Requests: v.e.o.Limits.Requests - v.left, Bytes: v.came}
	for _, m := range Measures() {
		if f, ok := v.facts[m]; ok {
			r.Facts = append(r.Facts, f)
		}
	}
	return r
}
