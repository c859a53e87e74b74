package monitorweb

import (
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// shownEditions is how many editions the page and the API list at most.
const shownEditions = 200

// history adds the addresses of what is kept and stated about the past.
func (p *Pages) history() {
	r := p.shell.Engine()
	r.GET("/services/:slug/editions", p.shell.Handle(p.editions))
	r.POST("/services/:slug/editions", p.shell.Handle(p.issue))
	r.GET("/api/v1/services/:slug/readings.csv", p.shell.Machine(p.readingsCSV))
	const one = "/api/v1/services/{slug}/editions"
	web.Register(p.shell, public(operation("list-editions", http.MethodGet, one,
		"Availability as it was stated, the latest first")), p.apiEditions)
	issue := operation("issue-edition", http.MethodPost, one, "State the availability of a period, with its hash")
	issue.DefaultStatus = http.StatusCreated
	web.Register(p.shell, issue, p.apiIssue)
	web.Register(p.shell, public(operation("get-edition", http.MethodGet, one+"/{hash}",
		"One edition, and what computing it again says")), p.apiEdition)
}

// editionsPage is /services/{slug}/editions.
type editionsPage struct {
	web.Page
	Faults   web.Faults
	Service  *monitor.Service
	Name     lang.Text
	List     []editionLine
	MayIssue bool
	From, To string
	Check    string // name of the first check, for the download
}

// editionLine is one edition of the list.
type editionLine struct {
	Hash, Short  string
	From, To     time.Time
	Issued       time.Time
	Share, Known string
	Down         string
	Again        *web.Mark // what computing it again said, when that was asked for
}

// editions answers GET /services/{slug}/editions; ?again=HASH computes one again.
func (p *Pages) editions(c *gin.Context) error {
	page, err := p.editionsPage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "history_editions", page)
}

func (p *Pages) editionsPage(c *gin.Context) (*editionsPage, error) {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	v, err := p.store.Service(ctx, by, c.Param("slug"))
	if err != nil {
		return nil, err
	}
	list, err := p.store.Editions(ctx, by, v.Slug, shownEditions)
	if err != nil {
		return nil, err
	}
	page := &editionsPage{
		Page: p.shell.Page(c, "history.title"), Service: v, Name: v.Name, MayIssue: by.May(identity.IssueStatement, v.Institution),
	}
	page.From, page.To = p.lastMonth()
	if len(v.Checks) > 0 {
		page.Check = v.Checks[0].Name
	}
	for n := range list {
		line, err := editionLineOf(page.Page, &list[n])
		if err != nil {
			return nil, err
		}
		if c.Query("again") == list[n].Hash {
			_, agreement, err := p.again(ctx, &list[n])
			if err != nil {
				return nil, err
			}
			mark := page.Mark(agreementKinds[agreement], "history.again."+string(agreement))
			line.Again = &mark
		}
		page.List = append(page.List, line)
	}
	return page, nil
}

// agreementKinds are the shapes of what computing again says.
var agreementKinds = map[monitor.Recomputed]string{
	monitor.Agrees: "open", monitor.Differs: "late", monitor.Gone: "unknown",
}

// lastMonth is what is usually stated: the month that is over.
func (p *Pages) lastMonth() (from, to string) {
	now := p.now().In(p.store.Zone())
	begin := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, p.store.Zone())
	return begin.AddDate(0, -1, 0).Format(time.DateOnly), begin.Format(time.DateOnly)
}

func editionLineOf(page web.Page, i *monitordb.Issued) (editionLine, error) {
	e, err := monitor.ReadEdition(i.Document)
	if err != nil {
		return editionLine{}, err
	}
	worst := e.Worst()
	return editionLine{
		Hash: i.Hash, Short: i.Hash[:12], From: i.From(), To: i.To(), Issued: i.IssuedAt,
		Share: share(page, worst.Up, worst.Known()), Known: page.Percent(worst.Coverage(i.To().Sub(i.From())), 1),
		Down: page.Duration(worst.Down),
	}, nil
}

