package portalweb

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/web"
)

// csv answers GET /desk/portal/findings.csv: everything the list is confined to.
func (p *Pages) csv(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	f := filterOf(c)
	f.Page, f.PerPage = 1, 0
	found, err := p.store.Findings(c.Request.Context(), by, f)
	if err != nil {
		return err
	}
	rows := [][]string{{
		"kind", "field", "ref", "institution", "title", "portal_id", "portal_name", "portal_url", "ours", "theirs", "opened", "seen", "gone",
		"times", "acknowledged", "reason",
	}}
	for n := range found.Items {
		rows = append(rows, p.record(&found.Items[n]))
	}
	c.Header("Cache-Control", "no-store")
	return web.CSV(c, "portal-findings.csv", rows)
}

func (p *Pages) record(f *portal.Finding) []string {
	row := []string{
		string(f.Kind), string(f.Field), f.Ref, f.Institution, f.Title, f.PortalID, f.PortalName, p.there(f.PortalName), f.Ours, f.Theirs,
		instant(&f.OpenedAt), instant(&f.SeenAt), instant(f.GoneAt), strconv.Itoa(f.Times), instant(f.AcknowledgedAt), f.Reason,
	}
	for n := range row {
		row[n] = web.Inert(row[n])
	}
	return row
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
