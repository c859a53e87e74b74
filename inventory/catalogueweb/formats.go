package catalogueweb

import "github.com/jard-odi/jard/inventory/catalogue"

// formats puts the addresses of the formats beside RDF and CKAN on the engine.
func (p *Pages) formats() {
	r, m := p.shell.Engine(), p.shell.Machine
	r.GET("/oai", m(p.oai))
	r.POST("/oai", m(p.oai))
	r.GET("/catalog.csv", m(p.table(csvTable)))
	r.GET("/catalog.xlsx", m(p.table(xlsxTable)))
	for _, extension := range []string{"jsonld", "ttl", "rdf", "xml", "nt"} {
		format, _ := catalogue.ParseFormat(extension)
		r.GET("/dataset/:id/quality."+extension, m(p.datasetQuality(format)))
		r.GET("/quality."+extension, m(p.catalogQuality(format)))
	}
}
