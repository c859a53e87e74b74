package pack

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/monitor"
)

// noon is an hour in the pilot's first winter.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// lognormal draws around a median, as response times are spread.
func lognormal(luck *rand.Rand, median, sigma float64) int32 {
	return int32(median * math.Exp(sigma*luck.NormFloat64()))
}

// noisy makes up n readings of an https check as they are met: every phase
// spread log-normally, the page's size a little different at times, now and
// then a failure with its re-checks.
func noisy(seed uint64, key Key, n int, every time.Duration) []Row {
	luck := rand.New(rand.NewPCG(seed, 7))
	at := key.Start*Hour + luck.Int64N(every.Microseconds())
	rows := make([]Row, 0, n)
	for len(rows) < n {
		r := Row{
			Check: key.Check, Vantage: key.Vantage, At: at + int64(lognormal(luck, 250, 0.7)), Every: every.Microseconds(),
			Bytes: 48_213, Status: 200, Verdict: 1, Attempt: 1,
			Phases: [5]int32{
				lognormal(luck, 600, 0.5), lognormal(luck, 8000, 0.08), lognormal(luck, 20_000, 0.08),
				lognormal(luck, 120_000, 0.35), lognormal(luck, 2000, 0.5),
			},
		}
		if luck.IntN(10) == 0 {
			r.Bytes += int64(luck.IntN(400))
		}
		at += every.Microseconds()
		if luck.IntN(400) != 0 {
			rows = append(rows, r)
			continue
		}
		for attempt := range 3 {
			f := r
			f.At += []int64{0, 5_000_000, 20_000_000}[attempt]
			f.Verdict, f.Reason, f.Status, f.Bytes, f.Attempt = 3, 9, 0, 0, uint8(attempt+1)
			f.Phases[3], f.Phases[4] = 10_000_000+int32(luck.IntN(500)), 0
			rows = append(rows, f)
		}
	}
	return Sort(rows)
}

func TestWhatIsPackedComesBackExactly(t *testing.T) {
	for _, tt := range []struct {
		name  string
		every time.Duration
		n     int
	}{
		{"one reading", time.Minute, 1},
		{"an hour of minutes", time.Minute, 60},
		{"a day of minutes", time.Minute, 1440},
		{"a day of ten seconds", 10 * time.Second, 8640},
		{"a day of hours", time.Hour, 24},
		{"a year of days", 24 * time.Hour, 365},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := Key{Check: 1 << 40, Vantage: -3, Start: HourOf(noon.UnixMicro())}
			rows := noisy(uint64(tt.n), key, tt.n, tt.every)
			body := Encode(key, rows)
			got, err := Decode(key, body, math.MinInt64, math.MaxInt64, nil)
			if diff := cmp.Diff(rows, got); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
			if n, err := Rows(key, body); err != nil || n != len(rows) {
				t.Errorf("holds %d rows, %v; want %d", n, err, len(rows))
			}
			t.Logf("%d readings: %.2f bytes each", len(rows), float64(len(body))/float64(len(rows)))
		})
	}
}

// What a program could ever write is kept, however odd.
func TestOddReadingsComeBackExactly(t *testing.T) {
	key := Key{Check: 7, Start: 498_000}
	at := key.Start * Hour
	rows := []Row{
		{At: at},
		{At: at + 1, Every: math.MaxInt64, Bytes: math.MaxInt32, Status: -1, Verdict: 255, Reason: 255, Attempt: 255, Flags: 255},
		{At: at + 2, Phases: [5]int32{math.MaxInt32, 0, 1, 2, 3}, Status: 32767, Every: 1},
		{At: at + 3, Every: 10_000_000, Attempt: 1},
		{At: at + 10_000_004, Every: 10_000_000, Attempt: 1, Bytes: 1 << 60},
		{At: at + 10_000_005, Every: 10_000_000, Attempt: 2},
		{At: at + 500*Hour, Every: 10_000_000, Attempt: 1, Status: -32768},
	}
	rows[1].Every = 1 << 60
	for n := range rows {
		rows[n].Check = 7
	}
	got, err := Decode(key, Encode(key, rows), math.MinInt64, math.MaxInt64, nil)
	if diff := cmp.Diff(rows, got); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
}

// Readings in which nothing varies at all cost next to nothing, and come back.
func TestReadingsWithoutAnyNoise(t *testing.T) {
	key := Key{Check: 7, Start: 498_000}
	for _, n := range []int{1, 2, 8, 1440, 5000} {
		var rows []Row
		for i := range n {
			rows = append(rows, Row{Check: 7, At: key.Start*Hour + int64(i)*60_000_000, Every: 60_000_000, Verdict: 1, Attempt: 1})
		}
		body := Encode(key, rows)
		got, err := Decode(key, body, math.MinInt64, math.MaxInt64, nil)
		if err != nil || !slices.Equal(rows, got) {
			t.Fatalf("%d rows: %d came back, %v", n, len(got), err)
		}
		if len(body) > 60+n/8 {
			t.Errorf("%d rows take %d bytes", n, len(body))
		}
	}
}

