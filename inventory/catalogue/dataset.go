package catalogue

import (
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// describe returns the nodes that tell of one dataset, itself first.
func (w *writer) describe(p inventory.Publication) []*node {
	iri := w.settings.DatasetIRI(p.DatasetID)
	c := p.Content
	d := &node{id: iri, types: []string{"dcat:Dataset"}}
	d.addString("dct:identifier", identifier(p))
	d.add("dct:title", wordings(c.Title)...)
	d.add("dct:description", descriptions(c)...)
	for _, t := range lang.All() {
		for _, k := range tagsIn(c.Keywords, t) {
			d.properties = appendValue(d.properties, "dcat:keyword", term{value: k, lang: string(t)})
		}
	}
	d.addIRI("dcat:theme", themeIRI(w.themes[c.Theme]))
	if f := w.frequencies[c.Frequency]; f.EU != "" {
		d.addIRI("dct:accrualPeriodicity", authority+"frequency/"+f.EU)
	}
	d.addIRI("dct:accessRights", accessRight(c.Openness))
	d.addTime("dct:issued", p.Issued)
	addDataModified(d, p)
	if c.Openness == inventory.Openable {
		d.addDate("dct:available", c.TargetDate)
	}
	page := &node{id: w.settings.PageURL(p.Ref), types: []string{"foaf:Document"}}
	d.addIRI("dcat:landingPage", page.id)
	d.add("dcatap:applicableLegislation", iris(w.legislation()...)...)
	d.add("dct:spatial", iris(w.spatial(c)...)...)
	same := w.elsewhere(d, p)

	nodes := []*node{d, page, w.record(p)}
	nodes = append(nodes, w.bodies(d, p)...)
	nodes = append(append(nodes, temporal(d, c)...), same...)
	return append(nodes, w.distributions(d, p)...)
}

// identifier is what names the dataset for readers that do not follow IRIs.
func identifier(p inventory.Publication) string {
	if p.Ref != "" {
		return cleanText(p.Ref)
	}
	return p.DatasetID
}

// descriptions never come out empty: without one the dataset is not valid, so
// the title stands in for what nobody wrote.
func descriptions(c inventory.Content) []term {
	if d := wordings(c.Description); len(d) > 0 {
		return d
	}
	return wordings(c.Title)
}

func appendValue(properties []property, name string, t term) []property {
	if n := len(properties); n > 0 && properties[n-1].name == name {
		properties[n-1].terms = append(properties[n-1].terms, t)
		return properties
	}
	return append(properties, property{name, []term{t}})
}

// addDataModified says when the data last changed. A date after the entry
// itself was last touched is a promise, and harvesters refuse the future.
func addDataModified(d *node, p inventory.Publication) {
	date := p.Content.DataModified
	if date != "" && date.Valid() && date <= inventory.DateOf(p.Modified, time.UTC) {
		d.addDate("dct:modified", date)
		return
	}
	d.addTime("dct:modified", p.Modified)
}

// spatial lists the places the data is about: the whole country unless
// governorates are named.
func (w *writer) spatial(c inventory.Content) []string {
	var out []string
	for _, code := range c.Spatial {
		if _, ok := w.governorates[code]; ok {
			out = append(out, w.governorateIRI(code))
		}
	}
	if len(out) == 0 {
		out = []string{country}
	}
	return out
}

// bodies says who publishes the dataset, who made it, and whom to ask.
func (w *writer) bodies(d *node, p inventory.Publication) (nodes []*node) {
	d.addIRI("dct:publisher", w.settings.agentIRI(p.Institution))
	if _, known := w.institutions[p.Institution]; !known {
		nodes = append(nodes, w.agent(p.Institution))
	}
	if producer := cleanText(p.Content.Producer); producer != "" {
		creator := &node{id: d.id + "#producer", types: []string{"foaf:Agent"}}
		creator.add("foaf:name", term{value: producer, lang: "fr"})
		d.addIRI("dct:creator", creator.id)
		nodes = append(nodes, creator)
	}
	if name, mail := w.contact(p); mail != "" {
		contact := &node{id: d.id + "#contact", types: []string{"vcard:Kind", "vcard:Organization"}}
		contact.addString("vcard:fn", name)
		contact.addIRI("vcard:hasEmail", "mailto:"+mail)
		d.addIRI("dcat:contactPoint", contact.id)
		nodes = append(nodes, contact)
	}
	return nodes
}

// contact is whom to ask about the dataset: its function and mailbox, else
// the operator's.
func (w *writer) contact(p inventory.Publication) (name, mail string) {
	mail, ok := cleanMail(p.Content.ContactEmail)
	if !ok {
		mail, _ = cleanMail(w.settings.Contact)
	}
	if name = cleanText(p.Content.ContactName); name == "" {
		name = w.institutionName(p.Institution)
	}
	return name, mail
}

func (w *writer) institutionName(slug string) string {
	if name := firstWording(w.institutions[slug].Name); name != "" {
		return name
	}
	return slug
}

func temporal(d *node, c inventory.Content) []*node {
	n := &node{id: d.id + "#temporal", types: []string{"dct:PeriodOfTime"}}
	n.addDate("dcat:startDate", c.TemporalStart)
	n.addDate("dcat:endDate", c.TemporalEnd)
	if len(n.properties) == 0 {
		return nil
	}
	d.addIRI("dct:temporal", n.id)
	return []*node{n}
}

// distributions describes the ways to get the data. One without an address
// that works as one is left out: it would only break its reader.
func (w *writer) distributions(d *node, p inventory.Publication) (nodes []*node) {
	var own []string
	for _, x := range p.Content.Distributions {
		if n := w.distribution(d.id, p, x); n != nil {
			own = append(own, n.id)
			nodes = append(nodes, n)
			nodes = append(nodes, observed(n, x, p.Fact(x.ID))...)
		}
	}
	d.add("dcat:distribution", iris(own...)...)
	return nodes
}

// addresses returns where the data can be had and where the file itself is.
func addresses(x inventory.Distribution) (access, download string, ok bool) {
	access, ok = cleanIRI(x.URL)
	download, direct := cleanIRI(x.DownloadURL)
	if !ok {
		return download, download, direct
	}
	return access, download, true
}

func (w *writer) distribution(iri string, p inventory.Publication, x inventory.Distribution) *node {
	access, download, ok := addresses(x)
	if !ok || x.ID == "" {
		return nil
	}
	n := &node{id: iri + "#" + escapeIRI(x.ID), types: []string{"dcat:Distribution"}}
	n.add("dct:title", wordings(x.Title)...)
	n.addIRI("dcat:accessURL", access)
	n.addIRI("dcat:downloadURL", download)
	fact := p.Fact(x.ID)
	if f, known := fileTypeOf(formatOf(x, fact)); known {
		n.addIRI("dct:format", authority+"file-type/"+f.code)
	}
	if media := mediaTypeSeen(x, fact); media != "" {
		n.addIRI("dcat:mediaType", mediaTypes+media)
	}
	if bytes := bytesOf(x, fact); bytes > 0 {
		n.addInteger("dcat:byteSize", "xsd:nonNegativeInteger", bytes)
	}
	if l, known := w.licence(p.Content.Licence); known {
		n.addIRI("dct:license", w.licenceIRI(l))
	}
	n.addIRI("dct:rights", accessRight(p.Content.Openness))
	if p.Content.Openness == inventory.Open {
		n.addIRI("dcatap:availability", authority+"planned-availability/AVAILABLE")
	}
	return n
}

// observed adds what nobody wrote and a look at the file found: its checksum,
// since when it is there, and how it is packed.
func observed(n *node, x inventory.Distribution, fact inventory.FileFact) []*node {
	n.addTime("dct:issued", fact.Issued)
	n.addTime("dct:modified", fact.Changed)
	if declared, _ := fileTypeOf(x.Format); declared.code != "" && declared.code != fact.Format {
		switch fact.Format {
		case "ZIP":
			n.addIRI("dcat:packageFormat", mediaTypes+"application/zip")
		case "GZIP":
			n.addIRI("dcat:compressFormat", mediaTypes+"application/gzip")
		}
	}
	if !isSHA256(fact.SHA256) {
		return nil
	}
	sum := &node{id: n.id + "-sha256", types: []string{"spdx:Checksum"}}
	sum.addIRI("spdx:algorithm", expand("spdx:checksumAlgorithm_sha256"))
	sum.add("spdx:checksumValue", term{value: fact.SHA256, datatype: "xsd:hexBinary"})
	n.addIRI("spdx:checksum", sum.id)
	return []*node{sum}
}

// checksum is what was seen of a file where it is one, empty otherwise.
func checksum(fact inventory.FileFact) string {
	if isSHA256(fact.SHA256) {
		return fact.SHA256
	}
	return ""
}

// isSHA256 tells whether s is a checksum as it is written everywhere.
func isSHA256(s string) bool {
	if len(s) != 64 {
		return false
	}
	for n := range len(s) {
		if !isHex(s[n]) {
			return false
		}
	}
	return true
}

// formatOf is the declared format, else what the bytes were.
func formatOf(x inventory.Distribution, fact inventory.FileFact) string {
	if x.Format != "" {
		return x.Format
	}
	return fact.Format
}

// mediaTypeSeen is the media type of what was declared, else of what was seen.
func mediaTypeSeen(x inventory.Distribution, fact inventory.FileFact) string {
	if media := mediaTypeOf(x); media != "" {
		return media
	}
	f, _ := fileTypeOf(fact.Format)
	return f.media
}

// bytesOf is the size that was counted, else the one that was declared.
func bytesOf(x inventory.Distribution, fact inventory.FileFact) int64 {
	if fact.Bytes > 0 {
		return fact.Bytes
	}
	return x.Bytes
}

// profileIRI names the application profile that records conform to.
const profileIRI = "http://data.europa.eu/r5r/"

// record describes the entry as distinct from the data: when it was first
// approved and last changed.
func (w *writer) record(p inventory.Publication) *node {
	iri := w.settings.DatasetIRI(p.DatasetID)
	n := &node{id: iri + "#record", types: []string{"dcat:CatalogRecord"}}
	n.addIRI("foaf:primaryTopic", iri)
	n.addTime("dct:issued", p.Issued)
	n.addTime("dct:modified", p.Modified)
	n.addIRI("dct:conformsTo", profileIRI)
	for _, t := range wordings(p.Content.Title) {
		n.properties = appendValue(n.properties, "dct:language", term{value: euLanguages[lang.Tag(t.lang)], iri: true})
	}
	status := "updated"
	if p.Modified.Equal(p.Issued) {
		status = "created"
	}
	n.addIRI("adms:status", "http://purl.org/adms/changetype/"+status)
	return n
}
