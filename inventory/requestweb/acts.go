package requestweb

import (
	"context"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/lang"
)

// requestActBody is what can be said with an act.
type requestActBody struct {
	Title       string    `json:"title,omitempty" doc:"publication: the title as everybody will read it"`
	Text        string    `json:"text,omitempty" doc:"publication: the text as everybody will read it"`
	Institution string    `json:"institution,omitempty" doc:"publication, assignment: slug of who answers"`
	Refusal     string    `json:"refusal,omitempty" doc:"refusal: personal, insult, advertising, unrelated, unclear or elsewhere"`
	Answer      lang.Text `json:"answer,omitempty" doc:"answer: in French, Arabic or both"`
	Dataset     string    `json:"dataset,omitempty" doc:"plan, link: ref of the dataset that will answer it"`
	Ground      string    `json:"ground,omitempty" doc:"decline: code of the legal ground"`
	Reason      lang.Text `json:"reason,omitempty" doc:"decline: in French, Arabic or both"`
	Into        string    `json:"into,omitempty" doc:"merge: ref of the request that asks for the same"`
}

// act is something that can be done to a message, at the desk and by the API.
type act struct {
	name, path, summary, done string
	do                        func(ctx context.Context, s *requestdb.Store, by identity.Actor, to target, in requestActBody) (*request.Request, error)
}

// target is the message an act is for, as its reader saw it.
type target struct {
	ref      string
	revision int // 0: any
}

// rule makes an act of a rule that changes one message.
func rule(name string, decide func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error) func(
	context.Context, *requestdb.Store, identity.Actor, target, requestActBody) (*request.Request, error) {
	return func(ctx context.Context, s *requestdb.Store, by identity.Actor, to target, in requestActBody) (*request.Request, error) {
		return s.Change(ctx, by, to.ref, name, to.revision, func(r *request.Request, t requestdb.Tools) error {
			return decide(r, by, in, t)
		})
	}
}

// acts lists the acts by their addresses, which are part of the contract.
func acts() []act {
	return append(moderation(), answers()...)
}

func moderation() []act {
	return []act{
		{
			"publish", "publication", "Show a message to everybody, in the moderator's words", "request.done.publish",
			rule("publish", func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error {
				return r.Publish(by, in.Title, in.Text, in.Institution, t.Now)
			}),
		},
		{
			"refuse", "refusal", "Keep a message from the public", "request.done.refuse",
			rule("refuse", func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error {
				return r.Refuse(by, request.Refusal(in.Refusal), t.Now)
			}),
		},
		{
			"assign", "assignment", "Hand it to an institution; the clock goes on", "request.done.assign",
			rule("assign", func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error {
				return r.Assign(by, in.Institution, t.Now)
			}),
		},
		{
			"merge", "merge", "Count it as support of another request", "request.done.merge",
			func(ctx context.Context, s *requestdb.Store, by identity.Actor, to target, in requestActBody) (*request.Request, error) {
				return s.Merge(ctx, by, to.ref, in.Into, to.revision)
			},
		},
		{
			"propose", "proposal", "Inventory what is asked for, as something to be opened", "request.done.propose",
			func(ctx context.Context, s *requestdb.Store, by identity.Actor, to target, _ requestActBody) (*request.Request, error) {
				return s.Propose(ctx, by, to.ref, to.revision)
			},
		},
	}
}

func answers() []act {
	return []act{
		{
			"answer", "answer", "Answer in public", "request.done.answer",
			rule("answer", func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error {
				return r.Reply(by, in.Answer, t.Calendar, t.Now)
			}),
		},
		{
			"plan", "plan", "Promise a dataset of the register, with the day of its opening", "request.done.plan",
			rule("plan", func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error {
				p, err := promised(t, in.Dataset)
				if err != nil {
					return err
				}
				return r.Plan(by, p, t.Calendar, t.Now)
			}),
		},
		{
			"link", "link", "Name the dataset it is about, before a day is known", "request.done.link",
			rule("link", func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error {
				p, err := promised(t, in.Dataset)
				if err != nil {
					return err
				}
				return r.Link(by, p, t.Calendar, t.Now)
			}),
		},
		{
			"decline", "decline", "Say that the data stay closed, on which ground and why", "request.done.decline",
			rule("decline", func(r *request.Request, by identity.Actor, in requestActBody, t requestdb.Tools) error {
				return r.Decline(by, in.Ground, in.Reason, t.Rules, t.Calendar, t.Now)
			}),
		},
		{
			"close", "closing", "End what was answered", "request.done.close",
			rule("close", func(r *request.Request, by identity.Actor, _ requestActBody, t requestdb.Tools) error {
				return r.Close(by, t.Now)
			}),
		},
	}
}

// promised looks a dataset up; an empty ref is the rule's to refuse.
func promised(t requestdb.Tools, ref string) (request.Promise, error) {
	if ref == "" {
		return request.Promise{}, nil
	}
	return t.Promise(ref)
}
