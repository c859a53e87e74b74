package catalogueweb

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/web"
)

// deskPath is the operator's page of the catalogue.
const deskPath = "/desk/catalogue"

// deskRoutes adds the pages about what is served to portals.
func (p *Pages) deskRoutes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET(deskPath, page(p.editions))
	r.GET(deskPath+"/compare", page(p.compare))
	r.GET(deskPath+"/rollback", page(p.askRollback))
	r.POST(deskPath+"/rollback", page(p.rollback))
	r.POST(deskPath+"/resumption", page(p.resumption))
	p.shell.AddNav(web.NavItem{
		Path: deskPath, Key: "catalogue.desk.nav", Act: identity.ReadCatalogue, Desk: true, Group: web.NavFollow, Rank: 25,
	})
}

// editionsPage tells what portals are served, what they were, and what is left out.
type editionsPage struct {
	web.Page
	State   web.Mark
	Served  *servedEdition // nil: nothing is served
	Pin     *catalogue.Pin
	Refused string
	Since   time.Time // of the refusal
	LeftOut []catalogue.LeftOut
	Sizes   []sizeLine
	Kept    []edition
	Faults  web.Faults
	Reason  string
	MayPin  bool
}

// servedEdition is the snapshot that portals read.
type servedEdition struct {
	ID                         string
	Built                      time.Time
	Datasets, Pages, Withdrawn int
}

// edition is a snapshot in the list of those kept.
type edition struct {
	catalogue.Kept
	Mark    web.Mark
	Now     bool   // it is served
	Compare string // address of the comparison with the one before; empty for the oldest
	GoBack  string // address of the question; empty when there is nothing to go back to
}

// sizeLine is what one format weighs.
type sizeLine struct {
	Name, Href        string
	Plain, Gzip, Zstd int64
}

// dialectNames say where each dialect is served, and under which name people know it.
func dialectNames() map[catalogue.Dialect][2]string {
	return map[catalogue.Dialect][2]string{
		catalogue.LeafJSONLD: {"JSON-LD", "/catalog.jsonld"}, catalogue.LeafTurtle: {"Turtle", "/catalog.ttl"},
		catalogue.LeafRDFXML: {"RDF/XML", "/catalog.rdf"}, catalogue.LeafNTriples: {"N-Triples", "/catalog.nt"},
		catalogue.LeafDataJSON: {"data.json", "/data.json"},
	}
}

// editions answers GET /desk/catalogue.
func (p *Pages) editions(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadCatalogue); err != nil {
		return err
	}
	page, err := p.editionsPage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "catalogue_desk", page)
}

func (p *Pages) editionsPage(c *gin.Context) (editionsPage, error) {
	ctx, store := c.Request.Context(), p.feed.source.Snapshots
	page := editionsPage{Page: p.shell.Page(c, "catalogue.desk.title")}
	page.MayPin = page.May(string(identity.PinCatalogue))
	now, nothing := p.feed.current(ctx) // first, so that the list knows it
	state, err := store.State(ctx)
	if err != nil {
		return page, err
	}
	kept, err := store.Snapshots(ctx)
	if err != nil {
		return page, err
	}
	page.Pin, page.Refused = state.Pin, state.Refused
	if state.RefusedAt != nil {
		page.Since = *state.RefusedAt
	}
	for n, k := range kept {
		e := p.edition(page, k, state.Serve())
		if n+1 < len(kept) {
			e.Compare = deskPath + "/compare?from=" + kept[n+1].ID + "&to=" + k.ID
		}
		page.Kept = append(page.Kept, e)
	}
	if nothing == nil {
		page.tell(now)
	}
	page.State = page.stateMark()
	return page, nil
}

// edition is the line of a kept snapshot.
func (p *Pages) edition(page editionsPage, k catalogue.Kept, serve string) edition {
	e := edition{Kept: k, Now: k.ID == serve}
	switch {
	case e.Now:
		e.Mark = page.Mark("open", "catalogue.desk.state.served")
	case k.Newest:
		e.Mark = page.Mark("returned", "catalogue.desk.state.held_back")
	default:
		e.Mark = page.Mark("unknown", "catalogue.desk.state.kept")
	}
	if page.MayPin && !e.Now && !k.Newest {
		e.GoBack = deskPath + "/rollback?snapshot=" + k.ID
	}
	return e
}

// tell fills in what is known of the snapshot that this process serves.
func (page *editionsPage) tell(s *catalogue.Snapshot) {
	page.Served = &servedEdition{s.ID, s.Built, s.Len(), s.Pages(), s.Withdrawn()}
	page.LeftOut = s.LeftOut
	names := dialectNames()
	for _, size := range s.Sizes() {
		name := names[size.Dialect]
		page.Sizes = append(page.Sizes, sizeLine{name[0], name[1], size.Plain, size.Gzip, size.Zstd})
	}
}

