package monitorweb

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// newService is a service as a script writes it.
type newService struct {
	Slug        string                   `json:"slug" example:"b3"`
	Name        lang.Text                `json:"name"`
	Institution string                   `json:"institution" doc:"Slug of the body that answers for it" example:"mi"`
	URL         string                   `json:"url,omitempty"`
	LifeEvent   string                   `json:"life_event,omitempty" example:"justice"`
	Tier        string                   `json:"tier,omitempty" doc:"critical, normal or information"`
	Languages   []string                 `json:"languages,omitempty"`
	State       string                   `json:"state,omitempty" doc:"draft, active or paused; draft by default"`
	Note        string                   `json:"note,omitempty" doc:"For the desk only"`
	Settings    *monitor.ServiceSettings `json:"settings,omitempty" doc:"What is agreed about the service as a whole"`
	Checks      []checkIn                `json:"checks,omitempty"`
}

func (n newService) service() monitor.Service {
	v := monitor.Service{
		Slug: n.Slug, Name: n.Name, Institution: n.Institution, URL: n.URL, LifeEvent: n.LifeEvent, Tier: monitor.Tier(n.Tier),
		Languages: tags(n.Languages), State: monitor.State(n.State), Note: n.Note, Checks: checksOf(n.Checks),
	}
	if n.Settings != nil {
		v.Settings = *n.Settings
	}
	return v
}

// checkIn is a check as a script writes it.
type checkIn struct {
	Name     string            `json:"name,omitempty" example:"home"`
	Kind     string            `json:"kind,omitempty" doc:"http by default"`
	Target   string            `json:"target,omitempty" doc:"The service's address by default"`
	Schedule string            `json:"schedule,omitempty" doc:"@every 60s, or a cron line" example:"@every 60s"`
	Timeout  string            `json:"timeout,omitempty" example:"10s"`
	Expect   *expectIn         `json:"expect,omitempty"`
	Settings *monitor.Settings `json:"settings,omitempty" doc:"What its kind needs beyond that"`
}

// expectIn is what an answer must be like.
type expectIn struct {
	Status      many            `json:"status,omitempty" doc:"Numbers or ranges such as 200-299"`
	Contains    many            `json:"contains,omitempty" doc:"Each must be in the body"`
	NotContains many            `json:"not_contains,omitempty" doc:"None may be in the body"`
	MinBytes    int64           `json:"min_bytes,omitempty"`
	MaxBytes    int64           `json:"max_bytes,omitempty"`
	Matches     many            `json:"matches,omitempty" doc:"Each pattern (RE2) must be found in the body"`
	NotMatches  many            `json:"not_matches,omitempty" doc:"None may be found"`
	Headers     []monitor.Claim `json:"headers,omitempty" doc:"What headers must say"`
	JSON        []monitor.Claim `json:"json,omitempty" doc:"What the values of a JSON answer must be"`
	FinalHost   string          `json:"final_host,omitempty" doc:"The host where redirects must end"`
	Location    string          `json:"location,omitempty" doc:"How the address must begin that it redirects to; it is not followed"`
	SlowMS      int64           `json:"slow_ms,omitempty" doc:"Slower than that is degraded"`
	SoftError   string          `json:"soft_error,omitempty" doc:"What an error page with a good status means: degraded, down, or nothing"`
	Language    lang.Tag        `json:"language,omitempty" doc:"What the page must be in: fr, ar or en; another is degraded"`
}

func (e *expectIn) expect() monitor.Expect {
	return monitor.Expect{
		Status: e.Status, Contains: e.Contains, NotContains: e.NotContains, Matches: e.Matches, NotMatches: e.NotMatches,
		MinBytes: e.MinBytes, MaxBytes: e.MaxBytes, Headers: e.Headers, JSON: e.JSON, FinalHost: e.FinalHost,
		Location: e.Location, SlowMS: e.SlowMS, SoftError: e.SoftError, Language: e.Language,
	}
}

