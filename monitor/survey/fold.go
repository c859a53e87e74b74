package survey

import (
	"strings"
	"unicode"
)

// fold cuts what somebody wrote into words, each brought to one spelling: no
// capitals, accents, vowel signs or doubled letters, one form of each Arabic
// letter, no article before it, and the figures that stand for letters in
// Tunisian written with Latin letters read as those letters. It is made for
// recognising words, not for showing them.
func fold(text string) []string {
	var words []string
	for _, raw := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && r != 'ـ'
	}) {
		if word := foldWord(raw); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// letters are single letters brought to one form; "" leaves them out.
var letters = map[rune]string{
	'à': "a", 'â': "a", 'ä': "a", 'á': "a", 'ç': "c", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e", 'î': "i", 'ï': "i", 'í': "i",
	'ô': "o", 'ö': "o", 'ó': "o", 'ù': "u", 'û': "u", 'ü': "u", 'ú': "u", 'ÿ': "i", 'œ': "oe", 'æ': "ae", 'ñ': "n",
	'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ى': "ي", 'ئ': "ي", 'ؤ': "و", 'ء': "", 'ة': "ه", 'ـ': "", 'ڨ': "ق", 'ڤ': "ف", 'ک': "ك", 'ی': "ي",
}

// sounds are figures as letters: 3 is ع, 7 is ح, and so on.
var sounds = map[rune]string{'2': "", '3': "a", '5': "kh", '6': "t", '7': "h", '8': "gh", '9': "k"}

// spellings are Latin letters that people choose freely among.
var spellings = strings.NewReplacer("sh", "ch", "ou", "u", "oo", "u", "ee", "i", "w", "u", "y", "i", "q", "k", "dh", "d", "th", "t", "ph", "f")

func foldWord(raw string) string {
	var b strings.Builder
	figures, latin := false, false
	for _, r := range raw {
		latin = latin || r < 0x250 && unicode.IsLetter(r)
		figures = figures || unicode.IsDigit(r)
	}
	for _, r := range raw {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if sound, ok := sounds[r]; ok && latin {
			b.WriteString(sound)
		} else if plain, ok := letters[r]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	word := b.String()
	if latin {
		word = spellings.Replace(word)
	} else if !figures {
		word = bare(word)
	}
	return once(word, figures && !latin)
}

// bare takes the article away, with what is written together with it.
func bare(word string) string {
	r := []rune(word)
	for _, before := range []string{"وال", "فال", "بال", "كال", "لل", "ال"} {
		if n := len([]rune(before)); len(r) >= n+3 && strings.HasPrefix(word, before) {
			return string(r[n:])
		}
	}
	return word
}

// once writes doubled letters once: people double them to be heard. A number
// stays as it is.
func once(word string, number bool) string {
	if number {
		return word
	}
	var b strings.Builder
	last := rune(-1)
	for _, r := range word {
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}
