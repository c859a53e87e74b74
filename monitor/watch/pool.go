package watch

import (
	"sync"
	"time"
)

// job is a look that waits for a worker.
type job struct {
	host string
	slow bool // its target timed out last time
	run  func()
}

// pool runs jobs, so many at once. A target that hangs holds one place for its
// timeout; those known to hang may not hold them all, and no host gets more
// than its share, nor visits closer together than it should.
type pool struct {
	max, maxSlow, perHost int
	pause                 time.Duration // between two visits to a host
	work                  chan job      // to workers that have nothing to do
	quit                  chan struct{}
	workers               sync.WaitGroup

	mu            sync.Mutex
	running, slow int
	idle          int
	hosts         map[string]int
	fast, slower  queue            // wait for any place
	blocked       map[string]queue // wait for a place at their host
	rests         map[string]rest  // hosts that want to be left alone for a while
	closed        bool
}

// rest is until when a host is left alone.
type rest struct {
	until time.Time
	timer *time.Timer // lets in who waits; nil while nobody does
}

// maxIdle is how many workers stay when there is nothing to do: their stacks
// have grown, which a new one's must do again.
const maxIdle = 256

func newPool(most, perHost int, pause time.Duration) *pool {
	return &pool{
		max: most, maxSlow: max(1, most*3/4), perHost: perHost, pause: pause, rests: map[string]rest{},
		work: make(chan job), quit: make(chan struct{}),
		hosts: map[string]int{}, blocked: map[string]queue{},
	}
}

// submit runs j as soon as there is a place for it.
func (p *pool) submit(j job) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	if !p.admit(j) {
		p.mu.Unlock()
		return
	}
	if p.idle > 0 {
		p.idle--
		p.mu.Unlock()
		p.work <- j
		return
	}
	p.mu.Unlock()
	p.workers.Go(func() { p.serve(j) })
}

// admit takes a place for j, or puts it where it waits for one.
func (p *pool) admit(j job) bool {
	switch {
	case p.perHost > 0 && p.hosts[j.host] >= p.perHost, p.resting(j.host):
		q := p.blocked[j.host]
		q.push(j)
		p.blocked[j.host] = q
		return false
	case j.slow && (p.slow >= p.maxSlow || p.running >= p.max):
		p.slower.push(j)
		return false
	case p.running >= p.max:
		p.fast.push(j)
		return false
	}
	p.running++
	p.hosts[j.host]++
	if j.slow {
		p.slow++
	}
	if p.pause > 0 {
		p.leave(j.host, p.pause)
	}
	return true
}

// leave has a host left alone for a while from now on.
func (p *pool) leave(host string, pause time.Duration) {
	r := p.rests[host]
	if until := time.Now().Add(pause); until.After(r.until) {
		r.until = until
		p.rests[host] = r
	}
}

// hold has a host that asked for it left alone for a while.
func (p *pool) hold(host string, pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave(host, pause)
}

// resting tells whether a host is to be left alone now. If so, somebody is
// about to wait, and will be let in when that is over.
func (p *pool) resting(host string) bool {
	if len(p.rests) == 0 {
		return false
	}
	r, ok := p.rests[host]
	if !ok {
		return false
	}
	left := time.Until(r.until)
	if left <= 0 {
		return false
	}
	if r.timer == nil {
		r.timer = time.AfterFunc(left, func() { p.rested(host) })
		p.rests[host] = r
	}
	return true
}

// rested lets in who waits for a host whose rest is over; if it was made
// longer meanwhile, they wait on.
func (p *pool) rested(host string) {
	p.mu.Lock()
	r := p.rests[host]
	r.timer = nil
	p.rests[host] = r
	if p.closed {
		p.mu.Unlock()
		return
	}
	var next []job
	q := p.blocked[host]
	for n := q.size(); n > 0; n-- {
		j := q.pop()
		p.blocked[host] = q
		admitted := p.admit(j) // else it went to the end of the line it belongs in
		q = p.blocked[host]
		if !admitted {
			break
		}
		next = append(next, j)
	}
	if p.blocked[host] = q; q.empty() {
		delete(p.blocked, host)
	}
	for _, j := range next {
		p.workers.Go(func() { p.serve(j) })
	}
	p.mu.Unlock()
}

// waits tells whether looks at a host wait for the host's sake.
func (p *pool) waits(host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	q, ok := p.blocked[host]
	return ok && !q.empty()
}

// serve is a worker: it runs j and then whatever waits.
func (p *pool) serve(j job) {
	for {
		j.run()
		next, ok := p.done(j)
		if !ok {
			if !p.rest() {
				return
			}
			select {
			case next = <-p.work:
			case <-p.quit:
				return
			}
		}
		j = next
	}
}

// rest tells whether a worker with nothing to do should stay.
func (p *pool) rest() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.idle >= maxIdle {
		return false
	}
	p.idle++
	return true
}

// done gives up j's place and returns the job that may take one now.
func (p *pool) done(j job) (job, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	if p.hosts[j.host]--; p.hosts[j.host] == 0 {
		delete(p.hosts, j.host)
		if r, ok := p.rests[j.host]; ok && r.timer == nil && !r.until.After(time.Now()) {
			delete(p.rests, j.host)
		}
	}
	if j.slow {
		p.slow--
	}
	if p.closed {
		return job{}, false
	}
	if q, ok := p.blocked[j.host]; ok {
		next := q.pop()
		if p.blocked[j.host] = q; q.empty() {
			delete(p.blocked, j.host)
		}
		if p.admit(next) {
			return next, true
		}
	}
	for _, q := range []*queue{&p.fast, &p.slower} {
		for n := q.size(); n > 0; n-- {
			next := q.pop()
			if p.admit(next) { // else it went to the end of the line it belongs in
				return next, true
			}
		}
	}
	return job{}, false
}

// wait lets running jobs end, forgets those that wait, and ends the workers.
func (p *pool) wait() {
	p.mu.Lock()
	p.closed = true
	for _, r := range p.rests {
		if r.timer != nil {
			r.timer.Stop()
		}
	}
	p.mu.Unlock()
	close(p.quit)
	p.workers.Wait()
}

// queue is first in, first out.
type queue struct {
	items []job
	head  int
}

func (q *queue) push(j job)  { q.items = append(q.items, j) }
func (q *queue) empty() bool { return q.head == len(q.items) }
func (q *queue) size() int   { return len(q.items) - q.head }

func (q *queue) pop() job {
	j := q.items[q.head]
	q.items[q.head] = job{}
	if q.head++; q.empty() {
		q.items, q.head = q.items[:0], 0
	} else if q.head > 1024 && q.head*2 > len(q.items) {
		q.items, q.head = append([]job(nil), q.items[q.head:]...), 0
	}
	return j
}
