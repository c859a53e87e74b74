package sheet

import wide "unicode/utf16"

// readShared reads the shared texts, which run over several records, and
// returns where the records after them begin.
func (b *oldBook) readShared(body []byte, at int) int {
	p := &parts{all: [][]byte{body}}
	for {
		id, more, next, ok := b.record(at)
		if !ok || id != recContinue {
			break
		}
		p.all, at = append(p.all, more), next
	}
	p.skip(4)
	count := int(p.number(4))
	for range count {
		if p.done() {
			break
		}
		b.shared = append(b.shared, p.text())
	}
	return at
}

// parts reads bytes that run over several records.
type parts struct {
	all [][]byte
	n   int // the one being read
	at  int
}

func (p *parts) done() bool {
	for p.n < len(p.all) && p.at >= len(p.all[p.n]) {
		p.n, p.at = p.n+1, 0
	}
	return p.n >= len(p.all)
}

func (p *parts) byte() byte {
	if p.done() {
		return 0
	}
	p.at++
	return p.all[p.n][p.at-1]
}

func (p *parts) number(size int) (x uint32) {
	for k := range size {
		x |= uint32(p.byte()) << (8 * k)
	}
	return x
}

func (p *parts) skip(n int) {
	for n > 0 && !p.done() {
		step := min(n, len(p.all[p.n])-p.at)
		p.at, n = p.at+step, n-step
	}
}

// text reads one shared text. Where it runs into the next record, that begins
// by saying anew how wide the letters are.
func (p *parts) text() string {
	n := int(p.number(2))
	flags := p.byte()
	runs, more := 0, 0
	if flags&8 != 0 {
		runs = int(p.number(2))
	}
	if flags&4 != 0 {
		more = int(p.number(4))
	}
	two := flags&1 == 1
	units := make([]uint16, 0, min(n, 1024))
	for n > 0 {
		if p.n < len(p.all) && p.at >= len(p.all[p.n]) {
			if p.done() {
				break
			}
			two = p.byte()&1 == 1
		}
		if p.done() {
			break
		}
		if two {
			units = append(units, uint16(p.number(2)))
		} else {
			units = append(units, uint16(p.byte()))
		}
		n--
	}
	p.skip(4*runs + more)
	return string(wide.Decode(units))
}
