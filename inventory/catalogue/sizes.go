package catalogue

// Size is what the pages of a snapshot weigh in one dialect.
type Size struct {
	Dialect           Dialect
	Plain, Gzip, Zstd int64
}

// Sizes tells what the snapshot weighs in every dialect that is served, without
// what each page says of itself.
func (s *Snapshot) Sizes() []Size {
	var out []Size
	for d := range Dialect(dialects) {
		if !d.Served() {
			continue
		}
		size := Size{Dialect: d}
		for _, l := range s.leaves {
			m := l.Measures[d]
			size.Plain, size.Gzip, size.Zstd = size.Plain+m.Plain, size.Gzip+m.Deflate, size.Zstd+m.Zstd
		}
		out = append(out, size)
	}
	return out
}

// Withdrawn is how many withdrawn datasets the snapshot knows of.
func (s *Snapshot) Withdrawn() int { return len(s.gone) }
