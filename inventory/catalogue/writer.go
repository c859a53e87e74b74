package catalogue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// writer knows everything that does not belong to one dataset: settings,
// vocabulary, institutions. It never changes once made, so that pages can be
// written by many requests at a time.
type writer struct {
	settings     Settings
	institutions identity.Tree
	frequencies  map[string]inventory.Frequency
	themes       map[string]inventory.Theme
	licences     map[string]inventory.Licence
	governorates map[string]inventory.Governorate
	vocabulary   *inventory.Vocabulary
	shared       map[string]*fragment // things that many datasets point at, by IRI
	agents       map[string]string    // the institutions among them, by IRI
	profile      map[string][]rule
	headPoints   []string // what every head points at, and describes
	base         string   // changes when anything but the institutions does
	generation   string   // changes when any of the above does
}

// fragment is one or more nodes as each format writes them.
type fragment struct {
	nodes  []*node
	jsonld []byte
	turtle []byte
}

// newFragment writes the nodes.
func newFragment(nodes ...*node) *fragment {
	var j, t bytes.Buffer
	writeJSONLD(&j, nodes...)
	writeTurtle(&t, nodes...)
	return &fragment{nodes: nodes, jsonld: j.Bytes(), turtle: t.Bytes()}
}

// newWriter prepares the parts that datasets share.
func newWriter(s Settings, v *inventory.Vocabulary, institutions identity.Tree) *writer {
	if v == nil {
		v = &inventory.Vocabulary{}
	}
	w := &writer{
		settings: s.defaults(), institutions: institutions, vocabulary: v,
		frequencies: map[string]inventory.Frequency{}, themes: map[string]inventory.Theme{},
		licences: map[string]inventory.Licence{}, governorates: map[string]inventory.Governorate{},
		shared: map[string]*fragment{}, agents: map[string]string{}, profile: spellProfile(),
	}
	for _, f := range v.Frequencies {
		w.frequencies[f.Code] = f
	}
	for _, t := range v.Themes {
		w.themes[t.Code] = t
	}
	for _, l := range v.Licences {
		w.licences[l.Code] = l
	}
	for _, g := range v.Governorates {
		w.governorates[g.Code] = g
	}
	w.share()
	w.headPoints = w.points(w.head(slice{}))
	w.base = w.fingerprint()
	h := sha256.New()
	fmt.Fprintln(h, w.base)
	for _, slug := range slices.Sorted(maps.Keys(w.institutions)) {
		fmt.Fprintln(h, slug, w.standing(slug))
	}
	w.generation = hex.EncodeToString(h.Sum(nil)[:16])
	return w
}

// share describes what many datasets point at. Where two entries of the
// vocabulary map to one thing, the first names it.
func (w *writer) share() {
	for _, slug := range slices.Sorted(maps.Keys(w.institutions)) {
		n := w.agent(slug)
		w.keep(n)
		w.agents[n.id] = slug
	}
	for _, t := range w.vocabulary.Themes {
		w.keep(themeNode(t))
	}
	w.keep(themeNode(inventory.Theme{EU: "GOVE"}))
	for _, l := range w.vocabulary.Licences {
		w.keep(w.licenceNode(l))
	}
	for _, g := range w.vocabulary.Governorates {
		w.keep(w.governorateNode(g))
	}
	for _, f := range fileTypes {
		n := labelled(authority+"file-type/"+f.code, f.label, "dct:IMT", "dct:MediaTypeOrExtent")
		n.addIRI("skos:inScheme", authority+"file-type")
		w.keep(n)
		w.keep(labelled(mediaTypes+f.media, f.media, "dct:MediaType"))
	}
	for _, f := range w.vocabulary.Frequencies {
		if f.EU != "" {
			w.keep(concept(authority+"frequency", f.EU, "dct:Frequency", euFrequencyName(f)))
		}
	}
	for _, c := range concepts {
		w.keep(concept(c.scheme, c.code, c.class, c.name))
	}
	w.keep(&node{id: profileIRI, types: []string{"dct:Standard"}})
	for _, iri := range w.legislation() {
		w.keep(&node{id: iri, types: []string{"eli:LegalResource"}})
	}
	whole := &node{id: country, types: []string{"dct:Location"}}
	whole.add("skos:prefLabel", wordings(lang.Text{"fr": "Tunisie", "ar": "تونس", "en": "Tunisia"})...)
	w.keep(whole)
}

