package monitorweb

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// serviceForm is what stands in the fields of the form, as typed: it is shown
// again to the letter when something is wrong with it.
type serviceForm struct {
	Revision    int // the one the form was filled from; 0 for a new service
	Slug        string
	Name        lang.Text
	Institution string
	URL         string
	LifeEvent   string
	Tier        string
	Languages   []string
	State       string
	Note        string
	Kept        string // certificates kept with the service
	DependsOn   []string
	Rows        []checkRow
}

// maxRows is how many rows a form reads; the rule says how many may be kept.
const maxRows = monitor.MaxChecks + 1

// readForm reads what the browser sent.
func readForm(f url.Values) serviceForm {
	revision, err := strconv.Atoi(f.Get("revision"))
	if err != nil || revision < 0 {
		revision = 0
	}
	form := serviceForm{
		Revision: revision, Slug: f.Get("slug"), Name: lang.Text{}, Institution: f.Get("institution"), URL: f.Get("url"),
		LifeEvent: f.Get("life_event"), Tier: f.Get("tier"), Languages: f["languages"], State: f.Get("state"), Note: f.Get("note"),
		Kept: f.Get("settings.tls.intermediates"), DependsOn: readDepends(f),
	}
	for _, tag := range lang.All() {
		form.Name[string(tag)] = f.Get("name." + string(tag))
	}
	for n := 0; n < maxRows && f.Has(rowField(n, "target")); n++ {
		form.Rows = append(form.Rows, readRow(n, func(name string) string { return f.Get(rowField(n, name)) }))
	}
	return form
}

func rowField(n int, name string) string { return "checks." + strconv.Itoa(n) + "." + name }

// fill puts what is stored into the fields.
func fill(v *monitor.Service) serviceForm {
	f := serviceForm{
		Revision: v.Revision, Slug: v.Slug, Name: v.Name, Institution: v.Institution, URL: v.URL, LifeEvent: v.LifeEvent,
		Tier: string(v.Tier), State: string(v.State), Note: v.Note, DependsOn: v.Settings.DependsOn,
	}
	for _, t := range v.Languages {
		f.Languages = append(f.Languages, string(t))
	}
	if v.Settings.TLS != nil {
		f.Kept = v.Settings.TLS.Intermediates
	}
	for n, c := range v.Checks {
		f.Rows = append(f.Rows, fillRow(n, c))
	}
	return f
}

func positive(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// service is what was typed as the rules read it, on what is stored: settings
// that are not on the form stay. What cannot be read becomes something the
// rules refuse, so that the fault stands at its field.
func (f serviceForm) service(stored *monitor.Service) (v monitor.Service) {
	v = monitor.Service{
		Slug: f.Slug, Name: f.Name, Institution: f.Institution, URL: f.URL, LifeEvent: f.LifeEvent,
		Tier: monitor.Tier(f.Tier), State: monitor.State(f.State), Note: f.Note, Languages: []lang.Tag{},
	}
	if stored != nil {
		v.Settings = stored.Settings
	}
	v.Settings.TLS, v.Settings.DependsOn = nil, f.DependsOn
	if strings.TrimSpace(f.Kept) != "" {
		v.Settings.TLS = &monitor.TLSTrust{Intermediates: f.Kept}
	}
	for _, t := range f.Languages {
		v.Languages = append(v.Languages, lang.Tag(t))
	}
	for _, r := range f.Rows {
		v.Checks = append(v.Checks, r.check(storedCheck(stored, r)))
	}
	return v
}

// duration reads "10s", or "10" as seconds; nothing means the default, and
// what is no duration becomes one that the rules refuse.
func duration(s string) time.Duration {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	if n, err := strconv.Atoi(s); err == nil {
		s = strconv.Itoa(n) + "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d == 0 {
		return -1
	}
	return d
}

func bytesOf(s string) int64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func textLines(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// tidied drops the rows that are empty and numbers the others anew, so that
// the places of faults are those on the page.
func (f serviceForm) tidied() serviceForm {
	var rows []checkRow
	for _, r := range f.Rows {
		if !r.empty() {
			r.N = len(rows)
			rows = append(rows, r)
		}
	}
	f.Rows = rows
	return f
}

// withRow adds an empty row, dropRow takes one away: for browsers without script.
func (f serviceForm) withRow() serviceForm {
	if len(f.Rows) < monitor.MaxChecks {
		f.Rows = append(f.Rows, newRow(len(f.Rows)))
	}
	return f
}

func (f serviceForm) dropRow(n int) serviceForm {
	if n >= 0 && n < len(f.Rows) {
		f.Rows[n] = checkRow{}
	}
	return f.tidied()
}

// errRow is a place in the form that does not exist.
var errRow = fault.New(fault.Invalid, "fault.form")

// rowOf reads the number at the end of "drop-row-3".
func rowOf(act, prefix string) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(act, prefix))
	if err != nil {
		return 0, errRow
	}
	return n, nil
}
