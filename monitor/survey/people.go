package survey

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands for a person's name, and for where they live.
const (
	maskName    = "[nom]"
	maskAddress = "[adresse]"
)

// token is a word of a text, with what stands between it and the one before.
type token struct {
	from, to int
	text     string
	fold     string
	gap      string
	capital  bool
	arabic   bool
	number   bool
}

// tokens cuts a text into words and numbers.
func tokens(s string) []token {
	var all []token
	end := 0
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			at += size
			continue
		}
		t := token{from: at, gap: s[end:at], capital: unicode.IsUpper(r), number: unicode.IsDigit(r), arabic: unicode.Is(unicode.Arabic, r)}
		for at < len(s) {
			r, size := utf8.DecodeRuneInString(s[at:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && r != 'ـ' {
				break
			}
			t.number = t.number && unicode.IsDigit(r)
			at += size
		}
		t.to, end = at, at
		t.text = s[t.from:t.to]
		t.fold = foldWord(strings.ToLower(t.text))
		if strings.HasSuffix(t.gap, "[") && strings.HasPrefix(s[t.to:], "]") { // masked before
			t.fold, t.capital, t.number = "", false, true
		}
		all = append(all, t)
	}
	return all
}

// near tells that the word goes on from the one before: nothing but a space, a hyphen or
// an apostrophe stands between them.
func (t *token) near() bool {
	gap := strings.TrimSpace(t.gap)
	return !strings.Contains(t.gap, "\n") && (gap == "" || gap == "-" || gap == "'" || gap == "’")
}

// hidden is a stretch of a text and what is to stand for it.
type hidden struct {
	from, to int
	mask     string
}

// people finds names of persons and addresses of homes. It knows no person: it
// goes by what stands before a name (a title, "je m'appelle", "اسمي"), by given
// names that are common in Tunisia, and for addresses by a street with a number
// or with somebody living in it. Streets, hospitals and schools that bear a
// person's name stay, and so do titles of offices.
func people(s string) []hidden {
	if len(s) == 0 {
		return nil
	}
	r := reader{tokens(s)}
	var all []hidden
	for n := 0; n < len(r.t); {
		if from, to := r.address(n); to > n && (len(all) == 0 || r.t[from].from >= all[len(all)-1].to) {
			all = append(all, hidden{r.t[from].from, r.t[to-1].to, maskAddress})
			n = to
			continue
		}
		if to := r.place(n); to > n {
			n = to
			continue
		}
		if from, to := r.person(n); to > n {
			all = append(all, hidden{r.t[from].from, r.t[to-1].to, maskName})
			n = to
			continue
		}
		n++
	}
	return all
}

// maskPeople hides what people finds.
func maskPeople(s string) string {
	var out strings.Builder
	done := 0
	for _, h := range people(s) {
		out.WriteString(s[done:h.from])
		out.WriteString(h.mask)
		done = h.to
	}
	out.WriteString(s[done:])
	return out.String()
}

// reader walks over the words of a text.
type reader struct{ t []token }

func (r *reader) fold(n int) string {
	if n < 0 || n >= len(r.t) {
		return ""
	}
	return r.t[n].fold
}

// place is the end of a street, a hospital or a school that bears a person's
// name, or of a "sidi …": no person stands there.
func (r *reader) place(n int) int {
	if !places[r.fold(n)] && r.fold(n) != "sidi" && r.fold(n) != "سيدي" {
		return n
	}
	to := n + 1
	for to < len(r.t) && r.t[to].near() && connectors[r.fold(to)] {
		to++
	}
	named := to
	for to < len(r.t) && to < named+3 && r.t[to].near() && (r.given(to) || r.surname(to) || particles[r.fold(to)]) {
		to++
	}
	if to == named && r.fold(n) != "sidi" && r.fold(n) != "سيدي" {
		return n
	}
	return max(to, named)
}

// person finds a name that begins at n, or after what announces it at n.
func (r *reader) person(n int) (from, to int) {
	if at := r.announced(n); at > n {
		if to := r.said(at); to > at {
			return at, to
		}
		return n, n
	}
	if at, how := r.titled(n); at > n {
		if to := r.run(at, how); to > at {
			return n, to
		}
		return n, n
	}
	if !r.given(n) {
		return n, r.guessed(n)
	}
	to = r.run(n, onlyGiven)
	if to < len(r.t) && r.t[to].near() && numerals[r.t[to].text] {
		return n, n // a king, after whom a street or a school is named
	}
	alone := !doubtful[r.fold(n)] && (r.t[n].capital || r.t[n].arabic || n > 0 && speaking[r.fold(n-1)])
	if to-n > 1 || alone || r.pointed(n) {
		return n, to
	}
	return n, n
}

