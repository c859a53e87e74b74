package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// TestADirectoryNeedNotBringEverything seeds from directories of an operator's
// own: some files, tables or lists, and says of faulty ones where.
func TestADirectoryNeedNotBringEverything(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			seed := func(files map[string]string) (int, string) {
				t.Helper()
				dir := t.TempDir()
				for name, text := range files {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				var out, errs bytes.Buffer
				p := program{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(key string) string {
					return map[string]string{"JARD_DATABASE_URL": target}[key]
				}}
				code := run(context.Background(), []string{"seed", dir}, p)
				return code, out.String() + errs.String()
			}
			for _, bad := range []struct {
				files map[string]string
				want  string
			}{
				{map[string]string{"notes.txt": "x"}, "none of the files that a seed is made of"},
				{map[string]string{"ministries.yaml": "- id: A\n  name: {fr: Un}\n  pilot_proposal: yes\n\n- id: 'A'\n  name: {fr: Deux}\n"}, `ministries.yaml:5: id "A" appears twice`},
				{map[string]string{"themes.yml": "- code: eau\n"}, `themes.yml: column "name_fr" is missing`},
				{map[string]string{"themes.yaml": "code: eau\n"}, "themes.yaml: "},
				{map[string]string{"themes.yaml": "- code: eau\n  code: air\n"}, "themes.yaml: line 2: code appears twice"},
				{map[string]string{"bodies.csv": "id,kind,parent,name_fr\nA,other,NN,Bureau\n", "themes.csv": ""}, "themes.csv: empty"},
			} {
				if code, said := seed(bad.files); code != 1 || !strings.Contains(said, bad.want) {
					t.Errorf("%v: %d %q, want %q", bad.files, code, said, bad.want)
				}
			}
			own := map[string]string{
				"ministries.yaml": "- id: MX\n  name: {fr: Ministère des essais, ar: وزارة التجارب}\n  pilot_proposal: yes\n",
				"services.csv":    "id,name_fr,owner_ministry,url\nessai,Un essai,MX,https://example.tn/\n",
			}
			for n, want := range []string{"institutions=1 services=1 added", "institutions=0 services=0 added"} {
				if code, said := seed(own); code != 0 || !strings.Contains(said, want) {
					t.Fatalf("time %d: %d %q, want %q", n+1, code, said, want)
				}
			}
			db, err := database.Open(database.Options{URL: target})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = database.Close(db) }()
			for table, want := range map[string]int64{"institutions": 1, "services": 1} {
				var n int64
				if err := db.Table(table).Count(&n).Error; err != nil || n != want {
					t.Errorf("%s: %d, %v; want %d", table, n, err, want)
				}
			}
			var frequencies int64 // of the pilot, since the directory brought none
			if err := db.Table("frequencies").Count(&frequencies).Error; err != nil || frequencies == 0 {
				t.Errorf("%d frequencies, %v", frequencies, err)
			}
		})
	}
}
