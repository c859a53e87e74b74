package inventoryweb

import (
	"context"
	"net/http"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// ledgerAPI adds the ledger to the JSON API.
func (p *Pages) ledgerAPI() {
	op := operation("dataset-obligations", http.MethodGet, "/api/v1/datasets/{ref}/obligations",
		"What it promised, period by period, and what came of it")
	web.Register(p.shell, op, p.apiObligations)
}

// promiseActs are the acts that prove a promise or let it off; their addresses
// are part of the contract.
func promiseActs() []act {
	return []act{
		{
			"attest", "attestation", "Confirm that the data needed no change",
			func(d *inventory.Dataset, by identity.Actor, in actBody, _ *inventory.Vocabulary, now time.Time) error {
				return d.Attest(by, in.Reason, now)
			},
		},
		{
			"waive", "waiver", "Let the dataset off one period, for a time",
			func(d *inventory.Dataset, by identity.Actor, in actBody, _ *inventory.Vocabulary, now time.Time) error {
				return d.Waive(by, inventory.Waiver{Period: in.Period, Reason: in.Reason, Until: inventory.Date(in.Until)}, now)
			},
		},
	}
}

type obligationsOut struct {
	Body struct {
		Items []obligationOut `json:"items" doc:"The latest period first"`
		Next  string          `json:"next"`
	}
}

// obligationOut is a row of the ledger as the JSON API writes it.
type obligationOut struct {
	Period      string     `json:"period" example:"2026-Q1"`
	Starts      time.Time  `json:"starts"`
	Ends        time.Time  `json:"ends"`
	Due         time.Time  `json:"due" doc:"The period is over, and the publication lag"`
	LateAfter   time.Time  `json:"late_after" doc:"Due plus grace, on a working day"`
	State       string     `json:"state" doc:"met, late, due, waived or future; late stays late when the update comes after all"`
	MetAt       *time.Time `json:"met_at" doc:"When the evidence was brought"`
	Evidence    string     `json:"evidence" doc:"declaration, attestation or content; empty while there is none"`
	EvidenceDay string     `json:"evidence_day" doc:"The day that the data reach"`
	Note        string     `json:"note"`
	Frequency   string     `json:"frequency" doc:"That was binding when the period was opened"`
	Basis       string     `json:"basis" doc:"Code of the rule it follows from" example:"frequency"`
	Waiver      *waiverOut `json:"waiver"`
}

type waiverOut struct {
	Reason string    `json:"reason"`
	By     string    `json:"by" doc:"Whose office let it off" example:"mcd"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until" doc:"First instant at which it holds no more"`
}

// apiObligations answers GET /api/v1/datasets/{ref}/obligations; that of a
// public dataset is public.
func (p *Pages) apiObligations(ctx context.Context, in *RefIn) (*obligationsOut, error) {
	rows, err := p.store.Obligations(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	out := &obligationsOut{}
	out.Body.Items = make([]obligationOut, 0, len(rows))
	for n := range rows {
		out.Body.Items = append(out.Body.Items, shapeObligation(&rows[n], p.now()))
	}
	return out, nil
}

func shapeObligation(o *inventory.Obligation, now time.Time) obligationOut {
	out := obligationOut{
		Period: o.Period, Starts: o.StartsAt.UTC(), Ends: o.EndsAt.UTC(), Due: o.DueAt.UTC(), LateAfter: o.LateAfter.UTC(),
		State: string(o.State(now)), Evidence: string(o.Evidence), EvidenceDay: string(o.EvidenceDay), Note: o.EvidenceNote,
		Frequency: o.Frequency, Basis: o.Basis,
	}
	if o.MetAt != nil {
		met := o.MetAt.UTC()
		out.MetAt = &met
	}
	if o.WaivedUntil != nil && o.WaivedAt != nil {
		out.Waiver = &waiverOut{o.WaiverReason, string(identity.MCD), o.WaivedAt.UTC(), o.WaivedUntil.UTC()}
	}
	return out
}
