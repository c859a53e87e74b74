package monitordb

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/database"
)

var readOnly = &sql.TxOptions{ReadOnly: true} //nolint:gochecknoglobals // never written to

// bulk inserts many rows by one prepared statement. gorm needs several times
// as long to build the same statement anew each time.
type bulk struct {
	head, tail string // around VALUES
	columns    int
	numbered   bool // $1 instead of ?
	ready      map[int]*sql.Stmt
}

// newBulk prepares for rows of the columns named in head.
func newBulk(engine, table, columns, tail string) *bulk {
	return &bulk{
		head: "INSERT INTO " + table + " (" + columns + ") VALUES ", tail: " " + tail,
		columns: strings.Count(columns, ",") + 1, numbered: engine == database.Postgres,
		ready: map[int]*sql.Stmt{},
	}
}

// sizes are how many rows one statement writes: few sizes, so that few
// statements stay prepared.
func sizes() []int { return []int{100, 10, 1} }

// prepare makes the statements ready. It comes before the transaction: where
// one connection writes, the transaction holds it.
func (b *bulk) prepare(ctx context.Context, db *sql.DB) error {
	for _, size := range sizes() {
		if b.ready[size] != nil {
			continue
		}
		s, err := db.PrepareContext(ctx, b.text(size)) //nolint:sqlclosecheck // kept until forget
		if err != nil {
			return err
		}
		b.ready[size] = s
	}
	return nil
}

// insert writes args, row after row.
func (b *bulk) insert(ctx context.Context, tx *sql.Tx, args []any) error {
	for _, size := range sizes() {
		width := size * b.columns
		if len(args) < width {
			continue
		}
		stmt := tx.StmtContext(ctx, b.ready[size]) //nolint:sqlclosecheck // ends with its transaction
		for ; len(args) >= width; args = args[width:] {
			if _, err := stmt.ExecContext(ctx, args[:width]...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bulk) text(rows int) string {
	var q strings.Builder
	q.WriteString(b.head)
	for n := range rows * b.columns {
		switch {
		case n == 0:
			q.WriteByte('(')
		case n%b.columns == 0:
			q.WriteString("),(")
		default:
			q.WriteByte(',')
		}
		if b.numbered {
			q.WriteString("$" + strconv.Itoa(n+1))
		} else {
			q.WriteByte('?')
		}
	}
	q.WriteString(")" + b.tail)
	return q.String()
}

// forget drops the prepared statements: after a failure the next try begins anew.
func (b *bulk) forget() {
	for size, s := range b.ready {
		_ = s.Close()
		delete(b.ready, size)
	}
}
