// Package database opens SQLite or PostgreSQL properly, behind one door.
//
// Both engines give the same promises: times are UTC microseconds, a write
// transaction waits for its turn instead of failing with "database is locked",
// and values never reach the log.
package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Engine names.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Options say which database to open and how.
type Options struct {
	URL            string           // sqlite:var/jard.db or postgres://…
	MaxConnections int              // PostgreSQL; 0 means 16
	Log            *slog.Logger     // nil means silence
	Statement      time.Duration    // PostgreSQL: the longest that one statement may take, for who serves; 0: any time, and pauses in between
	Now            func() time.Time // stamps created_at and updated_at; nil means the wall clock
}

// Open opens the database that o names. It neither creates nor changes tables.
func Open(o Options) (*gorm.DB, error) {
	db, err := openEngine(o)
	if err == nil {
		err = nameColumns(db)
	}
	return db, err
}

func openEngine(o Options) (*gorm.DB, error) {
	cfg := &gorm.Config{
		TranslateError:         true,
		NowFunc:                Clock(o.Now),
		Logger:                 quietLogger(o.Log),
		DisableAutomaticPing:   true,
		SkipDefaultTransaction: false,
	}
	switch scheme, rest, _ := strings.Cut(o.URL, ":"); scheme {
	case SQLite:
		return openSQLite(rest, cfg)
	case Postgres, "postgresql":
		return openPostgres(o, cfg)
	default:
		return nil, fmt.Errorf("open database: %q is neither sqlite:PATH nor postgres://…", scheme)
	}
}

// EngineOf tells which engine db speaks to.
func EngineOf(db *gorm.DB) string { return db.Name() }

// Ready tells whether the database can be served from: it answers, its tables
// are there, and it takes a write. A full disk still answers reads.
func Ready(ctx context.Context, db *gorm.DB) error {
	err := db.WithContext(ctx).Exec(
		"INSERT INTO heartbeat (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
		time.Now().UTC().Truncate(time.Microsecond)).Error
	if err != nil {
		return fmt.Errorf("write to database: %w", err)
	}
	return nil
}

// Close closes every connection of db.
func Close(db *gorm.DB) error {
	if pool, ok := db.ConnPool.(*splitPool); ok {
		return pool.Close()
	}
	conn, err := db.DB()
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return conn.Close()
}

func quietLogger(log *slog.Logger) logger.Interface {
	if log == nil {
		return logger.Discard
	}
	return patient{logger.NewSlogLogger(log.With("room", "database"), logger.Config{
		SlowThreshold:             time.Second,
		LogLevel:                  logger.Warn,
		ParameterizedQueries:      true, // values are personal data
		IgnoreRecordNotFoundError: true,
	})}
}

// patient is a logger that says nothing of a query that nobody waited for any
// longer: a reader who went away, or a job that the end of the program stopped.
type patient struct{ logger.Interface }

// LogMode returns the logger at another level, as patient as before.
func (p patient) LogMode(level logger.LogLevel) logger.Interface {
	return patient{p.Interface.LogMode(level)}
}

// ParamsFilter keeps the values of a statement out of the log.
func (patient) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) { return sql, nil }

// Trace logs a query that failed or was slow.
func (p patient) Trace(ctx context.Context, begin time.Time, of func() (string, int64), err error) {
	if !errors.Is(err, context.Canceled) {
		p.Interface.Trace(ctx, begin, of, err)
	}
}
