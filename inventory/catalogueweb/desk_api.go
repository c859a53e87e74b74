package catalogueweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/web"
)

// deskAPI adds what the operator's pages do to the JSON API.
func (p *Pages) deskAPI() {
	const root = "/api/v1/catalogue"
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: root + path, Summary: summary, Tags: []string{"Catalogue"}}
	}
	web.Register(p.shell, op("catalogue-snapshots", http.MethodGet, "/snapshots", "The editions of the catalogue that are kept"), p.apiSnapshots)
	web.Register(p.shell, op("catalogue-differences", http.MethodGet, "/snapshots/{id}/differences",
		"What changed from this edition to another"), p.apiDifferences)
	web.Register(p.shell, op("catalogue-rollback", http.MethodPost, "/rollback", "Serve an earlier edition until further notice"), p.apiRollback)
	web.Register(p.shell, op("catalogue-resume", http.MethodPost, "/resumption", "Serve the newest edition again"), p.apiResume)
}

type leftOutOut struct {
	Ref    string `json:"ref"`
	Reason string `json:"reason"`
}

type snapshotOut struct {
	ID         string       `json:"id"`
	Version    int64        `json:"version" doc:"Of the register"`
	Built      time.Time    `json:"built"`
	Datasets   int          `json:"datasets"`
	Bytes      int64        `json:"bytes"`
	Served     bool         `json:"served" doc:"This is what portals read now"`
	Newest     bool         `json:"newest"`
	ReadSince  *time.Time   `json:"read_since,omitempty" doc:"Since when somebody has read it"`
	Superseded *time.Time   `json:"superseded,omitempty"`
	LeftOut    []leftOutOut `json:"left_out" doc:"Datasets that could not be written, and why"`
}

type pinOut struct {
	Snapshot string    `json:"snapshot"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

type snapshotsOut struct {
	Body struct {
		Items     []snapshotOut `json:"items" doc:"Newest first"`
		Next      string        `json:"next"`
		Pinned    *pinOut       `json:"pinned,omitempty" doc:"The edition an operator went back to"`
		Refused   string        `json:"refused" doc:"Why the last edition could not be made; empty when it could"`
		RefusedAt *time.Time    `json:"refused_at,omitempty"`
	}
}

// apiSnapshots answers GET /api/v1/catalogue/snapshots.
func (p *Pages) apiSnapshots(ctx context.Context, _ *struct{}) (*snapshotsOut, error) {
	if err := web.ActorFrom(ctx).Must(identity.ReadCatalogue, ""); err != nil {
		return nil, err
	}
	store := p.feed.source.Snapshots
	state, err := store.State(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := store.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	out := &snapshotsOut{}
	out.Body.Items, out.Body.Refused, out.Body.RefusedAt = []snapshotOut{}, state.Refused, state.RefusedAt
	if state.Pin != nil {
		out.Body.Pinned = &pinOut{state.Pin.Snapshot, state.Pin.Reason, state.Pin.At.UTC()}
	}
	for _, k := range kept {
		one := snapshotOut{
			ID: k.ID, Version: k.Version, Built: k.Built.UTC(), Datasets: k.Datasets, Bytes: k.Bytes, Served: k.ID == state.Serve(),
			Newest: k.Newest, ReadSince: k.Served, Superseded: k.Superseded, LeftOut: []leftOutOut{},
		}
		for _, l := range k.LeftOut {
			one.LeftOut = append(one.LeftOut, leftOutOut(l))
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

type catalogueDifferencesIn struct {
	ID      string `path:"id" maxLength:"64"`
	Against string `query:"against" maxLength:"64" doc:"The later edition; the one served when left out"`
}

type differenceOut struct {
	ID     string                 `json:"id"`
	Ref    string                 `json:"ref"`
	Title  map[string]string      `json:"title"`
	Reason string                 `json:"reason,omitempty" doc:"Of the withdrawal"`
	Fields []inventory.Difference `json:"fields,omitempty"`
}

type catalogueDifferencesOut struct {
	Body struct {
		From      string          `json:"from"`
		To        string          `json:"to"`
		Added     []differenceOut `json:"added"`
		Changed   []differenceOut `json:"changed"`
		Withdrawn []differenceOut `json:"withdrawn"`
	}
}

// apiDifferences answers GET /api/v1/catalogue/snapshots/{id}/differences.
func (p *Pages) apiDifferences(ctx context.Context, in *catalogueDifferencesIn) (*catalogueDifferencesOut, error) {
	if err := web.ActorFrom(ctx).Must(identity.ReadCatalogue, ""); err != nil {
		return nil, err
	}
	from, to, err := p.pair(ctx, in.ID, in.Against)
	if err != nil {
		return nil, err
	}
	d, err := catalogue.Diff(ctx, from, to)
	if err != nil {
		return nil, err
	}
	out := &catalogueDifferencesOut{}
	out.Body.From, out.Body.To = from.ID, to.ID
	out.Body.Added, out.Body.Changed, out.Body.Withdrawn = differencesOut(d.Added), differencesOut(d.Changed), differencesOut(d.Withdrawn)
	return out, nil
}

func differencesOut(all []catalogue.Difference) []differenceOut {
	out := make([]differenceOut, 0, len(all))
	for _, d := range all {
		one := differenceOut{ID: d.DatasetID, Ref: d.Ref, Title: d.Title, Reason: d.Reason}
		if d.Before != nil && d.After != nil {
			one.Fields = differences(*d.Before, *d.After)
		}
		out = append(out, one)
	}
	return out
}

type rollbackIn struct {
	Body struct {
		Snapshot string `json:"snapshot" maxLength:"64" doc:"The edition to go back to"`
		Reason   string `json:"reason" doc:"Goes into the audit trail"`
	}
}

type pinAnswer struct {
	Body struct {
		Pinned *pinOut `json:"pinned,omitempty"`
	}
}

// apiRollback answers POST /api/v1/catalogue/rollback.
func (p *Pages) apiRollback(ctx context.Context, in *rollbackIn) (*pinAnswer, error) {
	pin, err := p.feed.source.Snapshots.Pin(ctx, web.ActorFrom(ctx), in.Body.Snapshot, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := &pinAnswer{}
	out.Body.Pinned = &pinOut{pin.Snapshot, pin.Reason, pin.At.UTC()}
	return out, p.Refresh(context.WithoutCancel(ctx))
}

type resumeIn struct {
	Body struct {
		Reason string `json:"reason" doc:"Goes into the audit trail"`
	}
}

// apiResume answers POST /api/v1/catalogue/resumption.
func (p *Pages) apiResume(ctx context.Context, in *resumeIn) (*pinAnswer, error) {
	if err := p.feed.source.Snapshots.Unpin(ctx, web.ActorFrom(ctx), in.Body.Reason); err != nil {
		return nil, err
	}
	return &pinAnswer{}, p.Refresh(context.WithoutCancel(ctx))
}
