package inventoryweb

import (
	"context"
	"net/http"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/quality"
	"github.com/jard-odi/jard/web"
)

// qualityAPI adds the scores to the JSON API.
func (p *Pages) qualityAPI() {
	web.Register(p.shell, operation("dataset-quality", http.MethodGet, "/api/v1/datasets/{ref}/quality",
		"Score of the description by the European metadata quality method"), p.apiDatasetQuality)
	web.Register(p.shell, operation("institution-quality", http.MethodGet, "/api/v1/institutions/{slug}/quality",
		"Scores of an institution's published descriptions"), p.apiInstitutionQuality)
}

type qualityAnswer struct {
	Body struct {
		Ref       string    `json:"ref"`
		Published *scoreOut `json:"published" doc:"Of what the public sees; null before the first approval"`
		Working   *scoreOut `json:"working" doc:"Of what is worked on; null for who may not read it"`
	}
}

type scoreOut struct {
	Total         int                    `json:"total" doc:"What nobody has measured is worth nothing"`
	Reachable     int                    `json:"reachable" doc:"If every address that nobody has looked at answered"`
	Possible      int                    `json:"possible"`
	Band          string                 `json:"band" doc:"excellent, good, sufficient or bad"`
	ReachableBand string                 `json:"reachable_band"`
	Gate          string                 `json:"gate" doc:"on_time, late (the score does not make it good) or free (nothing promised)"`
	Metrics       []metricOut            `json:"metrics"`
	Distributions []distributionScoreOut `json:"distributions"`
	Gains         []gainOut              `json:"gains" doc:"What would raise the score, the most first; each alone"`
	Portal        portalOut              `json:"portal" doc:"What a CKAN portal will show"`
}

type metricOut struct {
	Metric    string `json:"metric"`
	Dimension string `json:"dimension"`
	Points    int    `json:"points"`
	Possible  int    `json:"possible"`
	State     string `json:"state" doc:"holds, lacks or unmeasured"`
}

type distributionScoreOut struct {
	ID     string `json:"id"`
	Points int    `json:"points"`
	Best   bool   `json:"best" doc:"Only this one counts"`
}

type gainOut struct {
	Fix    string `json:"fix"`
	Field  string `json:"field"`
	Points int    `json:"points"`
	UpTo   bool   `json:"up_to" doc:"The most it can add: it depends on what is written"`
	Band   string `json:"band" doc:"The band then"`
}

type portalOut struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Licence  string       `json:"license_id"`
	Tags     []string     `json:"tags"`
	Findings []findingOut `json:"findings"`
}

type findingOut struct {
	Effect string `json:"effect" doc:"refuses: the whole dataset does not arrive; changes: not as written"`
	Field  string `json:"field"`
	Key    string `json:"key"`
	Only   string `json:"only" doc:"The one kind of portal that does so: ckan, dcat_rdf, udata or gsa; empty for all"`
}

