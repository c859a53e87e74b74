package council

import (
	"context"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
)

const (
	// lookEvery is how often news from elsewhere is looked for: another process
	// may have taken a batch.
	lookEvery = time.Second
	// weighEvery is how often everything is weighed although nothing came: what
	// is not heard of any more grows stale.
	weighEvery = 5 * time.Second
)

// Follow weighs what comes from elsewhere until ctx ends.
func (c *Council) Follow(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var weighed time.Time
	failing := false
	for {
		due := c.now().Sub(weighed).Abs() >= weighEvery
		err := c.look(ctx, due)
		if err == nil {
			err = c.keepHere(ctx)
		}
		if err != nil && !failing && ctx.Err() == nil {
			c.log.Error("views from elsewhere cannot be weighed", "err", err)
		}
		failing = err != nil
		if due {
			weighed = c.now()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.news:
		}
	}
}

// look reads the views when they changed, and weighs.
func (c *Council) look(ctx context.Context, due bool) error {
	version, err := c.views.Elsewhere(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	same := version == c.version
	c.mu.Unlock()
	if same && !due {
		return nil
	}
	seats, err := c.views.Seats(ctx, "")
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = version
	c.sit(seats)
	return nil
}

// Take takes a batch that v signed: first its readings are made safe, then it
// is remembered together with what it changed. Whatever moment the program is
// killed at, sending it again completes it and doubles nothing.
func (c *Council) Take(ctx context.Context, by identity.Actor, v *vantage.Vantage, b *vantage.Batch, digest string) (*vantage.Receipt, error) {
	arrival, already, err := c.views.Weigh(ctx, by, v, b, digest)
	if err != nil {
		return nil, err
	}
	receipt := &vantage.Receipt{Sequence: b.Sequence, Already: already, Now: c.now()}
	if already {
		return receipt, nil
	}
	c.writer.Elsewhere(arrival.Readings)
	if err := c.writer.Flush(ctx); err != nil {
		return nil, err
	}
	if err := c.views.Take(ctx, by, v.Slug, b, digest, arrival); err != nil {
		return nil, err
	}
	receipt.Kept = len(arrival.Readings)
	for why, n := range arrival.Refused {
		if receipt.Refused == nil {
			receipt.Refused = map[string]int{}
		}
		receipt.Refused[string(why)] = n
	}
	c.Heard()
	return receipt, nil
}

// Heard tells that something came from elsewhere.
func (c *Council) Heard() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// Pulse puts what all places say where only this installation's view stood.
func (c *Council) Pulse(p monitor.Pulse) monitor.Pulse {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for n := range p.Checks {
		if m := c.cases[p.Checks[n].ID]; m != nil && m.shared {
			p.Incidents += m.opened - p.Checks[n].Opened
			p.Checks[n].Standing, p.Checks[n].Open, p.Checks[n].Opened = m.combined.Standing(now), m.combined.IncidentAt != nil, m.opened
		}
	}
	return p
}

// Sight is what one vantage sees of a check, for a page.
type Sight struct {
	Vantage vantage.Vantage
	Place   vantage.Place
	State   monitor.Current
}

// Sights tells who sees what of a check, and what they say together; ok is
// false when only this installation looks.
func (c *Council) Sights(check int64) (list []Sight, outcome vantage.Outcome, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.cases[check]
	if m == nil {
		m = c.elsewhere(check)
	}
	if m == nil || !m.shared || len(c.seats) < 2 {
		return nil, outcome, false
	}
	now := c.now()
	c.decide(m, now)
	for n := range c.seats {
		if state := c.seen(n, m); state != nil {
			list = append(list, Sight{c.seats[n].Vantage, c.place(n, state, now), *state})
		}
	}
	return list, m.outcome, len(list) > 1
}

// elsewhere puts together what another process of this installation decides
// from what it stored; nil when nobody watches the check.
func (c *Council) elsewhere(check int64) *matter {
	of, watched := c.others[check]
	if !watched || len(c.seats) == 0 {
		return nil
	}
	m := &matter{check: of}
	if here, ok := c.seats[0].Sees[check]; ok {
		m.here, m.shared = here, true
	}
	return m
}

// Blind lists the vantages that see nothing while others do.
func (c *Council) Blind() map[int16]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	blind := make(map[int16]bool, len(c.blind))
	for id := range c.blind {
		blind[id] = true
	}
	return blind
}
