package inventoryweb

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/quality"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// qualityReportPage is the state of a body's published descriptions.
type qualityReportPage struct {
	web.Page
	Institutions []web.Option
	Report       quality.Report
	Band         web.Mark
	Hope         string
	Bands        []bandLine
	Shares       []shareLine
	Chores       []choreLine
	All, CSV     string
	Nothing      web.Empty
}

type bandLine struct {
	Mark web.Mark
	N    int
	Href string
}

// shareLine is how many entries a metric holds of.
type shareLine struct {
	Dimension  string
	Name       string
	Points     int
	N, Of      int
	Ratio      float64
	Unmeasured bool // nobody has looked at any
}

// choreLine is one fix over many entries, with the way to them.
type choreLine struct {
	Name, Effect, Points string
	Mean                 float64
	N                    int
	Href                 string
}

// measuredFor reads the lines that the address asks for.
func (p *Pages) measuredFor(c *gin.Context, titleKey string) (words, []*quality.Line, error) {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return words{}, nil, err
	}
	w, err := p.words(c, p.shell.Page(c, titleKey))
	if err != nil {
		return w, nil, err
	}
	if slug := c.Query("institution"); slug != "" {
		if _, known := w.names.tree[slug]; !known {
			return w, nil, fault.New(fault.NotFound, "fault.not_found")
		}
	}
	lines, err := p.store.Quality(c.Request.Context(), by, c.Query("institution"))
	return w, lines, err
}

// qualityReport answers GET /desk/quality.
func (p *Pages) qualityReport(c *gin.Context) error {
	w, lines, err := p.measuredFor(c, "quality.report.title")
	if err != nil {
		return err
	}
	slug := c.Query("institution")
	page := qualityReportPage{
		Page: w.page, Report: quality.NewReport(lines), All: qualityHref("/desk/quality/datasets", slug, "", ""),
		CSV:     qualityHref("/desk/quality/datasets.csv", slug, "", ""),
		Nothing: w.page.Empty("quality.report.empty", "quality.report.empty_text"),
	}
	if options := w.readable(w.page.Actor); len(options) > 2 {
		page.Institutions = options
		for n := range options {
			options[n].Chosen = options[n].Value == slug
		}
	}
	page.Band = bandMark(w.page, page.Report.Band())
	if page.Report.Reachable > page.Report.Mean {
		page.Hope = w.page.T("quality.report.hope", w.page.Decimal(page.Report.Reachable, 0),
			w.page.T("quality.band."+string(quality.BandOf(page.Report.Reachable))))
	}
	for _, b := range quality.Bands() {
		page.Bands = append(page.Bands, bandLine{
			bandMark(w.page, b), page.Report.Bands[b], qualityHref("/desk/quality/datasets", slug, "", b),
		})
	}
	page.Shares, page.Chores = w.shares(page.Report), w.chores(page.Report, slug)
	return p.shell.Show(c, "inventory_quality_report", page)
}

