package page

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold writes text so that spellings of the same words are the same: small
// letters, no accents, no vowel signs and no hamza, ta marbuta as ha, alif
// maqsura as ya, and one space between words.
func Fold(s string) string {
	var b strings.Builder
	gap := false
	for _, c := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, c), c == 'ـ', c == 'ء':
			continue
		case c == 'ة':
			c = 'ه'
		case c == 'ى':
			c = 'ي'
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// Plain is Fold without the article that Arabic joins to words.
func Plain(s string) string {
	words := strings.Fields(Fold(s))
	for n, word := range words {
		if rest, ok := strings.CutPrefix(word, "ال"); ok && len(rest) >= 6 {
			words[n] = rest
		}
	}
	return strings.Join(words, " ")
}

// Tongue says which of the three languages the text is in, by its letters and
// its small words; empty when it says too little.
func (p *Page) Tongue() string {
	arabic, latin := 0, 0
	counts := map[string]int{}
	for _, word := range p.Words {
		for _, c := range word {
			switch {
			case unicode.Is(unicode.Arabic, c):
				arabic++
			case unicode.Is(unicode.Latin, c):
				latin++
			}
		}
		if tongue := smallWords[strings.ToLower(word)]; tongue != "" {
			counts[tongue]++
		}
	}
	switch {
	case arabic+latin < 20:
		return ""
	case arabic > latin:
		return "ar"
	case counts["fr"] > counts["en"]:
		return "fr"
	case counts["en"] > counts["fr"]:
		return "en"
	}
	return ""
}

// smallWords are words that one of the two languages cannot do without.
var smallWords = map[string]string{
	"le": "fr", "la": "fr", "les": "fr", "des": "fr", "et": "fr", "du": "fr", "une": "fr", "pour": "fr", "votre": "fr", "vos": "fr", "aux": "fr",
	"est": "fr", "dans": "fr", "sur": "fr", "de": "fr", "à": "fr", "avec": "fr", "par": "fr", "en": "fr", "vous": "fr", "nous": "fr",
	"the": "en", "and": "en", "of": "en", "your": "en", "for": "en", "with": "en", "is": "en", "to": "en", "in": "en", "by": "en", "you": "en",
	"from": "en", "this": "en", "our": "en", "are": "en", "we": "en", "how": "en",
}

// Alike says how much of the words of two pages is the same, from 0 to 1.
func Alike(a, b *Page) float64 {
	if len(a.Words) == 0 && len(b.Words) == 0 {
		return 1
	}
	one, both := map[string]bool{}, map[string]bool{}
	for _, w := range a.Words {
		one[w] = true
	}
	other := map[string]bool{}
	for _, w := range b.Words {
		if other[w] = true; one[w] {
			both[w] = true
		}
	}
	return float64(len(both)) / float64(len(one)+len(other)-len(both))
}
