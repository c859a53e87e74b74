package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
)

// Takeaway is a file that somebody who signed in took away.
type Takeaway struct {
	By    identity.Actor
	Route string // its pattern
	Path  string // what was asked for, without the query
}

// told tells of files that are not for the public and left by a page for
// whoever signed in: every answer on such a page that a browser saves.
func (s *Shell) told(c *gin.Context) {
	c.Next()
	if s.opts.Taken == nil || c.Writer.Status() != http.StatusOK || !private(c.FullPath()) {
		return
	}
	if by := ActorFrom(c.Request.Context()); by.Known() && strings.HasPrefix(c.Writer.Header().Get("Content-Disposition"), "attachment") {
		ctx := context.WithoutCancel(c.Request.Context()) // who hangs up has it all the same
		if err := s.opts.Taken(ctx, Takeaway{by, c.FullPath(), c.Request.URL.Path}); err != nil {
			s.log.Error("who took a file away could not be written down", "route", c.FullPath(), "request", RequestID(ctx), "err", err)
		}
	}
}

// private tells which routes show what the public may not see. The trail tells
// of its own files itself.
func private(route string) bool {
	return (strings.HasPrefix(route, "/desk/") || strings.HasPrefix(route, "/admin/") || strings.HasPrefix(route, "/api/v1/")) &&
		!strings.HasPrefix(route, "/desk/audit/")
}
