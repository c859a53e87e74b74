package inventory

import (
	"strings"
	"unicode"
)

// Fold writes s as search compares it: lower case, without accents, with the
// several Arabic spellings of one letter made one, Western digits, and single
// spaces. People type "tresor" for "trésor" and "الفلاحه" for "الفلاحة".
//
// It covers the letters seen in real Tunisian files; the full NFKC tables
// would be a library for a handful of ligatures.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := true // so that leading space is dropped
	for _, r := range s {
		if drop(r) {
			continue
		}
		out := foldRune(unicode.ToLower(r))
		if out == " " || !letterOrDigit(out) {
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		b.WriteString(out)
		space = false
	}
	return strings.TrimSuffix(b.String(), " ")
}

// drop tells what carries no meaning for search: combining marks, tashkeel,
// tatweel, and the invisible marks that office programs leave behind.
func drop(r rune) bool {
	switch {
	case r >= 0x0300 && r <= 0x036F, r == 0x0640, r >= 0x064B && r <= 0x065F, r == 0x0670,
		r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
		return true
	}
	return false
}

func letterOrDigit(s string) bool {
	for _, r := range s {
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return false
}

// foldRune returns what r counts as; r is lower case.
func foldRune(r rune) string {
	switch {
	case r < 0x80:
		return string(r)
	case r >= 0x0660 && r <= 0x0669: // Arabic-Indic digits
		return string('0' + r - 0x0660)
	case r >= 0x06F0 && r <= 0x06F9: // Persian digits
		return string('0' + r - 0x06F0)
	case r >= 0xFE80 && r <= 0xFEF4: // presentation forms, one letter each
		return foldRune(presentation[r-0xFE80])
	case r >= 0xFEF5 && r <= 0xFEFC: // lam-alef ligatures
		return "لا"
	}
	if out, ok := folds[r]; ok {
		return out
	}
	return string(r)
}

// folds is what search treats as one: the accents of French (and of the names
// that appear in it) and the Arabic letters that people exchange.
var folds = map[rune]string{
	'à': "a", 'á': "a", 'â': "a", 'ã': "a", 'ä': "a", 'å': "a", 'ç': "c", 'è': "e", 'é': "e", 'ê': "e", 'ë': "e",
	'ì': "i", 'í': "i", 'î': "i", 'ï': "i", 'ñ': "n", 'ò': "o", 'ó': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ø': "o",
	'ù': "u", 'ú': "u", 'û': "u", 'ü': "u", 'ý': "y", 'ÿ': "y", 'œ': "oe", 'æ': "ae", 'ß': "ss", 'ﬁ': "fi", 'ﬂ': "fl",
	'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ئ': "ي", 'ة': "ه", 'ؤ': "و",
	'ڨ': "ق", 'ک': "ك", 'گ': "ك", 'ڤ': "ف", 'پ': "ب", 'ە': "ه", 'ہ': "ه",
	'²': "2", '³': "3", '°': " ", 'ª': "a", 'º': "o",
}

// presentation lists the letter behind each presentation form from U+FE80 on,
// which old spreadsheets store instead of the letter.
var presentation = []rune("ءآآأأؤؤإإئئئئااببببةةتتتتثثثثججججححححخخخخددذذررززسسسسششششصصص" +
	"صضضضضططططظظظظععععغغغغففففققققككككللللممممننننههههووىىيييي")
