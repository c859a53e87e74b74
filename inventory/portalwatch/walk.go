package portalwatch

import (
	"context"
	"errors"
	"time"

	"github.com/jard-odi/jard/inventory/portal"
)

// Register is what is offered to the portal.
type Register interface {
	// Offers lists every dataset that is or was public.
	Offers(ctx context.Context) ([]portal.Offer, error)
	// Package returns a dataset the way harvesters are given it; ok is false when it is not public.
	Package(ctx context.Context, id string) (p portal.Package, ok bool, err error)
}

const (
	rowsOfPage     = 100
	pagesAtMost    = 20_000
	packagesAtMost = 1_000_000
	confirmAtMost  = 200 // of what was not met, asked for one by one
	strayAtMost    = 5   // in a thousand: what may move from one page to another while somebody reads
)

// Walk reads the portal once and compares. The reading says how far it came;
// only one that came to its end tells of what is not there.
func Walk(ctx context.Context, c *Client, r Register, rules portal.Rules, now time.Time) (portal.Reading, portal.Outcome) {
	w := walk{client: c, register: r, reading: portal.Reading{Portal: c.Base, StartedAt: now}}
	offers, err := r.Offers(ctx)
	if err != nil {
		w.fail(&failure{why: portal.Ourselves, detail: "register"})
		return w.reading, portal.Outcome{}
	}
	for _, o := range offers {
		if o.Withdrawn == nil {
			w.reading.Offered++
		}
	}
	w.comparison = portal.NewComparison(offers, rules, now)
	missing, err := w.run(ctx)
	if err != nil {
		w.fail(err)
	}
	w.reading.Whole, w.reading.Requests = err == nil, c.asked
	out := w.comparison.Outcome(err == nil, missing)
	w.reading.Matched, w.reading.Sources = out.Matched, out.Sources
	return w.reading, out
}

// walk is a read under way.
type walk struct {
	client     *Client
	register   Register
	comparison *portal.Comparison
	reading    portal.Reading
}

func (w *walk) fail(err error) {
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{why: portal.Ourselves, detail: "register"}
	}
	w.reading.Failure, w.reading.Detail = f.why, f.detail
}

// run reads everything, then asks for what it did not meet.
func (w *walk) run(ctx context.Context) ([]portal.Observation, error) {
	if err := w.pages(ctx); err != nil {
		return nil, err
	}
	if err := w.doubts(ctx); err != nil {
		return nil, err
	}
	return w.absent(ctx)
}

// pages reads page after page until one brings nothing new, whatever the
// portal says about how many there are.
func (w *walk) pages(ctx context.Context) error {
	seen := map[string]bool{}
	for start, n := 0, 0; ; n++ {
		p, err := w.client.search(ctx, start, rowsOfPage)
		if err != nil {
			return err
		}
		if n >= pagesAtMost || len(seen) > packagesAtMost {
			return &failure{why: portal.Endless, detail: "package_search"}
		}
		before := w.reading.Unreadable
		fresh, err := w.take(ctx, p, seen)
		if err != nil {
			return err
		}
		w.reading.Packages, w.reading.Told = len(seen), p.Count
		start += len(p.Results)
		if fresh == 0 {
			return w.everything(len(p.Results) > 0 && before == w.reading.Unreadable, len(seen)+w.reading.Unreadable, p.Count)
		}
	}
}

// everything tells whether as many were met as the portal says there are. A
// portal is worked on while it is read: a few may have moved.
func (w *walk) everything(repeats bool, met, told int) error {
	if met >= told-max(2, told*strayAtMost/1000) {
		return nil
	}
	if repeats {
		return &failure{why: portal.Repeats, detail: "package_search"}
	}
	return &failure{why: portal.Incomplete, detail: "package_search"}
}

// take compares the packages of a page and returns how many were new.
func (w *walk) take(ctx context.Context, p page, seen map[string]bool) (fresh int, err error) {
	for _, raw := range p.Results {
		theirs, err := portal.ReadPackage(raw)
		if err != nil {
			w.reading.Unreadable++
			continue
		}
		if seen[theirs.ID] {
			continue
		}
		seen[theirs.ID] = true
		fresh++
		if err := w.compare(ctx, &theirs); err != nil {
			return fresh, err
		}
	}
	return fresh, nil
}

// compare sets a package beside what is offered in its place.
func (w *walk) compare(ctx context.Context, theirs *portal.Package) error {
	o, ok := w.comparison.Match(theirs)
	if !ok || o.Withdrawn != nil {
		w.comparison.See(theirs, nil)
		return nil
	}
	ours, ok, err := w.register.Package(ctx, o.ID)
	if err != nil {
		return err
	}
	if !ok {
		w.comparison.See(theirs, nil) // left out of the catalogue, or withdrawn while we read
		return nil
	}
	w.comparison.See(theirs, &ours)
	return nil
}

// doubts asks for what was deleted here and met there: the index of a portal
// often still finds what its database no longer has.
func (w *walk) doubts(ctx context.Context) error {
	doubtful := append([]portal.Observation(nil), w.comparison.Doubtful()...)
	for _, o := range doubtful[:min(len(doubtful), confirmAtMost)] {
		theirs, ok, err := w.client.show(ctx, o.PortalID)
		if err != nil {
			return err
		}
		if !ok || !theirs.Alive() {
			w.comparison.Dismiss(o.Subject)
		}
	}
	return nil
}

// absent asks for what was not met, by id and by name. When there is too much
// of it to ask for each, and none of those asked for was there after all, the
// rest is taken for missing too.
func (w *walk) absent(ctx context.Context) ([]portal.Observation, error) {
	unseen, asked := w.comparison.Unseen(), 0
	var missing []portal.Observation
	found := false
	for _, o := range unseen {
		if asked >= confirmAtMost && found {
			break
		}
		ours, ok, err := w.register.Package(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // not in the catalogue: no harvester was ever given it
		}
		if asked < confirmAtMost {
			asked++
			there, err := w.find(ctx, o, &ours)
			if err != nil {
				return nil, err
			}
			if found = found || there; there {
				continue
			}
		}
		if missing = append(missing, portal.Lacking(o, titleOf(&ours))); len(missing) >= observationsAtMost {
			break
		}
	}
	return missing, nil
}

// observationsAtMost bounds what one read can report missing: whoever never
// was harvested does not need a hundred thousand lines to know it.
const observationsAtMost = 10_000

func titleOf(p *portal.Package) string {
	if len(p.Titles) == 0 {
		return ""
	}
	return p.Titles[0]
}

// find asks for one of ours by id and by name.
func (w *walk) find(ctx context.Context, o portal.Offer, ours *portal.Package) (bool, error) {
	for _, key := range []string{o.ID, o.Name} {
		if key == "" {
			continue
		}
		theirs, ok, err := w.client.show(ctx, key)
		if err != nil {
			return false, err
		}
		if !ok || !theirs.Alive() {
			continue
		}
		if match, is := w.comparison.Match(&theirs); is && match.ID == o.ID {
			w.comparison.See(&theirs, ours)
			return true, nil
		}
	}
	return false, nil
}
