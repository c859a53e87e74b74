package inventoryweb

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/screening"
	"github.com/jard-odi/jard/web"
)

// Samples fetches a file and screens its columns in memory; why says why it
// could not be read. What it returns is masked.
type Samples func(ctx context.Context, by identity.Actor, ref, distribution string) (n int, found []screening.Column, why file.Reason, err error)

// samples is the part of the page on persons where the officer looks at the
// columns of a file again. Nothing of the file is kept for it.
type samples struct {
	Files []web.Option // with a column that points to persons
	Off   bool         // nobody looks at files here

	Looked  bool
	Name    string // of the file looked at
	Columns []columnLine
	Rows    int
	Why     string // it could not be read
}

// samples lists the files to look at, for who may see samples; nil for others.
func (w words) samples(d *inventory.Dataset, off bool, picked string) *samples {
	if !w.page.Actor.May(identity.SeeSamples, d.Institution) || d.State == inventory.Withdrawn {
		return nil
	}
	out := &samples{Off: off}
	for _, x := range d.Content.Distributions {
		if slices.ContainsFunc(d.FileSigns, func(s inventory.Sign) bool { return s.Field == "distributions."+x.ID }) {
			out.Files = append(out.Files, web.Option{Value: x.ID, Label: w.fileName(d, x.ID), Chosen: x.ID == picked})
		}
	}
	if len(out.Files) == 0 {
		return nil
	}
	return out
}

// lookAtSamples answers POST /desk/datasets/:ref/persons/samples. What it shows
// is neither stored nor logged, here or by anybody between.
func (p *Pages) lookAtSamples(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.SeeSamples)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	d, err := p.store.Get(ctx, by, c.Param("ref"))
	if err != nil {
		return err
	}
	if err := by.Must(identity.SeeSamples, d.Institution); err != nil {
		return err
	}
	if p.beside.Samples == nil {
		return fault.New(fault.Unavailable, "file.ask.off")
	}
	rows, found, why, err := p.beside.Samples(ctx, by, d.Ref, c.PostForm("file"))
	if kind, _ := fault.KindOf(err); kind == fault.Throttled || kind == fault.Conflict {
		return p.shell.Redirect(c, deskPath(d.Ref)+"/persons", fault.All(err)[0].Key)
	}
	if err != nil {
		return err
	}
	return p.showPersons(c, by, d, nil, func(page *personsPage, w words) {
		if page.Samples == nil { // no sign was known in this file, so it was not offered
			page.Samples = &samples{}
		}
		s := page.Samples
		s.Looked, s.Rows, s.Name = true, rows, w.fileName(d, c.PostForm("file"))
		if s.Columns = columnLines(page.Page, found); why != file.None {
			s.Why = page.T("file.reason." + string(why))
		}
	})
}

// columnLines says columns that look like personal data in words.
func columnLines(page web.Page, all []screening.Column) []columnLine {
	lines := make([]columnLine, 0, len(all))
	for _, found := range all {
		line := columnLine{N: found.N, Header: found.Header, Kind: page.T("screening.kind." + string(found.Kind)), Samples: found.Samples}
		switch {
		case found.Cells == 0:
			line.Why = page.T("screening.by_name")
		case found.ByName:
			line.Why = page.T("screening.by_both", found.Matches, found.Cells)
		default:
			line.Why = page.T("screening.by_form", found.Matches, found.Cells)
		}
		lines = append(lines, line)
	}
	return lines
}
