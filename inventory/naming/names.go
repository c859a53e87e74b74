package naming

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// keywordTests compare a keyword with those before it in the same list.
var keywordTests = map[string]func(t *test, word string, before []string) (fix string, removes, hit bool){
	"case_variant": caseVariant,
	"plural":       plural,
	"synonym":      synonym,
}

func (l *Linter) words(found []Finding, field string, list []string) []Finding {
	for n, word := range list {
		for i := range l.keywords {
			t := &l.keywords[i]
			if fix, removes, hit := keywordTests[t.Test](t, word, list[:n]); hit {
				f := t.finding(field, word, fix)
				f.Removes = removes
				found = append(found, f)
				break // one thing at a time about one word
			}
		}
	}
	return found
}

// caseVariant finds the same keyword twice but for case, accents or spelling of one letter.
func caseVariant(_ *test, word string, before []string) (string, bool, bool) {
	key := inventory.Fold(word)
	for _, other := range before {
		if key != "" && inventory.Fold(other) == key {
			return "", true, true
		}
	}
	return "", false, false
}

// plural finds the singular and the plural of one word.
func plural(_ *test, word string, before []string) (string, bool, bool) {
	key := singular(inventory.Fold(word))
	for _, other := range before {
		if fold := inventory.Fold(other); fold != inventory.Fold(word) && singular(fold) == key {
			return "", true, true
		}
	}
	return "", false, false
}

// singular drops the marks of the French plural and of the two regular Arabic ones from each word.
func singular(folded string) string {
	words := strings.Fields(folded)
	for n, w := range words {
		switch {
		case len(w) > 4 && strings.HasSuffix(w, "aux"):
			words[n] = strings.TrimSuffix(w, "ux") + "l"
		case len(w) > 3 && (strings.HasSuffix(w, "s") || strings.HasSuffix(w, "x")):
			words[n] = w[:len(w)-1]
		case len([]rune(w)) > 4 && strings.HasSuffix(w, "ات"):
			words[n] = strings.TrimSuffix(w, "ات") + "ه"
		}
	}
	return strings.Join(words, " ")
}

// synonym writes one concept one way, as the parameters say.
func synonym(t *test, word string, before []string) (string, bool, bool) {
	preferred, ok := t.pairs[inventory.Fold(word)]
	if !ok || preferred == word {
		return "", false, false
	}
	for _, other := range before {
		if inventory.Fold(other) == inventory.Fold(preferred) {
			return "", true, true
		}
	}
	return preferred, false, true
}

// nameTests are the tests of column and file names.
var nameTests = map[string]func(t *test, name string, used map[string]bool) (string, bool){
	"name_blank": func(_ *test, name string, _ map[string]bool) (string, bool) {
		return "", strings.TrimSpace(name) == ""
	},
	"name_twice": func(_ *test, name string, used map[string]bool) (string, bool) {
		return "", strings.TrimSpace(name) != "" && used[inventory.Fold(name)]
	},
	"name_unit": func(_ *test, name string, _ map[string]bool) (string, bool) {
		return plain(name), unitForm.MatchString(name)
	},
	"name_letters": func(_ *test, name string, _ map[string]bool) (string, bool) {
		if strings.IndexFunc(name, isArabic) >= 0 {
			return "", false // a name in Arabic is a name; it is asked for elsewhere
		}
		bare, dot := cutExtension(name)
		fix := plain(bare)
		return fix + dot, fix != "" && strings.IndexFunc(bare, odd) >= 0
	},
	"file_version": func(_ *test, name string, _ map[string]bool) (string, bool) {
		bare, dot := cutExtension(name)
		return plain(versionForm.ReplaceAllString(bare, "")) + dot, versionForm.MatchString(bare)
	},
}

// odd is what does not belong in a name that programs read.
func odd(r rune) bool {
	return r >= 0x80 || unicode.IsSpace(r) || strings.ContainsRune(`'"()[]{}%/\+&?#,;:*<>|°`, r)
}

// unitForm is a unit in brackets at the end of a column's name: "Superficie (ha)".
var unitForm = regexp.MustCompile(`(?i)[(\[]\s*(?:en\s+)?(?:ha|hectares?|m2|m²|m3|m³|mm3|mm|cm|km|km2|km²|kg|t|tonnes?|qx|quintaux|%|dt|mdt|dinars?|tnd|°c|unit[ée]s?|nombre|l|hl|mw|gwh|kwh|tep)\s*[)\]]`)

// versionForm is what people add to a file instead of replacing it.
var versionForm = regexp.MustCompile(`(?i)(?:[ _-]*(?:copie(?:[ _-]*\d+)?|copy|final[e]?|finale?[ _-]?v?\d*|v\d+|version[ _-]?\d*|nouveau|new|\(\d+\)))+$`)

var extensionForm = regexp.MustCompile(`\.[A-Za-z0-9]{2,8}$`)

func cutExtension(name string) (bare, dot string) {
	if at := extensionForm.FindStringIndex(name); at != nil && at[0] > 0 {
		return name[:at[0]], strings.ToLower(name[at[0]:])
	}
	return name, ""
}

// plain writes a name in small letters and digits with underscores, the unit
// last: "Superficie (ha)" is superficie_ha. Arabic letters stay.
func plain(name string) string {
	name = strings.NewReplacer("%", " pct ", "²", "2", "³", "3", "°", " ").Replace(name)
	folded := name
	if strings.IndexFunc(name, isArabic) < 0 {
		folded = inventory.Fold(name)
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(folded), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), "_")
}

func numbered(name string, n int) string { return fmt.Sprintf("%s_%d", name, n) }

func distributionField(n int) string { return fmt.Sprintf("distributions.%d.format", n) }

// withBetter ends the reason with the formats that are recommended instead.
func withBetter(why lang.Text, better string) lang.Text {
	out := lang.Text{}
	for tag, text := range why {
		out[tag] = strings.TrimRight(text, " .") + " → " + better
	}
	return out
}
