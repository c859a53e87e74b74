package naming

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// seen is what one walk over a title tells, so that most rules need no other.
type seen struct {
	upper, lower, latin, arabic, digits int
	spaces                              bool // double, leading or trailing, or of an unusual kind
	blank                               bool // any space at all
	tatweel                             bool
	joined                              bool // Latin and Arabic letters touch
	low                                 bool // an underscore
}

func look(s string) seen {
	var t seen
	before := rune(' ')
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z':
			t.lower++
			t.latin++
		case r >= 'A' && r <= 'Z':
			t.upper++
			t.latin++
		case r >= '0' && r <= '9':
			t.digits++
		case r == ' ':
			t.blank = true
			t.spaces = t.spaces || before == ' '
		case r == '_':
			t.low = true
		case r == '\u0640':
			t.tatweel = true
		case r < utf8.RuneSelf:
		case isArabic(r):
			t.arabic++
		case r == '\u00a0' || r == '\t':
			t.spaces = t.spaces || before == ' '
		case unicode.IsUpper(r):
			t.upper++
			t.latin++
		case unicode.IsLetter(r):
			t.lower++
			t.latin++
		}
		t.joined = t.joined || isArabic(r) && isLatin(before) || isLatin(r) && isArabic(before)
		before = r
	}
	t.spaces = t.spaces || before == ' ' && s != ""
	return t
}

func isArabic(r rune) bool {
	return r >= 0x0621 && r <= 0x064A && r != 0x0640 || r >= 0xFE80 && r <= 0xFEFC
}

func isLatin(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x00C0 && r <= 0x024F && unicode.IsLetter(r)
}

// titleTests are the tests of titles by name: what to write instead, and
// whether there is anything to say.
var titleTests = map[string]func(t *test, s string, tag lang.Tag, seen seen) (string, bool){
	"all_caps":     allCaps,
	"end_mark":     endMark,
	"year":         year,
	"file_name":    fileName,
	"abbreviation": abbreviation,
	"update_mark":  updateMark,
	"spaces":       spaces,
	"tatweel":      tatweel,
	"mixed_script": mixedScript,
}

// Knows tells whether there is a test of the name.
func Knows(name string) bool {
	_, title := titleTests[name]
	_, column := nameTests[name]
	_, keyword := keywordTests[name]
	return title || column || keyword || name == "format"
}

// allCaps finds titles written in capitals; acronyms of one or two short words
// are names and left alone. Words of the parameters are written as they stand.
func allCaps(t *test, s string, _ lang.Tag, seen seen) (string, bool) {
	if seen.lower > 0 || seen.upper < 9 || !seen.blank {
		return "", false
	}
	words := strings.Fields(s)
	for n, word := range words {
		bare := strings.Trim(word, "()[],;:.\"«»'’-")
		key := inventory.Fold(bare)
		if known, ok := t.set[key]; ok {
			words[n] = strings.Replace(word, bare, known, 1)
			continue
		}
		words[n] = strings.ToLower(word)
		if before, after, ok := strings.Cut(word, "'"); ok { // L'ETAT, D'AGRUMES
			if known, ok := t.set[inventory.Fold(after)]; ok {
				words[n] = strings.ToLower(before) + "'" + known
			}
		}
	}
	return capital(strings.Join(words, " ")), true
}

// capital begins s with a capital letter.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// endMark finds titles that end like a sentence.
func endMark(_ *test, s string, _ lang.Tag, _ seen) (string, bool) {
	trimmed := strings.TrimRight(s, " .,;:،؛…-–_")
	if trimmed == strings.TrimRight(s, " ") || trimmed == "" {
		return "", false
	}
	last := trimmed[strings.LastIndexByte(trimmed, ' ')+1:]
	rest := s[len(trimmed):]
	if strings.HasPrefix(rest, ".") && strings.Count(strings.TrimSpace(rest), ".") == 1 && utf8.RuneCountInString(last) <= 4 && len(last) < len(trimmed) {
		return "", false // an abbreviation: "etc.", "éd."
	}
	return trimmed, true
}

// yearForm is a year, or a span of years, standing by itself.
var yearForm = regexp.MustCompile(`(^|[^\p{L}\p{N}/-])((?:19|20)\d\d)(\s*[-–/]\s*(?:(?:19|20)?\d\d))?($|[^\p{L}\p{N}/-])`)

// yearIntro is what stands before a year and falls with it.
var yearIntro = regexp.MustCompile(`(?i)(?:[\s,;:(\[–-]|^)*(?:\b(?:pour|de|en|durant|au titre de|au|fin|de l['’]|l['’]|jusqu['’]en|depuis|entre|in|of|for|year)\s*)*(?:\b(?:l['’]ann[ée]e|ann[ée]e|les ann[ée]es|(?:la )?campagne(?: agricole)?|exercice|(?:la )?saison)\s*)?$`)

var yearIntroArabic = regexp.MustCompile(`(?:[\s،(\[–-]|^)*(?:(?:في|خلال|لسنة|سنة|لعام|عام|للسنة|منذ)\s*)*$`)

