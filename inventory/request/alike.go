package request

import (
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// AlikeFrom is the likeness from which on two requests are shown as asking for
// the same. A person decides; the number was set on examples (alike_test.go).
const AlikeFrom = 0.5

// Stems returns the words of s that carry its meaning, cut down to what two
// people who mean the same both write.
func Stems(s string) string {
	var out []string
	for word := range strings.FieldsSeq(inventory.Fold(s)) {
		word = stem(word)
		if len([]rune(word)) < 2 || empty[word] || slices.Contains(out, word) {
			continue
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// Alike tells from 0 to 1 how much two texts, as Stems wrote them, ask for the
// same: the share of their words that meet, a slip of the hand forgiven.
func Alike(a, b string) float64 {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	if len(x) > len(y) {
		x, y = y, x
	}
	met, taken := 0.0, make([]bool, len(y))
	for _, word := range x {
		best, at := 0.0, -1
		for n, other := range y {
			if !taken[n] {
				if close := near(word, other); close > best {
					best, at = close, n
				}
			}
		}
		if at >= 0 && best >= 0.6 {
			met += best
			taken[at] = true
		}
	}
	if met < 2 && (len(x) > 1 || len(y) > 2) {
		return met / float64(len(x)+len(y)) // one word in common is a subject, not a question
	}
	return 2 * met / float64(len(x)+len(y))
}

// near tells from 0 to 1 how much two words are written alike, by the pairs of
// letters they share.
func near(a, b string) float64 {
	if a == b {
		return 1
	}
	x, y := pairs(a), pairs(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	shared := 0
	for _, p := range x {
		if n := slices.Index(y, p); n >= 0 {
			shared++
			y = slices.Delete(y, n, n+1)
		}
	}
	return 2 * float64(shared) / float64(len(x)+len(y)+shared)
}

// pairs lists the neighbouring letters of a word.
func pairs(s string) []string {
	r := []rune(s)
	var out []string
	for n := 0; n+1 < len(r); n++ {
		out = append(out, string(r[n:n+2]))
	}
	return out
}

// stem takes off what French, English and Arabic hang onto a word.
func stem(word string) string {
	r := []rune(word)
	if len(r) > 0 && r[0] >= 0x0600 && r[0] <= 0x06FF {
		return stemArabic(word)
	}
	for _, end := range []string{"issements", "issement", "ations", "ation", "ements", "ement", "aux", "eaux", "euses", "euse", "eux", "ies", "es", "s", "x", "e"} {
		if bare, ok := strings.CutSuffix(word, end); ok && len(bare) >= 4 {
			return bare
		}
	}
	return word
}

func stemArabic(word string) string {
	for _, head := range []string{"وال", "بال", "لل", "ال", "و"} {
		if bare, ok := strings.CutPrefix(word, head); ok && len([]rune(bare)) >= 3 {
			word = bare
			break
		}
	}
	for _, end := range []string{"يات", "ات", "يه", "ين", "ون", "ه", "ي"} {
		if bare, ok := strings.CutSuffix(word, end); ok && len([]rune(bare)) >= 3 {
			return bare
		}
	}
	return word
}

// empty are the words, as stem leaves them, that every request for data holds,
// in French, English and Arabic.
var empty = map[string]bool{
	"all": true, "an": true, "and": true, "anne": true, "ans": true, "au": true, "aux": true, "avec": true, "by": true,
	"ce": true, "ces": true, "cett": true, "chiffr": true, "dans": true, "data": true, "dataset": true, "de": true,
	"depui": true, "des": true, "disponibl": true, "donn": true, "donne": true, "du": true, "en": true, "est": true,
	"et": true, "fichier": true, "figur": true, "for": true, "gouvernorat": true, "governorat": true, "in": true,
	"je": true, "jeu": true, "jeux": true, "la": true, "le": true, "les": true, "list": true, "ma": true, "mes": true,
	"mon": true, "nombr": true, "nous": true, "number": true, "of": true, "open": true, "ou": true, "ouvert": true,
	"par": true, "per": true, "pour": true, "que": true, "qui": true, "sont": true, "statistiqu": true, "sur": true,
	"tableau": true, "the": true, "to": true, "tous": true, "tout": true, "tunisi": true, "tunisia": true,
	"tunisien": true, "tunisienn": true, "un": true, "une": true, "vous": true, "year": true, "احصاي": true,
	"الت": true, "الذ": true, "الي": true, "او": true, "بيان": true, "تونس": true, "جدول": true, "حسب": true,
	"سنه": true, "سنو": true, "عدد": true, "علي": true, "عن": true, "في": true, "قايم": true, "كل": true, "لاي": true,
	"ما": true, "مع": true, "معط": true, "ملف": true, "من": true, "منذ": true, "هذا": true, "هذه": true, "هو": true,
	"هي": true, "ولا": true,
}
