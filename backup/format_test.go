package backup_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/backup"
)

var columns = []backup.Column{
	{Name: "id", Kind: backup.Int},
	{Name: "text", Kind: backup.Text},
	{Name: "doc", Kind: backup.JSON},
	{Name: "real", Kind: backup.Real},
	{Name: "yes", Kind: backup.Bool},
	{Name: "at", Kind: backup.Time},
	{Name: "raw", Kind: backup.Bytes},
}

var nasty = [][]any{
	{int64(math.MaxInt64), "", `{}`, 0.125, true, time.Time{}.UTC(), []byte{}},
	{int64(math.MinInt64), "\x00\x01\n\"\\\u2028 ﷺ الديوان الوطني é 🇹🇳", `[{"a":"\u003c","b":1.50}]`, math.Inf(-1), false, time.UnixMicro(1).UTC(), []byte{0, 255}},
	{int64(0), "not \xff UTF-8", `"`, math.SmallestNonzeroFloat64, nil, time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), nil},
	{nil, nil, nil, nil, nil, nil, nil},
}

func write(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := backup.NewWriter(&file, backup.Head{Schema: 40, Program: "test", Engine: "sqlite", At: time.UnixMicro(7).UTC(), LeftOut: []string{"sessions"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "empty", "last"} {
		if err := w.Table(backup.Table{Name: name, Columns: columns, Key: []string{"id"}, Last: 9}); err != nil {
			t.Fatal(err)
		}
		for n, row := range nasty {
			if name == "empty" {
				continue
			}
			if err := w.Row(row); err != nil {
				t.Fatalf("row %d: %v", n, err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := w.Rows(); got != int64(2*len(nasty)) {
		t.Fatalf("wrote %d rows", got)
	}
	return file.Bytes()
}

// read reads a whole backup, and forgets what it read when it is not sound.
func read(in io.Reader) (map[string][][]any, error) {
	r, err := backup.NewReader(in)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	tables := map[string][][]any{}
	for {
		table, err := r.Next()
		if errors.Is(err, io.EOF) {
			return tables, nil
		}
		if err != nil {
			return nil, err
		}
		tables[table.Name] = [][]any{}
		for {
			row, err := r.Row()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			tables[table.Name] = append(tables[table.Name], row)
		}
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	tables, err := read(bytes.NewReader(write(t)))
	if err != nil {
		t.Fatal(err)
	}
	want := make([][]any, len(nasty))
	for n, row := range nasty {
		want[n] = append([]any{}, row...)
		if doc, ok := row[2].(string); ok {
			want[n][2] = backup.Canonical(doc)
		}
	}
	if diff := cmp.Diff(map[string][][]any{"first": want, "empty": {}, "last": want}, tables); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryFlippedByteIsFound(t *testing.T) {
	sound := write(t)
	for n := range sound {
		for _, flip := range []byte{1, 0x80, byte(1 + rand.IntN(255))} {
			broken := bytes.Clone(sound)
			broken[n] ^= flip
			if _, err := read(bytes.NewReader(broken)); err == nil {
				t.Fatalf("byte %d of %d, flipped by %#x, went unnoticed", n, len(sound), flip)
			}
		}
	}
}

func TestEveryCutAndEveryAdditionIsFound(t *testing.T) {
	sound := write(t)
	for n := range sound {
		_, err := read(bytes.NewReader(sound[:n]))
		if err == nil || n > 4 && !errors.Is(err, backup.ErrTruncated) && !errors.Is(err, backup.ErrDamaged) {
			t.Fatalf("cut after %d of %d bytes: %v", n, len(sound), err)
		}
	}
	for _, more := range []string{"\x00", "\n", string(sound)} {
		if _, err := read(io.MultiReader(bytes.NewReader(sound), strings.NewReader(more))); err == nil {
			t.Errorf("%d bytes behind its end went unnoticed", len(more))
		}
	}
}

func TestWhatIsNoBackupIsRefused(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "text": "hello", "SQLite": "SQLite format 3\x00", "zip": "PK\x03\x04"} {
		if _, err := read(strings.NewReader(text)); !errors.Is(err, backup.ErrNoBackup) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCanonicalHasOneSpelling(t *testing.T) {
	for want, spellings := range map[string][]string{
		`{"a":1,"b":[true,null,"<é"]}`: {`{"b": [true, null, "\u003c\u00e9"], "a": 1.0}`, ` {"a":10e-1,"b":[true,null,"<é"]} `},
		`0`:                            {"0", "-0", "0.000", "0e7"},
		`1200`:                         {"1200", "1.2e3", "1200.00", "12E+2"},
		`-0.00015`:                     {"-0.00015", "-1.5e-4", "-15e-5"},
		`12.5`:                         {"12.50", "1.25e1"},
		`1e40`:                         {"1e40", "10000000000000000000000000000000000000000"},
		`"a"`:                          {`"\u0061"`},
		`not JSON`:                     {`not JSON`},
		``:                             {``},
		`{} {}`:                        {`{} {}`},
	} {
		for _, s := range spellings {
			if got := backup.Canonical(s); got != want {
				t.Errorf("%s: %s; want %s", s, got, want)
			}
		}
	}
}

func FuzzReadRow(f *testing.F) {
	for _, row := range nasty {
		line, err := backup.AppendRow(nil, columns, row)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`[01,"\u001F","",1.0,true,0,""]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		row, err := backup.ReadRow(line, columns)
		if err != nil {
			return
		}
		again, err := backup.AppendRow(nil, columns, row)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", line, err)
		}
		if doc, ok := row[2].(string); ok && backup.Canonical(doc) != doc {
			return // not written by AppendRow, which spells JSON in one way
		}
		if !bytes.Equal(line, again) {
			t.Fatalf("%q became %q", line, again)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{`{"a":1.50}`, `[1e9999]`, `"\ud800"`, `-0.0e-7`, ``, `{`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := backup.Canonical(s); backup.Canonical(once) != once {
			t.Errorf("%q became %q and then %q", s, once, backup.Canonical(once))
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add(write(f))
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	f.Fuzz(func(_ *testing.T, file []byte) { _, _ = read(bytes.NewReader(file)) })
}
