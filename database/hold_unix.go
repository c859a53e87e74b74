//go:build unix

package database

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the whole file for this program; the system lets it go when the
// program ends.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) //nolint:gosec // a descriptor is small
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrHeld
	}
	return err
}
