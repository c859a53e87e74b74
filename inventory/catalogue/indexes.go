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
	b, err = json.Marshal(s.writer.schemaOrg(p))
	return b, err == nil, err
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
