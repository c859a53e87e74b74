package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// marksOf makes marks of ids, every byte of which counts.
func marksOf(ids ...[16]byte) []mark {
	var out []mark
	for _, id := range ids {
		out = append(out, mark{id: id, sum: id})
	}
	return out
}

func keyOf(run []mark) Key {
	h := sha256.New()
	for _, m := range run {
		m.writeTo(h)
	}
	return Key(h.Sum(nil)[:16])
}

// random ids that share beginnings as often as not.
func randomIDs(r *rand.Rand, n int) [][16]byte {
	seen := map[[16]byte]bool{}
	var out [][16]byte
	for len(out) < n {
		var id [16]byte
		for i := r.IntN(8); i < 16; i++ {
			id[i] = byte(r.Uint32())
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

func TestLeavesFollowFromTheRegisterAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 5, 6, 7, 40, 500} {
		ids := randomIDs(r, n)
		want := leavesOf(marksOf(ids...), 5, keyOf)
		for range 20 {
			r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
			checkLeaves(t, leavesOf(marksOf(ids...), 5, keyOf), ids, 5)
			if got := leavesOf(marksOf(ids...), 5, keyOf); !slices.EqualFunc(got, want, func(a, b planned) bool { return a.key == b.key }) {
				t.Fatalf("%d ids in another order have other leaves", n)
			}
		}
	}
}

// checkLeaves sees that every id is in one leaf, in order, that none is too
// large, and that no two neighbours could be one.
func checkLeaves(t *testing.T, leaves []planned, ids [][16]byte, size int) {
	t.Helper()
	var all [][16]byte
	for _, l := range leaves {
		if len(l.marks) == 0 || len(l.marks) > size {
			t.Fatalf("a leaf has %d of %d", len(l.marks), size)
		}
		for _, m := range l.marks {
			all = append(all, m.id)
		}
	}
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, func(a, b [16]byte) int { return slices.Compare(a[:], b[:]) })
	if !slices.Equal(all, sorted) {
		t.Fatal("the leaves hold other ids, or another order")
	}
	for i := 1; i < len(leaves); i++ {
		if a, b := leaves[i-1].marks, leaves[i].marks; len(a)+len(b) <= size && siblings(a, b, sorted) {
			t.Fatalf("leaves %d and %d of %d and %d fit into one", i-1, i, len(a), len(b))
		}
	}
}

// siblings tells whether two runs are all there is under one node.
func siblings(a, b []mark, sorted [][16]byte) bool {
	shared := 0
	first, last := a[0].id, b[len(b)-1].id
	for shared < 128 && first[shared/8]>>(7-shared%8)&1 == last[shared/8]>>(7-shared%8)&1 {
		shared++
	}
	under := 0
	for _, id := range sorted {
		same := true
		for bit := range shared {
			same = same && id[bit/8]>>(7-bit%8)&1 == first[bit/8]>>(7-bit%8)&1
		}
		if same {
			under++
		}
	}
	return under == len(a)+len(b)
}

// One more or one less dataset changes a leaf, splits it, or merges it with
// its sibling: all other leaves stay as they are.
func TestOneDatasetTouchesOneLeaf(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ids := randomIDs(r, 400)
	all := map[Key]bool{}
	for _, l := range leavesOf(marksOf(ids[1:]...), 10, keyOf) {
		all[l.key] = true
	}
	fresh, kept := 0, 0
	for _, l := range leavesOf(marksOf(ids...), 10, keyOf) {
		if all[l.key] {
			kept++
		} else {
			fresh++
		}
	}
	if gone := len(all) - kept; fresh > 3 || gone > 3 {
		t.Errorf("one dataset changed %d leaves into %d", gone, fresh)
	}
}

func FuzzLeaves(f *testing.F) {
	f.Add([]byte("one two three four five six seven eight"), 3)
	f.Add(make([]byte, 64), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		size = max(1, min(size, 50))
		seen := map[[16]byte]bool{}
		var ids [][16]byte
		for i := 0; i+4 <= len(data) && len(ids) < 300; i += 4 {
			var id [16]byte
			copy(id[i%13:], data[i:i+4])
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
		checkLeaves(t, leavesOf(marksOf(ids...), size, keyOf), ids, size)
	})
}

func TestUUIDsThereAndBack(t *testing.T) {
	for _, id := range []string{sample(1).DatasetID, "ffffffff-ffff-4fff-bfff-ffffffffffff", "01234567-89ab-4cde-8f01-23456789abcd"} {
		if got := writeUUID(rawUUID(id)); got != id {
			t.Errorf("%s became %s", id, got)
		}
	}
	for _, bad := range []string{"", "01", "zz", hex.EncodeToString(make([]byte, 17))} {
		if k, err := ParseKey(bad); err == nil {
			t.Errorf("ParseKey(%q) = %v", bad, k)
		}
	}
}

// What the pages of the sample register come to is kept beside the revision.
// Processes take a page that another wrote for their own when the keys agree: so
// whoever changes what is written raises Rendering once a release, and only
// then has the golden file written anew.
func TestWhoChangesWhatIsWrittenRaisesTheRevision(t *testing.T) {
	h := sha256.New()
	s := build(t, samples(3)...)
	for d := range Dialect(dialects) {
		b, err := s.leaves[0].parts[d].Load(t.Context(), Plain)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(b)
	}
	golden(t, "rendering.txt", fmt.Appendf(nil, "revision %d writes %x\n", Rendering, h.Sum(nil)[:8]))
}
