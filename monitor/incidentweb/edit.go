package incidentweb

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// editPage is /desk/maintenance/{id}/edit.
type editPage struct {
	web.Page
	Faults   web.Faults
	ID       int64
	Revision int
	Name     lang.Text // as it is announced
	About    string
	Form     windowForm
	Runs     bool // only the end may change
	Public   bool // it is announced, and that stays
}

// editing answers GET /desk/maintenance/{id}/edit.
func (p *Pages) editing(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	w, err := p.changeable(c, by)
	if err != nil {
		return err
	}
	return p.showEdit(c, w, filledWindow(w, p.store.Zone()), w.Revision, nil)
}

// changeable is the window of the address, for who may change it.
func (p *Pages) changeable(c *gin.Context, by identity.Actor) (*monitordb.Window, error) {
	id, err := idOf(c)
	if err != nil {
		return nil, err
	}
	w, err := p.store.MaintenanceByID(c.Request.Context(), by, id)
	if err != nil {
		return nil, err
	}
	if !w.ChangedBy(by) {
		if w.Scope == monitor.Everything {
			return nil, fault.New(fault.Forbidden, "maintenance.everything")
		}
		return nil, by.Must(identity.ManageService, w.Institution)
	}
	return w, nil
}

// filledWindow puts a window into the fields; of one that runs, the end is that
// of the occurrence.
func filledWindow(w *monitordb.Window, zone *time.Location) windowForm {
	write := func(t time.Time) string { return t.In(zone).Format("2006-01-02T15:04") }
	f := windowForm{Title: w.Title, StartsAt: write(w.StartsAt), Schedule: w.Schedule, Public: w.Public}
	switch {
	case w.Runs:
		f.EndsAt = write(w.Next.To)
	case w.Repeats():
		f.Duration = strconv.Itoa(int(w.Duration / time.Minute))
		if w.EndsAt != nil {
			f.Until = write(*w.EndsAt)
		}
	case w.EndsAt != nil:
		f.EndsAt = write(*w.EndsAt)
	}
	return f
}

func (p *Pages) showEdit(c *gin.Context, w *monitordb.Window, f windowForm, revision int, wrong error) error {
	page := editPage{
		Page: p.shell.Page(c, "maintenance.edit.title"), Faults: p.shell.Faults(c, wrong), ID: w.ID, Revision: revision, Name: w.Title,
		Form: f, Runs: w.Runs, Public: w.Public,
	}
	about, err := p.aboutWords(c.Request.Context(), page.Page, page.Actor)
	if err != nil {
		return err
	}
	page.About = about(w)
	if wrong != nil {
		return p.shell.ShowFault(c, wrong, "incident_maintenance_edit", page)
	}
	return p.shell.Show(c, "incident_maintenance_edit", page)
}

// saveEdit answers POST /desk/maintenance/{id}/edit.
func (p *Pages) saveEdit(c *gin.Context, by identity.Actor) error {
	w, err := p.changeable(c, by)
	if err != nil {
		return err
	}
	f := windowForm{
		Title: texts(c, "title"), StartsAt: c.PostForm("starts_at"), EndsAt: c.PostForm("ends_at"), Schedule: c.PostForm("schedule"),
		Duration: c.PostForm("duration"), Until: c.PostForm("until"), Public: c.PostForm("public") == "true",
	}
	if w.Runs {
		end := f.EndsAt
		f = filledWindow(w, p.store.Zone())
		f.EndsAt = end
	}
	revision := revisionOf(c)
	var repeats bool
	_, err = p.store.EditWindow(c.Request.Context(), by, w.ID, revision, func(now monitordb.Window) (monitor.MaintenanceWindow, error) {
		want, err := f.edited(now, p.store.Zone())
		repeats = want.Repeats() && !now.Runs
		return want, err
	})
	if repeats {
		err = atUntil(err)
	}
	if err != nil {
		switch web.StatusOf(err) {
		case 409, 412:
			if fresh, freshErr := p.changeable(c, by); freshErr == nil {
				w = fresh // where it is now, and what was typed
			}
			return p.showEdit(c, w, f, w.Revision, err)
		case 422:
			return p.showEdit(c, w, f, revision, err)
		}
		return err
	}
	return p.shell.Redirect(c, "/desk/maintenance", "maintenance.flash.edit")
}

