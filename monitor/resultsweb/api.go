package resultsweb

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API: waves, lists and editions of answers.
func (p *Pages) api() {
	op := func(id, method, path, summary string, status ...int) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: "/api/v1/surveys/{slug}" + path, Summary: summary, Tags: []string{"Surveys"}}
		if len(status) > 0 {
			o.DefaultStatus = status[0]
		}
		return o
	}
	web.Register(p.shell, op("survey-waves", http.MethodGet, "/waves", "Waves of a service and how they stand, the latest first"), p.apiWaves)
	web.Register(p.shell, op("survey-wave-plan", http.MethodPost, "/waves", "Plan a wave", http.StatusCreated), p.apiPlan)
	web.Register(p.shell, op("survey-wave", http.MethodGet, "/waves/{id}", "One wave, with its days"), p.apiWave)
	web.Register(p.shell, op("survey-wave-end", http.MethodPost, "/waves/{id}/end", "End a wave before its time"), p.apiEnd)

	handIn := op("survey-list-propose", http.MethodPost, "/lists", "Hand in answers gathered elsewhere; nothing counts before they are applied", http.StatusCreated)
	handIn.MaxBodyBytes = maxFile
	web.Register(p.shell, op("survey-lists", http.MethodGet, "/lists", "Lists of answers gathered elsewhere, the latest first"), p.apiLists)
	web.Register(p.shell, handIn, p.apiPropose)
	web.Register(p.shell, op("survey-list", http.MethodGet, "/lists/{id}", "One list, and what is wrong with its rows"), p.apiList)
	web.Register(p.shell, op("survey-list-apply", http.MethodPost, "/lists/{id}/application", "Have the sound rows of a list counted"), p.apiApply)
	web.Register(p.shell, op("survey-list-withdraw", http.MethodPost, "/lists/{id}/withdrawal", "Take the answers of a list back, or drop it"), p.apiWithdraw)

	editions := op("satisfaction-editions", http.MethodGet, "", "What the answers of each quarter came to, as it was stated")
	editions.Path = "/api/v1/services/{slug}/satisfaction/editions"
	edition := editions
	edition.OperationID, edition.Path, edition.Summary = "satisfaction-edition", editions.Path+"/{hash}", "One edition with the text that was hashed"
	editions.Security, edition.Security = web.PublicOperation(), web.PublicOperation()
	web.Register(p.shell, editions, p.apiEditions)
	web.Register(p.shell, edition, p.apiEdition)
}

// wavesIn is a page of a list of one service.
type wavesIn struct {
	Slug   string `path:"slug" maxLength:"100"`
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type surveyWavesOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []surveyWaveOut `json:"items"`
		Next  string          `json:"next" doc:"Cursor of the next page; empty at the end"`
	}
}

// surveyWaveOut is how a wave stands.
type surveyWaveOut struct {
	ID        string             `json:"id"`
	State     string             `json:"state" enum:"planned,running,reached,ended"`
	StartsAt  time.Time          `json:"starts_at"`
	EndsAt    time.Time          `json:"ends_at"`
	Days      int                `json:"days"`
	Margin    int                `json:"margin" doc:"Points of a hundred, on either side"`
	Needed    int64              `json:"needed" doc:"Answers that it takes"`
	QuietFrom string             `json:"quiet_from" doc:"Nobody is asked from this hour on"`
	QuietTo   string             `json:"quiet_to"`
	Workdays  bool               `json:"workdays" doc:"Nobody is asked on other days"`
	Again     string             `json:"again" doc:"Cron line of the waves that follow"`
	OverAt    *time.Time         `json:"over_at"`
	Reason    string             `json:"reason" doc:"Why somebody ended it"`
	Answers   int64              `json:"answers" doc:"That count"`
	Verified  int64              `json:"verified"`
	Apart     int64              `json:"apart" doc:"That do not count"`
	Worth     float64            `json:"worth" doc:"Answers of full weight"`
	Left      int64              `json:"left"`
	DaysLeft  int64              `json:"days_left"`
	Projected int64              `json:"projected" doc:"Answers at its end, if it goes on like this"`
	Starving  bool               `json:"starving"`
	Cause     string             `json:"cause" enum:",unseen,unanswered,few"`
	Visits    int64              `json:"visits"`
	Invited   int64              `json:"invited"`
	Revision  int64              `json:"revision" doc:"Also the ETag"`
	Each      []surveyWaveDayOut `json:"each,omitempty" doc:"Its days, the latest first; of one wave only"`
}

