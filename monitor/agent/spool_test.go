package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor/vantage"
)

var quiet = slog.New(slog.DiscardHandler)

func opened(t testing.TB, dir string, limit int64) *Spool {
	t.Helper()
	s, err := OpenSpool(dir, limit, 0, func() head { return head{Session: "s"} }, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func add(t testing.TB, s *Spool, from, n int) {
	t.Helper()
	for i := range n {
		s.Add(vantage.Seen{Check: 1, At: int64(from + i), EveryS: 1, PhasesUs: []int64{0, 0, 0, 0, 0}, Detail: "é\n\"x\""})
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
}

// drain delivers everything that waits and returns the times of the readings
// and the numbers they came under.
func drain(t testing.TB, s *Spool) (times []int64, numbers []int64) {
	t.Helper()
	for {
		number, _, readings, any, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !any {
			return times, numbers
		}
		for _, r := range readings {
			times = append(times, r.At)
		}
		numbers = append(numbers, number)
		if err := s.Done(number); err != nil {
			t.Fatal(err)
		}
	}
}

func copied(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestASpoolKeepsOrderAndNumbers(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, 0)
	add(t, s, 0, vantage.MaxBatch+10)
	if err := s.Seal(time.Hour); err != nil {
		t.Fatal(err)
	}
	if waiting, _, written := s.Counts(); waiting != vantage.MaxBatch+10 || written != waiting {
		t.Errorf("%d wait, %d written", waiting, written)
	}
	if err := s.Seal(0); err != nil {
		t.Fatal(err)
	}
	times, numbers := drain(t, s)
	if len(times) != vantage.MaxBatch+10 || times[0] != 0 || times[len(times)-1] != vantage.MaxBatch+9 || fmt.Sprint(numbers) != "[1 2]" {
		t.Errorf("%d readings under %v", len(times), numbers)
	}
	// A number is never used twice, although nothing is left of it.
	s = opened(t, dir, 0)
	add(t, s, 0, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, numbers := drain(t, s); fmt.Sprint(numbers) != "[3]" {
		t.Errorf("the next number is %v", numbers)
	}
	if s, err := OpenSpool(t.TempDir(), 0, 41, func() head { return head{} }, quiet); err != nil {
		t.Fatal(err)
	} else {
		add(t, s, 0, 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, numbers := drain(t, s); fmt.Sprint(numbers) != "[42]" {
			t.Errorf("after the installation's 41 came %v", numbers)
		}
	}
}

// The file that is being written is cut off at every byte, as a power cut may:
// what was whole is there, in order, and nothing else.
func TestATornEndIsCutOff(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, 0)
	add(t, s, 0, 3)
	folder, name := t.TempDir(), filepath.Base(s.path(1, "open"))
	whole, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	ends := []int{}
	for n, b := range whole {
		if b == '\n' {
			ends = append(ends, n+1)
		}
	}
	for cut := range len(whole) + 1 {
		garbage := []string{"", "\x00\x00\x00", "deadbeef {}\n"}[cut%3]
		torn := filepath.Join(folder, strconv.Itoa(cut))
		if err := os.Mkdir(torn, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(torn, name), append(bytes.Clone(whole[:cut]), garbage...), 0o600); err != nil {
			t.Fatal(err)
		}
		want := -1 // the head
		for _, end := range ends {
			if end <= cut {
				want++
			}
		}
		times, _ := drain(t, opened(t, torn, 0))
		if len(times) != max(0, want) {
			t.Fatalf("cut at %d: %d readings; want %d", cut, len(times), want)
		}
	}
}

// After each step of spooling and delivering the folder is copied, as a kill
// would leave it: the copy delivers everything that was on disk and not yet
// acknowledged, under the same number.
func TestKilledAfterEachStep(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, 0)
	expect := func(step string, want int, numbers string) {
		t.Helper()
		times, under := drain(t, opened(t, copied(t, dir), 0))
		if len(times) != want || fmt.Sprint(under) != numbers {
			t.Errorf("%s: %d readings under %v; want %d under %s", step, len(times), under, want, numbers)
		}
	}
	expect("nothing yet", 0, "[]")
	s.Add(vantage.Seen{Check: 1, EveryS: 1})
	expect("in memory only", 0, "[]")
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	expect("on disk", 1, "[1]")
	add(t, s, 1, 2)
	expect("more on disk", 3, "[1]")
	if err := s.Seal(0); err != nil {
		t.Fatal(err)
	}
	expect("sealed", 3, "[1]")
	add(t, s, 3, 1)
	expect("a second segment", 4, "[1 2]")
	// Delivered, and the receipt not yet written: it is sent again under its number.
	expect("delivered", 4, "[1 2]")
	if err := s.writeNumber("acknowledged", 1); err != nil {
		t.Fatal(err)
	}
	expect("acknowledged and not yet removed", 1, "[2]")
	if err := s.Done(1); err != nil {
		t.Fatal(err)
	}
	expect("removed", 1, "[2]")
	if err := os.WriteFile(filepath.Join(dir, "acknowledged.next"), []byte("9"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("half a note", 1, "[2]")
}

func TestASpoolIsBounded(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, 20_000)
	for n := range 20 {
		add(t, s, n*100, 100)
		if err := s.Seal(0); err != nil {
			t.Fatal(err)
		}
	}
	waiting, lost, _ := s.Counts()
	if waiting+lost != 2000 || lost == 0 || waiting < 100 {
		t.Errorf("%d wait, %d lost", waiting, lost)
	}
	size := int64(0)
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, _ error) error {
		if info, err := d.Info(); err == nil && !d.IsDir() {
			size += info.Size()
		}
		return nil
	})
	if size > 22_000 {
		t.Errorf("%d bytes on disk", size)
	}
	if _, again, _ := opened(t, dir, 20_000).Counts(); again != lost {
		t.Errorf("after a restart %d count as lost; want %d", again, lost)
	}
	times, _ := drain(t, s)
	if times[len(times)-1] != 1999 {
		t.Errorf("the newest that is kept is %d", times[len(times)-1])
	}
}

// A disk that takes nothing: readings wait in memory, the oldest are given up
// when there are too many, and all is well again once it takes them.
func TestADiskThatTakesNothing(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, 0)
	add(t, s, 0, 1)
	if err := s.file.Close(); err != nil { // whatever is written now fails
		t.Fatal(err)
	}
	for n := range inMemory + 10 {
		s.Add(vantage.Seen{Check: 1, At: int64(n), EveryS: 1})
	}
	if err := s.Sync(); err == nil {
		t.Fatal("it says that it wrote")
	}
	if waiting, lost, _ := s.Counts(); lost == 0 || waiting+lost != inMemory+11 {
		t.Errorf("%d wait, %d lost", waiting, lost)
	}
	f, err := os.OpenFile(s.path(1, "open"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(s.size, 0); err != nil {
		t.Fatal(err)
	}
	s.file = f
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, lost, _ := s.Counts()
	times, _ := drain(t, s)
	if int64(len(times))+lost != inMemory+11 || times[len(times)-1] != inMemory+9 {
		t.Errorf("%d delivered, %d lost", len(times), lost)
	}
}

func TestClockLearns(t *testing.T) {
	c := NewClock(time.Now().Add(-time.Hour))
	if off := time.Since(c.Now()); (off - time.Hour).Abs() > time.Minute {
		t.Errorf("before it knows it is %s late", off)
	}
	if _, known := c.Offset(); known {
		t.Error("it claims to know")
	}
	c.Learn(time.Now(), 10*time.Millisecond)
	if off := time.Since(c.Now()); off.Abs() > time.Second {
		t.Errorf("after it learnt it is %s late", off)
	}
	was, _ := c.Offset()
	c.Learn(time.Now().Add(time.Millisecond), 30*time.Millisecond) // noise
	c.Learn(time.Now().Add(time.Hour), time.Minute)                // an answer that took too long to say anything
	c.Learn(time.Now().Add(time.Hour), -time.Second)
	if is, _ := c.Offset(); is != was {
		t.Errorf("it moved by %s for nothing", is-was)
	}
	c.Learn(time.Now().Add(2*time.Hour), 10*time.Millisecond)
	if off := time.Until(c.Now()); (off - 2*time.Hour).Abs() > time.Second {
		t.Errorf("it did not follow: %s", off)
	}
}

func TestAnIdentityIsItsOwnersOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity.json")
	for name, tt := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"good":        {`{"vantage":"x","server":"https://x","seed":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`, 0o600, ""},
		"open to all": {`{}`, 0o644, "can be read by others"},
		"no JSON":     {`{`, 0o600, "is no identity"},
		"no seed":     {`{"vantage":"x"}`, 0o600, "is no identity"},
		"short seed":  {`{"vantage":"x","seed":"AAAA"}`, 0o600, "is no identity"},
		"nobody":      {`{"seed":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`, 0o600, "is no identity"},
	} {
		if err := errors.Join(os.WriteFile(path, []byte(tt.text), 0o600), os.Chmod(path, tt.mode)); err != nil {
			t.Fatal(err)
		}
		_, err := readIdentity(path)
		if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v; want %q", name, err, tt.want)
		}
	}
}

