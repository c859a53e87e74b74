package portal

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Comparison gathers what one read of the portal shows, package by package. It
// holds what is needed to know ours again, not the packages themselves.
type Comparison struct {
	rules  Rules
	now    time.Time
	offers []Offer
	known  map[string]int // id, ref
	names  map[string]int
	seen   map[int]sighting
	twice  map[int][]string
	claims []Observation // stray
	open   []Observation // differs
	alive  []Observation // deleted here
	orgs   map[string]bool
	ours   map[string]bool // institutions whose datasets were seen
	from   map[string]int
}

// Bounds of what a portal that makes things up can have us remember.
const (
	claimsAtMost  = 10_000 // packages that say they are ours
	sourcesAtMost = 1000   // names of where packages come from
	copiesAtMost  = 100    // packages that are one of ours
)

// sighting is one of ours as it was met there.
type sighting struct{ id, name, title string }

// NewComparison begins a comparison with what is offered.
func NewComparison(offers []Offer, r Rules, now time.Time) *Comparison {
	c := &Comparison{
		rules: r, now: now, offers: offers, known: make(map[string]int, 2*len(offers)), names: make(map[string]int, len(offers)),
		seen: map[int]sighting{}, twice: map[int][]string{}, orgs: map[string]bool{}, ours: map[string]bool{}, from: map[string]int{},
	}
	for n, o := range offers {
		c.known[o.ID], c.known[o.Ref] = n, n
		if o.Name != "" {
			c.names[o.Name] = n
		}
	}
	return c
}

// Match returns which of ours a package is: by its id, by its name unless it
// says that it is something else, by what it says it is.
func (c *Comparison) Match(p *Package) (Offer, bool) {
	n, ok := c.match(p)
	if !ok {
		return Offer{}, false
	}
	return c.offers[n], true
}

func (c *Comparison) match(p *Package) (int, bool) {
	if n, ok := c.known[p.ID]; ok {
		return n, true
	}
	claimed, mine := -1, true
	for _, claim := range p.Claims {
		if n, ok := c.known[claim]; ok {
			claimed = n
		} else if id, ok := c.within(claim); ok {
			if n, ok := c.known[id]; ok {
				claimed = n
			}
		} else if strings.Contains(claim, "://") {
			mine = false // it has an address of somebody else's
		}
	}
	if claimed >= 0 {
		return claimed, true
	}
	n, ok := c.names[p.Name]
	return n, ok && mine
}

// within reads the id out of an address of ours.
func (c *Comparison) within(claim string) (id string, ok bool) {
	base := strings.TrimSuffix(c.rules.BaseURL, "/")
	rest, ok := strings.CutPrefix(claim, base+"/")
	if base == "" || !ok {
		return "", false
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "datasets/"), "dataset/")
	id, _, _ = strings.Cut(strings.TrimSuffix(rest, "/"), ".")
	return id, true
}

// See takes note of a package of the portal. ours is what the register offers
// in its place, nil when that is not to be had.
func (c *Comparison) See(p, ours *Package) {
	if p.Type == "harvest" || !p.Alive() {
		return
	}
	n, ok := c.match(p)
	if !ok {
		c.stranger(p)
		return
	}
	o := c.offers[n]
	c.ours[o.Institution] = true
	if org := first(p.Organization); org != "" {
		c.orgs[org] = true
	}
	if before, twice := c.seen[n]; twice {
		if before.id != p.ID {
			if len(c.twice[n]) < copiesAtMost {
				c.twice[n] = append(c.twice[n], p.Name)
			}
		}
		return
	}
	title := short(first(p.Titles), shown)
	c.seen[n] = sighting{p.ID, p.Name, title}
	base := Observation{
		Subject: o.ID, Ref: o.Ref, Institution: o.Institution, Title: title, PortalID: p.ID, PortalName: p.Name,
	}
	switch {
	case o.Withdrawn != nil:
		if c.late(*o.Withdrawn) {
			base.Kind, base.Ours, base.Theirs = Undeleted, o.Withdrawn.UTC().Format(time.RFC3339), p.Name
			c.alive = append(c.alive, base)
		}
	case ours != nil && c.late(ours.Modified):
		for _, d := range Compare(ours, p, c.rules.Terms) {
			x := base
			x.Kind, x.Field, x.Ours, x.Theirs, x.Title = Differs, d.Field, d.Ours, d.Theirs, first(ours.Titles)
			c.open = append(c.open, x)
		}
	}
}

