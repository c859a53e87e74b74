package inventoryweb

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// ledger is what a dataset promised, as a page shows it.
type ledger struct {
	Rows    []promise // the latest period first
	Earlier []promise // what a page folds away
	Strip   []promise // the last ones, the oldest first
	Kept    string    // "Échéances tenues : 9 sur 10"; empty before the first one
	Basis   string    // duty and article of the decree table
}

// promise is one row of the ledger in words.
type promise struct {
	Code   string // 2026-Q1
	Name   string // "1er trimestre 2026"
	Mark   web.Mark
	Last   time.Time // last day on which an update is on time
	Proof  string    // "déclaration du 12 nov. 2026"; empty while there is none
	Note   string
	Waiver string // reason, approver and end; empty without one
}

// How many rows a page shows at once, and how many the strip.
const (
	shownRows = 8
	stripRows = 12
)

// ledgerOf reads the ledger of a dataset for a page.
func (p *Pages) ledgerOf(ctx context.Context, w words, ref string) (ledger, error) {
	rows, err := p.store.Obligations(ctx, w.page.Actor, ref)
	if err != nil {
		return ledger{}, err
	}
	return w.ledger(rows), nil
}

func (w words) ledger(rows []inventory.Obligation) ledger {
	var l ledger
	kept, judged := 0, 0
	for n := range rows {
		l.Rows = append(l.Rows, w.promise(&rows[n]))
		switch rows[n].State(w.now) {
		case inventory.Met:
			kept, judged = kept+1, judged+1
		case inventory.Late:
			judged++
		}
	}
	if judged > 0 {
		l.Kept = w.page.T("obligation.kept", kept, judged)
	}
	if len(rows) > 0 {
		l.Basis = w.basis(rows[0].Basis)
	}
	l.Strip = slices.Clone(l.Rows[:min(len(l.Rows), stripRows)])
	slices.Reverse(l.Strip)
	if len(l.Rows) > shownRows {
		l.Rows, l.Earlier = l.Rows[:shownRows], l.Rows[shownRows:]
	}
	return l
}

// basis says which line of the decree table a promise follows from.
func (w words) basis(code string) string {
	for _, r := range w.names.Rules {
		if r.Code == code {
			return w.page.T("obligation.basis", w.page.Text(r.Duty), r.Article)
		}
	}
	return ""
}

func (w words) promise(o *inventory.Obligation) promise {
	p := promise{
		Code: o.Period, Name: w.periodName(o), Mark: w.promiseMark(o), Last: o.LateAfter.Add(-time.Second), Note: o.EvidenceNote,
	}
	if o.MetAt != nil {
		p.Proof = w.page.T("obligation.evidence."+string(o.Evidence), w.day(o.EvidenceDay))
	}
	if o.WaivedUntil != nil {
		p.Waiver = w.page.T("obligation.waiver", o.WaiverReason, w.page.Operator(), o.WaivedUntil.Add(-time.Second))
	}
	return p
}

// promiseMark names a state with its shape; what came late says when.
func (w words) promiseMark(o *inventory.Obligation) web.Mark {
	state := o.State(w.now)
	if state == inventory.Late && o.MetAt != nil {
		return w.page.Mark("slow", "obligation.late_met", *o.MetAt)
	}
	if state == inventory.Met && o.Evidence == inventory.Attestation {
		return w.page.Mark("open", "obligation.confirmed")
	}
	kinds := map[inventory.ObligationState]string{
		inventory.Met: "open", inventory.Late: "late", inventory.Due: "due", inventory.Waived: "paused", inventory.Future: "draft",
	}
	return w.page.Mark(kinds[state], "obligation.state."+string(state))
}

// periodName says a period in words: years stand for themselves, months,
// quarters and half-years have names, others are said by their days.
func (w words) periodName(o *inventory.Obligation) string {
	year, part, split := strings.Cut(o.Period, "-")
	switch {
	case !split:
		return o.Period
	case len(part) == 2 && (part[0] == 'Q' || part[0] == 'S'):
		return w.page.T("obligation.period."+part, year)
	case len(part) == 2 && part[0] != 'T' && part[0] != 'B':
		return w.page.Month(o.StartsAt)
	}
	first, last := w.page.Date(o.StartsAt), w.page.Date(o.EndsAt.Add(-time.Second))
	if first == last {
		return first
	}
	return w.page.T("dataset.period.both", first, last)
}

// promising is what the desk adds: the forms to confirm and to let off, with
// what was typed in them.
type promising struct {
	Ledger              ledger
	CanAttest, CanWaive bool
	Open                []web.Option // periods that may be let off
	Period, Until       string
	Note, WaiverReason  string
}

// promising reads the ledger for the desk.
func (p *Pages) promising(c *gin.Context, w words, by identity.Actor, d *inventory.Dataset) (promising, error) {
	out := promising{
		Period: c.PostForm("period"), Until: c.PostForm("until"), Note: c.PostForm("note"), WaiverReason: c.PostForm("waiver_reason"),
	}
	if d.ApprovedRevision == 0 {
		return out, nil
	}
	rows, err := p.store.Obligations(c.Request.Context(), by, d.Ref)
	if err != nil {
		return out, err
	}
	out.Ledger = w.ledger(rows)
	for n := range slices.Backward(rows) {
		o := &rows[n]
		if o.Open() {
			out.Open = append(out.Open, web.Option{Value: o.Period, Label: w.periodName(o)})
		}
		out.CanAttest = out.CanAttest || o.Open() && !w.now.Before(o.StartsAt)
	}
	out.CanAttest = out.CanAttest && by.May(identity.RecordDataset, d.Institution)
	out.CanWaive = len(out.Open) > 0 && by.May(identity.ReviewDataset, d.Institution)
	return out, nil
}

// attest answers POST /desk/datasets/:ref/attestation: nothing had to change.
func (p *Pages) attest(c *gin.Context) error {
	note := c.PostForm("note")
	return p.act(c, "attest", identity.RecordDataset, "obligation.flash.attested",
		func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
			return renamed(d.Attest(by, note, p.now()), "reason", "note")
		})
}

// waive answers POST /desk/datasets/:ref/waiver.
func (p *Pages) waive(c *gin.Context) error {
	asked := inventory.Waiver{
		Period: c.PostForm("period"), Reason: c.PostForm("waiver_reason"), Until: date(c.PostForm("until")),
	}
	return p.act(c, "waive", identity.ReviewDataset, "obligation.flash.waived",
		func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
			return renamed(d.Waive(by, asked, p.now()), "reason", "waiver_reason")
		})
}
