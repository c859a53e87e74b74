package monitorweb

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// checkRow is one check as typed.
type checkRow struct {
	N        int    // its place in the form
	Was      string // the name it is stored under; empty for a new one
	Kind     string
	Name     string
	Target   string
	Schedule string
	Timeout  string
	Family   string
	Request  requestRow
	Expect   expectRow
	TLS      tlsRow
	Kinds    kindsRow // what the other kinds are told
}

// requestRow is how a page is asked for.
type requestRow struct {
	Method   string
	Language string
	Headers  string // "Name: value", one a line
	Body     string
	Stay     bool
}

// expectRow is what an answer must be like.
type expectRow struct {
	Status      string
	Contains    string // one text a line
	NotContains string
	Matches     string // one pattern a line
	NotMatches  string
	Headers     string // one claim a line
	JSON        string
	MinBytes    string
	MaxBytes    string
	FinalHost   string
	Location    string
	SlowMS      string
	SoftError   string
	Language    string
}

// tlsRow is what is asked of certificates.
type tlsRow struct {
	WarnDays string
	Weak     bool
	Start    string
	Name     string
}

// empty tells whether nothing was typed that says what to look at: such a row
// is a check taken away, or one never begun.
func (r checkRow) empty() bool { return strings.TrimSpace(r.Name+r.Target) == "" }

// More tells whether a row has anything in the part that is folded away.
func (r checkRow) More() bool {
	e := r.Expect
	e.Status, e.Contains, e.NotContains = "", "", ""
	usual := e == expectRow{} || e == expectRow{SoftError: monitor.SoftDegraded}
	return !usual || r.Request != requestRow{} || r.TLS != tlsRow{} || r.Family != monitor.AnyIP
}

// newRow is a row to be filled in. A new check is told of error pages with a
// good status unless somebody says otherwise.
func newRow(n int) checkRow {
	return checkRow{
		N: n, Kind: string(monitor.HTTP), Schedule: monitor.DefaultSchedule, Expect: expectRow{SoftError: monitor.SoftDegraded},
	}
}

// readRow reads what the browser sent of one row.
func readRow(n int, get func(name string) string) checkRow {
	return checkRow{
		N: n, Was: get("was"), Kind: get("kind"), Name: get("name"), Target: get("target"), Schedule: get("schedule"),
		Timeout: get("timeout"), Family: get("family"),
		Request: requestRow{
			Method: get("settings.web.method"), Language: get("settings.web.language"), Headers: get("settings.web.headers"),
			Body: get("settings.web.body"), Stay: get("settings.web.stay") != "",
		},
		Expect: expectRow{
			Status: get("expect.status"), Contains: get("expect.contains"), NotContains: get("expect.not_contains"),
			Matches: get("expect.matches"), NotMatches: get("expect.not_matches"), Headers: get("expect.headers"),
			JSON: get("expect.json"), MinBytes: get("expect.min_bytes"), MaxBytes: get("expect.max_bytes"),
			FinalHost: get("expect.final_host"), Location: get("expect.location"), SlowMS: get("expect.slow_ms"),
			SoftError: get("expect.soft_error"), Language: get("expect.language"),
		},
		TLS: tlsRow{
			WarnDays: get("settings.tls.warn_days"), Weak: get("settings.tls.weak_allowed") != "",
			Start: get("settings.tls.starttls"), Name: get("settings.tls.name"),
		},
		Kinds: readKinds(get),
	}
}

// fillRow puts a stored check into the fields.
func fillRow(n int, c monitor.Check) checkRow {
	e := c.Expect
	r := checkRow{
		N: n, Was: c.Name, Kind: string(c.Kind), Name: c.Name, Target: c.Target, Schedule: c.Schedule, Timeout: c.Timeout.String(),
		Expect: expectRow{
			Status: strings.Join(e.Status, ", "), Contains: strings.Join(e.Contains, "\n"), NotContains: strings.Join(e.NotContains, "\n"),
			Matches: strings.Join(e.Matches, "\n"), NotMatches: strings.Join(e.NotMatches, "\n"),
			Headers: monitor.WriteClaims(e.Headers), JSON: monitor.WriteClaims(e.JSON),
			MinBytes: positive(e.MinBytes), MaxBytes: positive(e.MaxBytes), FinalHost: e.FinalHost, Location: e.Location,
			SlowMS: positive(e.SlowMS), SoftError: e.SoftError, Language: string(e.Language),
		},
	}
	r.Kinds, r.Family = fillKinds(c.Settings)
	if w := c.Settings.Web; w != nil {
		r.Family = w.Family
		r.Request = requestRow{
			Method: w.Method, Language: string(w.Language), Headers: monitor.WriteHeaders(w.Headers), Body: w.Body, Stay: w.Stay,
		}
	}
	if t := c.Settings.TLS; t != nil {
		if c.Kind == monitor.TLS {
			r.Family = t.Family
		}
		r.TLS = tlsRow{Weak: t.WeakAllowed, Start: t.Start, Name: t.Name}
		if t.WarnDays != 0 {
			r.TLS.WarnDays = strconv.Itoa(t.WarnDays)
		}
	}
	return r
}

