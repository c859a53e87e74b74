package main

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
)

// compactCommand writes a SQLite file anew, once: one of an earlier version
// cannot give room back before.
func compactCommand(ctx context.Context, p program, args []string) error {
	return p.withDatabase(ctx, flags("compact"), args, func(db *gorm.DB, c configs.Config, words []string) (err error) {
		if len(words) > 0 {
			return fmt.Errorf("%w: compact takes no words", errUsage)
		}
		letGo, err := database.Hold(string(c.Database.URL))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, letGo()) }()
		before, after, err := database.Compact(ctx, db)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%d bytes became %d\n", before, after)
		return err
	})
}
