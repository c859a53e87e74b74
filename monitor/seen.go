package monitor

import (
	"bytes"
	"html"
	"net/textproto"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Seen is more of an answer than its figures: what something asked for, and
// what explains a reading that is not good.
type Seen struct {
	Header     map[string][]string
	Values     [][]string    // what each JSON claim of the check found; shorter when the answer is no JSON
	Location   string        // where a redirect leads that was not followed
	Wall       string        // by what the answer looks like a firewall's
	RetryAfter time.Duration // how long it asks to be left alone
	Excerpt    string        // the beginning of the text, personal things masked

	Answers     []string // what the name resolved to
	NameServers []string // who was asked for it, when it matters
}

// look returns what is seen of the answer, to add to it.
func (r *Reading) look() *Seen {
	if r.Seen == nil {
		r.Seen = &Seen{}
	}
	return r.Seen
}

// header returns the values of a header.
func (s *Seen) header(name string) []string {
	if s == nil {
		return nil
	}
	return s.Header[textproto.CanonicalMIMEHeaderKey(name)]
}

// maxExcerpt is how many letters of an answer are shown and kept.
const maxExcerpt = 400

var (
	hiddenParts = regexp.MustCompile(`(?is)<(script|style|noscript|template|svg|head|title)\b.*?</(script|style|noscript|template|svg|head|title)\s*>|<!--.*?-->`)
	tagParts    = regexp.MustCompile(`(?s)<[a-zA-Z/!?][^>]*>`)
	mailAddress = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN.-]+\.\pL{2,}`)
	longNumber  = regexp.MustCompile(`\p{Nd}[\p{Nd} .-]{4,}\p{Nd}`)
	longToken   = regexp.MustCompile(`[A-Za-z0-9_/+=-]{24,}`)
	titlePart   = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title\s*>`)
)

// Excerpt returns the beginning of what people read of a page, on one line,
// with mail addresses, long numbers and secrets masked.
func Excerpt(body []byte) string {
	text := readable(body)
	if title := titlePart.FindSubmatch(body); title != nil {
		if words := squeezed(html.UnescapeString(string(title[1]))); words != "" && !strings.HasPrefix(text, words) {
			text = words + " · " + text
		}
	}
	letters := []rune(text)
	cut := len(letters) > 2*maxExcerpt
	if cut {
		letters = letters[:2*maxExcerpt]
	}
	text = masked(string(letters))
	if letters = []rune(text); cut || len(letters) > maxExcerpt {
		text = strings.TrimSpace(string(letters[:min(len(letters), maxExcerpt)])) + "…"
	}
	return text
}

// maxReadable bounds how much of a body is searched for what people read.
const maxReadable = 64 << 10

// readable returns the text of a page without what browsers do not show.
func readable(body []byte) string {
	body = body[:min(len(body), maxReadable)]
	if bytes.IndexByte(body, '<') >= 0 {
		body = tagParts.ReplaceAll(hiddenParts.ReplaceAll(body, []byte(" ")), []byte(" "))
	}
	return squeezed(html.UnescapeString(strings.ToValidUTF8(string(body), "�")))
}

// squeezed puts text on one line.
func squeezed(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError
	}), " ")
}

func masked(text string) string {
	text = mailAddress.ReplaceAllString(text, "•@•")
	text = longToken.ReplaceAllString(text, "•••")
	return longNumber.ReplaceAllString(text, "•••")
}
