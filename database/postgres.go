package database

import (
	"errors"
	"fmt"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// openPostgres opens the server at url. The pool keeps every connection it
// opens: closing and reopening them costs the server more than the queries do.
func openPostgres(url string, connections int, cfg *gorm.Config) (*gorm.DB, error) {
	if connections <= 0 {
		connections = 16
	}
	db, err := gorm.Open(postgres.Open(url), cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", errors.New(hidePassword(err.Error(), url)))
	}
	conn, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	conn.SetMaxOpenConns(connections)
	conn.SetMaxIdleConns(connections)
	return db, nil
}
