package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/migrator"
	"gorm.io/gorm/schema"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens the file at path, creating its folder.
//
// One connection writes and several read. Writers wait for that connection in
// this process's own queue, in order, so SQLITE_BUSY cannot happen between
// them; busy_timeout covers a second process such as `jard import`. Write
// transactions begin IMMEDIATE: a deferred one that reads first and then
// writes is refused at once, whatever the timeout.
func openSQLite(path string, cfg *gorm.Config) (*gorm.DB, error) {
	path, extra, _ := strings.Cut(path, "?")
	if path == "" {
		return nil, errors.New("open database: sqlite: needs a path")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	q, err := url.ParseQuery(extra)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	for _, pragma := range []string{
		"busy_timeout(10000)",
		"auto_vacuum(INCREMENTAL)", // what is deleted goes back to the disk, see Shrink; says nothing to a file that is there already
		"journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)",
		"cache_size(-16000)", "temp_store(MEMORY)", "journal_size_limit(67108864)",
	} {
		q.Add("_pragma", pragma)
	}
	// Integer microseconds: exact, small, and they sort.
	q.Set("_time_integer_format", "unix_micro")
	q.Set("_inttotime", "1")
	q.Set("_txlock", "immediate")
	write, err := sql.Open("sqlite", "file:"+path+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	write.SetMaxOpenConns(1)

	q.Set("_txlock", "deferred")
	q.Add("_pragma", "query_only(1)")
	read, err := sql.Open("sqlite", "file:"+path+"?"+q.Encode())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)

	pool := &splitPool{write: write, read: read}
	// The writer goes first: it creates the file and puts it in WAL mode.
	if err := write.Ping(); err != nil { //nolint:noctx // start-up, nothing to cancel yet
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), pool.Close())
	}
	db, err := gorm.Open(dialector{pool}, cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), pool.Close())
	}
	return db, nil
}

// splitPool sends writes to one connection and reads to several. Inside a
// transaction everything stays on the transaction's connection.
type splitPool struct{ write, read *sql.DB }

func (p *splitPool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.write.PrepareContext(ctx, query)
}

func (p *splitPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.write.ExecContext(ctx, query, args...)
}

func (p *splitPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.read.QueryContext(ctx, query, args...)
}

func (p *splitPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.read.QueryRowContext(ctx, query, args...)
}

// BeginTx begins a transaction, on a reading connection when opts says so.
func (p *splitPool) BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error) {
	if opts != nil && opts.ReadOnly {
		// query_only is set on these connections; the driver knows no read-only transaction.
		return p.read.BeginTx(ctx, nil)
	}
	return p.write.BeginTx(ctx, opts)
}

// GetDBConn gives gorm and goose the connection that may write.
func (p *splitPool) GetDBConn() (*sql.DB, error) { return p.write, nil }

func (p *splitPool) Close() error { return errors.Join(p.read.Close(), p.write.Close()) }

// dialector tells gorm how SQLite speaks. gorm's own SQLite driver needs cgo
// and the pure-Go ones carry an old engine (docs/decisions/0002-sqlite-driver.md);
// without AutoMigrate little remains to be said.
type dialector struct{ pool *splitPool }

func (d dialector) Name() string { return SQLite }

func (d dialector) Initialize(db *gorm.DB) error {
	db.ConnPool = d.pool
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		CreateClauses:        []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"},
		UpdateClauses:        []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"},
		DeleteClauses:        []string{"DELETE", "FROM", "WHERE", "RETURNING"},
		LastInsertIDReversed: true,
	})
	db.ClauseBuilders["LIMIT"] = buildLimit
	db.ClauseBuilders["FOR"] = func(clause.Clause, clause.Builder) {} // there are no row locks: IMMEDIATE locks the file
	return nil
}

// buildLimit writes LIMIT -1 where only an offset is asked for: SQLite knows no bare OFFSET.
func buildLimit(c clause.Clause, b clause.Builder) {
	limit, ok := c.Expression.(clause.Limit)
	if !ok {
		return
	}
	rows := -1
	if limit.Limit != nil && *limit.Limit >= 0 {
		rows = *limit.Limit
	}
	if rows < 0 && limit.Offset <= 0 {
		return
	}
	_, _ = b.WriteString("LIMIT " + strconv.Itoa(rows))
	if limit.Offset > 0 {
		_, _ = b.WriteString(" OFFSET " + strconv.Itoa(limit.Offset))
	}
}

func (d dialector) DefaultValueOf(*schema.Field) clause.Expression { return clause.Expr{SQL: "NULL"} }

func (d dialector) Migrator(db *gorm.DB) gorm.Migrator {
	return migrator.Migrator{Config: migrator.Config{DB: db, Dialector: d}}
}

func (d dialector) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { _ = w.WriteByte('?') }

func (d dialector) QuoteTo(w clause.Writer, name string) {
	for n, part := range strings.Split(name, ".") {
		if n > 0 {
			_ = w.WriteByte('.')
		}
		_, _ = w.WriteString(`"` + strings.ReplaceAll(part, `"`, `""`) + `"`)
	}
}

func (d dialector) Explain(query string, vars ...any) string {
	return logger.ExplainSQL(query, nil, `"`, vars...)
}

// DataTypeOf is asked only by AutoMigrate, which Jard never calls.
func (d dialector) DataTypeOf(f *schema.Field) string { return string(f.DataType) }

// SavePoint and RollbackTo let a transaction stand inside another.
func (d dialector) SavePoint(tx *gorm.DB, name string) error {
	return tx.Exec("SAVEPOINT " + name).Error
}

// RollbackTo undoes what came after the savepoint.
func (d dialector) RollbackTo(tx *gorm.DB, name string) error {
	return tx.Exec("ROLLBACK TO SAVEPOINT " + name).Error
}

// Translate turns the engine's constraint errors into gorm's.
func (d dialector) Translate(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return gorm.ErrDuplicatedKey
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}
