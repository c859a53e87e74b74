package indicator

import (
	"slices"

	"github.com/jard-odi/jard/inventory"
)

// Code names an indicator in addresses, files and the JSON API.
type Code string

// The indicators: those the open-government commitment on the register asks
// for, and those the operator acts on.
const (
	Inventoried  Code = "inventoried"  // datasets in the inventory
	Frequency    Code = "frequency"    // share with an update frequency
	Published    Code = "published"    // share that the public can read
	Institutions Code = "institutions" // share of the pilot's institutions with an inventory
	Openness     Code = "openness"     // share that is open
	OnTime       Code = "on_time"      // share of promised updates that came on time
	Overdue      Code = "overdue"      // promised updates that are late and have not come
	ReviewAge    Code = "review_age"   // working days that submissions have waited
	Slippage     Code = "slippage"     // share of the committed openings whose date slipped
	Feedback     Code = "feedback"     // share of what people outside asked that was answered
)

// Codes lists the indicators in the order of a report.
func Codes() []Code {
	return []Code{Inventoried, Frequency, Published, Institutions, Openness, OnTime, Overdue, ReviewAge, Slippage, Feedback}
}

// ForPublic lists those that rest on what is public anyway.
func ForPublic() []Code { return []Code{Inventoried, Frequency, Openness, OnTime, Overdue, Feedback} }

// Valid tells whether there is such an indicator.
func (c Code) Valid() bool { return slices.Contains(Codes(), c) }

// Unit is what an indicator's value is in.
type Unit string

// The units.
const (
	Datasets    Unit = "datasets"
	Share       Unit = "share" // of one
	Updates     Unit = "updates"
	WorkingDays Unit = "working_days"
)

// Unit is what the value is in.
func (c Code) Unit() Unit {
	switch c {
	case Inventoried:
		return Datasets
	case Overdue:
		return Updates
	case ReviewAge:
		return WorkingDays
	}
	return Share
}

// OverTime tells whether the value is of a period; the others are of now.
func (c Code) OverTime() bool { return c == OnTime || c == Feedback }

// Parts names what an indicator's rows can be narrowed to; the first is what
// its numerator counts, and "all" what its denominator counts.
func (c Code) Parts() []string {
	switch c {
	case Inventoried:
		return []string{"all"}
	case Frequency:
		return []string{"with", "without", "all"}
	case Published:
		return []string{"public", "hidden", "all"}
	case Openness:
		return []string{"open", "openable", "restricted", "closed", "undecided", "all"}
	case OnTime:
		return []string{"met", "late", "waived", "all"}
	case Overdue:
		return []string{"all"}
	case ReviewAge:
		return []string{"all"}
	case Slippage:
		return []string{"slipped", "all"}
	}
	return nil
}

// Value is one indicator of one institution or of all.
type Value struct {
	Code     Code
	N, Of    int // numerator and denominator; Of is 0 where the value is no share
	Measured bool
	Amount   float64 // the value in its unit
}

// share makes the value of a share; of nothing there is none.
func share(c Code, n, of int) Value {
	v := Value{Code: c, N: n, Of: of, Measured: of > 0}
	if of > 0 {
		v.Amount = float64(n) / float64(of)
	}
	return v
}

func amount(c Code, n int) Value { return Value{Code: c, N: n, Measured: true, Amount: float64(n)} }

// Stock is what the inventory holds, by what the indicators ask.
type Stock struct {
	Datasets  int // not withdrawn
	Regular   int // with an update frequency
	Public    int
	Openness  map[inventory.Openness]int
	Late      int // with an update that is late
	Promised  int // with an update to come
	States    map[inventory.State]int
	Committed int // not open yet, with a committed date
	Passed    int // of these, the date has passed
}

// Add adds the stocks up.
func (s Stock) Add(t Stock) Stock {
	sum := Stock{
		s.Datasets + t.Datasets, s.Regular + t.Regular, s.Public + t.Public,
		map[inventory.Openness]int{},
		s.Late + t.Late,
		s.Promised + t.Promised,
		map[inventory.State]int{},
		s.Committed + t.Committed, s.Passed + t.Passed,
	}
	for _, one := range []Stock{s, t} {
		for o, n := range one.Openness {
			sum.Openness[o] += n
		}
		for state, n := range one.States {
			sum.States[state] += n
		}
	}
	return sum
}

// Answers is what became of what people outside said and asked.
type Answers struct{ Received, Answered, InTime int }

// Figures are all that the indicators of one institution, or of all, follow from.
type Figures struct {
	Stock    Stock
	Promises Promises // of the period
	Overdue  int      // now
	Queue    Ages
	Slipped  int // committed openings, put back or passed
	Bodies   int // institutions with an inventory
	BodiesOf int
	Answers  *Answers // nil: nobody measures it yet
}

// Value works an indicator out.
func (f Figures) Value(c Code) Value {
	s := f.Stock
	switch c {
	case Inventoried:
		return amount(c, s.Datasets)
	case Frequency:
		return share(c, s.Regular, s.Datasets)
	case Published:
		return share(c, s.Public, s.Datasets)
	case Institutions:
		return share(c, f.Bodies, f.BodiesOf)
	case Openness:
		return share(c, s.Openness[inventory.Open], s.Datasets)
	case OnTime:
		return share(c, f.Promises.Met, f.Promises.Judged())
	case Overdue:
		return amount(c, f.Overdue)
	case ReviewAge:
		return Value{Code: c, N: f.Queue.N, Measured: f.Queue.N > 0, Amount: float64(f.Queue.Median)}
	case Slippage:
		return share(c, f.Slipped, s.Committed)
	case Feedback:
		if f.Answers != nil {
			return share(c, f.Answers.Answered, f.Answers.Received)
		}
	}
	return Value{Code: c}
}

// Values works out all of them, in the order asked.
func (f Figures) Values(codes []Code) []Value {
	all := make([]Value, 0, len(codes))
	for _, c := range codes {
		all = append(all, f.Value(c))
	}
	return all
}
