package indicator

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/stats"
)

// Promises counts promised updates whose last day fell within some time, by
// what came of them.
type Promises struct {
	Met     int // proved on time
	Late    int // not on time, whether or not they came later
	Waived  int // the operator let them off
	Missing int // of the late, those that have not come
}

// Judged is how many an on-time rate is of: waived ones are left out.
func (p Promises) Judged() int { return p.Met + p.Late }

// Add adds the counts up.
func (p Promises) Add(q Promises) Promises {
	return Promises{p.Met + q.Met, p.Late + q.Late, p.Waived + q.Waived, p.Missing + q.Missing}
}

// OnTime is the share that was kept; unknown when nothing had to be.
func (p Promises) OnTime() (ratio float64, known bool) {
	if p.Judged() == 0 {
		return 0, false
	}
	return float64(p.Met) / float64(p.Judged()), true
}

// Interval is where the rate lies with 95 % confidence if this were a sample
// (Wilson): wide where few promises were due.
func (p Promises) Interval() (low, high float64) {
	i, _ := stats.Wilson(int64(p.Met), int64(p.Judged()))
	return i.Low, i.High
}

// Grade says in one word how a rate is, for shape and colour beside the number.
type Grade string

// The grades.
const (
	NothingDue Grade = "none"
	Kept       Grade = "kept"   // from 95 % on
	Mostly     Grade = "mostly" // from 80 % on
	Partly     Grade = "partly" // from 50 % on
	Seldom     Grade = "seldom"
)

// Grades lists the grades from the best on; the last is that of no rate at all.
func Grades() []Grade { return []Grade{Kept, Mostly, Partly, Seldom, NothingDue} }

// Grade grades the rate.
func (p Promises) Grade() Grade {
	ratio, known := p.OnTime()
	switch {
	case !known:
		return NothingDue
	case ratio >= .95:
		return Kept
	case ratio >= .8:
		return Mostly
	case ratio >= .5:
		return Partly
	}
	return Seldom
}

// Weekly is what fell due at an institution in a week.
type Weekly struct {
	Institution string
	Week        Week
	Promises    `gorm:"embedded"`
}

// Heat is institutions by weeks: the oldest week first, each row as long as Weeks.
type Heat struct {
	Weeks []Week
	Rows  []HeatRow
}

// HeatRow is an institution's weeks.
type HeatRow struct {
	Institution string
	Cells       []Promises
	Total       Promises
}

// NewHeat arranges counts from one week to another. group names the row that
// an institution belongs to; rows that the list names are there even if nothing
// was due, the worst rate first and those without any last.
func NewHeat(from, to Week, counts []Weekly, group func(slug string) string, rows ...string) Heat {
	var h Heat
	for w := from; w <= to; w++ {
		h.Weeks = append(h.Weeks, w)
	}
	at := map[string]int{}
	row := func(name string) *HeatRow {
		n, ok := at[name]
		if !ok {
			n = len(h.Rows)
			at[name] = n
			h.Rows = append(h.Rows, HeatRow{Institution: name, Cells: make([]Promises, len(h.Weeks))})
		}
		return &h.Rows[n]
	}
	for _, name := range rows {
		row(name)
	}
	for _, c := range counts {
		if c.Week < from || c.Week > to {
			continue
		}
		r := row(group(c.Institution))
		r.Cells[c.Week-from] = r.Cells[c.Week-from].Add(c.Promises)
		r.Total = r.Total.Add(c.Promises)
	}
	slices.SortStableFunc(h.Rows, func(a, b HeatRow) int {
		x, known := a.Total.OnTime()
		y, other := b.Total.OnTime()
		if known != other {
			if known {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.Institution, b.Institution))
	})
	return h
}

// Total sums every row up.
func (h Heat) Total() (sum Promises) {
	for _, r := range h.Rows {
		sum = sum.Add(r.Total)
	}
	return sum
}

// Waiting is how many submissions of an institution were handed in on a day
// and still wait for review.
type Waiting struct {
	Institution string
	Day         Day
	N           int
}

// Ages is how long submissions have waited, in working days.
type Ages struct {
	N                   int
	Median, P90, Oldest int
	Upto                [4]int // at most a week, two, four, more
}

// AgesOf measures a queue. The day of the submission does not count, so that
// what came today has waited no day.
func AgesOf(queue []Waiting, days *inventory.Workdays, now time.Time) Ages {
	var a Ages
	all := map[int]int{}
	for _, w := range queue {
		age := days.DaysLate((w.Day + 1).Start(), now)
		all[age] += w.N
		a.N += w.N
		a.Upto[bucket(age)] += w.N
	}
	a.Median, a.P90, a.Oldest = quantile(all, a.N, .5), quantile(all, a.N, .9), quantile(all, a.N, 1)
	return a
}

// bucket is the place of an age in Ages.Upto.
func bucket(age int) int {
	for n, most := range [...]int{5, 10, 20} {
		if age <= most {
			return n
		}
	}
	return 3
}

// quantile is the smallest value that the share of all does not exceed.
func quantile(counts map[int]int, n int, share float64) int {
	if n == 0 {
		return 0
	}
	values := make([]int, 0, len(counts))
	for v := range counts {
		values = append(values, v)
	}
	slices.Sort(values)
	left := int(math.Ceil(share * float64(n)))
	for _, v := range values {
		if left -= counts[v]; left <= 0 {
			return v
		}
	}
	return values[len(values)-1]
}

// Move is how a committed opening date stands beside the first one.
type Move struct {
	Institution string
	Ref         string
	First, Last inventory.Date
}

// Slipped is by how many days it was put back; negative when brought forward.
func (m Move) Slipped() int {
	first, ok := m.First.In(inventory.Tunis())
	last, also := m.Last.In(inventory.Tunis())
	if !ok || !also {
		return 0
	}
	return int(DayOf(last) - DayOf(first))
}

// MedianSlip is the median number of days of those put back, and their number.
func MedianSlip(moves []Move) (days, n int) {
	counts := map[int]int{}
	for _, m := range moves {
		if s := m.Slipped(); s > 0 {
			counts[s]++
			n++
		}
	}
	return quantile(counts, n, .5), n
}
