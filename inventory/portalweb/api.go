package portalweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portaldb"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Portal"}}
	}
	const one = "/api/v1/portal/findings/{id}"
	web.Register(p.shell, op("list-portal-findings", http.MethodGet, "/api/v1/portal/findings", "What is wrong on the national portal"), p.apiFindings)
	web.Register(p.shell, op("get-portal-finding", http.MethodGet, one, "One of them"), p.apiFinding)
	web.Register(p.shell, op("acknowledge-portal-finding", http.MethodPost, one+"/acknowledgement", "Say that it may stand, and why"), p.apiAcknowledge)
	web.Register(p.shell, op("reopen-portal-finding", http.MethodDelete, one+"/acknowledgement", "Take that back"), p.apiReopen)
	web.Register(p.shell, op("list-portal-readings", http.MethodGet, "/api/v1/portal/readings", "The last reads of the portal, the latest first"), p.apiReadings)
	ask := op("ask-portal-reading", http.MethodPost, "/api/v1/portal/readings", "Have the portal read soon")
	ask.DefaultStatus = http.StatusAccepted
	web.Register(p.shell, ask, p.apiAsk)
	web.Register(p.shell, op("list-harvests", http.MethodGet, "/api/v1/harvests", "Who harvested which state of the catalogue, and how far"), p.apiHarvests)
	web.Register(p.shell, op("list-harvest-consumers", http.MethodGet, "/api/v1/harvests/consumers", "How old the state is that each reader has"), p.apiConsumers)
}

// portalFindingOut is a finding as the JSON API writes it.
type portalFindingOut struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind" doc:"undeleted, missing, differs, duplicate or stray"`
	Field        string     `json:"field" doc:"Of what differs: title, notes, licence, frequency, organization, resources, addresses or modified"`
	Dataset      string     `json:"dataset" doc:"Ref of the dataset; empty for what never was ours"`
	UUID         string     `json:"uuid"`
	Institution  string     `json:"institution"`
	Title        string     `json:"title"`
	PortalID     string     `json:"portal_id"`
	PortalName   string     `json:"portal_name"`
	PortalURL    string     `json:"portal_url"`
	Ours         string     `json:"ours"`
	Theirs       string     `json:"theirs"`
	Opened       time.Time  `json:"opened"`
	Seen         time.Time  `json:"seen"`
	Gone         *time.Time `json:"gone"`
	Times        int        `json:"times" doc:"How often it came"`
	Acknowledged *time.Time `json:"acknowledged"`
	Reason       string     `json:"reason"`
	Revision     int        `json:"revision"`
}

func (p *Pages) shape(f *portal.Finding) portalFindingOut {
	uuid := f.Subject
	if f.Kind == portal.Stray {
		uuid = ""
	}
	return portalFindingOut{
		ID: f.ID, Kind: string(f.Kind), Field: string(f.Field), Dataset: f.Ref, UUID: uuid, Institution: f.Institution, Title: f.Title,
		PortalID: f.PortalID, PortalName: f.PortalName, PortalURL: p.there(f.PortalName), Ours: f.Ours, Theirs: f.Theirs,
		Opened: f.OpenedAt, Seen: f.SeenAt, Gone: f.GoneAt, Times: f.Times, Acknowledged: f.AcknowledgedAt, Reason: f.Reason, Revision: f.Revision,
	}
}

type portalFindingsIn struct {
	Show        string `query:"show" enum:",acknowledged,gone,all" doc:"Without: what stands and nobody acknowledged"`
	Kind        string `query:"kind" enum:",undeleted,missing,differs,duplicate,stray"`
	Field       string `query:"field" enum:",title,notes,licence,frequency,organization,resources,addresses,modified"`
	Institution string `query:"institution" maxLength:"100" doc:"Slug"`
	Dataset     string `query:"dataset" maxLength:"60" doc:"Ref"`
	Q           string `query:"q" maxLength:"100"`
	Limit       int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor      string `query:"cursor" doc:"The next of the page before"`
}

