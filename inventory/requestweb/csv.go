package requestweb

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/web"
)

// publicCSV answers GET /requests.csv.
func (p *Pages) publicCSV(c *gin.Context) error {
	f := filterOf(c)
	f.Page, f.PerPage = 1, 0
	found, err := p.store.Public(c.Request.Context(), f)
	if err != nil {
		return err
	}
	return p.writeCSV(c, "requests.csv", found.Items)
}

// deskCSV answers GET /desk/requests.csv. It holds no more than the list: what
// was sent stays on the page of the message.
func (p *Pages) deskCSV(c *gin.Context) error {
	by := web.ActorFrom(c.Request.Context())
	if !by.Known() {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	if !by.MayAnywhere(identity.AnswerRequest) {
		return by.Must(identity.AnswerRequest, "")
	}
	f := filterOf(c)
	f.Page, f.PerPage = 1, 0
	found, err := p.store.Desk(c.Request.Context(), by, f)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	return p.writeCSV(c, "desk-requests.csv", found.Items)
}

func (p *Pages) writeCSV(c *gin.Context, name string, items []request.Request) error {
	rows := [][]string{{
		"ref", "kind", "state", "outcome", "institution", "dataset", "language", "title", "text", "received", "due", "overdue",
		"answered", "working_days", "in_time", "answer_fr", "answer_ar", "ground", "planned_for", "supports",
	}}
	for n := range items {
		rows = append(rows, record(&items[n], p.now()))
	}
	return web.CSV(c, name, rows)
}

func record(r *request.Request, now time.Time) []string {
	took, inTime := "", ""
	if r.TookDays != nil {
		took, inTime = strconv.Itoa(*r.TookDays), strconv.FormatBool(r.InTime())
	}
	row := []string{
		r.Ref, string(r.Kind), string(r.State), string(r.Outcome), r.Institution, r.Dataset, string(r.Language), r.PublicTitle,
		r.PublicText, dayOf(&r.ReceivedAt), dayOf(r.DueAt), strconv.FormatBool(r.Overdue(now)), dayOf(r.AnsweredAt), took,
		inTime, r.Answer["fr"], r.Answer["ar"], r.Ground, string(r.PlannedFor), strconv.Itoa(r.Supports),
	}
	for n := range row {
		row[n] = web.Inert(row[n])
	}
	return row
}

func dayOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return string(inventory.DateOf(t.Add(-time.Microsecond), inventory.Tunis()))
}
