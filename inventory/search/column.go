package search

import (
	"cmp"
	"slices"
	"strings"
)

// column holds one filter's values of every entry. Entries have one of few
// combinations of values, so a column keeps the combinations and for each
// entry the number of its own.
type column struct {
	codes []uint32 // by entry
	sets  [][]string
	setOf map[string]uint32
}

func newColumn() column { return column{setOf: map[string]uint32{}} }

func (c *column) add(values []string) {
	key := strings.Join(values, "\x00")
	code, ok := c.setOf[key]
	if !ok {
		code = uint32(len(c.sets))
		set := make([]string, 0, len(values))
		for _, v := range values {
			if !slices.Contains(set, v) && v != "" {
				set = append(set, strings.Clone(v))
			}
		}
		c.sets = append(c.sets, set)
		c.setOf[strings.Clone(key)] = code
	}
	c.codes = append(c.codes, code)
}

// wanted tells of every combination whether it has one of the values.
func (c *column) wanted(values []string) []bool {
	want := make([]bool, len(c.sets))
	for code, set := range c.sets {
		want[code] = slices.ContainsFunc(set, func(v string) bool { return slices.Contains(values, v) })
	}
	return want
}

// tally turns counts of combinations into counts of values, the largest first.
func (c *column) tally(counts []int32) []Count {
	n := map[string]int{}
	for code, count := range counts {
		if count > 0 {
			for _, v := range c.sets[code] {
				n[v] += int(count)
			}
		}
	}
	list := make([]Count, 0, len(n))
	for v, count := range n {
		list = append(list, Count{v, count})
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Value, b.Value))
	})
	return list
}
