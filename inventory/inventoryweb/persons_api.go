package inventoryweb

import (
	"context"
	"net/http"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// personsAPI adds signs of persons, and the answer to them, to the JSON API.
func (p *Pages) personsAPI() {
	web.Register(p.shell, operation("dataset-signs", http.MethodGet, "/api/v1/datasets/{ref}/signs",
		"What points to persons, and what was declared about it"), p.apiSigns)
	web.Register(p.shell, operation("declare-dataset", http.MethodPost, "/api/v1/datasets/{ref}/declaration",
		"Answer signs of personal data; publication waits for it"), p.apiDeclare)
}

type signsOut struct {
	Body struct {
		Items []signOut `json:"items"`
		Next  string    `json:"next"`
	}
}

type signOut struct {
	Key     string     `json:"key" doc:"Names the sign in a declaration" example:"title.fr/people"`
	Field   string     `json:"field" doc:"distributions.ID for a column of a file"`
	Kind    string     `json:"kind" doc:"cin, phone, email, rib, tax_number, name, people; stated: the entry says so itself"`
	Column  string     `json:"column"`
	Matches int        `json:"matches" doc:"Cells that have the form"`
	Cells   int        `json:"cells" doc:"Cells that are not empty"`
	Answer  string     `json:"answer" doc:"anonymised, nobody, functional or lawful; empty while it waits"`
	At      *time.Time `json:"answered_at"`
}

// apiSigns answers GET /api/v1/datasets/{ref}/signs.
func (p *Pages) apiSigns(ctx context.Context, in *RefIn) (*signsOut, error) {
	by := web.ActorFrom(ctx)
	d, err := p.store.Get(ctx, by, in.Ref)
	if err != nil {
		return nil, err
	}
	if !told(by, d) {
		return nil, by.Must(identity.RecordDataset, d.Institution)
	}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	out := &signsOut{}
	out.Body.Items = []signOut{}
	for _, s := range d.Signs(v) {
		one := signOut{Key: s.Key(), Field: s.Field, Kind: s.Kind, Column: s.Column, Matches: s.Matches, Cells: s.Cells}
		if x := d.Answered(s); x != nil {
			at := x.At.UTC()
			one.Answer, one.At = string(x.Answer), &at
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

type declareIn struct {
	RefIn
	IfMatch string `header:"If-Match" doc:"The ETag that was decided on"`
	Key     string `header:"Idempotency-Key" maxLength:"200"`
	Body    struct {
		Answer     string   `json:"answer" doc:"anonymised, nobody, functional or lawful"`
		Note       string   `json:"note" doc:"Why, or which text asks for it"`
		Techniques []string `json:"techniques,omitempty" doc:"Of anonymised: removal, masking, pseudonyms, generalisation, aggregation, noise"`
		Checked    string   `json:"checked,omitempty" doc:"Of anonymised: day on which somebody tried to recognise a person and could not"`
		Covers     []string `json:"covers,omitempty" doc:"Keys of the signs it answers; every one that waits when left out"`
		Confirmed  bool     `json:"confirmed" doc:"The caller confirms the declaration under their name"`
	}
}

// apiDeclare answers POST /api/v1/datasets/{ref}/declaration.
func (p *Pages) apiDeclare(ctx context.Context, in *declareIn) (*datasetAnswer, error) {
	by := web.ActorFrom(ctx)
	revision, err := web.IfMatch(in.IfMatch, "dataset.stale_tag")
	if err != nil {
		return nil, err
	}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	x := inventory.PersonalRecord{
		Answer: inventory.Answer(in.Body.Answer), Note: in.Body.Note, Techniques: in.Body.Techniques,
		Checked: inventory.Date(in.Body.Checked), Covers: in.Body.Covers, Confirmed: in.Body.Confirmed,
	}
	return p.once(ctx, in.Key, "declare "+in.Ref, in.Body, func(s *inventorydb.Store) (*inventory.Dataset, error) {
		return s.Change(ctx, by, in.Ref, "dataset.declare", revision, func(d *inventory.Dataset) error {
			return d.Declare(by, x, v, p.now())
		})
	})
}
