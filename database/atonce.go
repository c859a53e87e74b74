package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// AtOnce runs work in one transaction that keeps every statement it has read,
// for thousands of small acts one after the other: filling a database that
// nobody else uses yet. Transactions that work begins belong to this one, so
// the first that fails ends it all.
func AtOnce(ctx context.Context, db *gorm.DB, work func(tx *gorm.DB) error) (err error) {
	conn, err := db.DB()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	pool := &keepingPool{Tx: tx, kept: map[string]*sql.Stmt{}}
	inside := db.Session(&gorm.Session{NewDB: true, Context: ctx, DisableNestedTransaction: true})
	inside.Statement.ConnPool = pool
	if err := work(inside); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// keepingPool is a transaction that reads each statement once.
type keepingPool struct {
	*sql.Tx
	kept map[string]*sql.Stmt
}

// statement returns the prepared query; it ends with the transaction.
func (p *keepingPool) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := p.kept[query]; s != nil {
		return s, nil
	}
	s, err := p.PrepareContext(ctx, query)
	if err == nil {
		p.kept[query] = s
	}
	return s, err
}

// ExecContext runs a statement that returns nothing.
func (p *keepingPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.statement(ctx, query) //nolint:sqlclosecheck // kept until the transaction ends
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext runs a statement that returns rows.
func (p *keepingPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := p.statement(ctx, query) //nolint:sqlclosecheck // kept until the transaction ends
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}
