package council

import (
	"context"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
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

// look reads what changed elsewhere, and weighs it: what came, and everything
// when that is due or when who is believed changed.
func (c *Council) look(ctx context.Context, due bool) error {
	checks, err := c.read(ctx)
	if err != nil {
		return err
	}
	now := c.now()
	c.inSlices(checks, func(m *matter) { c.mark(m, now) })
	c.mu.Lock()
	if c.tally != nil {
		c.believe()
		due = due || c.restless || c.hush(now)
	}
	seated := len(c.seats) > 0
	c.mu.Unlock()
	switch {
	case !seated:
	case due:
		c.sweep()
	default:
		c.inSlices(checks, func(m *matter) { c.weigh(m, now) })
	}
	return nil
}

// read takes in what changed elsewhere, and returns the checks of which somebody
// sees something else now.
func (c *Council) read(ctx context.Context) (checks []int64, err error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.mu.Lock()
	version := c.version
	c.mu.Unlock()
	news, err := c.views.Since(ctx, version)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	same := version >= 0 && c.seat(news.Vantages)
	c.mu.Unlock()
	if !same { // somebody came or went: who sees what is read anew
		seats, err := c.views.Seats(ctx, "")
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sit(seats)
		c.version = news.Version
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := map[int16]int{}
	for n := range c.seats[1:] {
		at[c.seats[n+1].Vantage.ID] = n + 1
	}
	for n := range news.Seen {
		saw := &news.Seen[n]
		seat, ok := at[saw.Vantage]
		if m := c.join(saw.State.CheckID); m != nil && ok {
			c.seats[seat].Sees[saw.State.CheckID] = saw.State
			checks = append(checks, saw.State.CheckID)
		}
	}
	c.version = news.Version
	return checks, nil
}

// seat takes what is known of the vantages that have a say, and is false when
// they are others than before.
func (c *Council) seat(list []vantage.Vantage) bool {
	if len(c.seats) != len(list)+1 {
		return false
	}
	for n := range list {
		if old := &c.seats[n+1].Vantage; old.ID != list[n].ID || old.Network != list[n].Network {
			return false
		}
	}
	for n := range list {
		c.seats[n+1].Vantage = list[n]
	}
	return true
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

// Pulse puts what all places say where only this installation's view stood. The
// counters are ours from the start, so that they never go back when somebody
// begins to look at a check too.
func (c *Council) Pulse(p monitor.Pulse) monitor.Pulse {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	p.Incidents = c.incidents
	for n := range p.Checks {
		of := &p.Checks[n]
		of.Opened = c.opened[of.ID]
		if m := c.cases[of.ID]; m != nil && m.shared {
			of.Standing, of.Open, of.Flapping = m.combined.Standing(now), m.combined.IncidentAt != nil, m.combined.Flapping
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

// sightWithin is how long a page waits for what another process knows.
const sightWithin = 5 * time.Second

// Sights tells who sees what of a check, and what they say together; ok is
// false when only this installation looks.
func (c *Council) Sights(check int64) (list []Sight, outcome vantage.Outcome, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, seats := c.cases[check], c.seats
	if of, watched := c.others[check]; m == nil && watched {
		c.mu.Unlock()
		m, seats = c.elsewhere(of)
		c.mu.Lock()
	}
	if m == nil || !m.shared || len(seats) < 2 {
		return nil, outcome, false
	}
	now := c.now()
	outcome = c.judge(seats, m, now)
	for n := range seats {
		if state := seen(seats, n, m); state != nil {
			list = append(list, Sight{seats[n].Vantage, c.place(seats, n, state, now), *state})
		}
	}
	return list, outcome, len(list) > 1
}

// elsewhere puts together what another process of this installation decides
// from what it stored.
func (c *Council) elsewhere(of monitor.Check) (*matter, []vantagedb.Seat) {
	ctx, cancel := context.WithTimeout(context.Background(), sightWithin)
	defer cancel()
	seats, err := c.views.Seats(ctx, of.Service)
	if err != nil {
		c.log.Warn("what other places see cannot be read", "service", of.Service, "err", err)
		return nil, nil
	}
	m := &matter{check: of}
	m.here, m.shared = seats[0].Sees[of.ID]
	return m, seats
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
