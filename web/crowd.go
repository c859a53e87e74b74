package web

import (
	"net"
	"net/netip"
	"sync"
)

// crowd counts the connections that are open, of each network: who holds
// thousands must not leave the others outside.
type crowd struct {
	mu   sync.Mutex
	all  int
	from map[string]int
}

// admit takes a connection in, unless there are too many, and counts it until
// it is closed, whoever closes it.
func (l *Lane) admit(conn net.Conn) (net.Conn, bool) {
	if l.patience.Most <= 0 && l.patience.PerNetwork <= 0 {
		return conn, true
	}
	who := l.strangerOf(conn)
	c := &l.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case l.patience.Most > 0 && c.all >= l.patience.Most:
		l.refused.add(RefusedFull, kindConnection)
		return nil, false
	case l.patience.PerNetwork > 0 && who != "" && c.from[who] >= l.patience.PerNetwork:
		l.refused.add(RefusedNetwork, kindConnection)
		return nil, false
	}
	if c.from == nil {
		c.from = map[string]int{}
	}
	c.all++
	if who != "" {
		c.from[who]++
	}
	leave := sync.OnceFunc(func() { c.leave(who) })
	if half, ok := conn.(*net.TCPConn); ok {
		return &guestTCP{half, leave}, true
	}
	return &guest{conn, leave}, true
}

func (c *crowd) leave(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if who == "" {
		return
	}
	if c.from[who]--; c.from[who] == 0 {
		delete(c.from, who)
	}
}

// strangerOf is the network that a connection counts for; none for this
// machine and for the proxies, who bring everybody.
func (l *Lane) strangerOf(conn net.Conn) string {
	a, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || a.Addr().Unmap().IsLoopback() {
		return ""
	}
	for _, proxy := range l.proxies {
		if proxy.Contains(a.Addr().Unmap()) {
			return ""
		}
	}
	return string(networkOf(a.Addr().String()))
}

// guest is a connection that is counted until it is closed.
type guest struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (g *guest) Close() error {
	g.leave()
	return g.Conn.Close()
}

// guestTCP is one that keeps what TCP does better: several runs of bytes sent
// at once, and one side closed before the other.
type guestTCP struct {
	*net.TCPConn
	leave func()
}

// Close closes the connection.
func (g *guestTCP) Close() error {
	g.leave()
	return g.TCPConn.Close()
}
