package agent

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/jard-odi/jard/monitor/vantage"
)

// A segment is a file of readings: one line each, a checksum before it, and a
// line about the run of the program that wrote it first. A line whose end was
// never written does not match its checksum; what is before it counts.

// head is the first line of a segment.
type head struct {
	Session  string `json:"session"`   // the run of the program that wrote it
	OffsetUs int64  `json:"offset_us"` // what was added to the machine's clock
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli) //nolint:gochecknoglobals // a constant table

// appendLine writes v as a line of a segment.
func appendLine(b []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return b, err
	}
	b = fmt.Appendf(b, "%08x ", crc32.Checksum(text, castagnoli))
	return append(append(b, text...), '\n'), nil
}

// readLine returns what a line holds, and false when it is not whole.
func readLine(line []byte) ([]byte, bool) {
	const prefix = 9
	if len(line) < prefix+1 || line[prefix-1] != ' ' || line[len(line)-1] != '\n' {
		return nil, false
	}
	var sum [4]byte
	if _, err := hex.Decode(sum[:], line[:prefix-1]); err != nil {
		return nil, false
	}
	text := line[prefix : len(line)-1]
	want := uint32(sum[0])<<24 | uint32(sum[1])<<16 | uint32(sum[2])<<8 | uint32(sum[3])
	return text, crc32.Checksum(text, castagnoli) == want
}

// longestLine bounds what is read of one line.
const longestLine = 64 << 10

// readSegment reads the whole lines of a segment up to the first that is torn,
// and tells at which byte they end.
func readSegment(r io.Reader) (h head, readings []vantage.Seen, good int64, err error) {
	lines := bufio.NewReaderSize(r, longestLine)
	for n := 0; len(readings) <= vantage.MaxBatch; n++ {
		line, err := lines.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return h, readings, good, err
		}
		text, whole := readLine(line)
		if !whole {
			return h, readings, good, nil
		}
		if n == 0 {
			if json.Unmarshal(text, &h) != nil {
				return h, nil, 0, nil
			}
		} else {
			var s vantage.Seen
			if json.Unmarshal(text, &s) != nil {
				return h, readings, good, nil
			}
			readings = append(readings, s)
		}
		good += int64(len(line))
	}
	return h, readings, good, nil
}

// writeWhole puts data under path such that after a crash there is either the
// old file or the new one.
func writeWhole(path string, data []byte) error {
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bytes.NewReader(data))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes renames and removals in a folder outlast a power cut.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
