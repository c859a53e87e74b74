package backup_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/jard-odi/jard/backup"
)

const head = `{"jard":"backup","format":1,"schema":40,"program":"bomb","engine":"sqlite","at":"2026-11-22T08:00:00Z","left_out":[]}` + "\n" +
	`{"table":"t","columns":[{"name":"a","kind":"text"}],"key":["a"]}` + "\n"

// frame packs text.
func frame(t testing.TB, text string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll([]byte(text), nil)
}

// same is a frame of n times 128 kB of one byte: four bytes for each.
func same(n int, what byte) []byte {
	out := append([]byte{0x28, 0xB5, 0x2F, 0xFD}, 0x00, 13<<3) // a window of 8 MB
	for left := n; left > 0; left-- {
		head := uint32(128<<10)<<3 | 1<<1 // a block of one byte, repeated
		if left == 1 {
			head |= 1
		}
		out = append(out, byte(head), byte(head>>8), byte(head>>16), what)
	}
	return out
}

// Files of a megabyte at most that unpack to eight gigabytes and more: one
// line, rows without end, a head without end, and the same behind a good part.
func TestASmallFileThatUnpacksToMuchIsRefused(t *testing.T) {
	const eightGB = 8 << 30 >> 17
	rows := frame(t, strings.Repeat("[null]\n", 1<<17))
	seal := make([]byte, 64)
	for name, file := range map[string][]byte{
		"one line":         slicesOf(frame(t, head+`["`), same(eightGB, 'a'), seal),
		"rows without end": slicesOf(frame(t, head), bytes.Repeat(rows, (8<<30)/(7<<17)), seal),
		"a head":           slicesOf(same(eightGB, '{'), seal),
		"empty lines":      slicesOf(frame(t, head), same(eightGB, '\n'), seal),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(bytes.NewReader(file))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s, %d bytes: %v", name, len(file), err)
		}
		if len(file) > 2<<20 {
			t.Errorf("%s: %d bytes are no small file", name, len(file))
		}
		if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 2000 { // all that was ever asked for, of 8 GB
			t.Errorf("%s: %d MB of memory were asked for", name, got)
		}
	}
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// What packs as well as that and was written in good faith comes back, also
// through a reader that knows nothing of us.
func TestRowsThatPackTooWellComeBack(t *testing.T) {
	var file bytes.Buffer
	w, err := backup.NewWriter(&file, backup.Head{Schema: 40})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Table(backup.Table{Name: "t", Columns: []backup.Column{{Name: "a", Kind: backup.Bytes}}, Key: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.Row([]any{make([]byte, 80<<20)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := backup.NewReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.EOF) || r.Rows() != 3 {
		t.Errorf("%d rows, %v", r.Rows(), err)
	}
	plain, err := zstd.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if n, err := io.Copy(io.Discard, plain); err != nil || n < 300<<20 {
		t.Errorf("another reader finds %d bytes, %v", n, err)
	}
}

// A pipe that ends early, encrypted or not, was cut short and says so.
func TestAPipeThatEndsEarly(t *testing.T) {
	for _, passphrase := range []string{"", "trois vaches à Béja"} {
		var file bytes.Buffer
		to, err := backup.Seal(&file, passphrase, 10)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(write(t)); err != nil {
			t.Fatal(err)
		}
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{file.Len() / 2, file.Len() - 1} {
			out, in := io.Pipe()
			go func() { _, _ = in.Write(file.Bytes()[:n]); _ = in.Close() }()
			plain, _, err := backup.Unseal(out, passphrase)
			if err == nil {
				_, err = read(plain)
			}
			if !errors.Is(err, backup.ErrTruncated) && !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("%q, cut after %d of %d bytes: %v", passphrase, n, file.Len(), err)
			}
		}
	}
}
