//go:build unix

package database

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// hungUp tells whether the other end has said anything on an idle connection,
// or has closed it. A server says nothing unasked but that it is leaving; asking
// the system costs a microsecond, asking the server a journey.
func hungUp(c net.Conn) bool {
	if wrapped, ok := c.(*tls.Conn); ok {
		c = wrapped.NetConn()
	}
	conn, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return true
	}
	quiet := false
	// Control and not Read: the driver may have left a read waiting in the background.
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT) //nolint:gosec // a descriptor is small
		quiet = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
	})
	return !quiet || err != nil
}
