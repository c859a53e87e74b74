package database

import (
	"errors"
	"fmt"
	"os"
)

// Claim keeps what path stands for to this process until it is let go or the
// process ends, however it ends. It is false when another process has it.
func Claim(path string) (letGo func() error, ok bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // a folder of ours
	if err != nil {
		return nil, false, fmt.Errorf("claim: %w", err)
	}
	err = lock(f)
	if errors.Is(err, ErrHeld) {
		return nil, false, f.Close()
	}
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("claim: %w", err), f.Close())
	}
	return f.Close, true, nil
}
