package catalogue

import (
	"bytes"
	"strconv"
	"time"

	"github.com/jard-odi/jard/lang"
)

// sitemapURLs is how many pages one sitemap lists. The protocol takes 50,000;
// with the other languages of each beside it that would be a large file, and
// every one is held in memory once somebody asked for it.
const sitemapURLs = 10_000

// Sitemap lists the pages of all datasets for search engines; when they are
// many, the sitemaps that do.
func (s *Snapshot) Sitemap() *Document {
	return s.kept("sitemap", "application/xml; charset=utf-8", func() []byte {
		if s.Len() <= sitemapURLs {
			return s.writeSitemap(0, sitemapURLs)
		}
		var b bytes.Buffer
		b.WriteString(xmlHeader + `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		for n := range s.sitemaps(sitemapURLs) {
			b.WriteString("<sitemap><loc>")
			escapeXML(&b, s.writer.settings.BaseURL+"/sitemap-"+strconv.Itoa(n+1)+".xml")
			b.WriteString("</loc></sitemap>\n")
		}
		b.WriteString("</sitemapindex>\n")
		return b.Bytes()
	})
}

func (s *Snapshot) sitemaps(size int) int { return (s.Len() + size - 1) / size }

// SitemapPart is the nth of the sitemaps, from 1.
func (s *Snapshot) SitemapPart(n int) (d *Document, ok bool) {
	if n < 1 || n > s.sitemaps(sitemapURLs) {
		return nil, false
	}
	return s.kept("sitemap-"+strconv.Itoa(n), "application/xml; charset=utf-8", func() []byte {
		return s.writeSitemap((n-1)*sitemapURLs, sitemapURLs)
	}), true
}

// writeSitemap lists at most so many pages from the first on, each in its three
// languages.
func (s *Snapshot) writeSitemap(first, most int) []byte {
	var b bytes.Buffer
	b.WriteString(xmlHeader + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` + "\n")
	n := -1
	for h := range s.liveHeadings("") {
		if n++; n < first {
			continue
		}
		if n >= first+most {
			break
		}
		page := s.writer.settings.PageURL(h.Ref)
		b.WriteString("<url><loc>")
		escapeXML(&b, page)
		b.WriteString("</loc><lastmod>" + h.Modified.UTC().Format(time.RFC3339) + "</lastmod>")
		for _, a := range Alternates(page) {
			b.WriteString(`<xhtml:link rel="alternate" hreflang="` + a.Language + `" href="`)
			escapeXML(&b, a.URL)
			b.WriteString(`"/>`)
		}
		b.WriteString("</url>\n")
	}
	b.WriteString("</urlset>\n")
	return b.Bytes()
}

// Alternate is a page in one of its languages.
type Alternate struct{ Language, URL string }

// Alternates lists the addresses of a page in each language. The plain address
// speaks French to whoever does not say otherwise.
func Alternates(page string) []Alternate {
	out := []Alternate{{"x-default", page}}
	for _, tag := range lang.All() {
		if tag == lang.French {
			out = append(out, Alternate{string(tag), page})
			continue
		}
		out = append(out, Alternate{string(tag), page + "?lang=" + string(tag)})
	}
	return out
}
