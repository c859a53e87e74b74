package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	// skippable begins a frame that readers of Zstandard pass over.
	skippable = "\x5A\x2A\x4D\x18"
	mark      = "JARDSUM1"
	sealSize  = len(skippable) + 4 + len(mark) + sha256.Size
	// window bounds what a reader needs of memory.
	window = 8 << 20

	// ratio is how many bytes may come of one, beyond those that are free. A reader
	// refuses more, so that a small file never becomes a large one; a writer whose
	// rows pack better puts padding beside them, which readers of Zstandard skip.
	ratio   = 256
	stretch = 32 << 20 // after so many bytes a writer weighs what became of them
	free    = 2 * stretch

	padding = "\x5B\x2A\x4D\x18" // begins another frame that is skipped
)

// Writer writes a backup.
type Writer struct {
	out    io.Writer
	whole  hash.Hash // of every byte written
	packed *counted
	zip    *zstd.Encoder
	plain  int64 // bytes before they were packed
	last   int64 // as many of them were weighed
	tally
}

// counted counts what is written.
type counted struct {
	io.Writer
	n int64
}

// Write passes p on.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}

// tally is where in a backup one is, writing or reading.
type tally struct {
	table *Table
	lines hash.Hash // of the rows of the table
	rows  int64
	sums  []Sum
	line  []byte
}

// Sums are those of the tables so far.
func (t *tally) Sums() []Sum { return t.sums }

// Rows is how many rows of all tables there were so far.
func (t *tally) Rows() int64 {
	n := t.rows
	for _, s := range t.sums {
		n += s.Rows
	}
	return n
}

func (t *tally) begin(table Table) { t.table, t.lines, t.rows = &table, sha256.New(), 0 }

func (t *tally) end() Sum {
	sum := Sum{Table: t.table.Name, Rows: t.rows, SHA256: hex.EncodeToString(t.lines.Sum(nil))}
	t.sums, t.table, t.rows = append(t.sums, sum), nil, 0
	return sum
}

// NewWriter begins a backup on out. The caller syncs and closes out after Close.
func NewWriter(out io.Writer, head Head) (*Writer, error) {
	head.Jard, head.Format = "backup", Format
	if head.LeftOut == nil {
		head.LeftOut = []string{}
	}
	w := &Writer{out: out, whole: sha256.New()}
	w.packed = &counted{Writer: io.MultiWriter(out, w.whole)}
	var err error
	// Two at once: the program serves meanwhile.
	w.zip, err = zstd.NewWriter(w.packed, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return nil, fmt.Errorf("write backup: %w", err)
	}
	return w, w.say(head)
}

func (w *Writer) say(what any) error {
	line, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return w.put(append(line, '\n'))
}

func (w *Writer) put(line []byte) error {
	for len(line) > 0 {
		part := line[:min(len(line), stretch)]
		if _, err := w.zip.Write(part); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
		w.plain += int64(len(part))
		line = line[len(part):]
		if w.plain-w.last >= stretch {
			if err := w.weigh(); err != nil {
				return fmt.Errorf("write backup: %w", err)
			}
		}
	}
	return nil
}

// weigh adds padding where what was packed is smaller than a reader takes.
func (w *Writer) weigh() error {
	w.last = w.plain
	if err := w.zip.Flush(); err != nil {
		return err
	}
	owed := w.plain/ratio - w.packed.n
	if owed <= 0 {
		return nil
	}
	if err := w.zip.Close(); err != nil {
		return err
	}
	frame := binary.LittleEndian.AppendUint32([]byte(padding), uint32(owed)) //nolint:gosec // a share of a stretch
	if _, err := w.packed.Write(append(frame, make([]byte, owed)...)); err != nil {
		return err
	}
	w.zip.Reset(w.packed)
	return nil
}

// Table ends the table before, if any, and begins another.
func (w *Writer) Table(t Table) error {
	if err := w.endTable(); err != nil {
		return err
	}
	for _, c := range t.Columns {
		if !c.Kind.Valid() {
			return fmt.Errorf("write backup: column %s.%s is of no kind", t.Name, c.Name)
		}
	}
	w.begin(t)
	return w.say(t)
}

func (w *Writer) endTable() error {
	if w.table == nil {
		return nil
	}
	return w.say(w.end())
}

// Row writes a row of the table.
func (w *Writer) Row(values []any) (err error) {
	if w.line, err = AppendRow(w.line[:0], w.table.Columns, values); err != nil {
		return fmt.Errorf("write backup: table %s: %w", w.table.Name, err)
	}
	w.line = append(w.line, '\n')
	w.lines.Write(w.line)
	w.rows++
	return w.put(w.line)
}

// Close ends the backup.
func (w *Writer) Close() error {
	if err := w.endTable(); err != nil {
		return err
	}
	if err := w.say(done{Done: true, Tables: len(w.sums), Rows: w.Rows()}); err != nil {
		return err
	}
	if err := w.zip.Close(); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if _, err := w.out.Write(seal(w.whole)); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// Abandon lets go of what a writer holds that will not be closed.
func (w *Writer) Abandon() { w.zip.Reset(io.Discard); _ = w.zip.Close() }

// seal is the frame at the end.
func seal(whole hash.Hash) []byte {
	frame := append([]byte(skippable), byte(len(mark)+sha256.Size), 0, 0, 0)
	return whole.Sum(append(frame, mark...))
}

// errSeal is that the bytes before the seal are not those it was made for.
var errSeal = errors.New("its bytes are not those that were written")

// Digest computes the sum of a table without writing it anywhere.
type Digest struct {
	tally
}

// NewDigest begins the sum of a table.
func NewDigest(t Table) *Digest {
	d := &Digest{}
	d.begin(t)
	return d
}

// Row adds a row.
func (d *Digest) Row(values []any) (err error) {
	if d.line, err = AppendRow(d.line[:0], d.table.Columns, values); err != nil {
		return fmt.Errorf("table %s: %w", d.table.Name, err)
	}
	d.line = append(d.line, '\n')
	d.lines.Write(d.line)
	d.rows++
	return nil
}

// Sum ends the sum.
func (d *Digest) Sum() Sum { return d.end() }
