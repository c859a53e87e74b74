package monitor

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Point is one thing that is asked of an answer, and whether it is so.
type Point struct {
	About   string // what it is about: a word of Points
	Want    string // what was asked, as it was written
	Got     string // what came instead; empty when it is so
	OK      bool
	Reason  Reason  // why the reading is not good, when it is not so
	Verdict Verdict // and what that says by itself
}

// The words that points are about.
const (
	AboutLink     = "link" // the connection, up to the first byte
	AboutStatus   = "status"
	AboutHost     = "final_host"
	AboutLocation = "location"
	AboutSize     = "size"
	AboutText     = "contains"
	AboutNoText   = "not_contains"
	AboutMatch    = "matches"
	AboutNoMatch  = "not_matches"
	AboutHeader   = "headers"
	AboutJSON     = "json"
	AboutSoft     = "soft_error"
	AboutLanguage = "language"
	AboutSlow     = "slow"
	AboutChain    = "chain"
	AboutExpiry   = "expiry"
	AboutStrength = "strength"
)

// Points lists the words that points are about.
func Points() []string {
	return []string{
		AboutLink, AboutStatus, AboutHost, AboutLocation, AboutSize, AboutText, AboutNoText, AboutMatch, AboutNoMatch,
		AboutHeader, AboutJSON, AboutSoft, AboutLanguage, AboutSlow, AboutChain, AboutExpiry, AboutStrength,
	}
}

// Judge gives r the reason and the verdict that its measurements deserve,
// unless the connection already gave it one. The body is forgotten: only what
// it meant is kept.
func (c *Check) Judge(r *Reading) {
	var j jury
	j.judge(c, r)
}

// Review judges r as Judge does and returns every point of it: for people who
// try a check before they keep it.
func (c *Check) Review(r *Reading) []Point {
	j := jury{all: true, points: []Point{}}
	j.judge(c, r)
	return j.points
}

// jury is one judgement under way. It holds neither the check nor the reading:
// so neither need leave the stack of a watch that judges thousands a second.
type jury struct {
	worst  Point
	all    bool // every point is of interest, not the worst alone
	points []Point
}

func (j *jury) judge(c *Check, r *Reading) {
	switch {
	case r.Reason != None && r.Reason.verdict() != Degraded:
		j.say(Point{About: AboutLink, Got: r.Detail, Reason: r.Reason})
	case c.Kind == HTTP || c.Kind == "":
		j.link(c, r)
		j.page(c, r)
	default:
		// What other kinds expect stands in their settings, and the prober compared it.
		j.link(c, r)
	}
	if j.worst.Reason != None {
		r.Reason, r.Verdict = j.worst.Reason, j.worst.Verdict
		if j.worst.Got != "" {
			r.Detail = j.worst.Got
		}
		if len(r.Body) > 0 {
			r.look().Excerpt = Excerpt(r.Body)
		}
	} else {
		r.Verdict = r.Reason.verdict()
	}
	if j.all && len(r.Body) > 0 {
		r.look().Excerpt = Excerpt(r.Body)
	}
	r.Body = nil
}

// say takes a point into account: the gravest counts, the first of several.
func (j *jury) say(p Point) bool {
	if !p.OK {
		if p.Verdict == Unknown {
			p.Verdict = p.Reason.verdict()
		}
		if j.worst.Reason == None || weight(p.Verdict) > weight(j.worst.Verdict) {
			j.worst = p
		}
	}
	if j.all {
		j.points = append(j.points, p)
	}
	return p.OK
}

// weight orders what single readings may say.
func weight(v Verdict) int {
	switch v {
	case Degraded:
		return 1
	case Unknown:
		return 2
	case Suspect, Down:
		return 3
	}
	return 0
}

