package inventoryweb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// act is something that can be done to a dataset through the JSON API.
type act struct {
	name, path, summary string
	rule                func(d *inventory.Dataset, by identity.Actor, in actBody, v *inventory.Vocabulary, now time.Time) error
}

// blind tells which acts may be done without saying on what they were decided:
// not those that let something out.
func (a act) blind() bool { return a.name != "approve" && a.name != "endorse" }

// acts lists the acts by their addresses, which are part of the contract.
func acts() []act {
	return []act{
		{
			"submit", "submission", "Hand over for review",
			func(d *inventory.Dataset, by identity.Actor, _ actBody, v *inventory.Vocabulary, now time.Time) error {
				return d.Submit(by, v, now)
			},
		},
		{
			"approve", "approval", "Open to the public what was seen",
			func(d *inventory.Dataset, by identity.Actor, _ actBody, v *inventory.Vocabulary, now time.Time) error {
				return d.Approve(by, v, now)
			},
		},
		{
			"return", "return", "Give back with a reason and comments on fields",
			func(d *inventory.Dataset, by identity.Actor, in actBody, _ *inventory.Vocabulary, now time.Time) error {
				return d.ReturnWith(by, in.Reason, in.Comments, now)
			},
		},
		{
			"withdraw", "withdrawal", "Take out of the register for good",
			func(d *inventory.Dataset, by identity.Actor, in actBody, _ *inventory.Vocabulary, now time.Time) error {
				return d.Withdraw(by, in.Reason, in.Replacement, now)
			},
		},
		{
			"update", "update", "Declare that the data were updated",
			func(d *inventory.Dataset, by identity.Actor, in actBody, _ *inventory.Vocabulary, now time.Time) error {
				return d.Refresh(by, inventory.Date(in.DataModified), now)
			},
		},
	}
}

type actIn struct {
	RefIn
	IfMatch string   `header:"If-Match" doc:"The ETag that was decided on"`
	Key     string   `header:"Idempotency-Key" maxLength:"200"`
	Body    *actBody `doc:"May be left out where nothing has to be said"`
}

type actBody struct {
	Reason       string `json:"reason,omitempty" doc:"Needed to return, to withdraw and to waive; a note on an attestation"`
	Replacement  string `json:"replacement,omitempty" doc:"Ref of what replaces a withdrawn dataset"`
	DataModified string `json:"data_modified,omitempty" doc:"Day of the new data, to declare an update" example:"2026-09-30"`
	Period       string `json:"period,omitempty" doc:"To waive: which period; the most pressing one when left out" example:"2026-Q1"`
	Revision     int    `json:"revision,omitempty" doc:"The revision decided on; If-Match says the same"`
	Hash         string `json:"hash,omitempty" doc:"The hash of the content decided on, or its first twelve characters"`
	Until        string `json:"until,omitempty" doc:"To waive: last day on which it holds" example:"2026-12-31"`

	Comments map[string]string `json:"comments,omitempty" doc:"On a return: what is to be corrected, by field"`
}

// apiAct answers POST /api/v1/datasets/{ref}/{submission|approval|…}.
func (p *Pages) apiAct(ctx context.Context, in *actIn, a act) (*datasetAnswer, error) {
	by := web.ActorFrom(ctx)
	revision, err := web.IfMatch(in.IfMatch, "dataset.stale_tag")
	if err != nil {
		return nil, err
	}
	body := actBody{}
	if in.Body != nil {
		body = *in.Body
	}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	return p.once(ctx, in.Key, a.name+" "+in.Ref, body, func(s *inventorydb.Store) (*inventory.Dataset, error) {
		d, err := s.Change(ctx, by, in.Ref, "dataset."+a.name, revision, func(d *inventory.Dataset) error {
			seen := inventory.Seen{Revision: cmp.Or(body.Revision, revision), Hash: body.Hash}
			return seen.Decide(d, !a.blind(), func() error { return a.rule(d, by, body, v, p.now()) })
		})
		return d, renamed(err, "replaced_by", "replacement")
	})
}

// once runs work, or gives the first answer again when the key was used for
// the same request before. Both the change and the answer are kept, or neither.
func (p *Pages) once(
	ctx context.Context, key, what string, body any, work func(*inventorydb.Store) (*inventory.Dataset, error),
) (*datasetAnswer, error) {
	if key == "" {
		d, err := work(p.store)
		if err != nil {
			return nil, err
		}
		return answer(d, p.now()), nil
	}
	asked, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("name a request: %w", err)
	}
	kept, err := p.store.Once(ctx, web.ActorFrom(ctx), key, what+" "+string(asked), func(s *inventorydb.Store) ([]byte, error) {
		d, err := work(s)
		if err != nil {
			return nil, err
		}
		return json.Marshal(shape(d, p.now()))
	})
	if err != nil {
		return nil, err
	}
	var out datasetOut
	if err := json.Unmarshal(kept, &out); err != nil {
		return nil, fmt.Errorf("read a kept answer: %w", err)
	}
	return answerOf(out), nil
}

// renamed says the faults of a field as this act's input names it.
func renamed(err error, from, to string) error {
	var all []error
	found := false
	for _, f := range fault.All(err) {
		moved := *f
		if f.Field == from {
			moved.Field, found = to, true
		}
		all = append(all, &moved)
	}
	if !found {
		return err
	}
	return errors.Join(all...)
}

// anything reads one side of an audit line for a script.
func anything(data json.RawMessage) map[string]any {
	fields := map[string]any{}
	if len(data) > 0 {
		_ = json.Unmarshal(data, &fields) // written by ourselves; what cannot be read is shown empty
	}
	return fields
}
