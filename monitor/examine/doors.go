package examine

import (
	"context"
	"net"
	"strings"
	"sync"
)

// doors lets only so many connections to one host be open at once, whoever
// asks: services often stand on the same machine, and pages on the same files.
type doors struct {
	most int
	mu   sync.Mutex
	open map[string]*door
}

// door is that of one host.
type door struct {
	free chan struct{}
	near int // who holds it or waits for it
}

func newDoors(most int) *doors { return &doors{most: most, open: map[string]*door{}} }

// enter waits until a connection to host may be opened, and returns how to say
// that it is closed.
func (d *doors) enter(ctx context.Context, host string) (leave func(), err error) {
	host = strings.ToLower(host)
	d.mu.Lock()
	one := d.open[host]
	if one == nil {
		one = &door{free: make(chan struct{}, d.most)}
		d.open[host] = one
	}
	one.near++
	d.mu.Unlock()
	gone := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if one.near--; one.near == 0 {
			delete(d.open, host)
		}
	}
	select {
	case one.free <- struct{}{}:
		return sync.OnceFunc(func() { <-one.free; gone() }), nil
	case <-ctx.Done():
		gone()
		return nil, ctx.Err()
	}
}

// passing is a connection that opens the door again when it is closed.
type passing struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (p passing) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// dial connects where the guard allows, once the host has a connection free.
func (e *Examiner) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if really, ok := e.ports[port]; ok {
		port = really
	}
	waiting, stop := context.WithTimeout(ctx, e.o.Limits.Request)
	defer stop()
	leave, err := e.doors.enter(waiting, host)
	if err != nil {
		return nil, err
	}
	conn, err := e.dialer.DialContext(ctx, network, net.JoinHostPort(host, port))
	if err != nil {
		leave()
		return nil, err
	}
	return passing{conn, leave}, nil
}
