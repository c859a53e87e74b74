package pack

// columns is what is learned about the columns of a block. Readings that went
// well and readings that did not are learned apart.
type columns struct {
	changed chance // any of those that seldom change
	seldom  [6]number
	resized [2]chance
	size    [2]number
	steps   [2]number
	jitter  [2]number
	phases  [2][5]number
}

// walk is what both directions remember from row to row.
type walk struct {
	last  Row
	grid  int64 // readings are expected a multiple of the period from here
	begun bool
}

// context is 0 for a reading that went well.
func context(r *Row) int {
	if r.Reason == 0 && r.Attempt <= 1 {
		return 0
	}
	return 1
}

// expect returns when the reading `steps` periods on is expected.
func (w *walk) expect(r *Row, steps int64) int64 {
	if r.Every <= 0 || r.Every > 1<<50 || steps > 1<<40 || steps*(r.Every>>10) > 1<<50 {
		return w.last.At
	}
	return w.grid + steps*r.Every
}

// stepsTo returns how many periods lie between the grid and at.
func (w *walk) stepsTo(r *Row) int64 {
	if r.Every <= 0 || r.At < w.grid {
		return 0
	}
	return min((r.At-w.grid+r.Every/2)/r.Every, 1<<20)
}

// take makes r the last row. The grid follows what the schedule asked for,
// slowly; a re-check is no sign of where it stands.
func (w *walk) take(r *Row, steps int64) {
	if r.Attempt <= 1 || !w.begun {
		expected := w.expect(r, steps)
		if off := r.At - expected; w.begun && steps > 0 && max(off, -off) < r.Every>>4 {
			w.grid = expected + off>>3
		} else {
			w.grid = r.At
		}
	}
	w.last, w.begun = *r, true
}

// seldom returns the columns that seldom change.
func (r *Row) seldom() [6]int64 {
	return [6]int64{int64(r.Verdict), int64(r.Reason), int64(r.Attempt), int64(r.Flags), int64(r.Status), r.Every}
}

func (r *Row) setSeldom(v [6]int64) {
	r.Verdict, r.Reason, r.Attempt = uint8(v[0]), uint8(v[1]), uint8(v[2]) //nolint:gosec // written from the same types
	r.Flags, r.Status, r.Every = uint8(v[3]), int16(v[4]), v[5]            //nolint:gosec // likewise
}

// encodeBlock appends rows, whose times are counted from base.
func encodeBlock(out []byte, base int64, rows []Row) []byte {
	e := newEncoder(out)
	from := len(out)
	var c columns
	w := walk{last: Row{At: base}, grid: base}
	for n := range rows {
		r := &rows[n]
		now, before := r.seldom(), w.last.seldom()
		if now == before {
			e.bit(&c.changed, 0)
		} else {
			e.bit(&c.changed, 1)
			for k := range now {
				c.seldom[k].write(&e, zigzag(now[k]))
			}
		}
		x := context(r)
		steps := w.stepsTo(r)
		c.steps[x].write(&e, uint64(steps)) //nolint:gosec // not negative
		c.jitter[x].write(&e, zigzag(r.At-w.expect(r, steps)))
		if r.Bytes == w.last.Bytes {
			e.bit(&c.resized[x], 0)
		} else {
			e.bit(&c.resized[x], 1)
			c.size[x].write(&e, zigzag(r.Bytes-w.last.Bytes))
		}
		for p, us := range r.Phases {
			c.phases[x][p].write(&e, uint64(us)) //nolint:gosec // not negative
		}
		w.take(r, steps)
	}
	return e.end(from)
}

// decodeBlock appends the rows of b that lie in from..to.
func decodeBlock(k Key, b block, from, to int64, rows []Row) ([]Row, error) {
	d := newDecoder(b.bytes)
	var c columns
	base := b.hour * Hour
	w := walk{last: Row{At: base}, grid: base}
	for range b.rows {
		r := w.last
		r.Check, r.Vantage = k.Check, k.Vantage
		if d.bit(&c.changed) != 0 {
			var v [6]int64
			for n := range v {
				v[n] = unzigzag(c.seldom[n].read(&d))
			}
			r.setSeldom(v)
		}
		x := context(&r)
		steps := int64(c.steps[x].read(&d)) //nolint:gosec // below 2^63
		r.At = w.expect(&r, steps) + unzigzag(c.jitter[x].read(&d))
		if d.bit(&c.resized[x]) != 0 {
			r.Bytes += unzigzag(c.size[x].read(&d))
		}
		for p := range r.Phases {
			r.Phases[p] = int32(c.phases[x][p].read(&d)) //nolint:gosec // written from the same type
		}
		if d.beyond() {
			return rows, ErrDamaged
		}
		w.take(&r, steps)
		if r.At >= to { // later rows lie later still
			return rows, nil
		}
		if r.At >= from && r.At < to {
			rows = append(rows, r)
		}
	}
	return rows, nil
}
