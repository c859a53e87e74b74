package catalogue

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// oaiIdentify tells of the whole. Withdrawn datasets are told of for ever.
func (s *Snapshot) oaiIdentify(_ context.Context, b *bytes.Buffer, _ OAIRequest) error {
	w := s.writer
	oaiElement(b, "repositoryName", firstWording(w.settings.Title))
	oaiElement(b, "baseURL", w.settings.OAIURL())
	oaiElement(b, "protocolVersion", "2.0")
	mail, ok := cleanMail(w.settings.Contact)
	if !ok {
		mail = "nobody@example.invalid" // the protocol wants one, and the operator has none
	}
	oaiElement(b, "adminEmail", mail)
	oaiElement(b, "earliestDatestamp", oaiStamp(s.earliest()))
	oaiElement(b, "deletedRecord", "persistent")
	oaiElement(b, "granularity", "YYYY-MM-DDThh:mm:ssZ")
	oaiElement(b, "compression", "gzip")
	return nil
}

// earliest is before every datestamp that a record has, or ever will have.
func (s *Snapshot) earliest() time.Time {
	first := s.issued
	for _, p := range s.gone {
		if first.IsZero() || p.Issued.Before(first) {
			first = p.Issued
		}
	}
	if first.IsZero() {
		first = time.Unix(0, 0)
	}
	return first
}

func (s *Snapshot) oaiListFormats(_ context.Context, b *bytes.Buffer, q OAIRequest) error {
	if identifier, given := q.arguments["identifier"]; given {
		if _, f := s.oaiFind(identifier); f != nil {
			return f
		}
	}
	for _, f := range oaiFormats {
		b.WriteString("<metadataFormat>\n")
		oaiElement(b, "metadataPrefix", f.prefix)
		oaiElement(b, "schema", f.schema)
		oaiElement(b, "metadataNamespace", f.namespace)
		b.WriteString("</metadataFormat>\n")
	}
	return nil
}

// oaiListSets lists the sets that hold something, institutions first.
func (s *Snapshot) oaiListSets(_ context.Context, b *bytes.Buffer, _ OAIRequest) error {
	holds := map[string]bool{}
	for h := range s.headings("") {
		for _, set := range s.writer.oaiSets(h) {
			holds[set] = true
		}
	}
	if len(holds) == 0 {
		return oaiFault("noSetHierarchy", "there are no sets yet")
	}
	for _, set := range slices.Sorted(maps.Keys(holds)) {
		b.WriteString("<set>\n")
		oaiElement(b, "setSpec", set)
		kind, code, _ := strings.Cut(set, ".")
		name := s.writer.institutionName(code)
		if kind == "theme" {
			if name = firstWording(s.writer.themes[code].Name); name == "" {
				name = code
			}
		}
		oaiElement(b, "setName", name)
		b.WriteString("</set>\n")
	}
	return nil
}

func (s *Snapshot) oaiRecord(ctx context.Context, b *bytes.Buffer, q OAIRequest) error {
	h, f := s.oaiFind(q.arguments["identifier"])
	if f != nil {
		return f
	}
	return s.writeOAIRecords(ctx, b, []heading{h}, q.format)
}

// oaiList answers ListIdentifiers and ListRecords: a page of what was asked
// for, and the token of the next.
func (s *Snapshot) oaiList(ctx context.Context, b *bytes.Buffer, q OAIRequest) error {
	page, more := s.oaiPage(q)
	if len(page) == 0 && q.cursor == 0 {
		return oaiFault("noRecordsMatch", "nothing matches from, until and set")
	}
	if q.Verb == "ListIdentifiers" {
		for _, h := range page {
			s.writeOAIHeader(b, h)
		}
	} else if err := s.writeOAIRecords(ctx, b, page, q.format); err != nil {
		return err
	}
	if q.cursor == 0 {
		if more == 0 {
			return nil
		}
		q.total = len(page) + more
	}
	b.WriteString(`<resumptionToken completeListSize="` + strconv.Itoa(q.total) + `" cursor="` + strconv.Itoa(q.cursor) + `">`)
	if more > 0 {
		q.cursor, q.Snapshot, q.after = q.cursor+len(page), s.ID, page[len(page)-1].ID
		b.WriteString(q.token())
	}
	b.WriteString("</resumptionToken>\n")
	return nil
}

// oaiPage picks the next page of what the question asks for. How much more
// there is is counted for the first page; later ones only want to know whether.
func (s *Snapshot) oaiPage(q OAIRequest) (page []heading, more int) {
	size := s.writer.settings.PageSize
	if q.Verb == "ListIdentifiers" {
		size *= 10
	}
	for h := range s.selected(q) {
		if len(page) < size {
			page = append(page, h)
			continue
		}
		if more++; q.cursor > 0 {
			break
		}
	}
	return page, more
}

