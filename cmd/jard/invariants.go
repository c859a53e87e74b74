package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// invariant is something that is always true of what is kept, although no
// constraint of the database can say it. Check tells each place where it is not.
type invariant struct {
	name  string
	check func(ctx context.Context, db *gorm.DB, broken func(says string)) error
}

// invariants are what jard verify reads, cheapest first.
func invariants(c configs.Config) []invariant {
	return []invariant{
		{"the database file is sound", soundFile},
		{"approved datasets are published as approved", rows(
			`SELECT d.ref, 'approved revision ' || d.approved_revision || ', published revision ' || coalesce(CAST(p.revision AS TEXT), 'none')
FROM datasets d LEFT JOIN publications p ON p.dataset_id = d.id
WHERE d.approved_revision > 0 AND (p.dataset_id IS NULL OR p.revision <> d.approved_revision OR p.hash <> d.approved_hash)`)},
		{"what is published belongs to a dataset that was approved", rows(
			`SELECT p.ref, 'published, but the dataset was never approved or has another number' FROM publications p LEFT JOIN datasets d ON d.id = p.dataset_id
WHERE d.id IS NULL OR d.ref <> p.ref OR d.approved_revision = 0`)},
		{"publications have the hash of their content", contentHashes},
		{"the last step of a dataset is kept", rows(
			`SELECT d.ref, 'is at revision ' || d.revision || ', steps are kept up to ' || coalesce(max(r.revision), 0)
FROM datasets d LEFT JOIN revisions r ON r.dataset_id = d.id GROUP BY d.ref, d.revision HAVING coalesce(max(r.revision), 0) > d.revision`)},
		{"counts of datasets are those of the register", rows(
			`SELECT institution || ' ' || state, 'the desk counts ' || -sum(n) || ' too many or too few' FROM (
SELECT institution, state, count(*) AS n FROM datasets GROUP BY institution, state
UNION ALL SELECT institution, state, -sum(n) FROM dataset_tally GROUP BY institution, state) x GROUP BY institution, state HAVING sum(n) <> 0`)},
		{"counts of promises are those of the ledger", rows(
			`SELECT institution, 'the desk counts ' || -sum(n) || ' promises too many or too few' FROM (
SELECT institution, count(*) AS n FROM obligations GROUP BY institution
UNION ALL SELECT institution, -sum(n) FROM obligation_tally GROUP BY institution) x GROUP BY institution HAVING sum(n) <> 0`)},
		{"promises were met by something", rows(
			`SELECT ref || ' ' || period, 'met without evidence, or with evidence and not met' FROM obligations
WHERE (met_at IS NOT NULL) <> (evidence <> '')`)},
		{"periods of a promise do not overlap", rows(
			`SELECT a.ref || ' ' || a.period, 'overlaps ' || b.period FROM obligations a JOIN obligations b ON b.dataset_id = a.dataset_id AND b.period > a.period
WHERE a.frequency = b.frequency AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at`)},
		{"statements are as they were issued", statements},
		{"the catalogue that is served is kept", rows(
			`SELECT c.newest, 'is to be served and not kept' FROM catalogue_served c LEFT JOIN catalogue_snapshots s ON s.id = c.newest WHERE c.newest <> '' AND s.id IS NULL
UNION ALL SELECT c.pinned, 'an operator went back to it, and it is not kept' FROM catalogue_served c LEFT JOIN catalogue_snapshots s ON s.id = c.pinned WHERE c.pinned <> '' AND s.id IS NULL`)},
		{"outages belong to incidents", rows(
			`SELECT o.service || ', outage ' || o.id, 'its incident ' || o.incident || ' is missing' FROM outages o LEFT JOIN incidents i ON i.id = o.incident
WHERE o.incident <> 0 AND i.id IS NULL`)},
		{"what is over does not go on", rows(
			`SELECT o.service || ', outage ' || o.id, 'goes on, but its incident ' || i.id || ' is over' FROM outages o JOIN incidents i ON i.id = o.incident
WHERE o.ended_at IS NULL AND i.ended_at IS NOT NULL UNION ALL
SELECT service || ', incident ' || id, 'is over before it began' FROM incidents WHERE ended_at < started_at`)},
		{"sessions and tokens belong to accounts", rows(
			`SELECT s.account_id, 'a session of an account that is missing or disabled' FROM sessions s LEFT JOIN accounts a ON a.id = s.account_id WHERE a.id IS NULL OR a.disabled_at IS NOT NULL
UNION ALL SELECT t.account_id, 'a token of an account that is missing' FROM api_tokens t LEFT JOIN accounts a ON a.id = t.account_id WHERE a.id IS NULL`)},
		{"what is kept beside the audit chain", func(ctx context.Context, db *gorm.DB, broken func(string)) error {
			return auditdb.New(db).VerifyBeside(ctx, broken)
		}},
		{"readings and editions of the watch", ofRoom(func(ctx context.Context, db *gorm.DB) error {
			return monitordb.New(db, nil).In(c.Location()).Verify(ctx)
		})},
		{"frozen editions of answers", ofRoom(func(ctx context.Context, db *gorm.DB) error {
			return surveydb.New(db, nil).In(c.Location()).Verify(ctx)
		})},
	}
}

