package catalogueweb

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/quality"
)

// Measurer knows how good descriptions are.
type Measurer interface {
	Quality(ctx context.Context, by identity.Actor, institution string) ([]*quality.Line, error)
	LinksTo(ctx context.Context, id string, c *inventory.Content) (quality.Links, error)
}

// Measured has the catalogue tell of the quality of its descriptions, too.
func (p *Pages) Measured(by Measurer) { p.measurer = by }

// datasetQuality answers GET /dataset/{uuid}/quality.{jsonld,ttl,rdf,xml,nt}.
func (p *Pages) datasetQuality(format catalogue.Format) func(*gin.Context) error {
	return func(c *gin.Context) error {
		id, ctx := c.Param("id"), c.Request.Context()
		s, err := p.feed.current(ctx)
		if err != nil {
			return err
		}
		if t, gone := s.Gone(id); gone {
			return p.gone(c, s, t, format, true)
		}
		live, ok, err := s.Live(ctx, id)
		if err != nil {
			return unavailable(err)
		}
		if !ok || p.measurer == nil {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		vocabulary, err := p.feed.source.Register.Vocabulary(ctx)
		if err != nil {
			return err
		}
		links, err := p.measurer.LinksTo(ctx, id, &live.Content)
		if err != nil {
			return err
		}
		values := measuredOf(live.Content, quality.Measure(&live.Content, vocabulary, links), links)
		return p.sendQuality(c, s, id, values, format)
	}
}

// catalogQuality answers GET /quality.{jsonld,ttl,rdf,xml,nt}: the means over
// everything that is public.
func (p *Pages) catalogQuality(format catalogue.Format) func(*gin.Context) error {
	return func(c *gin.Context) error {
		ctx := c.Request.Context()
		s, err := p.feed.current(ctx)
		if err != nil {
			return err
		}
		if p.measurer == nil {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		lines, err := p.measurer.Quality(ctx, identity.System("catalogue"), "")
		if err != nil {
			return err
		}
		return p.sendQuality(c, s, "", meansOf(quality.NewReport(lines)), format)
	}
}

func (p *Pages) sendQuality(c *gin.Context, s *catalogue.Snapshot, id string, values []catalogue.QualityValue, f catalogue.Format) error {
	d, ok := s.Quality(id, values, f)
	if !ok {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return p.send(c, http.StatusOK, s, d)
}

// measuredOf are the measurements of a dataset: what holds of it and of each
// way to get it, and what that adds up to. What nobody has looked at is not
// measured.
func measuredOf(c inventory.Content, m quality.Measurement, links quality.Links) []catalogue.QualityValue {
	var out []catalogue.QualityValue
	add := func(metric quality.Metric, on string, holds bool) {
		v := catalogue.QualityValue{
			Metric: metric.String(), Dimension: string(metric.Dimension()), On: on, Kind: catalogue.YesOrNo,
		}
		if holds {
			v.Value = 1
		}
		out = append(out, v)
	}
	for _, metric := range quality.Metrics() {
		if metric.OfDataset() {
			add(metric, "", m.Dataset.Has(metric))
		}
	}
	for n, r := range m.Distributions {
		if r.Lost {
			continue
		}
		x := c.Distributions[n]
		for _, metric := range quality.Metrics() {
			switch {
			case metric.OfDataset(), r.Unmeasured.Has(metric):
			case metric == quality.AccessURLStatus, metric == quality.DownloadURLStatus:
				out = append(out, statusOf(x, metric, links)...)
			default:
				add(metric, x.ID, r.Holds.Has(metric))
			}
		}
	}
	score := m.Score()
	for _, d := range quality.Dimensions() {
		points, _ := score.Of(d)
		out = append(out, catalogue.QualityValue{
			Metric: string(d) + "Scoring", Dimension: string(d), Kind: catalogue.Whole, Value: float64(points),
		})
	}
	return append(out, catalogue.QualityValue{Metric: "scoring", Kind: catalogue.Whole, Value: float64(score.Total)})
}

// statusOf is the status with which an address answered: the method's value of
// these two metrics is the number itself.
func statusOf(x inventory.Distribution, metric quality.Metric, links quality.Links) []catalogue.QualityValue {
	said, ok := catalogue.ClaimsOf(x)
	address := said.Access
	if metric == quality.DownloadURLStatus {
		address = said.Download
	}
	if !ok || address == "" || links == nil {
		return nil
	}
	status, known := links(address)
	if !known {
		return nil
	}
	return []catalogue.QualityValue{{
		Metric: metric.String(), Dimension: string(metric.Dimension()), On: x.ID, Kind: catalogue.Whole, Value: float64(status),
	}}
}

// meansOf are the measurements of the whole: which part of the datasets each
// metric holds of, and the mean of the scores.
func meansOf(r quality.Report) []catalogue.QualityValue {
	var out []catalogue.QualityValue
	points := map[quality.Dimension]float64{}
	for _, share := range r.Shares {
		d := share.Metric.Dimension()
		points[d] += share.Ratio() * float64(share.Metric.Points())
		out = append(out, catalogue.QualityValue{
			Metric: share.Metric.String(), Dimension: string(d), Kind: catalogue.Decimal, Value: share.Ratio(),
		})
	}
	for _, d := range quality.Dimensions() {
		out = append(out, catalogue.QualityValue{Metric: string(d) + "Scoring", Dimension: string(d), Kind: catalogue.Decimal, Value: points[d]})
	}
	return append(out, catalogue.QualityValue{Metric: "scoring", Kind: catalogue.Decimal, Value: r.Mean})
}