func TestAddressesOfAnInstallation(t *testing.T) {
	for server, want := range map[string]string{
		"https://jard.example.tn/":  "",
		"http://127.0.0.1:8080":     "",
		"http://localhost:8080":     "",
		"http://jard.example.tn":    "plain http",
		"jard.example.tn":           "is no address",
		"ftp://jard.example.tn":     "is no address",
		"https://a:b@example.tn":    "is no address",
		"https://example.tn/?a=b":   "is no address",
		"":                          "is no address",
		"https://exa mple.tn":       "is no address",
		"http://127.evil.example":   "plain http",
		"http://[::1]:8080/deeper/": "",
	} {
		c, err := NewClient(server, http.DefaultClient, NewClock(time.Now()), "1", false)
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v; want %q", server, err, want)
		}
		if err == nil && strings.HasSuffix(c.base.String(), "/") {
			t.Errorf("%s became %s", server, c.base)
		}
	}
}

// FuzzSegment reads anything as a segment: it never fails, never makes up a
// reading, and what it calls good is read the same again.
func FuzzSegment(f *testing.F) {
	good, _ := appendLine(nil, head{Session: "s"})
	good, _ = appendLine(good, vantage.Seen{Check: 1, At: 2, EveryS: 3})
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(append([]byte("00000000 \n"), good...))
	f.Add([]byte("zzzzzzzz {}\n"))
	f.Add(bytes.Repeat([]byte("a"), longestLine+10))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, readings, good, err := readSegment(bytes.NewReader(text))
		if err != nil || good < 0 || good > int64(len(text)) {
			t.Fatalf("%v, %d of %d", err, good, len(text))
		}
		h2, again, good2, err := readSegment(bytes.NewReader(text[:good]))
		if err != nil || good2 != good || h != h2 || len(again) != len(readings) {
			t.Errorf("read again: %d readings, %d good; want %d, %d", len(again), good2, len(readings), good)
		}
	})
}
