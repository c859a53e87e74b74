package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
)

// BenchmarkSize runs the built program (JARD_BINARY) over a register of
// JARD_SIZE_DATASETS approved datasets with a year of promises and
// JARD_SIZE_CHECKS services that are looked at each minute, with five pages
// read a second beside it, for JARD_SIZE_SECONDS, and tells what the process
// and the database took. scripts/size.sh makes the table of docs/sizing.md of it.
func BenchmarkSize(b *testing.B) {
	program := os.Getenv("JARD_BINARY")
	if program == "" {
		b.Skip("JARD_BINARY names no program; scripts/size.sh builds one")
	}
	datasets, checks, lasts := sized("JARD_SIZE_DATASETS", 1000), sized("JARD_SIZE_CHECKS", 100), time.Duration(sized("JARD_SIZE_SECONDS", 60))*time.Second
	for _, engine := range []string{database.SQLite, database.Postgres} {
		b.Run(fmt.Sprintf("%s/%d/%d", engine, datasets, checks), func(b *testing.B) {
			target := databasetest.URL(b, engine)
			looked := aRegister(b, target, datasets, checks)
			for b.Loop() {
				p := begin(b, program, target)
				p.measure(b, datasets, checks, lasts, looked)
				p.end(b)
			}
			b.ReportMetric(databaseSize(b, target), "MB-database")
		})
	}
}

func sized(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// aRegister fills a database as approvals and a year of work leave it, and
// counts how often the services are looked at.
func aRegister(b *testing.B, target string, datasets, checks int) (looked func() int) {
	b.Helper()
	c := configs.Default()
	c.Database.URL = configs.Secret(target)
	db, err := openDatabase(b.Context(), c, nil)
	if err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	times := 0
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		times++
		mu.Unlock()
		_, _ = io.WriteString(w, "<!doctype html><title>Service</title><p>en ligne")
	}))
	b.Cleanup(site.Close)
	now := time.Now().UTC().Truncate(time.Second)
	err = seedOnce(b.Context(), db)
	for from := 0; err == nil && from < datasets; from += 1000 {
		err = approved(db, now, from, min(from+1000, datasets))
	}
	for n := 0; err == nil && n < checks; n++ {
		err = lookedAt(db, now, n, site.URL)
	}
	if err == nil {
		_, err = inventorydb.New(db, time.Now).RollForward(b.Context())
	}
	if err == nil {
		err = db.Exec("ANALYZE").Error
	}
	if err := errors.Join(err, database.Close(db)); err != nil {
		b.Fatal(err)
	}
	return func() int { mu.Lock(); defer mu.Unlock(); return times }
}

// approved makes datasets from..to public, as an approval a year ago leaves them.
func approved(db *gorm.DB, now time.Time, from, to int) error {
	frequencies := []string{"monthly", "quarterly", "quarterly", "semiannual", "annual", "annual", "annual", "annual", "annual", "annual"}
	var all []inventory.Dataset
	var live []inventory.Publication
	for n := from; n < to; n++ {
		at := now.AddDate(-1, 0, 0).Add(time.Duration(n) * time.Microsecond)
		c := inventory.Content{
			Title: lang.Text{"fr": fmt.Sprintf("Production d'olives à huile, campagne %d", n), "ar": fmt.Sprintf("إنتاج زيتون الزيت، الموسم %d", n)},
			Description: lang.Text{
				"fr": "Production mensuelle d'olives à huile par gouvernorat, exprimée en tonnes, d'après les relevés des commissariats régionaux.",
				"ar": "الإنتاج الشهري لزيتون الزيت حسب الولاية بالطن، وفق معطيات المندوبيات الجهوية",
			},
			Keywords: lang.Words{"fr": {"olives", "production", "gouvernorat"}, "ar": {"زيتون", "إنتاج"}},
			Theme:    "agriculture", Frequency: frequencies[n%len(frequencies)], Licence: "CC-BY-4.0", Openness: inventory.Open,
			ContactName: "Données ouvertes", ContactEmail: "donnees@marhp.example", DataModified: inventory.Date(now.Format(time.DateOnly)),
			Distributions: []inventory.Distribution{{
				ID: fmt.Sprintf("10000000-0000-4000-8000-%012x", n), Title: lang.Text{"fr": "Fichier", "ar": "ملف"},
				URL: "https://data.marhp.example/page", DownloadURL: fmt.Sprintf("https://data.marhp.example/f%d.csv", n), Format: "CSV", MediaType: "text/csv", Bytes: 1234,
			}},
		}.Clean()
		p := inventory.Publication{
			DatasetID: fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(uint64(n)*0x9e3779b97f4a7c15>>32), n), Ref: fmt.Sprintf("TN-MARHP-2025-%06d", n),
			Name: fmt.Sprintf("olives-%d", n), Institution: "marhp", Revision: 3, Content: c, Hash: c.Hash(), Issued: at, Modified: at,
		}
		live = append(live, p)
		all = append(all, inventory.Dataset{
			ID: p.DatasetID, Ref: p.Ref, Name: p.Name, Institution: p.Institution, State: inventory.Approved, Revision: 3,
			Content: c, ApprovedRevision: 3, ApprovedHash: p.Hash, CreatedAt: at, UpdatedAt: at,
		})
	}
	if err := db.CreateInBatches(all, 100).Error; err != nil {
		return err
	}
	if err := db.CreateInBatches(live, 100).Error; err != nil {
		return err
	}
	return db.Exec(`INSERT INTO register_versions (part, number, changed_at) VALUES ('catalogue', 1, ?)
		ON CONFLICT (part) DO UPDATE SET number = register_versions.number + 1`, now).Error
}

