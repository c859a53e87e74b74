package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"github.com/jard-odi/jard/lang"
)

const langCookie = "jard_lang"

// speaking chooses the language: what was asked for in the address, else what
// was chosen before, else (once we know who it is) the account's, else the
// browser's, else French.
func (s *Shell) speaking(c *gin.Context) {
	r := requestOf(c.Request.Context())
	if asked := askedLanguage(c); asked.Valid() {
		r.lang = asked
		if s.remembers(c) && !s.unasked(c) {
			s.RememberLanguage(c, asked)
			if !listed(c.Request.URL.Path) {
				c.Redirect(http.StatusSeeOther, withoutLang(c.Request.URL))
				c.Abort()
			}
		}
		return
	}
	if chosen := chosenLanguage(c); chosen.Valid() && !s.unasked(c) {
		r.lang = chosen
		return
	}
	r.lang = accepted(c.GetHeader("Accept-Language"))
}

// RememberLanguage makes this browser keep to a language.
func (s *Shell) RememberLanguage(c *gin.Context, tag lang.Tag) {
	s.setCookie(c, langCookie, string(tag), 365*24*3600)
}

// remembers tells whether ?lang= is a visitor's choice to keep. For a machine,
// or a file such as a feed or a badge, it is only this answer's language.
func (s *Shell) remembers(c *gin.Context) bool {
	p := c.Request.URL.Path
	return c.Request.Method == http.MethodGet && !strings.HasPrefix(p, "/api/") && path.Ext(p) == ""
}

// listed tells whether a page has an address in each language, as search engines
// want it: the sitemap names them, and they keep no cookies.
func listed(p string) bool { return strings.HasPrefix(p, "/datasets/") }

// preferred speaks the account's language to somebody who chose none here. A
// script with a token that names a language means it; a browser always names
// one, its own rather than its user's.
func (s *Shell) preferred(c *gin.Context, r *request) {
	if c.GetHeader("Authorization") != "" && c.GetHeader("Accept-Language") != "" {
		return
	}
	own := lang.Tag(r.actor.Language)
	if own.Valid() && !chosenLanguage(c).Valid() && !askedLanguage(c).Valid() {
		r.lang = own
	}
}

func chosenLanguage(c *gin.Context) lang.Tag {
	v, err := c.Cookie(langCookie)
	if err != nil {
		return ""
	}
	return lang.Tag(v)
}

// ours are the languages we speak; to list them anew for every request would
// cost more than all the rest of a small answer.
//
//nolint:gochecknoglobals // a constant table, which Go cannot compute
var ours = sync.OnceValue(func() language.Matcher {
	return language.NewMatcher([]language.Tag{language.French, language.Arabic, language.English})
})

// accepted picks the best of our languages for a browser's list.
func accepted(header string) lang.Tag {
	if header == "" {
		return lang.French // programs do not say
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return lang.French
	}
	_, i, confidence := ours().Match(wanted...)
	if confidence == language.No {
		return lang.French
	}
	return lang.All()[i]
}

// withoutLang is the same address without the choice of language. It is a
// path, so that nobody can be led to another host.
func withoutLang(u *url.URL) string {
	q := u.Query()
	q.Del("lang")
	return localPath(u.EscapedPath(), q.Encode())
}

// localPath is an address of ours. A path such as //elsewhere would be another
// host, and is refused.
func localPath(p, query string) string {
	if p = "/" + strings.TrimLeft(p, "/\\"); query != "" {
		p += "?" + query
	}
	return p
}

// askedLanguage is the language the address asks for.
func askedLanguage(c *gin.Context) lang.Tag {
	if c.Request.URL.RawQuery == "" { // as in nearly every request
		return ""
	}
	return lang.Tag(c.Query("lang"))
}
