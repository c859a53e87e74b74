package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/migrations"
)

// schemaOf is how the schema of a database stands beside what this program knows.
type schemaOf struct{ has, knows int64 }

func readSchema(ctx context.Context, db *gorm.DB) (s schemaOf, err error) {
	if s.has, err = migrations.At(ctx, db); err != nil {
		return s, err
	}
	s.knows, err = migrations.Latest()
	return s, err
}

// upToDate refuses a database that lacks migrations where the settings say that
// serving must not run them.
func upToDate(ctx context.Context, c configs.Config, db *gorm.DB) error {
	if c.Database.Migrate {
		return nil
	}
	s, err := readSchema(ctx, db)
	if err == nil && s.has < s.knows {
		err = fmt.Errorf("the schema of the database is %d, this program needs %d, and database.migrate is false: run `jard migrate` first", s.has, s.knows)
	}
	return err
}

// plan says what the migrations that a database lacks would do to it, and
// changes nothing.
func (p program) plan(ctx context.Context, db *gorm.DB) error {
	s, err := readSchema(ctx, db)
	if err != nil {
		return err
	}
	pending, err := migrations.Changes(database.EngineOf(db), s.has)
	if err != nil {
		return err
	}
	if len(pending) == 0 {
		_, err := fmt.Fprintf(p.out, "nothing would change: the schema is %d\n", s.has)
		return err
	}
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, c := range pending {
		fmt.Fprintf(t, "%s\t%s\n", strings.TrimSuffix(c.Name, ".sql"), c.Why)
		for _, a := range c.Acts {
			fmt.Fprintf(t, "\t  %s\n", planWords(ctx, db, a))
		}
	}
	fmt.Fprintf(t, "\n%d migrations are pending, from schema %d to %d; nothing was changed\n", len(pending), s.has, s.knows)
	return t.Flush()
}

// planWords says what a migration does, and how many rows there are to do it to.
func planWords(ctx context.Context, db *gorm.DB, a migrations.Act) string {
	rows := ""
	var n int64
	if a.Does != "create" && a.Table != "" && db.WithContext(ctx).Table(a.Table).Count(&n).Error == nil {
		rows = fmt.Sprintf(" (%d rows)", n)
	}
	switch a.Does {
	case "create":
		return "makes the table " + a.Table
	case "add":
		return "adds " + a.What + " to " + a.Table + rows
	case "index":
		return "indexes " + a.Table + rows
	case "fill":
		return "writes rows of " + a.Table + rows
	case "drop":
		return strings.TrimSpace("takes away "+a.Table+" "+a.What) + rows
	case "rename":
		return "renames " + a.Table + " " + a.What + rows
	case "change":
		return "changes " + a.Table + ": " + a.What + rows
	}
	return a.What
}

// warn says on standard error what an operator should know before starting
// this version: what the database lacks, and settings that nobody reads. What
// the database shows to be wrong in the settings is returned.
func (p program) warn(ctx context.Context, c configs.Config) error {
	for _, name := range configs.Unknown(p.environ) {
		fmt.Fprintf(p.err, "warning: %s is no setting of this version and is not read%s\n", name, configs.Near(name))
	}
	for _, s := range []struct{ key, value string }{{"operator.contact", c.Operator.Contact}, {"first_run.admin_email", c.FirstRun.AdminEmail}} {
		if strings.HasSuffix(s.value, "@example.tn") {
			fmt.Fprintf(p.err, "warning: %s is still %s of the example\n", s.key, s.value)
		}
	}
	if path, is := database.File(string(c.Database.URL)); is {
		if _, err := os.Stat(path); err != nil {
			return nil // the first start makes it
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	db, err := database.Open(database.Options{URL: string(c.Database.URL), MaxConnections: 2})
	if err != nil {
		fmt.Fprintf(p.err, "warning: the database could not be asked: %v\n", err)
		return nil
	}
	concerns, err := database.Concerns(ctx, db, c.Database.MaxConnections)
	for _, concern := range concerns {
		fmt.Fprintf(p.err, "warning: the database: %s\n", concern)
	}
	s, asked := readSchema(ctx, db)
	err = errors.Join(err, asked)
	var strangers, closed error
	if err == nil && s.has > 0 {
		strangers, err = p.checkInstitutions(ctx, c, db)
	}
	if closed = database.Close(db); errors.Join(err, closed) != nil {
		fmt.Fprintf(p.err, "warning: the database could not be asked: %v\n", errors.Join(err, closed))
		return strangers
	}
	p.warnSchema(s, c)
	return strangers
}

// warnSchema says what starting this version would do to a schema, or with it.
func (p program) warnSchema(s schemaOf, c configs.Config) {
	switch {
	case s.has == 0:
	case s.has < s.knows && c.Database.Migrate:
		fmt.Fprintf(p.err, "warning: `jard serve` will bring the database from schema %d to %d; `jard migrate --plan` says what that changes, `jard backup FILE` keeps what there is\n", s.has, s.knows)
	case s.has < s.knows:
		fmt.Fprintf(p.err, "warning: the database has schema %d, this program needs %d and database.migrate is false: run `jard migrate` first\n", s.has, s.knows)
	case s.has > s.knows:
		fmt.Fprintf(p.err, "warning: the database has schema %d, this program knows %d: a newer version has used it; docs/upgrade.md says what then works\n", s.has, s.knows)
	}
}
