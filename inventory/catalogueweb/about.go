package catalogueweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/web"
)

// aboutPage tells whoever sets up a harvester what to point it at.
type aboutPage struct {
	web.Page
	Portals []aboutLine
	Files   []aboutLine
	Dataset []aboutLine
}

// aboutLine is one address: for which software or in which format, and what is
// to be known of it.
type aboutLine struct {
	Name    string
	Address string
	Path    string // where a reader may look at it; empty when only software can
	Note    string
	Best    bool
}

// about answers GET /catalog/about.
func (p *Pages) about(c *gin.Context) error {
	page := aboutPage{Page: p.shell.Page(c, "catalogue.about.title")}
	base := p.shell.URL("")
	line := func(name, path, note string) aboutLine {
		return aboutLine{Name: name, Address: p.shell.URL(path), Path: path, Note: page.T(note)}
	}
	best := line("CKAN · ckanext-dcat", "/catalog.ttl", "catalogue.about.deleted")
	best.Best = true
	ckan := line("CKAN · ckanext-harvest", "/api/3/action/package_search", "catalogue.about.never_deleted")
	ckan.Address = base
	page.Portals = []aboutLine{
		best, ckan,
		line("udata", "/catalog.jsonld", "catalogue.about.archived"),
		line("piveau", "/catalog.rdf", "catalogue.about.deleted"),
		line("data.gov", "/data.json", "catalogue.about.deleted"),
		line("OAI-PMH 2.0", "/oai?verb=Identify", "catalogue.about.told"),
	}
	page.Portals[5].Address = p.shell.URL("/oai")
	page.Files = []aboutLine{
		line("DCAT-AP 3 · JSON-LD", "/catalog.jsonld", "catalogue.about.paged"),
		line("DCAT-AP 3 · Turtle", "/catalog.ttl", "catalogue.about.paged"),
		line("DCAT-AP 3 · RDF/XML", "/catalog.rdf", "catalogue.about.paged"),
		line("DCAT-AP 3 · N-Triples", "/catalog.nt", "catalogue.about.paged"),
		line("data.json 1.1", "/data.json", "catalogue.about.whole"),
		line("CSV", "/catalog.csv", "catalogue.about.table"),
		line("XLSX", "/catalog.xlsx", "catalogue.about.table"),
		line("Atom", "/feed.atom", "catalogue.about.changes"),
		line("DQV", "/quality.ttl", "catalogue.about.quality"),
		line("JSON", "/api/v1/catalogue/changes", "catalogue.about.feed"),
		line("Sitemap", "/sitemap.xml", "catalogue.about.sitemap"),
	}
	page.Dataset = []aboutLine{
		{Name: "URI", Address: p.shell.URL("/dataset/") + "{uuid}", Note: page.T("catalogue.about.uri")},
		{Name: "RDF", Address: p.shell.URL("/dataset/") + "{uuid}.ttl", Note: page.T("catalogue.about.extension")},
		{Name: "DQV", Address: p.shell.URL("/dataset/") + "{uuid}/quality.ttl", Note: page.T("catalogue.about.quality_one")},
	}
	return p.shell.Show(c, "catalogue_about", page)
}
