package catalogue

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// unpack reads what was sent as a reader that stops after the first gzip
// member would.
func unpack(t testing.TB, e Encoding, sent []byte) []byte {
	t.Helper()
	var in io.Reader = bytes.NewReader(sent)
	switch e {
	case Gzip:
		z, err := gzip.NewReader(bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false)
		in = z
	case Zstd:
		if end := frameEnd(sent); end != len(sent) {
			t.Fatalf("the first frame ends at %d of %d", end, len(sent))
		}
		z, err := zstd.NewReader(bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		in = z
	}
	b, err := io.ReadAll(in)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	return b
}

// frameEnd walks over the blocks of a frame.
func frameEnd(b []byte) int {
	for at := frameHeadSize(b[len(zstdMagic)]); ; {
		header := int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16
		size := header >> 3
		if header>>1&3 == 1 {
			size = 1
		}
		at += 3 + size
		if header&1 == 1 {
			return at
		}
	}
}

// sent is the document as it goes out, in one piece.
func sent(t testing.TB, d *Document, e Encoding) []byte {
	t.Helper()
	var streamed bytes.Buffer
	if err := d.Stream(t.Context(), &streamed, e); err != nil {
		t.Fatal(err)
	}
	runs, err := d.Load(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	read, err := d.Read(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(streamed.Bytes(), read) || !bytes.Equal(bytes.Join(runs, nil), read) {
		t.Fatalf("%s: streamed, loaded and read differ", e)
	}
	if d.Length(e) != int64(len(read)) {
		t.Fatalf("%s: %d bytes were announced, %d sent", e, d.Length(e), len(read))
	}
	return read
}

// inStore puts b where it must be loaded from.
func inStore(b []byte) *Part {
	m, deflated, framed := Pack(b)
	return StoredPart(m, func(_ context.Context, e Encoding) ([]byte, error) {
		return [][]byte{b, deflated, framed}[e], nil
	})
}

// paragraphs is text that compresses, of n lines.
func paragraphs(from, n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "<https://data.example/dataset/%d> dct:title \"Production d'olives à huile %d\"@fr .\n", from+i, i*i)
	}
	return b.Bytes()
}

func TestADocumentOfPartsReadsAsOne(t *testing.T) {
	big := paragraphs(0, 30_000) // several blocks of each encoding, farther than any window looks back
	for name, pieces := range map[string][][]byte{
		"nothing":       nil,
		"empty parts":   {nil, {}, nil},
		"one":           {paragraphs(0, 40)},
		"small":         {[]byte("["), []byte("1"), []byte(","), []byte("2"), []byte("]")},
		"equal parts":   {paragraphs(0, 40), paragraphs(0, 40), paragraphs(0, 40)},
		"with an empty": {paragraphs(0, 3), nil, paragraphs(9, 3)},
		"large":         {[]byte("head"), big, []byte("tail"), big},
		"raw":           {bytes.Repeat([]byte("0123456789abcdef"), 30_000), paragraphs(1, 9000)},
		"binary":        {{0, 0xff, 0x1f, 0x8b}, bytes.Repeat([]byte{0}, 70_000), {0x28, 0xb5, 0x2f, 0xfd}},
	} {
		want := bytes.Join(pieces, nil)
		var memory, stored []*Part
		for _, b := range pieces {
			memory, stored = append(memory, NewPart(b)), append(stored, inStore(b))
		}
		a, b := Compose("text/plain", memory...), Compose("text/plain", stored...)
		for _, e := range Encodings() {
			fromMemory, fromStore := sent(t, a, e), sent(t, b, e)
			if !bytes.Equal(fromMemory, fromStore) || a.ETag(e) != b.ETag(e) {
				t.Errorf("%s: %s from memory and from a store differ", name, e)
			}
			if got := unpack(t, e, fromMemory); !bytes.Equal(got, want) {
				t.Errorf("%s: %s holds %d bytes; want %d", name, e, len(got), len(want))
			}
		}
		if !bytes.Equal(a.Bytes(), want) {
			t.Errorf("%s: Bytes", name)
		}
	}
}

func TestTheValidatorChangesWithTheBytes(t *testing.T) {
	seen := map[string]string{}
	for name, d := range map[string]*Document{
		"empty": NewDocument("", nil), "a": NewDocument("", []byte("a")), "b": NewDocument("", []byte("b")),
		"a b": Compose("", NewPart([]byte("a")), NewPart([]byte("b"))), "b a": Compose("", NewPart([]byte("b")), NewPart([]byte("a"))),
		"a a": Compose("", NewPart([]byte("a")), NewPart([]byte("a"))),
	} {
		for _, e := range Encodings() {
			tag := d.ETag(e)
			if other, taken := seen[tag]; taken || !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) {
				t.Errorf("%s as %s and %s have the validator %s", name, e, other, tag)
			}
			seen[tag] = name + " as " + e.String()
		}
	}
	again := Compose("", NewPart([]byte("a")), NewPart(nil), NewPart([]byte("b")))
	if seen[again.ETag(Gzip)] != "a b as gzip" {
		t.Error("the same bytes have another validator when written again")
	}
}

