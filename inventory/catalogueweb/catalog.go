package catalogueweb

import (
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/harvest"
)

// catalog answers GET /catalog.{jsonld,ttl,rdf,xml,nt}?page=&snapshot=.
func (p *Pages) catalog(extension string) func(*gin.Context) error {
	format, _ := catalogue.ParseFormat(extension)
	return func(c *gin.Context) error { return p.page(c, format) }
}

// negotiate answers GET /catalog, the IRI of the catalogue itself.
func (p *Pages) negotiate(c *gin.Context) error {
	c.Writer.Header().Add("Vary", "Accept")
	format := wanted(c.GetHeader("Accept"))
	p.alternates(c, "/catalog", "/datasets")
	if format == htmlPage {
		c.Redirect(http.StatusSeeOther, "/datasets")
		return nil
	}
	return p.page(c, format)
}

// page answers with one page of the catalogue, of the snapshot the reader
// began with if it names one.
func (p *Pages) page(c *gin.Context, format catalogue.Format) error {
	number, err := pageNumber(query(c, "page"))
	if err != nil {
		return err
	}
	s, err := p.snapshot(c)
	if err != nil {
		return err
	}
	if query(c, "modified_since") != "" {
		return p.sincePage(c, s, format, number)
	}
	began, v := p.follow(c, harvest.Walk{Dialect: "catalog." + string(format), Scope: harvest.Whole}, number-1, s)
	if query(c, "snapshot") == "" {
		s = began // of a reader who counts pages by itself
	}
	v.on(s)
	d, ok := s.Page(format, number)
	if !ok {
		return fault.New(fault.NotFound, "catalogue.page.unknown", number)
	}
	v.answered(number, s.Pages())
	return p.send(c, http.StatusOK, s, d)
}

// query is a value of the query: most who come have none.
func query(c *gin.Context, name string) string {
	if c.Request.URL.RawQuery == "" {
		return ""
	}
	return c.Query(name)
}

func pageNumber(s string) (int, error) {
	if s == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fault.At("page", "catalogue.page.invalid")
	}
	return n, nil
}

// snapshot is the one the reader names, else the current one. One that is no
// longer held ends the harvest: its other pages would not fit together, and a
// portal deletes what fell between them.
func (p *Pages) snapshot(c *gin.Context) (*catalogue.Snapshot, error) {
	id := query(c, "snapshot")
	if id == "" {
		return p.feed.current(c.Request.Context())
	}
	return p.feed.find(c.Request.Context(), id)
}

// dataset answers GET /dataset/{uuid}, the dataset's own IRI, and the same
// with an extension. A browser is sent to the page for people.
func (p *Pages) dataset(c *gin.Context) error {
	id := c.Param("id")
	extension := path.Ext(id)
	format, named := catalogue.ParseFormat(strings.TrimPrefix(extension, "."))
	if !named {
		c.Writer.Header().Add("Vary", "Accept")
		format = wanted(c.GetHeader("Accept"))
	} else {
		id = strings.TrimSuffix(id, extension)
	}
	s, err := p.feed.current(c.Request.Context())
	if err != nil {
		return err
	}
	if ref, ok := s.Ref(id); ok {
		p.alternates(c, "/dataset/"+id, "/datasets/"+ref)
		if format == htmlPage {
			c.Redirect(http.StatusSeeOther, "/datasets/"+ref)
			return nil
		}
		d, _, err := s.Dataset(c.Request.Context(), id, format)
		if err != nil {
			return unavailable(err)
		}
		return p.send(c, http.StatusOK, s, d)
	}
	if t, ok := s.Gone(id); ok {
		return p.gone(c, s, t, format, named)
	}
	return fault.New(fault.NotFound, "fault.not_found")
}
