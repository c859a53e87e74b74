package backupdb

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/backup"
)

// ErrUnfit is that a backup holds a value that the other engine cannot keep.
var ErrUnfit = errors.New("correct it where the backup was made, or restore into the engine that it is from")

// fitting hands on the rows of a table until one does not fit the engine that
// they go into. Drivers would store something else, or say less of where it is.
type fitting struct {
	*backup.Reader
	t     backup.Table
	unfit func(any) string // why a value does not fit; empty: it does
	n     int64
}

// Row returns the next row.
func (f *fitting) Row() ([]any, error) {
	row, err := f.Reader.Row()
	if err != nil {
		return nil, err
	}
	f.n++
	for n, v := range row {
		if why := f.unfit(v); why != "" {
			return nil, fmt.Errorf("row %d, column %s: %s; %w", f.n, f.t.Columns[n].Name, why, ErrUnfit)
		}
	}
	return row, nil
}

// unfitSQLite knows that SQLite keeps what is no number as NULL.
func unfitSQLite(v any) string {
	if f, is := v.(float64); is && math.IsNaN(f) {
		return "it is no number (NaN), which SQLite cannot keep"
	}
	return ""
}

// unfitPostgres knows that PostgreSQL keeps text in UTF-8, without the byte 0.
func unfitPostgres(v any) string {
	if s, is := v.(string); is && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
		return "the text holds a NUL or bytes outside UTF-8, which PostgreSQL cannot keep"
	}
	return ""
}
