package filewatch

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/file"
)

const people = "Nom;Téléphone\nZohra Ben Salah;98765432\nKhaled Trabelsi;22334455\n"

// everything is every cell of every table as text.
func everything(t *testing.T, db *gorm.DB) string {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if db.Name() == "postgres" {
		list = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	var tables []string
	err := db.Raw(list).Scan(&tables).Error
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range tables {
		var rows []map[string]any
		if err := db.Raw(`SELECT * FROM "` + name + `"`).Scan(&rows).Error; err != nil {
			t.Fatal(name, err)
		}
		for _, row := range rows {
			for column, cell := range row {
				if b, ok := cell.([]byte); ok {
					cell = string(b)
				}
				fmt.Fprintln(&all, name, column, cell)
			}
		}
	}
	return all.String()
}

func TestTheHeadOfAFileIsShownAndForgotten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		var log bytes.Buffer
		spool := t.TempDir()
		s, c, refs := register(t, db, site(t, stored(people))+"/1.csv")
		r := rounds(t, s, c, func(o *Options) {
			o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			o.Fetcher = fetcher(t, func(o *FetchOptions) { o.Now, o.Spool = c.now, spool })
		})
		before := stateOf(t, s, refs[0])
		table, why, err := r.Head(t.Context(), officer, refs[0], before.DistributionID)
		if err != nil || why != file.None || len(table) != 3 || table[1][1] != "98765432" {
			t.Fatalf("Head = %v, %q, %v", table, why, err)
		}
		if after := stateOf(t, s, refs[0]); after.Hash != "" || after.LookedAt != nil || after.State != before.State {
			t.Errorf("the look left a trace on the file: %+v", after)
		}
		all := everything(t, db)
		for _, secret := range []string{"98765432", "Zohra", "Trabelsi", "22334455", "98•"} {
			if strings.Contains(all, secret) || strings.Contains(log.String(), secret) {
				t.Errorf("%q was stored or logged", secret)
			}
		}
		if !strings.Contains(all, "dataset.samples") {
			t.Error("the trail does not say that somebody looked")
		}
		left, err := os.ReadDir(spool)
		if err != nil || len(left) > 0 {
			t.Errorf("%d files are left on disk, %v", len(left), err)
		}
	})
}

func TestOnlyOfficersOfTheInstitutionSeeTheHead(t *testing.T) {
	asked := 0
	s, c, refs := register(t, databasetest.Open(t), site(t, func(w http.ResponseWriter, r *http.Request) { asked++; stored(people)(w, r) })+"/1.csv")
	r := rounds(t, s, c, nil)
	id := stateOf(t, s, refs[0]).DistributionID
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		for _, where := range []string{"marhp", "ms"} {
			by := identity.Actor{Account: "x", Role: role}
			if role.NeedsInstitution() {
				by.Institution, by.Institutions = where, []string{where}
			}
			if role == identity.Officer && where == "marhp" {
				continue
			}
			if _, _, err := r.Head(t.Context(), by, refs[0], id); err == nil || asked > 0 {
				t.Errorf("%s of %s: %v; the site was asked %d times", role, where, err, asked)
			}
		}
	}
	if _, _, err := r.Head(t.Context(), officer, refs[0], "none"); err == nil {
		t.Error("a file that is not there was shown")
	}
	if kind, _ := fault.KindOf(func() error { _, _, err := r.Head(t.Context(), officer, "TN-X", id); return err }()); kind != fault.NotFound {
		t.Errorf("a dataset that is not there: %s", kind)
	}
}

func TestAHeadThatCannotBeReadSaysWhy(t *testing.T) {
	s, c, refs := register(t, databasetest.Open(t), site(t, http.NotFound)+"/1.csv")
	table, why, err := rounds(t, s, c, nil).Head(t.Context(), officer, refs[0], stateOf(t, s, refs[0]).DistributionID)
	if err != nil || why != file.Gone || table != nil {
		t.Errorf("Head = %v, %q, %v", table, why, err)
	}
}
