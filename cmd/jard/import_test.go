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

// TestAWorkbookLeavesAndComesBackByCommand exports a workbook, imports a list, and imports the workbook of what it made.
func TestAWorkbookLeavesAndComesBackByCommand(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target, dir := databasetest.URL(t, engine), t.TempDir()
			jard := func(args ...string) string {
				t.Helper()
				var out, errs bytes.Buffer
				p := program{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(key string) string {
					return map[string]string{"JARD_DATABASE_URL": target, "LANG": "fr_TN.UTF-8"}[key]
				}}
				if code := run(context.Background(), args, p); code != 0 {
					t.Fatalf("jard %v: exit %d\n%s", args, code, errs.String())
				}
				return out.String()
			}
			file := func(name, text string) string {
				t.Helper()
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			jard("seed", filepath.Join("..", "..", "configs", "pilot"))
			list := file("liste.csv", "Intitulé;Fréquence\nForêts;annuelle\nBarrages;parfois\n")
			counts := "create=1 change=0 unchanged=0 conflict=0 refused=1\n"
			if out := jard("import", "--institution", "marhp", list); !strings.HasSuffix(out, counts) || !strings.Contains(out, "B3: ") {
				t.Errorf("preview:\n%s", out)
			}
			if out := jard("import", "--apply", "--institution", "marhp", list); !strings.HasSuffix(out, counts) {
				t.Errorf("application:\n%s", out)
			}
			book := file("marhp.xlsx", jard("export", "--format", "xlsx", "--institution", "marhp", "--lang", "ar"))
			if out := jard("import", "--institution", "marhp", book); out != "create=0 change=0 unchanged=1 conflict=0 refused=0\n" {
				t.Errorf("the workbook came back as:\n%s", out)
			}
			whole := file("all.xlsx", jard("export", "--format", "xlsx"))
			if out := jard("import", "--institution", "marhp", whole); out != "create=0 change=0 unchanged=1 conflict=0 refused=0\n" {
				t.Errorf("the workbook of all came back as:\n%s", out)
			}
			catalogue := file("x.json", `{"conformsTo":"x","dataset":[{"identifier":"a","title":"Nappes"}]}`)
			if out := jard("import", "--institution", "marhp", catalogue); !strings.HasSuffix(out, "create=1 change=0 unchanged=0 conflict=0 refused=0\n") {
				t.Errorf("data.json:\n%s", out)
			}
			jsonl := file("x.jsonl", `{"name":"a","title":"Nappes"}`)
			if out := jard("import", "--apply", "--institution", "marhp", jsonl); !strings.HasSuffix(out, "create=1 change=0 unchanged=0 conflict=0 refused=0\n") {
				t.Errorf("JSON Lines:\n%s", out)
			}
		})
	}
}
