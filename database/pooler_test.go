package database_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"maps"
	"net"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// pooler stands before a server as PgBouncer does with pool_mode = transaction:
// a client has a connection of the server's until its transaction ends.
type pooler struct {
	t    *testing.T
	free chan *pgconn.HijackedConn
}

// newPooler returns where it listens.
func newPooler(t *testing.T, url string, connections int) (address string) {
	t.Helper()
	p := &pooler{t: t, free: make(chan *pgconn.HijackedConn, connections)}
	for range connections {
		c, err := pgconn.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		h, err := c.Hijack()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Conn.Close() })
		p.free <- h
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return l.Addr().String()
}

// message writes one of the protocol.
func message(w io.Writer, kind byte, body []byte) {
	head := append([]byte{kind}, binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))...) //nolint:gosec // small
	_, _ = w.Write(append(head, body...))
}

// next reads one of the protocol.
func next(r io.Reader) (kind byte, body []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	body = make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	_, err = io.ReadFull(r, body)
	return head[0], body, err
}

// greet lets a client in, whoever it is.
func (p *pooler) greet(c net.Conn) bool {
	size := make([]byte, 4)
	if _, err := io.ReadFull(c, size); err != nil {
		return false
	}
	if _, err := io.ReadFull(c, make([]byte, binary.BigEndian.Uint32(size)-4)); err != nil {
		return false
	}
	message(c, 'R', []byte{0, 0, 0, 0})
	one := <-p.free
	p.free <- one
	for _, name := range slices.Sorted(maps.Keys(one.ParameterStatuses)) {
		message(c, 'S', []byte(name+"\x00"+one.ParameterStatuses[name]+"\x00"))
	}
	message(c, 'K', make([]byte, 8))
	message(c, 'Z', []byte{'I'})
	return true
}

// serve lends a client a connection for each of its transactions.
func (p *pooler) serve(c net.Conn) {
	defer c.Close()
	if !p.greet(c) {
		return
	}
	var lent *pgconn.HijackedConn
	from := bufio.NewReader(c)
	for {
		kind, body, err := next(from)
		if err != nil || kind == 'X' {
			return // a test's clients end between transactions
		}
		if lent == nil {
			lent = <-p.free
		}
		message(lent.Conn, kind, body)
		for kind == 'Q' || kind == 'S' {
			said, body, err := next(lent.Conn)
			if err != nil {
				return
			}
			message(c, said, body)
			if said != 'Z' {
				continue
			}
			if body[0] == 'I' {
				p.free <- lent
				lent = nil
			}
			break
		}
	}
}

// A pooler that gives each transaction another connection is found out, with as
// few connections of its own as with many.
func TestAPoolerOfTransactionsIsFoundOut(t *testing.T) {
	own := databasetest.NewServer(t)
	for _, connections := range []int{2, 3, 10} {
		db := opened(t, "postgres://jard@"+newPooler(t, own.URL, connections)+"/postgres?sslmode=disable", 4)
		list, err := database.Concerns(t.Context(), db, 16)
		if err != nil || len(list) != 1 {
			t.Fatalf("with %d connections: %q, %v", connections, list, err)
		}
		concerned(t, db, "a pooler gives each transaction another connection", true)
	}
	concerned(t, opened(t, own.URL, 4), "pooler", false)
}