// link judges the way to the answer: what the prober noted without giving up,
// and the certificates.
func (j *jury) link(c *Check, r *Reading) {
	if r.Reason != None && r.Reason != TLSIncompleteChain {
		j.say(Point{About: AboutLink, Got: r.Detail, Reason: r.Reason})
	}
	if s := r.Secured; s != nil {
		j.say(Point{About: AboutChain, OK: r.Reason != TLSIncompleteChain, Got: r.Detail, Reason: TLSIncompleteChain})
		t := c.Settings.TLS
		soon := s.ExpiresSoon(t, r.At)
		p := Point{About: AboutExpiry, OK: !soon, Reason: TLSExpiring}
		if soon {
			p.Got = s.Expiring + ": " + s.NotAfter.Format(time.DateOnly)
		}
		j.say(p)
		if t == nil || !t.WeakAllowed {
			j.say(Point{About: AboutStrength, OK: s.Weak == "", Got: s.Weak, Reason: TLSWeak})
		}
	} else if r.Reason == TLSIncompleteChain {
		j.say(Point{About: AboutChain, Got: r.Detail, Reason: TLSIncompleteChain})
	}
}

// page judges the answer itself. A status that is not expected says it all:
// what an error page contains is of no interest.
func (j *jury) page(c *Check, r *Reading) {
	e := &c.Expect
	if !j.status(e, r) {
		return
	}
	if e.FinalHost != "" {
		host := hostOf(r.URL)
		if host == "" {
			host = hostOf(c.Target)
		}
		j.say(Point{About: AboutHost, Want: e.FinalHost, Got: host, OK: sameHost(host, e.FinalHost), Reason: Redirected})
	}
	if e.Location != "" {
		at := r.look().Location
		j.say(Point{About: AboutLocation, Want: e.Location, Got: at, OK: strings.HasPrefix(at, e.Location), Reason: Redirected})
	}
	j.size(e, r)
	j.texts(c, r)
	j.claims(c, r)
	j.soft(c, r)
	j.language(e, r)
	if e.SlowMS > 0 {
		took := r.Phases.Total().Milliseconds()
		p := Point{About: AboutSlow, OK: took <= e.SlowMS, Reason: Slow}
		if j.all || !p.OK {
			p.Want, p.Got = strconv.FormatInt(e.SlowMS, 10)+" ms", strconv.FormatInt(took, 10)+" ms"
		}
		j.say(p)
	}
}

func (j *jury) status(e *Expect, r *Reading) bool {
	p := Point{About: AboutStatus, OK: e.Allows(r.Status)}
	if j.all {
		p.Want = e.wanted()
	}
	if p.OK {
		return j.say(p)
	}
	p.Reason, p.Got = Status, "status "+strconv.Itoa(r.Status)
	switch {
	case r.Walled:
		p.Reason = Blocked
		if r.Seen != nil && r.Seen.Wall != "" {
			p.Got += ", " + r.Seen.Wall
		}
	case r.Circling:
		p.Reason = Redirected
		p.Got += " after " + strconv.Itoa(r.Redirects) + " redirects"
	}
	return j.say(p)
}

func (j *jury) size(e *Expect, r *Reading) {
	if e.MinBytes > 0 {
		p := Point{About: AboutSize, OK: r.Bytes >= e.MinBytes, Reason: Assertion}
		if j.all || !p.OK {
			p.Want, p.Got = fmt.Sprintf(">= %d", e.MinBytes), fmt.Sprintf("%d bytes < %d", r.Bytes, e.MinBytes)
		}
		j.say(p)
	}
	if e.MaxBytes > 0 {
		p := Point{About: AboutSize, OK: r.Bytes <= e.MaxBytes, Reason: Assertion}
		if j.all || !p.OK {
			p.Want, p.Got = fmt.Sprintf("<= %d", e.MaxBytes), fmt.Sprintf("%d bytes > %d", r.Bytes, e.MaxBytes)
		}
		j.say(p)
	}
}

