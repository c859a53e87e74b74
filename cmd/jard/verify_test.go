package main

import (
	"io"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

func TestVerifyReadsTheHistoryBack(t *testing.T) {
	target := databasetest.URL(t, database.SQLite)
	verify := func() (int, string) {
		var out, said strings.Builder
		code := run(t.Context(), []string{"verify"}, program{in: strings.NewReader(""), out: &out, err: io.Writer(&said), getenv: func(key string) string {
			if key == "JARD_DATABASE_URL" {
				return target
			}
			return ""
		}})
		return code, out.String() + said.String()
	}
	if code, said := verify(); code != 0 || !strings.Contains(said, "read back as they were written") {
		t.Errorf("a good history: %d, %s", code, said)
	}
	db, err := database.Open(database.Options{URL: target})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Exec("INSERT INTO reading_packs (check_id, vantage, start, hours, count, body) VALUES (7, 0, 498000, 1, 60, 'no pack')").Error
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Close(db); err != nil {
		t.Fatal(err)
	}
	if code, said := verify(); code != 1 || !strings.Contains(said, "readings of check 7, vantage 0, hour 498000") || !strings.Contains(said, "damaged") {
		t.Errorf("a broken pack: %d, %s", code, said)
	}
}