func TestAPartThatCannotBeLoadedFailsTheDocument(t *testing.T) {
	lost := errors.New("database lost")
	m, _, _ := Pack([]byte("twelve bytes"))
	for name, load := range map[string]Loader{
		"lost":  func(context.Context, Encoding) ([]byte, error) { return nil, lost },
		"short": func(context.Context, Encoding) ([]byte, error) { return []byte("twelve"), nil },
		"left":  func(ctx context.Context, _ Encoding) ([]byte, error) { return nil, ctx.Err() },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		d := Compose("", NewPart([]byte("head ")), StoredPart(m, load), NewPart([]byte(" tail")))
		for _, e := range Encodings() {
			var out bytes.Buffer
			_, loading := d.Load(ctx, e)
			_, reading := d.Read(ctx, e)
			for _, err := range []error{d.Stream(ctx, &out, e), loading, reading} {
				if err == nil || !strings.Contains(err.Error(), "load part") {
					t.Errorf("%s as %s: %v", name, e, err)
				}
				if name == "lost" && !errors.Is(err, lost) || name == "left" && !errors.Is(err, context.Canceled) {
					t.Errorf("%s as %s: %v hides its cause", name, e, err)
				}
			}
			if int64(out.Len()) >= d.Length(e) {
				t.Errorf("%s as %s: %d bytes went out of %d", name, e, out.Len(), d.Length(e))
			}
		}
	}
}

func TestStreamingEndsWithItsReader(t *testing.T) {
	gone := errors.New("hung up")
	loads := 0
	m, _, _ := Pack(paragraphs(0, 10))
	part := StoredPart(m, func(context.Context, Encoding) ([]byte, error) {
		loads++
		return paragraphs(0, 10), nil
	})
	d := Compose("", part, part, part, part)
	if err := d.Stream(t.Context(), brokenPipe{gone}, Plain); !errors.Is(err, gone) || loads != 1 {
		t.Errorf("%d parts were loaded for nobody: %v", loads, err)
	}
}

type brokenPipe struct{ err error }

func (p brokenPipe) Write([]byte) (int, error) { return 0, p.err }

func TestRunsAreJoinedAsTheFormatWants(t *testing.T) {
	space := strings.Repeat(" ", spacerLength)
	for want, n := range map[string]int{"[]": 0, "[x]": 1, "[x," + space + "x," + space + "x]": 3} {
		runs := make([]*Part, n)
		for i := range runs {
			runs[i] = NewPart([]byte("x"))
		}
		if got := Compose("", Joined([]byte("["), ",", ' ', "]", runs...)...).Bytes(); string(got) != want {
			t.Errorf("%d runs: %s; want %s", n, got, want)
		}
	}
}

func TestOtherPeoplesGzipReadsAMemberMadeOfRuns(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here to read it")
	}
	// zlib is what Python's HTTP libraries, nginx and most harvesters read with.
	const script = `import sys, zlib
d = zlib.decompressobj(16 + zlib.MAX_WBITS)
out = b""
while True:
    b = sys.stdin.buffer.read(1000)
    if not b: break
    out += d.decompress(b)
assert d.eof and not d.unused_data, "it goes on after its end"
sys.stdout.buffer.write(out)`
	d := Compose("", NewPart([]byte("head\n")), NewPart(paragraphs(0, 9000)), NewPart([]byte(",")), NewPart(paragraphs(5, 700)))
	cmd := exec.CommandContext(t.Context(), python, "-c", script)
	cmd.Stdin = bytes.NewReader(sent(t, d, Gzip))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if out, err := cmd.Output(); err != nil || !bytes.Equal(out, d.Bytes()) {
		t.Errorf("%v, %d bytes: %s", err, len(out), stderr.String())
	}
}

