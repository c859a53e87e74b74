// Package migrations owns the schema: numbered SQL, forward only, one folder a
// dialect with the same file names in both.
package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Files returns the migrations of a dialect, "sqlite" or "postgres".
func Files(dialect string) (fs.FS, error) { return fs.Sub(files, dialect) }

// Up brings db up to date and returns how many migrations it ran. Several
// processes may ask for it at once: one does it, the others wait. Who uses the
// tables meanwhile waits for moments only: a migration that does not get its
// locks within lockWait lets them go and is tried again.
func Up(ctx context.Context, db *gorm.DB) (ran int, err error) {
	letGo, err := alone(ctx, db)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, letGo()) }()
	p, err := provider(db)
	if err != nil {
		return 0, err
	}
	for try := 1; ; try++ {
		done, err := p.Up(ctx)
		ran += len(done)
		if err == nil {
			return ran, nil
		}
		if !lockedOut(err) || try == mostTries {
			return ran, fmt.Errorf("migrate: %w", err)
		}
		select {
		case <-ctx.Done():
			return ran, fmt.Errorf("migrate: %w", ctx.Err())
		case <-time.After(time.Duration(try) * betweenTries):
		}
	}
}

// Step is one migration and whether db has it.
type Step struct {
	Version int64
	Name    string
	Applied bool
}

// Status lists every migration of db's dialect.
func Status(ctx context.Context, db *gorm.DB) ([]Step, error) {
	p, err := provider(db)
	if err != nil {
		return nil, err
	}
	all, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	steps := make([]Step, 0, len(all))
	for _, s := range all {
		steps = append(steps, Step{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied})
	}
	return steps, nil
}

func provider(db *gorm.DB) (*goose.Provider, error) {
	conn, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	dialect := goose.DialectSQLite3
	if db.Name() == "postgres" {
		dialect = goose.DialectPostgres
	}
	source, err := Files(db.Name())
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var options []goose.ProviderOption
	if dialect == goose.DialectPostgres {
		options = append(options, goose.WithSessionLocker(locker{}))
	}
	p, err := goose.NewProvider(dialect, conn, source, options...)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return p, nil
}
