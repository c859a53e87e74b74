package surveydb

import "github.com/jard-odi/jard/monitor/survey"

// merger adds packed sums up while the next ones are being read: reading and
// unpacking take about as long as each other.
type merger struct {
	pending []piece
	bytes   []byte // that the pieces lie in
	chunks  chan []piece
	done    chan error
	sums    map[string]survey.Sums
}

// piece is the packed sums of a service in some span.
type piece struct {
	service string
	body    []byte
}

const chunkBytes = 64 << 10

// newMerger begins; finish ends it, whatever happened in between.
func newMerger() *merger {
	m := &merger{chunks: make(chan []piece, 4), done: make(chan error, 1), sums: map[string]survey.Sums{}}
	go func() {
		var first error
		for chunk := range m.chunks {
			for _, p := range chunk {
				if first == nil {
					first = m.merge(p)
				}
			}
		}
		m.done <- first
	}()
	return m
}

func (m *merger) merge(p piece) error {
	sums := m.sums[p.service]
	if sums == nil {
		sums = survey.Sums{}
		m.sums[p.service] = sums
	}
	return sums.MergePacked(p.body)
}

// add takes packed sums over; the bytes are copied.
func (m *merger) add(service string, body []byte) {
	if len(m.bytes)+len(body) > cap(m.bytes) {
		m.send()
		m.bytes = make([]byte, 0, max(chunkBytes, len(body)))
	}
	from := len(m.bytes)
	m.bytes = append(m.bytes, body...)
	m.pending = append(m.pending, piece{service, m.bytes[from:len(m.bytes):len(m.bytes)]})
}

func (m *merger) send() {
	if len(m.pending) > 0 {
		m.chunks <- m.pending
		m.pending = nil
	}
}

// finish waits for the last of it and returns what there is.
func (m *merger) finish() (map[string]survey.Sums, error) {
	m.send()
	close(m.chunks)
	if err := <-m.done; err != nil {
		return nil, err
	}
	for service, sums := range m.sums {
		if sums.Trim(); len(sums) == 0 {
			delete(m.sums, service)
		}
	}
	return m.sums, nil
}
