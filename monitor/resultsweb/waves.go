package resultsweb

import (
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// wavesPage is /desk/services/{slug}/waves.
type wavesPage struct {
	web.Page
	Tabs    tabs
	Faults  web.Faults
	Service *monitor.Service
	Now     []waveRow // planned and running
	Past    []waveRow
	Form    waveForm
	Agains  []web.Option
	MayPlan bool
	Nothing web.Empty
	Ending  string // the wave that somebody wants to end
	Reason  string
}

// waveForm is what was typed.
type waveForm struct {
	Start, Days, Margin, QuietFrom, QuietTo, Again, Line string
	Workdays                                             bool
}

// waveRow is a wave.
type waveRow struct {
	survey.WaveProgress
	Mark             web.Mark
	First, Last      time.Time
	SoFar, LeftWords string
	Share            float64 // of the answers needed, in hundredths
	Verified, Apart  string
	Today            string
	Cause            string
	Projection       string
	Rest             string
	Flags            []apartRow
	DayRows          []waveDayRow
	Ending           bool
}

type waveDayRow struct {
	Day                              time.Time
	K, Quota, Visits, Invited, Worth string
}

// quarterly and monthly are the usual rhythms.
const (
	quarterly = "0 0 1 1,4,7,10 *"
	monthly   = "0 0 1 * *"
)

func usualWave(now time.Time) waveForm {
	return waveForm{
		Start: now.AddDate(0, 0, 1).Format(time.DateOnly), Days: "21", Margin: strconv.Itoa(survey.WaveUsual), QuietFrom: "22:00", QuietTo: "07:00",
	}
}

// waves answers GET /desk/services/{slug}/waves.
func (p *Pages) waves(c *gin.Context) error {
	return p.showWaves(c, usualWave(p.now().In(p.store.Zone())), "", nil)
}

func (p *Pages) showWaves(c *gin.Context, form waveForm, ending string, failed error) error {
	by, v, err := p.mine(c, identity.ReadAnswers)
	if err != nil {
		return err
	}
	list, err := p.store.Waves(c.Request.Context(), by, v.Slug)
	if err != nil {
		return err
	}
	page := &wavesPage{
		Page: p.shell.Page(c, "surveydesk.waves.title", v.Name.In(web.LangFrom(c.Request.Context()))), Tabs: tabsOf(by, v, "waves"), Service: v,
		Form: form, MayPlan: by.May(identity.ManageSurveys, v.Institution), Faults: p.shell.Faults(c, failed), Ending: ending, Reason: c.PostForm("reason"),
	}
	page.Nothing = page.Empty("surveydesk.waves.empty", "surveydesk.waves.empty_text")
	for _, one := range [][2]string{{"", "once"}, {quarterly, "quarterly"}, {monthly, "monthly"}, {"cron", "cron"}} {
		page.Agains = append(page.Agains, web.Option{Value: one[0], Label: page.T("surveydesk.wave.again." + one[1])})
	}
	for n := range list {
		row := p.waveRow(page.Page, &list[n])
		row.Ending = row.ID == ending
		if row.State.Over() {
			page.Past = append(page.Past, row)
		} else {
			page.Now = append([]waveRow{row}, page.Now...)
		}
	}
	if failed != nil {
		return p.shell.ShowFault(c, failed, "survey_desk_waves", page)
	}
	return p.shell.Show(c, "survey_desk_waves", page)
}

func (p *Pages) waveRow(page web.Page, w *survey.WaveProgress) waveRow {
	row := waveRow{
		WaveProgress: *w, Mark: waveMark(page, w), First: w.StartsAt, Last: w.EndsAt.Add(-time.Minute),
		SoFar: page.T("surveydesk.wave.so_far", page.Number(int64(w.Worth)), page.Number(w.Needed)),
		Share: min(100, round1(100*w.Worth/float64(max(1, w.Needed)))), Apart: page.Number(w.Apart), Today: page.Number(w.Today),
		Flags: flagRows(page, w.Flags), Verified: "–",
	}
	if w.Answers > 0 {
		row.Verified = page.Percent(float64(w.Verified)/float64(w.Answers), 0)
	}
	if w.Left > 0 && !w.State.Over() {
		row.LeftWords = page.T("surveydesk.wave.left", w.Left)
	}
	if w.State == survey.WaveRunning && w.Projected > 0 {
		row.Projection = page.T("surveydesk.wave.projection", page.Number(w.Projected), page.Date(row.Last))
	}
	if w.Cause != "" {
		row.Cause = page.T("surveydesk.wave.cause." + string(w.Cause))
	}
	row.Rest = restWords(page, w)
	for _, d := range w.Days {
		row.DayRows = append(row.DayRows, waveDayRow{
			Day: p.midnight(time.Unix(d.Day*24*60*60, 0).UTC()), K: page.T("surveydesk.wave.one_in", page.Number(d.K)), Quota: page.Number(d.Quota),
			Visits: page.Number(d.Visits), Invited: page.Number(d.Invited), Worth: page.Number(int64(d.Worth)),
		})
	}
	return row
}

// restWords says when nobody is asked, and whether another wave follows.
func restWords(page web.Page, w *survey.WaveProgress) string {
	var words []string
	if w.QuietFrom != w.QuietTo {
		words = append(words, page.T("surveydesk.wave.quiet", survey.Clock(w.QuietFrom), survey.Clock(w.QuietTo)))
	}
	if w.Workdays {
		words = append(words, page.T("surveydesk.wave.workdays_only"))
	}
	switch w.Again {
	case "":
	case quarterly:
		words = append(words, page.T("surveydesk.wave.again.quarterly"))
	case monthly:
		words = append(words, page.T("surveydesk.wave.again.monthly"))
	default:
		words = append(words, page.T("surveydesk.wave.again_line", w.Again))
	}
	return page.List(words...)
}

// plan answers POST /desk/services/{slug}/waves.
func (p *Pages) plan(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	f := waveForm{
		Start: c.PostForm("start"), Days: c.PostForm("days"), Margin: c.PostForm("margin"), QuietFrom: c.PostForm("quiet_from"),
		QuietTo: c.PostForm("quiet_to"), Again: c.PostForm("again"), Line: c.PostForm("line"), Workdays: c.PostForm("workdays") == "true",
	}
	plan, err := f.read(p.store.Zone())
	if err == nil {
		_, err = p.store.PlanWave(c.Request.Context(), by, v.Slug, plan)
	}
	if kind, ok := fault.KindOf(err); ok && (kind == fault.Invalid || kind == fault.Conflict) {
		return p.showWaves(c, f, "", err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/waves", "surveydesk.wave.planned")
}

// read turns what was typed into a plan. What is no number is told by the rule:
// it is none that is allowed.
func (f *waveForm) read(zone *time.Location) (*survey.WavePlan, error) {
	plan := &survey.WavePlan{
		Days: whole(f.Days), Margin: whole(f.Margin), QuietFrom: strings.TrimSpace(f.QuietFrom), QuietTo: strings.TrimSpace(f.QuietTo),
		Workdays: f.Workdays, Again: f.Again,
	}
	if f.Again == "cron" {
		if plan.Again = strings.TrimSpace(f.Line); plan.Again == "" {
			return nil, fault.At("again", "survey.wave.again")
		}
	}
	if start := strings.TrimSpace(f.Start); start != "" {
		day, err := time.ParseInLocation(time.DateOnly, start, zone)
		if err != nil {
			return nil, fault.At("start", "survey.wave.start")
		}
		plan.Start = day
	}
	return plan, nil
}

func whole(typed string) int {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil {
		return -1
	}
	return n
}

// end answers POST /desk/services/{slug}/waves/{id}/end.
func (p *Pages) end(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	revision, _ := strconv.ParseInt(c.PostForm("revision"), 10, 64)
	err = p.store.EndWave(c.Request.Context(), by, v.Slug, c.Param("id"), c.PostForm("reason"), revision)
	if web.Correctable(err) {
		return p.showWaves(c, usualWave(p.now().In(p.store.Zone())), c.Param("id"), err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/waves", "surveydesk.wave.ended")
}
