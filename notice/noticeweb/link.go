package noticeweb

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/notice/digest"
	"github.com/jard-odi/jard/web"
)

// linkPage is where a link of a mail leads: it asks for one click more, since
// mail scanners open links before people do.
type linkPage struct {
	web.Page
	Act         notice.LinkAct
	Dataset     *inventory.Dataset // nil for links about no dataset
	Institution lang.Text
	Period      string
	Until       any // last day on time
	Expires     any
	Secret      string
	Day, Today  string
	Faults      web.Faults
	Closed      string // why the link does nothing any more
	Done        string // what it just did
	Import      string // where a workbook that was handed in is looked through
	Upload      bool   // a workbook may be handed in
}

// duty is what a link is about, as far as it still stands.
type duty struct {
	link    *notice.Link
	by      identity.Actor
	dataset *inventory.Dataset
	row     *inventory.Obligation
}

// stands finds out whether a link may still act: its account works and still
// answers for the dataset, and the promise is still open.
func (p *Pages) stands(ctx context.Context, l *notice.Link) (*duty, error) {
	by, err := p.people.ActorOf(ctx, l.Account)
	if kind, _ := fault.KindOf(err); kind == fault.Unauthenticated || kind == fault.NotFound {
		return nil, fault.New(fault.Gone, "notice.link.revoked")
	} else if err != nil {
		return nil, err
	}
	d := &duty{link: l, by: by}
	if l.Act == notice.Stop {
		return d, l.Open(p.now())
	}
	d.dataset, err = p.register.Get(ctx, by, l.DatasetID)
	if kind, _ := fault.KindOf(err); kind == fault.NotFound || err == nil && !by.May(identity.RecordDataset, d.dataset.Institution) {
		return nil, fault.New(fault.Gone, "notice.link.revoked")
	} else if err != nil {
		return nil, err
	}
	if err := p.charged(ctx, d); err != nil {
		return nil, err
	}
	if err := l.Open(p.now()); err != nil {
		return d, err
	}
	rows, err := p.register.Obligations(ctx, by, d.dataset.Ref)
	if err != nil {
		return nil, err
	}
	for n := range rows {
		if rows[n].Period == l.Period && rows[n].Open() {
			d.row = &rows[n]
			return d, nil
		}
	}
	return d, fault.New(fault.Gone, "notice.link.settled")
}

// charged refuses a link whose designation has ended.
func (p *Pages) charged(ctx context.Context, d *duty) error {
	if p.lapsed == nil {
		return nil
	}
	lapsed, err := p.lapsed(ctx, d.by.Account, d.dataset.Institution, d.link.CreatedAt)
	if err == nil && lapsed {
		return fault.New(fault.Gone, "notice.link.revoked")
	}
	return err
}

// link answers GET /m/:secret. It changes nothing.
func (p *Pages) link(c *gin.Context) error {
	c.Header("Referrer-Policy", web.NoPath) // the address is a secret
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
	l, err := p.store.Link(c.Request.Context(), c.Param("secret"))
	if err != nil {
		return p.closed(c, nil, err)
	}
	d, err := p.stands(c.Request.Context(), l)
	if err != nil {
		return p.closed(c, d, err)
	}
	page, err := p.linkPage(c, d)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "notice_link", page)
}

// follow answers POST /m/:secret: the act itself, in the name of the account
// the mail went to, by the same rule as at the desk.
func (p *Pages) follow(c *gin.Context) error {
	c.Header("Referrer-Policy", web.NoPath)
	c.Header("Cache-Control", "no-store")
	ctx := c.Request.Context()
	l, err := p.store.Link(ctx, c.Param("secret"))
	if err != nil {
		return p.closed(c, nil, err)
	}
	d, err := p.stands(ctx, l)
	if err != nil {
		return p.closed(c, d, err)
	}
	if l.Act == notice.Stop {
		if err := p.store.Stop(ctx, d.by); err != nil {
			return err
		}
		return p.done(c, d, "notice.link.stop.done")
	}
	if _, err := p.store.Take(ctx, c.Param("secret")); err != nil {
		return p.closed(c, d, err)
	}
	if err := p.act(ctx, d, c.PostForm("day")); err != nil {
		if releaseErr := p.store.Release(context.WithoutCancel(ctx), l); releaseErr != nil {
			return errors.Join(releaseErr, err)
		}
		return p.refused(c, d, err)
	}
	if err := p.store.Used(context.WithoutCancel(ctx), l, d.by, d.dataset.Institution); err != nil {
		return err
	}
	return p.done(c, d, "notice.link."+string(l.Act)+".done")
}

