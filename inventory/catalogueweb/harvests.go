package catalogueweb

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/web"
)

// Receipts keeps walks where other processes find them.
type Receipts interface {
	// Keep stores what is new of walks.
	Keep(ctx context.Context, all []harvest.Pending) error
	// Walk returns the walk under way with the key; ok is false when there is none.
	Walk(ctx context.Context, key harvest.Key) (r harvest.Receipt, ok bool, err error)
}

// harvests follows who walks through the catalogue.
type harvests struct {
	sessions  *harvest.Sessions
	consumers harvest.Consumers
	receipts  Receipts // nil: nothing is kept
	wake      chan struct{}
	last      atomic.Pointer[asker]

	mu sync.Mutex
	n  map[harvest.Kind]uint64 // walks begun
}

func newHarvests() *harvests {
	return &harvests{sessions: harvest.NewSessions(), wake: make(chan struct{}, 1), n: map[harvest.Kind]uint64{}}
}

// With names known readers and keeps receipts of what they read. It is called
// while the rooms are wired.
func (p *Pages) With(consumers harvest.Consumers, receipts Receipts) *Pages {
	p.harvests.consumers, p.harvests.receipts = consumers, receipts
	return p
}

// visit is one request of a walk; nil is a request of none.
type visit struct {
	of   *harvests
	key  harvest.Key
	step harvest.Step
	now  func() time.Time
}

// asker is somebody who walks.
type asker struct {
	address, agent, path string
	walk                 harvest.Walk

	reader harvest.Reader
	key    harvest.Key // of the walk
}

// reader tells who asks. Whoever asks mostly asks again: the last is remembered.
func (h *harvests) reader(c *gin.Context, w harvest.Walk) *asker {
	agent, address, path := c.Request.UserAgent(), c.ClientIP(), c.Request.URL.Path
	last := h.last.Load()
	if last != nil && last.address == address && last.agent == agent && last.path == path && last.walk == w {
		return last
	}
	r := harvest.Reader{
		Kind: harvest.KindOf(agent, path), Agent: agent, Network: identity.Network(address), Near: harvest.Neighbourhood(address),
	}
	r.Consumer, r.Known = h.consumers.Name(agent, address, r.Kind)
	now := &asker{address, agent, path, w, r, harvest.KeyOf(r, w)}
	h.last.Store(now)
	return now
}

// follow returns the snapshot from which a request at the place from is
// answered: the one its walk began on, while it is held, else s. Harvesters
// that ask HEAD first are counted once.
func (p *Pages) follow(c *gin.Context, w harvest.Walk, from int, s *catalogue.Snapshot) (*catalogue.Snapshot, *visit) {
	h, now := p.harvests, p.feed.now()
	who := h.reader(c, w)
	v := &visit{of: h, key: who.key, now: p.feed.now}
	v.step.From = from
	if from != 0 {
		s = p.resume(c.Request.Context(), v, who.reader, w, s)
	}
	if web.MethodFrom(c.Request.Context()) == http.MethodHead {
		return s, nil
	}
	if from == 0 {
		h.count(who.reader.Kind)
		h.sessions.Begin(who.key, who.reader, w, stateOf(s), now)
	}
	v.on(s)
	return s, v
}

// on says from which snapshot the request is answered.
func (v *visit) on(s *catalogue.Snapshot) {
	s.MarkServed()
	if v != nil {
		v.step.On = stateOf(s)
	}
}

func stateOf(s *catalogue.Snapshot) harvest.Snapshot {
	return harvest.Snapshot{ID: s.ID, Version: s.Version, Built: s.Built}
}

