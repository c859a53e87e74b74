package noticeweb

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/web"
)

// Upload is the room that reads workbooks; the zero value is none.
type Upload struct {
	HandIn  func(c *gin.Context, by identity.Actor, institution string) (*inventory.Changeset, error)
	Largest int64 // bytes of a form with a workbook
}

// roomy lets whoever holds a link that still opens send a whole workbook.
func (p *Pages) roomy(c *gin.Context) {
	l, err := p.store.Link(c.Request.Context(), c.Param("secret"))
	if err == nil && l.Act == notice.Update && l.Open(p.now()) == nil {
		p.shell.MaxBody(p.upload.Largest)(c)
	}
}

// workbook answers POST /m/:secret/workbook: the Excel workbook of the
// account's institution, handed in without signing in. It only proposes: what
// touches more than one dataset is applied by somebody who has signed in.
func (p *Pages) workbook(c *gin.Context) error {
	c.Header("Referrer-Policy", web.NoPath)
	c.Header("Cache-Control", "no-store")
	ctx := c.Request.Context()
	l, err := p.store.Link(ctx, c.Param("secret"))
	if err == nil && (l.Act != notice.Update || p.upload.HandIn == nil) {
		err = fault.New(fault.NotFound, "notice.link.unknown")
	}
	if err != nil {
		return p.closed(c, nil, err)
	}
	d, err := p.stands(ctx, l)
	if err == nil {
		_, err = p.store.Take(ctx, c.Param("secret"))
	}
	if err != nil {
		return p.closed(c, d, err)
	}
	institution := d.by.Institution
	if institution == "" {
		institution = d.dataset.Institution
	}
	made, err := p.upload.HandIn(c, d.by, institution)
	if err != nil {
		if releaseErr := p.store.Release(context.WithoutCancel(ctx), l); releaseErr != nil {
			return errors.Join(releaseErr, err)
		}
		return p.refused(c, d, err)
	}
	if err := p.store.Used(context.WithoutCancel(ctx), l, d.by, d.dataset.Institution); err != nil {
		return err
	}
	page, err := p.linkPage(c, d)
	if err != nil {
		return err
	}
	n := made.Counts
	page.Done = page.T("notice.link.workbook_done", n[inventory.Create], n[inventory.Change], n[inventory.Unchanged],
		n[inventory.Conflict], n[inventory.Refused])
	page.Import = "/desk/import/" + made.ID
	return p.shell.Show(c, "notice_link", page)
}
