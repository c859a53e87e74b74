package watch

import (
	"context"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// link knows whether our own connection works, so that our outage blames nobody.
type link struct {
	references []string
	own        Own // asked when too few hosts are watched to tell; nil: nobody

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

func newLink(references []string, own Own) *link {
	l := &link{own: own, hosts: map[string]outcome{}}
	for _, r := range references {
		l.references = append(l.references, doorOf(r))
	}
	return l
}

// doorOf returns the host and port of a reference, which may be written as an address.
func doorOf(reference string) string {
	u, err := url.Parse(reference)
	if err != nil || u.Host == "" {
		return reference
	}
	port := u.Port()
	if port == "" {
		if port = "443"; u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
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
// by what happened to all hosts since the failure of one began. Where too few
// hosts are watched for that, and none of them answered since, the system is
// asked what it knows of its connection.
func (l *link) down(ctx context.Context, host string, why monitor.Reason, since time.Time) bool {
	if len(l.references) > 0 {
		return !l.reachable(ctx)
	}
	looked, failed := l.around(host, since)
	if looked >= burstHosts {
		return float64(failed) >= burstShare*float64(looked)
	}
	return failed == looked && l.own != nil && l.own.Down(ctx, host, why)
}

// around counts the hosts looked at since a failure began, and those of them
// that failed, the host in question among them.
func (l *link) around(host string, since time.Time) (looked, failed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	looked, failed = 1, 1
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
	return looked, failed
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