// resume is the snapshot on which a walk goes on. One that began elsewhere is
// looked for in the shared store, seldom enough that strangers cannot make us
// ask it at their pace.
func (p *Pages) resume(
	ctx context.Context, v *visit, r harvest.Reader, w harvest.Walk, current *catalogue.Snapshot,
) *catalogue.Snapshot {
	h, now := p.harvests, p.feed.now()
	id, known, ask := h.sessions.Where(v.key, v.step.From, now)
	if !known && ask && h.receipts != nil {
		if kept, ok := h.kept(ctx, v.key); ok {
			h.sessions.Resume(r, w, kept, now)
			id, known = kept.Snapshot, true
		}
	}
	if !known && id == "" {
		h.sessions.Stray(r, w, stateOf(current), now)
	}
	if id == "" || id == current.ID {
		return current
	}
	if s := p.held(ctx, id); s != nil {
		return s
	}
	return current
}

// held is a snapshot that is still kept, nil when it is gone.
func (p *Pages) held(ctx context.Context, id string) *catalogue.Snapshot {
	s, err := p.feed.find(ctx, id)
	if err != nil {
		return nil
	}
	return s
}

// keptWithin bounds how long a harvester waits for what another process knows.
const keptWithin = 500 * time.Millisecond

func (h *harvests) kept(ctx context.Context, key harvest.Key) (harvest.Receipt, bool) {
	ctx, cancel := context.WithTimeout(ctx, keptWithin)
	defer cancel()
	r, ok, err := h.receipts.Walk(ctx, key)
	return r, ok && err == nil // a lost database must not stop a harvest
}

// answered notes what a request of a walk was given.
func (v *visit) answered(to, of int) {
	if v == nil {
		return
	}
	v.step.To, v.step.Of = to, of
	if v.of.sessions.Answered(v.key, v.step, v.now()) && v.of.receipts != nil {
		select {
		case v.of.wake <- struct{}{}:
		default: // it is awake
		}
	}
}

// whole notes a document that was given out whole.
func (v *visit) whole() { v.answered(1, 1) }

// count counts a walk that begins.
func (h *harvests) count(k harvest.Kind) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n[k]++
}

// counts lists every kind, also those never seen.
func (h *harvests) counts() map[string]uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]uint64{}
	for _, k := range harvest.Kinds() {
		out[string(k)] = h.n[k]
	}
	return out
}

// State is what is served now; zero when nothing is.
func (p *Pages) State() harvest.Snapshot {
	if s := p.feed.shelf.Current(); s != nil {
		return stateOf(s)
	}
	return harvest.Snapshot{}
}

// Package returns a public dataset as harvesters are given it.
func (p *Pages) Package(ctx context.Context, id string) (b []byte, ok bool, err error) {
	s, err := p.feed.current(ctx)
	if err != nil {
		return nil, false, err
	}
	b, ok = s.Package(id)
	return b, ok, nil
}

const (
	gatherFor = 50 * time.Millisecond // a walk that begins: its next step may reach another process
	keepEvery = 2 * time.Second
	lastKeep  = 5 * time.Second
)

// KeepReceipts stores receipts until its context ends, and then once more. No
// request waits for it.
func (p *Pages) KeepReceipts(ctx context.Context) {
	h := p.harvests
	if h.receipts == nil {
		return
	}
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	trouble := false
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastKeep)
			defer cancel()
			p.tellKept(h.keep(last), &trouble)
			return
		case <-h.wake:
			select {
			case <-time.After(gatherFor):
			case <-ctx.Done():
			}
		case <-tick.C:
		}
		p.tellKept(h.keep(ctx), &trouble)
	}
}

// tellKept logs that receipts cannot be stored, once, and its end.
func (p *Pages) tellKept(err error, trouble *bool) {
	switch {
	case err != nil && !*trouble:
		p.feed.log.Error("receipts of harvests could not be stored", "err", err)
	case err == nil && *trouble:
		p.feed.log.Info("receipts of harvests are stored again")
	}
	*trouble = err != nil
}

// keep stores what waits; what cannot be stored waits on.
func (h *harvests) keep(ctx context.Context) error {
	all := h.sessions.Take()
	if len(all) == 0 {
		return nil
	}
	if err := h.receipts.Keep(ctx, all); err != nil {
		h.sessions.Return(all)
		return err
	}
	return nil
}
