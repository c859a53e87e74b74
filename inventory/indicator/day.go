// Package indicator says what the programme is measured by: what each figure
// counts and what it does not, over which time, and what a quarterly statement
// holds. Rules only; the figures come from outside.
package indicator

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// Day counts days in Tunis from 1 January 1970.
type Day int

// Week counts weeks by their Mondays; week 0 is that of 1 January 1970.
type Week int

const (
	daySeconds = 24 * 60 * 60
	daysInWeek = 7
	monday     = 3 // days from the Monday before it to 1 January 1970
)

// DayOf returns the day in Tunis that t falls on.
func DayOf(t time.Time) Day {
	local := t.In(inventory.Tunis())
	return Day(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC).Unix() / daySeconds)
}

// Start is the first instant of the day.
func (d Day) Start() time.Time {
	day := time.Unix(int64(d)*daySeconds, 0).UTC()
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, inventory.Tunis())
}

// Date writes the day as the register does.
func (d Day) Date() inventory.Date { return inventory.DateOf(d.Start(), inventory.Tunis()) }

// Week is the week of the day.
func (d Day) Week() Week { return Week((int(d) + monday) / daysInWeek) }

// Monday is the first day of the week.
func (w Week) Monday() Day { return Day(int(w)*daysInWeek - monday) }

// Sunday is its last.
func (w Week) Sunday() Day { return w.Monday() + daysInWeek - 1 }

// Period is a run of days, both ends included.
type Period struct{ From, To Day }

// YearTo is the year that ends with the day of now: what an on-time rate is of
// when nobody asks for another period.
func YearTo(now time.Time) Period {
	return Period{DayOf(now.AddDate(-1, 0, 0)) + 1, DayOf(now)}
}

// mostYears bounds a period: what is asked for by mistake should cost little.
const mostYears = 10

// ParsePeriod reads the ends of a period as somebody typed them; what is left
// empty is that of the year to now.
func ParsePeriod(from, to string, now time.Time) (Period, error) {
	p := YearTo(now)
	end, err := parseDay("to", to, p.To)
	if err != nil {
		return p, err
	}
	if to != "" && from == "" {
		p.From = DayOf(end.Start().AddDate(-1, 0, 0)) + 1
	}
	begin, err := parseDay("from", from, p.From)
	if err != nil {
		return p, err
	}
	switch {
	case begin > end:
		return p, fault.At("to", "indicator.period.order")
	case end-begin > mostYears*366:
		return p, fault.At("from", "indicator.period.long", mostYears)
	}
	return Period{begin, end}, nil
}

func parseDay(field, s string, fallback Day) (Day, error) {
	if s = strings.TrimSpace(s); s == "" {
		return fallback, nil
	}
	date := inventory.Date(s)
	t, ok := date.In(inventory.Tunis())
	if !ok || !date.Plausible() {
		return 0, fault.At(field, "fault.date", clip(s))
	}
	return DayOf(t), nil
}

// clip shortens what somebody typed for a sentence about it.
func clip(s string) string {
	const longest = 40
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// Quarter is three months of a year: 2026-Q3.
type Quarter struct{ Year, N int }

// QuarterOf returns the quarter that t falls in, in Tunis.
func QuarterOf(t time.Time) Quarter {
	local := t.In(inventory.Tunis())
	return Quarter{local.Year(), (int(local.Month())-1)/3 + 1}
}

// ParseQuarter reads "2026-Q3".
func ParseQuarter(s string) (Quarter, error) {
	year, n, found := strings.Cut(s, "-Q")
	y, errY := strconv.Atoi(year)
	k, errN := strconv.Atoi(n)
	q := Quarter{y, k}
	if !found || errY != nil || errN != nil || y < 2000 || y > 2200 || k < 1 || k > 4 || q.String() != s {
		return Quarter{}, fault.At("quarter", "statement.quarter.form", clip(s))
	}
	return q, nil
}

// String writes the quarter as addresses do.
func (q Quarter) String() string { return fmt.Sprintf("%d-Q%d", q.Year, q.N) }

// Start is the first instant of the quarter.
func (q Quarter) Start() time.Time {
	return time.Date(q.Year, time.Month(3*q.N-2), 1, 0, 0, 0, 0, inventory.Tunis())
}

// End is the first instant after it.
func (q Quarter) End() time.Time { return q.Next().Start() }

// Next is the quarter after.
func (q Quarter) Next() Quarter {
	if q.N == 4 {
		return Quarter{q.Year + 1, 1}
	}
	return Quarter{q.Year, q.N + 1}
}

// Before is the quarter before.
func (q Quarter) Before() Quarter {
	if q.N == 1 {
		return Quarter{q.Year - 1, 4}
	}
	return Quarter{q.Year, q.N - 1}
}

// Period is the quarter's days.
func (q Quarter) Period() Period { return Period{DayOf(q.Start()), DayOf(q.End()) - 1} }
