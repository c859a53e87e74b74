package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Quick says that programs ask for this path a lot, with plain GETs: a Lane
// answers it. A path that ends in a slash stands for all below it.
func (s *Shell) Quick(paths ...string) {
	for _, p := range paths {
		if strings.HasSuffix(p, "/") {
			s.quick.below = append(s.quick.below, p)
			continue
		}
		if s.quick.exact == nil {
			s.quick.exact = map[string]bool{}
		}
		s.quick.exact[p] = true
	}
}

// quickPaths are what a lane answers.
type quickPaths struct {
	exact map[string]bool
	below []string
}

func (q *quickPaths) has(path string) bool {
	if q.exact[path] {
		return true
	}
	for _, prefix := range q.below {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// Patience is how long a connection may take.
type Patience struct {
	Head time.Duration // to send the head of a request
	Idle time.Duration // until the next request
	Read time.Duration // to take an answer

	Grace      time.Duration // before that rate counts; 0: 20 s
	MinRate    int64         // bytes a second that an answer must be taken with, after some grace; 0: any
	Most       int           // connections at once; 0: any number
	PerNetwork int           // of them of one network; 0: any number. Proxies and this machine are many people
}

// Lane is a listener that answers the simplest requests by itself and hands
// every other connection on to a net/http server, which sees it as the client
// sent it. The simplest are GET and HEAD of quick paths, without a body, with
// no header but those it knows; they pass through the same handler as all
// others, so that nothing is said or logged otherwise. What it saves is what
// net/http does around a handler, which costs more than a page that is ready:
// harvesters ask for thousands.
//
// A connection that was handed on never comes back: two who read from one
// connection would need to agree where a request ends.
type Lane struct {
	under    net.Listener
	quick    *quickPaths
	handler  http.Handler
	patience Patience
	log      *slog.Logger
	refused  *refusals
	base     context.Context //nolint:containedctx // as http.Server.BaseContext
	cancel   context.CancelFunc
	stamp    atomic.Pointer[stamp]

	handed chan net.Conn
	failed chan error
	closed chan struct{}

	mu      sync.Mutex
	riders  map[*rider]bool
	crowd   crowd
	proxies []netip.Prefix // who bring many people each
	closing bool
	riding  sync.WaitGroup
}

// Lane begins to accept connections of l. The server must be given the lane as
// its listener.
func (s *Shell) Lane(ctx context.Context, l net.Listener, p Patience) *Lane {
	if p.Grace <= 0 {
		p.Grace = usualGrace
	}
	lane := &Lane{
		under: l, quick: &s.quick, handler: s.Handler(), patience: p, log: s.log, refused: s.refused, proxies: s.proxies,
		handed: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{}), riders: map[*rider]bool{},
	}
	lane.base, lane.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go lane.accept()
	return lane
}

// accept takes connections until the listener is closed.
func (l *Lane) accept() {
	for {
		conn, err := l.under.Accept()
		if err != nil {
			select {
			case l.failed <- err: // the server knows which errors pass, and waits a little before it asks again
			case <-l.closed:
				return
			}
			continue
		}
		guest, ok := l.admit(conn)
		if !ok {
			conn.Close() // nothing is said: whoever floods us is owed no work
			continue
		}
		r := &rider{Conn: guest, lane: l}
		if !l.join(r) {
			conn.Close()
			return
		}
		go r.run()
	}
}

func (l *Lane) join(r *rider) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return false
	}
	l.riders[r] = true
	l.riding.Add(1)
	return true
}

func (l *Lane) leave(r *rider) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.riders[r] {
		delete(l.riders, r)
		l.riding.Done()
	}
}

// Accept returns the next connection that is not for the lane.
func (l *Lane) Accept() (net.Conn, error) {
	select {
	case conn := <-l.handed:
		return conn, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Addr is where the lane listens.
func (l *Lane) Addr() net.Addr { return l.under.Addr() }

// Close stops to listen, and closes the connections that wait for a request.
// Answers under way are finished; Drain waits for them.
func (l *Lane) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return nil
	}
	l.closing = true
	close(l.closed)
	for r := range l.riders {
		if r.state.CompareAndSwap(waiting, gone) {
			r.Close()
		}
	}
	return l.under.Close()
}

// Drain waits until the last answer has been taken, or cuts it off when ctx ends.
func (l *Lane) Drain(ctx context.Context) error {
	defer l.cancel()
	done := make(chan struct{})
	go func() {
		l.riding.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := range l.riders {
		r.Close()
	}
	return ctx.Err()
}

// stamp is the line of the date, which holds for a second.
type stamp struct {
	second int64
	line   []byte
}

func (l *Lane) date(now time.Time) []byte {
	s := l.stamp.Load()
	if s == nil || s.second != now.Unix() {
		s = &stamp{now.Unix(), now.UTC().AppendFormat([]byte("Date: "), http.TimeFormat+"\r\n")}
		l.stamp.Store(s)
	}
	return s.line
}
