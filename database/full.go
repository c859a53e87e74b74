package database

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// codeDiskFull is that the server's disk is full.
const codeDiskFull = "53100"

// Full tells whether err is that the disk took no more: it is full, or a limit
// or a quota says so.
func Full(err error) bool {
	if e, is := errors.AsType[*sqlite.Error](err); is {
		return e.Code()&0xff == sqlite3.SQLITE_FULL || e.Code() == sqlite3.SQLITE_IOERR_WRITE
	}
	return codeOf(err) == codeDiskFull
}