func TestOnlyTheHoursAskedForComeBack(t *testing.T) {
	key := Key{Check: 7, Start: HourOf(noon.UnixMicro())}
	rows := noisy(3, key, 8640, 10*time.Second)
	body := Encode(key, rows)
	for hour := range int64(25) {
		from, to := (key.Start+hour)*Hour, (key.Start+hour+1)*Hour
		var want []Row
		for _, r := range rows {
			if r.At >= from && r.At < to {
				want = append(want, r)
			}
		}
		got, err := Decode(key, body, from, to, nil)
		if err != nil || !slices.Equal(want, got) {
			t.Fatalf("hour %d: %d rows, %v; want %d", hour, len(got), err, len(want))
		}
	}
}

func TestABatchComesBackExactly(t *testing.T) {
	var rows []Row
	for check := range int64(5) {
		rows = append(rows, noisy(uint64(check), Key{Check: 10 - check, Vantage: int16(check % 2), Start: 498_000}, 30, time.Minute)...)
	}
	rows = append(rows, rows[3], rows[40]) // handed over twice
	sorted := Sort(slices.Clone(rows))
	if len(sorted) != len(rows)-2 {
		t.Errorf("%d of %d rows are left; want all but the 2 doubles", len(sorted), len(rows))
	}
	b, err := OpenBatch(EncodeBatch(sorted))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted, b.All(nil)); diff != "" {
		t.Error(diff)
	}
	got := b.Of(8, math.MinInt64, math.MaxInt64, nil)
	if want := len(noisy(2, Key{Check: 8, Start: 498_000}, 30, time.Minute)); len(got) != want || got[0].Check != 8 {
		t.Errorf("%d rows of check 8; want %d", len(got), want)
	}
	if got := b.Of(99, math.MinInt64, math.MaxInt64, nil); len(got) != 0 {
		t.Errorf("%d rows of a check that is not there", len(got))
	}
}

