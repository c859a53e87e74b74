package database

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Server returns the connection to PostgreSQL behind what sql.Conn.Raw hands
// out, for COPY; ok is false on another engine.
func Server(driver any) (conn *pgx.Conn, ok bool) {
	switch c := driver.(type) {
	case *line:
		return c.Conn.Conn(), true
	case *stdlib.Conn:
		return c.Conn(), true
	}
	return nil, false
}
