package web

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/lang"
)

// HomeFigures is what the first page counts. The wiring fills it from the
// rooms; whatever is zero or empty is left off the page.
type HomeFigures struct {
	Datasets     int // in the public register
	Institutions int // that have at least one
	Formats      int // distinct formats offered
	UpToDate     int // datasets that are not late, among those that have a date to keep
	Promised     int // datasets that have a date to keep
	Newest       []HomeDataset
	Services     int // watched in public
	Working      int // of these, answering now
	Silent       int // of these, down now
	SilentSince  *time.Time
}

// HomeDataset is a line of the newest datasets.
type HomeDataset struct {
	Title       lang.Text
	Path        string
	Institution lang.Text
	Published   time.Time
}

type homePage struct {
	Page
	HomeFigures
	Counted bool
}

// home answers GET /.
func (s *Shell) home(c *gin.Context) error {
	page := homePage{Page: s.Page(c, "web.home.title")}
	if s.opts.Home != nil {
		figures, err := s.opts.Home(c.Request.Context())
		if err != nil {
			return err
		}
		page.HomeFigures, page.Counted = figures, true
	}
	return s.Show(c, "web_home", page)
}

// OnTime is the share of promised updates that are kept.
func (h HomeFigures) OnTime() float64 {
	if h.Promised == 0 {
		return 0
	}
	return float64(h.UpToDate) / float64(h.Promised)
}

// Unknown is how many services give no clear answer now.
func (h HomeFigures) Unknown() int { return max(h.Services-h.Working-h.Silent, 0) }