func (s *Snapshot) writeOAIHeader(b *bytes.Buffer, h heading) {
	b.WriteString("<header")
	if h.Gone {
		b.WriteString(` status="deleted"`)
	}
	b.WriteString(">\n")
	oaiElement(b, "identifier", s.writer.settings.DatasetIRI(h.ID))
	oaiElement(b, "datestamp", oaiStamp(h.Modified))
	for _, set := range s.writer.oaiSets(h) {
		oaiElement(b, "setSpec", set)
	}
	b.WriteString("</header>\n")
}

// writeOAIRecords writes records, reading what is said of the live ones at once.
func (s *Snapshot) writeOAIRecords(ctx context.Context, b *bytes.Buffer, page []heading, format string) error {
	var ids []string
	for _, h := range page {
		if !h.Gone {
			ids = append(ids, h.ID)
		}
	}
	all, err := s.Publications(ctx, ids...)
	if err != nil {
		return err
	}
	live := map[string]int{}
	for n := range all {
		live[all[n].DatasetID] = n
	}
	for _, h := range page {
		b.WriteString("<record>\n")
		s.writeOAIHeader(b, h)
		if n, ok := live[h.ID]; ok {
			s.writeOAIMetadata(b, all[n], format)
		}
		b.WriteString("</record>\n")
	}
	return nil
}

func (s *Snapshot) writeOAIMetadata(b *bytes.Buffer, p inventory.Publication, format string) {
	b.WriteString("<metadata>\n")
	if format == "oai_dc" {
		s.writer.writeDublinCore(b, p)
	} else {
		b.Write(bytes.TrimPrefix(rdfXMLHead(), []byte(xmlHeader)))
		writeRDFXML(b, s.writer.nodesAbout(p)...)
		b.WriteString(rdfXMLTail)
	}
	b.WriteString("</metadata>\n")
}

// writeDublinCore says of a dataset what the fifteen words of Dublin Core can.
func (w *writer) writeDublinCore(b *bytes.Buffer, p inventory.Publication) {
	b.WriteString(`<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"` +
		` xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd">` + "\n")
	for _, e := range w.dublinCore(p) {
		b.WriteString("<dc:" + e.name)
		if e.lang != "" {
			b.WriteString(` xml:lang="` + e.lang + `"`)
		}
		b.WriteByte('>')
		escapeXML(b, e.value)
		b.WriteString("</dc:" + e.name + ">\n")
	}
	b.WriteString("</oai_dc:dc>\n")
}

// dcElement is one element of Dublin Core.
type dcElement struct{ name, value, lang string }

func (w *writer) dublinCore(p inventory.Publication) (out []dcElement) {
	c := p.Content
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, dcElement{name, v, ""})
			}
		}
	}
	say := func(name string, wordings []term) {
		for _, t := range wordings {
			out = append(out, dcElement{name, t.value, t.lang})
		}
	}
	say("title", wordings(c.Title))
	add("creator", cleanText(c.Producer))
	say("subject", wordings(w.themes[c.Theme].Name))
	for _, t := range lang.All() {
		for _, k := range keywords(c.Keywords, t) {
			say("subject", []term{{value: k, lang: string(t)}})
		}
	}
	say("description", descriptions(c))
	add("publisher", w.institutionName(p.Institution))
	add("date", dataDay(p))
	add("type", "Dataset")
	for _, x := range p.Content.Distributions {
		add("format", mediaTypeSeen(x, p.Fact(x.ID)))
	}
	add("identifier", w.settings.DatasetIRI(p.DatasetID), w.settings.PageURL(p.Ref), identifier(p))
	for _, x := range p.Content.Distributions {
		if access, download, ok := addresses(x); ok {
			add("relation", access)
			if download != access {
				add("relation", download)
			}
		}
	}
	add("coverage", w.placeNames(c)...)
	if c.TemporalStart != "" || c.TemporalEnd != "" {
		add("coverage", string(c.TemporalStart)+"/"+string(c.TemporalEnd))
	}
	if l, ok := w.licence(c.Licence); ok {
		add("rights", firstWording(l.Name), w.licenceIRI(l))
	}
	add("rights", accessRight(c.Openness))
	return out
}

// dataDay is when the data last changed, as the catalogue tells it.
func dataDay(p inventory.Publication) string {
	day := p.Content.DataModified
	if day != "" && day.Valid() && day <= inventory.DateOf(p.Modified, time.UTC) {
		return string(day)
	}
	return p.Modified.UTC().Format(time.DateOnly)
}
