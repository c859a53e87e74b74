package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
)

// note leaves a line of something that was done with all there is. A database
// of a version before the chain is left as it is, and that is said on w: a
// backup before an upgrade is of what there was.
func note(ctx context.Context, db *gorm.DB, w io.Writer, by, act, ref string, told map[string]any) error {
	if !chained(ctx, db) {
		fmt.Fprintln(w, "no line in the trail tells of this: the database is of an earlier version")
		return nil
	}
	err := auditdb.Note(ctx, db, identity.System(by), time.Now(), act, "backup", ref, "", told)
	if err != nil {
		return fmt.Errorf("the work is done, but no line in the trail tells of it: %w", err)
	}
	return nil
}

// chained tells whether the trail is a chain already.
func chained(ctx context.Context, db *gorm.DB) bool {
	return db.WithContext(ctx).Exec("SELECT form FROM audit_lines LIMIT 0").Error == nil
}

// noteAt is note for a database that nobody has open.
func noteAt(ctx context.Context, target string, w io.Writer, by, act, ref string, told map[string]any) (err error) {
	db, err := database.Open(database.Options{URL: target})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(db)) }()
	if err := note(ctx, db, w, by, act, ref, told); err != nil {
		return err
	}
	return auditdb.New(db).SealAll(ctx)
}
