package inventoryweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// lifeAPI adds revisions, comments, decisions on several datasets and the plan
// to the JSON API.
func (p *Pages) lifeAPI() {
	const all, one = "/api/v1/datasets", "/api/v1/datasets/{ref}"
	web.Register(p.shell, operation("dataset-revisions", http.MethodGet, one+"/revisions", "Its revisions, newest first"), p.apiRevisions)
	web.Register(p.shell, operation("dataset-revision", http.MethodGet, one+"/revisions/{revision}", "What was written in a revision"), p.apiRevision)
	web.Register(p.shell, operation("compare-revisions", http.MethodGet, one+"/revisions/{revision}/differences", "What changed since the revision against names"), p.apiDifferences)
	web.Register(p.shell, operation("restore-revision", http.MethodPost, one+"/revisions/{revision}/restoration", "Make an earlier revision the draft"), p.apiBringBack)
	web.Register(p.shell, operation("dataset-comments", http.MethodGet, one+"/comments", "What was said about its fields at the last return"), p.apiComments)
	web.Register(p.shell, operation("answer-comments", http.MethodPost, one+"/answers", "Answer comments"), p.apiAnswer)
	for _, x := range []struct {
		id, path, summary string
		of                func() several
		ready             func(inventorydb.Handed) bool
	}{
		{"approve-datasets", "approvals", "Approve several, each on the revision named", p.approvals, func(h inventorydb.Handed) bool {
			return h.State == inventory.Submitted && h.FirstStep != inventory.Waiting
		}},
		{"endorse-datasets", "endorsements", "Let several go on to the operator", p.endorsing, func(h inventorydb.Handed) bool {
			return h.State == inventory.Submitted && h.FirstStep == inventory.Waiting
		}},
		{"submit-datasets", "submissions", "Hand several over for review", p.submissions, func(h inventorydb.Handed) bool {
			return h.State == inventory.Draft || h.State == inventory.Returned
		}},
	} {
		op := operation(x.id, http.MethodPost, all+"/"+x.path, x.summary)
		web.Register(p.shell, op, func(ctx context.Context, in *severalIn) (*severalOut, error) {
			return p.apiSeveral(ctx, in, x.of(), x.ready)
		})
	}
	plan := huma.Operation{OperationID: "plan", Method: http.MethodGet, Path: "/api/v1/plan", Summary: "What is publicly planned to be opened, the most pressing first", Tags: []string{"Datasets"}}
	web.Register(p.shell, plan, p.apiPlan)
}

// endorseAct is the act of the head of an institution beside those of acts.
func endorseAct() act {
	return act{
		name: "endorse", path: "endorsement", summary: "Let a submission go on to the operator",
		rule: func(d *inventory.Dataset, by identity.Actor, _ actBody, _ *inventory.Vocabulary, now time.Time) error {
			return d.Endorse(by, now)
		},
	}
}

