package filewatch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/sheet"
)

// read takes in a body: its first bytes tell what it is, the whole is hashed
// on the way to disk, and what holds a table is counted there. Never more than
// most bytes are taken, however many were announced or unpack.
func (v *visit) read(ctx context.Context, resp *http.Response, most int64) error {
	body := io.Reader(resp.Body)
	packed := strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip")
	if packed { // although nobody asked for it
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		body, v.s.Bytes = unpacked, -1
	}
	head := make([]byte, file.HeadSize)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && (!errors.Is(err, io.ErrUnexpectedEOF) || cutShort(resp, int64(n), packed)) {
		return fmt.Errorf("read: %w", err)
	}
	head = head[:n]
	v.s.Format = file.Sniff(head)
	if v.s.Format == file.HTML { // a page: no more of it is wanted
		v.s.Asks = file.AsksPassword(head)
		return nil
	}
	if v.s.Bytes > v.o.MaxBytes {
		return nil
	}
	return v.keep(ctx, resp, io.MultiReader(bytes.NewReader(head), body), most, packed)
}

// cutShort tells whether fewer bytes came than the head of the answer announced.
func cutShort(resp *http.Response, n int64, packed bool) bool {
	return !packed && resp.ContentLength >= 0 && n < resp.ContentLength
}

// keep hashes the body, spooling it when it has to be read a second time.
func (v *visit) keep(ctx context.Context, resp *http.Response, body io.Reader, most int64, packed bool) error {
	sum := sha256.New()
	to := io.Writer(sum)
	var spool *os.File
	if second(v.s.Format) {
		var err error
		if spool, err = v.spool(); err != nil {
			return errors.Join(errSpool, err)
		}
		defer func() {
			_ = spool.Close()
			_ = os.Remove(spool.Name())
		}()
		to = io.MultiWriter(sum, spooled{spool})
	}
	n, err := io.Copy(to, io.LimitReader(body, most))
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if n == most && more(body) {
		v.s.Bytes = max(v.s.Bytes, n+1)
		v.inside(spool, n)
		return nil
	}
	if cutShort(resp, n, packed) || !packed && v.s.Bytes > n {
		return fmt.Errorf("read: %w", io.ErrUnexpectedEOF)
	}
	v.s.Bytes, v.s.Whole = n, true
	return v.count(ctx, spool, sum)
}

// more tells whether a body goes on.
func more(body io.Reader) bool {
	var one [1]byte
	n, _ := io.ReadFull(body, one[:])
	return n > 0
}

// second tells which formats are looked at a second time.
func second(f file.Format) bool {
	switch f {
	case file.CSV, file.TXT, file.JSON, file.GeoJSON, file.ZIP, file.XLSX, file.XLS:
		return true
	}
	return file.NeedsInside(f)
}

func (v *visit) inside(spool *os.File, n int64) {
	if spool != nil {
		v.s.Format, v.s.Profile.Holds = file.Inside(v.s.Format, spool, n)
	}
}

// count fills in what the file holds. The same bytes as before hold the same.
func (v *visit) count(ctx context.Context, spool *os.File, sum hash.Hash) error {
	s, f := v.s, v.of
	s.Hash = hex.EncodeToString(sum.Sum(nil))
	if s.Hash == f.Hash {
		s.Format, s.Digest, s.Encoding, s.Delimiter = f.Format, f.Digest, f.Encoding, f.Delimiter
		s.Rows, s.Columns, s.Profile = f.Rows, f.Columns, f.Profile
		return nil
	}
	v.inside(spool, s.Bytes)
	if spool == nil || s.Bytes == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, profileWithin)
	defer cancel()
	v.profile(ctx, spool)
	return nil
}

// profile counts the tables in a file. A file that no reader understands is
// damaged, not broken: it is there, and its hash says when it changes.
func (v *visit) profile(ctx context.Context, spool *os.File) {
	holds := v.s.Profile.Holds
	defer func() {
		if recover() != nil { // a reader of somebody else's, at its wits' end
			v.s.Profile, v.s.Digest, v.s.Rows, v.s.Columns = file.Profile{Damaged: true, Holds: holds}, "", nil, 0
		}
	}()
	tables, err := sheet.OpenTables(ctx, string(v.s.Format), spool, v.s.Bytes)
	if err != nil {
		v.s.Profile.Damaged = !errors.Is(err, sheet.ErrNoTable)
		return
	}
	defer tables.Close()
	v.s.Encoding = tables.Encoding
	if tables.Delimiter != 0 && v.s.Format == file.CSV {
		v.s.Delimiter = string(tables.Delimiter)
	}
	if v.s.Format == file.TXT {
		return // prose: nothing to count
	}
	all := sha256.New()
	var best file.Profiler
	var most file.Profile
	whole := true
	for _, t := range tables.All {
		p, got, ok := v.table(ctx, t, all)
		whole = whole && ok
		if got.Rows > most.Rows || len(most.Columns) == 0 {
			best, most = p, got
		}
	}
	most.Holds, most.Damaged = holds, !whole && ctx.Err() == nil && !most.Cut
	most.Cut = most.Cut || ctx.Err() != nil
	if len(tables.All) > 1 {
		most.Sheets = len(tables.All)
	}
	if whole && !most.Cut {
		v.s.Digest = hex.EncodeToString(all.Sum(nil))
		rows := most.Rows
		v.s.Rows = &rows
	}
	if v.o.Screen != nil && len(best.Sample.Rows) > 0 {
		most.Silence(v.o.Screen(ctx, v.of, best.Sample.Header, best.Sample.Rows)...)
	}
	v.s.Profile, v.s.Columns = most, len(most.Columns)
}

// table counts one table; ok is false when it could not be read to its end.
func (v *visit) table(ctx context.Context, t sheet.Table, all hash.Hash) (p file.Profiler, got file.Profile, ok bool) {
	if v.o.Screen != nil {
		p.Sample.Most = sampleRows
	}
	ok = true
	n := 0
	for row, err := range t.Rows {
		if n++; err != nil || n%1024 == 0 && ctx.Err() != nil {
			ok = false
			break
		}
		if !p.Add(row) {
			break
		}
	}
	got, digest := p.Done()
	_, _ = io.WriteString(all, t.Name+"\x1d"+digest+"\x1d")
	return p, got, ok && !got.Cut
}
