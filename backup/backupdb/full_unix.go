//go:build unix

package backupdb

import (
	"errors"
	"syscall"
)

// full tells whether a disk, a quota or a limit left no room.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