// again computes an edition again and compares.
func (p *Pages) again(ctx context.Context, i *monitordb.Issued) (monitor.Edition, monitor.Recomputed, error) {
	stated, err := monitor.ReadEdition(i.Document)
	if err != nil {
		return stated, "", err
	}
	select { // it reads every reading there was: one at a time
	case p.recounting <- struct{}{}:
		defer func() { <-p.recounting }()
	default:
		return stated, "", fault.New(fault.Throttled, "checks.try.busy")
	}
	now, err := p.store.Edition(ctx, i.Service, i.From(), i.To())
	if err != nil {
		return now, "", err
	}
	return now, stated.Compare(&now), nil
}

// issue answers POST /services/{slug}/editions.
func (p *Pages) issue(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.IssueStatement)
	if err != nil {
		return err
	}
	from, to := c.PostForm("from"), c.PostForm("to")
	err = p.issueFor(c.Request.Context(), by, c.Param("slug"), from, to)
	if err == nil {
		return p.shell.Redirect(c, "/services/"+c.Param("slug")+"/editions", "history.issued")
	}
	if kind, ok := fault.KindOf(err); !ok || kind != fault.Invalid {
		return err
	}
	page, failed := p.editionsPage(c)
	if failed != nil {
		return failed
	}
	page.From, page.To, page.Faults = from, to, p.shell.Faults(c, err)
	return p.shell.ShowFault(c, err, "history_editions", page)
}

func (p *Pages) issueFor(ctx context.Context, by identity.Actor, slug, from, to string) error {
	begin, err := p.moment("from", from)
	if err != nil {
		return err
	}
	end, err := p.moment("to", to)
	if err != nil {
		return err
	}
	_, err = p.store.Issue(ctx, by, slug, begin, end)
	return err
}

