package catalogue

import (
	"bytes"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// AtomPage is one page of the feed of changes, the latest first.
type AtomPage struct {
	Changes      []inventory.Publication // tombstones among them
	Replacements map[string]string       // UUIDs of what takes a place, by ref
	Self         string                  // address of the page
	First        string                  // and of the newest; empty when this is it
	Next         string                  // of the page with the older ones (RFC 5005); empty on the last
}

// AtomPage writes a page of the feed of changes. A withdrawal stands there
// twice: as a deleted-entry (RFC 6721) for programs that keep a copy, and as an
// entry of its own for people whose reader knows nothing of those.
func (s *Snapshot) AtomPage(page AtomPage) *Document {
	a := &atomWriter{w: s.writer}
	a.head(page, s.changed)
	for _, p := range page.Changes {
		if p.Live() {
			a.entry(p)
		} else {
			a.deleted(p, page.Replacements[p.ReplacedBy])
		}
	}
	a.b.WriteString("\n</feed>\n")
	return NewDocument("application/atom+xml; charset=utf-8", a.b.Bytes())
}

type atomWriter struct {
	w *writer
	b bytes.Buffer
}

func (a *atomWriter) element(name, text string) {
	a.b.WriteString("<" + name + ">")
	escapeXML(&a.b, text)
	a.b.WriteString("</" + name + ">")
}

// link writes a link; no address, no link.
func (a *atomWriter) link(rel, kind, href string) {
	if href == "" {
		return
	}
	a.b.WriteString(`<link rel="` + rel + `"`)
	if kind != "" {
		a.b.WriteString(` type="` + kind + `"`)
	}
	a.b.WriteString(` href="`)
	escapeXML(&a.b, href)
	a.b.WriteString(`"/>`)
}

// atomTime is a moment as exactly as we know it: who compares, compares that.
func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func (a *atomWriter) head(page AtomPage, changed time.Time) {
	base := a.w.settings.BaseURL
	a.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xml:lang="fr">`)
	a.element("id", base+"/feed.atom")
	a.element("title", firstWording(a.w.settings.Title))
	a.link("self", "application/atom+xml", page.Self)
	a.link("first", "application/atom+xml", page.First)
	a.link("next", "application/atom+xml", page.Next)
	a.link("alternate", "text/html", base+"/datasets")
	if len(page.Changes) > 0 {
		changed = toldAt(page.Changes[0])
		for _, p := range page.Changes {
			if at := toldAt(p); at.After(changed) {
				changed = at
			}
		}
	}
	a.element("updated", atomTime(changed))
}

// toldAt is when the change happened.
func toldAt(p inventory.Publication) time.Time {
	if p.Live() {
		return p.Modified
	}
	return withdrawnAt(p)
}

// entry tells of a dataset as it now is.
func (a *atomWriter) entry(p inventory.Publication) {
	iri := a.w.settings.DatasetIRI(p.DatasetID)
	a.b.WriteString("\n<entry>")
	a.element("id", iri)
	a.element("title", firstWording(p.Content.Title))
	a.element("published", atomTime(p.Issued))
	a.element("updated", atomTime(p.Modified))
	a.link("alternate", "text/html", a.w.settings.PageURL(p.Ref))
	a.link("alternate", "text/turtle", iri+".ttl")
	a.author(p)
	summary := ""
	if d := descriptions(p.Content); len(d) > 0 {
		summary = d[0].value
	}
	a.element("summary", shorten(summary, 500))
	a.b.WriteString("</entry>")
}

func (a *atomWriter) author(p inventory.Publication) {
	a.b.WriteString("<author>")
	a.element("name", a.w.institutionName(p.Institution))
	a.b.WriteString("</author>")
}

// deleted tells that a dataset is gone.
func (a *atomWriter) deleted(p inventory.Publication, replacement string) {
	iri, at := a.w.settings.DatasetIRI(p.DatasetID), atomTime(withdrawnAt(p))
	reason, successor := cleanText(p.WithdrawalReason), ""
	if replacement != "" {
		successor = a.w.settings.DatasetIRI(replacement)
	}
	a.b.WriteString("\n" + `<at:deleted-entry ref="`)
	escapeXML(&a.b, iri)
	a.b.WriteString(`" when="` + at + `">`)
	if reason != "" {
		a.element("at:comment", shorten(reason, 500))
	}
	a.link("successor-version", "", successor)
	a.b.WriteString("</at:deleted-entry>\n<entry>")
	a.element("id", iri+"#record")
	a.element("title", "† "+firstWording(p.Content.Title))
	a.element("updated", at)
	a.link("alternate", "text/html", a.w.settings.PageURL(p.Ref))
	a.link("successor-version", "", successor)
	a.author(p)
	a.element("summary", shorten(reason, 500))
	a.b.WriteString("</entry>")
}