// many is a list of words or numbers; one alone need not stand in a list.
type many []string

// Schema describes it to readers of the API.
func (many) Schema(huma.Registry) *huma.Schema {
	word := &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeArray, Items: word}, {Type: huma.TypeString}, {Type: huma.TypeInteger},
	}}
}

// UnmarshalJSON reads a list, a word or a number.
func (m *many) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(b, &list) != nil {
		list = []json.RawMessage{b}
	}
	*m = nil
	for _, one := range list {
		var word string
		if json.Unmarshal(one, &word) != nil {
			var number int64
			if err := json.Unmarshal(one, &number); err != nil {
				return err
			}
			word = strconv.FormatInt(number, 10)
		}
		*m = append(*m, word)
	}
	return nil
}

func checksOf(list []checkIn) []monitor.Check {
	checks := make([]monitor.Check, 0, len(list))
	for _, c := range list {
		check := monitor.Check{
			Name: c.Name, Kind: monitor.Kind(c.Kind), Target: c.Target, Schedule: c.Schedule, Timeout: duration(c.Timeout),
		}
		if e := c.Expect; e != nil {
			check.Expect = e.expect()
		}
		if c.Settings != nil {
			check.Settings = *c.Settings
		}
		checks = append(checks, check)
	}
	return checks
}

func tags(list []string) []lang.Tag {
	all := make([]lang.Tag, 0, len(list))
	for _, t := range list {
		all = append(all, lang.Tag(t))
	}
	return all
}

// serviceChange is what a script changes; what it leaves out stays.
type serviceChange struct {
	Name        lang.Text                `json:"name,omitempty"`
	Institution *string                  `json:"institution,omitempty"`
	URL         *string                  `json:"url,omitempty"`
	LifeEvent   *string                  `json:"life_event,omitempty"`
	Tier        *string                  `json:"tier,omitempty"`
	Languages   *[]string                `json:"languages,omitempty"`
	State       *string                  `json:"state,omitempty"`
	Note        *string                  `json:"note,omitempty"`
	Settings    *monitor.ServiceSettings `json:"settings,omitempty" doc:"Replaces all of them"`
	Checks      *[]checkIn               `json:"checks,omitempty" doc:"Replaces all of them; a check keeps its history by its name"`
}

