package monitorweb

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// agreementForm is what stands in the fields, as typed.
type agreementForm struct {
	Revision  int
	Objective string // a percentage
	Windows   []windowRow
	Checks    []judgedRow
}

// windowRow is one window as typed.
type windowRow struct {
	N             int
	Kind          string
	Name          lang.Text
	Objective     string
	Schedule      string
	Days          []string
	Opens, Closes string
	Holidays      bool
	From, To      string
}

// judgedRow is how the readings of one check are judged, as typed.
type judgedRow struct {
	N                             int
	Name                          string
	Confirmations, Closing, Apdex string
	Places                        string // from how many it must be down
}

// On tells whether the window is open on a day.
func (r windowRow) On(day string) bool { return slices.Contains(r.Days, day) }

// At is where the faults of the window are found.
func (r windowRow) At() string { return "settings.agreement.windows." + strconv.Itoa(r.N) + "." }

// At is where the faults of the check are found.
func (r judgedRow) At() string { return "checks." + strconv.Itoa(r.N) + ".settings.judgement." }

// Where is where the faults of the number of places are found.
func (r judgedRow) Where() string { return "checks." + strconv.Itoa(r.N) + ".settings.quorum." }

// localTime is how browsers write a moment of a day.
const localTime = "2006-01-02T15:04"

// readAgreement reads what the browser sent.
func readAgreement(f url.Values) agreementForm {
	form := agreementForm{Objective: f.Get("settings.agreement.objective")}
	form.Revision, _ = strconv.Atoi(f.Get("revision")) // 0, which agrees with any, when it is no number
	form.Revision = max(0, form.Revision)
	for n := 0; n <= monitor.MaxWindows; n++ {
		row := windowRow{N: n, Name: lang.Text{}}
		get := func(name string) string { return f.Get(row.At() + name) }
		if row.Kind = get("kind"); row.Kind == "" {
			break
		}
		for _, tag := range lang.All() {
			row.Name[string(tag)] = get("name." + string(tag))
		}
		row.Objective, row.Schedule, row.Opens, row.Closes = get("objective"), get("schedule"), get("opens"), get("closes")
		row.From, row.To, row.Holidays, row.Days = get("from"), get("to"), get("holidays") == "true", f[row.At()+"days"]
		form.Windows = append(form.Windows, row)
	}
	for n := range monitor.MaxChecks {
		row := judgedRow{N: n}
		if row.Name = f.Get("checks." + strconv.Itoa(n) + ".name"); row.Name == "" {
			break
		}
		row.Confirmations, row.Closing, row.Apdex = f.Get(row.At()+"confirmations"), f.Get(row.At()+"closing"), f.Get(row.At()+"apdex_ms")
		row.Places = f.Get(row.Where() + "down")
		form.Checks = append(form.Checks, row)
	}
	return form
}

// fillAgreement puts what is stored into the fields.
func fillAgreement(v *monitor.Service, zone *time.Location) agreementForm {
	f := agreementForm{Revision: v.Revision}
	if a := v.Settings.Agreement; a != nil {
		f.Objective = percentField(a.Objective)
	}
	local := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.In(zone).Format(localTime)
	}
	for n, w := range v.Windows() {
		f.Windows = append(f.Windows, windowRow{
			N: n, Kind: string(w.Kind), Name: w.Name, Objective: percentField(w.Objective), Schedule: w.Schedule, Days: w.Days,
			Opens: w.Opens, Closes: w.Closes, Holidays: w.Holidays, From: local(w.From), To: local(w.To),
		})
	}
	for n, c := range v.Checks {
		row := judgedRow{N: n, Name: c.Name, Places: positive(int64(c.Settings.Quorum.Asked()))}
		if j := c.Settings.Judgement; j != nil {
			row.Closing, row.Apdex = positive(int64(j.Closing)), positive(int64(j.ApdexMS))
			if j.Confirmations != nil {
				row.Confirmations = strconv.Itoa(*j.Confirmations)
			}
		}
		f.Checks = append(f.Checks, row)
	}
	return f
}

// percentField writes a share as a percentage is typed.
func percentField(share float64) string {
	if share == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(int64(share*1e7+0.5))/1e5, 'f', -1, 64)
}

