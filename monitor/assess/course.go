package assess

import "time"

// Course is what a service's score was at a moment and is at a later one, by the
// same criteria: what is known of one of the two moments only is left out of
// both, since a mean also moves when a good criterion turns grey.
type Course struct {
	Before, Now float64
	Coverage    float64 // share of the weights that both stand on
}

// Course compares what was known at then with what is known at now. It tells
// nothing where too little is known of both, and nothing of an index: there a
// service falls when others rise.
func (s *Set) Course(before, after Facts, then, now time.Time) (Course, bool) {
	if s.Method == Index {
		return Course{}, false
	}
	was, is := Facts{}, Facts{}
	for measure, f := range after {
		old, ok := before[measure]
		if ok && old.Known(then) && f.Known(now) && s.seen(measure, old) == s.seen(measure, f) {
			was[measure], is[measure] = old, f
		}
	}
	a, b := s.Score(was, then), s.Score(is, now)
	if a.Value == nil || b.Value == nil {
		return Course{}, false
	}
	return Course{Before: *a.Value, Now: *b.Value, Coverage: b.Coverage}, true
}

// seen tells whether the fact rests on enough observations for every criterion
// that goes by it.
func (s *Set) seen(measure Measure, f Fact) bool {
	for n := range s.Criteria {
		for _, p := range s.Criteria[n].Parts() {
			if p.Measure == measure && f.N < s.Criteria[n].Least {
				return false
			}
		}
	}
	return true
}

// Bottom is the line under which a score is of the last band; 0 where there are
// no two bands.
func (s *Set) Bottom() float64 {
	if n := len(s.Bands); n > 1 {
		return s.Bands[n-2].From
	}
	return 0
}
