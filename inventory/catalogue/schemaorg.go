package catalogue

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// schemaOrg describes p as search engines for datasets ask for it.
func (w *writer) schemaOrg(p inventory.Publication) map[string]any {
	c, iri := p.Content, w.settings.DatasetIRI(p.DatasetID)
	d := map[string]any{
		"@context": "https://schema.org", "@type": "Dataset",
		"@id": iri, "url": w.settings.PageURL(p.Ref), "sameAs": iri, "identifier": []string{identifier(p), iri},
		"name": shorten(firstWording(c.Title), 500), "description": w.longDescription(p),
		"keywords": w.keywords11(c), "isAccessibleForFree": c.Openness == inventory.Open,
		"dateModified": dataDay(p), "datePublished": p.Issued.UTC().Format(time.DateOnly),
		"sdDatePublished":       p.Modified.UTC().Format(time.RFC3339),
		"creator":               w.organization(p.Institution),
		"publisher":             w.organization(p.Institution),
		"includedInDataCatalog": map[string]any{"@type": "DataCatalog", "name": firstWording(w.settings.Title), "url": w.settings.BaseURL + "/"},
		"spatialCoverage":       w.schemaPlaces(c), "inLanguage": languagesOf(c),
	}
	for name, value := range map[string]any{
		"alternateName": others(c.Title), "temporalCoverage": interval(c), "distribution": w.schemaFiles(p),
		"conditionsOfAccess": shorten(cleanText(c.LegalGround), 500),
	} {
		switch v := value.(type) {
		case string:
			if v != "" {
				d[name] = v
			}
		case []string:
			if len(v) > 0 {
				d[name] = v
			}
		case []any:
			if len(v) > 0 {
				d[name] = v
			}
		}
	}
	if producer := cleanText(c.Producer); producer != "" {
		d["creator"] = map[string]any{"@type": "Organization", "name": producer}
	}
	if same := w.sameAs(p); len(same) > 0 {
		d["sameAs"] = append([]string{iri}, same...)
	}
	if l, known := w.licence(c.Licence); known {
		d["license"] = cmp.Or(l.URL, w.licenceIRI(l))
	}
	return d
}

// The least and the most that search engines take for a description.
const (
	leastDescription = 50
	mostDescription  = 5000
)

// longDescription makes a description long enough of what else is known.
func (w *writer) longDescription(p inventory.Publication) string {
	parts := []string{
		descriptions(p.Content)[0].value, firstWording(p.Content.Title), w.institutionName(p.Institution),
		strings.Join(w.placeNames(p.Content), ", "), strings.Join(w.keywords11(p.Content), ", "),
		firstWording(w.settings.Title), identifier(p), w.settings.PageURL(p.Ref),
	}
	text := ""
	for _, part := range parts {
		if utf8.RuneCountInString(text) >= leastDescription {
			break
		}
		if part != "" && !strings.Contains(text, part) {
			text = strings.TrimPrefix(text+" — "+part, " — ")
		}
	}
	return shorten(text, mostDescription)
}

func (w *writer) organization(slug string) map[string]any {
	i := w.institutions[slug]
	o := map[string]any{"@type": "GovernmentOrganization", "name": w.institutionName(slug), "@id": w.settings.agentIRI(slug)}
	if i.Kind == identity.Enterprise {
		o["@type"] = "Organization"
	}
	if site, ok := cleanIRI(i.Site); ok {
		o["url"] = site
	}
	if ar := wording(i.Name, lang.Arabic); ar != "" && ar != o["name"] {
		o["alternateName"] = ar
	}
	return o
}

// others are the titles besides the one that the name is.
func others(x lang.Text) []string {
	var out []string
	for _, t := range wordings(x) {
		if s := shorten(t.value, 500); s != shorten(firstWording(x), 500) {
			out = append(out, s)
		}
	}
	return out
}

func languagesOf(c inventory.Content) []string {
	var out []string
	for _, t := range wordings(c.Title) {
		out = append(out, t.lang)
	}
	return out
}

// interval is the period the data covers; ".." where it is open.
func interval(c inventory.Content) string {
	start, end := c.TemporalStart, c.TemporalEnd
	if (start == "" || !start.Valid()) && (end == "" || !end.Valid()) {
		return ""
	}
	return cmp.Or(string(start), "..") + "/" + cmp.Or(string(end), "..")
}

func (w *writer) schemaPlaces(c inventory.Content) []any {
	var out []any
	for _, code := range c.Spatial {
		if g, ok := w.governorates[code]; ok {
			out = append(out, map[string]any{"@type": "Place", "name": firstWording(g.Name), "sameAs": w.governorateIRI(code)})
		}
	}
	if len(out) == 0 {
		out = []any{map[string]any{"@type": "Place", "name": "Tunisie", "sameAs": country}}
	}
	return out
}

func (w *writer) schemaFiles(p inventory.Publication) []any {
	var files []any
	for _, x := range p.Content.Distributions {
		access, download, ok := addresses(x)
		if !ok {
			continue
		}
		fact := p.Fact(x.ID)
		f := map[string]any{"@type": "DataDownload", "contentUrl": cmp.Or(download, access)}
		for name, value := range map[string]string{
			"name": firstWording(x.Title), "encodingFormat": cmp.Or(mediaTypeSeen(x, fact), formatLabel(formatOf(x, fact))),
			"contentSize": count(bytesOf(x, fact)), "sha256": checksum(fact),
		} {
			if value != "" {
				f[name] = value
			}
		}
		files = append(files, f)
	}
	return files
}
