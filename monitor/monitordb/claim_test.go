package monitordb

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jard-odi/jard/monitor"
)

// shelved claims a spool, puts so many readings on its shelf, and returns it.
func shelved(t *testing.T, dir string, rows ...int) (own string, letGo func() error) {
	t.Helper()
	own, letGo, err := ClaimSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openShelf(own, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rows {
		if _, err := s.put(batch{rows: batchRows(n), current: map[int64]monitor.Current{}}); err != nil {
			t.Fatal(err)
		}
	}
	return own, letGo
}

// holds lists how many readings each file of a folder has, in order.
func holds(t *testing.T, dir string) (rows []int) {
	t.Helper()
	s, err := openShelf(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.replay(t.Context(), func(_ context.Context, b batch) error { rows = append(rows, len(b.rows)); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEachProcessHasASpoolOfItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "spool")
	first, endFirst := shelved(t, dir, 3, 4)
	second, endSecond := shelved(t, dir, 5)
	third, endThird := shelved(t, dir, 6, 7)
	if first != dir || second != filepath.Join(dir, "2") || third != filepath.Join(dir, "3") {
		t.Fatalf("%s, %s, %s", first, second, third)
	}
	// The second and the third die. Who comes next has what both left, the first keeps its own.
	for _, end := range []func() error{endSecond, endThird} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
	next, endNext := shelved(t, dir)
	if next != second {
		t.Errorf("the next has %s; want %s", next, second)
	}
	other, endOther := shelved(t, dir)
	if other != third || len(holds(t, other)) != 0 {
		t.Errorf("what died is taken over twice, in %s", other)
	}
	if got := holds(t, next); len(got) != 3 || got[0] != 5 || got[1] != 6 || got[2] != 7 {
		t.Errorf("taken over: %v; want 5, 6 and 7 readings", got)
	}
	if got := holds(t, first); len(got) != 2 || got[0] != 3 || got[1] != 4 {
		t.Errorf("the first lost what it had: %v", got)
	}
	for _, end := range []func() error{endFirst, endNext, endOther} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
}

// Several processes start at once where others died: each file is one's.
func TestWhatTheDeadLeftIsTakenOverOnce(t *testing.T) {
	dir := t.TempDir()
	var ends []func() error
	for n := range 4 {
		_, end := shelved(t, dir, 10+n)
		ends = append(ends, end)
	}
	for _, end := range ends {
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	owners := map[string]bool{}
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			own, _, err := ClaimSpool(dir)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || owners[own] {
				t.Errorf("%s: %v", own, err)
			}
			owners[own] = true
		})
	}
	starting.Wait()
	seen := map[int]int{}
	for own := range owners {
		for _, rows := range holds(t, own) {
			seen[rows]++
		}
	}
	for n := range 4 {
		if seen[10+n] != 1 {
			t.Errorf("what one left is there %d times", seen[10+n])
		}
	}
}

// A folder that cannot be made is told of when something is to be written there.
func TestASpoolThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	own, letGo, err := ClaimSpool(filepath.Join(file, "spool"))
	if err != nil || own != filepath.Join(file, "spool") || letGo() != nil {
		t.Errorf("%s, %v", own, err)
	}
}
