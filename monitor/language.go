package monitor

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/jard-odi/jard/lang"
)

// What a page says of its own language, and which way it runs.
var (
	htmlTag  = regexp.MustCompile(`(?i)<html\b[^>]*>`)
	bodyTag  = regexp.MustCompile(`(?i)<body\b[^>]*>`)
	langAttr = regexp.MustCompile(`(?i)\s(?:xml:)?lang\s*=\s*["']?([a-z]{2,3})\b`)
	rightTo  = regexp.MustCompile(`(?i)\sdir\s*=\s*["']?rtl\b`)
)

const (
	// fewLetters is how many letters a text must have before its script speaks
	// for it.
	fewLetters = 120
	// mostlyArabic and hardlyArabic are shares of letters: a page in Arabic holds
	// Latin names and codes, one in French hardly an Arabic word.
	mostlyArabic, hardlyArabic = 0.5, 0.1
)

// declared returns the language that a page says it is in, and where it says
// so; empty when it says nothing.
func declared(body []byte, headers []string) (tag, where string) {
	head := htmlTag.Find(body[:min(len(body), maxReadable)])
	if found := langAttr.FindSubmatch(head); found != nil {
		return strings.ToLower(string(found[1])), "html lang"
	}
	for _, header := range headers {
		// Several languages say that it is for readers of each: no one version.
		if one := strings.ToLower(strings.TrimSpace(header)); one != "" && !strings.Contains(one, ",") {
			tag, _, _ = strings.Cut(one, "-")
			return tag, "Content-Language"
		}
	}
	if rightTo.Match(head) || rightTo.Match(bodyTag.Find(body[:min(len(body), maxReadable)])) {
		return string(lang.Arabic), "dir"
	}
	return "", ""
}

// arabicShare returns which share of the letters that people read is Arabic,
// and how many letters there are.
func arabicShare(body []byte) (share float64, letters int) {
	arabic := 0
	for _, r := range readable(body) {
		if unicode.IsLetter(r) {
			letters++
			if unicode.Is(unicode.Arabic, r) {
				arabic++
			}
		}
	}
	if letters == 0 {
		return 0, 0
	}
	return float64(arabic) / float64(letters), letters
}

// otherLanguage says what an answer is in, when that is not the language
// wanted; empty when it is, or when nothing tells. What people read stands over
// what the page says of itself.
func otherLanguage(want lang.Tag, body []byte, headers []string) string {
	share, letters := arabicShare(body)
	if letters >= fewLetters {
		switch {
		case want == lang.Arabic && share < hardlyArabic:
			return fmt.Sprintf("%.0f %% of the letters are Arabic", 100*share)
		case want != lang.Arabic && share > mostlyArabic:
			return fmt.Sprintf("%.0f %% of the letters are Arabic", 100*share)
		}
	}
	if tag, where := declared(body, headers); tag != "" && tag != string(want) {
		return where + ": " + tag
	}
	return ""
}

// language judges which language a page came in.
func (j *jury) language(e *Expect, r *Reading) {
	if e.Language == "" {
		return
	}
	got := ""
	if bytes.IndexByte(r.Body, '<') >= 0 || len(r.Seen.header("Content-Language")) > 0 {
		got = otherLanguage(e.Language, r.Body, r.Seen.header("Content-Language"))
	}
	j.say(Point{About: AboutLanguage, Want: string(e.Language), Got: got, OK: got == "", Reason: WrongLanguage})
}
