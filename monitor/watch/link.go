package watch

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// link knows whether our own connection works, so that our outage blames nobody.
type link struct {
	references []string

	mu    sync.Mutex
	asked time.Time // when the references were last tried
	up    bool      // and what came of it
	hosts map[string]outcome
}

// outcome is how the last look at a host went.
type outcome struct {
	at     time.Time
	failed bool // in a way that an outage of ours produces too
}

const (
	// A burst is at least so many hosts looked at, nearly all of them failing.
	burstHosts = 5
	burstShare = 0.8
	// burstSlack lets looks count that began just before the one in question.
	burstSlack = time.Second
	// referenceAge is how long an answer of the references holds.
	referenceAge  = 2 * time.Second
	referenceWait = 3 * time.Second
)

func newLink(references []string) *link {
	return &link{references: references, hosts: map[string]outcome{}}
}

// note remembers how a look at host went.
func (l *link) note(host string, at time.Time, why monitor.Reason) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old, ok := l.hosts[host]; ok && old.at.After(at) {
		return
	}
	l.hosts[host] = outcome{at, why.Network() || why == monitor.OwnNetwork}
}

// forget drops what is known: the times no longer compare.
func (l *link) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.hosts)
	l.asked = time.Time{}
}

// down tells whether our own link is down, judging by the references, or else
// by what happened to all hosts since the failure of one began.
func (l *link) down(ctx context.Context, host string, since time.Time) bool {
	if len(l.references) > 0 {
		return !l.reachable(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	looked, failed := 1, 1 // the host in question
	from := since.Add(-burstSlack)
	for other, o := range l.hosts {
		if other == host || o.at.Before(from) {
			continue
		}
		looked++
		if o.failed {
			failed++
		}
	}
	return looked >= burstHosts && float64(failed) >= burstShare*float64(looked)
}

// reachable tells whether any reference accepts a connection.
func (l *link) reachable(ctx context.Context) bool {
	l.mu.Lock()
	defer l.mu.Unlock() // whoever else asks waits for the same answer
	if !l.asked.IsZero() && time.Since(l.asked) < referenceAge {
		return l.up
	}
	ctx, cancel := context.WithTimeout(ctx, referenceWait)
	defer cancel()
	answers := make(chan bool, len(l.references))
	for _, address := range l.references {
		go func() {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			answers <- err == nil
		}()
	}
	l.up = false
	for range l.references {
		if <-answers {
			l.up = true
			break
		}
	}
	l.asked = time.Now()
	return l.up
}