// editionOut is an edition in the API.
type editionOut struct {
	Hash     string    `json:"hash" doc:"SHA-256 of the document"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Method   int64     `json:"method" doc:"Version of the method and of the document"`
	IssuedAt time.Time `json:"issued_at"`
	Ratio    *float64  `json:"availability" doc:"Share of known time in which the check that was down longest answered; null when nothing is known"`
	Coverage float64   `json:"coverage" doc:"Share of the period of which its state is known"`
	Up       float64   `json:"up_seconds"`
	Down     float64   `json:"down_seconds"`
	Planned  float64   `json:"planned_seconds" doc:"Of maintenance, which counts neither way"`
	Readings int64     `json:"readings"`
	Document string    `json:"document,omitempty" doc:"What was hashed; docs/history.md explains it"`
	// Again is only there when one edition is asked for.
	Again *againOut `json:"recomputed,omitempty"`
}

type againOut struct {
	Hash  string `json:"hash"`
	State string `json:"state" enum:"same,differs,gone" doc:"same: computed again from the readings the hash is this one; gone: they are no longer kept"`
}

func editionShape(i *monitordb.Issued) (editionOut, error) {
	e, err := monitor.ReadEdition(i.Document)
	if err != nil {
		return editionOut{}, err
	}
	worst := e.Worst()
	out := editionOut{
		Hash: i.Hash, From: i.From(), To: i.To(), Method: i.Method, IssuedAt: i.IssuedAt,
		Coverage: worst.Coverage(i.To().Sub(i.From())), Up: worst.Up.Seconds(), Down: worst.Down.Seconds(),
		Planned: worst.Planned.Seconds(), Readings: worst.Readings,
	}
	if ratio, known := worst.Availability(); known {
		out.Ratio = &ratio
	}
	return out, nil
}

type editionsOut struct {
	Body struct {
		Items []editionOut `json:"items"`
	}
}

// apiEditions answers GET /api/v1/services/{slug}/editions.
func (p *Pages) apiEditions(ctx context.Context, in *SlugIn) (*editionsOut, error) {
	list, err := p.store.Editions(ctx, web.ActorFrom(ctx), in.Slug, shownEditions)
	if err != nil {
		return nil, err
	}
	out := &editionsOut{}
	out.Body.Items = []editionOut{}
	for n := range list {
		shape, err := editionShape(&list[n])
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, shape)
	}
	return out, nil
}

type editionIn struct {
	SlugIn
	Hash string `path:"hash" minLength:"64" maxLength:"64"`
}

type editionAnswer struct {
	Location string `header:"Location"`
	Body     editionOut
}

// apiEdition answers GET /api/v1/services/{slug}/editions/{hash}.
func (p *Pages) apiEdition(ctx context.Context, in *editionIn) (*editionAnswer, error) {
	one, err := p.store.IssuedEdition(ctx, web.ActorFrom(ctx), in.Slug, in.Hash)
	if err != nil {
		return nil, err
	}
	shape, err := editionShape(one)
	if err != nil {
		return nil, err
	}
	now, agreement, err := p.again(ctx, one)
	if err != nil {
		return nil, err
	}
	shape.Document, shape.Again = one.Document, &againOut{now.Hash, string(agreement)}
	return &editionAnswer{Body: shape}, nil
}

type issueIn struct {
	SlugIn
	Body struct {
		From string `json:"from" doc:"RFC 3339, or a date" maxLength:"40"`
		To   string `json:"to" doc:"RFC 3339, or a date; not part of the period" maxLength:"40"`
	}
}

// apiIssue answers POST /api/v1/services/{slug}/editions. Issuing the same
// twice gives the same edition.
func (p *Pages) apiIssue(ctx context.Context, in *issueIn) (*editionAnswer, error) {
	from, err := p.moment("from", in.Body.From)
	if err != nil {
		return nil, err
	}
	to, err := p.moment("to", in.Body.To)
	if err != nil {
		return nil, err
	}
	one, err := p.store.Issue(ctx, web.ActorFrom(ctx), in.Slug, from, to)
	if err != nil {
		return nil, err
	}
	shape, err := editionShape(one)
	if err != nil {
		return nil, err
	}
	shape.Document = one.Document
	return &editionAnswer{Location: "/api/v1/services/" + in.Slug + "/editions/" + one.Hash, Body: shape}, nil
}

// readingsCSV answers GET /api/v1/services/{slug}/readings.csv with a stream:
// a year of readings is never held in memory.
func (p *Pages) readingsCSV(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.store.Service(ctx, web.ActorFrom(ctx), c.Param("slug"))
	if err != nil {
		return err
	}
	from, to, err := p.period(PeriodIn{From: c.Query("from"), To: c.Query("to")})
	if err != nil {
		return err
	}
	check, ok := checkNamed(v, c.Query("check"))
	if !ok {
		return fault.At("check", "check.unknown", c.Query("check"))
	}
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="`+v.Slug+`-readings.csv"`)
	out := csv.NewWriter(c.Writer)
	err = out.Write([]string{
		"at", "check", "vantage", "verdict", "reason", "status", "attempt", "delayed", "every_s", "bytes",
		"dns_us", "connect_us", "tls_us", "wait_us", "transfer_us",
	})
	if err == nil {
		err = p.store.Walk(ctx, check.ID, from, to, func(r *monitor.Reading) error { return out.Write(readingCells(check.Name, r)) })
	}
	out.Flush()
	if err != nil { // the head is out: only a broken answer says that it is not whole
		_ = c.Error(err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func readingCells(check string, r *monitor.Reading) []string {
	cells := []string{
		r.At.UTC().Format("2006-01-02T15:04:05.000000Z"), web.Inert(check), strconv.Itoa(int(r.Vantage)), r.Verdict.String(),
		r.Reason.String(), strconv.Itoa(r.Status), strconv.Itoa(r.Attempt), strconv.FormatBool(r.Delayed),
		strconv.FormatFloat(r.Every.Seconds(), 'f', -1, 64), strconv.FormatInt(r.Bytes, 10),
	}
	for _, d := range r.Phases {
		cells = append(cells, strconv.FormatInt(d.Microseconds(), 10))
	}
	return cells
}