func (j *jury) texts(c *Check, r *Reading) {
	e := &c.Expect
	for _, want := range e.Contains {
		p := Point{About: AboutText, Want: want, OK: bytes.Contains(r.Body, []byte(want)), Reason: Assertion}
		if !p.OK {
			p.Got = fmt.Sprintf("%q is missing", want)
		}
		j.say(p)
	}
	for _, unwanted := range e.NotContains {
		p := Point{About: AboutNoText, Want: unwanted, OK: !bytes.Contains(r.Body, []byte(unwanted)), Reason: Assertion}
		if !p.OK {
			p.Got = fmt.Sprintf("%q is there", unwanted)
		}
		j.say(p)
	}
	for _, want := range e.Matches {
		p := Point{About: AboutMatch, Want: want, Reason: Assertion}
		if re := c.pattern(want); re != nil {
			p.OK = re.Match(r.Body)
		}
		if !p.OK {
			p.Got = fmt.Sprintf("nothing matches %q", want)
		}
		j.say(p)
	}
	for _, unwanted := range e.NotMatches {
		p := Point{About: AboutNoMatch, Want: unwanted, Reason: Assertion}
		found := []byte(nil)
		if re := c.pattern(unwanted); re != nil {
			found = re.Find(r.Body)
			p.OK = found == nil
		}
		if !p.OK {
			p.Got = fmt.Sprintf("%q is there", clipped(string(found)))
		}
		j.say(p)
	}
}

func (j *jury) claims(c *Check, r *Reading) {
	for _, claim := range c.Expect.Headers {
		j.claim(AboutHeader, claim, claim.met(r.Seen.header(claim.Name), c.pattern), r.Seen.header(claim.Name))
	}
	for n, claim := range c.Expect.JSON {
		switch {
		case r.Seen == nil || n >= len(r.Seen.Values):
			j.say(Point{About: AboutJSON, Want: claim.String(), Got: "no JSON", Reason: Assertion})
		default:
			j.claim(AboutJSON, claim, claim.met(r.Seen.Values[n], c.pattern), r.Seen.Values[n])
		}
	}
}

func (j *jury) claim(about string, claim Claim, met bool, values []string) {
	p := Point{About: about, OK: met, Reason: Assertion}
	if j.all || !p.OK {
		p.Want = claim.String()
	}
	if !p.OK {
		p.Got = claim.Name + ": nothing"
		if len(values) > 0 {
			p.Got = claim.Name + ": " + clipped(strings.Join(values, ", "))
		}
	}
	j.say(p)
}

func (j *jury) soft(c *Check, r *Reading) {
	e := &c.Expect
	if e.SoftError == SoftOff {
		return
	}
	evidence := SoftFault(r.Body, c.Target, r.URL)
	p := Point{About: AboutSoft, OK: evidence == "", Got: evidence, Reason: SoftError, Verdict: Degraded}
	if e.SoftError == SoftDown {
		p.Verdict = Suspect
	}
	j.say(p)
}

// hostOf returns the host of an address, with its port when it names one.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// sameHost tells whether host is the one wanted; a wanted host without a port
// does not care for it.
func sameHost(host, want string) bool {
	if host == want {
		return true
	}
	name, _, ported := strings.Cut(host, ":")
	return ported && !strings.Contains(want, ":") && name == want
}

// Ready prepares the check for being judged many times: its patterns are read
// once. A check that was not made ready is judged all the same.
func (c *Check) Ready() {
	c.compiled = nil
	patterns := c.Expect.patterns()
	if len(patterns) == 0 {
		return
	}
	compiled := make(map[string]*regexp.Regexp, len(patterns))
	for _, p := range patterns {
		if re, err := regexp.Compile(p); err == nil {
			compiled[p] = re
		}
	}
	c.compiled = compiled
}

// pattern returns p compiled, nil when it cannot be read.
func (c *Check) pattern(p string) *regexp.Regexp {
	if re := c.compiled[p]; re != nil {
		return re
	}
	re, err := regexp.Compile(p)
	if err != nil {
		return nil
	}
	return re
}
