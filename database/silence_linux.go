package database

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// silence has the system give a connection up when nothing that was sent is
// acknowledged for a while: without it that takes a quarter of an hour.
func silence(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var refused error
	err := c.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silentFor.Milliseconds())) //nolint:gosec // a descriptor is small
	})
	if err != nil {
		return err
	}
	return refused
}
