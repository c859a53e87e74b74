package inventoryweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/quality"
	"github.com/jard-odi/jard/web"
)

// qualityRoutes adds the pages about the quality of descriptions.
func (p *Pages) qualityRoutes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/quality", page(p.method))
	r.GET("/desk/quality", page(p.qualityReport))
	r.GET("/desk/quality/datasets", page(p.qualityList))
	r.GET("/desk/quality/datasets.csv", page(p.qualityCSV))
	r.GET("/desk/datasets/:ref/quality", page(p.datasetQuality))
	p.shell.AddNav(web.NavItem{Path: "/desk/quality", Key: "quality.nav", Act: identity.ReadRegister, Desk: true, Group: web.NavRegister, Rank: 12})
	p.qualityAPI()
}

// methodPage explains the method to whoever meets a band.
type methodPage struct {
	web.Page
	Parts []methodPart
	Bands []methodBand
}

type methodPart struct {
	Name    string
	Points  int
	Metrics []methodMetric
}

type methodMetric struct {
	Name, Code string
	Points     int
	OfDataset  bool
}

type methodBand struct {
	Mark  web.Mark
	Range string
}

// method answers GET /quality.
func (p *Pages) method(c *gin.Context) error {
	page := methodPage{Page: p.shell.Page(c, "quality.method.title")}
	for _, d := range quality.Dimensions() {
		part := methodPart{Name: page.T("quality.dimension." + string(d))}
		for _, m := range quality.Metrics() {
			if m.Dimension() == d {
				part.Points += m.Points()
				part.Metrics = append(part.Metrics, methodMetric{
					Name: page.T("quality.metric." + m.String()), Code: m.String(), Points: m.Points(), OfDataset: m.OfDataset(),
				})
			}
		}
		page.Parts = append(page.Parts, part)
	}
	for _, b := range quality.Bands() {
		page.Bands = append(page.Bands, methodBand{bandMark(page.Page, b), page.T("quality.range." + string(b))})
	}
	return p.shell.Show(c, "inventory_quality_method", page)
}

// datasetQualityPage tells all about the score of one description and what a
// portal will make of it.
type datasetQualityPage struct {
	web.Page
	Dataset       *inventory.Dataset
	Score         *scored
	Public        *scored // of the public revision, while something else is worked on
	Metrics       []metricLine
	Distributions []distributionScore
	Portal        portal
	Edit          string // where to edit it; empty when the actor may not
}

// metricLine is one metric of the score.
type metricLine struct {
	Dimension string // only on the first of each
	Name      string
	State     web.Mark
	Points    int
	Of        int
}

type distributionScore struct {
	Name   string
	Points int
	Best   bool
}

// datasetQuality answers GET /desk/datasets/:ref/quality.
func (p *Pages) datasetQuality(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	d, err := p.store.Get(c.Request.Context(), by, c.Param("ref"))
	if err != nil {
		return err
	}
	base := p.shell.Page(c, "quality.dataset.title", d.Content.Title)
	w, err := p.words(c, base)
	if err != nil {
		return err
	}
	if w.seen, err = p.store.Files(c.Request.Context(), by, d.Ref); err != nil {
		return err
	}
	s := quality.ScoreOf(&d.Content, w.names.Vocabulary, inventorydb.LinksOf(&d.Content, w.seen))
	edit := editPath(by, d)
	shown, err := p.portal(c, w, d, edit)
	if err != nil {
		return err
	}
	page := datasetQualityPage{
		Page: base, Dataset: d, Score: w.score(d.Ref, &d.Content, d.LateAfter, edit), Metrics: w.metrics(s),
		Distributions: w.distributionScores(d.Content, s), Portal: shown,
		Edit: edit,
	}
	if d.ApprovedRevision > 0 && d.State != inventory.Approved && d.State != inventory.Withdrawn {
		public, err := p.store.Publication(c.Request.Context(), d.ID)
		if err != nil {
			return err
		}
		page.Public = w.score(d.Ref, &public.Content, public.LateAfter, "")
	}
	return p.shell.Show(c, "inventory_quality_dataset", page)
}

func (w words) metrics(s quality.Score) []metricLine {
	var lines []metricLine
	before := quality.Dimension("")
	for _, m := range quality.Metrics() {
		l := metricLine{Name: w.page.T("quality.metric." + m.String()), Of: m.Points(), State: w.page.Mark("withdrawn", "quality.state.lacks")}
		switch {
		case s.Holds.Has(m):
			l.Points, l.State = m.Points(), w.page.Mark("open", "quality.state.holds")
		case s.Unmeasured.Has(m):
			l.State = w.page.Mark("unknown", "quality.state.unmeasured")
		}
		if d := m.Dimension(); d != before {
			l.Dimension, before = w.page.T("quality.dimension."+string(d)), d
		}
		lines = append(lines, l)
	}
	return lines
}

// distributionScores compares several ways to get the data: only the best counts.
func (w words) distributionScores(c inventory.Content, s quality.Score) []distributionScore {
	if len(c.Distributions) < 2 {
		return nil
	}
	var all []distributionScore
	for n, x := range c.Distributions {
		name := x.Title.In(w.page.Lang)
		if name == "" {
			name = w.page.T("dataset.form.row", n+1)
		}
		if x.Format != "" {
			name += " · " + x.Format
		}
		all = append(all, distributionScore{name, s.Distributions[n], n == s.Best})
	}
	return all
}