func (b serviceChange) onto(v monitor.Service) monitor.Service {
	if b.Name != nil {
		v.Name = b.Name
	}
	for _, field := range []struct {
		from *string
		to   *string
	}{{b.Institution, &v.Institution}, {b.URL, &v.URL}, {b.LifeEvent, &v.LifeEvent}, {b.Note, &v.Note}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	if b.Tier != nil {
		v.Tier = monitor.Tier(*b.Tier)
	}
	if b.State != nil {
		v.State = monitor.State(*b.State)
	}
	if b.Languages != nil {
		v.Languages = tags(*b.Languages)
	}
	if b.Settings != nil {
		v.Settings = *b.Settings
	}
	if b.Checks != nil {
		v.Checks = checksOf(*b.Checks)
	}
	return v
}

// serviceOut is a service as a script reads it.
type serviceOut struct {
	Slug        string                   `json:"slug"`
	Name        lang.Text                `json:"name"`
	Institution string                   `json:"institution"`
	URL         string                   `json:"url"`
	LifeEvent   string                   `json:"life_event"`
	Tier        string                   `json:"tier"`
	Languages   []string                 `json:"languages"`
	State       string                   `json:"state"`
	Note        string                   `json:"note,omitempty" doc:"Only for who keeps services"`
	Settings    *monitor.ServiceSettings `json:"settings,omitempty" doc:"Only for who keeps services"`
	Revision    int                      `json:"revision" doc:"Also the ETag"`
	Standing    serviceStanding          `json:"standing"`
	Checks      []checkOut               `json:"checks"`
	UpdatedAt   time.Time                `json:"updated_at"`
}

// serviceStanding is a verdict that stands, and since when.
type serviceStanding struct {
	Verdict string     `json:"verdict" enum:"up,degraded,down,maintenance,unknown"`
	Reason  string     `json:"reason" doc:"Why it is not plainly up; empty when it is"`
	Since   *time.Time `json:"since"`
}

type checkOut struct {
	Name     string            `json:"name"`
	Kind     string            `json:"kind"`
	Target   string            `json:"target,omitempty" doc:"Only for who keeps services"`
	Schedule string            `json:"schedule"`
	Timeout  string            `json:"timeout"`
	Expect   *monitor.Expect   `json:"expect,omitempty" doc:"Only for who keeps services"`
	Settings *monitor.Settings `json:"settings,omitempty" doc:"Only for who keeps services"`
	Standing serviceStanding   `json:"standing"`
	LastAt   *time.Time        `json:"last_at"`
}

// shape is v as it leaves the house; inside tells whether the caller keeps services.
func shape(v *monitor.Service, currents map[int64]monitor.Current, now time.Time, inside bool) serviceOut {
	out := serviceOut{
		Slug: v.Slug, Name: v.Name, Institution: v.Institution, URL: v.URL, LifeEvent: v.LifeEvent, Tier: string(v.Tier),
		Languages: []string{}, State: string(v.State), Revision: v.Revision, Checks: []checkOut{}, UpdatedAt: v.UpdatedAt.UTC(),
	}
	for _, t := range v.Languages {
		out.Languages = append(out.Languages, string(t))
	}
	verdict, reason, at := monitor.Worst(v.Checks, currents, now)
	out.Standing = standingOf(verdict, reason, at)
	for _, c := range v.Checks {
		check := checkOut{Name: c.Name, Kind: string(c.Kind), Schedule: c.Schedule, Timeout: c.Timeout.String()}
		cur, looked := currents[c.ID]
		check.Standing = standingOf(cur.Standing(now), cur.Reason, cur.Since)
		if looked {
			at := cur.LastAt.UTC()
			check.LastAt = &at
		}
		if inside {
			expect, settings := c.Expect, c.Settings
			check.Target, check.Expect, check.Settings = c.Target, &expect, &settings
		}
		out.Checks = append(out.Checks, check)
	}
	if inside {
		out.Note, out.Settings = v.Note, &v.Settings
	}
	return out
}

func standingOf(v monitor.Verdict, why monitor.Reason, at time.Time) serviceStanding {
	s := serviceStanding{Verdict: v.String(), Reason: why.String()}
	if !at.IsZero() {
		at = at.UTC()
		s.Since = &at
	}
	return s
}

// method says how availability is counted, so that a figure can be checked.
const method = "time-weighted over known time: a confirmed failure counts from its first reading, a reading " +
	"speaks until the next one is due and a little longer, and time nobody looked counts neither way; of several " +
	"checks the one that was down longest"

type availabilityOut struct {
	Body struct {
		From   time.Time `json:"from"`
		To     time.Time `json:"to"`
		Method string    `json:"method"`
		Availability
		Budget  Budget         `json:"budget" doc:"Over the period asked for"`
		Burn    []Burn         `json:"burn" doc:"How fast the budget goes now"`
		Windows []WindowFigure `json:"windows" doc:"Inside the windows agreed on"`
		Checks  []Availability `json:"checks"`
	}
}

// Availability is how much of a period one check answered. It is exported, like
// every struct embedded in an answer, because huma reads no other.
type Availability struct {
	Check    string   `json:"check"`
	Ratio    *float64 `json:"availability" doc:"Share of known time in which it answered; null when nothing is known"`
	Coverage float64  `json:"coverage" doc:"Share of the period of which the state is known"`
	Up       float64  `json:"up_seconds"`
	Down     float64  `json:"down_seconds"`
	Readings int64    `json:"readings"`
	Good     int64    `json:"good"`
	P50      *float64 `json:"p50_ms" doc:"Upper bound of the median response time; null without readings"`
	P95      *float64 `json:"p95_ms"`
	Slowest  *float64 `json:"slowest_ms"`
	Figures
}

// worse tells whether a was down longer than b.
func (a Availability) worse(b Availability) bool { return a.Down > b.Down }

func availabilityOf(c *monitor.Check, t *monitor.Tally, length time.Duration, objective float64) Availability {
	a := Availability{
		Check: c.Name, Figures: figuresOf(t, objective, c.Apdex()), Coverage: t.Coverage(length), Up: t.Up.Seconds(), Down: t.Down.Seconds(),
		Readings: t.Readings, Good: t.Good,
	}
	if ratio, known := t.Availability(); known {
		a.Ratio = &ratio
	}
	quantile := func(q float64) *float64 {
		d, any := t.Times.Quantile(q)
		if !any {
			return nil
		}
		ms := milliseconds(min(d, t.Slowest))
		return &ms
	}
	a.P50, a.P95, a.Slowest = quantile(0.5), quantile(0.95), quantile(1)
	return a
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

type readingsOut struct {
	Body struct {
		Items []readingOut `json:"items"`
		Next  string       `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

type readingOut struct {
	Check    string             `json:"check"`
	At       time.Time          `json:"at"`
	Verdict  string             `json:"verdict" enum:"up,degraded,suspect,down,unknown"`
	Reason   string             `json:"reason"`
	Status   int                `json:"status"`
	Duration float64            `json:"duration_ms"`
	Phases   map[string]float64 `json:"phases_ms" doc:"dns, connect, tls, wait, transfer"`
	Bytes    int64              `json:"bytes"`
	Attempt  int                `json:"attempt" doc:"1, then the re-checks"`
}

func readingShape(check string, r *monitor.Reading) readingOut {
	out := readingOut{
		Check: check, At: r.At, Verdict: r.Verdict.String(), Reason: r.Reason.String(), Status: r.Status,
		Duration: milliseconds(r.Phases.Total()), Phases: map[string]float64{}, Bytes: r.Bytes, Attempt: r.Attempt,
	}
	for _, p := range monitor.PhaseList() {
		out.Phases[p.String()] = milliseconds(r.Phases[p])
	}
	return out
}

type incidentsOut struct {
	Body struct {
		Items []incidentOut `json:"items"`
		Next  string        `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

type incidentOut struct {
	Incident    int64      `json:"incident" doc:"Number of the incident it is told as: /api/v1/incidents/{id}"`
	Check       string     `json:"check"`
	StartedAt   time.Time  `json:"started_at" doc:"The first failure"`
	ConfirmedAt time.Time  `json:"confirmed_at"`
	EndedAt     *time.Time `json:"ended_at"`
	Resolution  string     `json:"resolution" doc:"recovered, unwatched, or empty while it is open"`
	Reason      string     `json:"reason"`
	Status      int        `json:"status"`
	Seconds     float64    `json:"seconds" doc:"How long it lasted, or has lasted until now"`
	Detail      string     `json:"detail,omitempty" doc:"Only for who keeps services"`
}

func incidentShape(v *monitor.Service, i *monitor.Outage, now time.Time, inside bool) incidentOut {
	out := incidentOut{
		Incident:  i.Incident,
		StartedAt: i.StartedAt.UTC(), ConfirmedAt: i.ConfirmedAt.UTC(), Resolution: string(i.Resolution),
		Reason: i.Reason.String(), Status: i.Status, Seconds: i.Lasted(now).Seconds(),
	}
	for _, c := range v.Checks {
		if c.ID == i.CheckID {
			out.Check = c.Name
		}
	}
	if i.EndedAt != nil {
		at := i.EndedAt.UTC()
		out.EndedAt = &at
	}
	if inside {
		out.Detail = i.Detail
	}
	return out
}