func FuzzJoinCRC(f *testing.F) {
	f.Add([]byte(""), []byte(""))
	f.Add([]byte("a"), []byte(""))
	f.Add([]byte(""), []byte("b"))
	f.Add([]byte("123456789"), bytes.Repeat([]byte{0}, 70_000))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		got := joinCRC(crc32.ChecksumIEEE(a), crc32.ChecksumIEEE(b), int64(len(b)))
		if want := crc32.ChecksumIEEE(append(bytes.Clone(a), b...)); got != want {
			t.Errorf("%08x; want %08x", got, want)
		}
	})
}

func TestASpacerLeavesAFrameAsItBegan(t *testing.T) {
	runs := [][]byte{paragraphs(0, 4000), paragraphs(90, 300), bytes.Repeat([]byte("abcd"), 900), paragraphs(7, 4000), bytes.Repeat([]byte("x"), 999)}
	for _, c := range []int{0, 1, ' ', '#', '\n', 0x80, 0xff} {
		want, parts := []byte("head"), []*Part{NewPart([]byte("head"))}
		for i := range 9 {
			run := runs[(i*7+c)%len(runs)]
			want = append(append(want, run...), bytes.Repeat([]byte{byte(c)}, spacerLength)...)
			parts = append(parts, NewPart(run), Spacer(byte(c)))
		}
		d := Compose("", parts...)
		for _, e := range Encodings() {
			if got := unpack(t, e, sent(t, d, e)); !bytes.Equal(got, want) {
				t.Fatalf("%s around the byte %d holds something else", e, c)
			}
		}
		if plain, packed := d.Length(Plain), d.Length(Zstd); packed > plain/5 {
			t.Fatalf("%d bytes become %d: something was not compressed", plain, packed)
		}
	}
}

func TestOtherPeoplesZstdReadsOneFrameMadeOfBlocks(t *testing.T) {
	tool, err := exec.LookPath("zstd")
	if err != nil {
		t.Skip("zstd is not here to read it")
	}
	d := Compose("", Joined([]byte("head\n"), ",", ' ', "\ntail", NewPart(paragraphs(0, 9000)), NewPart(paragraphs(5, 700)), NewPart(paragraphs(1, 40_000)))...)
	cmd := exec.CommandContext(t.Context(), tool, "-dc")
	cmd.Stdin = bytes.NewReader(sent(t, d, Zstd))
	if out, err := cmd.Output(); err != nil || !bytes.Equal(out, d.Bytes()) {
		t.Errorf("%v, %d bytes", err, len(out))
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte("some bytes that are cut in pieces"), uint16(5), uint16(20))
	f.Add(paragraphs(0, 900), uint16(1000), uint16(40_000))
	f.Add([]byte{}, uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, b []byte, x, y uint16) {
		first := min(int(x), len(b))
		second := first + min(int(y), len(b)-first)
		space := string(bytes.Repeat([]byte{byte(x)}, spacerLength))
		for want, d := range map[string]*Document{
			string(b): Compose("", NewPart(b[:first]), inStore(b[first:second]), NewPart(b[second:])),
			string(b[:first]) + space + string(b[first:second]) + space + space + string(b[second:]): Compose("",
				NewPart(b[:first]), Spacer(byte(x)), inStore(b[first:second]), Spacer(byte(x)), Spacer(byte(x)), NewPart(b[second:])),
		} {
			for _, e := range Encodings() {
				if got := unpack(t, e, sent(t, d, e)); string(got) != want {
					t.Errorf("%s holds something else", e)
				}
			}
		}
	})
}

// BenchmarkPack tells what a page costs to compress, and what it gains.
func BenchmarkPack(b *testing.B) {
	page, _ := build(b, samples(100)...).Page(Turtle, 1)
	text := page.Bytes()
	for name, pack := range map[string]func([]byte) []byte{"deflate": deflate, "zstd": blocks} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var n int
			for b.Loop() {
				n = len(pack(text))
			}
			b.ReportMetric(float64(len(text))/float64(n), "times-smaller")
		})
	}
}
