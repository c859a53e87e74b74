package inventoryweb

import (
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/quality"
	"github.com/jard-odi/jard/web"
)

// scored is the score of one description in words.
type scored struct {
	Total, Reachable int
	Band             web.Mark
	Hope             string    // what the total leaves out because nobody has looked; empty when all is known
	Gate             *web.Mark // how the promised update stands; nil when nothing is promised
	Closed           bool      // the update is late: the score does not make it good
	Parts            []scorePart
	Gains            []gainLine // the most first
	More             int        // how many are left out of Gains
	Href             string     // where all of it is told
}

// scorePart is what one dimension earned.
type scorePart struct {
	Name       string
	Points, Of int
}

// gainLine is one fix, where to make it, and what it adds.
type gainLine struct {
	Href, Name, Points string
}

// fewGains is how many fixes stand beside a form or a dataset.
const fewGains = 4

// score says the score of c; lateAfter is the duty of its public revision.
// Fixes lead to the fields of the form at edit, or nowhere when it is empty.
func (w words) score(ref string, c *inventory.Content, lateAfter *time.Time, edit string) *scored {
	m := quality.Measure(c, w.names.Vocabulary, inventorydb.LinksOf(c, w.seen))
	s := m.Score()
	out := &scored{Total: s.Total, Reachable: s.Reachable, Band: bandMark(w.page, s.Band())}
	if s.Reachable > s.Total {
		out.Hope = w.page.T("quality.hope", s.Reachable-s.Total, s.Reachable, w.page.T("quality.band."+string(s.ReachableBand())))
	}
	out.Gate, out.Closed = w.gate(lateAfter)
	for _, d := range quality.Dimensions() {
		points, possible := s.Of(d)
		out.Parts = append(out.Parts, scorePart{w.page.T("quality.dimension." + string(d)), points, possible})
	}
	if ref != "" {
		out.Href = deskPath(ref) + "/quality"
	}
	for _, g := range quality.OncePerFix(m.Gains()) {
		at := fieldAt(edit, g.Field)
		if g.Fix == quality.ListLicence {
			at = "" // nothing an officer should change
		}
		out.Gains = append(out.Gains, gainLine{at, w.page.T("quality.fix." + string(g.Fix)), w.gain(g)})
	}
	return out
}

// here stands for the form that the page itself is.
const here = "#"

// editPath is where by may edit the dataset now; empty when she may not.
func editPath(by identity.Actor, d *inventory.Dataset) string {
	if !by.May(identity.RecordDataset, d.Institution) || d.State == inventory.Submitted || d.State == inventory.Withdrawn {
		return ""
	}
	return deskPath(d.Ref) + "/edit"
}

func fieldAt(edit, field string) string {
	switch edit {
	case "":
		return ""
	case here:
		return here + web.FieldID(field)
	}
	return edit + "#" + web.FieldID(field)
}

// brief keeps the first few fixes.
func (s *scored) brief() *scored {
	if n := len(s.Gains); n > fewGains {
		s.Gains, s.More = s.Gains[:fewGains], n-fewGains
	}
	return s
}

// gate says how the promise stands beside the score.
func (w words) gate(lateAfter *time.Time) (mark *web.Mark, closed bool) {
	switch quality.GateOf(lateAfter, w.now) {
	case quality.Late:
		m := w.page.Mark("late", "quality.gate.late")
		return &m, true
	case quality.OnTime:
		m := w.page.Mark("open", "quality.gate.on_time")
		return &m, false
	}
	return nil, false
}

// bandMark names a band with its shape.
func bandMark(p web.Page, b quality.Band) web.Mark {
	kinds := map[quality.Band]string{
		quality.Excellent: "open", quality.Good: "open", quality.Sufficient: "due", quality.Bad: "returned",
	}
	return p.Mark(kinds[b], "quality.band."+string(b))
}

// gain says what a fix adds: "+30 points", or "jusqu'à +90 points".
func (w words) gain(g quality.Gain) string {
	if g.UpTo {
		return w.page.T("quality.gain_up_to", g.Points)
	}
	return w.page.T("quality.gain", g.Points)
}

// hints says beside each field of the form what filling it adds. The licence
// that the European list would know is no hint: that is for the operator and
// the portal to agree on, not for an officer to change.
func (w words) hints(f datasetForm) map[string]string {
	c := f.content()
	hints := map[string]string{}
	rows := f.filledRows()
	for _, g := range quality.Measure(&c, w.names.Vocabulary, nil).Gains() {
		field := g.Field
		switch parts := strings.Split(field, "."); {
		case g.Fix == quality.ListLicence:
			continue
		case field == "distributions":
			field = rowField(0, "url")
		case parts[0] == "distributions":
			n, err := strconv.Atoi(parts[1])
			if err != nil || n >= len(rows) {
				continue
			}
			field = rowField(rows[n], parts[2])
		}
		if _, said := hints[field]; !said {
			hints[field] = w.gain(g)
		}
	}
	return hints
}

// filledRows lists the rows that something stands in: the nth distribution of
// the content was typed into the row at n.
func (f datasetForm) filledRows() []int {
	var rows []int
	for _, row := range f.Rows {
		if !row.empty() {
			rows = append(rows, row.N)
		}
	}
	return rows
}

// Gain is the hint beside a field of the form; empty when it adds nothing.
func (page formPage) Gain(field string) string { return page.Hints[field] }
