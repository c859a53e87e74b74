package harvest

import (
	"container/list"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// Key tells one walk from another: who, through which dialect, asking what.
// It is a hash, so that nobody can fill the memory with long questions.
type Key [sha256.Size]byte

// Reader is who asks.
type Reader struct {
	Kind     Kind
	Consumer string // what it is called in figures
	Known    bool   // it is named in the settings
	Network  string // the part of its address that it cannot choose; never kept
	Near     string // Neighbourhood of the address
	Agent    string
}

// Walk is what is walked.
type Walk struct {
	Dialect  string
	Question string // what is asked, without the place in it
	Scope    Scope
}

// KeyOf returns the key of the reader's walk.
func KeyOf(r Reader, w Walk) Key {
	b := make([]byte, 0, 512)
	for _, part := range []string{r.Network, r.Agent, w.Dialect, w.Question} {
		b = append(append(b, part...), 0)
	}
	return Key(sha256.Sum256(b))
}

// Bounds of what is remembered. Strangers choose how often they begin.
const (
	walksAtMost     = 4096
	walksOfNetwork  = 64
	walksOfKey      = 4
	idleAfter       = StalledAfter
	heldAtMost      = 2 * time.Hour // a snapshot is not held any longer either
	receiptsAnHour  = 60            // of one network that the settings do not name
	strangersAnHour = 1000          // of all of them
	networksAtMost  = 4096
	waitingAtMost   = 8192 // receipts that could not be stored yet
	lookupsASecond  = 20
	passing         = 1 // requests of a stranger who only passes by
)

// Sessions remembers the walks under way in this process. It is safe for use
// by many requests at once.
type Sessions struct {
	mu      sync.Mutex
	walks   map[Key][]*session // the latest last
	harvest *list.List         // of harvesters, the longest silent first
	others  *list.List         // of everybody else: dropped first
	network map[string]int     // walks under way
	waiting map[string]*Pending
	quota   quota
	lookups bucket
}

// session is a walk under way.
type session struct {
	key      Key
	network  string
	receipt  Receipt
	known    bool // the settings name its reader
	harvests bool // of a known harvester
	admitted bool // its receipt is kept
	refused  bool // there were too many
	orphan   bool // it began in another process, or before a restart
	next     int  // the place that is asked for next
	place    *list.Element
}

// Pending is a receipt, or news of one, that is to be stored.
type Pending struct {
	Key     Key
	Receipt Receipt // Requests is what came since the last time
}

// NewSessions returns an empty memory.
func NewSessions() *Sessions {
	return &Sessions{
		walks: map[Key][]*session{}, harvest: list.New(), others: list.New(), network: map[string]int{},
		waiting: map[string]*Pending{}, quota: quota{of: map[string]int{}},
	}
}

// Begin starts a walk, whose key is k, on a snapshot.
func (s *Sessions) Begin(k Key, r Reader, w Walk, on Snapshot, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.again(k, on, now) {
		s.add(k, r, w, Receipt{Snapshot: on.ID, Version: on.Version, SnapshotAt: on.Built, BegunAt: now}, now)
	}
}

// again begins the latest walk of a stranger anew who came no further than the
// first page: who only asks whether something changed leaves one walk, not one
// a request. mu is held.
func (s *Sessions) again(k Key, on Snapshot, now time.Time) bool {
	all := s.walks[k]
	if len(all) == 0 {
		return false
	}
	x := all[len(all)-1]
	r := &x.receipt
	if x.harvests || x.orphan || x.admitted || r.Requests > passing || r.Snapshot != on.ID || x.over(now) {
		return false
	}
	r.BegunAt, r.SeenAt, r.EndedAt = now, now, nil
	r.Requests, r.Reached, r.Total, x.next, x.refused = 0, 0, 0, 0, false
	s.others.MoveToBack(x.place)
	return true
}

// Resume continues a walk that another process began, or this one before it was started anew.
func (s *Sessions) Resume(r Reader, w Walk, kept Receipt, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := KeyOf(r, w)
	for _, stray := range slices.Clone(s.walks[k]) {
		if stray.orphan {
			s.forget(stray)
		}
	}
	x := s.add(k, r, w, kept, now)
	x.admitted, x.next = true, kept.Reached
	x.receipt.ID, x.receipt.Requests = kept.ID, 0
}

// Stray remembers that a reader asked for the middle of a walk nobody knows,
// so that it is looked for again only when it comes again.
func (s *Sessions) Stray(r Reader, w Walk, on Snapshot, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(KeyOf(r, w), r, w, Receipt{Snapshot: on.ID, Version: on.Version, SnapshotAt: on.Built, BegunAt: now}, now).orphan = true
}

// add remembers a walk. mu is held.
func (s *Sessions) add(k Key, r Reader, w Walk, receipt Receipt, now time.Time) *session {
	receipt.ID, receipt.Consumer, receipt.Client, receipt.Network = rand.Text(), r.Consumer, r.Kind, r.Near
	receipt.Dialect, receipt.Scope, receipt.SeenAt = w.Dialect, w.Scope, now
	x := &session{key: k, network: r.Network, receipt: receipt, known: r.Known, harvests: r.Known || r.Kind.Harvests()}
	s.makeRoom(x, now)
	s.walks[x.key] = append(s.walks[x.key], x)
	s.network[x.network]++
	x.place = s.row(x).PushBack(x)
	return x
}

// row is the queue a walk waits in to be forgotten.
func (s *Sessions) row(x *session) *list.List {
	if x.harvests {
		return s.harvest
	}
	return s.others
}

// makeRoom forgets what ended long ago, and when there is no room, the longest
// silent: first of the same question, then of the same network, then strangers.
func (s *Sessions) makeRoom(x *session, now time.Time) {
	for _, l := range []*list.List{s.others, s.harvest} {
		for first := l.Front(); first != nil && first.Value.(*session).over(now); first = l.Front() {
			s.forget(first.Value.(*session))
		}
	}
	if same := s.walks[x.key]; len(same) >= walksOfKey {
		s.forget(same[0])
	}
	if s.network[x.network] >= walksOfNetwork {
		s.forgetOf(x.network)
	}
	if s.others.Len()+s.harvest.Len() >= walksAtMost {
		first := s.others.Front()
		if first == nil {
			first = s.harvest.Front()
		}
		s.forget(first.Value.(*session))
	}
}

func (x *session) over(now time.Time) bool {
	return now.Sub(x.receipt.SeenAt) > idleAfter || now.Sub(x.receipt.BegunAt) > heldAtMost
}

// forgetOf forgets the longest silent walk of a network.
func (s *Sessions) forgetOf(network string) {
	for _, l := range []*list.List{s.others, s.harvest} {
		for e := l.Front(); e != nil; e = e.Next() {
			if x := e.Value.(*session); x.network == network {
				s.forget(x)
				return
			}
		}
	}
}

func (s *Sessions) forget(x *session) {
	s.row(x).Remove(x.place)
	left := slices.DeleteFunc(s.walks[x.key], func(one *session) bool { return one == x })
	if s.walks[x.key] = left; len(left) == 0 {
		delete(s.walks, x.key)
	}
	if s.network[x.network]--; s.network[x.network] <= 0 {
		delete(s.network, x.network)
	}
}

// find returns the walk that a request at the place from belongs to: the one
// that expects it, else the latest. Two readers behind one address with the
// same question are told apart by where they are.
func (s *Sessions) find(k Key, from int, now time.Time) *session {
	all := s.walks[k]
	for _, x := range slices.Backward(all) {
		if x.next == from && !x.over(now) {
			return x
		}
	}
	if n := len(all); n > 0 && !all[n-1].over(now) {
		return all[n-1]
	}
	return nil
}

// Where tells on which snapshot the walk at the place from goes on. It is not
// known while nobody saw it begin; ask says that it is worth looking for it in
// the shared store.
func (s *Sessions) Where(k Key, from int, now time.Time) (snapshot string, known, ask bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.find(k, from, now)
	if x != nil && !x.orphan {
		return x.receipt.Snapshot, true, false
	}
	ask = s.lookups.take(now)
	if x != nil {
		return x.receipt.Snapshot, false, ask
	}
	return "", false, ask
}

// Step is one answered request of a walk.
type Step struct {
	From, To, Of int      // places given out, and of how many
	On           Snapshot // what was really answered from
	Count        bool     // the places have no order: To is how many were given out by this step
}

// Answered notes a step. It returns whether a receipt now waits to be stored
// for the first time: another process may be asked for the next step.
func (s *Sessions) Answered(k Key, step Step, now time.Time) (urgent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.find(k, step.From, now)
	if x == nil {
		return false
	}
	r := &x.receipt
	if r.Snapshot != step.On.ID {
		r.Snapshot, r.Version, r.SnapshotAt, r.Moved = step.On.ID, step.On.Version, step.On.Built, true
	}
	r.Requests++
	if r.SeenAt = now; step.Of > 0 || !step.Count {
		r.Total = step.Of // a step that only counts knows no total
	}
	if step.Count {
		r.Reached = min(r.Reached+step.To, r.Total)
	} else {
		r.Reached, x.next = max(r.Reached, min(step.To, r.Total)), step.To
	}
	if r.Reached >= r.Total && r.EndedAt == nil {
		ended := now
		r.EndedAt = &ended
	}
	s.row(x).MoveToBack(x.place)
	return s.hand(x, now)
}

// hand puts what is new of a walk where the store takes it. mu is held.
func (s *Sessions) hand(x *session, now time.Time) (urgent bool) {
	if x.orphan || x.refused {
		return false
	}
	if !x.admitted {
		stranger := !x.harvests
		if stranger && (x.receipt.Client == Browser || x.receipt.Requests <= passing && !x.receipt.Current()) {
			return false
		}
		if x.refused = !x.known && !s.quota.take(x.network, now); x.refused {
			return false
		}
		x.admitted = true
	}
	p := s.waiting[x.receipt.ID]
	urgent = p == nil
	if p == nil {
		if len(s.waiting) >= waitingAtMost {
			return false
		}
		p = &Pending{Key: x.key}
		s.waiting[x.receipt.ID] = p
	}
	before := p.Receipt.Requests
	p.Receipt = x.receipt
	p.Receipt.Requests += before
	x.receipt.Requests = 0
	return urgent
}

// Take returns what waits to be stored, and forgets that it does.
func (s *Sessions) Take() []Pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Pending, 0, len(s.waiting))
	for _, p := range s.waiting {
		out = append(out, *p)
	}
	clear(s.waiting)
	return out
}

