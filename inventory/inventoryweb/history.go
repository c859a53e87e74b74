package inventoryweb

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// historyPage tells what happened to a dataset.
type historyPage struct {
	web.Page
	Dataset *inventory.Dataset
	Story   []event

	Revisions []revisionLine
	Bring     bool // an earlier revision may be brought back
}

// event is one audit line as a person reads it. It names the role, not the
// person: an officer has no need to know which reviewer it was.
type event struct {
	At       time.Time
	Who      string   // "chargé des données ouvertes"
	Mark     web.Mark // what was done, with the shape of the state it led to
	Reason   string
	Charge   string // who was designated at that time
	Revision int
	Hash     string // of what was approved, short
	Changes  []difference
}

// history answers GET /desk/datasets/:ref/history.
func (p *Pages) history(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	d, err := p.store.Get(ctx, by, c.Param("ref"))
	if err != nil {
		return err
	}
	lines, err := p.store.History(ctx, by, d.Ref)
	if err != nil {
		return err
	}
	page := historyPage{Page: p.shell.Page(c, "dataset.history.title", d.Content.Title), Dataset: d}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	page.Story = w.story(lines)
	charge, err := p.beside.Charge(c, d.Institution)
	if err != nil {
		return err
	}
	for n := range page.Story {
		page.Story[n].Charge = charge(page.Story[n].At)
	}
	revisions, err := p.store.Revisions(ctx, by, d.Ref)
	if err != nil {
		return err
	}
	page.Revisions, page.Bring = w.revisions(d, revisions), mayBring(by, d)
	return p.shell.Show(c, "inventory_history", page)
}

// story tells the lines, newest first.
func (w words) story(lines []audit.Line) []event {
	events := make([]event, 0, len(lines))
	for _, l := range lines {
		was, is := readTrail(l.Before), readTrail(l.After)
		e := event{At: l.At, Reason: l.Reason, Revision: is.Revision, Who: w.who(l), Hash: inventory.ShortHash(is.ApprovedHash)}
		e.Mark = web.Mark{Kind: stateMark(w.page, is.state(l.Act)).Kind, Word: w.what(l.Act)}
		if l.Act != "dataset.create" && l.Act != "dataset.import" {
			e.Changes = w.differences(was.content(), is.content())
		}
		events = append(events, e)
	}
	return events
}

// who names the role; the program itself has none.
func (w words) who(l audit.Line) string {
	return w.whoIs(l.Actor, l.Role)
}

func (w words) what(act string) string {
	if key := "dataset.did." + strings.TrimPrefix(act, "dataset."); w.page.Has(key) {
		return w.page.T(key)
	}
	return w.page.T("dataset.did.edit")
}

// trail is the part of an audit line that a story tells. Fields have the names
// of the JSON API; those that did not change are missing.
type trail struct {
	State           inventory.State
	Revision        int
	Title           lang.Text
	Description     lang.Text
	Keywords        lang.Words
	Theme           string
	Frequency       string
	Licence         string
	Openness        inventory.Openness
	LegalGround     string `json:"legal_ground"`
	PersonalData    bool   `json:"personal_data"`
	PersonalUnknown bool   `json:"personal_unknown"`
	Anonymisation   string
	TargetDate      inventory.Date `json:"target_date"`
	Temporal        struct{ Start, End inventory.Date }
	Spatial         []string
	Contact         struct{ Name, Email string }
	Producer        string
	DataModified    inventory.Date `json:"data_modified"`
	Distributions   []inventory.Distribution
	Extra           inventory.Extra
	ApprovedHash    string `json:"approved_hash"`
	Comments        map[string]string
}

// readTrail reads one side of a line. A line written by an older version of
// the program may lack fields; what cannot be read at all tells nothing.
func readTrail(data json.RawMessage) trail {
	var t trail
	if len(data) == 0 || json.Unmarshal(data, &t) != nil {
		return trail{}
	}
	return t
}

func (t trail) content() inventory.Content {
	return inventory.Content{
		Title: t.Title, Description: t.Description, Keywords: t.Keywords, Theme: t.Theme, Frequency: t.Frequency,
		Licence: t.Licence, Openness: t.Openness, LegalGround: t.LegalGround, PersonalData: t.PersonalData,
		PersonalUnknown: t.PersonalUnknown, Anonymisation: t.Anonymisation, TargetDate: t.TargetDate,
		TemporalStart: t.Temporal.Start, TemporalEnd: t.Temporal.End, Spatial: t.Spatial,
		ContactName: t.Contact.Name, ContactEmail: t.Contact.Email, Producer: t.Producer,
		DataModified: t.DataModified, Distributions: t.Distributions, Extra: t.Extra,
	}
}

// state is where the line left the dataset: an edit of a draft does not change it.
func (t trail) state(act string) inventory.State {
	switch {
	case t.State.Valid():
		return t.State
	case act == "dataset.update", act == "dataset.observe":
		return inventory.Approved
	}
	return inventory.Draft
}