// year finds a year in the title of what will be brought up to date. A year
// that belongs to a name (a law, a plan, a census: the parameters) may stay.
func year(t *test, s string, tag lang.Tag, seen seen) (string, bool) {
	if seen.digits < 4 {
		return "", false
	}
	at := yearForm.FindStringSubmatchIndex(s)
	if at == nil {
		return "", false
	}
	before, after := s[:at[4]], s[at[1]-(at[9]-at[8]):]
	for word := range strings.FieldsSeq(inventory.Fold(before)) {
		if _, named := t.set[word]; named {
			return "", false
		}
	}
	intro := yearIntro
	if tag == lang.Arabic {
		intro = yearIntroArabic
	}
	before = intro.ReplaceAllString(before, "")
	dash := strings.HasPrefix(strings.TrimLeft(after, " )]"), "-") && before != ""
	after = strings.TrimLeft(after, " )],;:-–")
	if dash && after != "" {
		after = "- " + after
	}
	fix := strings.TrimSpace(strings.TrimRight(before, " ") + " " + after)
	if fix == "" || yearForm.MatchString(fix) || utf8.RuneCountInString(fix) < 4 {
		return "", true // there is more than one year: a person decides
	}
	return fix, true
}

var extension = regexp.MustCompile(`(?i)\.(csv|xlsx?|docx?|pdf|zip|json|geojson|xml|txt|shp|kml|jpe?g|png)\s*$`)

// fileName finds names of files used as titles.
func fileName(_ *test, s string, _ lang.Tag, seen seen) (string, bool) {
	bare := s
	if strings.ContainsRune(s, '.') {
		bare = extension.ReplaceAllString(s, "")
	}
	if bare == s && (!seen.low || seen.blank) {
		return "", false
	}
	fix := strings.Join(strings.FieldsFunc(bare, func(r rune) bool { return r == '_' || r == ' ' }), " ")
	if !seen.blank && !seen.low && !strings.ContainsAny(bare, " ") {
		fix = strings.ReplaceAll(fix, "-", " ")
	}
	if utf8.RuneCountInString(fix) < 3 {
		return "", true
	}
	return capital(fix), true
}

// abbreviation writes out what the parameters list: "gouv. = gouvernorat".
func abbreviation(t *test, s string, _ lang.Tag, _ seen) (string, bool) {
	low := strings.ToLower(s)
	if len(low) != len(s) {
		return "", false // lower case moved the bytes: too odd to touch
	}
	out, from := "", 0
	for at := 0; at < len(s); {
		hit := t.abbreviated(low, at)
		if hit.from == "" {
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
			continue
		}
		out += s[from:at] + like(s[at:], hit.to)
		at += len(hit.from)
		from = at
	}
	if out == "" {
		return "", false
	}
	return out + s[from:], true
}

// abbreviated finds which of the pairs stands at a place, as a word of its own.
func (t *test) abbreviated(low string, at int) pair {
	if before, _ := utf8.DecodeLastRuneInString(low[:at]); at > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) {
		return pair{}
	}
	for _, p := range t.matcher {
		rest, ok := strings.CutPrefix(low[at:], p.from)
		if !ok {
			continue
		}
		next, _ := utf8.DecodeRuneInString(rest)
		if strings.HasSuffix(p.from, ".") || rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '.' {
			return p
		}
	}
	return pair{}
}

// like begins word with a capital when what it replaces did.
func like(model, word string) string {
	if r, _ := utf8.DecodeRuneInString(model); unicode.IsUpper(r) {
		return capital(word)
	}
	return word
}

var updated = regexp.MustCompile(`(?i)[\s(\[,;:–-]*(?:\bmaj\b|\bm\.?\s?à\.?\s?j\b\.?|\bmise? à jour\b|\bactualis[ée]e?s?\b|\bversion\b|\bتحيين\b|محين[ةه]?)\s*(?:le|du|au|en|:|بتاريخ)?\s*[:.-]?\s*\d{1,4}(?:[/.\-]\d{1,4}){0,2}[)\]]*`)

// updateMark finds "MAJ 10/11/2020": the register knows when data were updated.
func updateMark(_ *test, s string, _ lang.Tag, seen seen) (string, bool) {
	if seen.digits == 0 || !updated.MatchString(s) {
		return "", false
	}
	fix := strings.TrimSpace(updated.ReplaceAllString(s, ""))
	if utf8.RuneCountInString(fix) < 4 {
		fix = ""
	}
	return fix, true
}

// spaces finds two spaces in a row, and spaces at either end.
func spaces(_ *test, s string, _ lang.Tag, seen seen) (string, bool) {
	return strings.Join(strings.Fields(s), " "), seen.spaces
}

// tatweel finds the stroke that stretches Arabic letters.
func tatweel(_ *test, s string, _ lang.Tag, seen seen) (string, bool) {
	if !seen.tatweel {
		return "", false
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u0640", "")), " "), true
}

// mixedScript finds words of two scripts, and a title in the field of the
// other language.
func mixedScript(_ *test, s string, tag lang.Tag, seen seen) (string, bool) {
	wrong := tag == lang.Arabic && seen.arabic == 0 && seen.latin > 3 || tag != lang.Arabic && seen.latin == 0 && seen.arabic > 3
	if !wrong && !seen.joined {
		return "", false
	}
	if wrong {
		return "", true
	}
	return parted(s), true
}

// parted puts a space between touching letters of two scripts.
func parted(s string) string {
	var b strings.Builder
	before := rune(' ')
	for _, r := range s {
		if isArabic(r) && isLatin(before) || isLatin(r) && isArabic(before) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}
