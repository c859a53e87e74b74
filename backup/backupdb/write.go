package backupdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
)

// Made is a backup that was written.
type Made struct {
	Path  string
	Bytes int64
	Sums  []backup.Sum
}

// Rows is how many rows it holds.
func (m Made) Rows() int64 {
	var n int64
	for _, s := range m.Sums {
		n += s.Rows
	}
	return n
}

// File says where a backup goes.
type File struct {
	Path       string
	Force      bool // one of that name may be replaced
	Passphrase string
	Work       int // of encrypting; 0: the usual
}

// ErrThere is that a file of that name is there already.
var ErrThere = errors.New("there is a file of that name; --force replaces it")

// partSuffix ends the name of a file that is being written.
const partSuffix = ".part"

// WriteFile writes a backup of db into a file that only its owner reads. It is
// there whole or not at all: until its last byte is on the disk it has another name.
func WriteFile(ctx context.Context, db *gorm.DB, to File, about About, done Progress) (made Made, err error) {
	if exists(to.Path) && !to.Force {
		return made, fmt.Errorf("%s: %w", to.Path, ErrThere)
	}
	part, err := os.CreateTemp(filepath.Dir(to.Path), filepath.Base(to.Path)+".*"+partSuffix)
	if err != nil {
		return made, plainly(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(plainly(err), os.Remove(part.Name()))
		}
	}()
	made = Made{Path: to.Path}
	made.Sums, err = WriteSealed(ctx, db, part, to, about, done)
	if err == nil {
		err = part.Sync()
	}
	if info, statErr := part.Stat(); statErr == nil {
		made.Bytes = info.Size()
	}
	if err := errors.Join(err, part.Close()); err != nil {
		return made, err
	}
	if exists(to.Path) && !to.Force {
		return made, fmt.Errorf("%s: %w", to.Path, ErrThere)
	}
	if err := os.Rename(part.Name(), to.Path); err != nil {
		return made, err
	}
	return made, flush(filepath.Dir(to.Path))
}

// WriteSealed writes a backup of db to out, encrypted where a passphrase is given.
func WriteSealed(ctx context.Context, db *gorm.DB, out io.Writer, to File, about About, done Progress) ([]backup.Sum, error) {
	sealed, err := backup.Seal(out, to.Passphrase, to.Work)
	if err != nil {
		return nil, err
	}
	sums, err := Write(ctx, db, sealed, about, done)
	if err != nil {
		return nil, err
	}
	return sums, sealed.Close()
}

// plainly says of what went wrong with a file what an operator can do, and not
// the name of a file that nobody asked for.
func plainly(err error) error {
	var of *os.PathError
	if !errors.As(err, &of) {
		return err
	}
	folder := filepath.Dir(of.Path)
	if full(of.Err) {
		return fmt.Errorf("there is no room left in %s: %w; no backup was made", folder, of.Err)
	}
	return fmt.Errorf("%s: %w; no backup was made", folder, of.Err)
}

// Folder lists the names of the backups in a folder, and those of files that
// were never finished.
func Folder(path string) (names, parts []string, err error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the folder of backups: %w", err)
	}
	for _, e := range entries {
		name, _, unfinished := strings.Cut(e.Name(), backup.Suffix+".")
		if _, is := backup.Made(e.Name()); is {
			names = append(names, e.Name())
		} else if _, is := backup.Made(name + backup.Suffix); is && unfinished && strings.HasSuffix(e.Name(), partSuffix) {
			parts = append(parts, e.Name())
		}
	}
	return names, parts, nil
}
