// Package portal compares what a national portal shows with what was approved
// here: what never arrived, what differs, what was deleted here and is alive
// there, what is there twice, and what claims to be ours and never was. It
// decides; it asks nobody and keeps nothing.
package portal

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
)

// Offer is a dataset as the register offers it to portals, and what is left of
// a withdrawn one: enough to know it again.
type Offer struct {
	ID          string // UUID
	Ref         string
	Name        string // slug; never changes
	Institution string
	Since       time.Time // first approval
	Modified    time.Time
	Withdrawn   *time.Time
}

// Rules are what a comparison goes by.
type Rules struct {
	BaseURL string        // what the IRIs of ours begin with
	Within  time.Duration // how long a portal may take to follow
	Terms   Terms
}

// Terms knows the spellings of licences and frequencies that mean the same.
type Terms struct{ licences, frequencies map[string]string }

// TermsOf reads the spellings out of the vocabulary.
func TermsOf(v *inventory.Vocabulary) Terms {
	t := Terms{map[string]string{}, map[string]string{}}
	for _, l := range v.Licences {
		code := l.Code
		if l.AliasOf != "" {
			code = l.AliasOf
		}
		add(t.licences, code, l.Code, l.PortalID, l.URL, l.SPDX)
		for _, name := range l.Name {
			add(t.licences, code, name)
		}
	}
	for _, f := range v.Frequencies {
		add(t.frequencies, f.Code, f.Code, f.CKAN, f.EU, f.ISO8601, f.Accrual)
		add(t.frequencies, f.Code, f.Synonyms...)
		for _, name := range f.Name {
			add(t.frequencies, f.Code, name)
		}
	}
	return t
}

// add notes spellings; the first that has one keeps it.
func add(to map[string]string, code string, spellings ...string) {
	for _, s := range spellings {
		if key := spelling(s); key != "" && to[key] == "" {
			to[key] = code
		}
	}
}

// spelling is a term without what people write differently: an address of an
// authority's list is its last part, "R/P1M" is "P1M".
func spelling(s string) string {
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "R/"))
	if strings.Contains(s, "publications.europa.eu/resource/authority/") {
		s = s[strings.LastIndex(s, "/")+1:]
	}
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return address(s)
	}
	return essence(s)
}

// essence is the letters and digits of a text: what is left of it when a
// portal has had its way with spaces, punctuation, markup and case.
func essence(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// address is where an address leads: without scheme, default port, fragment,
// or a slash at the end.
func address(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" {
		return strings.TrimSpace(s)
	}
	host := strings.ToLower(u.Hostname())
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		host += ":" + p
	}
	path := strings.TrimSuffix(u.Path, "/")
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return host + path
}

// short is the beginning of a text, in at most n characters of valid UTF-8.
func short(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