type surveyWaveDayOut struct {
	Day     string  `json:"day"`
	K       int64   `json:"k" doc:"One in so many was asked"`
	Quota   int64   `json:"quota"`
	Visits  int64   `json:"visits"`
	Invited int64   `json:"invited"`
	Worth   float64 `json:"worth"`
}

func shapeWave(w *survey.WaveProgress, days bool) surveyWaveOut {
	out := surveyWaveOut{
		ID: w.ID, State: string(w.State), StartsAt: w.StartsAt.UTC(), EndsAt: w.EndsAt.UTC(), Days: w.Wave.Days(), Margin: w.Margin, Needed: w.Needed,
		Workdays: w.Workdays, Again: w.Again, OverAt: w.OverAt, Reason: w.Reason, Answers: w.Answers, Verified: w.Verified, Apart: w.Apart,
		Worth: w.Worth, Left: w.Left, DaysLeft: w.DaysLeft, Projected: w.Projected, Starving: w.Starving, Cause: string(w.Cause), Visits: w.Seen,
		Invited: w.Asked, Revision: w.Revision,
	}
	if w.QuietFrom != w.QuietTo {
		out.QuietFrom, out.QuietTo = survey.Clock(w.QuietFrom), survey.Clock(w.QuietTo)
	}
	if days {
		out.Each = []surveyWaveDayOut{}
		for _, d := range w.Days {
			out.Each = append(out.Each, surveyWaveDayOut{time.Unix(d.Day*24*60*60, 0).UTC().Format(time.DateOnly), d.K, d.Quota, d.Visits, d.Invited, d.Worth})
		}
	}
	return out
}

// cursor hides a place in a list, so that nobody builds one by hand.
func cursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMicro(), 10) + "." + id))
}

