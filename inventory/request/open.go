package request

import (
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Demand is how many people ask for the same: who asked first, and who joined.
func (r *Request) Demand() int {
	if r.Kind != Data || r.State == Refused || r.State == Merged {
		return 0
	}
	return 1 + r.Supports
}

// Proposed tells whether the demand makes an opening due that nobody has
// begun: information asked for at least so often is to be published.
func (r *Request) Proposed(rules *Rules) bool {
	return r.Kind == Data && r.oneOf(Accepted, Assigned) && r.Dataset == "" && r.Demand() >= rules.Repeated()
}

// MayPropose tells whether the actor may have an entry inventoried for it.
func (r *Request) MayPropose(by identity.Actor, rules *Rules) error {
	if err := by.Must(identity.TriageRequest, r.Institution); err != nil {
		return err
	}
	switch {
	case !r.Proposed(rules):
		return fault.New(fault.Conflict, "request.propose.state")
	case r.Institution == "":
		return fault.New(fault.Conflict, "request.propose.nobody")
	}
	return nil
}

// Propose links the request to the entry that was inventoried for it. Who
// waits goes on waiting: the officer has to name a day.
func (r *Request) Propose(dataset string, now time.Time) {
	r.Dataset = dataset
	r.move(r.State, "propose", now)
}

// Link names the entry of the register that the request is about, before a day
// is known: it raises that entry's demand. When the data are open already the
// request is answered by it.
func (r *Request) Link(by identity.Actor, p Promise, c *inventory.Workdays, now time.Time) error {
	if err := r.mayAnswer(by); err != nil {
		return err
	}
	switch {
	case r.Kind != Data:
		return fault.New(fault.Conflict, "request.plan.feedback")
	case !r.oneOf(Accepted, Assigned):
		return r.wrongState("request.plan.state")
	case p.Dataset == "":
		return fault.At("dataset", "fault.required")
	case p.Institution != r.Institution && !by.May(identity.AnswerRequest, p.Institution):
		return fault.At("dataset", "request.plan.foreign", p.Dataset)
	case p.Gone:
		return fault.At("dataset", "request.plan.gone", p.Dataset)
	}
	r.Dataset = p.Dataset
	if r.Institution == "" {
		r.Institution = p.Institution
		r.State = Assigned
	}
	if p.Open {
		r.open(c, now)
		return nil
	}
	r.move(r.State, "link", now)
	return nil
}
