package catalogueweb

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// formats puts the addresses of the formats beside RDF and CKAN on the engine.
func (p *Pages) formats() {
	r, m := p.shell.Engine(), p.shell.Machine
	r.GET("/catalog/about", p.shell.Handle(p.about))
	r.GET("/oai", m(p.oai))
	r.POST("/oai", m(p.oai))
	r.GET("/sitemap-:part", m(p.sitemapPart))
	r.GET("/catalog.csv", m(p.table(csvTable(), &p.tables.csv)))
	r.GET("/catalog.xlsx", m(p.table(xlsxTable(), &p.tables.xlsx)))
	for _, extension := range []string{"jsonld", "ttl", "rdf", "xml", "nt"} {
		format, _ := catalogue.ParseFormat(extension)
		r.GET("/dataset/:id/quality."+extension, m(p.datasetQuality(format)))
		r.GET("/quality."+extension, m(p.catalogQuality(format)))
	}
}

// sitemapPart answers GET /sitemap-{n}.xml, one of many.
func (p *Pages) sitemapPart(c *gin.Context) error {
	number, isXML := strings.CutSuffix(c.Param("part"), ".xml")
	n, err := strconv.Atoi(number)
	if err != nil || !isXML {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	s, err := p.feed.current(c.Request.Context())
	if err != nil {
		return err
	}
	d, ok := s.SitemapPart(n)
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return p.send(c, http.StatusOK, s, d)
}
