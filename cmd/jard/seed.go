package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// seeded counts what a seed added.
type seeded struct{ institutions, services int }

// seed loads the reference data of dir. It may run any number of times: codes
// are brought up to date, what people recorded is left alone.
func seed(ctx context.Context, db *gorm.DB, by identity.Actor, dir fs.FS) (seeded, error) {
	var n seeded
	institutions, err := sheet.ReadInstitutions(dir)
	if err != nil {
		return n, err
	}
	vocabulary, err := sheet.ReadVocabulary(dir)
	if err != nil {
		return n, err
	}
	services, err := readServices(dir)
	if err != nil {
		return n, err
	}
	rules, err := readRequestRules(dir)
	if err != nil {
		return n, err
	}
	if n.institutions, err = identitydb.New(db, nil).Seed(ctx, by, institutions); err != nil {
		return n, err
	}
	if err := inventorydb.New(db, nil).Seed(ctx, by, vocabulary); err != nil {
		return n, err
	}
	if err := requestdb.New(db, requestdb.Options{}).Seed(ctx, by, rules); err != nil {
		return n, err
	}
	if err := seedMandates(ctx, db, by, dir); err != nil {
		return n, err
	}
	n.services, err = monitordb.New(db, nil).Seed(ctx, by, services, schedule.Period)
	return n, err
}

func readServices(dir fs.FS) ([]monitor.Service, error) {
	f, err := dir.Open("services.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	defer f.Close()
	return monitor.ReadServices(f)
}

// seedOnce loads the pilot's data into a database that has no institution yet.
func seedOnce(ctx context.Context, db *gorm.DB) error {
	tree, err := identitydb.New(db, nil).Institutions(ctx)
	if err != nil || len(tree) > 0 {
		return err
	}
	_, err = seed(ctx, db, identity.System("first run"), pilot.Files)
	return err
}

func seedCommand(ctx context.Context, p program, args []string) error {
	return p.withDatabase(ctx, flags("seed"), args, func(db *gorm.DB, _ configs.Config, words []string) error {
		var dir fs.FS = pilot.Files
		switch len(words) {
		case 0:
		case 1:
			dir = os.DirFS(words[0])
		default:
			return fmt.Errorf("%w: name one directory", errUsage)
		}
		n, err := seed(ctx, db, identity.System("jard seed"), dir)
		if err != nil {
			return p.words(err)
		}
		fmt.Fprintf(p.out, "institutions=%d services=%d added; vocabularies are up to date\n", n.institutions, n.services)
		return nil
	})
}
