package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

// exportCommand writes what a harvester would be given, whole, to standard output.
func exportCommand(ctx context.Context, p program, args []string) error {
	f := flags("export")
	format := f.String("format", "", "jsonld, ttl, rdf, nt, datajson or csv of what is public; xlsx, the workbook of the register, drafts included")
	institution := f.String("institution", "", "only this institution and the bodies under it")
	language := f.String("lang", "fr", "language of the workbook: fr, ar or en")
	return p.withDatabase(ctx, f, args, func(db *gorm.DB, c configs.Config, _ []string) error {
		if *format == "xlsx" {
			return p.writeBook(ctx, db, *institution, lang.Tag(*language))
		}
		snapshot, err := exported(ctx, db, c, *institution)
		if err != nil {
			return err
		}
		for _, left := range snapshot.LeftOut {
			fmt.Fprintf(p.err, "%s is left out: %s\n", left.Ref, left.Reason)
		}
		out := bufio.NewWriter(p.out)
		if err := snapshot.Export(ctx, out, *format); err != nil {
			return fmt.Errorf("%w: --format: %w", errUsage, err)
		}
		return out.Flush()
	})
}

// exported is the snapshot to be written: the one that is served, if it is of
// the register as it is, else one made for the occasion.
func exported(ctx context.Context, db *gorm.DB, c configs.Config, institution string) (*catalogue.Snapshot, error) {
	settings := catalogueSettings(c)
	settings.EmptyAllowed = true // a person reads this, not a harvester that deletes
	if institution == "" {
		if s, err := servedNow(ctx, db, catalogueSettings(c)); s != nil || err != nil {
			return s, err
		}
	}
	register, err := readRegister(ctx, db, institution)
	if err != nil {
		return nil, err
	}
	return catalogue.Build(settings, register, nil, time.Now())
}

// servedNow opens the newest snapshot that is kept; nil when the register has
// changed since, or is written differently now.
func servedNow(ctx context.Context, db *gorm.DB, settings catalogue.Settings) (*catalogue.Snapshot, error) {
	register, kept := inventorydb.New(db, nil), cataloguedb.New(db, nil)
	state, err := kept.State(ctx)
	if err != nil {
		return nil, err
	}
	version, err := register.CatalogueVersion(ctx)
	if err != nil {
		return nil, err
	}
	v, err := register.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	institutions, err := identitydb.New(db, nil).Institutions(ctx)
	if err != nil {
		return nil, err
	}
	with := catalogue.NewContext(settings, v, institutions)
	if state.Newest == "" || state.Version != version.Number || state.Generation != with.Generation() {
		return nil, nil //nolint:nilnil // having none is an ordinary answer inside this file
	}
	m, err := kept.Find(ctx, state.Newest)
	if err != nil {
		return nil, err
	}
	return with.Open(ctx, catalogue.NewVault(kept, settings.CacheBytes), m, nil)
}

// readRegister reads what is public, of one institution when it is named.
func readRegister(ctx context.Context, db *gorm.DB, institution string) (catalogue.Register, error) {
	store := inventorydb.New(db, nil)
	var r catalogue.Register
	var faults [4]error
	r.Publications, faults[0] = store.Publications(ctx)
	r.Tombstones, faults[1] = store.Tombstones(ctx)
	r.Vocabulary, faults[2] = store.Vocabulary(ctx)
	r.Institutions, faults[3] = identitydb.New(db, nil).Institutions(ctx)
	if err := errors.Join(faults[:]...); err != nil || institution == "" {
		return r, err
	}
	if _, ok := r.Institutions[institution]; !ok {
		return r, fmt.Errorf("there is no institution %q", institution)
	}
	mine := map[string]bool{}
	for _, slug := range r.Institutions.Under(institution, time.Now()) {
		mine[slug] = true
	}
	kept := r.Publications[:0]
	for _, one := range r.Publications {
		if mine[one.Institution] {
			kept = append(kept, one)
		}
	}
	r.Publications = kept
	return r, nil
}

// writeBook writes the workbook that institutions fill in, drafts included.
func (p program) writeBook(ctx context.Context, db *gorm.DB, institution string, tag lang.Tag) error {
	if !tag.Valid() {
		return fmt.Errorf("%w: --lang: fr, ar or en", errUsage)
	}
	form, err := sheet.ReadForm(pilot.Files)
	if err != nil {
		return err
	}
	store := inventorydb.New(db, nil)
	v, err := store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	tree, err := identitydb.New(db, nil).Institutions(ctx)
	if err != nil {
		return err
	}
	if _, ok := tree[institution]; !ok && institution != "" {
		return fmt.Errorf("there is no institution %q", institution)
	}
	out := bufio.NewWriter(p.out)
	err = sheet.Book{
		Form: form, Vocabulary: v, Tree: tree, Institution: institution, Lang: tag,
		Datasets: store.Sheet(ctx, identity.System("jard export"), institution),
	}.Write(out)
	if err != nil {
		return err
	}
	return out.Flush()
}
