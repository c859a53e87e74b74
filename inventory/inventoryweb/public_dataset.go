package inventoryweb

import (
	"context"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// datasetPage is a public dataset.
type datasetPage struct {
	web.Page
	Dataset       inventory.Publication
	Institution   web.Link
	Ministry      web.Link // above the institution; empty when it is one itself
	Duty          duty
	Frequency     string
	Theme         web.Link
	Licence       lang.Text
	LicenceURL    string
	Openness      string
	OpenData      bool
	Personal      string
	Period        string
	Places        []string
	Producer      string
	DataDate      string
	Keywords      []keyword
	Distributions []distribution
	Citation      string
	Formats       []machineFormat
	SchemaOrg     template.JS
	Score         *scored
	Ledger        ledger
	Voices        any // as Beside.Voices returns it
	Life          web.Mark
	Committed     string // the day of opening that is promised
	Slipped       int    // days since the first such day
	FirstDay      string
	Ground        string
	ReviewOn      string
	Files         files
	Desk          string // where the actor may work on it; empty for others
}

type keyword struct {
	Word string
	Lang lang.Tag
	Href string
}

// distribution is one way to get the data, as shown.
type distribution struct {
	Name   lang.Text
	Format string
	Size   string
	URL    string
	File   string // the file itself, when it has an address of its own
	Host   string
}

// machineFormat is the dataset's description for programs.
type machineFormat struct{ Name, Type, Href string }

// gonePage says why a dataset is no longer there.
type gonePage struct {
	web.Page
	Dataset     inventory.Publication
	Institution web.Link
	Replacement *inventory.Publication
	IRI         string // where programs learn of it, for ever
}

// publicDataset answers GET /datasets/:ref.
func (p *Pages) publicDataset(c *gin.Context) error {
	d, err := p.store.Publication(c.Request.Context(), c.Param("ref"))
	if err != nil {
		return err
	}
	page := p.shell.Page(c, "dataset.page.title", d.Content.Title)
	w, err := p.words(c, page)
	if err != nil {
		return err
	}
	if !d.Live() {
		return p.gone(c, w, d)
	}
	if w.seen, err = p.store.Files(c.Request.Context(), identity.Actor{}, d.Ref); err != nil {
		return err
	}
	shown := w.dataset(d)
	if shown.Ledger, err = p.ledgerOf(c.Request.Context(), w, d.Ref); err != nil {
		return err
	}
	if shown.Voices, err = p.beside.Voices(c.Request.Context(), page, d.Ref); err != nil {
		return err
	}
	if described, ok := p.beside.SchemaOrg(c.Request.Context(), d.DatasetID); ok {
		shown.SchemaOrg = template.JS(described) //nolint:gosec // data for search engines, with every "<" escaped
	}
	return p.shell.Show(c, "inventory_dataset", shown)
}

// gone answers with the tombstone of a withdrawn dataset.
func (p *Pages) gone(c *gin.Context, w words, d *inventory.Publication) error {
	page := gonePage{
		Page: w.page, Dataset: *d, IRI: p.shell.URL("/dataset/" + d.DatasetID),
		Institution: w.page.LinkTo("/institutions/"+d.Institution, w.names.institution(d.Institution)),
	}
	r, err := p.successor(c.Request.Context(), d)
	if err != nil {
		return err
	}
	if page.Replacement = r; r != nil {
		c.Writer.Header().Add("Link", "<"+p.shell.URL("/dataset/"+r.DatasetID)+`>; rel="successor-version"`)
	}
	return p.shell.ShowStatus(c, http.StatusGone, "inventory_gone", page)
}

// successors bounds how many replacements of replacements are followed.
const successors = 10

// successor is what takes the place of d today: its replacement, or what has
// replaced that since. Nil when nothing does: a replacement that is not public
// is no use to whoever came here.
func (p *Pages) successor(ctx context.Context, d *inventory.Publication) (*inventory.Publication, error) {
	for range successors {
		if d.ReplacedBy == "" {
			break
		}
		next, err := p.store.Publication(ctx, d.ReplacedBy)
		if kind, _ := fault.KindOf(err); kind == fault.NotFound {
			break
		}
		if err != nil || next.Live() {
			return next, err
		}
		d = next
	}
	return nil, nil //nolint:nilnil // having none is an ordinary answer inside this file
}

func (w words) dataset(d *inventory.Publication) datasetPage {
	c := d.Content
	page := datasetPage{
		Page: w.page, Dataset: *d, Duty: w.duty(c.Frequency, d.DueAt, d.LateAfter),
		Institution: w.page.LinkTo("/institutions/"+d.Institution, w.names.institution(d.Institution)),
		Frequency:   w.names.frequency(c.Frequency).In(w.page.Lang),
		Theme:       w.page.LinkTo("/datasets?theme="+c.Theme, w.names.theme(c.Theme)),
		Licence:     w.names.licence(c.Licence), Openness: w.openness(c.Openness),
		OpenData: c.Openness == inventory.Open, Personal: w.personal(c), Period: w.period(c),
		Places: w.spatial(c.Spatial), Producer: c.Producer, DataDate: w.day(c.DataModified),
		Keywords: w.keywords(c.Keywords),
	}
	page.Life = lifeMark(w.page, d.Life)
	if d.Life == inventory.Planned {
		page.Committed, page.FirstDay = w.day(c.TargetDate), w.day(d.FirstCommitted)
		page.Slipped = inventory.Slipped(d.FirstCommitted, c.TargetDate)
	}
	if c.Openness == inventory.Restricted || c.Openness == inventory.Closed {
		page.Ground, page.ReviewOn = w.ground(c.Ground()), w.day(c.ReviewOn())
	}
	if l, ok := w.names.Licence(c.Licence); ok {
		page.LicenceURL = l.URL
	}
	if m := w.names.tree.Ministry(d.Institution); m.Slug != "" && m.Slug != d.Institution {
		page.Ministry = w.page.LinkTo("/institutions/"+m.Slug, m.Name)
	}
	for _, x := range c.Distributions {
		page.Distributions = append(page.Distributions, w.distribution(x))
	}
	page.Score = w.score("", &d.Content, d.LateAfter, "")
	page.Files = w.files(c, "", false)
	page.Citation = w.citation(d)
	iri := "/dataset/" + d.DatasetID
	page.Formats = []machineFormat{
		{"JSON-LD", "application/ld+json", iri + ".jsonld"},
		{"Turtle", "text/turtle", iri + ".ttl"},
		{"RDF/XML", "application/rdf+xml", iri + ".rdf"},
		{"CKAN", "application/json", "/api/3/action/package_show?id=" + d.DatasetID},
	}
	if w.page.Actor.May(identity.ReadRegister, d.Institution) {
		page.Desk = deskPath(d.Ref)
	}
	return page
}

// citation names producer and date, as the national licence asks of whoever
// uses the data.
func (w words) citation(d *inventory.Publication) string {
	producer := d.Content.Producer
	if producer == "" {
		producer = w.names.institution(d.Institution).In(w.page.Lang)
	}
	date := w.day(d.Content.DataModified)
	if date == "" {
		date = w.page.Date(d.Modified)
	}
	return w.page.T("dataset.citation", producer, d.Content.Title.In(w.page.Lang), date, w.page.Absolute("/datasets/"+d.Ref))
}

func (w words) period(c inventory.Content) string {
	start, end := w.day(c.TemporalStart), w.day(c.TemporalEnd)
	switch {
	case start != "" && end != "":
		return w.page.T("dataset.period.both", start, end)
	case start != "":
		return w.page.T("dataset.period.since", start)
	case end != "":
		return w.page.T("dataset.period.until", end)
	}
	return ""
}

// keywords lists those of the reader's language, or all when there are none.
func (w words) keywords(all lang.Words) []keyword {
	var words []keyword
	for _, tag := range append([]lang.Tag{w.page.Lang}, lang.All()...) {
		for _, word := range all[string(tag)] {
			words = append(words, keyword{word, tag, "/datasets?q=" + escape(word)})
		}
		if len(words) > 0 {
			break
		}
	}
	return words
}

func (w words) distribution(x inventory.Distribution) distribution {
	d := distribution{Name: x.Title, Format: x.Format, URL: x.URL, File: x.DownloadURL}
	if d.URL == "" {
		d.URL = x.DownloadURL
	}
	if d.File == d.URL {
		d.File = ""
	}
	if x.Bytes > 0 {
		d.Size = w.page.Bytes(x.Bytes)
	}
	d.Host = hostOf(d.URL)
	return d
}
