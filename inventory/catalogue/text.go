package catalogue

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// cleanText makes s safe to write in every format: valid UTF-8, line ends as
// \n, and none of the characters that XML 1.0 cannot carry even escaped.
// Marks of direction stay: Arabic needs them.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case unicode.IsControl(r), r == '\uFFFE', r == '\uFFFF', r == '\uFEFF':
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// cleanIRI returns an http(s) address as an IRI that every RDF syntax and URL
// parser accepts, or false when it is not one. What may not stand in a URI is
// percent-encoded, what is encoded already stays as it is.
func cleanIRI(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) || len(s) > 4000 {
		return "", false
	}
	s = escapeIRI(s)
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	return s, true
}

// escapeIRI percent-encodes every byte of s that a URI cannot carry.
func escapeIRI(s string) string {
	const hexDigits = "0123456789ABCDEF"
	authority := strings.Index(s, "//")
	pathStart := len(s)
	if authority >= 0 {
		if i := strings.IndexAny(s[authority+2:], "/?#"); i >= 0 {
			pathStart = authority + 2 + i
		}
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		bare := c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]))
		bracket := (c == '[' || c == ']') && i >= pathStart
		if c <= ' ' || c >= 0x7f || strings.IndexByte("<>\"{}|\\^`", c) >= 0 || bare || bracket {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// cleanMail returns a mailbox as it may stand after "mailto:", or false.
func cleanMail(s string) (string, bool) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || !strings.Contains(s[at:], ".") || strings.ContainsAny(s, " \t\r\n<>\"\\,;") {
		return "", false
	}
	for _, r := range s {
		if r < ' ' || r == utf8.RuneError {
			return "", false
		}
	}
	return escapeIRI(s), true
}

// wordings returns the wordings of x, French first and then Arabic and
// English: a CKAN portal shows the first one it meets.
func wordings(x lang.Text) []term {
	var terms []term
	for _, tag := range lang.All() {
		if s := cleanText(x[string(tag)]); s != "" {
			terms = append(terms, term{value: s, lang: string(tag)})
		}
	}
	return terms
}

// wording returns x in the language t alone, cleaned.
func wording(x lang.Text, t lang.Tag) string { return cleanText(x[string(t)]) }

// firstWording returns x in French, else in whatever language there is.
func firstWording(x lang.Text) string { return cleanText(x.In(lang.French)) }

// keywords returns the keywords of one language, cleaned and each once.
// CKAN's harvesters split keywords at commas, so a comma never stands in one.
func keywords(words lang.Words, t lang.Tag) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range words[string(t)] {
		for part := range strings.SplitSeq(w, ",") {
			part = strings.Join(strings.Fields(cleanText(part)), " ")
			if part != "" && !seen[part] {
				seen[part] = true
				out = append(out, part)
			}
		}
	}
	return out
}

// portalTag turns a keyword into a tag that CKAN takes, 2 to 100 characters
// long. One refused tag makes a portal refuse the whole dataset.
func portalTag(word string) (string, bool) {
	tag := inventory.PortalTag(cleanText(word))
	if utf8.RuneCountInString(tag) > 100 {
		tag = strings.TrimSpace(string([]rune(tag)[:100]))
	}
	return tag, utf8.RuneCountInString(tag) >= 2
}

// tagsIn returns the tags of one language, each once. Every format says them
// and not the keywords as they were written: CKAN makes tags of whatever its
// harvesters read, and refuses the whole dataset over one apostrophe.
func tagsIn(words lang.Words, t lang.Tag) []string {
	var tags []string
	seen := map[string]bool{}
	for _, w := range keywords(words, t) {
		if tag, ok := portalTag(w); ok && !seen[tag] {
			seen[tag] = true
			tags = append(tags, tag)
		}
	}
	return tags
}

// portalTags returns the tags of all languages, each once.
func portalTags(words lang.Words) []string {
	tags := []string{}
	seen := map[string]bool{}
	for _, t := range lang.All() {
		for _, tag := range tagsIn(words, t) {
			if !seen[tag] {
				seen[tag] = true
				tags = append(tags, tag)
			}
		}
	}
	return tags
}
