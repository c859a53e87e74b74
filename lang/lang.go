// Package lang holds the three languages Jard speaks and text kept in several
// of them.
package lang

import (
	"slices"
	"strings"
)

// Tag is a language code.
type Tag string

// The languages, Arabic being the official one and French the working one.
const (
	French  Tag = "fr"
	Arabic  Tag = "ar"
	English Tag = "en"
)

// All lists the languages in the order a switch shows them.
func All() []Tag { return []Tag{French, Arabic, English} }

// Valid tells whether Jard speaks t.
func (t Tag) Valid() bool { return slices.Contains(All(), t) }

// Dir is the direction of writing, as the HTML attribute wants it.
func (t Tag) Dir() string {
	if t == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Text is one text in several languages: code to wording. A nil Text is empty.
type Text map[string]string

// In returns the text in the language t, else in the first of French, Arabic
// and English that has one. French comes first because it is what ministries
// fill in and what CKAN portals must show first.
func (x Text) In(t Tag) string {
	s, _ := x.Pick(t)
	return s
}

// Pick is In, and tells which language it found, for the lang attribute.
func (x Text) Pick(t Tag) (text string, found Tag) {
	for _, code := range append([]Tag{t}, All()...) {
		if s := strings.TrimSpace(x[string(code)]); s != "" {
			return s, code
		}
	}
	return "", t
}

// Empty tells whether there is no wording in any language.
func (x Text) Empty() bool {
	for _, s := range x {
		if strings.TrimSpace(s) != "" {
			return false
		}
	}
	return true
}

// Clean returns x with the space around each wording removed and without empty wordings
// and languages Jard does not speak; never nil, so that it is stored as {}.
func (x Text) Clean() Text {
	out := Text{}
	for code, s := range x {
		if s = strings.TrimSpace(s); s != "" && Tag(code).Valid() {
			out[code] = s
		}
	}
	return out
}

// Words is a list of words or phrases in several languages.
type Words map[string][]string
