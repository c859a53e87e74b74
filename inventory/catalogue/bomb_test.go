package catalogue

import (
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A record or page whose bytes were damaged, or put there by somebody, unpacks
// to no more than its bound.
func TestStoredBytesThatUnpackToTooMuchAreRefused(t *testing.T) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := z.EncodeAll(make([]byte, 2*unpackedAtMost), nil)
	if len(bomb) > 1<<20 {
		t.Fatalf("%d bytes are no bomb", len(bomb))
	}
	if out, err := unpackJSON(nil, bomb); err == nil {
		t.Errorf("a record of %d bytes became %d", len(bomb), len(out))
	}
	if _, err := unframe(bomb, largestRun+1); err == nil {
		t.Error("a page larger than any was unpacked")
	}
	if out, err := unframe(bomb, 10); err == nil && len(out) != 10 {
		t.Errorf("a page that says 10 bytes became %d", len(out))
	}
}