func qualityHref(path, institution string, fix quality.Fix, band quality.Band) string {
	q := url.Values{}
	for name, value := range map[string]string{"institution": institution, "fix": string(fix), "band": string(band)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (w words) shares(r quality.Report) []shareLine {
	var lines []shareLine
	before := quality.Dimension("")
	for _, s := range r.Shares {
		l := shareLine{
			Name: w.page.T("quality.metric." + s.Metric.String()), Points: s.Metric.Points(), N: s.N, Of: s.Of, Ratio: s.Ratio(),
			Unmeasured: s.N == 0 && s.Unmeasured > 0,
		}
		if d := s.Metric.Dimension(); d != before {
			l.Dimension, before = w.page.T("quality.dimension."+string(d)), d
		}
		lines = append(lines, l)
	}
	return lines
}

func (w words) chores(r quality.Report, institution string) []choreLine {
	lines := make([]choreLine, 0, len(r.Fixes))
	for _, c := range r.Fixes {
		l := choreLine{
			Name: w.page.T("quality.fix." + string(c.Fix)), Mean: c.Mean, N: c.N,
			Href: qualityHref("/desk/quality/datasets", institution, c.Fix, ""),
		}
		switch {
		case c.To != r.Band():
			l.Effect = w.page.T("quality.report.whole_lifted", w.page.T("quality.band."+string(c.To)))
		case c.Lifted > 0:
			l.Effect = w.page.T("quality.report.lifted", c.Lifted)
		}
		l.Points = w.gain(quality.Gain{Points: c.Points, UpTo: c.UpTo})
		lines = append(lines, l)
	}
	return lines
}

// qualityListPage lists the entries of a report that one fix or one band is about.
type qualityListPage struct {
	web.Page
	Heading string
	Back    string
	CSV     string
	Items   []qualityLine
	Pager   web.Pager
	Total   int
	Nothing web.Empty
}

// qualityLine is one entry with its score.
type qualityLine struct {
	Href        string
	Ref         string
	Title       lang.Text
	Institution lang.Text
	Total       int
	Band        web.Mark
	Late        bool
	Gain        string
}

// chosen is a line with what the list is about.
type chosenLine struct {
	line  *quality.Line
	score quality.Score
	gain  quality.Gain
}

// pick keeps the lines that the address asks for, those with the most to gain
// first, and those with the lowest score first among equals.
func pick(c *gin.Context, lines []*quality.Line) []chosenLine {
	fix, band := quality.Fix(c.Query("fix")), quality.Band(c.Query("band"))
	var kept []chosenLine
	for _, l := range lines {
		x := chosenLine{line: l, score: l.Measurement.Score()}
		if band != "" && x.score.Band() != band {
			continue
		}
		if fix != "" {
			gains := quality.OncePerFix(l.Measurement.Gains())
			at := slices.IndexFunc(gains, func(g quality.Gain) bool { return g.Fix == fix })
			if at < 0 {
				continue
			}
			x.gain = gains[at]
		}
		kept = append(kept, x)
	}
	slices.SortStableFunc(kept, func(a, b chosenLine) int {
		switch {
		case a.gain.Points != b.gain.Points:
			return b.gain.Points - a.gain.Points
		case a.score.Total != b.score.Total:
			return a.score.Total - b.score.Total
		}
		return strings.Compare(a.line.Ref, b.line.Ref)
	})
	return kept
}

const qualityPerPage = 20

// qualityList answers GET /desk/quality/datasets.
func (p *Pages) qualityList(c *gin.Context) error {
	w, lines, err := p.measuredFor(c, "quality.list.title")
	if err != nil {
		return err
	}
	kept := pick(c, lines)
	fix, band, slug := quality.Fix(c.Query("fix")), quality.Band(c.Query("band")), c.Query("institution")
	page := qualityListPage{
		Page: w.page, Heading: w.page.T("quality.list.title"), Back: qualityHref("/desk/quality", slug, "", ""), Total: len(kept),
		CSV:     qualityHref("/desk/quality/datasets.csv", slug, fix, band),
		Nothing: w.page.Empty("quality.list.empty", "quality.list.empty_text"),
	}
	switch {
	case slices.Contains(quality.Fixes(), fix):
		page.Heading = w.page.T("quality.fix." + string(fix))
	case slices.Contains(quality.Bands(), band):
		page.Heading = w.page.T("quality.list.band", w.page.T("quality.band."+string(band)))
	}
	pages := max(1, (len(kept)+qualityPerPage-1)/qualityPerPage)
	number := min(max(1, whole(c.Query("page"))), pages)
	page.Pager = w.page.Pager(number, pages, c.Request.URL.Query())
	for _, x := range kept[(number-1)*qualityPerPage : min(number*qualityPerPage, len(kept))] {
		page.Items = append(page.Items, w.qualityLine(x))
	}
	return p.shell.Show(c, "inventory_quality_list", page)
}

func (w words) qualityLine(x chosenLine) qualityLine {
	l := qualityLine{
		Href: deskPath(x.line.Ref) + "/quality", Ref: x.line.Ref, Title: x.line.Title,
		Institution: w.names.institution(x.line.Institution), Total: x.score.Total, Late: x.line.Late,
		Band: bandMark(w.page, x.score.Band()),
	}
	if x.gain.Points > 0 {
		l.Gain = w.gain(x.gain)
		if x.gain.Fix != quality.ListLicence && w.page.Actor.May(identity.RecordDataset, x.line.Institution) {
			l.Href = deskPath(x.line.Ref) + "/edit#" + web.FieldID(x.gain.Field)
		}
	}
	return l
}

// qualityCSV answers GET /desk/quality/datasets.csv: one row an entry, the
// points of every metric, nothing where nobody has looked.
func (p *Pages) qualityCSV(c *gin.Context) error {
	_, lines, err := p.measuredFor(c, "quality.list.title")
	if err != nil {
		return err
	}
	head := []string{"ref", "institution", "title_fr", "title_ar", "points", "reachable", "band", "late"}
	for _, m := range quality.Metrics() {
		head = append(head, m.String())
	}
	rows := [][]string{head}
	for _, x := range pick(c, lines) {
		row := []string{
			x.line.Ref, x.line.Institution, web.Inert(x.line.Title["fr"]), web.Inert(x.line.Title["ar"]), strconv.Itoa(x.score.Total),
			strconv.Itoa(x.score.Reachable), string(x.score.Band()), strconv.FormatBool(x.line.Late),
		}
		for _, m := range quality.Metrics() {
			row = append(row, pointsOf(x.score, m))
		}
		rows = append(rows, row)
	}
	return web.CSV(c, "quality.csv", rows)
}

func pointsOf(s quality.Score, m quality.Metric) string {
	switch {
	case s.Holds.Has(m):
		return strconv.Itoa(m.Points())
	case s.Unmeasured.Has(m):
		return ""
	}
	return "0"
}
