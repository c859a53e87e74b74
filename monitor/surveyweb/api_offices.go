package surveyweb

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// officeRoutes adds offices and their screens to the JSON API.
func (p *Pages) officeRoutes() {
	op := func(id, method, path, summary string, status ...int) huma.Operation {
		o := operation(id, method, "/api/v1/surveys/{slug}"+path, summary)
		if len(status) > 0 {
			o.DefaultStatus = status[0]
		}
		return o
	}
	web.Register(p.shell, op("survey-offices", http.MethodGet, "/offices", "Offices of a service, by their codes"), p.apiOffices)
	web.Register(p.shell, op("survey-office-keep", http.MethodPut, "/offices/{code}", "Add an office, or name it anew and open it again"), p.apiKeepOffice)
	web.Register(p.shell, op("survey-office-close", http.MethodPost, "/offices/{code}/closure", "Close an office and revoke its screens"), p.apiCloseOffice)
	web.Register(p.shell, op("survey-screens", http.MethodGet, "/screens", "Screens at counters, the latest first"), p.apiScreens)
	web.Register(p.shell, op("survey-screen-add", http.MethodPost, "/screens", "Add a screen; its address is told this once", http.StatusCreated), p.apiAddScreen)
	web.Register(p.shell, op("survey-screen-address", http.MethodPost, "/screens/{id}/address", "Give a screen another address, told this once", http.StatusCreated), p.apiRotateScreen)
	web.Register(p.shell, op("survey-screen-revoke", http.MethodPost, "/screens/{id}/revocation", "Have the address of a screen hold no more"), p.apiRevokeScreen)
	web.Register(p.shell, public(operation("satisfaction-offices", http.MethodGet, "/api/v1/services/{slug}/satisfaction/offices",
		"What the answers of thirteen whole weeks come to by office; small offices are told together")), p.apiByOffice)
}

// surveyOfficeOut is a place of a service where people come.
type surveyOfficeOut struct {
	Code     string            `json:"code"`
	Name     map[string]string `json:"name"`
	Open     bool              `json:"open"`
	ClosedAt *time.Time        `json:"closed_at"`
	Poster   string            `json:"poster" doc:"Where the code on its poster leads"`
}

func (p *Pages) shapeOffice(o *survey.Branch) surveyOfficeOut {
	return surveyOfficeOut{Code: o.Code, Name: o.Name, Open: o.Open(), ClosedAt: o.ClosedAt, Poster: p.shell.URL("/survey/"+url.PathEscape(o.Service)+"/qr") + "?office=" + o.Code}
}

type surveyOfficesOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []surveyOfficeOut `json:"items" doc:"At most 300"`
	}
}

// kept is a service whose survey the caller keeps.
func (p *Pages) kept(ctx context.Context, slug string) (identity.Actor, error) {
	by := web.ActorFrom(ctx)
	v, err := p.services.Service(ctx, by, slug)
	if err != nil {
		return by, err
	}
	return by, by.Must(identity.ManageSurveys, v.Institution)
}

