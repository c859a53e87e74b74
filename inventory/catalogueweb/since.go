package catalogueweb

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/harvest"
)

// sincePage answers with a page of what has changed since the moment that the
// reader names. Who counts pages by itself stays on the snapshot it began with.
func (p *Pages) sincePage(c *gin.Context, s *catalogue.Snapshot, format catalogue.Format, number int) error {
	asked := query(c, "modified_since")
	since, err := catalogue.ParseSince(asked)
	if err != nil {
		return err
	}
	began, v := p.follow(c, harvest.Walk{
		Dialect: "catalog." + string(format), Question: asked, Scope: harvest.Changes,
	}, number-1, s)
	if query(c, "snapshot") == "" {
		s = began
	}
	v.on(s)
	d, count, err := s.SincePage(c.Request.Context(), format, since, number)
	switch {
	case err != nil:
		return unavailable(err)
	case d == nil:
		return fault.New(fault.NotFound, "catalogue.page.unknown", number)
	}
	v.answered(number, count)
	return p.send(c, http.StatusOK, s, d)
}
