package catalogueweb

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// feedLength is how many changes a page of the Atom feed tells of.
const feedLength = 50

// latestChanges is the first page of the Atom feed of a snapshot. It is kept:
// every reader asks for it, and while the database is lost it is still true.
type latestChanges struct {
	snapshot string
	document *catalogue.Document
}

// atom answers GET /feed.atom?before=: the latest changes, and page by page
// (RFC 5005) all before them.
func (p *Pages) atom(c *gin.Context) error {
	before, err := inventory.ParseMark("before", c.Query("before"))
	if err != nil {
		return err
	}
	s, err := p.feed.current(c.Request.Context())
	if err != nil {
		return err
	}
	kept := p.latest.Load()
	if before != (inventory.Mark{}) || kept == nil || kept.snapshot != s.ID {
		d, err := p.atomPage(c.Request.Context(), s, before)
		if _, known := fault.KindOf(err); err != nil && !known {
			return unavailable(err)
		}
		if err != nil {
			return err
		}
		kept = &latestChanges{s.ID, d}
		if before == (inventory.Mark{}) {
			p.latest.Store(kept)
		}
	}
	return p.send(c, http.StatusOK, s, kept.document)
}

// atomPage writes the page of what changed before the mark.
func (p *Pages) atomPage(ctx context.Context, s *catalogue.Snapshot, before inventory.Mark) (*catalogue.Document, error) {
	changed, more, err := p.history.LatestChanges(ctx, before, s.Version, feedLength)
	if err != nil {
		return nil, err
	}
	ids, err := p.replacements(ctx, changed)
	if err != nil {
		return nil, err
	}
	first := p.shell.URL("/feed.atom")
	page := catalogue.AtomPage{Changes: changed, Replacements: ids, Self: first}
	if before != (inventory.Mark{}) {
		page.Self, page.First = first+"?before="+before.String(), first
	}
	if more {
		page.Next = first + "?before=" + changed[len(changed)-1].Mark().String()
	}
	return s.AtomPage(page), nil
}