// lookedAt makes the nth service, looked at each minute.
func lookedAt(db *gorm.DB, now time.Time, n int, target string) error {
	slug := fmt.Sprintf("taille-%d", n)
	return errors.Join(
		db.Exec(`INSERT INTO services (slug, name, institution, url, life_event, tier, languages, state, note, revision, created_at, updated_at)
			VALUES (?, '{"fr":"Service","ar":"خدمة"}', 'marhp', ?, '', 'standard', '["fr"]', 'active', '', 1, ?, ?)`, slug, target, now, now).Error,
		db.Exec(`INSERT INTO checks (id, service, name, kind, target, schedule, timeout, expect, position, created_at, updated_at)
			VALUES (?, ?, 'page', 'http', ?, '@every 60s', 5000000000, '{}', 1, ?, ?)`, 1_000_000+n, slug, fmt.Sprintf("%s/%d", target, n), now, now).Error)
}

// underSize is the built program that serves.
type underSize struct {
	*exec.Cmd
	address string
}

func begin(b *testing.B, program, target string) *underSize {
	b.Helper()
	began := time.Now()
	p := &underSize{Cmd: exec.CommandContext(b.Context(), program, "serve")}
	lines, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = lines.Close() })
	p.Dir, p.Stderr, p.Stdout = b.TempDir(), lines, io.Discard
	p.Env = []string{
		"JARD_DATABASE_URL=" + target, "JARD_LISTEN=127.0.0.1:0", "JARD_OUTGOING_ALLOW_NETWORKS=127.0.0.0/8", "JARD_FILES_ENABLED=false", "JARD_WATCH_REGISTRIES=",
	}
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	told := regexp.MustCompile(`"msg":"listening","address":"([^"]+)"`)
	awaited(b, func() bool {
		text, err := os.ReadFile(lines.Name())
		if m := told.FindSubmatch(text); err == nil && m != nil {
			p.address = "http://" + string(m[1])
		}
		return p.address != ""
	})
	p.await(b, "/readyz")
	b.ReportMetric(time.Since(began).Seconds(), "s-to-ready")
	p.await(b, "/catalog.ttl")
	b.ReportMetric(time.Since(began).Seconds(), "s-to-catalogue")
	return p
}

func awaited(b *testing.B, what func() bool) {
	b.Helper()
	for last := time.Now().Add(15 * time.Minute); !what(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(last) {
			b.Fatal("a quarter of an hour was not enough")
		}
	}
}

func (p *underSize) await(b *testing.B, path string) {
	b.Helper()
	awaited(b, func() bool { _, status := p.ask(b.Context(), path); return status == http.StatusOK })
}

func (p *underSize) ask(ctx context.Context, path string) (time.Duration, int) {
	began := time.Now()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address+path, nil)
	if err != nil {
		return 0, 0
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return time.Since(began), resp.StatusCode
}

// measure reads pages while the watch works, once everything has been looked at.
func (p *underSize) measure(b *testing.B, datasets, checks int, lasts time.Duration, looked func() int) {
	b.Helper()
	p.await(b, "/datasets?q=olives") // the index of words is there
	awaited(b, func() bool { return looked() >= checks })
	pages := []string{"/", "/datasets?q=olives", "/datasets?q=زيتون", "/status", fmt.Sprintf("/datasets/TN-MARHP-2025-%06d", datasets/2)}
	var took []time.Duration
	before, at, seen := p.burnt(b), time.Now(), looked()
	for n := 0; time.Since(at) < lasts; n++ {
		d, status := p.ask(b.Context(), pages[n%len(pages)])
		if status != http.StatusOK {
			b.Fatalf("%s answers %d", pages[n%len(pages)], status)
		}
		took = append(took, d)
		time.Sleep(max(0, 200*time.Millisecond-d))
	}
	passed := time.Since(at).Seconds()
	slices.Sort(took)
	b.ReportMetric(100*(p.burnt(b)-before).Seconds()/passed, "%-processor")
	b.ReportMetric(float64(looked()-seen)/passed, "looks/s")
	b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "ms-page-p95")
	b.ReportMetric(p.memory(b, "VmRSS"), "MB-resident")
	b.ReportMetric(p.memory(b, "VmHWM"), "MB-peak")
}

func (p *underSize) end(b *testing.B) {
	b.Helper()
	if err := errors.Join(p.Process.Signal(syscall.SIGTERM), p.Wait()); err != nil {
		b.Fatal(err)
	}
}

// burnt is the processor time of the process so far.
func (p *underSize) burnt(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	if err != nil {
		b.Skip("no /proc here")
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name of the program may hold blanks
	fields := strings.Fields(rest)
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err, err2); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // a hundred ticks a second, on every Linux
}

// memory is what /proc says of the process, in MB.
func (p *underSize) memory(b *testing.B, what string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		b.Skip("no /proc here")
	}
	found := regexp.MustCompile(`(?m)^` + what + `:\s+(\d+) kB$`).FindSubmatch(text)
	if found == nil {
		b.Fatalf("no %s: %s", what, text)
	}
	kB, err := strconv.Atoi(string(found[1]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(kB) / 1024
}

// databaseSize is what the database takes on disk, in MB.
func databaseSize(b *testing.B, target string) (size float64) {
	b.Helper()
	if path, is := database.File(target); is {
		for _, file := range []string{path, path + "-wal"} {
			if info, err := os.Stat(file); err == nil {
				size += float64(info.Size()) / (1 << 20)
			}
		}
		return size
	}
	db, err := database.Open(database.Options{URL: target, MaxConnections: 1})
	if err != nil {
		b.Fatal(err)
	}
	err = db.Raw("SELECT pg_database_size(current_database()) / 1048576.0").Scan(&size).Error
	if err := errors.Join(err, database.Close(db)); err != nil {
		b.Fatal(err)
	}
	return size
}
