package inventoryweb

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// revisionLine is one step of a dataset in the list of its revisions.
type revisionLine struct {
	Number   int
	At       time.Time
	Who      string
	Mark     web.Mark
	Reason   string
	Hash     string
	Written  bool // the step changed what is written
	Approved bool // what the public sees
	Other    bool // says something else than what is worked on now
	From, To bool // chosen for the comparison
}

func (w words) revisions(d *inventory.Dataset, all []inventory.Revision) []revisionLine {
	lines, now := make([]revisionLine, 0, len(all)), d.Content.Hash()
	for n, r := range all {
		line := revisionLine{
			Number: r.Revision, At: r.At, Who: w.whoIs(r.Actor, r.Role), Reason: r.Reason, Hash: inventory.ShortHash(r.Hash),
			Mark:     web.Mark{Kind: stateMark(w.page, r.State).Kind, Word: w.what(r.Act)},
			Approved: r.Revision == d.ApprovedRevision, Other: n > 0 && r.Hash != now, To: n == 0, From: n == 1,
			// The oldest step kept wrote something; each other did when the hash moved.
			Written: n == len(all)-1 || r.Hash != all[n+1].Hash,
		}
		lines = append(lines, line)
	}
	return lines
}

// comparisonPage is what two revisions say differently.
type comparisonPage struct {
	web.Page
	Dataset        *inventory.Dataset
	From, To       *inventory.Revision
	WasOf, IsOf    string
	Changes        []compared
	CanBring       bool
	Faults         web.Faults
	BringTo, Story string // addresses
}

// compared is one field that differs; lists are compared item by item.
type compared struct {
	difference
	List         bool
	Gone, Joined []string
	Kept         int
}

func (w words) compared(was, is inventory.Content) []compared {
	var all []compared
	for _, d := range w.differences(was, is) {
		one := compared{difference: d}
		switch base, _, _ := strings.Cut(d.Field, "."); base {
		case "keywords":
			one.items(was.Keywords[d.Is.tag()], is.Keywords[d.Is.tag()])
		case "spatial":
			one.items(d.Was.Lines, d.Is.Lines)
		case "distributions":
			one.items(w.fileLines(was.Distributions), w.fileLines(is.Distributions))
		}
		all = append(all, one)
	}
	return all
}

func (v value) tag() string { return string(v.Lang) }

// items compares two lists whose order does not matter.
func (c *compared) items(was, is []string) {
	c.List = true
	for _, s := range was {
		if slices.Contains(is, s) {
			c.Kept++
		} else {
			c.Gone = append(c.Gone, s)
		}
	}
	for _, s := range is {
		if !slices.Contains(was, s) {
			c.Joined = append(c.Joined, s)
		}
	}
}

// fileLines writes each distribution as one item.
func (w words) fileLines(all []inventory.Distribution) []string {
	items := make([]string, 0, len(all))
	for _, x := range all {
		items = append(items, strings.Join(w.distributions([]inventory.Distribution{x}), " · "))
	}
	return items
}

// compareRevisions answers GET /desk/datasets/:ref/revisions?from=&to=.
func (p *Pages) compareRevisions(c *gin.Context) error {
	return p.showComparison(c, whole(c.Query("from")), whole(c.Query("to")), http.StatusOK, nil)
}

func (p *Pages) showComparison(c *gin.Context, from, to, status int, cause error) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	ctx, ref := c.Request.Context(), c.Param("ref")
	d, err := p.store.Get(ctx, by, ref)
	if err != nil {
		return err
	}
	if from == 0 || to == 0 {
		return p.shell.Redirect(c, deskPath(d.Ref)+"/history", "life.flash.choose_two")
	}
	from, to = min(from, to), max(from, to)
	page := comparisonPage{
		Page: p.shell.Page(c, "life.compare.title", d.Content.Title), Dataset: d, Story: deskPath(d.Ref) + "/history",
		BringTo: deskPath(d.Ref) + "/revisions/" + strconv.Itoa(from) + "/restoration",
	}
	if page.From, err = p.store.Revision(ctx, by, ref, from); err != nil {
		return err
	}
	if page.To, err = p.store.Revision(ctx, by, ref, to); err != nil {
		return err
	}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	page.WasOf, page.IsOf = page.T("life.revision", from), page.T("life.revision", to)
	page.Changes = w.compared(*page.From.Content, *page.To.Content)
	page.CanBring = mayBring(by, d) && from < d.Revision
	page.Faults = p.shell.Faults(c, cause)
	return p.shell.ShowStatus(c, status, "inventory_comparison", page)
}

// mayBring tells whether an earlier revision could be made the draft now.
func mayBring(by identity.Actor, d *inventory.Dataset) bool {
	return by.May(identity.RecordDataset, d.Institution) && d.State != inventory.Submitted && d.State != inventory.Withdrawn
}

// bringBack answers POST /desk/datasets/:ref/revisions/:revision/restoration.
func (p *Pages) bringBack(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	number := whole(c.Param("revision"))
	d, err := p.store.BringBack(c.Request.Context(), by, c.Param("ref"), whole(c.PostForm("seen")), number)
	if kind, ok := fault.KindOf(err); ok && (kind == fault.Invalid || kind == fault.Stale || kind == fault.Conflict) {
		now, again := p.store.Get(c.Request.Context(), by, c.Param("ref"))
		if again != nil {
			return again
		}
		return p.showComparison(c, number, now.Revision, web.StatusOf(err), err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, deskPath(d.Ref), "life.flash.brought_back", strconv.Itoa(number))
}

// whoIs names the role of who did something; the program itself has none.
func (w words) whoIs(actor string, role identity.Role) string {
	switch {
	case actor != "" && actor == w.page.Actor.Account:
		return w.page.T("dataset.history.you")
	case role == "" || role == identity.Public:
		return w.page.T("dataset.history.program")
	}
	return w.page.T("dataset.by." + string(role))
}

// Title is the dataset's.
func (page comparisonPage) Title() lang.Text { return page.Dataset.Content.Title }
