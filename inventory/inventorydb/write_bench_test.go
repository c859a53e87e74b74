package inventorydb

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

// recorder notes the statements that go to the database, with their values.
type recorder struct {
	logger.Interface
	on         bool
	statements []string
}

// LogMode is for gorm.
func (r *recorder) LogMode(logger.LogLevel) logger.Interface { return r }

// Trace is for gorm.
func (r *recorder) Trace(_ context.Context, _ time.Time, fc func() (string, int64), _ error) {
	if r.on {
		sql, _ := fc()
		r.statements = append(r.statements, sql)
	}
}

// BenchmarkChange writes one change of a dataset after the other, rule, diff
// and audit line included, beside the bare transaction of the same rows in
// pgbench: one connection, the same server, the same run. At least 0.3 of it
// is what is promised.
func BenchmarkChange(b *testing.B) {
	url := databasetest.URL(b, database.Postgres)
	r := &recorder{Interface: logger.Discard}
	db, err := database.Open(database.Options{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = database.Close(db) }()
	db = db.Session(&gorm.Session{Logger: r})
	s, _ := setup(b, db)
	d := create(b, s, "Production de céréales")
	n := 0
	change := func() {
		n++
		_, err := edit(s, d.Ref, 0, func(c *inventory.Content) {
			c.Description["fr"] = fmt.Sprintf("Production annuelle des céréales par gouvernorat, en quintaux, relevé %d.", n)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	change()
	r.on = true
	change()
	r.on = false
	script := filepath.Join(b.TempDir(), "change.sql")
	if err := os.WriteFile(script, []byte(bareTransaction(b, r.statements)), 0o600); err != nil {
		b.Fatal(err)
	}
	const window = 3 * time.Second
	var ours, bare float64
	rounds := 0
	for b.Loop() {
		rounds++
		bare += pgbench(b, url, script, window)
		begun, from := time.Now(), n
		for time.Since(begun) < window {
			change()
		}
		ours += float64(n-from) / time.Since(begun).Seconds()
	}
	b.ReportMetric(ours/float64(rounds), "changes/s")
	b.ReportMetric(bare/float64(rounds), "pgbench/s")
	b.ReportMetric(ours/bare, "ratio-to-pgbench")
	b.ReportMetric(0, "ns/op")
}

var atRevision = regexp.MustCompile(`(?i) AND revision = \d+| AND "revision" = \d+`)

// asStep is the number of the step in the row that keeps it: each run writes another.
var asStep = regexp.MustCompile(`^(INSERT INTO "revisions" \([^)]*\) VALUES \('[^']*',)\d+,`)

// bareTransaction writes what was recorded as a script of pgbench: the row
// locked and every row written, without what rules and pages read besides.
func bareTransaction(b *testing.B, statements []string) string {
	b.Helper()
	script, writes := []string{`\set step random(1000, 9000000000000000)`, "BEGIN;"}, 0
	for _, sql := range statements {
		locks := strings.HasSuffix(sql, "FOR UPDATE")
		if strings.HasPrefix(sql, "SELECT") && !locks {
			continue
		}
		if !locks {
			writes++
		}
		sql = asStep.ReplaceAllString(sql, "${1}:step,")
		sql = strings.ReplaceAll(atRevision.ReplaceAllString(sql, ""), " revision = 2 ", " TRUE ")
		script = append(script, strings.ReplaceAll(sql, "\n", " ")+";")
	}
	if writes < 2 {
		b.Fatalf("%d writes recorded of %q; want the dataset and its audit line", writes, statements)
	}
	return strings.Join(append(script, "END;"), "\n") + "\n"
}

var perSecond = regexp.MustCompile(`tps = ([0-9.]+) \(without`)

// pgbench runs the script on one connection and returns transactions a second.
func pgbench(b *testing.B, url, script string, window time.Duration) float64 {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), databasetest.Tool(b, "pgbench"), "--no-vacuum", "--client=1",
		"--time="+strconv.Itoa(int(window.Seconds())), "--file="+script, url)
	out, err := cmd.CombinedOutput()
	m := perSecond.FindSubmatch(out)
	if err != nil || m == nil {
		b.Fatalf("pgbench: %v\n%s", err, out)
	}
	tps, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return tps
}
