package web

import (
	"maps"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
)

// Handle makes a page of a function that may fail: a fault becomes the error
// page in the caller's language. A form is read before the function runs, so
// that one too large or not UTF-8 is refused and never half-read.
func (s *Shell) Handle(page func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := readForm(c.Request)
		if err == nil {
			err = s.scanned(c.Request)
		}
		if err == nil {
			err = page(c)
		}
		if err != nil {
			s.fail(c, err)
		}
	}
}

// Machine makes an endpoint for programs: a fault becomes problem+json.
func (s *Shell) Machine(endpoint func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		requestOf(c.Request.Context()).machine = true
		if err := endpoint(c); err != nil {
			s.fail(c, err)
		}
	}
}

// isMachine guesses the caller where no handler was reached.
func (s *Shell) isMachine(c *gin.Context) bool {
	p := c.Request.URL.Path
	return requestOf(c.Request.Context()).machine || strings.HasPrefix(p, "/api/") && p != "/api/docs" || path.Ext(p) != "" ||
		slices.Contains([]string{"/metrics", "/healthz", "/readyz", "/probe"}, p)
}

// fail answers with err: once in the log if it is ours, then to the caller.
func (s *Shell) fail(c *gin.Context, err error) {
	defer c.Abort()
	ctx := c.Request.Context()
	if hungUp(ctx, err) {
		c.Status(statusGone499)
		return
	}
	err = settled(c.Request.Method, tooLate(ctx, known(err)))
	status := StatusOf(err)
	if status >= http.StatusInternalServerError {
		s.log.ErrorContext(ctx, "request failed", "route", c.FullPath(), "request", RequestID(ctx), "err", err)
	}
	if c.Writer.Written() {
		return // the answer was on its way; all that is left is the log
	}
	if status == http.StatusUnauthorized && !s.isMachine(c) {
		c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(here(c.Request)))
		return
	}
	s.answer(c, status, err)
}

// answer writes the error page or the problem.
func (s *Shell) answer(c *gin.Context, status int, err error) {
	maps.Copy(c.Writer.Header(), errorHeaders(status, err))
	c.Header("Cache-Control", "no-store")
	if s.isMachine(c) {
		p := problemOf(requestOf(c.Request.Context()), status, err)
		if misread(c.Request.URL.Path) {
			writeSentence(c.Writer, p)
			return
		}
		writeProblem(c.Writer, p)
		return
	}
	s.errorPage(c, status, err)
}

// misread tells whether callers there look at no status and take any JSON
// object without results for the end of the list: CKAN's harvester does, and
// calls the job that stopped half-way free of errors. What is no JSON it calls
// an error.
func misread(path string) bool {
	return strings.HasPrefix(path, "/api/3/") || strings.HasPrefix(path, "/api/action/")
}

// here is where to come back to after signing in: the page asked for, or the
// page a form was on.
func here(r *http.Request) string {
	if r.Method == http.MethodGet {
		return localPath(r.URL.EscapedPath(), r.URL.RawQuery)
	}
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
		return localPath(from.EscapedPath(), from.RawQuery)
	}
	return "/"
}

// Local returns p when it is an address of ours, else "/": for addresses that
// travelled through a browser.
func Local(p string) string {
	u, err := url.Parse(p)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.Contains(p, "\\") {
		return "/"
	}
	return localPath(u.EscapedPath(), u.RawQuery)
}

// WithNext is a path of ours that leads on to another once it is done with.
func WithNext(path, to string) string { return path + "?next=" + url.QueryEscape(Local(to)) }

// inMemory is how much of a form in parts is kept in memory; larger files wait on disk.
const inMemory = 8 << 20

// readForm reads a form, whichever of its two ways a browser chose to send it.
func readForm(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return nil //nolint:nilerr // a body we do not read here
	case kind == "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case kind == "multipart/form-data":
		err = r.ParseMultipartForm(inMemory)
	}
	if err = known(err); err != nil {
		if _, ok := fault.KindOf(err); ok {
			return err
		}
		return fault.New(fault.Invalid, "fault.form")
	}
	return legible(r.PostForm)
}

// missing answers where no page is.
func (s *Shell) missing(c *gin.Context) {
	s.answer(c, http.StatusNotFound, fault.New(fault.NotFound, "fault.no_page"))
}

// wrongMethod answers where there is a page, for another method.
func (s *Shell) wrongMethod(c *gin.Context) {
	s.answer(c, http.StatusMethodNotAllowed, nil)
}

func (s *Shell) alive(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.String(http.StatusOK, "ok\n")
}

// ready says whether requests can be served at all, for whoever routes them to us.
func (s *Shell) ready(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if s.opts.Ready != nil {
		if err := s.opts.Ready(c.Request.Context()); err != nil {
			s.log.Error("not ready", "err", err)
			p := problemOf(requestOf(c.Request.Context()), http.StatusServiceUnavailable, err)
			c.String(http.StatusServiceUnavailable, "not ready: %s\n", p.Detail)
			return
		}
	}
	c.String(http.StatusOK, "ready\n")
}
