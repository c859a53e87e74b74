package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/migrations"
)

// logger writes to w as the settings say.
func logger(w io.Writer, c configs.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // validated
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// longestStatement is how long PostgreSQL works on one statement before it gives
// it up: nothing of ours takes minutes, and what does would hold others up.
const longestStatement = 5 * time.Minute

// openDatabase opens the database and brings it up to date when the settings allow.
func openDatabase(ctx context.Context, c configs.Config, log *slog.Logger) (*gorm.DB, error) {
	o := database.Options{URL: string(c.Database.URL), MaxConnections: c.Database.MaxConnections, Log: log}
	db, err := database.Open(o)
	if err != nil {
		return nil, err
	}
	if c.Database.Migrate {
		if err := bringUp(ctx, db); err != nil {
			return nil, errors.Join(err, database.Close(db))
		}
	}
	if database.EngineOf(db) != database.Postgres {
		return db, nil
	}
	// A migration may take as long as it takes; nothing else may.
	if err := database.Close(db); err != nil {
		return nil, err
	}
	o.Statement = longestStatement
	return database.Open(o)
}

// worry logs what of the database would break a promise of ours.
func worry(ctx context.Context, c configs.Config, db *gorm.DB, log *slog.Logger) {
	concerns, err := database.Concerns(ctx, db, c.Database.MaxConnections)
	if err != nil {
		log.Warn("the database does not say how it is set up", "room", "database", "error", err)
	}
	for _, concern := range concerns {
		log.Warn("the database may not keep what we promise", "room", "database", "why", concern)
	}
}

// bringUp brings db up to date, and notes that it did.
func bringUp(ctx context.Context, db *gorm.DB) error {
	done, err := migrations.Up(ctx, db)
	if err != nil || done == 0 {
		return err
	}
	return auditdb.Note(ctx, db, identity.System("jard migrate"), time.Now(), "migration.apply", "database", database.EngineOf(db), "",
		map[string]any{"migrations": done, "version": version})
}

// withDatabase is what most commands are: read flags, read settings, open the
// database, work, close it. work gets the words of the command line.
func (p program) withDatabase(ctx context.Context, f *flag.FlagSet, args []string,
	work func(db *gorm.DB, c configs.Config, words []string) error,
) error {
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, c, nil)
	if err != nil {
		return err
	}
	return errors.Join(work(db, c, words), database.Close(db))
}

func migrateCommand(ctx context.Context, p program, args []string) error {
	f := flags("migrate")
	status := f.Bool("status", false, "only list the migrations")
	plan := f.Bool("plan", false, "only say what would change")
	settings := p.configure(f)
	if _, err := parse(f, args); err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	c.Database.Migrate = !*status && !*plan
	db, err := openDatabase(ctx, c, nil)
	if err != nil {
		return err
	}
	defer database.Close(db)
	if *plan {
		return p.plan(ctx, db)
	}
	steps, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	for _, s := range steps {
		state := "pending"
		if s.Applied {
			state = "applied"
		}
		fmt.Fprintf(p.out, "%-8s %s\n", state, s.Name)
	}
	return nil
}