// apiOffices answers GET /api/v1/surveys/{slug}/offices.
func (p *Pages) apiOffices(ctx context.Context, in *SlugIn) (*surveyOfficesOut, error) {
	if _, err := p.kept(ctx, in.Slug); err != nil {
		return nil, err
	}
	all, err := p.store.Offices(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	out := &surveyOfficesOut{Cache: "no-store"}
	out.Body.Items = []surveyOfficeOut{}
	for n := range all {
		out.Body.Items = append(out.Body.Items, p.shapeOffice(&all[n]))
	}
	return out, nil
}

type keepOfficeIn struct {
	SlugIn
	Code string `path:"code" maxLength:"40" example:"bab-souika"`
	Body struct {
		Name map[string]string `json:"name" doc:"By language" example:"{\"fr\":\"Bab Souika\"}"`
	}
}

// apiKeepOffice answers PUT /api/v1/surveys/{slug}/offices/{code}.
func (p *Pages) apiKeepOffice(ctx context.Context, in *keepOfficeIn) (*surveyOfficesOut, error) {
	by, err := p.kept(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	if err := p.store.KeepOffice(ctx, by, in.Slug, in.Code, lang.Text(in.Body.Name)); err != nil {
		return nil, err
	}
	return p.apiOffices(ctx, &in.SlugIn)
}

type officeIn struct {
	SlugIn
	Code string `path:"code" maxLength:"40"`
}

// apiCloseOffice answers POST /api/v1/surveys/{slug}/offices/{code}/closure.
func (p *Pages) apiCloseOffice(ctx context.Context, in *officeIn) (*surveyOfficesOut, error) {
	by, err := p.kept(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	if err := p.store.CloseOffice(ctx, by, in.Slug, in.Code); err != nil {
		return nil, err
	}
	return p.apiOffices(ctx, &in.SlugIn)
}

// surveyScreenOut is a screen at a counter.
type surveyScreenOut struct {
	ID        string     `json:"id"`
	Office    string     `json:"office"`
	Name      string     `json:"name"`
	AnHour    int        `json:"an_hour" doc:"Answers of full weight"`
	CreatedAt time.Time  `json:"created_at"`
	RotatedAt *time.Time `json:"rotated_at" doc:"When its address was last changed"`
	RevokedAt *time.Time `json:"revoked_at"`
	Address   string     `json:"address,omitempty" doc:"What the screen is set to; told once, when it is made or changed"`
}

func shapeScreen(k *survey.Screen) surveyScreenOut {
	return surveyScreenOut{
		ID: k.ID, Office: k.Office, Name: k.Name, AnHour: k.AnHour, CreatedAt: k.CreatedAt.UTC(), RotatedAt: k.RotatedAt, RevokedAt: k.RevokedAt,
	}
}

type surveyScreensOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []surveyScreenOut `json:"items"`
	}
}

// apiScreens answers GET /api/v1/surveys/{slug}/screens.
func (p *Pages) apiScreens(ctx context.Context, in *SlugIn) (*surveyScreensOut, error) {
	by, err := p.kept(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	all, err := p.store.Kiosks(ctx, by, in.Slug)
	if err != nil {
		return nil, err
	}
	out := &surveyScreensOut{Cache: "no-store"}
	out.Body.Items = []surveyScreenOut{}
	for n := range all {
		out.Body.Items = append(out.Body.Items, shapeScreen(&all[n]))
	}
	return out, nil
}

type addScreenIn struct {
	SlugIn
	Body struct {
		Office string `json:"office" maxLength:"40"`
		Name   string `json:"name"`
		AnHour int    `json:"an_hour,omitempty" doc:"Answers of full weight; 60 by default, 240 at most"`
	}
}

type surveyScreenAnswer struct {
	Cache string `header:"Cache-Control"`
	Body  surveyScreenOut
}

// apiAddScreen answers POST /api/v1/surveys/{slug}/screens.
func (p *Pages) apiAddScreen(ctx context.Context, in *addScreenIn) (*surveyScreenAnswer, error) {
	by, err := p.kept(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	anHour := in.Body.AnHour
	if anHour == 0 {
		anHour = survey.KioskUsual
	}
	k, token, err := p.store.AddKiosk(ctx, by, in.Slug, in.Body.Office, in.Body.Name, anHour)
	if err != nil {
		return nil, err
	}
	return p.withAddress(k, token), nil
}

func (p *Pages) withAddress(k *survey.Screen, token string) *surveyScreenAnswer {
	out := &surveyScreenAnswer{Cache: "no-store", Body: shapeScreen(k)}
	out.Body.Address = p.kioskAt(k.Service, token)
	return out
}

type screenIn struct {
	SlugIn
	ID string `path:"id" maxLength:"40"`
}

// apiRotateScreen answers POST /api/v1/surveys/{slug}/screens/{id}/address.
func (p *Pages) apiRotateScreen(ctx context.Context, in *screenIn) (*surveyScreenAnswer, error) {
	by, err := p.kept(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	k, token, err := p.store.RotateKiosk(ctx, by, in.Slug, in.ID)
	if err != nil {
		return nil, err
	}
	return p.withAddress(k, token), nil
}

// apiRevokeScreen answers POST /api/v1/surveys/{slug}/screens/{id}/revocation.
func (p *Pages) apiRevokeScreen(ctx context.Context, in *screenIn) (*surveyScreensOut, error) {
	by, err := p.kept(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	if err := p.store.RevokeKiosk(ctx, by, in.Slug, in.ID); err != nil {
		return nil, err
	}
	return p.apiScreens(ctx, &in.SlugIn)
}

type byOfficeOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		From  string            `json:"from" doc:"A Monday"`
		To    string            `json:"to" doc:"A Monday; not part of it"`
		Items []officeResultOut `json:"items" doc:"Those with the most answers first"`
		Few   int               `json:"few" doc:"Offices that have too few answers to be told, even together"`
	}
}

// officeResultOut is what people said at an office.
type officeResultOut struct {
	Office   string            `json:"office" doc:"Empty: the small offices together"`
	Name     map[string]string `json:"name"`
	Question string            `json:"question" doc:"Code of the rated question"`
	survey.Figures
}

// apiByOffice answers GET /api/v1/services/{slug}/satisfaction/offices.
func (p *Pages) apiByOffice(ctx context.Context, in *SlugIn) (*byOfficeOut, error) {
	v, err := p.services.Service(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	told, err := p.store.ToldOffices(ctx, v.Slug)
	if err != nil {
		return nil, err
	}
	out := &byOfficeOut{Cache: "no-cache"}
	out.Body.From, out.Body.To, out.Body.Few = told.From.Format(time.DateOnly), told.To.Format(time.DateOnly), told.Few
	out.Body.Items = []officeResultOut{}
	for n := range told.Offices {
		o := &told.Offices[n]
		out.Body.Items = append(out.Body.Items, officeResultOut{Office: o.Code, Name: o.Name, Question: o.Question, Figures: o.Figures})
	}
	return out, nil
}
