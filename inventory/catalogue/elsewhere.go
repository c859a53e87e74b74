package catalogue

import (
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// What is listed in two catalogues must say so in both, or whoever reads both
// counts it twice. owl:sameAs says it to machines that join by IRI,
// adms:identifier names the id the other catalogue gave, and each JSON dialect
// has a field of its own. dct:source would say less: that one was made of the
// other.

// sameAs lists the addresses under which the same dataset is listed elsewhere,
// in other portals and as another entry of this register.
func (w *writer) sameAs(p inventory.Publication) []string {
	var out []string
	if iri, ok := cleanIRI(p.Origin().Link(w.vocabulary)); ok {
		out = append(out, iri)
	}
	for _, id := range p.SameAs {
		if isUUID(id) && id != p.DatasetID {
			out = append(out, w.settings.DatasetIRI(id))
		}
	}
	return slices.Compact(out)
}

// elsewhere says on d where else it is listed, and returns the node of the id it has there.
func (w *writer) elsewhere(d *node, p inventory.Publication) []*node {
	d.add("owl:sameAs", iris(w.sameAs(p)...)...)
	origin := p.Origin()
	notation := cleanText(origin.ID)
	if !origin.Known() || notation == "" {
		return nil
	}
	n := &node{id: d.id + "#source", types: []string{"adms:Identifier"}}
	n.addString("skos:notation", notation)
	n.addString("adms:schemaAgency", cleanText(origin.Portal))
	d.addIRI("adms:identifier", n.id)
	return []*node{n}
}

// originExtras says in CKAN's list of extras where else p is listed.
func (w *writer) originExtras(p inventory.Publication, add func(key, value string)) {
	if origin := p.Origin(); origin.Known() {
		add("source_portal", origin.Portal)
		add("source_id", origin.ID)
	}
	add("same_as", strings.Join(w.sameAs(p), " ")) // one key: a second of the name makes a portal refuse the dataset
}