// guessed is the end of a name whose given name is in no list: after what points to a
// person with a capital or a family name behind it, or beside a known family name.
func (r *reader) guessed(n int) int {
	two := n+1 < len(r.t) && r.t[n+1].near()
	switch t := &r.t[n]; {
	case !r.free(n):
	case r.pointed(n) && (t.capital && !peoples[t.fold] || two && surnames[r.fold(n+1)]):
		return r.more(n + 1)
	case n > 1 && r.fold(n-1) == "suis" && t.capital && two && r.t[n+1].capital && r.surname(n+1):
		return r.more(n + 1)
	case t.capital && !t.arabic && two && surnames[r.fold(n+1)] && r.t[n+1].capital:
		return r.more(n + 1)
	case surnames[t.fold] && two && r.given(n+1) && !doubtful[r.fold(n+1)]:
		return r.more(n + 1)
	}
	return n
}

// announced is where a name stands that is announced at n, as by "je m'appelle".
func (r *reader) announced(n int) int {
	for _, cue := range nameCues {
		at := n
		for _, word := range cue.words {
			if r.fold(at) != word || at > n && !r.t[at].near() {
				at = -1
				break
			}
			at++
		}
		if at <= n || at >= len(r.t) {
			continue
		}
		if colon := strings.ContainsAny(r.t[at].gap, ":،,\n"); cue.colon && colon || !cue.colon && (colon && strings.Contains(r.t[at].gap, ":") || r.t[at].near()) {
			return at
		}
	}
	return n
}

// said is the end of a name that was announced: whatever its first word is,
// unless it is a word that no name begins with.
func (r *reader) said(n int) int {
	if r.t[n].number || nameless[r.fold(n)] || utf8.RuneCountInString(r.t[n].text) < 2 {
		return n
	}
	to := r.more(n + 1)
	if to == n+1 && to < len(r.t) && r.t[to].near() && r.free(to) && (to+1 == len(r.t) || !r.t[to+1].near() || nameless[r.fold(to+1)]) {
		to++ // a family name in no list
	}
	return to
}

// free tells whether the word can be a name: it is no number, none of the words that
// stand around names, and in Arabic has no article.
func (r *reader) free(n int) bool {
	if n >= len(r.t) || r.t[n].number || nameless[r.fold(n)] || titles[r.fold(n)] || utf8.RuneCountInString(r.t[n].text) < 3 {
		return false
	}
	return !r.t[n].arabic || !strings.HasPrefix(r.t[n].text, "ال")
}

// trust is what a title allows the word after it to be.
type trust int

const (
	onlyGiven trust = iota // a known given name: "si" is also another word
	nameLike               // what looks like a name: a doctor is also one of something
	anyWord                // whatever is none of an office
)

// titled is where a name would stand after a title at n, and what may be one there.
func (r *reader) titled(n int) (at int, how trust) {
	if n+1 >= len(r.t) {
		return n, onlyGiven
	}
	next := &r.t[n+1]
	if !next.near() && strings.TrimSpace(next.gap) != "." {
		return n, onlyGiven
	}
	switch kind := r.fold(n); {
	case callings[kind], next.capital && slices.Contains([]string{"M", "Me", "Pr"}, r.t[n].text):
		return n + 1, nameLike
	case titles[kind]:
		return n + 1, anyWord
	case softTitles[kind]:
		return n + 1, onlyGiven
	}
	return n, onlyGiven
}

// run is the end of a name that begins at n. After a title any word will do that is
// none of an office and does not begin a sentence.
func (r *reader) run(n int, how trust) int {
	switch {
	case r.given(n) || particles[r.fold(n)] && how > onlyGiven && n+1 < len(r.t) && r.t[n+1].near():
	case how > onlyGiven && r.surname(n), how == anyWord && r.free(n):
	default:
		return n
	}
	to := n + 1
	if particles[r.fold(n)] && !r.given(n) {
		to++
	}
	return r.more(to)
}

