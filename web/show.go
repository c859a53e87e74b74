package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"text/template/parse"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
)

//go:embed templates/*.html
var templateFiles embed.FS

// frames are what pages are shown inside.
var frames = []string{"base.html", "bare.html"}

// templates are the pages by name. They come from the binary alone, so all
// shells of a process share them.
type templates map[string]func() (*template.Template, error)

var allTemplates = sync.OnceValues(readTemplates) //nolint:gochecknoglobals // a constant table, made when it is needed

// readTemplates parses every file once. base.html, components.html and every
// file named *_parts.html are shared by all pages; any other file is a page
// and defines the block "content". A page is put together when it is first
// shown, of those shared parts that it uses: with every part, each page would
// hold megabytes, and a start would take most of its time here.
func readTemplates() (templates, error) {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	functions := template.FuncMap{"list": list}
	shared, pages := template.New("").Funcs(functions), templates{}
	for _, name := range names {
		if isShared(name) {
			if _, err := shared.ParseFS(templateFiles, name); err != nil {
				return nil, fmt.Errorf("read template: %w", err)
			}
			continue
		}
		page, err := template.New("").Funcs(functions).ParseFS(templateFiles, name)
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		pages[strings.TrimSuffix(path.Base(name), ".html")] = sync.OnceValues(func() (*template.Template, error) {
			return page, borrow(page, shared)
		})
	}
	return pages, nil
}

// borrow gives a page copies of the shared templates that it reaches: escaping
// changes a tree in place.
func borrow(page, shared *template.Template) error {
	open := append([]string{"content"}, frames...)
	for seen := map[string]bool{}; len(open) > 0; {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		t := page.Lookup(name)
		if t == nil {
			original := shared.Lookup(name)
			if original == nil {
				return fmt.Errorf("read template: nothing defines %q", name)
			}
			var err error
			if t, err = page.AddParseTree(name, original.Tree.Copy()); err != nil {
				return fmt.Errorf("read template %q: %w", name, err)
			}
		}
		open = append(open, called(t.Tree.Root)...)
	}
	return nil
}

// called are the names of the templates below a node.
func called(node parse.Node) []string {
	var names []string
	list := func(lists ...*parse.ListNode) {
		for _, l := range lists {
			if l == nil {
				continue
			}
			for _, n := range l.Nodes {
				names = append(names, called(n)...)
			}
		}
	}
	switch n := node.(type) {
	case *parse.TemplateNode:
		names = append(names, n.Name)
	case *parse.ListNode:
		list(n)
	case *parse.IfNode:
		list(n.List, n.ElseList)
	case *parse.RangeNode:
		list(n.List, n.ElseList)
	case *parse.WithNode:
		list(n.List, n.ElseList)
	}
	return names
}

func isShared(name string) bool {
	base := path.Base(name)
	return base == "base.html" || base == "components.html" || strings.HasSuffix(base, "_parts.html")
}

// list makes a list of its arguments, for components that take one.
func list(items ...any) []any { return items }

// Show answers with a page.
func (s *Shell) Show(c *gin.Context, name string, page any) error {
	return s.ShowStatus(c, http.StatusOK, name, page)
}

// ShowFault answers with a page that says what was wrong, under the status of err.
func (s *Shell) ShowFault(c *gin.Context, err error, name string, page any) error {
	err = known(err)
	for header, values := range errorHeaders(StatusOf(err), err) {
		if header != "Www-Authenticate" { // the page has its own way to sign in
			c.Writer.Header()[header] = values
		}
	}
	return s.ShowStatus(c, StatusOf(err), name, page)
}

// ShowStatus answers with a page and a status. The page is complete before the
// first byte leaves, so a page that cannot be written never half arrives.
func (s *Shell) ShowStatus(c *gin.Context, status int, name string, page any) error {
	return s.show(c, status, name, "base.html", page)
}

// show answers with a page inside a frame.
func (s *Shell) show(c *gin.Context, status int, name, frame string, page any) error {
	whole, ok := s.pages[name]
	if !ok {
		return fmt.Errorf("show page: no template %q", name)
	}
	t, err := whole()
	if err != nil {
		return fmt.Errorf("show page %s: %w", name, err)
	}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, frame, page); err != nil {
		return fmt.Errorf("show page %s: %w", name, err)
	}
	r := requestOf(c.Request.Context())
	h := c.Writer.Header()
	h.Set("Content-Language", string(r.lang))
	h.Add("Vary", "Accept-Language, Cookie, Accept-Encoding")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
		if r.actor.Known() {
			h.Set("Cache-Control", "no-store")
		}
	}
	return s.writePage(c, status, body.Bytes())
}

// writePage sends HTML, compressed when the browser can and it gains.
func (s *Shell) writePage(c *gin.Context, status int, body []byte) error {
	h := c.Writer.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if len(body) > 1400 && acceptsGzip(c.Request) {
		var small bytes.Buffer
		if err := s.compress(&small, body); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = small.Bytes()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(body) // whoever hung up does not need it any more
	return nil
}

// compress borrows a compressor: a new one costs more than the page.
func (s *Shell) compress(to *bytes.Buffer, body []byte) error {
	z, ok := s.compressors.Get().(*gzip.Writer)
	if !ok {
		z = gzip.NewWriter(to)
	}
	defer s.compressors.Put(z)
	z.Reset(to)
	_, err := z.Write(body)
	if err = errors.Join(err, z.Close()); err != nil {
		return fmt.Errorf("compress page: %w", err)
	}
	return nil
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.TrimSpace(weight) != "q=0"
		}
	}
	return false
}

// errorPage says what happened, what was kept and what to do.
type errorPage struct {
	Page
	Status   int
	Kind     string
	Messages []string
	Known    bool // the page's own words fit this kind
}

func (s *Shell) errorPage(c *gin.Context, status int, err error) {
	kind := problemKind(status)
	page := errorPage{Page: s.Page(c, problemTitle(status)), Status: status, Kind: kind}
	for _, f := range fault.All(err) {
		page.Messages = append(page.Messages, page.T(f.Key, f.Args...))
	}
	if showErr := s.ShowStatus(c, status, "web_error", page); showErr != nil {
		s.log.Error("error page failed", "err", showErr)
		c.String(status, page.Title+"\n")
	}
}