func (w *writer) keep(n *node) {
	if n != nil && w.shared[n.id] == nil {
		w.shared[n.id] = newFragment(n)
	}
}

// concept describes a value of a controlled vocabulary, so that a reader who
// has not loaded the vocabulary sees what kind of thing it is and its name.
func concept(scheme, code, class string, name lang.Text) *node {
	n := &node{id: strings.TrimSuffix(scheme, "/") + "/" + code, types: []string{class}}
	n.add("skos:prefLabel", wordings(name)...)
	n.addIRI("skos:inScheme", scheme)
	return n
}

// labelled describes a concept by the word people know it by: without it CKAN
// shows the IRI of the format.
func labelled(iri, label string, types ...string) *node {
	n := &node{id: iri, types: types}
	n.addString("rdfs:label", label)
	return n
}

// agent describes an institution.
func (w *writer) agent(slug string) *node {
	i := w.institutions[slug]
	n := &node{id: w.settings.agentIRI(slug), types: []string{"foaf:Agent", "foaf:Organization"}}
	names := wordings(i.Name)
	if len(names) == 0 {
		names = []term{{value: slug, lang: "fr"}}
	}
	n.add("foaf:name", names...)
	n.addIRI("dct:type", agentTypes[i.Kind])
	if site, ok := cleanIRI(i.Site); ok {
		n.addIRI("foaf:homepage", site)
	}
	return n
}

// themeIRI is the subject in the EU list, empty when it maps to none.
func themeIRI(t inventory.Theme) string {
	if iri, ok := cleanIRI(t.URI); ok {
		return iri
	}
	if t.EU != "" {
		return authority + "data-theme/" + t.EU
	}
	return ""
}

// euThemes are the names of the EU subjects. Several of ours share one, so
// ours cannot name it.
var euThemes = map[string]lang.Text{
	"AGRI": {"fr": "Agriculture, pêche, sylviculture et alimentation", "en": "Agriculture, fisheries, forestry and food"},
	"ECON": {"fr": "Économie et finances", "en": "Economy and finance"},
	"EDUC": {"fr": "Éducation, culture et sport", "en": "Education, culture and sport"},
	"ENER": {"fr": "Énergie", "en": "Energy"},
	"ENVI": {"fr": "Environnement", "en": "Environment"},
	"GOVE": {"fr": "Gouvernement et secteur public", "en": "Government and public sector"},
	"HEAL": {"fr": "Santé", "en": "Health"},
	"INTR": {"fr": "Questions internationales", "en": "International issues"},
	"JUST": {"fr": "Justice, système juridique et sécurité publique", "en": "Justice, legal system and public safety"},
	"REGI": {"fr": "Régions et villes", "en": "Regions and cities"},
	"SOCI": {"fr": "Population et société", "en": "Population and society"},
	"TECH": {"fr": "Science et technologie", "en": "Science and technology"},
	"TRAN": {"fr": "Transports", "en": "Transport"},
}

func themeNode(t inventory.Theme) *node {
	iri := themeIRI(t)
	if iri == "" {
		return nil
	}
	names := euThemes[t.EU]
	if names == nil {
		names = t.Name
	}
	n := &node{id: iri, types: []string{"skos:Concept"}}
	n.add("skos:prefLabel", wordings(names)...)
	n.addIRI("skos:inScheme", authority+"data-theme")
	if len(n.properties) < 2 {
		return nil // a concept without a name breaks the profile; the bare IRI does not
	}
	return n
}