// more goes on with a name whose first word ends at to.
func (r *reader) more(to int) int {
	const most = 4
	for first := to; to < len(r.t) && to < first+most && r.t[to].near(); {
		switch {
		case particles[r.fold(to)] && to+1 < len(r.t) && r.t[to+1].near() && !nameless[r.fold(to+1)]:
			to += 2
		case r.given(to) && (r.t[to].capital || !doubtful[r.fold(to)]) || r.surname(to):
			to++
		default:
			return to
		}
	}
	return min(to, len(r.t))
}

// given tells whether the word is a given name.
func (r *reader) given(n int) bool {
	return n < len(r.t) && givenNames[r.fold(n)] && !r.t[n].number
}

// surname tells whether the word can be a family name where one is expected: in Latin
// letters a known one or one with a capital, in Arabic a known one or one formed as
// family names are.
func (r *reader) surname(n int) bool {
	if n >= len(r.t) || r.t[n].number || nameless[r.fold(n)] || utf8.RuneCountInString(r.t[n].text) < 3 {
		return false
	}
	t := &r.t[n]
	if surnames[t.fold] {
		return true
	}
	if !t.arabic {
		return t.capital
	}
	const least = 6
	return strings.HasPrefix(t.text, "ال") && strings.HasSuffix(t.text, "ي") && utf8.RuneCountInString(t.text) >= least
}

// pointed tells that what stands before points to a person: an employee, a relative.
func (r *reader) pointed(n int) bool {
	return n > 0 && r.t[n].near() && pointers[r.fold(n-1)]
}

// address finds an address around the kind of street at n.
func (r *reader) address(n int) (from, to int) {
	if kind := r.fold(n); !streets[kind] && !streets[strings.TrimPrefix(kind, "ب")] || r.fold(n-1) == "عن" {
		return n, n
	}
	from, to = n, n+1
	numbered, named := false, 0
	if n > 1 && r.t[n].near() && (r.fold(n-1) == "bis" || r.fold(n-1) == "ter") {
		from--
	}
	if from > 0 && r.t[from-1].number && len(r.t[from-1].text) <= 4 && onlyComma(r.t[n].gap) {
		from, numbered = from-1, true
	} else {
		from = n
	}
	const longest = 12
	for to < len(r.t) && to < n+longest {
		t := &r.t[to]
		part := streets[t.fold] || housings[t.fold]
		after := onlyComma(t.gap) && (t.number || part || t.capital && named > 0)
		if !t.near() && !after && !numero(t.gap) {
			break
		}
		switch {
		case part:
		case t.number && to+1 < len(r.t) && r.t[to+1].near() && measures[r.fold(to+1)]:
			return r.closed(from, n, to, numbered, named)
		case t.number:
			numbered = numbered || named > 0 || housings[r.fold(to-1)]
		case connectors[t.fold] && to+1 < len(r.t) && r.t[to+1].near() && !nameless[r.fold(to+1)]:
		case nameless[t.fold]:
			return r.closed(from, n, to, numbered, named)
		case named < 3 || t.capital:
			named++
		default:
			return r.closed(from, n, to, numbered, named)
		}
		to++
	}
	return r.closed(from, n, to, numbered, named)
}

// closed tells whether the words from..to are an address: somebody's number in
// a street that has a name, or where somebody says to live.
func (r *reader) closed(from, n, to int, numbered bool, named int) (int, int) {
	for to > n+1 && (connectors[r.fold(to-1)] || housings[r.fold(to-1)]) {
		to--
	}
	if named > 0 && (numbered || r.lives(from)) {
		return from, to
	}
	return n, n
}

// lives tells that somebody says to live at n, in the few words before.
func (r *reader) lives(n int) bool {
	const few = 4
	for back := 1; back <= few && n-back >= 0; back++ {
		if strings.ContainsAny(r.t[n-back+1].gap, ".!?؟;\n") {
			return false
		}
		if homes[r.fold(n-back)] {
			return true
		}
	}
	return n > 0 && strings.Contains(r.t[n].gap, ":") && (r.fold(n-1) == "adrese" || r.fold(n-1) == "عنوان")
}

func onlyComma(gap string) bool {
	gap = strings.TrimSpace(gap)
	return gap == "" || gap == "," || gap == "،"
}

func numero(gap string) bool {
	return slices.Contains([]string{"n°", "°", "nº", "#"}, strings.TrimSpace(strings.ToLower(gap)))
}
