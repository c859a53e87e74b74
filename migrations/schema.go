package migrations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// Latest returns the number of the newest migration of this program.
func Latest() (int64, error) {
	all, err := fs.Glob(files, "sqlite/*.sql")
	if err != nil || len(all) == 0 {
		return 0, errors.Join(errNoMigrations, err)
	}
	number, _, _ := strings.Cut(path.Base(all[len(all)-1]), "_")
	return strconv.ParseInt(number, 10, 64)
}

// At returns the number of the last migration that db has; 0: none.
func At(ctx context.Context, db *gorm.DB) (int64, error) {
	there := "SELECT COUNT(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
	if db.Name() == "postgres" {
		there = "SELECT to_regclass('goose_db_version') IS NOT NULL"
	}
	var migrated bool
	if err := db.WithContext(ctx).Raw(there).Scan(&migrated).Error; err != nil || !migrated {
		return 0, err
	}
	var version int64
	err := db.WithContext(ctx).Raw("SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version).Error
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	return version, nil
}

// UpTo brings db up to a version and no further: to fill it with what an
// earlier program wrote.
func UpTo(ctx context.Context, db *gorm.DB, version int64) error {
	p, err := provider(db)
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

var (
	jsonColumn = regexp.MustCompile(`(?i)^\s*"?([a-z_0-9]+)"?\s+JSONB\b`)
	addsJSON   = regexp.MustCompile(`(?i)^\s*ALTER TABLE ([a-z_0-9]+)\s+ADD COLUMN (?:IF NOT EXISTS )?([a-z_0-9]+)\s+JSONB\b`)
	opensTable = regexp.MustCompile(`(?i)^\s*CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([a-z_0-9]+)`)
)

// What would be wrong with the program itself.
var (
	errNoMigrations = errors.New("there are no migrations")
	errNoJSON       = errors.New("no migration has a column of JSON")
)

// JSONColumns tells which columns hold JSON, as "table.column". PostgreSQL says
// so by itself, SQLite calls them TEXT.
func JSONColumns() (map[string]bool, error) {
	all, err := fs.Glob(files, "postgres/*.sql")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	columns := map[string]bool{}
	for _, name := range all {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		table := ""
		for line := range strings.Lines(string(text)) {
			if m := opensTable.FindStringSubmatch(line); m != nil {
				table = m[1]
			} else if m := addsJSON.FindStringSubmatch(line); m != nil {
				columns[m[1]+"."+m[2]] = true
			} else if m := jsonColumn.FindStringSubmatch(line); m != nil {
				columns[table+"."+m[1]] = true
			}
		}
	}
	if len(columns) == 0 {
		return nil, errNoJSON
	}
	return columns, nil
}
