// Package noticeweb shows what people want to be told, lets the links of their
// mails act, and publishes due days as calendars. It holds no rule.
package noticeweb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/web"
)

// People knows accounts and institutions.
type People interface {
	ActorOf(ctx context.Context, id string) (identity.Actor, error)
	SetLanguage(ctx context.Context, by identity.Actor, tag lang.Tag) error
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Pages are the pages of notices.
type Pages struct {
	shell    *web.Shell
	store    *noticedb.Store
	register *inventorydb.Store
	people   People
	upload   Upload
	now      func() time.Time
	lapsed   Lapsed
}

// Lapsed tells whether what an account was given at given, for duties of an
// institution, has lost the designation it was given under.
type Lapsed func(ctx context.Context, account, institution string, given time.Time) (bool, error)

// New returns the pages; Routes puts them on the shell's engine.
func New(
	shell *web.Shell, store *noticedb.Store, register *inventorydb.Store, people People, upload Upload, now func() time.Time,
) *Pages {
	return &Pages{shell: shell, store: store, register: register, people: people, upload: upload, now: now}
}

// Under hands in who knows about designations; without it links stand as long
// as their account may act.
func (p *Pages) Under(lapsed Lapsed) *Pages {
	p.lapsed = lapsed
	return p
}

// Routes adds every address of this room.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/account/notices", page(p.preferences))
	r.POST("/account/notices", page(p.prefer))
	r.POST("/account/notices/calendar", page(p.newCalendar))
	r.POST("/account/notices/calendar/revocation", page(p.revokeCalendar))

	r.GET("/m/:secret", page(p.link))
	r.POST("/m/:secret", page(p.follow))
	r.POST("/m/:secret/workbook", p.roomy, page(p.workbook))

	r.GET("/calendar.ics", p.shell.Machine(p.publicCalendar))
	r.GET("/calendar/:file", p.shell.Machine(p.ownCalendar))
	p.api()
}
