package twin

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
)

// title is a title cut into what it is about and what tells one edition of a
// series from the next: years, numbers, months, places.
type title struct {
	words  []string // each once, in order
	apart  string   // what sets editions apart, in order
	digest uint64   // of apart
}

// kinship is how two titles relate.
type kinship int

const (
	unlike kinship = iota
	apart          // of a series: the same words, another year or place
	alike
	same
)

// wordless are words that join others and carry nothing themselves, folded.
//
//nolint:gochecknoglobals // constants, which Go cannot compute
var wordless = wordsOf(" de du des d la le les l un une a au aux en et ou par pour sur dans avec selon entre ce qui que " +
	"the of and in by for on to from with من في على الي عن مع و او حسب بين هذه هذا ")

// saysLittle are words that a title may have or lack and be about the same, folded and stemmed.
//
//nolint:gochecknoglobals // constants, which Go cannot compute
var saysLittle = wordsOf(" donnee data jeu liste evolution statistique ensemble base fichier tableau tunisie tunisien tunisienne national " +
	"nationale relatif relative information indicateur open ouverte ouvert publique public maj jour mise actualise version " +
	"بيان بيانات معطي معطيات قايمه جدول احصاييات احصاييه تطور تونس تونسي تونسيه وطني وطنيه مجموعه عدد ")

// months and other words that set editions apart, folded.
//
//nolint:gochecknoglobals // constants, which Go cannot compute
var periods = wordsOf(" janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre trimestre semestre " +
	"january february march april may june july august september october november december " +
	"جانفي فيفري افريل ماي جوان جويليه اوت سبتمبر اكتوبر نوفمبر ديسمبر ثلاثي ثلاثيه سداسي سداسيه " +
	"premier premiere deuxieme troisieme quatrieme 1er 2eme 3eme 4eme t1 t2 t3 t4 s1 s2 nord sud est ouest centre ")

// placeKinds are words before the name of a place, folded and stemmed.
//
//nolint:gochecknoglobals // constants, which Go cannot compute
var placeKinds = wordsOf(" gouvernorat governorate region ولايه جهه ")

// roman are the numbers that tell parts of a title apart.
//
//nolint:gochecknoglobals // constants, which Go cannot compute
var roman = wordsOf(" i ii iii iv v vi vii viii ix x ")

// Places are words of governorates' names, folded: two places are two datasets.
type Places map[string]bool

// PlacesOf gathers the words that name governorates, in every language.
func PlacesOf(v *inventory.Vocabulary) Places {
	p := Places{}
	for _, g := range v.Governorates {
		for _, name := range g.Name {
			for word := range strings.FieldsSeq(inventory.Fold(name)) {
				if utf8.RuneCountInString(word) > 2 {
					p[stem(word)] = true
				}
			}
		}
	}
	return p
}

// home lists the places that the body's slug or the producer's name names.
func (p Places) home(slug, producer string) (places []string) {
	for word := range strings.FieldsSeq(inventory.Fold(slug + " " + producer)) {
		if short := stem(word); p[short] {
			places = append(places, short)
		}
	}
	return places
}

func listed(list map[string]bool, word string) bool { return list[word] }

// wordsOf makes a table of the words.
func wordsOf(list string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		all[word] = true
	}
	return all
}

// mostTitle is how many words of a title count: more than any has, and a bound on what a hostile one costs.
const mostTitle = 60

// cut takes a title apart; home are the places of the body that says it, which a regional one does not repeat. ok is false when it says nothing by which it could be known again.
func cut(text string, places Places, home []string) (t title, ok bool) {
	editions := slices.Clone(home)
	said := 0
	keep := func(word string) {
		if len(t.words) >= mostTitle || slices.Contains(t.words, word) {
			return
		}
		t.words = append(t.words, word)
		if !listed(saysLittle, word) {
			said++
		}
	}
	kind := "" // a word for a kind of place, dropped when the place follows
	for word := range strings.FieldsSeq(inventory.Fold(text)) {
		if listed(wordless, word) {
			continue
		}
		short := stem(word)
		if places[short] {
			kind = ""
		}
		if kind != "" {
			keep(kind)
			kind = ""
		}
		switch {
		case strings.ContainsFunc(word, unicode.IsDigit), listed(periods, word), listed(roman, word), places[short],
			utf8.RuneCountInString(word) == 1:
			editions = append(editions, short)
		case listed(placeKinds, short):
			kind = short
		default:
			keep(short)
		}
	}
	if kind != "" {
		keep(kind)
	}
	slices.Sort(t.words)
	slices.Sort(editions)
	t.apart = strings.Join(slices.Compact(editions), " ")
	t.digest = hash(t.apart)
	return t, said > 0
}

// stem drops what French plurals and the Arabic article add. It is light on
// purpose: two words made one by mistake cost a false alarm.
func stem(word string) string {
	const article = "ال"
	if rest, ok := strings.CutPrefix(word, article); ok && utf8.RuneCountInString(rest) > 2 {
		return rest
	}
	if len(word) > 3 && (strings.HasSuffix(word, "s") || strings.HasSuffix(word, "x")) {
		return word[:len(word)-1]
	}
	return word
}

// likeness is the closest that any title of one entry is to any of the other.
// Whether they are of a series is only found out when it is asked for.
func likeness(a, b []title, series bool) kinship {
	best := unlike
	for _, x := range a {
		for _, y := range b {
			if series || x.digest == y.digest {
				best = max(best, x.like(y))
			}
		}
	}
	return best
}

// like compares two titles word by word.
func (t title) like(o title) kinship {
	left, right := without(t.words, o.words), without(o.words, t.words)
	if len(left)+len(right) == 0 {
		if t.apart != o.apart {
			return apart
		}
		return same
	}
	if common := len(t.words) - len(left); 2*common < max(len(t.words), len(o.words)) {
		return unlike
	}
	for n := 0; n < len(left); n++ {
		at := slices.IndexFunc(right, func(word string) bool { return slip(left[n], word) })
		if at >= 0 {
			left, right = slices.Delete(left, n, n+1), slices.Delete(right, at, at+1)
			n--
		}
	}
	for _, word := range append(left, right...) {
		if !listed(saysLittle, word) {
			return unlike
		}
	}
	if t.apart != o.apart {
		return apart
	}
	return alike
}

// without returns the words of a that b lacks. Both are in order.
func without(a, b []string) (rest []string) {
	for _, word := range a {
		if _, there := slices.BinarySearch(b, word); !there {
			rest = append(rest, word)
		}
	}
	return rest
}

// longEnough is the length from which one wrong letter is a slip and no other word.
const longEnough = 6

// slip tells whether one letter was mistyped, left out, doubled, or two changed places.
func slip(a, b string) bool {
	if a == "" || b == "" || a[0] != b[0] && a[len(a)-1] != b[len(b)-1] {
		return false // one slip leaves the beginning or the end as it was
	}
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < longEnough-1 || len(y) < longEnough || len(y)-len(x) > 1 {
		return false
	}
	n := 0
	for n < len(x) && x[n] == y[n] {
		n++
	}
	if len(x) < len(y) {
		return string(x[n:]) == string(y[n+1:])
	}
	if n+1 >= len(x) {
		return false // the last letter makes masculine and feminine, singular and plural: other rules have those
	}
	return string(x[n+1:]) == string(y[n+1:]) || x[n] == y[n+1] && x[n+1] == y[n] && string(x[n+2:]) == string(y[n+2:])
}
