package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// beside is how many connections a process holds beside its pool: the queue of
// timed jobs, the lock of who serves, and the one that is told of changes.
const beside = 11 + 1 + 1

// oldest is the first version of PostgreSQL that everything was tried on.
const oldest = 15

// Concerns says in sentences what of the server at db would break a promise of
// ours: to keep what was acknowledged, to do once what is to be done once, to
// answer while others do. connections is how many the pool of a process may open.
func Concerns(ctx context.Context, db *gorm.DB, connections int) (list []string, err error) {
	if EngineOf(db) != Postgres {
		return nil, nil
	}
	shared, err := pooled(ctx, db)
	if err != nil {
		return nil, err
	}
	if shared { // whatever else is asked may be answered by anybody, or not at all
		return []string{"a pooler gives each transaction another connection: locks, news of changes and prepared statements need one that stays. " +
			"Set pool_mode = session, or go to PostgreSQL itself"}, nil
	}
	var s settings
	if err := db.WithContext(ctx).Raw(settingsOf).Scan(&s).Error; err != nil {
		return nil, fmt.Errorf("ask the database for its settings: %w", err)
	}
	processes, err := Serving(ctx, db)
	if err != nil {
		return nil, err
	}
	return s.concerns(connections+beside, processes), nil
}

// settings are those of the server that matter to us, as this session has them.
type settings struct {
	Version         int
	Encoding        string
	Fsync, Pages    string // full_page_writes
	Commit, Standby string // synchronous_commit, synchronous_standby_names
	Copies          int    // servers that copy this one
	ReadOnly        string
	Room            int // connections that we may have
}

const settingsOf = `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding,
	current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS commit,
	current_setting('synchronous_standby_names') AS standby, (SELECT count(*) FROM pg_stat_replication) AS copies,
	current_setting('transaction_read_only') AS read_only,
	least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
		(SELECT CASE WHEN rolconnlimit < 0 THEN 1000000 ELSE rolconnlimit END FROM pg_roles WHERE rolname = current_user),
		(SELECT CASE WHEN datconnlimit < 0 THEN 1000000 ELSE datconnlimit END FROM pg_database WHERE datname = current_database())) AS room`

// concerns says what is wrong with them for so many processes, each of which
// opens as many connections as need.
func (s settings) concerns(need, processes int) (list []string) {
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	say(s.Version < oldest, "PostgreSQL %d is older than %d, the first that this program is tried on", s.Version, oldest)
	say(s.Encoding != "UTF8", "server_encoding is %s: names in Arabic and French need UTF8", s.Encoding)
	say(s.Fsync != "on", "fsync is off: a cut of power can ruin the database")
	say(s.Pages != "on", "full_page_writes is off: a cut of power can ruin the database, unless its disk writes 8 KB whole")
	say(s.Commit == "off", "synchronous_commit is off: what was acknowledged a moment ago is lost when the server crashes")
	say(s.Commit == "local" && s.Standby != "", "synchronous_commit is local: commits do not wait for %s, and a failover loses the last of them", s.Standby)
	say(s.Copies > 0 && s.Standby == "", "servers copy this one and no commit waits for them (synchronous_standby_names is empty): a failover loses the last of what was acknowledged")
	say(s.ReadOnly == "on", "it takes no writes: another server leads, or default_transaction_read_only is on")
	say(s.Room < need, "it gives us %d connections and each process may open %d: raise max_connections, or the limit of the role or database, or lower database.max_connections", s.Room, need)
	say(s.Room >= need && s.Room < need*processes, "it gives us %d connections and %d processes may open %d each: raise max_connections, or lower database.max_connections", s.Room, processes, need)
	return list
}

// pooled tells whether somebody between us and the server gives our connections
// to others between transactions: then two of ours are one of the server's, or
// one of ours is now this and now that.
func pooled(ctx context.Context, db *gorm.DB) (bool, error) {
	pool, err := db.DB()
	if err != nil {
		return false, fmt.Errorf("look for a pooler: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var both [2]*sql.Conn
	for n := range both {
		if both[n], err = pool.Conn(ctx); err != nil {
			return false, fmt.Errorf("look for a pooler: %w", err)
		}
		defer func() { _ = both[n].Close() }()
	}
	for range 3 {
		first, err1 := backend(ctx, both[0], "")
		before, err := backend(ctx, both[0], "")        // whoever takes turns lends another
		other, err2 := backend(ctx, both[1], "BEGIN; ") // whoever lent the one connection now lends it to the other
		after, err3 := backend(ctx, both[0], "")
		_, err4 := backend(ctx, both[1], "ROLLBACK; ")
		if err := errors.Join(err1, err, err2, err3, err4); err != nil {
			return false, fmt.Errorf("look for a pooler: %w", err)
		}
		if first != before || before == other || before != after {
			return true, nil
		}
	}
	return false, nil
}

// backend is who answers at the other end, asked without preparing anything.
func backend(ctx context.Context, c *sql.Conn, first string) (pid int, err error) {
	err = c.Raw(func(driver any) error {
		l, ok := driver.(*line)
		if !ok {
			return fmt.Errorf("%T is no connection of ours", driver)
		}
		results, err := l.Conn.Conn().PgConn().Exec(ctx, first+"SELECT pg_backend_pid()").ReadAll()
		if err != nil {
			return err
		}
		pid, err = pidIn(results)
		return err
	})
	return pid, err
}

func pidIn(results []*pgconn.Result) (int, error) {
	last := results[len(results)-1]
	if len(last.Rows) != 1 || len(last.Rows[0]) != 1 {
		return 0, errors.New("the server does not say who it is")
	}
	return strconv.Atoi(string(last.Rows[0][0]))
}
