// Package exchangeweb is where sheets go out and come back: the workbook of an
// institution, the import with its preview, and their part of the JSON API. It
// holds no rule; it reads, asks, and shows.
package exchangeweb

import (
	"bytes"
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Pages are the pages of the exchange and its part of the JSON API.
type Pages struct {
	shell        *web.Shell
	store        *inventorydb.Store
	institutions Institutions
	form         *sheet.Form
	now          func() time.Time
}

// New returns the pages.
func New(shell *web.Shell, store *inventorydb.Store, institutions Institutions, form *sheet.Form, now func() time.Time) *Pages {
	return &Pages{shell: shell, store: store, institutions: institutions, form: form, now: now}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/import", page(p.list))
	r.POST("/desk/import", p.large, page(p.upload))
	r.GET("/desk/import/:id", page(p.preview))
	r.POST("/desk/import/:id/application", page(p.apply))
	r.POST("/desk/import/:id/undo", page(p.undo))
	r.POST("/desk/import/:id/discard", page(p.discard))
	r.GET("/desk/import/:id/columns", page(p.columns))
	r.POST("/desk/import/:id/columns", page(p.match))
	r.GET("/desk/import/:id/comments.xlsx", page(p.comments))
	r.GET("/desk/exchange/template.xlsx", page(p.template))
	r.GET("/desk/bulk", page(p.bulk))
	r.POST("/desk/bulk", page(p.bulkEdit))
	p.shell.AddNav(web.NavItem{Path: "/desk/import", Key: "import.nav", Act: identity.RecordDataset, Desk: true, Group: web.NavRegister, Rank: 14})
	p.api()
}

// largest is a file with what a form puts around it.
const largest = sheet.MaxFile + 1<<20

// large lets who has signed in send a file.
func (p *Pages) large(c *gin.Context) {
	if web.ActorFrom(c.Request.Context()).Known() {
		p.shell.MaxBody(largest)(c)
	}
}

// signedIn lets those through who record datasets somewhere.
func signedIn(c *gin.Context) (identity.Actor, error) { return web.SignedIn(c, identity.RecordDataset) }

// handedIn is a file as it arrived.
type handedIn struct {
	institution, name, format, portal string
	data                              []byte
	layouts                           []sheet.Layout
}

// propose reads a file and keeps what it would change.
func (p *Pages) propose(ctx context.Context, by identity.Actor, f handedIn) (*inventory.Changeset, error) {
	if f.institution == "" {
		return nil, fault.At("institution", "fault.required")
	}
	if err := by.Must(identity.RecordDataset, f.institution); err != nil {
		return nil, err
	}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	labels, err := p.store.Labels(ctx, f.institution)
	if err != nil {
		return nil, err
	}
	list, err := sheet.Open(f.data, sheet.Options{
		Form: p.form, Vocabulary: v, Labels: labels, Format: f.format, Name: f.name, Portal: f.portal,
		Layouts: f.layouts,
	})
	if err != nil {
		return nil, err
	}
	return p.store.Propose(ctx, by, f.institution, inventorydb.HandedIn{
		Name: f.name, Format: list.Format, File: f.data, Rows: list.Rows, Seen: list.Seen,
	})
}

// template answers GET /desk/exchange/template.xlsx.
func (p *Pages) template(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	institution := c.Query("institution")
	if institution == "" {
		institution = by.Institution
	}
	if err := by.Must(identity.ReadRegister, institution); err != nil {
		return err
	}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	tag := web.LangFrom(ctx)
	if asked := lang.Tag(c.Query("lang")); asked.Valid() {
		tag = asked
	}
	var out bytes.Buffer
	err = sheet.Book{
		Form: p.form, Vocabulary: v, Tree: tree, Institution: institution, Lang: tag,
		Datasets: p.store.Sheet(ctx, by, institution),
	}.Write(&out)
	if err != nil {
		return err
	}
	return sendBook(c, "jard-"+institution+"-"+string(tag)+".xlsx", out.Bytes())
}

// sendBook answers with a workbook under a name.
func sendBook(c *gin.Context, name string, data []byte) error {
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Header("Cache-Control", "no-store")
	c.Data(200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", data)
	return nil
}
