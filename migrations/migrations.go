// Package migrations owns the schema: numbered SQL, forward only, one folder a
// dialect with the same file names in both.
package migrations

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Files returns the migrations of a dialect, "sqlite" or "postgres".
func Files(dialect string) (fs.FS, error) { return fs.Sub(files, dialect) }

// Up brings db up to date and returns how many migrations it ran.
func Up(ctx context.Context, db *gorm.DB) (int, error) {
	p, err := provider(db)
	if err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrate: %w", err)
	}
	return len(done), nil
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
	p, err := goose.NewProvider(dialect, conn, source)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return p, nil
}