// RevisionOut is a revision without what was written. It is exported because
// huma reads no embedded struct that is not.
type RevisionOut struct {
	Revision int       `json:"revision"`
	State    string    `json:"state"`
	Act      string    `json:"act" example:"dataset.approve"`
	Hash     string    `json:"hash" doc:"Of what was written; empty on revisions from before they were kept"`
	Role     string    `json:"role"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

func shapeRevision(r inventory.Revision) RevisionOut {
	return RevisionOut{r.Revision, string(r.State), r.Act, r.Hash, string(r.Role), r.Reason, r.At.UTC()}
}

type revisionsOut struct {
	Body struct {
		Items []RevisionOut `json:"items"`
		Next  string        `json:"next"`
	}
}

// apiRevisions answers GET /api/v1/datasets/{ref}/revisions.
func (p *Pages) apiRevisions(ctx context.Context, in *RefIn) (*revisionsOut, error) {
	all, err := p.store.Revisions(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	out := &revisionsOut{}
	out.Body.Items = []RevisionOut{}
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, shapeRevision(r))
	}
	return out, nil
}

// RevisionIn names a revision of a dataset in the path.
type RevisionIn struct {
	RefIn
	Revision int `path:"revision" minimum:"1"`
}

type revisionAnswer struct {
	Body struct {
		RevisionOut
		Content datasetOut `json:"content" doc:"The dataset as it was written then"`
	}
}

// apiRevision answers GET /api/v1/datasets/{ref}/revisions/{revision}.
func (p *Pages) apiRevision(ctx context.Context, in *RevisionIn) (*revisionAnswer, error) {
	by := web.ActorFrom(ctx)
	d, err := p.store.Get(ctx, by, in.Ref)
	if err != nil {
		return nil, err
	}
	r, err := p.store.Revision(ctx, by, in.Ref, in.Revision)
	if err != nil {
		return nil, err
	}
	then := *d
	then.Content, then.Revision, then.State, then.UpdatedAt = *r.Content, r.Revision, r.State, r.At
	out := &revisionAnswer{}
	out.Body.RevisionOut, out.Body.Content = shapeRevision(*r), shape(&then, p.now())
	return out, nil
}

type differencesIn struct {
	RevisionIn
	Against int `query:"against" minimum:"1" doc:"The other revision; the present one when left out"`
}

type differencesOut struct {
	Body struct {
		From  int                    `json:"from"`
		To    int                    `json:"to"`
		Items []inventory.Difference `json:"items"`
	}
}

// apiDifferences answers GET /api/v1/datasets/{ref}/revisions/{revision}/differences.
func (p *Pages) apiDifferences(ctx context.Context, in *differencesIn) (*differencesOut, error) {
	by := web.ActorFrom(ctx)
	from, err := p.store.Revision(ctx, by, in.Ref, in.Revision)
	if err != nil {
		return nil, err
	}
	if in.Against == 0 {
		d, err := p.store.Get(ctx, by, in.Ref)
		if err != nil {
			return nil, err
		}
		in.Against = d.Revision
	}
	to, err := p.store.Revision(ctx, by, in.Ref, in.Against)
	if err != nil {
		return nil, err
	}
	out := &differencesOut{}
	out.Body.From, out.Body.To = in.Revision, in.Against
	out.Body.Items = append([]inventory.Difference{}, from.Content.Differences(*to.Content)...)
	return out, nil
}

type bringBackIn struct {
	RevisionIn
	IfMatch string `header:"If-Match" doc:"The ETag of the dataset as it was seen"`
}

// apiBringBack answers POST /api/v1/datasets/{ref}/revisions/{revision}/restoration.
func (p *Pages) apiBringBack(ctx context.Context, in *bringBackIn) (*datasetAnswer, error) {
	seen, err := web.IfMatch(in.IfMatch, "dataset.stale_tag")
	if err != nil {
		return nil, err
	}
	d, err := p.store.BringBack(ctx, web.ActorFrom(ctx), in.Ref, seen, in.Revision)
	if err != nil {
		return nil, err
	}
	return answer(d, p.now()), nil
}

type commentOut struct {
	ID       string    `json:"id"`
	Revision int       `json:"revision" doc:"The revision that was looked at"`
	Field    string    `json:"field" example:"title.fr"`
	Text     string    `json:"text"`
	Role     string    `json:"role"`
	At       time.Time `json:"at"`
	Done     bool      `json:"done"`
	Answer   string    `json:"answer"`
}

type commentsOut struct {
	Body struct {
		Items []commentOut `json:"items"`
		Next  string       `json:"next"`
	}
}

func shapeComments(all []inventory.ReviewComment) *commentsOut {
	out := &commentsOut{}
	out.Body.Items = []commentOut{}
	for _, c := range all {
		out.Body.Items = append(out.Body.Items,
			commentOut{c.ID, c.Revision, c.Field, c.Text, string(c.Role), c.At.UTC(), c.Done, c.Answer})
	}
	return out
}

// apiComments answers GET /api/v1/datasets/{ref}/comments.
func (p *Pages) apiComments(ctx context.Context, in *RefIn) (*commentsOut, error) {
	d, err := p.store.Get(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	all, err := p.store.Comments(ctx, d)
	if err != nil {
		return nil, err
	}
	return shapeComments(all), nil
}

type answersIn struct {
	RefIn
	Body struct {
		Answers map[string]commentAnswer `json:"answers" doc:"By the ids of the comments"`
	}
}

type commentAnswer struct {
	Done bool   `json:"done,omitempty"`
	Text string `json:"text,omitempty"`
}

// apiAnswer answers POST /api/v1/datasets/{ref}/answers.
func (p *Pages) apiAnswer(ctx context.Context, in *answersIn) (*commentsOut, error) {
	answers := map[string]inventory.CommentAnswer{}
	for id, a := range in.Body.Answers {
		answers[id] = inventory.CommentAnswer{Done: a.Done, Text: a.Text}
	}
	all, err := p.store.AnswerComments(ctx, web.ActorFrom(ctx), in.Ref, answers)
	if err != nil {
		return nil, err
	}
	return shapeComments(all), nil
}

type severalIn struct {
	Body struct {
		Items     []pickIn `json:"items,omitempty" maxItems:"500" doc:"What to decide on, each as it was seen"`
		Changeset string   `json:"changeset,omitempty" doc:"Or everything an applied import wrote that is ready and unchanged since"`
	}
}

type pickIn struct {
	Ref      string `json:"ref" example:"TN-MARHP-2026-0001"`
	Revision int    `json:"revision,omitempty"`
	Hash     string `json:"hash,omitempty"`
}

type severalOut struct {
	Body struct {
		Done  int         `json:"done"`
		Left  int         `json:"left"`
		Items []pickedOut `json:"items"`
	}
}

type pickedOut struct {
	Ref      string      `json:"ref"`
	Outcome  string      `json:"outcome" enum:"done,left"`
	Revision int         `json:"revision" doc:"That the act made; 0 when it was left"`
	Reasons  []reasonOut `json:"reasons"`
}

type reasonOut struct {
	Type   string `json:"type"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// apiSeveral answers POST /api/v1/datasets/{approvals|endorsements|submissions}.
func (p *Pages) apiSeveral(ctx context.Context, in *severalIn, x several, ready func(inventorydb.Handed) bool) (*severalOut, error) {
	by := web.ActorFrom(ctx)
	switch {
	case !by.Known():
		return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	case !by.MayAnywhere(x.act):
		return nil, fault.New(fault.Forbidden, "identity.forbidden", string(x.act))
	}
	var picks []inventory.Pick
	var left []inventory.Picked
	seen := map[string]bool{}
	for _, one := range in.Body.Items {
		if !seen[one.Ref] {
			seen[one.Ref] = true
			picks = append(picks, inventory.Pick{Ref: one.Ref, Seen: inventory.Seen{Revision: one.Revision, Hash: one.Hash}})
		}
	}
	switch {
	case in.Body.Changeset != "" && len(picks) > 0, in.Body.Changeset == "" && len(picks) == 0:
		return nil, fault.At("items", "dataset.pick.one_of")
	case in.Body.Changeset != "":
		var err error
		if picks, left, err = p.picksOf(ctx, by, in.Body.Changeset, ready); err != nil {
			return nil, err
		}
	}
	all, err := p.store.Each(ctx, by, "dataset."+x.name, picks,
		func(d *inventory.Dataset, v *inventory.Vocabulary) error { return x.rule(d, by, v) })
	if err != nil {
		return nil, err
	}
	return p.shapePicked(ctx, append(all, left...)), nil
}

func (p *Pages) shapePicked(ctx context.Context, all []inventory.Picked) *severalOut {
	out := &severalOut{}
	out.Body.Items = make([]pickedOut, 0, len(all))
	for _, one := range all {
		line := pickedOut{Ref: one.Ref, Outcome: "done", Revision: one.Revision, Reasons: []reasonOut{}}
		if one.Err != nil {
			line.Outcome = "left"
			out.Body.Left++
		} else {
			out.Body.Done++
		}
		for _, f := range fault.All(one.Err) {
			line.Reasons = append(line.Reasons, reasonOut{f.Key, f.Field, p.shell.Words().T(web.LangFrom(ctx), f.Key, f.Args...)})
		}
		out.Body.Items = append(out.Body.Items, line)
	}
	return out
}

type planIn struct {
	Institution string `query:"institution" doc:"Slug; bodies under it are included"`
}

type planLineOut struct {
	Ref         string            `json:"ref"`
	Institution string            `json:"institution"`
	Title       map[string]string `json:"title"`
	Life        string            `json:"life"`
	Plan        planOut           `json:"plan"`
}

type planListOut struct {
	Body struct {
		Items []planLineOut `json:"items"`
		Next  string        `json:"next"`
	}
}

// apiPlan answers GET /api/v1/plan.
func (p *Pages) apiPlan(ctx context.Context, in *planIn) (*planListOut, error) {
	lines, err := p.store.PublicPlan(ctx, in.Institution, p.beside.Requests)
	if err != nil {
		return nil, err
	}
	out := &planListOut{}
	out.Body.Items = make([]planLineOut, 0, len(lines))
	for _, l := range lines {
		out.Body.Items = append(out.Body.Items, planLineOut{
			Ref: l.Ref, Institution: l.Institution, Title: l.Content.Title.Clean(), Life: string(l.Life),
			Plan: shapePlan(l.Factors, l.FirstCommitted, l.Committed),
		})
	}
	return out, nil
}

// planOut is the plan of opening as the JSON API writes it.
type planOut struct {
	Demand      int    `json:"demand" doc:"1 little to 3 much; what was not judged is taken from the entry"`
	Duty        int    `json:"legal_duty"`
	Sensitivity int    `json:"sensitivity"`
	Effort      int    `json:"effort"`
	Priority    int    `json:"priority" doc:"demand × legal duty × (4 − sensitivity) × (4 − effort), 1 to 81"`
	Level       string `json:"level" enum:"high,medium,low"`
	First       string `json:"first_date" doc:"The first day of opening that was approved"`
	Committed   string `json:"committed_date" doc:"The one that stands"`
	Slipped     int    `json:"slipped_days"`
}

func shapePlan(f inventory.Factors, first, committed inventory.Date) planOut {
	return planOut{
		f.Demand, f.Duty, f.Sensitivity, f.Effort, f.Priority(), inventory.Level(f.Priority()),
		string(first), string(committed), inventory.Slipped(first, committed),
	}
}
