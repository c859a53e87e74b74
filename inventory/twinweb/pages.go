package twinweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/twin"
	"github.com/jard-odi/jard/web"
)

// pageSize is how many pairs a page shows.
const pageSize = 20

// listPage lists pairs that look alike, or what was decided of them.
type listPage struct {
	web.Page
	Faults       web.Faults
	Pairs        []pairLine
	Total        int
	Decided      bool
	Institution  string
	Institutions []web.Option // none for who sees one only
	Tabs         []tab
	Pager        web.Pager
	Nothing      web.Empty
}

type tab struct {
	Name, Href string
	Active     bool
}

// pairLine is two datasets side by side with what may be decided.
type pairLine struct {
	ID      string
	A, B    side
	Score   int
	Reasons []string
	Judge   bool
	Verdict string // in words, when one was given
	Reason  string
	When    any
	Reopens bool
	Open    bool // what was typed is shown again
	Faults  web.Faults
	Typed   typed
	Keeps   []web.Option
	Form    string // names its form among the others; empty for the one that was refused
}

// typed is what stood in the form that was refused.
type typed struct{ Verdict, Keep, Reason string }

// list answers GET /desk/twins.
func (p *Pages) list(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.JudgeTwins)
	if err != nil {
		return err
	}
	return p.show(c, by, c.Request.URL.Query(), nil)
}

// show answers with the list, and with what was refused about one pair.
func (p *Pages) show(c *gin.Context, by identity.Actor, q url.Values, refused error) error {
	page := &listPage{Page: p.shell.Page(c, "twins.title"), Decided: q.Get("decided") != "", Institution: q.Get("institution")}
	from, err := strconv.Atoi(q.Get("from"))
	if err != nil || from < 0 {
		from = 0
	}
	pairs, total, err := p.store.Twins(c.Request.Context(), by, inventorydb.TwinFilter{
		Institution: page.Institution, Decided: page.Decided, From: from, Limit: pageSize,
	})
	if err != nil {
		return err
	}
	w, err := p.say(c.Request.Context(), page.Page)
	if err != nil {
		return err
	}
	page.Total, page.Faults = total, p.shell.Faults(c, refused)
	for _, pair := range pairs {
		line := w.pair(pair)
		if refused != nil && c.PostForm("a") == line.A.Ref && c.PostForm("b") == line.B.Ref {
			line.Open, line.Faults, line.Form = true, page.Faults, ""
			line.Typed = typed{c.PostForm("verdict"), c.PostForm("keep"), c.PostForm("reason")}
			for n := range line.Keeps {
				line.Keeps[n].Chosen = line.Keeps[n].Value == line.Typed.Keep
			}
		}
		page.Pairs = append(page.Pairs, line)
	}
	page.around(by, w, from)
	if refused != nil {
		return p.shell.ShowFault(c, refused, "twins_list", page)
	}
	return p.shell.ShowStatus(c, http.StatusOK, "twins_list", page)
}

// around fills in what stands around the list.
func (page *listPage) around(by identity.Actor, w say, from int) {
	page.Nothing = page.Empty("twins.none", "twins.none_text")
	if page.Decided {
		page.Nothing = page.Empty("twins.none_decided", "twins.none_decided_text")
	}
	for _, decided := range []bool{false, true} {
		key := "twins.tab.open"
		if decided {
			key = "twins.tab.decided"
		}
		page.Tabs = append(page.Tabs, tab{page.T(key), page.href(decided, 0), decided == page.Decided})
	}
	first, next := "", ""
	if from > 0 {
		first = page.href(page.Decided, max(0, from-pageSize))
	}
	if from+pageSize < page.Total {
		next = page.href(page.Decided, from+pageSize)
	}
	page.Pager = page.Cursor(first, next)
	if !by.Everywhere(identity.JudgeTwins) && len(by.Institutions) < 2 {
		return
	}
	for slug, i := range w.tree {
		if by.May(identity.JudgeTwins, slug) {
			page.Institutions = append(page.Institutions, web.Option{Value: slug, Label: i.Name.In(page.Lang), Chosen: slug == page.Institution})
		}
	}
	slices.SortFunc(page.Institutions, func(a, b web.Option) int {
		return strings.Compare(inventory.Fold(a.Label), inventory.Fold(b.Label))
	})
	page.Institutions = append([]web.Option{{Label: page.T("twins.every_institution")}}, page.Institutions...)
}

func (page *listPage) href(decided bool, from int) string {
	q := url.Values{}
	if page.Institution != "" {
		q.Set("institution", page.Institution)
	}
	if decided {
		q.Set("decided", "1")
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	if len(q) == 0 {
		return "/desk/twins"
	}
	return "/desk/twins?" + q.Encode()
}

// Query is where the list stands, for its forms to come back to.
func (page *listPage) Query() string {
	return strings.TrimPrefix(page.href(page.Decided, 0), "/desk/twins")
}

func (w say) pair(pair inventorydb.TwinPair) pairLine {
	id := pair.A.Ref + "-" + pair.B.Ref
	line := pairLine{
		ID: id, Form: id, A: w.side(pair.A), B: w.side(pair.B), Score: pair.Score,
		Reasons: w.reasons(pair.Reasons), Judge: pair.MayJudge,
	}
	for _, s := range []side{line.A, line.B} {
		line.Keeps = append(line.Keeps, web.Option{Value: s.Ref, Label: w.page.T("twins.keep_one", s.Ref)})
	}
	if d := pair.Decision; d != nil {
		line.Verdict, line.Reason, line.When = w.page.T("twins.verdict."+string(d.Verdict)), d.Reason, d.DecidedAt
		line.Reopens = d.Verdict != twin.Replaced && pair.MayJudge
	}
	return line
}

// asked reads what a form asks to be decided.
func asked(c *gin.Context) twin.Asked {
	return twin.Asked{
		A: c.PostForm("a"), B: c.PostForm("b"), Verdict: twin.Verdict(c.PostForm("verdict")), Keep: c.PostForm("keep"),
		Reason: strings.ReplaceAll(c.PostForm("reason"), "\r\n", "\n"),
	}
}

// judge answers POST /desk/twins.
func (p *Pages) judge(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.JudgeTwins)
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "fault.form")
	}
	done, err := p.store.JudgeTwins(c.Request.Context(), by, asked(c))
	if tellable(err) {
		q := c.Request.URL.Query()
		return p.show(c, by, q, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/twins"+back(c.Request.URL.Query()), "twins.flash."+string(done.Verdict))
}

// back is where the form stood.
func back(q url.Values) string {
	keep := url.Values{}
	for _, name := range []string{"institution", "decided"} {
		if s := q.Get(name); s != "" {
			keep.Set(name, s)
		}
	}
	if len(keep) == 0 {
		return ""
	}
	return "?" + keep.Encode()
}