// stranger counts what is not ours by where it comes from, and notes what says
// that it is.
func (c *Comparison) stranger(p *Package) {
	mine := c.rules.BaseURL != "" && strings.HasPrefix(p.SourceURL, c.rules.BaseURL)
	claim := p.SourceURL
	for _, one := range p.Claims {
		if _, ok := c.within(one); ok {
			mine, claim = true, one
		}
	}
	if !mine {
		source := short(cmp.Or(p.Source, last(p.Organization)), 80)
		if _, known := c.from[source]; known || len(c.from) < sourcesAtMost {
			c.from[source]++
		}
		return
	}
	if len(c.claims) >= claimsAtMost {
		return
	}
	c.claims = append(c.claims, Observation{
		Kind: Stray, Subject: short(p.ID, 200), Title: short(first(p.Titles), shown), PortalID: p.ID, PortalName: p.Name, Theirs: short(claim, shown),
	})
}

// late tells whether the portal should have followed by now.
func (c *Comparison) late(since time.Time) bool { return c.now.Sub(since) > c.rules.Within }

// Unseen lists what should be there and was not met, the longest first.
func (c *Comparison) Unseen() []Offer {
	var out []Offer
	for n, o := range c.offers {
		if _, ok := c.seen[n]; !ok && o.Withdrawn == nil && c.late(o.Since) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b Offer) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Doubtful lists what was deleted here and met there: an index that is behind
// still finds what is gone.
func (c *Comparison) Doubtful() []Observation { return c.alive }

// Dismiss takes an observation of Doubtful back.
func (c *Comparison) Dismiss(subject string) {
	c.alive = slices.DeleteFunc(c.alive, func(o Observation) bool { return o.Subject == subject })
	if n, ok := c.known[subject]; ok {
		delete(c.seen, n)
	}
}

// Outcome is what a read of the portal comes to.
type Outcome struct {
	Whole        bool // everything was read: what was not met is not there
	Observations []Observation
	Met          map[string]bool // subjects that were met, so that what is well again is known
	Matched      int
	Sources      map[string]int // packages that are not ours, by where they come from
}

// Outcome ends the comparison. missing are those of Unseen that are not there
// indeed; they count only when everything was read.
func (c *Comparison) Outcome(whole bool, missing []Observation) Outcome {
	out := Outcome{Whole: whole, Met: map[string]bool{}, Matched: len(c.seen), Sources: c.from}
	for n := range c.seen {
		out.Met[c.offers[n].ID] = true
	}
	out.Observations = append(out.Observations, c.alive...)
	if whole {
		out.Observations = append(out.Observations, missing...)
	}
	everything := len(c.orgs) == 1 && len(c.ours) > 1 // the portal puts a source's datasets under the source's own name
	for _, o := range c.open {
		if o.Field != Organization || !everything {
			out.Observations = append(out.Observations, o)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(c.twice)) {
		o, s := c.offers[n], c.seen[n]
		out.Observations = append(out.Observations, Observation{
			Kind: Duplicate, Subject: o.ID, Ref: o.Ref, Institution: o.Institution, Title: s.title, PortalID: s.id, PortalName: s.name,
			Ours: s.name, Theirs: short(strings.Join(c.twice[n], "\n"), shown),
		})
	}
	for _, o := range c.claims {
		out.Met[o.Subject] = true
		out.Observations = append(out.Observations, o)
	}
	return out
}

// Lacking is the observation that an offer is not on the portal.
func Lacking(o Offer, title string) Observation {
	return Observation{
		Kind: Missing, Subject: o.ID, Ref: o.Ref, Institution: o.Institution, Title: title,
		Ours: o.Since.UTC().Format(time.RFC3339),
	}
}
