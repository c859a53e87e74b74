package survey

import (
	"encoding/csv"
	"os"
	"regexp"
	"strings"
	"testing"
)

var labelled = regexp.MustCompile(`\{([na]):([^}]*)\}`)

// unlabel takes the labels out of a comment, and tells which bytes of what is left are labelled.
func unlabel(comment string) (text string, marked []bool) {
	var b strings.Builder
	at := 0
	add := func(s string, is bool) {
		b.WriteString(s)
		for range len(s) {
			marked = append(marked, is)
		}
	}
	for _, m := range labelled.FindAllStringSubmatchIndex(comment, -1) {
		add(comment[at:m[0]], false)
		add(comment[m[4]:m[5]], true)
		at = m[1]
	}
	add(comment[at:], false)
	return b.String(), marked
}

// The sample was written and labelled by the hand that wrote the rules. Parts a to c
// were there while the rules were mended (c is of names that were in no list then), and
// only show that the rules do what they are meant to; part d was written before the
// last of them, with names as they come; its mistakes were not looked at: it
// is the one to go by. Comments of real people will be harder.
// Titles count neither way: whether "Mme" is hidden with a name harms nobody.
func TestPeopleOfTheLabelledSample(t *testing.T) {
	file, err := os.Open("testdata/people.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums, clean, spoilt := map[string]*tried{}, map[string]int{}, map[string]int{}
	for _, row := range rows[1:] {
		text, marked := unlabel(row[2])
		found := people(text)
		covered := make([]bool, len(text))
		for _, h := range found {
			for n := h.from; n < h.to; n++ {
				covered[n] = true
			}
		}
		if !strings.Contains(row[2], "{") {
			clean[row[0]]++
			if len(found) > 0 {
				spoilt[row[0]]++
			}
		}
		for _, key := range []string{row[0], row[0] + " " + row[1]} {
			if sums[key] == nil {
				sums[key] = &tried{}
			}
			for _, w := range tokens(text) {
				if titles[w.fold] || softTitles[w.fold] {
					continue
				}
				switch want, got := marked[w.from], covered[w.from]; {
				case want && got:
					sums[key].right++
				case got:
					sums[key].wrong++
				case want:
					sums[key].missed++
				}
			}
		}
		if row[0] == "a" {
			want := labelled.ReplaceAllStringFunc(row[2], func(m string) string {
				if m[1] == 'n' {
					return maskName
				}
				return maskAddress
			})
			if got := maskPeople(text); got != want {
				t.Errorf("%q becomes %q; want %q", text, got, want)
			}
		}
	}
	for _, key := range []string{"a", "b", "c", "d", "d fr", "d ar", "d aeb-Latn"} {
		t.Logf("part %s: words: precision %.2f, recall %.2f (%+v)", key, sums[key].precision(), sums[key].recall(), *sums[key])
	}
	for _, part := range []string{"b", "c", "d"} {
		t.Logf("part %s: %d of %d comments about nobody lose a word", part, spoilt[part], clean[part])
	}
	if d := sums["d"]; d.precision() < 0.85 || d.recall() < 0.65 || spoilt["d"]*10 > clean["d"] {
		t.Errorf("part d: precision %.2f, recall %.2f, %d of %d spoilt", d.precision(), d.recall(), spoilt["d"], clean["d"])
	}
}
