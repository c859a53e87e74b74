package catalogue

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

func TestWhatMayBeForgotten(t *testing.T) {
	ago := func(d time.Duration) *time.Time { at := now.Add(-d); return &at }
	leafOf := func(n byte) Key { return Key{n} }
	holding := func(n int, superseded, served *time.Time, leaves ...byte) Holding {
		h := Holding{Manifest: Manifest{ID: strconv.Itoa(n), Built: now.Add(time.Duration(n-10) * time.Minute)}, Superseded: superseded, Served: served}
		for _, l := range leaves {
			h.Leaves = append(h.Leaves, leafOf(l))
		}
		return h
	}
	pinned := holding(1, ago(400*time.Hour), nil, 1)
	pinned.Pinned = true
	sizes := map[Key]int64{leafOf(1): 10, leafOf(2): 10, leafOf(3): 10, leafOf(4): 10}
	for name, tt := range map[string]struct {
		room int64
		all  []Holding
		want []string
	}{
		"the newest and the pinned stay":      {1, []Holding{pinned, holding(2, nil, nil, 2)}, nil},
		"unread for a quarter of an hour":     {0, []Holding{holding(1, ago(16*time.Minute), nil, 1), holding(2, nil, nil, 2)}, []string{"1"}},
		"unread for less":                     {0, []Holding{holding(1, ago(14*time.Minute), nil, 1), holding(2, nil, nil, 2)}, nil},
		"read two days ago":                   {0, []Holding{holding(1, ago(49*time.Hour), ago(50*time.Hour), 1), holding(2, nil, nil, 2)}, []string{"1"}},
		"read a day ago":                      {0, []Holding{holding(1, ago(24*time.Hour), ago(25*time.Hour), 1), holding(2, nil, nil, 2)}, nil},
		"read a day ago, without room":        {15, []Holding{holding(1, ago(24*time.Hour), ago(25*time.Hour), 1), holding(2, nil, nil, 2)}, []string{"1"}},
		"being read, without room":            {15, []Holding{holding(1, ago(time.Hour), ago(time.Hour), 1), holding(2, nil, nil, 2)}, nil},
		"not read yet, without room":          {15, []Holding{holding(1, ago(time.Minute), nil, 1), holding(2, nil, nil, 2)}, []string{"1"}},
		"the oldest first, as far as needed":  {25, []Holding{holding(2, ago(5*time.Hour), ago(6*time.Hour), 2), holding(1, ago(9*time.Hour), ago(9*time.Hour), 1), holding(3, nil, nil, 3)}, []string{"1"}},
		"what is shared takes room once":      {20, []Holding{holding(1, ago(9*time.Hour), ago(9*time.Hour), 1, 2), holding(2, nil, nil, 1, 2)}, nil},
		"dropping what is shared frees none":  {15, []Holding{holding(1, ago(9*time.Hour), ago(9*time.Hour), 1, 2), holding(2, ago(8*time.Hour), ago(8*time.Hour), 1, 2), holding(3, nil, nil, 1, 2)}, []string{"1", "2"}},
		"superseded in the future: the clock": {0, []Holding{holding(1, ago(-time.Hour), nil, 1), holding(2, nil, nil, 2)}, nil},
	} {
		s := settings()
		s.HoldBytes = tt.room
		if got := Forget(s, tt.all, sizes, now); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v; want %v", name, got, tt.want)
		}
	}
}

func TestAVaultHoldsWhatWasAskedForLast(t *testing.T) {
	v := NewVault(nil, 100)
	at := func(n byte) place { return place{Key{n}, LeafTurtle, Gzip} }
	for n := range byte(5) {
		v.put(at(n), make([]byte, 30))
		v.find(at(0)) // is wanted again and again
	}
	for n, want := range []bool{true, false, false, true, true} {
		if (v.find(at(byte(n))) != nil) != want {
			t.Errorf("run %d: held = %v", n, !want)
		}
	}
	v.put(at(9), make([]byte, 60))
	if v.find(at(9)) != nil || v.used != 90 {
		t.Errorf("one run takes more than half the room: %d", v.used)
	}
	if v.clear(); v.used != 0 || v.find(at(0)) != nil {
		t.Error("not cleared")
	}
}
