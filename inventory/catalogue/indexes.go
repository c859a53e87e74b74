package catalogue

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// SchemaOrg describes the dataset with this UUID for search engines, as
// JSON-LD that may stand inside an HTML script element: every "<" is escaped.
func (s *Snapshot) SchemaOrg(ctx context.Context, id string) (b []byte, ok bool, err error) {
	p, ok, err := s.Live(ctx, id)
	if !ok || err != nil {
		return nil, false, err
	}
	w, c := s.writer, p.Content
	d := map[string]any{
		"@context": "https://schema.org", "@type": "Dataset",
		"@id": w.settings.DatasetIRI(id), "url": w.settings.PageURL(p.Ref), "identifier": identifier(p),
		"name": firstWording(c.Title), "description": descriptions(c)[0].value,
		"keywords": w.keywords11(c), "isAccessibleForFree": true,
		"dateModified": p.Modified.UTC().Format(time.RFC3339), "datePublished": p.Issued.UTC().Format(time.RFC3339),
		"creator":               map[string]any{"@type": "GovernmentOrganization", "name": w.institutionName(p.Institution)},
		"includedInDataCatalog": map[string]any{"@type": "DataCatalog", "name": firstWording(w.settings.Title), "url": w.settings.BaseURL + "/"},
		"spatialCoverage":       w.placeNames(c),
	}
	if l, known := w.licence(c.Licence); known {
		d["license"] = cmp.Or(l.URL, w.licenceIRI(l))
	}
	if c.TemporalStart != "" && c.TemporalEnd != "" {
		d["temporalCoverage"] = string(c.TemporalStart) + "/" + string(c.TemporalEnd)
	}
	var files []any
	for _, x := range w.distributions11(p) {
		files = append(files, map[string]any{
			"@type": "DataDownload", "name": x.Title, "encodingFormat": x.MediaType,
			"contentUrl": cmp.Or(x.DownloadURL, x.AccessURL),
		})
	}
	if files != nil {
		d["distribution"] = files
	}
	b, err = json.Marshal(d)
	return b, err == nil, err
}

// Sitemap lists the pages of all datasets for search engines.
func (s *Snapshot) Sitemap() *Document {
	return s.kept("sitemap", "application/xml; charset=utf-8", func() []byte {
		var b bytes.Buffer
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
			`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		for _, e := range s.entries {
			b.WriteString("<url><loc>")
			escapeXML(&b, s.writer.settings.PageURL(e.ref))
			b.WriteString("</loc><lastmod>" + e.modified.UTC().Format(time.RFC3339) + "</lastmod></url>\n")
		}
		b.WriteString("</urlset>\n")
		return b.Bytes()
	})
}

// feedLength is how many changes the Atom feed tells of.
const feedLength = 50

// Atom tells of the latest changes, withdrawals among them.
func (s *Snapshot) Atom(ctx context.Context) (*Document, error) {
	s.mu.Lock()
	d := s.extra["atom"]
	s.mu.Unlock()
	if d != nil {
		return d, nil
	}
	all, err := s.changes(ctx)
	if err != nil {
		return nil, fmt.Errorf("write feed: %w", err)
	}
	return s.kept("atom", "application/atom+xml; charset=utf-8", func() []byte { return s.writeAtom(all) }), nil
}

// change is one line of the feed.
type change struct {
	iri, page, title, summary, institution string
	at                                     time.Time
}

// changes lists the latest, the youngest first.
func (s *Snapshot) changes(ctx context.Context) ([]change, error) {
	byAge := slices.Clone(s.entries)
	slices.SortFunc(byAge, func(x, y *entry) int { return cmp.Or(y.modified.Compare(x.modified), cmp.Compare(x.id, y.id)) })
	var ids []string
	for _, e := range window(byAge, 0, feedLength) {
		ids = append(ids, e.id)
	}
	live, err := s.Publications(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var all []change
	for _, p := range live {
		all = append(all, change{
			s.writer.settings.DatasetIRI(p.DatasetID), s.writer.settings.PageURL(p.Ref),
			firstWording(p.Content.Title), descriptions(p.Content)[0].value, p.Institution, p.Modified,
		})
	}
	for _, p := range s.gone {
		all = append(all, change{
			s.writer.settings.DatasetIRI(p.DatasetID), s.writer.settings.PageURL(p.Ref),
			"† " + firstWording(p.Content.Title), cleanText(p.WithdrawalReason), p.Institution, withdrawnAt(p),
		})
	}
	slices.SortFunc(all, func(x, y change) int { return cmp.Or(y.at.Compare(x.at), cmp.Compare(x.iri, y.iri)) })
	return window(all, 0, feedLength), nil
}

func (s *Snapshot) writeAtom(all []change) []byte {
	var b bytes.Buffer
	element := func(name, text string) {
		b.WriteString("<" + name + ">")
		escapeXML(&b, text)
		b.WriteString("</" + name + ">")
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">`)
	base := s.writer.settings.BaseURL
	element("id", base+"/feed.atom")
	element("title", firstWording(s.writer.settings.Title))
	b.WriteString(`<link rel="self" href="`)
	escapeXML(&b, base+"/feed.atom")
	b.WriteString(`"/>`)
	updated := s.changed
	if len(all) > 0 {
		updated = all[0].at
	}
	element("updated", updated.UTC().Format(time.RFC3339))
	for _, c := range all {
		b.WriteString("\n<entry>")
		element("id", c.iri)
		element("title", c.title)
		element("updated", c.at.UTC().Format(time.RFC3339))
		b.WriteString(`<link href="`)
		escapeXML(&b, c.page)
		b.WriteString(`"/><author>`)
		element("name", s.writer.institutionName(c.institution))
		b.WriteString("</author>")
		element("summary", shorten(c.summary, 500))
		b.WriteString("</entry>")
	}
	b.WriteString("\n</feed>\n")
	return b.Bytes()
}

// kept returns the document of that name, written when first asked for.
func (s *Snapshot) kept(name, contentType string, write func() []byte) *Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.extra[name]
	if d == nil {
		d = newDocument(contentType, func() [][]byte { return [][]byte{write()} })
		s.extra[name] = d
	}
	return d
}
