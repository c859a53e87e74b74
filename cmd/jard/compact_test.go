package main

import (
	"strings"
	"testing"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

func TestCompactNeedsAFileThatNobodyServesFrom(t *testing.T) {
	file := databasetest.URL(t, database.SQLite)
	compact := func(target string, args ...string) (int, string) {
		var said strings.Builder
		code := run(t.Context(), append([]string{"compact"}, args...), program{in: strings.NewReader(""), out: &said, err: &said, getenv: func(key string) string {
			if key == "JARD_DATABASE_URL" {
				return target
			}
			return ""
		}})
		return code, said.String()
	}
	if code, said := compact(file); code != 0 || !strings.Contains(said, " bytes became ") {
		t.Errorf("a file: %d, %s", code, said)
	}
	if code, said := compact(file, "now"); code != 2 || !strings.Contains(said, "compact takes no words") {
		t.Errorf("with a word: %d, %s", code, said)
	}
	letGo, err := database.Hold(file)
	if err != nil {
		t.Fatal(err)
	}
	if code, said := compact(file); code != 1 || !strings.Contains(said, "another jard is serving from this SQLite file") {
		t.Errorf("while it is served from: %d, %s", code, said)
	}
	if err := letGo(); err != nil {
		t.Fatal(err)
	}
	if code, said := compact(databasetest.URL(t, database.Postgres)); code != 1 || !strings.Contains(said, "only a SQLite file is compacted") {
		t.Errorf("PostgreSQL: %d, %s", code, said)
	}
}
