package catalogue

import (
	"fmt"
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
)

// Format is one way to write RDF.
type Format string

// The formats, by the extension that asks for them.
const (
	JSONLD   Format = "jsonld"
	Turtle   Format = "ttl"
	RDFXML   Format = "rdf"
	NTriples Format = "nt"
)

// ParseFormat finds the format behind an extension.
func ParseFormat(extension string) (Format, bool) {
	switch extension {
	case "jsonld", "ttl", "rdf", "nt":
		return Format(extension), true
	case "xml":
		return RDFXML, true
	}
	return "", false
}

// ContentType is what the format calls itself. The charset on text is no
// ornament: without it udata reads Latin-1.
func (f Format) ContentType() string {
	switch f {
	case Turtle:
		return "text/turtle; charset=utf-8"
	case RDFXML:
		return "application/rdf+xml"
	case NTriples:
		return "application/n-triples"
	}
	return "application/ld+json"
}

// slice is what a document says of itself and of the whole. Number 0 stands for
// the whole.
type slice struct {
	number, count int       // which page, of how many
	total         int       // datasets in all
	issued        time.Time // of the eldest entry
	modified      time.Time // of the youngest
	snapshot      string
}

// head returns the nodes that open a document: the catalogue and the operator.
// Which datasets it has is said where they are, and where the next page is by paging.
func (w *writer) head(s slice) []*node {
	c := &node{id: w.settings.CatalogIRI(), types: []string{"dcat:Catalog"}}
	home := &node{id: w.settings.BaseURL + "/", types: []string{"foaf:Document"}}
	nodes := []*node{c, home, w.publisher(), themeScheme()}
	c.add("dct:title", wordings(w.settings.Title)...)
	c.add("dct:description", wordings(w.settings.Description)...)
	c.addIRI("dct:publisher", w.settings.publisherIRI())
	c.addIRI("foaf:homepage", home.id)
	for _, t := range w.settings.Languages {
		c.properties = appendValue(c.properties, "dct:language", term{value: euLanguages[t], iri: true})
	}
	if iri, ok := cleanIRI(w.settings.Licence); ok {
		c.addIRI("dct:license", iri)
		nodes = append(nodes, &node{id: iri, types: []string{"dct:LicenseDocument"}})
	}
	c.addTime("dct:issued", s.issued)
	c.addTime("dct:modified", s.modified)
	c.addIRI("dcat:themeTaxonomy", authority+"data-theme")
	c.addIRI("dct:spatial", country)
	c.add("dcatap:applicableLegislation", iris(w.legislation()...)...)
	for _, service := range w.services() {
		if slices.Contains(service.types, "dcat:DataService") {
			c.properties = appendValue(c.properties, "dcat:service", term{value: service.id, iri: true})
		}
		nodes = append(nodes, service)
	}
	about := &node{id: w.settings.AboutURL(), types: []string{"foaf:Document"}}
	nodes = append(nodes, about)
	return nodes
}

func (w *writer) publisher() *node {
	n := &node{id: w.settings.publisherIRI(), types: []string{"foaf:Agent", "foaf:Organization"}}
	n.add("foaf:name", wordings(w.settings.Publisher)...)
	n.addIRI("dct:type", "http://purl.org/adms/publishertype/NationalAuthority")
	return n
}

func (w *writer) serviceIRI() string { return w.settings.CatalogIRI() + "#action-api" }

// services tell of the ways to ask for the same catalogue. They serve what is
// said of data, not data, so they claim no datasets.
func (w *writer) services() []*node {
	base := w.settings.BaseURL
	action := w.serviceNode(w.serviceIRI(), "CKAN",
		lang.Text{"fr": "API du catalogue (CKAN)", "ar": "واجهة برمجة الفهرس (CKAN)", "en": "Catalogue API (CKAN)"},
		base+"/api/3/action", w.settings.helpURL("package_search"))
	oai := w.serviceNode(w.settings.CatalogIRI()+"#oai", "OAI-PMH",
		lang.Text{"fr": "Moissonnage OAI-PMH 2.0", "ar": "حصاد OAI-PMH 2.0", "en": "OAI-PMH 2.0 harvesting"},
		base+"/oai", base+"/oai?verb=Identify")
	oai.addIRI("dct:conformsTo", oaiStandard)
	out := []*node{action, oai, {id: oaiStandard, types: []string{"dct:Standard"}}}
	if mail, ok := cleanMail(w.settings.Contact); ok {
		contact := &node{id: w.settings.CatalogIRI() + "#contact", types: []string{"vcard:Kind", "vcard:Organization"}}
		contact.addString("vcard:fn", firstWording(w.settings.Publisher))
		contact.addIRI("vcard:hasEmail", "mailto:"+mail)
		action.addIRI("dcat:contactPoint", contact.id)
		oai.addIRI("dcat:contactPoint", contact.id)
		out = append(out, contact)
	}
	return out
}

