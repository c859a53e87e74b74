// Package auditweb shows the audit trail to whoever may read it: a page to
// search it, files that prove themselves, and the JSON API. It holds no rule.
package auditweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

// People knows who the accounts are, as far as the actor may know.
type People interface {
	Persons(ctx context.Context, by identity.Actor, words string) ([]string, error)
	PersonNames(ctx context.Context, by identity.Actor, ids []string) (map[string]string, error)
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Pages are the pages of the trail.
type Pages struct {
	shell  *web.Shell
	store  *auditdb.Store
	people People
	zone   *time.Location
	now    func() time.Time
}

// New returns the pages; Routes puts them on the shell's engine. Days are cut in zone.
func New(shell *web.Shell, store *auditdb.Store, people People, zone *time.Location, now func() time.Time) *Pages {
	return &Pages{shell, store, people, zone, now}
}

// Routes adds every address of this room.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/audit", page(p.lines))
	r.GET("/desk/audit/lines.csv", page(p.csv))
	r.GET("/desk/audit/lines.jsonl", page(p.jsonl))
	p.shell.AddNav(web.NavItem{Path: "/desk/audit", Key: "audit.nav", Act: identity.ReadAudit, Desk: true, Rank: 36})
	web.Register(p.shell, huma.Operation{
		OperationID: "audit-lines", Method: http.MethodGet, Path: "/api/v1/audit", Summary: "Who did what, newest first",
		Description: "Lines of the audit trail that the caller may read. Fields that were erased are empty; the commitments to them stand.", Tags: []string{"audit"},
	}, p.list)
}

// asked is what lines are looked for by, as it was typed.
type asked struct {
	Who, Act, Subject, Ref, Institution, From, To, Cursor string
}

// filter reads what was asked for. A person is looked for by name or address,
// or is what the trail itself calls an actor.
func (p *Pages) filter(ctx context.Context, by identity.Actor, a asked) (auditdb.Filter, error) {
	f := auditdb.Filter{Act: a.Act, Subject: a.Subject, Ref: a.Ref, Institution: a.Institution}
	var err error
	if f.From, err = p.day("from", a.From, 0); err != nil {
		return f, err
	}
	if f.To, err = p.day("to", a.To, 1); err != nil {
		return f, err
	}
	if a.Cursor != "" {
		if f.Before, err = strconv.ParseInt(a.Cursor, 10, 64); err != nil || f.Before < 1 {
			return f, fault.At("cursor", "fault.cursor")
		}
	}
	if a.Who != "" {
		if f.Actors, err = p.people.Persons(ctx, by, a.Who); err != nil {
			return f, err
		}
		f.Actors = append(f.Actors, a.Who)
	}
	return f, nil
}

// day reads a day of the register's zone; later days after it is meant.
func (p *Pages) day(field, text string, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, p.zone)
	if err != nil || day.Year() < 2000 || day.Year() > 9000 {
		return time.Time{}, fault.At(field, "audit.day")
	}
	return day.AddDate(0, 0, later).UTC(), nil
}

// cursorOf is the cursor after a line.
func cursorOf(l audit.Line) string { return strconv.FormatInt(l.ID, 10) }