// act does what the link is for. The rule decides whether it may.
func (p *Pages) act(ctx context.Context, d *duty, day string) error {
	name, rule := "dataset.attest_by_mail", func(x *inventory.Dataset) error { return x.AttestPeriod(d.by, d.row, "", p.now()) }
	if d.link.Act == notice.Update {
		name, rule = "dataset.update_by_mail", func(x *inventory.Dataset) error {
			if inventory.Date(day) == x.Content.DataModified {
				return fault.At("data_modified", "notice.link.same_day")
			}
			return x.Refresh(d.by, inventory.Date(day), p.now())
		}
	}
	_, err := p.register.Change(ctx, d.by, d.dataset.Ref, name, 0, rule)
	return err
}

func (p *Pages) linkPage(c *gin.Context, d *duty) (*linkPage, error) {
	key := "notice.link." + string(d.link.Act) + ".title"
	page := &linkPage{
		Page: p.shell.Page(c, key), Act: d.link.Act, Secret: c.Param("secret"), Expires: d.link.ExpiresAt,
		Today: string(inventory.DateOf(p.now(), inventory.Tunis())),
	}
	page.Day = page.Today
	page.Upload = d.link.Act == notice.Update && p.upload.HandIn != nil
	if d.dataset == nil {
		return page, nil
	}
	tree, err := p.people.Institutions(c.Request.Context())
	if err != nil {
		return nil, err
	}
	page.Dataset, page.Institution = d.dataset, tree[d.dataset.Institution].Name
	if d.row != nil {
		page.Period = digest.PeriodName(p.shell.Words(), page.Lang, d.row.Period, d.row.StartsAt)
		page.Until = d.row.Limit().Add(-1)
	}
	return page, nil
}

// refused shows the form again with what the rule said.
func (p *Pages) refused(c *gin.Context, d *duty, err error) error {
	kind, _ := fault.KindOf(err)
	switch kind {
	case fault.Invalid, fault.TooLarge:
	case fault.Conflict, fault.Gone:
		return p.closed(c, d, err)
	default:
		return err
	}
	page, pageErr := p.linkPage(c, d)
	if pageErr != nil {
		return pageErr
	}
	page.Faults = p.shell.Faults(c, renamed(err))
	if typed, ok := c.GetPostForm("day"); ok {
		page.Day = typed
	}
	return p.shell.ShowFault(c, err, "notice_link", page)
}

// renamed makes faults of the data date those of this form's field.
func renamed(err error) error {
	var all []error
	for _, f := range fault.All(err) {
		if f.Field == "data_modified" {
			f.Field = "day"
		}
		all = append(all, f)
	}
	return errors.Join(all...)
}

// closed says why a link does nothing, and where to go instead.
func (p *Pages) closed(c *gin.Context, d *duty, err error) error {
	all := fault.All(err)
	if len(all) == 0 {
		return err
	}
	page := &linkPage{Page: p.shell.Page(c, "notice.link.closed")}
	page.Closed = page.T(all[0].Key, all[0].Args...)
	if d != nil {
		page.Dataset = d.dataset
	}
	return p.shell.ShowFault(c, err, "notice_link", page)
}

func (p *Pages) done(c *gin.Context, d *duty, key string) error {
	page, err := p.linkPage(c, d)
	if err != nil {
		return err
	}
	page.Done = page.T(key, page.Period)
	return p.shell.Show(c, "notice_link", page)
}
