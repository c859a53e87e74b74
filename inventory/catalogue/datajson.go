package catalogue

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// The shapes of data.json v1.1, in the order the schema lists them.
type dataset11 struct {
	Type         string           `json:"@type"`
	Identifier   string           `json:"identifier"`
	Title        string           `json:"title"`
	Description  string           `json:"description"`
	Keyword      []string         `json:"keyword"`
	Modified     string           `json:"modified"`
	Issued       string           `json:"issued,omitempty"`
	Publisher    publisher11      `json:"publisher"`
	ContactPoint contact11        `json:"contactPoint"`
	AccessLevel  string           `json:"accessLevel"`
	Rights       string           `json:"rights,omitempty"`
	Accrual      string           `json:"accrualPeriodicity,omitempty"`
	License      string           `json:"license,omitempty"`
	Spatial      string           `json:"spatial,omitempty"`
	Temporal     string           `json:"temporal,omitempty"`
	Theme        []string         `json:"theme,omitempty"`
	Language     []string         `json:"language,omitempty"`
	LandingPage  string           `json:"landingPage"`
	References   []string         `json:"references,omitempty"`
	Distribution []distribution11 `json:"distribution,omitempty"`
}

type publisher11 struct {
	Type   string       `json:"@type"`
	Name   string       `json:"name"`
	Parent *publisher11 `json:"subOrganizationOf,omitempty"`
}

type contact11 struct {
	Type string `json:"@type"`
	Name string `json:"fn"`
	Mail string `json:"hasEmail"`
}

type distribution11 struct {
	Type        string `json:"@type"`
	Title       string `json:"title,omitempty"`
	AccessURL   string `json:"accessURL,omitempty"`
	DownloadURL string `json:"downloadURL,omitempty"`
	MediaType   string `json:"mediaType,omitempty"`
	Format      string `json:"format,omitempty"`
}

// dataJSON writes p for data.json. Every field the schema requires is there or
// the entry is refused: its readers drop what is incomplete without a word.
func (w *writer) dataJSON(p inventory.Publication) ([]byte, error) {
	c := p.Content
	name, mail := w.contact(p)
	if mail == "" {
		return nil, fmt.Errorf("data.json: no contact mailbox")
	}
	d := dataset11{
		Type:         "dcat:Dataset",
		Identifier:   identifier(p),
		Title:        firstWording(c.Title),
		Description:  descriptions(c)[0].value,
		Keyword:      w.keywords11(c),
		Modified:     p.Modified.UTC().Format(time.RFC3339),
		Issued:       p.Issued.UTC().Format(time.DateOnly),
		Publisher:    *w.publisher11(p.Institution),
		ContactPoint: contact11{"vcard:Contact", name, "mailto:" + mail},
		AccessLevel:  accessLevel(c.Openness),
		Rights:       shorten(cleanText(c.LegalGround), 255),
		Accrual:      accrual11(w.frequencies[c.Frequency].Accrual),
		LandingPage:  w.settings.PageURL(p.Ref),
		Spatial:      strings.Join(w.placeNames(c), ", "),
		References:   w.sameAs(p),
		Distribution: w.distributions11(p),
	}
	if l, ok := w.licence(c.Licence); ok {
		d.License = w.licenceIRI(l)
	}
	if c.TemporalStart != "" && c.TemporalEnd != "" {
		d.Temporal = string(c.TemporalStart) + "/" + string(c.TemporalEnd)
	}
	if theme := firstWording(w.themes[c.Theme].Name); theme != "" {
		d.Theme = []string{theme}
	}
	for _, t := range wordings(c.Title) {
		d.Language = append(d.Language, t.lang)
	}
	return marshal(d)
}

// accrual11 is an interval as the schema takes it, nothing otherwise: one field
// that is wrong has the whole dataset refused.
func accrual11(interval string) string {
	if interval == "irregular" || accrualForm.MatchString(interval) {
		return interval
	}
	return ""
}

// accrualForm is that of the schema.
var accrualForm = regexp.MustCompile(`^R/P(?:\d+(?:\.\d+)?[YMWD]|T\d+(?:\.\d+)?[HMS])$`)

// keywords11 never comes out empty: the schema wants one at least.
func (w *writer) keywords11(c inventory.Content) []string {
	words := portalTags(c.Keywords)
	for _, instead := range []string{firstWording(w.themes[c.Theme].Name), firstWording(c.Title), "open data"} {
		if tag, ok := portalTag(instead); ok && len(words) == 0 {
			words = []string{tag}
		}
	}
	return words
}

func (w *writer) publisher11(slug string) *publisher11 {
	p := &publisher11{Type: "org:Organization", Name: w.institutionName(slug)}
	if parent := w.institutions[slug].Parent; parent != "" && parent != slug {
		p.Parent = &publisher11{Type: "org:Organization", Name: w.institutionName(parent)}
	}
	return p
}

// placeNames lists the governorates the data is about, or the country.
func (w *writer) placeNames(c inventory.Content) []string {
	var names []string
	for _, code := range c.Spatial {
		if g, ok := w.governorates[code]; ok {
			names = append(names, firstWording(g.Name))
		}
	}
	if len(names) == 0 {
		names = []string{"Tunisie"}
	}
	return names
}

func (w *writer) distributions11(p inventory.Publication) []distribution11 {
	var out []distribution11
	for _, x := range p.Content.Distributions {
		access, download, ok := addresses(x)
		if !ok {
			continue
		}
		d := distribution11{
			Type: "dcat:Distribution", Title: firstWording(x.Title), AccessURL: access,
			Format: formatLabel(formatOf(x, p.Fact(x.ID))), MediaType: mediaTypeSeen(x, p.Fact(x.ID)), DownloadURL: download,
		}
		if download != "" && d.MediaType == "" {
			d.MediaType = "application/octet-stream" // a file of which nobody said what it is
		}
		out = append(out, d)
	}
	return out
}

// formatLabel is the name people know a format by.
func formatLabel(format string) string {
	if f, ok := fileTypeOf(format); ok {
		return f.label
	}
	return cleanText(format)
}

// shorten cuts s at n characters.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}

// writeDataJSON joins the datasets into one document, in the order of ids: its
// readers compare by hash.
func (s *Snapshot) writeDataJSON() []*Part {
	var head bytes.Buffer
	head.WriteString(`{"@context":"https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",` +
		`"@type":"dcat:Catalog","conformsTo":"https://project-open-data.cio.gov/v1.1/schema",` +
		`"describedBy":"https://project-open-data.cio.gov/v1.1/schema/catalog.json","@id":`)
	writeJSONString(&head, s.writer.settings.BaseURL+"/data.json")
	head.WriteString(",\"dataset\":[\n")
	var runs []*Part
	for _, l := range s.leaves {
		if l.Datasets > 0 {
			runs = append(runs, l.parts[LeafDataJSON])
		}
	}
	return Joined(head.Bytes(), ",\n", ' ', "\n]}\n", runs...)
}
