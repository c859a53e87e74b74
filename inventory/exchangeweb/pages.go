package exchangeweb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web"
)

// listPage is where a sheet is fetched and a file handed in.
type listPage struct {
	web.Page
	Faults       web.Faults
	Institutions []web.Option
	Chosen       string
	Past         []past
	Formats      []web.Option
	MaxMB        int
}

// past is a file handed in before.
type past struct {
	Changeset   inventory.Changeset
	Institution string
	State       web.Mark
	Counts      string
}

// list answers GET /desk/import.
func (p *Pages) list(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	page, err := p.listPage(c, by, c.Query("institution"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "exchange_list", page)
}

func (p *Pages) listPage(c *gin.Context, by identity.Actor, chosen string) (*listPage, error) {
	ctx := c.Request.Context()
	page := &listPage{Page: p.shell.Page(c, "import.title"), Chosen: chosen, MaxMB: sheet.MaxFile >> 20}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	if page.Chosen == "" {
		page.Chosen = by.Institution
	}
	page.Institutions = recordable(page.Page, by, tree, page.Chosen, p.now())
	all, err := p.store.Changesets(ctx, by, 20)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		line := past{one, tree[one.Institution].Name.In(page.Lang), stateMark(page.Page, one.State), "–"}
		if n := one.Counts; one.State != inventory.Unread {
			line.Counts = page.T("import.counts_text",
				n[inventory.Create], n[inventory.Change], n[inventory.Conflict], n[inventory.Refused])
		}
		page.Past = append(page.Past, line)
	}
	return page, nil
}

// recordable are the institutions that by may record datasets for, by name.
func recordable(page web.Page, by identity.Actor, tree identity.Tree, chosen string, now time.Time) []web.Option {
	var all []web.Option
	for slug, i := range tree {
		if by.May(identity.RecordDataset, slug) && i.Exists(now) {
			all = append(all, web.Option{Value: slug, Label: i.Name.In(page.Lang), Chosen: slug == chosen})
		}
	}
	slices.SortFunc(all, func(a, b web.Option) int {
		return strings.Compare(inventory.Fold(a.Label), inventory.Fold(b.Label))
	})
	return all
}

// shown tells whether a fault is told on the page that it is about.
func shown(err error) bool {
	kind, _ := fault.KindOf(err)
	return kind == fault.Invalid || kind == fault.TooLarge || kind == fault.Conflict
}

func stateMark(p web.Page, s inventory.ChangesetState) web.Mark {
	kinds := map[inventory.ChangesetState]string{
		inventory.Unread: "unknown", inventory.Proposed: "review", inventory.Partly: "due", inventory.Applied: "open",
		inventory.Undone: "withdrawn",
	}
	return p.Mark(kinds[s], "import.state."+string(s))
}

// upload answers POST /desk/import.
func (p *Pages) upload(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	f := handedIn{institution: c.PostForm("institution")}
	f.name, f.data, err = fileOf(c)
	var made *inventory.Changeset
	if err == nil {
		made, err = p.propose(c.Request.Context(), by, f)
	}
	if err != nil {
		made, err = p.hold(c.Request.Context(), by, f, err)
	}
	if err == nil {
		return p.shell.Redirect(c, address(made.ID), "")
	}
	if !shown(err) {
		return err
	}
	page, broken := p.listPage(c, by, f.institution)
	if broken != nil {
		return broken
	}
	page.Faults = p.shell.Faults(c, err)
	return p.shell.ShowFault(c, err, "exchange_list", page)
}

func address(id string) string { return "/desk/import/" + id }

// fileOf reads the file of a form.
func fileOf(c *gin.Context) (name string, data []byte, err error) {
	header, err := c.FormFile("file")
	if err != nil {
		return "", nil, fault.At("file", "import.file.missing")
	}
	if header.Size > sheet.MaxFile {
		return "", nil, fault.New(fault.TooLarge, "import.file.too_large", sheet.MaxFile>>20)
	}
	f, err := header.Open()
	if err != nil {
		return "", nil, fmt.Errorf("open upload: %w", err)
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, sheet.MaxFile+1))
	if err != nil {
		return "", nil, fmt.Errorf("read upload: %w", err)
	}
	return header.Filename, data, nil
}

// undo answers POST /desk/import/:id/undo.
func (p *Pages) undo(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	page := p.shell.Page(c, "import.title")
	done, err := p.store.Undo(c.Request.Context(), by, c.Param("id"), page.T("import.undo.reason"))
	if kind, _ := fault.KindOf(err); kind == fault.Conflict {
		return p.show(c, by, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, address(done.ID), "import.flash.undone")
}

// comments answers GET /desk/import/:id/comments.xlsx: the workbook as it was
// handed in, with what is wrong in the cells where it is.
func (p *Pages) comments(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	was, err := p.store.ChangesetFile(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	if was.Format != "xlsx" {
		return fault.New(fault.NotFound, "import.no_workbook")
	}
	say := p.shell.Page(c, "import.title")
	var remarks []sheet.Remark
	for _, outcome := range []inventory.Outcome{inventory.Refused, inventory.Conflict} {
		rows, err := p.store.ChangesetRows(ctx, was, outcome, 0, inventorydb.AllRows)
		if err != nil {
			return err
		}
		for _, row := range rows {
			for _, m := range row.Remarks {
				remarks = append(remarks, sheet.Remark{Sheet: row.Sheet, Cell: cellOf(row, m), Text: say.T(m.Key, m.Words()...)})
			}
		}
	}
	var out bytes.Buffer
	if err := sheet.Comment(was.File, remarks, &out); err != nil {
		return errors.Join(fault.New(fault.Conflict, "import.book.damaged"), err)
	}
	return sendBook(c, "jard-"+was.Institution+"-commentaires.xlsx", out.Bytes())
}
