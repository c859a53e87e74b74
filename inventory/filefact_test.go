package inventory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
)

func TestWhatIsSeenOfAFileIsNewsOnce(t *testing.T) {
	at := time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)
	seen := inventory.FileFact{ID: "a", Format: "CSV", Bytes: 10, SHA256: strings.Repeat("a", 64)}
	p := inventory.Publication{Modified: at, Files: []inventory.FileFact{{ID: "a", Issued: at}}}
	if !p.Observe(seen, at) || !p.Modified.Equal(at.Add(time.Microsecond)) {
		t.Fatalf("the first sight: %+v; want news, and a later time although the clock stood still", p)
	}
	if got := p.Fact("a"); !got.Issued.Equal(at) || got.SHA256 != seen.SHA256 {
		t.Errorf("fact = %+v; want the checksum, and since when it is public", got)
	}
	was := p.Modified
	if p.Observe(seen, at.Add(time.Hour)) || !p.Modified.Equal(was) {
		t.Error("the same again is news")
	}
	if p.Observe(inventory.FileFact{ID: "b"}, at) || p.Observe(inventory.FileFact{SHA256: "x"}, at) {
		t.Error("nothing is news")
	}
	seen.SHA256 = strings.Repeat("b", 64)
	if !p.Observe(seen, at.Add(time.Hour)) || !p.Modified.Equal(at.Add(time.Hour)) {
		t.Error("another file is no news")
	}
	if !p.Observe(inventory.FileFact{ID: "a"}, at.Add(2*time.Hour)) || p.Fact("a").SHA256 != "" {
		t.Error("a page that stands where the file was leaves its checksum")
	}
	p.WithdrawnAt = &at
	if p.Observe(seen, at.Add(3*time.Hour)) {
		t.Error("a tombstone changes with a file")
	}
}
