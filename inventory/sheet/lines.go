package sheet

import (
	"bufio"
	"errors"
	"io"
)

// MaxLine is the longest line a list may have; what is longer is skipped
// without being held in memory.
const MaxLine = 1 << 20

// errTooLong marks a line over MaxLine.
var errTooLong = errors.New("line too long")

// lineReader reads line by line and never holds more than MaxLine bytes.
type lineReader struct {
	r      *bufio.Reader
	buffer []byte
	number int
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next line without its end. errTooLong means that the line
// was passed over and reading can go on; any other error ends the list.
func (l *lineReader) next() ([]byte, error) {
	l.buffer = l.buffer[:0]
	l.number++
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if !long && len(l.buffer)+len(part) > MaxLine+1 {
			long = true
			l.buffer = l.buffer[:0]
		}
		if !long {
			l.buffer = append(l.buffer, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(part) == 0 && len(l.buffer) == 0 && !long:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case long:
			return nil, errTooLong
		}
		return trimEnd(l.buffer), nil
	}
}

func trimEnd(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}
