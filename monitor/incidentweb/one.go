package incidentweb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// onePage is /incidents/{id}: for everybody what happened, for whoever answers
// for it also what was seen, and what there is to do.
type onePage struct {
	web.Page
	Faults    web.Faults
	ID        int64
	Revision  int
	State     web.Mark
	Severity  web.Mark
	Since     time.Time
	Ended     *time.Time
	Lasted    time.Duration
	Open      bool
	Cause     string
	Reason    string
	Steps     []step
	Members   []memberLine
	Inside    bool
	Takes     bool // may take it on
	Writes    bool // may note for the desk
	Rules     bool // may speak for the whole incident
	Settles   bool
	Taken     string
	Evidence  []proof
	Review    *monitor.Review
	Published bool
	Form      form
}

// form is what stands in the fields, as typed.
type form struct {
	Act    string // whose fault is shown
	Text   lang.Text
	Public bool
	Review monitor.Review
}

// step is one moment of an incident's story.
type step struct {
	At       time.Time
	Words    string
	Text     lang.Text // what somebody wrote
	Author   string
	Internal bool
}

type memberLine struct {
	Service string
	Name    lang.Text
	Check   string
	Since   time.Time
	Ended   *time.Time
	Lasted  time.Duration
	Mark    web.Mark
	Reason  string
	Splits  bool
}

// proof is what was seen when one outage was confirmed.
type proof struct {
	Name   lang.Text
	Check  string
	Seen   monitor.Evidence
	Reason string
	Phases []phase
}

type phase struct {
	Key  string
	Took time.Duration
}

// one answers GET /incidents/{id}.
func (p *Pages) one(c *gin.Context) error {
	id, err := idOf(c)
	if err != nil {
		return err
	}
	return p.show(c, id, form{}, nil)
}

// show shows an incident, with what was typed when something was wrong with it.
func (p *Pages) show(c *gin.Context, id int64, typed form, wrong error) error {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	i, err := p.store.Incident(ctx, by, id)
	if err != nil {
		return err
	}
	page := p.onePage(p.shell.Page(c, "incident.one.title"), i, typed)
	page.Faults = p.shell.Faults(c, wrong)
	if page.Inside {
		if err := p.fillEvidence(ctx, &page, by, i); err != nil {
			return err
		}
	}
	if wrong != nil {
		return p.shell.ShowFault(c, wrong, "incident_one", page)
	}
	return p.shell.Show(c, "incident_one", page)
}

func (p *Pages) onePage(base web.Page, i *monitor.Incident, typed form) onePage {
	by := base.Actor
	page := onePage{
		Page: base, ID: i.ID, Revision: i.Revision, State: stateMark(base, i), Severity: severityMark(base, i.Severity),
		Since: i.StartedAt, Ended: i.EndedAt, Lasted: i.Lasted(p.now()).Truncate(time.Second), Open: i.Open(),
		Reason: reasonWords(base, i.Reason), Inside: i.SeenBy(by), Rules: i.RuledBy(by) == nil, Writes: i.TakenBy(by) == nil, Form: typed,
	}
	page.Takes = page.Rules && i.Open() && i.AcknowledgedAt == nil
	page.Settles = page.Rules && !i.Settled()
	members := seen(i, by)
	page.Title = headline(base.T, base.Text, i, members)
	page.Cause = cause(base.T, base.Text, i, members, page.Inside)
	if i.WholeSeenBy(by) {
		page.Taken = i.Acknowledger
	}
	page.Steps = stepsOf(base, i, members, by)
	splits := page.Rules && i.Open() && services(i.Members) > 1
	for _, m := range members {
		page.Members = append(page.Members, memberOf(base, &m, p.now(), splits))
	}
	page.Published = i.Review.Published()
	if page.Published || page.Rules {
		page.Review = i.Review
	}
	if typed.Act != "review" && page.Review != nil {
		page.Form.Review = *page.Review
	}
	return page
}

func memberOf(p web.Page, m *monitor.Member, now time.Time, splits bool) memberLine {
	l := memberLine{
		Service: m.Service, Name: m.Name, Check: m.Check, Since: m.StartedAt, Ended: m.EndedAt, Lasted: m.Lasted(now).Truncate(time.Second),
		Reason: reasonWords(p, m.Reason), Splits: splits, Mark: p.Mark("open", "incident.member.back"),
	}
	if m.EndedAt == nil {
		l.Mark = p.Mark("down", "incident.member.failing")
	} else if m.Resolution == monitor.Unwatched {
		l.Mark = p.Mark("paused", "incident.member.unwatched")
	}
	return l
}

// maxSteps is how many joins and leaves a story tells one by one.
const maxSteps = 20

