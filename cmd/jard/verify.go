package main

import (
	"context"
	"fmt"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// verifyCommand reads back everything whose break would go unnoticed, and
// fails at the first one.
func verifyCommand(ctx context.Context, p program, args []string) error {
	f := flags("verify")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return fmt.Errorf("%w: verify takes no words", errUsage)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, c, logger(p.err, c.Log))
	if err != nil {
		return err
	}
	defer func() { _ = database.Close(db) }()
	if err := monitordb.New(db, nil).In(c.Location()).Verify(ctx); err != nil {
		return err
	}
	if err := surveydb.New(db, nil).In(c.Location()).Verify(ctx); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "readings and editions read back as they were written")
	return nil
}