// storedCheck returns the check that a row was filled from.
func storedCheck(v *monitor.Service, r checkRow) monitor.Check {
	if v == nil {
		return monitor.Check{}
	}
	for _, name := range []string{r.Was, strings.TrimSpace(r.Name)} {
		if at := slices.IndexFunc(v.Checks, func(c monitor.Check) bool { return c.Name == name }); at >= 0 {
			return v.Checks[at]
		}
	}
	return monitor.Check{}
}

// check is what was typed as the rules read it, on what is stored: what is not
// on the form stays, unless it belongs to another kind.
func (r checkRow) check(stored monitor.Check) monitor.Check {
	c := monitor.Check{
		Name: r.Name, Kind: monitor.Kind(r.Kind), Target: r.Target, Schedule: r.Schedule, Timeout: duration(r.Timeout),
		Expect: r.Expect.expect(), Settings: stored.Settings,
	}
	if c.Kind == "" {
		c.Kind = monitor.HTTP
	}
	if c.Kind != monitor.HTTP {
		c.Expect = monitor.Expect{} // its fields are of pages alone, and do not show for another kind
	}
	if stored.Kind != "" && stored.Kind != c.Kind {
		dropKinds(&c.Settings, c.Kind)
	}
	c.Settings.Web, c.Settings.TLS = r.web(c.Kind), r.tls(c.Kind)
	r.Kinds.onto(&c.Settings, c.Kind, r.Family)
	return c
}

// dropKinds takes away the settings of every kind but one.
func dropKinds(s *monitor.Settings, keep monitor.Kind) {
	v := reflect.ValueOf(s).Elem()
	for n := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(n).Tag.Get("json"), ",")
		if kind := monitor.Kind(name); kind.Valid() && kind != keep {
			v.Field(n).SetZero()
		}
	}
}

// web is how to ask, nil when it is as usual.
func (r checkRow) web(kind monitor.Kind) *monitor.WebSettings {
	w := monitor.WebSettings{
		Method: r.Request.Method, Language: lang.Tag(r.Request.Language), Headers: monitor.ReadHeaders(r.Request.Headers),
		Body: r.Request.Body, Stay: r.Request.Stay,
	}
	if kind == monitor.HTTP {
		w.Family = r.Family
	}
	if reflect.ValueOf(w).IsZero() {
		return nil
	}
	return &w
}

// tls is what is asked of certificates, nil when it is the usual.
func (r checkRow) tls(kind monitor.Kind) *monitor.TLSSettings {
	t := monitor.TLSSettings{WeakAllowed: r.TLS.Weak, Start: r.TLS.Start, Name: strings.TrimSpace(r.TLS.Name)}
	if kind == monitor.TLS {
		t.Family = r.Family
	}
	if days := strings.TrimSpace(r.TLS.WarnDays); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil {
			n = monitor.NeverWarn - 1
		}
		t.WarnDays = n
	}
	if t == (monitor.TLSSettings{}) {
		return nil
	}
	return &t
}

// words parts a list at commas, semicolons and spaces; nothing typed is no list.
func words(s string) []string {
	list := strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ';' || c == ' ' || c == '،' })
	if len(list) == 0 {
		return nil
	}
	return list
}

func (e expectRow) expect() monitor.Expect {
	return monitor.Expect{
		Status:   words(e.Status),
		Contains: textLines(e.Contains), NotContains: textLines(e.NotContains),
		Matches: textLines(e.Matches), NotMatches: textLines(e.NotMatches),
		Headers: monitor.ReadClaims(e.Headers), JSON: monitor.ReadClaims(e.JSON),
		MinBytes: bytesOf(e.MinBytes), MaxBytes: bytesOf(e.MaxBytes), FinalHost: e.FinalHost, Location: e.Location,
		SlowMS: bytesOf(e.SlowMS), SoftError: e.SoftError, Language: lang.Tag(e.Language),
	}
}

// withFamilies makes of a row two, over IPv4 and over IPv6, and withLanguages
// one for each language the service speaks: each is a check of its own, so
// that one may be down while the other is up.
func (f serviceForm) withFamilies(n int) serviceForm {
	return f.parted(n, []string{"v4", "v6"}, func(r *checkRow, at int) { r.Family = []string{monitor.IPv4, monitor.IPv6}[at] })
}

func (f serviceForm) withLanguages(n int) serviceForm {
	return f.parted(n, f.Languages, func(r *checkRow, at int) {
		r.Request.Language, r.Expect.Language = f.Languages[at], f.Languages[at]
	})
}

// parted puts copies of a row in its place, one for each ending of the name.
// The first keeps the name, and with it the history.
func (f serviceForm) parted(n int, endings []string, change func(*checkRow, int)) serviceForm {
	if n < 0 || n >= len(f.Rows) || len(endings) < 2 || len(f.Rows)+len(endings)-1 > monitor.MaxChecks {
		return f
	}
	row := f.Rows[n]
	name := strings.TrimSpace(row.Name)
	if name == "" {
		name = row.Kind
	}
	parts := make([]checkRow, len(endings))
	for at, ending := range endings {
		parts[at] = row
		change(&parts[at], at)
		if at > 0 || row.Was == "" {
			parts[at].Name, parts[at].Was = name+"-"+ending, ""
		}
	}
	f.Rows = slices.Replace(slices.Clone(f.Rows), n, n+1, parts...)
	for at := range f.Rows {
		f.Rows[at].N = at
	}
	return f
}
