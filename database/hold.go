package database

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrHeld is that another program serves from the same SQLite file.
var ErrHeld = errors.New("another jard is serving from this SQLite file; stop it first, " +
	"or keep the data in PostgreSQL, where several may serve together")

// Hold keeps others from serving from the same SQLite file until it is let go
// or the program ends, however it ends: what one keeps in memory another
// would not know of. Several may serve from one PostgreSQL database, unless
// somebody holds it alone; commands that do not serve are not kept out.
func Hold(target string) (letGo func() error, err error) {
	if onPostgres(target) {
		return shareHold(target)
	}
	scheme, path, _ := strings.Cut(target, ":")
	path, _, _ = strings.Cut(path, "?")
	if scheme != SQLite || path == "" || strings.Contains(path, ":memory:") {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("hold database: %w", err)
	}
	f, err := os.OpenFile(path+".serving", os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // beside the database
	if err != nil {
		return nil, fmt.Errorf("hold database: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return f.Close, nil
}

// onPostgres tells whether target is a PostgreSQL database.
func onPostgres(target string) bool {
	scheme, _, _ := strings.Cut(target, ":")
	return scheme == Postgres || scheme == "postgresql"
}

// File returns the path of the SQLite file that target names; is is false when
// it names something else.
func File(target string) (path string, is bool) {
	scheme, path, _ := strings.Cut(target, ":")
	path, _, _ = strings.Cut(path, "?")
	return path, scheme == SQLite
}
