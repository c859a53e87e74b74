package search

import (
	"strings"
	"unicode/utf8"
)

// stem cuts what grammar adds to a word, so that "barrages" finds "barrage"
// and السدود finds سدود. It cuts little: a stem that joins two meanings does
// more harm than one that misses a plural. The word is as Fold writes it.
func stem(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	switch {
	case strings.ContainsAny(word, "0123456789"):
		return word
	case r >= 0x0600 && r <= 0x06FF:
		return stemArabic(word)
	}
	return stemLatin(word)
}

// arabicArticles are what stands before a noun, longest first; folded.
var arabicArticles = []string{"وال", "بال", "كال", "فال", "ولل", "ال", "لل"}

// arabicEndings are cut once each, in this order (light10); ta marbuta is
// folded to ه.
var arabicEndings = []string{"ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي"}

func stemArabic(word string) string {
	bare := bareArabic(word)
	for _, ending := range arabicEndings {
		if cut, ok := strings.CutSuffix(bare, ending); ok && letters(cut) >= 3 {
			bare = cut
		}
	}
	return bare
}

// bareArabic takes the article off. What is left has at least
// three letters: ولاية must not become لاية, nor والي two letters.
func bareArabic(word string) string {
	for _, article := range arabicArticles {
		if cut, ok := strings.CutPrefix(word, article); ok && letters(cut) >= 3 {
			return cut
		}
	}
	return word
}

// joined returns what is left of an Arabic word without a conjunction or
// preposition written in one with it: توزيع of وتوزيع. Nobody can tell without
// a dictionary whether the letter is part of the word, as in ولاية, so this is
// looked at besides the word and never instead of it.
func joined(word string) (bare string, ok bool) {
	for _, letter := range []string{"و", "ب", "ل"} {
		if cut, has := strings.CutPrefix(word, letter); has && letters(cut) >= 4 {
			return cut, true
		}
	}
	return "", false
}

func letters(s string) int { return utf8.RuneCountInString(s) }

// latinEndings are families of French endings that mean the same word; what is
// left must keep at least so many letters.
var latinEndings = []struct {
	ending, instead string
	least           int
}{
	{"issements", "iss", 5},
	{"issement", "iss", 5},
	{"ivement", "if", 3},
	{"ellement", "el", 4},
	{"alement", "al", 4},
	{"iquement", "ic", 4},
	{"ateur", "", 5},
	{"atrice", "", 5},
	{"ation", "", 5},
	{"trice", "t", 5},
	{"teur", "t", 5},
	{"tion", "t", 5},
	{"euse", "eur", 4},
	{"elle", "el", 4},
	{"enne", "en", 4},
	{"iere", "ier", 4},
	{"ive", "if", 3},
	{"ique", "ic", 3},
}

// stemLatin stems French, and does no harm to English.
func stemLatin(word string) string {
	if len(word) < 4 {
		return word
	}
	word = singular(word)
	for _, one := range latinEndings {
		if cut, ok := strings.CutSuffix(word, one.ending); ok && len(cut) >= one.least {
			return double(cut + one.instead)
		}
	}
	return double(feminine(word))
}

// singular takes the plural off: s, x, aux.
func singular(word string) string {
	switch {
	case strings.HasSuffix(word, "eaux"), strings.HasSuffix(word, "eux"):
		return word[:len(word)-1]
	case strings.HasSuffix(word, "aux") && len(word) > 5:
		return word[:len(word)-2] + "l"
	case strings.HasSuffix(word, "ss"):
		return word
	case strings.HasSuffix(word, "s"), strings.HasSuffix(word, "x") && len(word) > 4:
		return word[:len(word)-1]
	}
	return word
}

// feminine takes e off, and the u that French writes after g and q.
func feminine(word string) string {
	for range 2 {
		if strings.HasSuffix(word, "e") && len(word) > 4 {
			word = word[:len(word)-1]
		}
	}
	if strings.HasSuffix(word, "gu") && len(word) > 4 {
		word = word[:len(word)-1]
	}
	return word
}

// double makes a doubled consonant at the end a single one.
func double(word string) string {
	n := len(word)
	if n > 4 && word[n-1] == word[n-2] && !strings.ContainsRune("aeiou", rune(word[n-1])) {
		return word[:n-1]
	}
	return word
}

// stop tells whether a word says nothing about what is looked for.
func stop(word string) bool { return stopWords[word] }

var stopWords = map[string]bool{
	"de": true, "la": true, "le": true, "les": true, "des": true, "du": true, "l": true, "d": true, "et": true, "en": true,
	"a": true, "au": true, "aux": true, "par": true, "pour": true, "sur": true, "dans": true, "un": true, "une": true,
	"ou": true, "avec": true, "qu": true, "que": true, "qui": true, "est": true, "sont": true, "ce": true, "ces": true,
	"of": true, "the": true, "in": true, "and": true, "by": true, "for": true, "to": true, "with": true,
	"في": true, "من": true, "علي": true, "الي": true, "عن": true, "و": true, "ال": true, "مع": true, "هو": true, "هي": true,
	"او": true, "التي": true, "الذي": true,
}
