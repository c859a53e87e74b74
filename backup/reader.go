package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// longest bounds the line of a row: what may be sent in one request, thrice.
const longest = 3 << 30

// Reader reads a backup and finds every damage to it, at the latest when Next
// returns io.EOF: until then nothing that was read may be relied on.
type Reader struct {
	Head
	in  *sealed
	zip *zstd.Decoder
	buf *bufio.Reader
	tally
	over bool // the last line was read
}

// NewReader reads the head of a backup.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: newSealed(in)}
	begin, err := r.in.peek(4)
	if err != nil {
		r.in.failed = err
		return nil, r.in.fault()
	}
	if !bytes.Equal(begin, []byte{0x28, 0xB5, 0x2F, 0xFD}) {
		return nil, ErrNoBackup
	}
	if r.zip, err = zstd.NewReader(r.in, zstd.WithDecoderMaxWindow(window), zstd.WithDecoderConcurrency(1)); err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	r.buf = bufio.NewReaderSize(&bounded{from: r.zip, packed: r.in}, 1<<20)
	line, err := r.next()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(line, &r.Head); err != nil || r.Jard != "backup" {
		return nil, ErrNoBackup
	}
	if r.Format > Format {
		return nil, fmt.Errorf("%w: its layout is %d, this program reads up to %d", ErrNewer, r.Format, Format)
	}
	return r, nil
}

// Close lets go of what the reader holds.
func (r *Reader) Close() { r.zip.Close() }

// next returns the next line without its end; it is good until the next call.
func (r *Reader) next() ([]byte, error) {
	r.line = r.line[:0]
	for {
		part, err := r.buf.ReadSlice('\n')
		r.line = append(r.line, part...)
		switch {
		case err == nil:
			return r.line[:len(r.line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull) && len(r.line) < longest:
			continue
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, r.early()
		case r.in.failed != nil:
			return nil, r.in.fault()
		}
		return nil, damaged("%v", err)
	}
}

// errBomb is that a file is so small for what comes of it that nobody wrote it in good faith.
var errBomb = fmt.Errorf("it unpacks to more than %d times its size", ratio)

// bounded refuses what unpacks to too much, long before it is all there.
type bounded struct {
	from   io.Reader
	packed *sealed
	plain  int64
}

// Read unpacks some more.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.plain += int64(n); b.plain > free+ratio*b.packed.passed {
		return 0, errBomb
	}
	return n, err
}

// early says why there is no more: what ends without a seal was cut short.
func (r *Reader) early() error {
	if r.in.failed != nil {
		return r.in.fault()
	}
	if err := r.in.verify(); errors.Is(err, ErrTruncated) {
		return err
	}
	return damaged("it ends in the middle")
}

// Next passes over what is left of the table and returns the next one. It
// returns io.EOF after the last, once the whole file has been found sound.
func (r *Reader) Next() (*Table, error) {
	for r.table != nil {
		if _, err := r.Row(); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	if r.over {
		return nil, io.EOF
	}
	line, err := r.next()
	if err != nil {
		return nil, err
	}
	var last done
	if err := strictly(line, &last); err == nil && last.Done {
		return nil, r.finish(last)
	}
	var t Table
	if err := strictly(line, &t); err != nil || t.Name == "" || len(t.Columns) == 0 {
		return nil, damaged("a line is neither a table nor the end")
	}
	for _, c := range t.Columns {
		if !c.Kind.Valid() {
			return nil, damaged("column %s.%s is of an unknown kind", t.Name, c.Name)
		}
	}
	if slices.ContainsFunc(r.sums, func(s Sum) bool { return s.Table == t.Name }) {
		return nil, damaged("table %s stands in it twice", t.Name)
	}
	r.begin(t)
	return &t, nil
}

// finish compares what the last line says, and every byte with the seal.
func (r *Reader) finish(last done) error {
	if last.Tables != len(r.sums) || last.Rows != r.Rows() {
		return damaged("it should have %d tables and %d rows", last.Tables, last.Rows)
	}
	if _, err := r.buf.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("something follows its end")
	}
	if _, err := io.Copy(io.Discard, r.in); err != nil {
		return r.in.fault()
	}
	if err := r.in.verify(); err != nil {
		return err
	}
	r.over = true
	return io.EOF
}

// Row returns the next row of the table, and io.EOF after its last, once the
// rows have been found to be those that were written.
func (r *Reader) Row() ([]any, error) {
	if r.table == nil {
		return nil, io.EOF
	}
	line, err := r.next()
	if err != nil {
		return nil, err
	}
	if len(line) > 0 && line[0] == '[' {
		values, err := ReadRow(line, r.table.Columns)
		if err != nil {
			return nil, damaged("table %s, row %d: %v", r.table.Name, r.rows+1, err)
		}
		r.lines.Write(line)
		r.lines.Write([]byte{'\n'})
		r.rows++
		return values, nil
	}
	var written Sum
	if err := strictly(line, &written); err != nil {
		return nil, damaged("table %s, row %d cannot be read", r.table.Name, r.rows+1)
	}
	if found := r.end(); found != written {
		return nil, damaged("the rows of table %s are not those that were written", found.Table)
	}
	return nil, io.EOF
}

func strictly(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// sealed passes bytes on but for the seal at the end, which it keeps.
type sealed struct {
	in     *bufio.Reader
	whole  hash.Hash
	passed int64
	failed error // of the medium, not of what stands on it
}

// fault says what is wrong with the medium. An encrypted stream, or a pipe,
// that ends in the middle was cut short.
func (s *sealed) fault() error {
	if errors.Is(s.failed, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	if errors.Is(s.failed, ErrDamaged) {
		return s.failed
	}
	return fmt.Errorf("read backup: %w", s.failed)
}

func newSealed(in io.Reader) *sealed {
	return &sealed{in: bufio.NewReaderSize(in, 1<<16), whole: sha256.New()}
}

func (s *sealed) peek(n int) ([]byte, error) {
	b, err := s.in.Peek(n)
	if errors.Is(err, io.EOF) {
		return b, nil
	}
	return b, err
}

// Read passes on what is surely not the seal.
func (s *sealed) Read(p []byte) (int, error) {
	ahead, err := s.in.Peek(min(len(p)+sealSize, s.in.Size()))
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
		return 0, err
	}
	n := min(len(p), len(ahead)-sealSize)
	if n <= 0 {
		return 0, io.EOF
	}
	copy(p, ahead[:n])
	s.whole.Write(ahead[:n])
	s.passed += int64(n)
	_, err = s.in.Discard(n)
	return n, err
}

// verify compares the seal with the bytes before it, once they have been read.
func (s *sealed) verify() error {
	found, err := io.ReadAll(io.LimitReader(s.in, int64(sealSize)+1))
	if err != nil {
		s.failed = err
		return s.fault()
	}
	want := seal(s.whole)
	switch head := len(want) - sha256.Size; {
	case len(found) != sealSize || !bytes.Equal(found[:head], want[:head]):
		return ErrTruncated
	case !bytes.Equal(found, want):
		return damaged("%v", errSeal)
	}
	return nil
}