// stepsOf tells the story, the newest first.
func stepsOf(p web.Page, i *monitor.Incident, members []monitor.Member, by identity.Actor) []step {
	steps := []step{{At: i.StartedAt, Words: p.T("incident.step.started")}, {At: i.ConfirmedAt, Words: p.T("incident.step.confirmed")}}
	if i.AcknowledgedAt != nil {
		s := step{At: *i.AcknowledgedAt, Words: p.T("incident.step.acknowledged")}
		if i.WholeSeenBy(by) {
			s.Author = i.Acknowledger
		}
		steps = append(steps, s)
	}
	if services(members) > 1 && len(members) <= maxSteps {
		for _, m := range members {
			if m.ConfirmedAt.After(i.ConfirmedAt) {
				steps = append(steps, step{At: m.ConfirmedAt, Words: p.T("incident.step.joined", p.Text(m.Name))})
			}
			if m.EndedAt != nil && (i.EndedAt == nil || m.EndedAt.Before(*i.EndedAt)) {
				steps = append(steps, step{At: *m.EndedAt, Words: p.T("incident.step.left", p.Text(m.Name))})
			}
		}
	}
	for _, n := range i.Notes {
		if !n.ReadBy(by, i) {
			continue
		}
		s := step{At: n.At, Text: n.Text, Internal: !n.Public}
		if n.SignedFor(by, i) {
			s.Author = n.Author
		}
		steps = append(steps, s)
	}
	if i.EndedAt != nil {
		steps = append(steps, step{At: *i.EndedAt, Words: p.T("incident.step." + endWord(i))})
	}
	if i.Review.Published() {
		steps = append(steps, step{At: *i.Review.PublishedAt, Words: p.T("incident.step.reviewed")})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	return steps
}

func endWord(i *monitor.Incident) string {
	switch i.Resolution {
	case monitor.Unwatched:
		return "unwatched"
	case monitor.Dismissed:
		return "dismissed"
	case monitor.Recovered, monitor.Handled:
	}
	return "ended"
}

// maxProofs is how many outages' evidence a page shows.
const maxProofs = 50

func (p *Pages) fillEvidence(ctx context.Context, page *onePage, by identity.Actor, i *monitor.Incident) error {
	known, err := p.store.EvidenceOf(ctx, by, i)
	if err != nil {
		return err
	}
	for _, m := range i.Members {
		e, ok := known[m.ID]
		if !ok || len(page.Evidence) == maxProofs {
			continue
		}
		pr := proof{Name: m.Name, Check: m.Check, Seen: e, Reason: reasonWords(page.Page, m.Reason)}
		for _, ph := range monitor.PhaseList() {
			if ms, ok := e.Phases[ph.String()]; ok {
				pr.Phases = append(pr.Phases, phase{"monitor.phase." + ph.String(), time.Duration(ms * float64(time.Millisecond))})
			}
		}
		page.Evidence = append(page.Evidence, pr)
	}
	return nil
}

// texts reads a text in each language from a form.
func texts(c *gin.Context, field string) lang.Text {
	t := lang.Text{}
	for _, tag := range lang.All() {
		t[string(tag)] = c.PostForm(field + "." + string(tag))
	}
	return t
}

// act answers POST /incidents/{id}/{act}.
func (p *Pages) act(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	id, err := idOf(c)
	if err != nil {
		return err
	}
	typed := form{Act: c.Param("act"), Public: c.PostForm("public") == "true"}
	back, flash, err := p.do(c, by, id, &typed)
	if err != nil {
		if status := web.StatusOf(err); status == 422 || status == 409 || status == 412 {
			return p.show(c, id, typed, err)
		}
		return err
	}
	return p.shell.Redirect(c, back, flash)
}

// do does the act and says where to go and what to tell.
func (p *Pages) do(c *gin.Context, by identity.Actor, id int64, typed *form) (back, flash string, err error) {
	ctx, revision := c.Request.Context(), revisionOf(c)
	back = pathOf(id)
	switch typed.Act {
	case "acknowledgement":
		if c.PostForm("back") == "desk" {
			back = "/desk/incidents"
		}
		_, err = p.store.Acknowledge(ctx, by, id, 0) // whoever is first; nothing is lost by a race
		return back, "incident.flash.acknowledged", err
	case "note":
		typed.Text = texts(c, "text")
		_, err = p.store.WriteNote(ctx, by, id, 0, typed.Public, typed.Text)
		return back, "incident.flash.noted", err
	case "resolution":
		_, err = p.store.Resolve(ctx, by, id, revision, monitor.Resolution(c.PostForm("resolution")))
		return back, "incident.flash.resolved", err
	case "split":
		made, err := p.store.Split(ctx, by, id, revision, c.PostForm("service"))
		if err == nil {
			back = pathOf(made.ID)
		}
		return back, "incident.flash.split", err
	case "review":
		publish := c.PostForm("do") == "publish"
		typed.Review = monitor.Review{What: texts(c, "what"), Cause: texts(c, "cause"), Done: texts(c, "done"), Change: texts(c, "change")}
		_, err = p.store.WriteReview(ctx, by, id, revision, typed.Review, publish)
		if publish {
			return back, "incident.flash.published", err
		}
		return back, "incident.flash.drafted", err
	}
	return "", "", fault.New(fault.NotFound, "fault.not_found")
}