type portalFindingsOut struct {
	Body struct {
		Items []portalFindingOut `json:"items"`
		Total int                `json:"total"`
		Next  string             `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

// pageOf reads a cursor.
func pageOf(cursor string) (int, error) {
	if cursor == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 2 || n > 1_000_000 {
		return 0, fault.At("cursor", "fault.cursor")
	}
	return n, nil
}

// apiFindings answers GET /api/v1/portal/findings.
func (p *Pages) apiFindings(ctx context.Context, in *portalFindingsIn) (*portalFindingsOut, error) {
	number, err := pageOf(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := p.store.Findings(ctx, web.ActorFrom(ctx), portaldb.Filter{
		Show: portaldb.Show(in.Show), Kind: portal.Kind(in.Kind), Field: portal.Field(in.Field), Institution: in.Institution,
		Dataset: in.Dataset, Q: in.Q, Page: number, PerPage: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &portalFindingsOut{}
	out.Body.Items, out.Body.Total = []portalFindingOut{}, found.Total
	for n := range found.Items {
		out.Body.Items = append(out.Body.Items, p.shape(&found.Items[n]))
	}
	if number*in.Limit < found.Total {
		out.Body.Next = strconv.Itoa(number + 1)
	}
	return out, nil
}

type portalFindingIn struct {
	ID string `path:"id" maxLength:"40"`
}

type portalFindingAnswer struct {
	ETag string `header:"ETag"`
	Body portalFindingOut
}

func (p *Pages) answer(f *portal.Finding, err error) (*portalFindingAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &portalFindingAnswer{strconv.Quote(strconv.Itoa(f.Revision)), p.shape(f)}, nil
}

// apiFinding answers GET /api/v1/portal/findings/{id}.
func (p *Pages) apiFinding(ctx context.Context, in *portalFindingIn) (*portalFindingAnswer, error) {
	return p.answer(p.store.Finding(ctx, web.ActorFrom(ctx), in.ID))
}

type portalAcknowledgeIn struct {
	ID      string `path:"id" maxLength:"40"`
	IfMatch string `header:"If-Match" doc:"The ETag that was decided on"`
	Body    struct {
		Reason string `json:"reason,omitempty" doc:"Why it may stand"`
	}
}

// apiAcknowledge answers POST /api/v1/portal/findings/{id}/acknowledgement.
func (p *Pages) apiAcknowledge(ctx context.Context, in *portalAcknowledgeIn) (*portalFindingAnswer, error) {
	by := web.ActorFrom(ctx)
	revision, err := web.IfMatch(in.IfMatch, "portal.finding.stale")
	if err != nil {
		return nil, err
	}
	return p.answer(p.store.Change(ctx, by, in.ID, "acknowledge", revision, func(f *portal.Finding, now time.Time) error {
		return f.Acknowledge(by, in.Body.Reason, now)
	}))
}

type portalReopenIn struct {
	ID      string `path:"id" maxLength:"40"`
	IfMatch string `header:"If-Match" doc:"The ETag that was decided on"`
}

// apiReopen answers DELETE /api/v1/portal/findings/{id}/acknowledgement.
func (p *Pages) apiReopen(ctx context.Context, in *portalReopenIn) (*portalFindingAnswer, error) {
	by := web.ActorFrom(ctx)
	revision, err := web.IfMatch(in.IfMatch, "portal.finding.stale")
	if err != nil {
		return nil, err
	}
	return p.answer(p.store.Change(ctx, by, in.ID, "reopen", revision, func(f *portal.Finding, _ time.Time) error { return f.Reopen(by) }))
}

type portalReadingOut struct {
	Portal     string         `json:"portal"`
	Started    time.Time      `json:"started"`
	Ended      time.Time      `json:"ended"`
	Whole      bool           `json:"whole" doc:"It came to its end; only then is told what is not there"`
	Failure    string         `json:"failure" doc:"Why it did not"`
	Detail     string         `json:"detail"`
	Requests   int            `json:"requests"`
	Packages   int            `json:"packages" doc:"Of every publisher"`
	Told       int            `json:"told" doc:"As many as the portal says it has"`
	Unreadable int            `json:"unreadable"`
	Matched    int            `json:"matched" doc:"Of ours"`
	Offered    int            `json:"offered" doc:"Live datasets of the register"`
	Open       map[string]int `json:"open" doc:"Findings that stood after it, by kind"`
	Sources    map[string]int `json:"sources" doc:"Packages that are not ours, by where they come from"`
}

type portalReadingsOut struct {
	Body struct {
		Items []portalReadingOut `json:"items"`
	}
}

// apiReadings answers GET /api/v1/portal/readings.
func (p *Pages) apiReadings(ctx context.Context, in *struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"20"`
},
) (*portalReadingsOut, error) {
	by := web.ActorFrom(ctx)
	if !by.MayAnywhere(identity.ReadRegister) {
		return nil, by.Must(identity.ReadRegister, "")
	}
	all, err := p.store.Readings(ctx, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &portalReadingsOut{}
	out.Body.Items = []portalReadingOut{}
	for _, r := range all {
		open := map[string]int{}
		if by.Everywhere(identity.ReadRegister) { // an institution is told of its own
			for kind, n := range r.Open {
				open[string(kind)] = n
			}
		}
		out.Body.Items = append(out.Body.Items, portalReadingOut{
			Portal: r.Portal, Started: r.StartedAt, Ended: r.EndedAt, Whole: r.Whole, Failure: string(r.Failure), Detail: r.Detail,
			Requests: r.Requests, Packages: r.Packages, Told: r.Told, Unreadable: r.Unreadable, Matched: r.Matched, Offered: r.Offered,
			Open: open, Sources: r.Sources,
		})
	}
	return out, nil
}

// apiAsk answers POST /api/v1/portal/readings.
func (p *Pages) apiAsk(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, p.ask(web.ActorFrom(ctx))
}

// harvestReceiptOut is a walk as the JSON API writes it.
type harvestReceiptOut struct {
	Consumer string     `json:"consumer" doc:"As the settings name it, else the kind of client"`
	Client   string     `json:"client" doc:"ckan, dcat, udata, piveau, gsa, browser or other"`
	Network  string     `json:"network,omitempty" doc:"Where it comes from, coarsely and not for long; for the operator only"`
	Dialect  string     `json:"dialect" example:"package_search"`
	Scope    string     `json:"scope" doc:"whole, changes or part"`
	Snapshot string     `json:"snapshot"`
	Version  int64      `json:"version"`
	Begun    time.Time  `json:"begun"`
	Seen     time.Time  `json:"seen"`
	Ended    *time.Time `json:"ended" doc:"When the last of it was given out"`
	Reached  int        `json:"reached" doc:"Rows or pages given out"`
	Total    int        `json:"total"`
	Requests int        `json:"requests"`
	State    string     `json:"state" doc:"running, done or stalled"`
	Moved    bool       `json:"moved" doc:"The snapshot was gone in the middle: rows may have been skipped"`
}

type harvestsOut struct {
	Body struct {
		Items []harvestReceiptOut `json:"items"`
		Next  string              `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

// apiHarvests answers GET /api/v1/harvests.
func (p *Pages) apiHarvests(ctx context.Context, in *struct {
	Consumer string `query:"consumer" maxLength:"60"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor   string `query:"cursor" doc:"The next of the page before"`
},
) (*harvestsOut, error) {
	number, err := pageOf(in.Cursor)
	if err != nil {
		return nil, err
	}
	all, more, err := p.store.Receipts(ctx, web.ActorFrom(ctx), portaldb.ReceiptFilter{Consumer: in.Consumer, Page: number, PerPage: in.Limit})
	if err != nil {
		return nil, err
	}
	out, now := &harvestsOut{}, p.opts.Now()
	out.Body.Items = []harvestReceiptOut{}
	for n := range all {
		r := &all[n]
		out.Body.Items = append(out.Body.Items, harvestReceiptOut{
			Consumer: r.Consumer, Client: string(r.Client), Network: r.Network, Dialect: r.Dialect, Scope: string(r.Scope),
			Snapshot: r.Snapshot, Version: r.Version, Begun: r.BegunAt, Seen: r.SeenAt, Ended: r.EndedAt, Reached: r.Reached,
			Total: r.Total, Requests: r.Requests, State: string(r.State(now)), Moved: r.Moved,
		})
	}
	if more {
		out.Body.Next = strconv.Itoa(number + 1)
	}
	return out, nil
}

type harvestConsumerOut struct {
	Consumer string     `json:"consumer"`
	Seen     time.Time  `json:"seen"`
	Complete *time.Time `json:"complete" doc:"When it took the catalogue whole last"`
	Snapshot string     `json:"snapshot" doc:"What it took then"`
	Version  int64      `json:"version"`
	Lag      *int64     `json:"lag_seconds" doc:"How old that state is; 0 while it is the current one, null when it never took it whole"`
	Behind   int64      `json:"versions_behind"`
}

type harvestConsumersOut struct {
	Body struct {
		Items []harvestConsumerOut `json:"items"`
	}
}

// apiConsumers answers GET /api/v1/harvests/consumers.
func (p *Pages) apiConsumers(ctx context.Context, _ *struct{}) (*harvestConsumersOut, error) {
	by := web.ActorFrom(ctx)
	if !by.MayAnywhere(identity.ReadRegister) {
		return nil, by.Must(identity.ReadRegister, "")
	}
	all, err := p.store.Standings(ctx)
	if err != nil {
		return nil, err
	}
	out, current := &harvestConsumersOut{}, p.opts.Current()
	out.Body.Items = []harvestConsumerOut{}
	for n := range all {
		s := &all[n]
		one := harvestConsumerOut{
			Consumer: s.Consumer, Seen: s.SeenAt, Complete: s.CompleteAt, Snapshot: s.Snapshot, Version: s.Version, Behind: s.Behind(current),
		}
		if lag, known := s.Lag(current, p.opts.Now()); known {
			seconds := int64(lag / time.Second)
			one.Lag = &seconds
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}
