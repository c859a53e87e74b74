package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/mandatedb"
	outside "github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// seeded counts what a seed added.
type seeded struct{ institutions, services int }

// seedData is what a directory brings.
type seedData struct {
	institutions []identity.Institution
	vocabulary   inventory.Vocabulary
	services     []monitor.Service
	rules        []outside.Rule
	mandates     mandatedb.Reference
}

// seed loads the reference data of dir. It may run any number of times: codes
// are brought up to date, what people recorded is left alone.
func seed(ctx context.Context, db *gorm.DB, by identity.Actor, dir fs.FS) (seeded, error) {
	read, err := readSeed(dir)
	if err != nil {
		return seeded{}, err
	}
	return read.into(ctx, db, by)
}

// readSeed reads all of it before anything is written.
func readSeed(dir fs.FS) (d seedData, err error) {
	var faults [5]error
	d.institutions, faults[0] = sheet.ReadInstitutions(dir)
	d.vocabulary, faults[1] = sheet.ReadVocabulary(dir)
	d.services, faults[2] = readServices(dir)
	d.rules, faults[3] = readRequestRules(dir)
	d.mandates, faults[4] = mandatedb.ReadReference(dir)
	return d, errors.Join(faults[:]...)
}

func (d seedData) into(ctx context.Context, db *gorm.DB, by identity.Actor) (n seeded, err error) {
	if n.institutions, err = identitydb.New(db, nil).Seed(ctx, by, d.institutions); err != nil {
		return n, err
	}
	if err := inventorydb.New(db, nil).Seed(ctx, by, d.vocabulary); err != nil {
		return n, err
	}
	if err := requestdb.New(db, requestdb.Options{}).Seed(ctx, by, d.rules); err != nil {
		return n, err
	}
	if err := mandatedb.New(db, nil).Seed(ctx, by, d.mandates); err != nil {
		return n, err
	}
	n.services, err = monitordb.New(db, nil).Seed(ctx, by, d.services, schedule.Period)
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
		var n seeded
		var err error
		switch len(words) {
		case 0:
			n, err = seed(ctx, db, identity.System("jard seed"), pilot.Files)
		case 1:
			n, err = seedFolder(ctx, db, words[0])
		default:
			return fmt.Errorf("%w: name one directory", errUsage)
		}
		if err != nil {
			return p.words(err)
		}
		fmt.Fprintf(p.out, "institutions=%d services=%d added; vocabularies are up to date\n", n.institutions, n.services)
		return nil
	})
}

// seedFolder loads what a directory brings. The first time, what it does not
// bring of vocabularies and rules is the pilot's: without holidays, frequencies
// and the decree there is no register.
func seedFolder(ctx context.Context, db *gorm.DB, folder string) (n seeded, err error) {
	tree, err := identitydb.New(db, nil).Institutions(ctx)
	if err != nil {
		return n, err
	}
	var rest fs.FS
	if len(tree) == 0 {
		rest = pilot.Files
	}
	files, err := seedFrom(folder, rest)
	if err != nil {
		return n, err
	}
	read, err := readSeed(files)
	if err := files.explain(err); err != nil {
		return n, err
	}
	return read.into(ctx, db, identity.System("jard seed"))
}
