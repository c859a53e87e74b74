package monitordb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/database"
)

// mostSpools is how many processes may have a spool in one folder.
const mostSpools = 1000

// ClaimSpool returns the folder of this process in a spool that several
// processes of one machine may be given: the folder itself for the first of
// them, a numbered one in it for each other. What lies in the folders of
// processes that died is moved into it, by one of those that come. letGo gives
// the folder up; so does the end of the process.
func ClaimSpool(dir string) (own string, letGo func() error, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return dir, func() error { return nil }, nil //nolint:nilerr // it will be said when something is to be written there
	}
	number := 0
	for number < mostSpools && letGo == nil {
		number++
		free, ok, err := database.Claim(lockOf(dir, number))
		if err != nil {
			return "", nil, fmt.Errorf("take a spool: %w", err)
		}
		if ok {
			letGo = free
		}
	}
	if letGo == nil {
		return "", nil, fmt.Errorf("take a spool: %d processes have one in %s", mostSpools, dir)
	}
	own = spoolOf(dir, number)
	if err := inherit(dir, number); err != nil {
		return "", nil, errors.Join(fmt.Errorf("take over what others left in the spool: %w", err), letGo())
	}
	return own, letGo, nil
}

// lockOf is the file whose lock says that a process has a folder. It stays: were
// it removed, two might lock two files of one name.
func lockOf(dir string, number int) string { return filepath.Join(dir, strconv.Itoa(number)+".lock") }

func spoolOf(dir string, number int) string {
	if number == 1 {
		return dir
	}
	return filepath.Join(dir, strconv.Itoa(number))
}

// inherit moves what lies in folders that nobody has into that of number.
func inherit(dir string, number int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, isLock := strings.CutSuffix(e.Name(), ".lock")
		other, err := strconv.Atoi(name)
		if !isLock || err != nil || other == number {
			continue
		}
		free, ok, err := database.Claim(lockOf(dir, other))
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := errors.Join(moveSpool(spoolOf(dir, other), spoolOf(dir, number)), free()); err != nil {
			return err
		}
	}
	return nil
}

// moveSpool puts the files of one folder behind those of another, in order.
func moveSpool(from, to string) error {
	left, err := openShelf(from, 0)
	if err != nil || len(left.files) == 0 {
		return err
	}
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}
	there, err := openShelf(to, 0)
	if err != nil {
		return err
	}
	for n, f := range left.files {
		name := spoolName(there.last+int64(n)+1, f.rows)
		if err := os.Rename(filepath.Join(from, f.name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	for _, path := range slices.Compact([]string{from, to}) {
		folder, err := os.Open(path) //nolint:gosec // a folder of ours
		if err != nil {
			return err
		}
		if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
			return err
		}
	}
	return nil
}

func spoolName(number, rows int64) string {
	return fmt.Sprintf("%020d-%d%s", number, rows, spoolSuffix)
}