// apiDatasetQuality answers GET /api/v1/datasets/{ref}/quality.
func (p *Pages) apiDatasetQuality(ctx context.Context, in *RefIn) (*qualityAnswer, error) {
	n, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	seen, err := p.store.Files(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	out := &qualityAnswer{}
	public, err := p.store.Publication(ctx, in.Ref)
	kind, _ := fault.KindOf(err)
	switch {
	case err != nil && kind != fault.NotFound:
		return nil, err
	case err == nil && public.Live():
		d := inventory.Dataset{Ref: public.Ref, Name: public.Name, Content: public.Content, LateAfter: public.LateAfter}
		out.Body.Ref, out.Body.Published = public.Ref, scoreShape(&d, n.Vocabulary, seen, p.now())
	}
	d, err := p.store.Get(ctx, web.ActorFrom(ctx), in.Ref)
	if err == nil {
		out.Body.Ref, out.Body.Working = d.Ref, scoreShape(d, n.Vocabulary, seen, p.now())
		if d.Name == "" && d.State != inventory.Withdrawn {
			would, err := p.store.WouldPublish(ctx, d)
			if err != nil {
				return nil, err
			}
			out.Body.Working.Portal = portalShape(d, would.Name, n.Vocabulary)
		}
	}
	if _, expected := fault.KindOf(err); err != nil && (!expected || out.Body.Published == nil) {
		return nil, err
	}
	return out, nil
}

func scoreShape(d *inventory.Dataset, v *inventory.Vocabulary, seen []file.File, now time.Time) *scoreOut {
	m := quality.Measure(&d.Content, v, inventorydb.LinksOf(&d.Content, seen))
	s := m.Score()
	out := &scoreOut{
		Total: s.Total, Reachable: s.Reachable, Possible: quality.Possible, Band: string(s.Band()),
		ReachableBand: string(s.ReachableBand()), Gate: string(quality.GateOf(d.LateAfter, now)),
		Distributions: []distributionScoreOut{}, Gains: []gainOut{}, Portal: portalShape(d, d.Name, v),
	}
	for _, metric := range quality.Metrics() {
		x := metricOut{Metric: metric.String(), Dimension: string(metric.Dimension()), Possible: metric.Points(), State: "lacks"}
		switch {
		case s.Holds.Has(metric):
			x.Points, x.State = metric.Points(), "holds"
		case s.Unmeasured.Has(metric):
			x.State = "unmeasured"
		}
		out.Metrics = append(out.Metrics, x)
	}
	for n, points := range s.Distributions {
		out.Distributions = append(out.Distributions, distributionScoreOut{d.Content.Distributions[n].ID, points, n == s.Best})
	}
	for _, g := range m.Gains() {
		out.Gains = append(out.Gains, gainOut{string(g.Fix), g.Field, g.Points, g.UpTo, string(g.To)})
	}
	return out
}

func portalShape(d *inventory.Dataset, name string, v *inventory.Vocabulary) portalOut {
	flight := quality.NewPreflight(d.Content, name, d.Ref, v)
	flight.Named(d.Content, d.Name != "")
	out := portalOut{
		Name: flight.Shown.Name, Title: flight.Shown.Title, Licence: flight.Shown.LicenceID, Tags: []string{}, Findings: []findingOut{},
	}
	for _, t := range flight.Shown.Tags {
		if t.Tag != "" {
			out.Tags = append(out.Tags, t.Tag)
		}
	}
	for _, f := range flight.Findings {
		out.Findings = append(out.Findings, findingOut{Effect: string(f.Effect), Field: f.Field, Key: f.Key})
	}
	for _, n := range flight.Notes {
		out.Findings = append(out.Findings, findingOut{Effect: string(n.Effect), Field: n.Field, Key: n.Key, Only: string(n.Consumer)})
	}
	return out
}

// SlugIn names an institution in the path.
type SlugIn struct {
	Slug string `path:"slug" example:"marhp" maxLength:"100"`
}

type institutionQualityAnswer struct {
	Body struct {
		Institution string         `json:"institution"`
		Datasets    int            `json:"datasets" doc:"Published ones, with those of the bodies under it"`
		Mean        float64        `json:"mean"`
		Reachable   float64        `json:"reachable"`
		Possible    int            `json:"possible"`
		Band        string         `json:"band"`
		Bands       map[string]int `json:"bands"`
		Late        int            `json:"late"`
		Sound       int            `json:"sound" doc:"Good or excellent, and not late"`
		Metrics     []shareOut     `json:"metrics"`
		Fixes       []choreOut     `json:"fixes" doc:"The most points first"`
	}
}

type shareOut struct {
	Metric     string  `json:"metric"`
	Points     int     `json:"points"`
	N          int     `json:"n"`
	Share      float64 `json:"share"`
	Unmeasured int     `json:"unmeasured"`
}

type choreOut struct {
	Fix      string  `json:"fix"`
	Datasets int     `json:"datasets"`
	Points   int     `json:"points"`
	Mean     float64 `json:"mean" doc:"What it adds to the mean"`
	Lifted   int     `json:"lifted" doc:"Datasets that reach a better band by it"`
	Band     string  `json:"band" doc:"Of the mean then"`
}

// apiInstitutionQuality answers GET /api/v1/institutions/{slug}/quality.
func (p *Pages) apiInstitutionQuality(ctx context.Context, in *SlugIn) (*institutionQualityAnswer, error) {
	by := web.ActorFrom(ctx)
	if err := by.Must(identity.ReadRegister, in.Slug); err != nil {
		return nil, err
	}
	n, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := n.tree[in.Slug]; !known {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	lines, err := p.store.Quality(ctx, by, in.Slug)
	if err != nil {
		return nil, err
	}
	r := quality.NewReport(lines)
	out := &institutionQualityAnswer{}
	b := &out.Body
	b.Institution, b.Datasets, b.Mean, b.Reachable, b.Possible = in.Slug, r.N, r.Mean, r.Reachable, quality.Possible
	b.Late, b.Sound, b.Bands = r.Late, r.Sound, map[string]int{}
	b.Metrics, b.Fixes = []shareOut{}, []choreOut{}
	if r.N > 0 {
		b.Band = string(r.Band())
	}
	for _, band := range quality.Bands() {
		b.Bands[string(band)] = r.Bands[band]
	}
	for _, s := range r.Shares {
		b.Metrics = append(b.Metrics, shareOut{s.Metric.String(), s.Metric.Points(), s.N, s.Ratio(), s.Unmeasured})
	}
	for _, c := range r.Fixes {
		b.Fixes = append(b.Fixes, choreOut{string(c.Fix), c.N, c.Points, c.Mean, c.Lifted, string(c.To)})
	}
	return out, nil
}
