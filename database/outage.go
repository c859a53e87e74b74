package database

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jard-odi/jard/fault"
)

// Outage is that the database went away while it was asked. It says what is
// known of what was being kept; it is a fault, so that callers are told that
// and nobody is told of a defect.
type Outage struct {
	Unknown bool // a commit was sent and not answered: it may be kept or not
	ReadsOn bool // the server is there and takes no writes: another leads now
	err     error
}

// Error is for logs.
func (o *Outage) Error() string {
	if o.Unknown {
		return fmt.Sprintf("the database went away during a commit: %v", o.err)
	}
	return fmt.Sprintf("the database went away: %v", o.err)
}

// awhile is when it is worth trying again.
const awhile = 5 * time.Second

// Unwrap gives the fault that callers are told, and what the driver said.
func (o *Outage) Unwrap() []error {
	told := fault.New(fault.Unavailable, "database.away", awhile)
	if o.Unknown {
		told = fault.New(fault.Unknown, "database.unknown")
	}
	return []error{told, o.err}
}

// Uncertain tells whether err leaves open whether something was kept.
func Uncertain(err error) bool {
	o, ok := errors.AsType[*Outage](err)
	return ok && o.Unknown
}

// Away tells whether err is that the database could not be reached, or went away.
func Away(err error) bool {
	_, ok := errors.AsType[*Outage](err)
	return ok
}

// codeOf is the SQLSTATE in err, empty when the server said none.
func codeOf(err error) string {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return said.Code
	}
	return ""
}

// SQLSTATEs that decide what may be done again.
const (
	codeReadOnly      = "25006"
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeCancelled     = "57014"
	codeShutdown      = "57P01"
	codeReplan        = "0A000" // a prepared statement returns something else by now: a newer version changed the table
	codeFull          = "53300"
)
