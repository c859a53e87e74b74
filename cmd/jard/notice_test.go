package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/notice/digest"
)

func TestTheDemosPeopleHaveMailWithLinksThatWork(t *testing.T) {
	dir := t.TempDir()
	c := configs.Default()
	c.Database.URL = configs.Secret("sqlite:" + filepath.Join(dir, "jard.db"))
	street, err := simulation.Open(demo.Services())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = street.Close() })
	if _, err := fillDemo(t.Context(), c, street, time.Now()); err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	var letters []mail.Letter
	if err := db.Where("kind = ?", digest.Kind).Find(&letters).Error; err != nil { // other rooms write too
		t.Fatal(err)
	}
	languages, links := map[string]int{}, 0
	for _, l := range letters {
		languages[string(l.Lang)]++
		links += strings.Count(l.Text, "/m/")
		if l.State != mail.Queued || l.Text == "" || l.HTML == "" {
			t.Errorf("%s of %s: %s", l.Kind, l.Recipient, l.State)
		}
	}
	if len(letters) < 8 || languages["ar"] == 0 || languages["fr"] == 0 || links < 20 {
		t.Errorf("%d letters in %v with %d links", len(letters), languages, links)
	}

	var out, faults bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &faults, getenv: func(name string) string {
		return map[string]string{"JARD_DATABASE_URL": string(c.Database.URL)}[name]
	}}
	for range 2 { // looking writes nothing
		out.Reset()
		if code := run(context.Background(), []string{"notices", "--dry-run"}, p); code != 0 {
			t.Fatalf("exit %d: %s", code, &faults)
		}
		if !regexp.MustCompile(`(?m)^people=\d+ digests=\d+ lines=\d+ reminders=\d+$`).MatchString(out.String()) || strings.Contains(out.String(), "@") {
			t.Errorf("said %q", &out)
		}
	}
	var n int64
	if db.Model(&mail.Letter{}).Where("kind = ?", digest.Kind).Count(&n); int(n) != len(letters) {
		t.Errorf("a dry run wrote %d letters", int(n)-len(letters))
	}
}

func TestAPlanOfOnesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.csv")
	if _, err := readPlan(path); err == nil {
		t.Error("a plan that is not there was read")
	}
	if err := os.WriteFile(path, []byte("code,audience,when,days,urgent\nx,officer,late,3,yes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := readPlan(path); err != nil || len(p) != 1 || p[0].Days != 3 {
		t.Errorf("readPlan = %+v, %v", p, err)
	}
	if p, err := readPlan(""); err != nil || len(p) < 5 {
		t.Errorf("the pilot's plan = %+v, %v", p, err)
	}
}

func TestMorningsAreWorked(t *testing.T) {
	work := inventory.NewWorkdays(inventory.Tunis(), nil)
	sunday := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	if got := morning(work, sunday, sunday); got.Format(time.RFC3339) != "2026-11-20T07:15:00+01:00" {
		t.Errorf("the morning before a Sunday is %s", got)
	}
	early := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) // Monday, six in Tunis
	if got := morning(work, early, early); got.After(early) {
		t.Errorf("%s has not come yet at %s", got, early)
	}
}
