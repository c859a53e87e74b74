package incidentweb

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// incidentBody is an incident as a script reads it.
type incidentBody struct {
	ID             int64       `json:"id"`
	State          string      `json:"state" enum:"open,acknowledged,ended,settled,dismissed"`
	Severity       string      `json:"severity" enum:"critical,major,minor"`
	StartedAt      time.Time   `json:"started_at" doc:"The first failure"`
	ConfirmedAt    time.Time   `json:"confirmed_at"`
	EndedAt        *time.Time  `json:"ended_at"`
	AcknowledgedAt *time.Time  `json:"acknowledged_at"`
	Acknowledger   string      `json:"acknowledged_by,omitempty" doc:"Only for who may see all of it"`
	Resolution     string      `json:"resolution" doc:"recovered, unwatched, handled, dismissed, or empty while it is open"`
	Reason         string      `json:"reason"`
	Seconds        float64     `json:"seconds" doc:"How long it lasted, or has lasted until now"`
	Reach          int         `json:"services_affected" doc:"How many services were ever in it"`
	Cause          *causeOut   `json:"shared_cause" doc:"What its services have in common; null when it is one service's"`
	Services       []memberOut `json:"services"`
	Notes          []noteOut   `json:"notes,omitempty"`
	Review         *reviewOut  `json:"post_mortem,omitempty"`
	Revision       int         `json:"revision" doc:"Also the ETag"`
}

type causeOut struct {
	Kind  string `json:"kind" enum:"service,certificate,name_server,address,domain"`
	Value string `json:"value,omitempty" doc:"Only for who answers for it"`
}

type memberOut struct {
	Service     string            `json:"service"`
	Name        lang.Text         `json:"name"`
	Institution string            `json:"institution"`
	Check       string            `json:"check"`
	StartedAt   time.Time         `json:"started_at"`
	EndedAt     *time.Time        `json:"ended_at"`
	Reason      string            `json:"reason"`
	Status      int               `json:"status"`
	Detail      string            `json:"detail,omitempty" doc:"Only for who answers for it"`
	Evidence    *monitor.Evidence `json:"evidence,omitempty" doc:"Only for who answers for it"`
}

type noteOut struct {
	At     time.Time `json:"at"`
	Public bool      `json:"public"`
	Text   lang.Text `json:"text"`
	Author string    `json:"author,omitempty" doc:"Only for who answers for it"`
}

type reviewOut struct {
	What        lang.Text  `json:"what"`
	Cause       lang.Text  `json:"cause"`
	Done        lang.Text  `json:"done"`
	Change      lang.Text  `json:"change"`
	PublishedAt *time.Time `json:"published_at" doc:"null while it is a draft"`
}

func shape(i *monitor.Incident, evidence map[int64]monitor.Evidence, now time.Time, by identity.Actor) incidentBody {
	inside := i.SeenBy(by)
	out := incidentBody{
		ID: i.ID, State: state(i), Severity: string(i.Severity), StartedAt: i.StartedAt.UTC(), ConfirmedAt: i.ConfirmedAt.UTC(),
		EndedAt: utc(i.EndedAt), AcknowledgedAt: utc(i.AcknowledgedAt), Resolution: string(i.Resolution), Reason: i.Reason.String(),
		Seconds: i.Lasted(now).Seconds(), Reach: i.Reach, Services: []memberOut{}, Revision: i.Revision,
	}
	if i.CauseKind != "" && i.Shared() {
		out.Cause = &causeOut{Kind: string(i.CauseKind)}
	}
	members := seen(i, by)
	for n := range members {
		out.Services = append(out.Services, memberShape(&members[n], evidence, by))
	}
	whole := i.WholeSeenBy(by)
	for _, n := range i.Notes {
		if n.ReadBy(by, i) {
			note := noteOut{At: n.At.UTC(), Public: n.Public, Text: n.Text}
			if n.SignedFor(by, i) {
				note.Author = n.Author
			}
			out.Notes = append(out.Notes, note)
		}
	}
	if r := i.Review; r.Published() || r != nil && whole {
		out.Review = &reviewOut{What: r.What, Cause: r.Cause, Done: r.Done, Change: r.Change, PublishedAt: utc(r.PublishedAt)}
	}
	if whole {
		out.Acknowledger = i.Acknowledger
	}
	if inside && out.Cause != nil {
		out.Cause.Value = i.Cause
	}
	return out
}

func memberShape(m *monitor.Member, evidence map[int64]monitor.Evidence, by identity.Actor) memberOut {
	out := memberOut{
		Service: m.Service, Name: m.Name, Institution: m.Institution, Check: m.Check, StartedAt: m.StartedAt.UTC(), EndedAt: utc(m.EndedAt),
		Reason: m.Reason.String(), Status: m.Status,
	}
	if by.May(identity.ReadServices, m.Institution) {
		out.Detail = m.Detail
		if e, ok := evidence[m.ID]; ok {
			out.Evidence = &e
		}
	}
	return out
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC()
	return &at
}

// windowOut is a maintenance window as a script reads it.
type windowOut struct {
	ID       int64      `json:"id"`
	Scope    string     `json:"scope" enum:"service,institution,everything"`
	Target   string     `json:"target"`
	Title    lang.Text  `json:"title"`
	State    string     `json:"state" enum:"coming,running,over,cancelled"`
	StartsAt time.Time  `json:"starts_at"`
	EndsAt   *time.Time `json:"ends_at"`
	Schedule string     `json:"schedule,omitempty"`
	Duration string     `json:"duration"`
	NextFrom *time.Time `json:"next_from" doc:"Of the occurrence that runs or comes next"`
	NextTo   *time.Time `json:"next_to"`
	Services []string   `json:"services,omitempty" doc:"The active services it covers; absent for everything"`
	Public   bool       `json:"public"`
	Revision int        `json:"revision" doc:"Also the ETag"`
	Author   string     `json:"author,omitempty" doc:"Only for who keeps services"`
}

func windowShape(w *monitordb.Window, inside bool) windowOut {
	out := windowOut{
		ID: w.ID, Scope: string(w.Scope), Target: w.Target, Title: w.Title, State: "over", StartsAt: w.StartsAt.UTC(), EndsAt: utc(w.EndsAt),
		Schedule: w.Schedule, Duration: w.Duration.String(), Services: slices.Clone(w.Services), Public: w.Public, Revision: w.Revision,
	}
	switch {
	case w.CancelledAt != nil:
		out.State = "cancelled"
	case w.Runs:
		out.State = "running"
	case w.Coming:
		out.State = "coming"
	}
	if w.Coming {
		out.NextFrom, out.NextTo = utc(&w.Next.From), utc(&w.Next.To)
	}
	if inside {
		out.Author = w.Author
	}
	return out
}
