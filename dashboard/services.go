package dashboard

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// servicesPage is the desk of a department that runs online services.
type servicesPage struct {
	web.Page
	Institution any // lang.Text
	Tasks       []task
	Services    []serviceLine
	Nothing     web.Empty
}

// mostServices bounds what one department is shown at once.
const mostServices = 500

func (d *Desks) services(c *gin.Context, v view) error {
	ctx := c.Request.Context()
	list, err := d.watched.List(ctx, v.by, monitordb.Filter{Limit: mostServices})
	if err != nil {
		return err
	}
	board, err := d.watched.Board(ctx)
	if err != nil {
		return err
	}
	standings := map[string]monitordb.Standing{}
	for _, s := range board.Services {
		standings[s.Service.Slug] = s
	}
	page := servicesPage{
		Page: v.Page, Institution: v.institution(v.by.Institution),
		Nothing: v.Empty("desk.services.empty", "desk.services.empty_text"),
	}
	fallen := 0
	for _, s := range list {
		if !v.by.May(identity.ReadServices, s.Institution) {
			continue // public, but somebody else's
		}
		shown := v.owned(s, standings)
		page.Services = append(page.Services, shown)
		if standings[s.Slug].Verdict == monitor.Down && s.State == monitor.Active {
			fallen++
		}
	}
	if fallen > 0 {
		page.Tasks = []task{{fallen, "down", v.T("desk.operator.down", fallen), "/status"}}
	}
	return d.shell.Show(c, "dashboard_services", page)
}

// owned is a service with its state; one that is not watched says so.
func (v view) owned(s monitor.Service, standings map[string]monitordb.Standing) serviceLine {
	if standing, ok := standings[s.Slug]; ok {
		return v.service(standing)
	}
	kind := "draft"
	if s.State == monitor.Paused {
		kind = "paused"
	}
	return serviceLine{
		Href: "/services/" + s.Slug, Name: s.Name, Institution: v.institution(s.Institution),
		Mark: v.Mark(kind, "desk.service."+string(s.State)), Since: s.UpdatedAt,
	}
}