// mostBreaks is how many breaks of one invariant are told.
const mostBreaks = 100

// rows makes an invariant of a query that gives a thing and what is wrong with it.
func rows(query string) func(context.Context, *gorm.DB, func(string)) error {
	return func(ctx context.Context, db *gorm.DB, broken func(string)) (err error) {
		found, err := db.WithContext(ctx).Raw(query).Rows()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, found.Close()) }()
		for n := 0; found.Next(); n++ {
			var thing, wrong string
			if err := found.Scan(&thing, &wrong); err != nil {
				return err
			}
			if n == mostBreaks {
				broken(fmt.Sprintf("and more than %d others", mostBreaks))
				break
			}
			broken(thing + ": " + wrong)
		}
		return found.Err()
	}
}

// ofRoom makes an invariant of a check of a room that stops at its first break.
func ofRoom(check func(context.Context, *gorm.DB) error) func(context.Context, *gorm.DB, func(string)) error {
	return func(ctx context.Context, db *gorm.DB, broken func(string)) error {
		if err := check(ctx, db); err != nil {
			if ctx.Err() != nil {
				return err
			}
			broken(err.Error())
		}
		return nil
	}
}

// soundFile asks SQLite to read its file through. PostgreSQL has checksums and
// tools of its own for that (docs/operations.md).
func soundFile(ctx context.Context, db *gorm.DB, broken func(string)) error {
	if database.EngineOf(db) != database.SQLite {
		return nil
	}
	var words []string
	if err := db.WithContext(ctx).Raw("PRAGMA quick_check(20)").Scan(&words).Error; err != nil {
		return err
	}
	for _, w := range words {
		if w != "ok" {
			broken(w)
		}
	}
	var orphans []struct {
		Table  string
		Rowid  int64
		Parent string
	}
	if err := db.WithContext(ctx).Raw("PRAGMA foreign_key_check").Scan(&orphans).Error; err != nil {
		return err
	}
	for _, o := range orphans {
		broken(fmt.Sprintf("row %d of %s points to a row of %s that is missing", o.Rowid, o.Table, o.Parent))
	}
	return nil
}

// contentHashes writes each publication's hash anew.
func contentHashes(ctx context.Context, db *gorm.DB, broken func(string)) error {
	var some []inventory.Publication
	return db.WithContext(ctx).FindInBatches(&some, 500, func(*gorm.DB, int) error {
		for _, p := range some {
			if is := p.Content.Hash(); is != p.Hash {
				broken(fmt.Sprintf("%s: its content has the hash %.12s, it was published as %.12s", p.Ref, is, p.Hash))
			}
		}
		return ctx.Err()
	}).Error
}

// statements writes the hash of each issued statement anew.
func statements(ctx context.Context, db *gorm.DB, broken func(string)) error {
	var some []struct {
		Institution, Quarter, Hash, Body string
		Revision                         int
	}
	if err := db.WithContext(ctx).Table("statements").Order("institution, quarter, revision").Scan(&some).Error; err != nil {
		return err
	}
	for _, s := range some {
		if sum := sha256.Sum256([]byte(s.Body)); hex.EncodeToString(sum[:]) != s.Hash {
			broken(fmt.Sprintf("%s %s, revision %d: its text was changed after it was issued", s.Institution, s.Quarter, s.Revision))
		}
	}
	return nil
}