// Return gives back what could not be stored.
func (s *Sessions) Return(all []Pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range all {
		if newer := s.waiting[p.Receipt.ID]; newer != nil {
			newer.Receipt.Requests += p.Receipt.Requests
			continue
		}
		if len(s.waiting) < waitingAtMost {
			s.waiting[p.Receipt.ID] = &p
		}
	}
}

// Len is how many walks are remembered.
func (s *Sessions) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.harvest.Len() + s.others.Len()
}

// quota bounds how many receipts strangers leave in an hour.
type quota struct {
	hour int64
	all  int
	of   map[string]int
}

func (q *quota) take(network string, now time.Time) bool {
	if hour := now.Unix() / 3600; hour != q.hour {
		q.hour, q.all = hour, 0
		clear(q.of)
	}
	if q.of[network] >= receiptsAnHour || q.all >= strangersAnHour || q.of[network] == 0 && len(q.of) >= networksAtMost {
		return false
	}
	q.of[network]++
	q.all++
	return true
}

// bucket bounds how often the store is asked for walks that nobody here knows.
type bucket struct {
	second int64
	taken  int
}

func (b *bucket) take(now time.Time) bool {
	if second := now.Unix(); second != b.second {
		b.second, b.taken = second, 0
	}
	b.taken++
	return b.taken <= lookupsASecond
}
