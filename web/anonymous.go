package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Anonymous says that below this path nobody is asked who they are: no cookie
// is read or set there, whoever signed in elsewhere is one of the public, and a
// language lasts as long as the address names it. It is called while the rooms
// are wired. A path that ends in a slash stands for all below it.
func (s *Shell) Anonymous(below string) { s.anonymous = append(s.anonymous, below) }

// FromAnywhere has an endpoint be called from pages of other sites: their
// scripts may read the answer, and what they send is not taken for a forgery.
// Only what asks nobody's name may be called so. It is called while the rooms
// are wired; the pattern is a path as net/http writes it, {slug} and all.
func (s *Shell) FromAnywhere(method, path string) {
	s.origins.AddInsecureBypassPattern(method + " " + path)
	route := strings.NewReplacer("{", ":", "}", "").Replace(path)
	s.engine.OPTIONS(route, func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Accept-Language, Content-Type, Idempotency-Key")
		h.Set("Access-Control-Max-Age", "86400")
		c.Status(http.StatusNoContent)
	})
	if s.open == nil {
		s.open = map[string]bool{}
	}
	s.open[route] = true
}

// unasked tells whether the caller is nobody to us.
func (s *Shell) unasked(c *gin.Context) bool {
	if s.open[c.FullPath()] {
		return true
	}
	for _, below := range s.anonymous {
		if strings.HasPrefix(c.Request.URL.Path, below) {
			return true
		}
	}
	return false
}

// ShowBare answers with a page that has nothing around it but its language: no
// menus, no name, for screens that stand by themselves.
func (s *Shell) ShowBare(c *gin.Context, status int, name string, page any) error {
	return s.show(c, status, name, "bare.html", page)
}

// Built answers with a file that the asset build left, under an address that
// stays: other sites load it. They keep it for a while and then ask whether it
// changed.
func (s *Shell) Built(c *gin.Context, name string) error {
	file := s.assets.manifest[name]
	a, ok := s.assets.files[file]
	if !ok {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "public, max-age=3600, stale-while-revalidate=86400")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `W/"`+file+`"`)
	if strings.Contains(c.GetHeader("If-None-Match"), `"`+file+`"`) {
		c.Status(http.StatusNotModified)
		return nil
	}
	body := a.plain
	if a.compressed != nil && acceptsGzip(c.Request) {
		h.Set("Content-Encoding", "gzip")
		body = a.compressed
	}
	c.Data(http.StatusOK, a.kind, body)
	return nil
}

// PageIn begins a page in a language of its own, whatever the caller prefers.
func (s *Shell) PageIn(c *gin.Context, tag lang.Tag, titleKey string, args ...any) Page {
	requestOf(c.Request.Context()).lang = tag
	return s.Page(c, titleKey, args...)
}
