package portalweb

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/web"
)

// Line is how a dataset stands on the national portal, for portal_parts.html.
type Line struct {
	Mark  web.Mark
	There string // its address on the portal, where it is known
	Read  time.Time
	Found []view
}

// Line returns what the data officer is told beside a dataset; nil where
// nothing is known.
func (p *Pages) Line(c *gin.Context, d *inventory.Dataset) (any, error) {
	ctx, by := c.Request.Context(), web.ActorFrom(c.Request.Context())
	if d.ApprovedRevision == 0 || !by.May(identity.ReadRegister, d.Institution) {
		return nil, nil //nolint:nilnil // nothing to show is an ordinary answer inside this room
	}
	standing, open, err := p.store.Of(ctx, by, d.ID, p.opts.Within)
	if err != nil || standing == portal.Unknown {
		return nil, err
	}
	last, _, err := p.store.LastWhole(ctx)
	if err != nil {
		return nil, err
	}
	page := p.shell.Page(c, "portal.title")
	kind := map[portal.Standing]string{
		portal.NotYet: "due", portal.OnPortal: "open", portal.Otherwise: "slow", portal.Absent: "late", portal.StillOn: "down",
	}[standing]
	l := &Line{Mark: page.Mark(kind, "portal.standing."+string(standing)), Read: last.EndedAt}
	if standing == portal.OnPortal {
		l.There = p.there(d.Name)
	}
	say, err := p.words(ctx, page, nil, open...)
	if err != nil {
		return nil, err
	}
	for n := range open {
		v := p.view(say, &open[n])
		l.Found = append(l.Found, v)
		if v.There != "" {
			l.There = v.There
		}
	}
	return l, nil
}
