package migrations_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/migrations"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestBothDialectsHaveTheSameMigrationsWithoutGaps(t *testing.T) {
	sqlite, postgres := names(t, "sqlite"), names(t, "postgres")
	if diff := cmp.Diff(sqlite, postgres); diff != "" {
		t.Errorf("sqlite and postgres differ (-sqlite +postgres):\n%s", diff)
	}
	for n, name := range sqlite {
		if want := fmt.Sprintf("%04d_", n+1); !strings.HasPrefix(name, want) {
			t.Errorf("migration %d is %s; want it to begin with %s", n+1, name, want)
		}
	}
}

func TestUpIsIdempotentAndStatusAgrees(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		done, err := migrations.Up(context.Background(), db)
		if err != nil || done != 0 {
			t.Errorf("Up on a migrated database ran %d migrations, %v; want 0", done, err)
		}
		steps, err := migrations.Status(context.Background(), db)
		if err != nil {
			t.Fatal(err)
		}
		if len(steps) != len(names(t, db.Name())) {
			t.Errorf("status lists %d migrations; want %d", len(steps), len(names(t, db.Name())))
		}
		for _, s := range steps {
			if !s.Applied {
				t.Errorf("%s is not applied", s.Name)
			}
		}
	})
}

func names(t *testing.T, dialect string) []string {
	t.Helper()
	files, err := migrations.Files(dialect)
	if err != nil {
		t.Fatal(err)
	}
	list, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return list
}
