package catalogueweb

// formats puts the addresses of the formats beside RDF and CKAN on the engine.
func (p *Pages) formats() {
	r, m := p.shell.Engine(), p.shell.Machine
	r.GET("/oai", m(p.oai))
	r.POST("/oai", m(p.oai))
}
