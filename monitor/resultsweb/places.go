package resultsweb

import (
	"context"

	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// officePart is what people said at an office, or at the small ones together.
type officePart struct {
	Name, N, Mean, Band string
	Colour              web.Mark
}

// places tells what the answers at each office come to, as far as everybody may know.
func (p *Pages) places(ctx context.Context, page *resultsPage, slug string) error {
	told, err := p.store.ToldOffices(ctx, slug)
	if err != nil || len(told.Offices) == 0 {
		return err
	}
	page.Weeks = page.T("surveydesk.places.weeks", page.Date(told.From), page.Date(told.To.AddDate(0, 0, -1)))
	for n := range told.Offices {
		o := &told.Offices[n]
		row := officePart{Name: page.T("surveyoffice.others"), N: page.Number(o.N), Mean: "–", Colour: page.Page.Mark(bandKinds[o.Colour], bandKeys[o.Colour])}
		if o.Code != "" {
			row.Name = page.Text(o.Name)
		}
		if o.N > 0 {
			row.Mean, row.Band = page.Decimal(o.Mean10.Value, 1), page.band(o.Mean10.Low, o.Mean10.High)
		}
		page.Offices = append(page.Offices, row)
	}
	if told.Few > 0 {
		page.FewPlace = page.T("surveyoffice.few", told.Few, survey.OfficeLeast)
	}
	return nil
}
