package main

import (
	"net/url"
	"os"
	"testing"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// The account that deploy/postgresql/reports.sql makes reads the register and
// the watch, on the leader and on its copy, and nothing that names a person.
func TestTheAccountOfReportsSeesNoPerson(t *testing.T) {
	own := databasetest.NewServer(t)
	freshly(t, own.URL)
	text, err := os.ReadFile("../../deploy/postgresql/reports.sql")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again after an upgrade
		if err := opened(t, own.URL).Exec(string(text)).Error; err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*databasetest.Server{own, own.Copy(t)} {
		u, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.User("jard_reports")
		db := opened(t, u.String())
		var n int64
		for query, want := range map[string]bool{
			"SELECT count(*) FROM institutions": true, "SELECT count(ref) FROM datasets": true, "SELECT count(slug) FROM services": true,
			"SELECT count(ended_at) FROM incidents": true, "SELECT count(ended_at) FROM outages": true, "SELECT count(*) FROM check_days": true,
			"SELECT count(contact_email) FROM datasets": false, "SELECT count(*) FROM accounts": false, "SELECT count(*) FROM sessions": false,
			"SELECT count(*) FROM audit_lines": false, "SELECT count(*) FROM survey_answers": false, "SELECT count(target) FROM checks": false,
			"SELECT count(acknowledger) FROM incidents": false,
		} {
			if err := db.Raw(query).Scan(&n).Error; (err == nil) != want {
				t.Errorf("%s: %v; want it to be read: %v", query, err, want)
			}
		}
		if err := db.Exec("CREATE TEMP TABLE x (n INT)").Error; err == nil {
			t.Error("it writes")
		}
		_ = database.Close(db)
	}
}
