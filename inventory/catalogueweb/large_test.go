package catalogueweb

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// engines opens a fresh database of each kind for a benchmark.
var engines = map[string]func(testing.TB) *gorm.DB{"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres}

// large is how many datasets the large register has; fewer for a quick look.
func large() int {
	if n, err := strconv.Atoi(os.Getenv("JARD_LARGE")); err == nil {
		return n
	}
	return 100_000
}

// stock fills a register with n datasets under ids that are spread as real ones
// are, without a process that serves it.
func stock(b *testing.B, db *gorm.DB, n int) *house {
	b.Helper()
	h := &house{tb: b, db: db, register: inventorydb.New(db, time.Now)}
	h.seed(identitydb.New(db, time.Now))
	for from := 1; from <= n; from += 1000 {
		var datasets []inventory.Dataset
		var live []inventory.Publication
		for i := from; i < from+1000 && i <= n; i++ {
			p := publication(i)
			p.DatasetID = spread(i)
			live = append(live, p)
			datasets = append(datasets, inventory.Dataset{
				ID: p.DatasetID, Ref: p.Ref, Name: p.Name, Institution: p.Institution, State: inventory.Approved, Revision: 3,
				Content: p.Content, ApprovedRevision: 3, ApprovedHash: p.Hash, CreatedAt: p.Issued, UpdatedAt: p.Modified,
			})
		}
		h.must(h.db.CreateInBatches(datasets, 100).Error)
		h.must(h.db.CreateInBatches(live, 100).Error)
	}
	h.bump()
	return h
}

// spread is an id that shares no more of its beginning with the next than chance has it.
func spread(n int) string {
	x := uint64(n) * 0x9e3779b97f4a7c15
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(x>>32), uint16(x>>16), uint16(x)&0xfff, n>>12&0xfff, n)
}

// process starts another process that serves the register.
func (h *house) process() *Pages {
	h.tb.Helper()
	shell, err := web.New(web.Options{Log: slog.New(slog.DiscardHandler), BaseURL: base})
	h.must(err)
	s := catalogue.Settings{BaseURL: base, Title: lang.Text{"fr": "Registre", "ar": "السجل"}, Contact: "contact@jard.example"}
	source := Source{Register: h, Institutions: identitydb.New(h.db, time.Now), Snapshots: cataloguedb.New(h.db, time.Now), History: h.register}
	return New(shell, source, s, time.Now, slog.New(slog.DiscardHandler))
}

// BenchmarkSnapshot100k writes the first snapshot of a large register, and
// tells what it took and how much memory the process ever had.
func BenchmarkSnapshot100k(b *testing.B) {
	for name, open := range engines {
		b.Run(name, func(b *testing.B) {
			h := stock(b, open(b), large())
			runtime.GC()
			before := resident(b, "VmRSS")
			for b.Loop() {
				h.must(h.db.Exec("DELETE FROM catalogue_leaves").Error)
				h.must(h.db.Exec("DELETE FROM catalogue_snapshots").Error)
				h.must(h.db.Exec("UPDATE catalogue_served SET newest = ''").Error)
				p := h.process()
				h.must(p.Refresh(context.Background()))
				if n := p.feed.shelf.Current().Len(); n != large() {
					b.Fatalf("%d datasets", n)
				}
			}
			b.ReportMetric(before, "before-MB")
			b.ReportMetric(resident(b, "VmHWM"), "peak-MB")
		})
	}
}

// resident reads how much memory the process has, or had at most, in MB.
func resident(b *testing.B, what string) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here")
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	b.Fatalf("/proc/self/status has no %s", what)
	return 0
}

// BenchmarkApproval100k changes one dataset of a large register at a time, and
// tells how long it takes until that is served and what was written again.
func BenchmarkApproval100k(b *testing.B) {
	for name, open := range engines {
		b.Run(name, func(b *testing.B) {
			h := stock(b, open(b), large())
			p := h.process()
			h.must(p.Refresh(context.Background()))
			rendered := p.feed.rendered.Load()
			n := 0
			for b.Loop() {
				n++
				h.must(h.db.Model(&inventory.Publication{}).Where("dataset_id = ?", spread(n*7%large()+1)).
					Updates(map[string]any{"modified": time.Now().UTC(), "producer": fmt.Sprint("édition ", n)}).Error)
				h.bump()
				h.must(p.Refresh(context.Background()))
			}
			b.ReportMetric(float64(p.feed.rendered.Load()-rendered)/float64(n), "leaves/op")
		})
	}
}