// licenceIRI is the licence in the EU list, else where it can be read, else a
// name of our own.
func (w *writer) licenceIRI(l inventory.Licence) string {
	if code, ok := euLicences[l.SPDX]; ok {
		return authority + "licence/" + code
	}
	if iri, ok := cleanIRI(l.URL); ok {
		return iri
	}
	return w.settings.CatalogIRI() + "#licence-" + escapeIRI(l.Code)
}

// licenceNode carries the licence's title: CKAN finds its own licence by it
// when it does not know the IRI.
func (w *writer) licenceNode(l inventory.Licence) *node {
	if l.AliasOf != "" {
		return nil
	}
	n := &node{id: w.licenceIRI(l), types: []string{"dct:LicenseDocument"}}
	n.add("dct:title", wordings(l.Name)...)
	if kind := licenceTypes[l.SPDX]; kind != "" {
		n.addIRI("dct:type", licenceType+kind)
	}
	if iri, ok := cleanIRI(l.URL); ok && iri != n.id {
		n.addIRI("rdfs:seeAlso", iri)
	}
	return n
}

// licence finds a licence by code, following an alias once.
func (w *writer) licence(code string) (inventory.Licence, bool) {
	l, ok := w.licences[code]
	if main, found := w.licences[l.AliasOf]; ok && found {
		l = main
	}
	return l, ok
}

// governorateIRI is where GeoNames has the governorate: the profile asks for
// that where the EU lists have no such place. Else it is a name of our own.
func (w *writer) governorateIRI(code string) string {
	if iri, ok := cleanIRI(w.governorates[code].URI); ok {
		return iri
	}
	return w.settings.CatalogIRI() + "#" + escapeIRI(code)
}

func (w *writer) governorateNode(g inventory.Governorate) *node {
	n := &node{id: w.governorateIRI(g.Code), types: []string{"dct:Location"}}
	n.add("skos:prefLabel", wordings(g.Name)...)
	n.addString("skos:notation", cleanText(g.Code))
	n.addIRI("dct:isPartOf", country)
	return n
}

// legislation lists the acts that the operator named, as IRIs.
func (w *writer) legislation() []string {
	var out []string
	for _, s := range w.settings.Legislation {
		if iri, ok := cleanIRI(s); ok {
			out = append(out, iri)
		}
	}
	return out
}

// fingerprint changes when what datasets share changes, so that a dataset is
// only written again when it must be. Institutions are told apart by standing.
func (w *writer) fingerprint() string {
	h := sha256.New()
	said := w.settings
	said.HoldBytes, said.Hold, said.CacheBytes, said.EmptyAllowed, said.Tombstones = 0, 0, 0, false, "" // say nothing to readers
	fmt.Fprintf(h, "%d %+v\n", Rendering, said)
	for _, id := range slices.Sorted(maps.Keys(w.shared)) {
		if w.agents[id] == "" {
			h.Write(w.shared[id].turtle)
		}
	}
	fmt.Fprintf(h, "%+v\n%+v\n%+v\n%+v\n", w.vocabulary.Frequencies, w.vocabulary.Themes, w.vocabulary.Licences, w.vocabulary.Governorates)
	for _, p := range w.vocabulary.Portals {
		fmt.Fprintln(h, p.Host, p.Page)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// standing is what is said of an institution, there and in the descriptions of
// its datasets: when one is renamed, only what is its own is written again.
func (w *writer) standing(slug string) string {
	i := w.institutions[slug]
	from := int64(0)
	if i.ValidFrom != nil {
		from = i.ValidFrom.UnixMicro()
	}
	return fmt.Sprintf("%q %q %q %q %q %q %q %d %d", i.Acronym, i.Kind, i.Parent, i.PortalOrg, i.Name, i.Site,
		w.institutions[i.Parent].Name, from, i.UpdatedAt.UnixMicro())
}
