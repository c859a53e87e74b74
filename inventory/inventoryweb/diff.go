package inventoryweb

import (
	"slices"
	"strings"
	"unicode"

	"github.com/jard-odi/jard/inventory"
)

// difference is one field that two revisions have differently.
type difference struct {
	Field, Label string
	Was, Is      value
}

// differences lists the fields in which is differs from was.
func (w words) differences(was, is inventory.Content) []difference {
	var changed []difference
	before, after := w.values(was), w.values(is)
	for n, v := range after {
		if !v.equal(before[n]) {
			changed = append(changed, difference{Field: v.Field, Label: v.Label, Was: before[n], Is: v})
		}
	}
	return changed
}

// span is a stretch of text that both sides have, or only this one.
type span struct {
	Text    string
	Changed bool
}

// WasSpans marks what the new wording no longer says.
func (d difference) WasSpans() []span {
	was, _ := spans(d.Was.text(), d.Is.text())
	return was
}

// IsSpans marks what the new wording says anew.
func (d difference) IsSpans() []span {
	_, is := spans(d.Was.text(), d.Is.text())
	return is
}

// maxTokens bounds the comparison, which takes time and memory by the square;
// longer texts are shown as changed from end to end.
const maxTokens = 1200

// spans compares two texts word by word.
func spans(was, is string) (a, b []span) {
	x, y := tokens(was), tokens(is)
	if len(x) > maxTokens || len(y) > maxTokens {
		return []span{{was, true}}, []span{{is, true}}
	}
	common := longest(x, y)
	n, m := 0, 0
	for n < len(x) || m < len(y) {
		switch {
		case n < len(x) && m < len(y) && x[n] == y[m]:
			a, b = grow(a, x[n], false), grow(b, y[m], false)
			n, m = n+1, m+1
		case m == len(y) || n < len(x) && common[n+1][m] >= common[n][m+1]:
			a = grow(a, x[n], true)
			n++
		default:
			b = grow(b, y[m], true)
			m++
		}
	}
	return a, b
}

// longest tells, for each pair of ends, how many tokens they have in common in order.
func longest(x, y []string) [][]int {
	common := make([][]int, len(x)+1)
	for n := range common {
		common[n] = make([]int, len(y)+1)
	}
	for n, word := range slices.Backward(x) {
		for m, other := range slices.Backward(y) {
			common[n][m] = max(common[n+1][m], common[n][m+1])
			if word == other {
				common[n][m] = common[n+1][m+1] + 1
			}
		}
	}
	return common
}

// tokens cuts a text into words and the space between them.
func tokens(s string) []string {
	var all []string
	start, space := 0, false
	for at, r := range s {
		if now := unicode.IsSpace(r); now != space || now {
			if at > start {
				all = append(all, s[start:at])
			}
			start, space = at, now
		}
	}
	if start < len(s) {
		all = append(all, s[start:])
	}
	return all
}

// grow adds a token to the last span when it is of the same kind. Space between
// two changed words belongs to the change.
func grow(all []span, token string, changed bool) []span {
	if last := len(all) - 1; last >= 0 && all[last].Changed == changed {
		all[last].Text += token
		return all
	}
	if last := len(all) - 1; last >= 1 && changed && strings.TrimSpace(all[last].Text) == "" {
		token = all[last].Text + token
		all = all[:last]
		all[last-1].Text += token
		return all
	}
	return append(all, span{token, changed})
}
