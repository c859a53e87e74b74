package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/web/static"
)

// assets are the built files, by the name they are asked for.
type assets struct {
	manifest map[string]string // "app.css" → "app-3F2A.css"
	files    map[string]asset
}

type asset struct {
	kind       string
	plain      []byte
	compressed []byte // nil when compression gains nothing
}

func (a assets) address(name string) string {
	if file, ok := a.manifest[name]; ok {
		return "/static/" + file
	}
	return ""
}

// readAssets loads what the asset build left. Pages work without it, unstyled,
// so that the program can be built and tested where there is no Node.
func (s *Shell) readAssets() error {
	dist, err := fs.Sub(static.Files, "dist")
	if err != nil {
		return fmt.Errorf("open assets: %w", err)
	}
	s.assets, err = loadAssets(dist)
	if errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("no assets: pages are shown unstyled; build them with npm ci and node web/assets/build.mjs")
		return nil
	}
	return err
}

func loadAssets(dist fs.FS) (assets, error) {
	a := assets{files: map[string]asset{}}
	b, err := fs.ReadFile(dist, "manifest.json")
	if err != nil {
		return a, fmt.Errorf("read assets: %w", err)
	}
	if err := json.Unmarshal(b, &a.manifest); err != nil {
		return a, fmt.Errorf("read assets: %w", err)
	}
	names, err := fs.Glob(dist, "*")
	if err != nil {
		return a, fmt.Errorf("list assets: %w", err)
	}
	for _, name := range names {
		if path.Ext(name) == ".gz" || strings.HasPrefix(name, ".") || name == "manifest.json" {
			continue
		}
		plain, err := fs.ReadFile(dist, name)
		if err != nil {
			return a, fmt.Errorf("read asset: %w", err)
		}
		compressed, err := fs.ReadFile(dist, name+".gz")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return a, fmt.Errorf("read asset: %w", err)
		}
		a.files[name] = asset{kindOf(name), plain, compressed}
	}
	return a, nil
}

// kindOf does not ask the machine's own table of types, which differs by machine.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".woff2":
		return "font/woff2"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// static answers with an asset. Its name changes with its content, so browsers
// keep it for good.
func (s *Shell) static(c *gin.Context) {
	a, ok := s.assets.files[strings.TrimPrefix(c.Param("file"), "/")]
	if !ok {
		s.answer(c, http.StatusNotFound, fault.New(fault.NotFound, "fault.no_page"))
		return
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if a.compressed != nil && acceptsGzip(c.Request) {
		h.Set("Content-Encoding", "gzip")
		body = a.compressed
	}
	c.Data(http.StatusOK, a.kind, body)
}
