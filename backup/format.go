// Package backup holds what a backup of Jard is: one file of lines that either
// engine can be made from, how a damaged one is found, and which of several
// are kept. It knows no database.
//
// The file is a Zstandard stream of JSON lines, readable with `zstdcat` for as
// long as there are tools for either, followed by a frame that such tools skip:
// the SHA-256 of every byte before it. See decision 0061.
package backup

import (
	"errors"
	"fmt"
	"time"
)

// Format is the version of the layout that this program writes. It reads this
// one and those before it.
const Format = 1

// Kind is what a column holds, whatever an engine calls it.
type Kind string

// The kinds of columns.
const (
	Int   Kind = "int"   // a whole number of 64 bits
	Real  Kind = "real"  // a double
	Bool  Kind = "bool"  // true or false
	Time  Kind = "time"  // microseconds since 1970 in UTC
	Text  Kind = "text"  // UTF-8
	JSON  Kind = "json"  // text of a JSON value, in the one spelling that Canonical gives
	Bytes Kind = "bytes" // Base64
)

// Valid tells whether k is a kind of this version.
func (k Kind) Valid() bool {
	switch k {
	case Int, Real, Bool, Time, Text, JSON, Bytes:
		return true
	}
	return false
}

// Head is the first line: what the file is.
type Head struct {
	Jard    string    `json:"jard"` // always "backup"
	Format  int       `json:"format"`
	Schema  int64     `json:"schema"` // number of the last migration
	Program string    `json:"program"`
	Engine  string    `json:"engine"` // that it was read from
	At      time.Time `json:"at"`
	LeftOut []string  `json:"left_out"` // tables that are not in it
}

// Column is one column of a table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Table is the line before the rows of a table.
type Table struct {
	Name    string   `json:"table"`
	Columns []Column `json:"columns"`
	Key     []string `json:"key"`            // the order of the rows
	Last    int64    `json:"last,omitempty"` // the last number the engine gave by itself
}

// Sum is the line after the rows of a table.
type Sum struct {
	Table  string `json:"end"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of the lines of the rows
}

// done is the last line.
type done struct {
	Done   bool  `json:"done"`
	Tables int   `json:"tables"`
	Rows   int64 `json:"rows"`
}

// What can be wrong with a file.
var (
	ErrDamaged    = errors.New("this backup is damaged")
	ErrTruncated  = errors.New("this backup ends too early")
	ErrNoBackup   = errors.New("this is no backup of Jard")
	ErrNewer      = errors.New("this backup was made by a newer version of Jard")
	ErrPassphrase = errors.New("this backup is encrypted; the passphrase is missing or wrong")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}