// edited is what was typed as the rules read it. Fields show minutes: one that
// nobody touched keeps its seconds.
func (f windowForm) edited(now monitordb.Window, zone *time.Location) (monitor.MaintenanceWindow, error) {
	was := filledWindow(&now, zone)
	want := now.MaintenanceWindow
	if now.Runs {
		end, err := localTime("ends_at", f.EndsAt, zone)
		want.EndsAt = end
		return want, err
	}
	typed, err := f.window(zone)
	if err != nil {
		return typed, err
	}
	want.Title, want.Public, want.Schedule, want.Duration = typed.Title, typed.Public, typed.Schedule, typed.Duration
	if f.StartsAt != was.StartsAt {
		want.StartsAt = typed.StartsAt
	}
	if f.EndsAt != was.EndsAt || f.Until != was.Until || want.Repeats() != now.Repeats() {
		want.EndsAt = typed.EndsAt
	}
	if f.Duration == was.Duration {
		want.Duration = now.Duration
	}
	return want, nil
}

type editIn struct {
	ActIn
	Body struct {
		Title    lang.Text `json:"title,omitempty"`
		StartsAt string    `json:"starts_at,omitempty" doc:"RFC 3339" maxLength:"40"`
		EndsAt   *string   `json:"ends_at,omitempty" doc:"RFC 3339; of one that runs, when the running occurrence ends; empty: it repeats without end" maxLength:"40"`
		Schedule *string   `json:"schedule,omitempty" doc:"Cron line; empty: it takes place once" maxLength:"200"`
		Duration string    `json:"duration,omitempty" doc:"Of each occurrence" example:"2h" maxLength:"20"`
		Public   bool      `json:"public,omitempty" doc:"Announce it; what was announced stays announced"`
	}
}

// apiEdit answers PATCH /api/v1/maintenance/{id}: what is left out stays.
func (p *Pages) apiEdit(ctx context.Context, in *editIn) (*windowAnswer, error) {
	revision, err := web.IfMatch(in.IfMatch, "maintenance.stale")
	if err != nil {
		return nil, err
	}
	by := web.ActorFrom(ctx)
	if !by.MayAnywhere(identity.ManageService) {
		return nil, by.Must(identity.ManageService, "")
	}
	if _, err := p.store.EditWindow(ctx, by, in.ID, revision, in.window); err != nil {
		return nil, err
	}
	return p.window(ctx, in.ID)
}

// window is now as the request wants it.
func (in *editIn) window(now monitordb.Window) (monitor.MaintenanceWindow, error) {
	want, b := now.MaintenanceWindow, &in.Body
	if now.Runs {
		want.EndsAt = &now.Next.To
	}
	if b.Title != nil {
		want.Title = b.Title
	}
	if b.Schedule != nil {
		want.Schedule = *b.Schedule
	}
	want.Public = want.Public || b.Public
	var err error
	if b.StartsAt != "" {
		start, err := instant("starts_at", b.StartsAt)
		if err != nil {
			return want, err
		}
		want.StartsAt = *start
	}
	if b.EndsAt != nil {
		if want.EndsAt, err = instant("ends_at", *b.EndsAt); err != nil {
			return want, err
		}
	}
	if b.Duration != "" {
		if want.Duration, err = time.ParseDuration(b.Duration); err != nil {
			return want, fault.At("duration", "maintenance.duration")
		}
	}
	return want, nil
}

// instant reads a moment of the API; nil when it is empty.
func instant(field, s string) (*time.Time, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // nothing was said
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil, fault.At(field, "fault.api.date_time")
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t, nil
}
