package inventoryweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// deskDatasetPage is where a dataset is worked on: how it stands, what is
// still missing, and the acts that the actor may do now.
type deskDatasetPage struct {
	web.Page
	Dataset     *inventory.Dataset
	Institution web.Link
	State       web.Mark
	Duty        *duty
	Steps       []section
	Missing     []missing
	Warnings    []missing
	Parts       []part
	Story       []event
	Score       *scored
	Signs       persons // traces of persons, and what was declared about them

	CanEdit, CanSubmit, CanRecall, CanReview, CanWithdraw, CanRefresh bool
	Public                                                            string // address of the public page; empty while there is none
	Pending                                                           bool   // what is public differs from what is worked on

	Promising promising
	Mandate   any // officers and common rules, as their room says
	There     any // how it stands on the national portal
	Twins     any // what looks like it, as the room of twins says
	Living    living
	Reminded  []reminded
	Files     files

	Faults      web.Faults // of an act that was refused
	Reason      string     // as typed
	Replacement string
	DataDate    string
	Acting      string // the act whose form stands open
}

// missing is something a submission asks for, with the field to go to.
type missing struct {
	Href, Label, Message string
}

// part is a section of the description in words.
type part struct {
	Name   string
	Values []value
}

// deskDataset answers GET /desk/datasets/:ref.
func (p *Pages) deskDataset(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	d, err := p.store.Get(c.Request.Context(), by, c.Param("ref"))
	if err != nil {
		return err
	}
	page, err := p.deskPage(c, by, d)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "inventory_desk_dataset", page)
}

func (p *Pages) deskPage(c *gin.Context, by identity.Actor, d *inventory.Dataset) (*deskDatasetPage, error) {
	base := p.shell.Page(c, "dataset.page.title", d.Content.Title)
	w, err := p.words(c, base)
	if err != nil {
		return nil, err
	}
	if w.seen, err = p.store.Files(c.Request.Context(), by, d.Ref); err != nil {
		return nil, err
	}
	page := &deskDatasetPage{
		Page: base, Dataset: d, State: stateMark(base, d.State), Parts: w.parts(d.Content),
		Institution: base.LinkTo("/institutions/"+d.Institution, w.names.institution(d.Institution)),
		DataDate:    string(inventory.DateOf(w.now, inventory.Tunis())),
	}
	page.allow(by, d)
	if d.State == inventory.Draft || d.State == inventory.Returned {
		page.Steps = steps(d.Content, w.names.Vocabulary, w.now, nil)
		page.Missing = w.missing(d, fault.All(d.Content.Complete(w.names.Vocabulary, w.now)))
	}
	if d.State != inventory.Withdrawn {
		page.Warnings = w.missing(d, d.Content.Warnings(w.names.Vocabulary))
	}
	if d.ApprovedRevision > 0 {
		page.Public = "/datasets/" + d.Ref
		page.Pending = d.State != inventory.Approved && d.State != inventory.Withdrawn
		if d.State != inventory.Withdrawn {
			duty := w.duty(d.Content.Frequency, d.DueAt, d.LateAfter)
			page.Duty = &duty
		}
	}
	if d.State != inventory.Withdrawn {
		page.Score = w.score(d.Ref, &d.Content, d.LateAfter, editPath(by, d)).brief()
	}
	page.Signs = w.persons(d)
	if waits := page.Signs.missing(w); waits != nil && len(page.Steps) > 0 {
		page.Missing = append(page.Missing, *waits)
	}
	if page.Promising, err = p.promising(c, w, by, d); err != nil {
		return nil, err
	}
	if err := p.neighbours(c, page, d); err != nil {
		return nil, err
	}
	if page.Living, err = p.living(c, w, by, d); err != nil {
		return nil, err
	}
	if page.Reminded, err = p.reminders(c.Request.Context(), w, by, d); err != nil {
		return nil, err
	}
	page.Files = w.files(d.Content, deskPath(d.Ref)+"/files/", p.beside.Check != nil)
	lines, err := p.store.History(c.Request.Context(), by, d.Ref)
	if err != nil {
		return nil, err
	}
	page.Story = w.story(lines[:min(len(lines), 4)])
	return page, nil
}

// neighbours asks the rooms beside what they have to say of the dataset.
func (p *Pages) neighbours(c *gin.Context, page *deskDatasetPage, d *inventory.Dataset) (err error) {
	if page.Mandate, err = p.beside.Panel(c, d); err != nil {
		return err
	}
	if page.There, err = p.beside.There(c, d); err != nil {
		return err
	}
	page.Twins, err = p.beside.Twins(c, d)
	return err
}

// allow asks the permissions which buttons to show; the rules decide again
// when one is pressed.
func (page *deskDatasetPage) allow(by identity.Actor, d *inventory.Dataset) {
	open := d.State == inventory.Draft || d.State == inventory.Returned
	record := by.May(identity.RecordDataset, d.Institution)
	page.CanEdit = record && d.State != inventory.Submitted && d.State != inventory.Withdrawn
	page.CanSubmit = open && by.May(identity.SubmitDataset, d.Institution)
	page.CanRecall = d.State == inventory.Submitted && by.May(identity.SubmitDataset, d.Institution)
	own := by.Account != "" && (by.Account == d.SubmittedBy || by.Account == d.EndorsedBy)
	page.CanReview = d.State == inventory.Submitted && !own &&
		(d.MayEndorse(by) || d.FirstStep != inventory.Waiting && by.May(identity.ReviewDataset, d.Institution))
	page.CanWithdraw = d.State != inventory.Withdrawn && by.May(identity.WithdrawDataset, d.Institution)
	page.CanRefresh = record && d.ApprovedRevision > 0 && d.State != inventory.Withdrawn
}

// missing turns faults into links to the fields of the form.
func (w words) missing(d *inventory.Dataset, faults []*fault.Error) []missing {
	all := make([]missing, 0, len(faults))
	for _, f := range faults {
		all = append(all, missing{
			Href: deskPath(d.Ref) + "/edit#" + web.FieldID(f.Field), Label: w.label(generic(f.Field)),
			Message: w.page.T(f.Key, f.Args...),
		})
	}
	return all
}

// parts writes the description by sections, leaving out what is not given.
func (w words) parts(c inventory.Content) []part {
	values := w.values(c)
	var all []part
	for _, s := range sections() {
		made := part{Name: w.page.T("dataset.section." + s.Code)}
		for _, v := range values {
			if !v.Empty() && s.holds(v.Field) {
				made.Values = append(made.Values, v)
			}
		}
		if len(made.Values) > 0 {
			all = append(all, made)
		}
	}
	return all
}
