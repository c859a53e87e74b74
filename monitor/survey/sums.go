package survey

import (
	"maps"
	"slices"

	"github.com/jard-odi/jard/lang"
)

// Group is answers that may be summed up: to the same questions, given in the
// same way. Figures say which groups they merge.
type Group struct {
	Set      string
	Version  int
	Channel  Channel
	Language lang.Tag
	Verified bool
}

// Levels is how often each point of a question was given.
type Levels struct {
	Count   []int64
	Weight  []int64 // of the answers of a point, in millionths
	Squares int64   // of the single weights, in millionths
}

// Tally is a group's answers summed up.
type Tally struct {
	Answers   int64          // that count
	Apart     int64          // that do not, for their flags
	Flags     map[Flag]int64 // of either
	Questions map[string]*Levels
}

// Sums are answers summed up by group. A rating stands under its code, each
// option of a choice under its own ("finished=yes"), with one level.
type Sums map[Group]*Tally

// OptionKey is what an option is summed up under.
func OptionKey(question, option string) string { return question + "=" + option }

// GroupOf is the group of an answer.
func GroupOf(a *Answer) Group {
	return Group{Set: a.Set, Version: a.Version, Channel: a.Channel, Language: a.Language, Verified: a.Verified}
}

// Add counts an answer to the set it was given to.
func (s Sums) Add(set *Set, a *Answer) { s.count(set, a, 1) }

// Remove takes an answer that was counted away again.
func (s Sums) Remove(set *Set, a *Answer) { s.count(set, a, -1) }

func (s Sums) count(set *Set, a *Answer, by int64) {
	t := s.tally(GroupOf(a))
	for _, f := range a.Flags {
		t.flag(f, by)
	}
	if !a.Counted() {
		t.Apart += by
		return
	}
	t.Answers += by
	weight := int64(a.Weight*Unit + 0.5)
	for code, point := range a.Points {
		if q := set.Question(code); q != nil && point >= 1 && point <= q.Levels() {
			t.levels(code, q.Levels()).add(point, by, weight)
		}
	}
	for code, option := range a.Words {
		if q := set.Question(code); q != nil && q.Option(option) != nil {
			t.levels(OptionKey(code, option), 1).add(1, by, weight)
		}
	}
}

func (l *Levels) add(point int, by, weight int64) {
	l.Count[point-1] += by
	l.Weight[point-1] += by * weight
	l.Squares += by * (weight * weight / Unit)
}

func (t *Tally) flag(f Flag, by int64) {
	if t.Flags == nil {
		t.Flags = map[Flag]int64{}
	}
	t.Flags[f] += by
}

func (t *Tally) levels(key string, n int) *Levels {
	l := t.Questions[key]
	if l == nil {
		l = &Levels{Count: make([]int64, n), Weight: make([]int64, n)}
		t.Questions[key] = l
	}
	return l
}

func (s Sums) tally(g Group) *Tally {
	t := s[g]
	if t == nil {
		t = &Tally{Questions: map[string]*Levels{}}
		s[g] = t
	}
	return t
}

// Merge adds what other sums up.
func (s Sums) Merge(other Sums) {
	for g, from := range other {
		t := s.tally(g)
		t.Answers += from.Answers
		t.Apart += from.Apart
		for f, n := range from.Flags {
			t.flag(f, n)
		}
		for key, l := range from.Questions {
			t.levels(key, len(l.Count)).merge(l)
		}
	}
}

// merge adds another's levels. Sets are immutable, so that the same question
// of the same version has the same points; what differs all the same is left.
func (l *Levels) merge(from *Levels) {
	if len(l.Count) != len(from.Count) {
		return
	}
	for n := range l.Count {
		l.Count[n] += from.Count[n]
		l.Weight[n] += from.Weight[n]
	}
	l.Squares += from.Squares
}

// Trim leaves out what came to nothing.
func (s Sums) Trim() {
	for g, t := range s {
		maps.DeleteFunc(t.Flags, func(_ Flag, n int64) bool { return n == 0 })
		maps.DeleteFunc(t.Questions, func(_ string, l *Levels) bool {
			return !slices.ContainsFunc(l.Count, func(n int64) bool { return n != 0 })
		})
		if t.Answers == 0 && t.Apart == 0 && len(t.Flags) == 0 && len(t.Questions) == 0 {
			delete(s, g)
		}
	}
}
