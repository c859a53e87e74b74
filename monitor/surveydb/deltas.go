package surveydb

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/jard-odi/jard/monitor/survey"
)

// place is a day of a service.
type place struct {
	service string
	day     int64
}

// deltas are sums by place.
type deltas map[place]survey.Sums

func (d deltas) of(service string, day int64) survey.Sums {
	at := place{service, day}
	if d[at] == nil {
		d[at] = survey.Sums{}
	}
	return d[at]
}

func (d deltas) trim() {
	for at, sums := range d {
		sums.Trim()
		if len(sums) == 0 {
			delete(d, at)
		}
	}
}

func comparePlaces(a, b place) int {
	if c := strings.Compare(a.service, b.service); c != 0 {
		return c
	}
	return int(a.day - b.day)
}

func (d deltas) pack() []byte {
	var b []byte
	for _, at := range slices.SortedFunc(maps.Keys(d), comparePlaces) {
		b = binary.AppendUvarint(b, uint64(len(at.service)))
		b = append(b, at.service...)
		b = binary.AppendVarint(b, at.day)
		body := d[at].Pack()
		b = binary.AppendUvarint(b, uint64(len(body)))
		b = append(b, body...)
	}
	return b
}

var errDelta = errors.New("these are no packed differences of sums")

// unpack hands every place of packed deltas to each.
func unpack(b []byte, each func(at place, body []byte) error) error {
	word := func() []byte {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil
		}
		w := b[size : size+int(n)] //nolint:gosec // no more than there is
		b = b[size+int(n):]        //nolint:gosec // as above
		return w
	}
	for len(b) > 0 {
		service := word()
		day, size := binary.Varint(b)
		if len(service) == 0 || size <= 0 {
			return errDelta
		}
		b = b[size:]
		body := word()
		if body == nil {
			return errDelta
		}
		if err := each(place{string(service), day}, body); err != nil {
			return err
		}
	}
	return nil
}