func readCursor(s string) (surveydb.Place, error) {
	if s == "" {
		return surveydb.Place{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	micro, id, ok := strings.Cut(string(b), ".")
	at, bad := strconv.ParseInt(micro, 10, 64)
	if err != nil || !ok || bad != nil || !hexadecimal(id) {
		return surveydb.Place{}, fault.At("cursor", "fault.cursor")
	}
	return surveydb.Place{At: time.UnixMicro(at).UTC(), ID: id}, nil
}

func hexadecimal(id string) bool {
	return id != "" && strings.Trim(id, "0123456789abcdef") == ""
}

// of finds a service that the caller may act on.
func (p *Pages) of(ctx context.Context, slug string, act identity.Act) (identity.Actor, error) {
	by := web.ActorFrom(ctx)
	v, err := p.services.Service(ctx, by, slug)
	if err != nil {
		return by, err
	}
	return by, by.Must(act, v.Institution)
}

// apiWaves answers GET /api/v1/surveys/{slug}/waves.
func (p *Pages) apiWaves(ctx context.Context, in *wavesIn) (*surveyWavesOut, error) {
	by, err := p.of(ctx, in.Slug, identity.ReadAnswers)
	if err != nil {
		return nil, err
	}
	after, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := p.store.WavePage(ctx, by, in.Slug, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &surveyWavesOut{Cache: "no-store"}
	out.Body.Items = []surveyWaveOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = cursor(list[in.Limit-1].StartsAt, list[in.Limit-1].ID)
	}
	for n := range list {
		out.Body.Items = append(out.Body.Items, shapeWave(&list[n], false))
	}
	return out, nil
}

type wavePlanIn struct {
	Slug string `path:"slug" maxLength:"100"`
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again, the first wave is answered and no second one made"`
	Body struct {
		Start     string `json:"start,omitempty" doc:"First day; with again, the first that it names" example:"2026-12-01" maxLength:"10"`
		Days      int    `json:"days" example:"21"`
		Margin    int    `json:"margin,omitempty" doc:"Points of a hundred, on either side" default:"4"`
		QuietFrom string `json:"quiet_from,omitempty" example:"22:00" maxLength:"5"`
		QuietTo   string `json:"quiet_to,omitempty" example:"07:00" maxLength:"5"`
		Workdays  bool   `json:"workdays,omitempty"`
		Again     string `json:"again,omitempty" example:"0 0 1 1,4,7,10 *" maxLength:"100"`
	}
}

type oneWaveOut struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Cache    string `header:"Cache-Control"`
	Body     surveyWaveOut
}

// apiPlan answers POST /api/v1/surveys/{slug}/waves.
func (p *Pages) apiPlan(ctx context.Context, in *wavePlanIn) (*oneWaveOut, error) {
	by, err := p.of(ctx, in.Slug, identity.ManageSurveys)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	plan := &survey.WavePlan{Days: b.Days, Margin: b.Margin, QuietFrom: b.QuietFrom, QuietTo: b.QuietTo, Workdays: b.Workdays, Again: b.Again}
	if b.Start != "" {
		if plan.Start, err = time.ParseInLocation(time.DateOnly, b.Start, p.store.Zone()); err != nil {
			return nil, fault.At("start", "survey.wave.start")
		}
	}
	made, err := p.store.PlanWaveOnce(ctx, by, in.Slug, plan, in.Key)
	if err != nil {
		return nil, err
	}
	out, err := p.oneWave(ctx, by, in.Slug, made.ID)
	if err == nil {
		out.Location = p.shell.URL("/api/v1/surveys/" + in.Slug + "/waves/" + made.ID)
	}
	return out, err
}

func (p *Pages) oneWave(ctx context.Context, by identity.Actor, slug, id string) (*oneWaveOut, error) {
	w, err := p.store.Wave(ctx, by, slug, id)
	if err != nil {
		return nil, err
	}
	return &oneWaveOut{ETag: strconv.Quote(strconv.FormatInt(w.Revision, 10)), Cache: "no-store", Body: shapeWave(&w, true)}, nil
}

type waveIn struct {
	Slug string `path:"slug" maxLength:"100"`
	ID   string `path:"id" maxLength:"40"`
}

// apiWave answers GET /api/v1/surveys/{slug}/waves/{id}.
func (p *Pages) apiWave(ctx context.Context, in *waveIn) (*oneWaveOut, error) {
	by, err := p.of(ctx, in.Slug, identity.ReadAnswers)
	if err != nil {
		return nil, err
	}
	return p.oneWave(ctx, by, in.Slug, in.ID)
}

type waveEndIn struct {
	Slug    string `path:"slug" maxLength:"100"`
	ID      string `path:"id" maxLength:"40"`
	IfMatch string `header:"If-Match" doc:"The ETag of the wave as it was read"`
	Body    struct {
		Reason string `json:"reason"`
	}
}

// apiEnd answers POST /api/v1/surveys/{slug}/waves/{id}/end.
func (p *Pages) apiEnd(ctx context.Context, in *waveEndIn) (*oneWaveOut, error) {
	by, err := p.of(ctx, in.Slug, identity.ManageSurveys)
	if err != nil {
		return nil, err
	}
	revision, err := web.IfMatch(in.IfMatch, "survey.wave.stale")
	if err != nil {
		return nil, err
	}
	if err := p.store.EndWave(ctx, by, in.Slug, in.ID, in.Body.Reason, int64(revision)); err != nil {
		return nil, err
	}
	return p.oneWave(ctx, by, in.Slug, in.ID)
}
