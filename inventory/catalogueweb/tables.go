package catalogueweb

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/sheet"
)

// table is a way to write the whole public register as one file.
type table struct {
	name, contentType string
	write             func(context.Context, io.Writer, *catalogue.Snapshot) error
}

func csvTable() table {
	return table{"catalog.csv", "text/csv; charset=utf-8", func(ctx context.Context, w io.Writer, s *catalogue.Snapshot) error {
		return s.WriteInventory(ctx, w)
	}}
}

func xlsxTable() table {
	return table{
		"catalog.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		func(ctx context.Context, w io.Writer, s *catalogue.Snapshot) error {
			return sheet.WriteRows(w, "catalog", catalogue.InventoryHeader(), s.InventoryRows(ctx))
		},
	}
}

// tables keeps the last file of each table that somebody asked for, on disk:
// it may be as large as the register. The files have no names, so that they go
// with the process.
type tables struct{ csv, xlsx lastTable }

// lastTable is the last file of one table. Whoever asks while it is written
// waits for it.
type lastTable struct {
	mu   sync.Mutex
	last *written
}

// written is a table as it was written of one snapshot. Its file closes when
// the last answer that reads it is done and nothing refers to it any more.
type written struct {
	file     *os.File
	size     int64
	snapshot string
	at       time.Time // when that was done
	until    time.Time // even a newer snapshot is not written before
}

// costly is from when writing a table is work that is not repeated for each
// approval.
const costly = 2 * time.Second

// of returns the table of the snapshot. One that took long to write is kept
// ten times as long, so that readers cannot keep us at nothing else.
func (t *lastTable) of(ctx context.Context, s *catalogue.Snapshot, what table, now func() time.Time) (*written, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	began := now()
	if w := t.last; w != nil && (w.snapshot == s.ID || began.Before(w.until) && !began.Before(w.at)) {
		return w, nil
	}
	w, err := writeTable(ctx, s, what)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", what.name, err)
	}
	w.at = now()
	if took := w.at.Sub(began); took > costly {
		w.until = w.at.Add(10 * took)
	}
	t.last = w
	return w, nil
}

// writeTable writes all of it before anybody is given any of it.
func writeTable(ctx context.Context, s *catalogue.Snapshot, what table) (*written, error) {
	f, err := os.CreateTemp("", "jard-*-"+what.name)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	if err := what.write(ctx, f, s); err != nil {
		_ = f.Close()
		return nil, err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	return &written{file: f, size: size, snapshot: s.ID}, nil
}

// table answers GET /catalog.csv and /catalog.xlsx.
func (p *Pages) table(what table, kept *lastTable) func(*gin.Context) error {
	return func(c *gin.Context) error {
		s, err := p.feed.current(c.Request.Context())
		if err != nil {
			return err
		}
		w, err := kept.of(context.WithoutCancel(c.Request.Context()), s, what, p.feed.now) // others wait for it, too
		if err != nil {
			return err
		}
		h := c.Writer.Header()
		h.Set("Content-Type", what.contentType)
		h.Set("Content-Disposition", `attachment; filename="`+what.name+`"`)
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", `"`+w.snapshot+"-"+what.name+`"`)
		// A reader of its own for each request: the file has one position only.
		http.ServeContent(c.Writer, c.Request, what.name, time.Time{}, io.NewSectionReader(w.file, 0, w.size))
		return nil
	}
}
