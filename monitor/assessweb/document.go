package assessweb

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// large lets who has signed in send a document.
func (p *Pages) large(c *gin.Context) {
	if web.ActorFrom(c.Request.Context()).Known() {
		p.shell.MaxBody(assess.MaxDocument + 1<<20)(c)
	}
}

// documentOf reads the document of a form; nil when none was chosen.
func documentOf(c *gin.Context) (name string, data []byte, err error) {
	header, err := c.FormFile("upload")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || header != nil && header.Filename == "" {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	if header.Size > assess.MaxDocument {
		return "", nil, fault.At("upload", "assess.document.large", assess.MaxDocument>>20)
	}
	f, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, assess.MaxDocument+1))
	if data == nil {
		data = []byte{}
	}
	return header.Filename, data, err
}

// document answers GET /desk/services/{slug}/assessment/documents/{hash}: the file
// as it came, to be kept and not to be run.
func (p *Pages) document(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	if len(c.Param("hash")) != 64 || strings.Trim(c.Param("hash"), "0123456789abcdef") != "" {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	d, err := p.store.Document(c.Request.Context(), by, c.Param("slug"), c.Param("hash"))
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(d.Name))
	c.Data(http.StatusOK, d.Kind, d.Data)
	return nil
}