func TestEveryDamageIsFoundOut(t *testing.T) {
	key := Key{Check: 7, Start: HourOf(noon.UnixMicro())}
	rows := noisy(1, key, 60, time.Minute)
	body, batch := Encode(key, rows), EncodeBatch(rows)
	all := func(k Key, b []byte) error {
		_, err := Decode(k, b, math.MinInt64, math.MaxInt64, nil)
		return err
	}
	for n := range body {
		broken := slices.Clone(body)
		broken[n] ^= 1 << (n % 8)
		if err := all(key, broken); !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d turned: %v", n, err)
		}
		if err := all(key, body[:n]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	for n := range batch {
		broken := slices.Clone(batch)
		broken[n] ^= 1
		if _, err := OpenBatch(broken); !errors.Is(err, ErrDamaged) {
			t.Errorf("batch, byte %d turned: %v", n, err)
		}
	}
	for what, other := range map[string]Key{
		"check": {Check: 8, Start: key.Start}, "vantage": {Check: 7, Vantage: 1, Start: key.Start}, "hour": {Check: 7, Start: key.Start + 1},
	} {
		if err := all(other, body); !errors.Is(err, ErrDamaged) {
			t.Errorf("in the place of another %s: %v", what, err)
		}
	}
	newer := slices.Clone(body[:len(body)-4])
	newer[0] = 2
	newer = binary.LittleEndian.AppendUint32(newer, key.sum(newer))
	if err := all(key, newer); !errors.Is(err, ErrVersion) {
		t.Errorf("a newer pack: %v", err)
	}
	batch = append([]byte{9}, batch[1:len(batch)-4]...)
	batch = binary.LittleEndian.AppendUint32(batch, crc32.Checksum(batch, castagnoli))
	if _, err := OpenBatch(batch); !errors.Is(err, ErrVersion) {
		t.Errorf("a newer batch: %v", err)
	}
}

// FuzzDecode feeds bytes with a right checksum: whatever they say, reading
// them ends, and neither panics nor returns more than was announced.
func FuzzDecode(f *testing.F) {
	key := Key{Check: 7, Start: HourOf(noon.UnixMicro())}
	for _, n := range []int{1, 10, 600} {
		body := Encode(key, noisy(uint64(n), key, n, time.Minute))
		f.Add(body[:len(body)-4])
	}
	f.Add([]byte{1, 1, 0, 255, 255, 63, 0})
	f.Add([]byte{1, 2, 0, 1, 0, 1, 1, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		body = binary.LittleEndian.AppendUint32(slices.Clip(body), key.sum(body))
		announced, err := Rows(key, body)
		rows, again := Decode(key, body, math.MinInt64, math.MaxInt64, nil)
		if err != nil && again == nil || again == nil && len(rows) > announced {
			t.Fatalf("announced %d, %v; read %d, %v", announced, err, len(rows), again)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte(strings.Repeat("jard", 60)))
	f.Add(EncodeBatch(noisy(5, Key{Check: 7, Start: 498_000}, 40, time.Minute)))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		bytes = bytes[:len(bytes)/rowBytes*rowBytes]
		key := Key{Check: 7, Start: 498_000}
		rows := Batch{bytes}.All(nil)
		for n := range rows { // what Of makes of any reading
			r := &rows[n]
			r.Check, r.Vantage, r.At = 7, 0, key.Start*Hour+(r.At&(1<<40-1))
			r.Every, r.Bytes = r.Every&(1<<60-1), r.Bytes&(1<<60-1)
			for p := range r.Phases {
				r.Phases[p] &= math.MaxInt32
			}
		}
		rows = Sort(rows)
		got, err := Decode(key, Encode(key, rows), math.MinInt64, math.MaxInt64, nil)
		if diff := cmp.Diff(rows, got); err != nil || len(rows) > 0 && diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// FuzzOpenBatch reads any bytes as a batch.
func FuzzOpenBatch(f *testing.F) {
	f.Add(EncodeBatch(noisy(5, Key{Check: 7, Start: 498_000}, 4, time.Minute)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := OpenBatch(body)
		if rows := b.All(nil); err != nil && len(rows) > 0 {
			t.Fatalf("%d rows of %v", len(rows), err)
		}
	})
}

// The golden files were written by the first version; what is kept for years
// must be read by every later one.
func TestGoldenFiles(t *testing.T) {
	key := Key{Check: 42, Vantage: 3, Start: 498_348}
	rows := noisy(42, key, 700, time.Minute)
	for name, written := range map[string][]byte{"pack.hex": Encode(key, rows), "batch.hex": EncodeBatch(rows[:5])} {
		path := "testdata/" + name
		if os.Getenv("JARD_WRITE_GOLDEN") != "" {
			if err := os.WriteFile(path, []byte(hex.EncodeToString(written)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		var got []Row
		want := rows
		if name == "pack.hex" {
			got, err = Decode(key, golden, math.MinInt64, math.MaxInt64, nil)
		} else {
			b, open := OpenBatch(golden)
			got, err, want = b.All(nil), open, rows[:5]
		}
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %d rows, %v; want %d", name, len(got), err, len(want))
		}
		if got[0].Check != 42 || got[0].Vantage != 3 {
			t.Errorf("%s begins with %+v", name, got[0])
		}
		if again := Encode(key, got); name == "pack.hex" && hex.EncodeToString(again) != hex.EncodeToString(golden) {
			t.Errorf("%s is written differently now: another version number is needed", name)
		}
	}
}

func TestReadingsAndRows(t *testing.T) {
	r := monitor.Reading{
		Check: 9, Vantage: 4, At: noon.Add(7 * time.Microsecond), Verdict: monitor.Down, Reason: monitor.Timeout, Status: 504,
		Phases: monitor.Phases{1000, 2000, 3000, 4000, 5000}, Bytes: 1 << 40, Attempt: 3, Every: 1500 * time.Millisecond, Delayed: true,
	}
	row := Of(&r)
	if diff := cmp.Diff(r, row.Reading()); diff != "" {
		t.Error(diff)
	}
	odd := monitor.Reading{Status: 1 << 20, Attempt: 1000, Bytes: -1, Every: -1, Phases: monitor.Phases{-1, 1 << 62}}
	if row = Of(&odd); row.Status != math.MaxInt16 || row.Attempt != 255 || row.Bytes != 0 || row.Phases[1] != math.MaxInt32 {
		t.Errorf("cut to %+v", row)
	}
	if HourOf(-1) != -1 || HourOf(0) != 0 || HourOf(Hour) != 1 {
		t.Error("hours before 1970 count downwards")
	}
}

// BenchmarkPack measures packing and unpacking a day of minutes.
func BenchmarkPack(b *testing.B) {
	key := Key{Check: 7, Start: HourOf(noon.UnixMicro())}
	for _, tt := range []struct {
		name  string
		n     int
		every time.Duration
	}{{"hour@60s", 60, time.Minute}, {"day@60s", 1440, time.Minute}, {"day@10s", 8640, 10 * time.Second}} {
		rows := noisy(1, key, tt.n, tt.every)
		body := Encode(key, rows)
		b.Run("encode/"+tt.name, func(b *testing.B) {
			for b.Loop() {
				body = Encode(key, rows)
			}
			b.ReportMetric(float64(len(body))/float64(len(rows)), "B/reading")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/reading")
		})
		b.Run("decode/"+tt.name, func(b *testing.B) {
			var got []Row
			for b.Loop() {
				got, _ = Decode(key, body, math.MinInt64, math.MaxInt64, got[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/reading")
		})
	}
}