// shareOf reads a percentage, "99,9 %". Nothing is 0, and what is no number
// becomes one that the rules refuse.
func shareOf(s string) float64 {
	s = strings.TrimSpace(strings.NewReplacer("%", "", "٪", "", "\u00a0", "", "\u202f", "", ",", ".", "٫", ".").Replace(s))
	if s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n <= 0 || n > 100 {
		return -1
	}
	return math.Round(n*1e5) / 1e7 // 99.9 is 0.999 and nothing beside it
}

// whole reads a whole number; nothing is none, and what is no number becomes
// one that the rules refuse.
func whole(s string) *int {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		n = -1
	}
	return &n
}

// onto is v with what was typed; what is not on the page stays as it is.
func (f agreementForm) onto(v monitor.Service, zone *time.Location) monitor.Service {
	a := monitor.Agreement{Objective: shareOf(f.Objective)}
	for _, r := range f.Windows {
		a.Windows = append(a.Windows, r.window(zone))
	}
	v.Settings.Agreement = &a
	if a.Objective == 0 && len(a.Windows) == 0 {
		v.Settings.Agreement = nil
	}
	v.Checks = slices.Clone(v.Checks)
	for _, r := range f.Checks {
		for n := range v.Checks {
			if v.Checks[n].Name == r.Name {
				v.Checks[n].Settings.Judgement = r.judged(v.Checks[n].Settings.Judgement)
				v.Checks[n].Settings.Quorum = r.quorum()
			}
		}
	}
	return v
}

func (r windowRow) window(zone *time.Location) monitor.Window {
	w := monitor.Window{
		Kind: monitor.WindowKind(r.Kind), Name: r.Name.Clean(), Objective: shareOf(r.Objective), Schedule: strings.TrimSpace(r.Schedule),
	}
	switch w.Kind {
	case monitor.WeeklyHours:
		w.Days, w.Opens, w.Closes, w.Holidays = r.Days, r.Opens, r.Closes, r.Holidays
	case monitor.DatedHours:
		w.From, w.To = momentOf(r.From, zone), momentOf(r.To, zone)
	case monitor.OfficeHours:
	}
	return w
}

// momentOf reads a moment of a day in the zone; what is none is asked for again.
func momentOf(s string, zone *time.Location) *time.Time {
	t, err := time.ParseInLocation(localTime, strings.TrimSpace(s), zone)
	if err != nil {
		return nil
	}
	return &t
}

// judged is what was typed, over what is set and not on the page.
func (r judgedRow) judged(was *monitor.JudgementSettings) *monitor.JudgementSettings {
	j := monitor.JudgementSettings{}
	if was != nil {
		j = *was
	}
	j.Confirmations, j.Closing, j.ApdexMS = whole(r.Confirmations), 0, 0
	if n := whole(r.Closing); n != nil {
		j.Closing = *n
		if *n == 0 {
			j.Closing = -1 // said, and none: not as usual
		}
	}
	if n := whole(r.Apdex); n != nil {
		j.ApdexMS = *n
		if *n == 0 {
			j.ApdexMS = -1
		}
	}
	if j == (monitor.JudgementSettings{}) {
		return nil
	}
	return &j
}

// quorum is from how many places the check must be down; nil is as usual.
func (r judgedRow) quorum() *monitor.Quorum {
	if n := whole(r.Places); n != nil && *n != 0 {
		return &monitor.Quorum{Down: *n}
	}
	return nil
}

// withWindow adds an empty window of a kind, withoutWindow takes one away.
func (f agreementForm) withWindow(kind string) agreementForm {
	if !slices.Contains(monitor.WindowKinds(), monitor.WindowKind(kind)) || len(f.Windows) >= monitor.MaxWindows {
		return f
	}
	row := windowRow{N: len(f.Windows), Kind: kind, Name: lang.Text{}}
	if monitor.WindowKind(kind) == monitor.WeeklyHours {
		row.Days, row.Opens, row.Closes = monitor.Weekdays()[:5], "08:00", "17:00"
	}
	f.Windows = append(f.Windows, row)
	return f
}

func (f agreementForm) withoutWindow(n int) agreementForm {
	var rows []windowRow
	for _, r := range f.Windows {
		if r.N != n {
			r.N = len(rows)
			rows = append(rows, r)
		}
	}
	f.Windows = rows
	return f
}