const oaiStandard = "http://www.openarchives.org/OAI/2.0/openarchivesprotocol.htm"

func (w *writer) serviceNode(iri, keyword string, title lang.Text, endpoint, described string) *node {
	n := &node{id: iri, types: []string{"dcat:DataService"}}
	n.add("dct:title", wordings(title)...)
	n.addIRI("dcat:endpointURL", endpoint)
	n.addIRI("dcat:endpointDescription", described)
	n.add("dcat:keyword", term{value: keyword, lang: "en"})
	n.addIRI("dcat:theme", authority+"data-theme/GOVE")
	n.addIRI("dct:accessRights", authority+"access-right/PUBLIC")
	n.addIRI("dct:publisher", w.settings.publisherIRI())
	if licence, ok := cleanIRI(w.settings.Licence); ok {
		n.addIRI("dct:license", licence)
	}
	n.addIRI("dcat:landingPage", w.settings.AboutURL())
	return n
}

// AboutURL is the page that tells whoever runs a harvester what to point it at.
func (s Settings) AboutURL() string { return s.BaseURL + "/catalog/about" }

func themeScheme() *node {
	n := &node{id: authority + "data-theme", types: []string{"skos:ConceptScheme"}}
	n.add("dct:title", wordings(lang.Text{"fr": "Thème de données", "en": "Data theme"})...)
	return n
}

// paging says where the other pages are, in both dialects of Hydra on one
// node: ckanext-dcat and udata look for the one, piveau for the other.
func (w *writer) paging(s slice, f Format) *node {
	n := &node{
		id:    w.pageURL(f, s.number, s.snapshot),
		types: []string{"hydra:PartialCollectionView", "hydra:PagedCollection"},
	}
	n.addInteger("hydra:totalItems", "xsd:integer", int64(s.total))
	n.addInteger("hydra:itemsPerPage", "xsd:integer", int64(w.settings.PageSize))
	first, last := w.pageURL(f, 1, s.snapshot), w.pageURL(f, s.count, s.snapshot)
	n.addIRI("hydra:first", first)
	n.addIRI("hydra:firstPage", first)
	n.addIRI("hydra:last", last)
	n.addIRI("hydra:lastPage", last)
	if s.number > 1 {
		previous := w.pageURL(f, s.number-1, s.snapshot)
		n.addIRI("hydra:previous", previous)
		n.addIRI("hydra:previousPage", previous)
	}
	if s.number < s.count {
		next := w.pageURL(f, s.number+1, s.snapshot)
		n.addIRI("hydra:next", next)
		n.addIRI("hydra:nextPage", next)
	}
	return n
}

// pageURL carries the snapshot, so that a harvest reads one state of the
// register from its first page to its last.
func (w *writer) pageURL(f Format, number int, snapshot string) string {
	return fmt.Sprintf("%s/catalog.%s?page=%d&snapshot=%s", w.settings.BaseURL, f, number, snapshot)
}

// points lists the shared things that the nodes point at, and what those
// point at in turn.
func (w *writer) points(nodes []*node) []string {
	var out []string
	nodes = slices.Clone(nodes) // it grows below, and is not ours
	seen := map[string]bool{}
	for n := 0; n < len(nodes); n++ {
		for _, p := range nodes[n].properties {
			for _, o := range p.terms {
				if f := w.shared[o.value]; o.iri && f != nil && !seen[o.value] {
					seen[o.value] = true
					out = append(out, o.value)
					nodes = append(nodes, f.nodes...)
				}
			}
		}
	}
	return out
}
