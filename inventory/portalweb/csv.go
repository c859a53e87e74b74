package portalweb

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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
	var b bytes.Buffer
	b.WriteString("\ufeff") // so that Excel reads Arabic
	out := csv.NewWriter(&b)
	rows := [][]string{{
		"kind", "field", "ref", "institution", "title", "portal_id", "portal_name", "portal_url", "ours", "theirs", "opened", "seen", "gone",
		"times", "acknowledged", "reason",
	}}
	for n := range found.Items {
		rows = append(rows, p.record(&found.Items[n]))
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Disposition", `attachment; filename="portal-findings.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	return nil
}

func (p *Pages) record(f *portal.Finding) []string {
	row := []string{
		string(f.Kind), string(f.Field), f.Ref, f.Institution, f.Title, f.PortalID, f.PortalName, p.there(f.PortalName), f.Ours, f.Theirs,
		instant(&f.OpenedAt), instant(&f.SeenAt), instant(f.GoneAt), strconv.Itoa(f.Times), instant(f.AcknowledgedAt), f.Reason,
	}
	for n := range row {
		row[n] = plain(row[n])
	}
	return row
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// plain keeps a cell from beginning a formula in whatever opens the file:
// strangers wrote some of them.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
