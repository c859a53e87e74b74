package cataloguedb

import (
	"testing"
)

func FuzzStored(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, keyBytes))
	f.Add(make([]byte, measureBytes))
	f.Fuzz(func(t *testing.T, b []byte) {
		if keys, err := readKeys(b); err == nil && len(keys)*keyBytes != len(b) {
			t.Errorf("%d bytes are %d keys", len(b), len(keys))
		}
		_, _ = readMeasures(b) // must not panic, whatever the row holds
	})
}