// stateMark says in a word how the catalogue is.
func (page *editionsPage) stateMark() web.Mark {
	switch {
	case page.Served == nil:
		return page.Mark("down", "catalogue.desk.is.down")
	case page.Pin != nil:
		return page.Mark("returned", "catalogue.desk.is.pinned", page.DateTime(page.Pin.At))
	case page.Refused != "":
		return page.Mark("late", "catalogue.desk.is.refused", page.DateTime(page.Since))
	case len(page.LeftOut) > 0:
		return page.Mark("late", "catalogue.desk.is.incomplete", len(page.LeftOut))
	}
	return page.Mark("open", "catalogue.desk.is.current", page.DateTime(page.Served.Built))
}

// rollbackPage asks whether to go back, and shows what that would change.
type rollbackPage struct {
	web.Page
	To      string
	Built   time.Time
	Changes comparison
	Faults  web.Faults
	Reason  string
	Sure    bool
}

// askRollback answers GET /desk/catalogue/rollback?snapshot=.
func (p *Pages) askRollback(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.PinCatalogue); err != nil {
		return err
	}
	page, err := p.rollbackPage(c, c.Query("snapshot"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "catalogue_desk_rollback", page)
}

func (p *Pages) rollbackPage(c *gin.Context, id string) (rollbackPage, error) {
	ctx := c.Request.Context()
	page := rollbackPage{Page: p.shell.Page(c, "catalogue.desk.rollback.title"), To: id}
	now, err := p.feed.current(ctx)
	if err != nil {
		return page, err
	}
	then, err := p.feed.find(ctx, id)
	if err != nil {
		return page, err
	}
	page.Built = then.Built
	page.Changes, err = p.comparison(ctx, page.Page, now, then)
	return page, err
}

// rollback answers POST /desk/catalogue/rollback. Nobody goes back by a slip of
// the hand: it takes a reason and a tick.
func (p *Pages) rollback(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.PinCatalogue)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	id, reason, sure := c.PostForm("snapshot"), c.PostForm("reason"), c.PostForm("sure") == "true"
	if sure {
		_, err = p.feed.source.Snapshots.Pin(ctx, by, id, reason)
	} else {
		_, err = catalogue.NewPin(by, id, reason, true, p.shell.Now()) // what else is wrong is said at once
		err = errors.Join(fault.At("sure", "catalogue.desk.rollback.unsure"), err)
	}
	if err == nil {
		return p.moved(c, "catalogue.desk.rollback.done")
	}
	page, lost := p.rollbackPage(c, id)
	if lost != nil {
		return lost
	}
	page.Faults, page.Reason, page.Sure = p.shell.Faults(c, err), reason, sure
	return p.shell.ShowFault(c, err, "catalogue_desk_rollback", page)
}

// resumption answers POST /desk/catalogue/resumption: the newest edition is served again.
func (p *Pages) resumption(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.PinCatalogue)
	if err != nil {
		return err
	}
	reason := c.PostForm("reason")
	if err = p.feed.source.Snapshots.Unpin(c.Request.Context(), by, reason); err == nil {
		return p.moved(c, "catalogue.desk.resume.done")
	}
	page, lost := p.editionsPage(c)
	if lost != nil {
		return lost
	}
	page.Faults, page.Reason = p.shell.Faults(c, err), reason
	return p.shell.ShowFault(c, err, "catalogue_desk", page)
}

// moved leads back once this process serves what was decided.
func (p *Pages) moved(c *gin.Context, flash string) error {
	if err := p.Refresh(context.WithoutCancel(c.Request.Context())); err != nil {
		return err
	}
	return p.shell.Redirect(c, deskPath, flash)
}

// compare answers GET /desk/catalogue/compare?from=&to=.
func (p *Pages) compare(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadCatalogue); err != nil {
		return err
	}
	ctx := c.Request.Context()
	page := comparePage{Page: p.shell.Page(c, "catalogue.desk.compare.title")}
	from, to, err := p.pair(ctx, c.Query("from"), c.Query("to"))
	if err != nil {
		return err
	}
	page.From, page.To = from.Built, to.Built
	if page.Changes, err = p.comparison(ctx, page.Page, from, to); err != nil {
		return err
	}
	return p.shell.ShowStatus(c, http.StatusOK, "catalogue_desk_compare", page)
}

// pair finds two snapshots; the second is the one served when it is not named.
func (p *Pages) pair(ctx context.Context, from, to string) (a, b *catalogue.Snapshot, err error) {
	if a, err = p.feed.find(ctx, from); err != nil {
		return nil, nil, err
	}
	if to == "" {
		b, err = p.feed.current(ctx)
	} else {
		b, err = p.feed.find(ctx, to)
	}
	return a, b, err
}
