package request

import (
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// MayModerate tells whether the actor decides what of the message the public
// sees: the operator always; who answers for a dataset for feedback on it.
func (r *Request) MayModerate(by identity.Actor) error {
	if r.Kind == Data || r.State != Received {
		return by.Must(identity.TriageRequest, r.Institution)
	}
	return by.Must(identity.AnswerRequest, r.Institution)
}

// Publish shows the message to everybody in the words of the moderator, who
// may have taken out what is nobody's business. A request for data goes to the
// institution when one is named; feedback stays with the dataset's.
func (r *Request) Publish(by identity.Actor, title, text, institution string, now time.Time) error {
	if err := r.MayModerate(by); err != nil {
		return err
	}
	if r.State != Received {
		return r.wrongState("request.publish.state")
	}
	title, text = strings.Join(strings.Fields(CleanText(title)), " "), CleanText(text)
	var f faults
	if r.Kind == Data {
		f.words("title", title, MaxTitle, true)
		r.Institution = strings.TrimSpace(institution)
	} else {
		title = ""
	}
	f.words("text", text, MaxText, r.Kind != Data)
	if err := f.err(); err != nil {
		return err
	}
	r.PublicTitle, r.PublicText, r.PublishedAt = title, text, &now
	r.Words = Stems(title)
	switch {
	case !r.Kind.Owed():
		r.move(Closed, "publish", now)
	case r.Institution == "":
		r.move(Accepted, "publish", now)
	default:
		r.move(Assigned, "publish", now)
	}
	return nil
}

// Refuse keeps the message from the public, or takes it back, for one of the
// known reasons. Who sent it is told which.
func (r *Request) Refuse(by identity.Actor, why Refusal, now time.Time) error {
	if err := r.MayModerate(by); err != nil {
		return err
	}
	if !r.oneOf(Received, Accepted, Assigned) {
		return r.wrongState("request.refuse.state")
	}
	known := false
	for _, one := range Refusals() {
		known = known || one == why
	}
	if !known {
		return fault.At("refusal", "request.refusal.unknown")
	}
	r.Refusal, r.Tell = why, NewsRefused
	r.move(Refused, "refuse", now)
	return nil
}

// Assign hands the message to an institution. The clock goes on: whose turn it
// is changes nothing for who waits.
func (r *Request) Assign(by identity.Actor, institution string, now time.Time) error {
	if err := by.Must(identity.TriageRequest, r.Institution); err != nil {
		return err
	}
	institution = strings.TrimSpace(institution)
	switch {
	case !r.oneOf(Accepted, Assigned, Planned):
		return r.wrongState("request.assign.state")
	case institution == "":
		return fault.At("institution", "fault.required")
	case institution == r.Institution:
		return fault.At("institution", "request.assign.same")
	}
	if r.Institution != "" {
		r.Moves++
	}
	r.Institution = institution
	to := r.State
	if to == Accepted {
		to = Assigned
	}
	r.move(to, "assign", now)
	return nil
}

// Reply answers in public, in French, Arabic or both.
func (r *Request) Reply(by identity.Actor, answer lang.Text, c *inventory.Workdays, now time.Time) error {
	if err := r.mayAnswer(by); err != nil {
		return err
	}
	thanked := r.State == Closed && r.Outcome == "" // nothing was owed, and yet somebody answers
	if !r.oneOf(Accepted, Assigned, Planned) && !thanked {
		return r.wrongState("request.answer.state")
	}
	answer, err := cleanAnswer(answer, "answer", MaxAnswer)
	if err != nil {
		return err
	}
	r.Answer = answer
	r.decide(Answered, "answer", c, now)
	r.Tell = NewsAnswered
	return nil
}

// Plan promises the data: a dataset of the register that is to be opened by a day.
func (r *Request) Plan(by identity.Actor, p Promise, c *inventory.Workdays, now time.Time) error {
	if err := r.mayAnswer(by); err != nil {
		return err
	}
	switch {
	case r.Kind != Data:
		return fault.New(fault.Conflict, "request.plan.feedback")
	case !r.oneOf(Accepted, Assigned, Planned):
		return r.wrongState("request.plan.state")
	case p.Dataset == "":
		return fault.At("dataset", "fault.required")
	case p.Institution != r.Institution && r.Institution != "" && !by.May(identity.AnswerRequest, p.Institution):
		return fault.At("dataset", "request.plan.foreign", p.Dataset)
	case p.Gone:
		return fault.At("dataset", "request.plan.gone", p.Dataset)
	case p.Day == "" && !p.Open:
		return fault.At("dataset", "request.plan.no_date", p.Dataset)
	}
	r.Dataset, r.PlannedFor = p.Dataset, p.Day
	if r.Institution == "" {
		r.Institution = p.Institution
	}
	if p.Open {
		r.open(c, now)
		return nil
	}
	r.decide(Planned, "plan", c, now)
	r.Tell = NewsPlanned
	return nil
}

// Promise is the dataset that a request is to be answered with.
type Promise struct {
	Dataset     string // ref
	Institution string
	Day         inventory.Date // its committed opening
	Open        bool           // it can be had already
	Gone        bool           // withdrawn
}

// Follow brings a request up to date with its dataset: opened, moved, or gone.
// It tells whether anything happened. The program does this by itself; doing it
// twice is as doing it once.
func (r *Request) Follow(p Promise, c *inventory.Workdays, now time.Time) bool {
	if r.Kind != Data || r.Dataset == "" || !r.oneOf(Accepted, Assigned, Planned) {
		return false
	}
	switch {
	case p.Gone && r.State == Planned:
		// The promise is void, and who asked waits as before: the clock shows it.
		r.Dataset, r.PlannedFor, r.Outcome, r.AnsweredAt, r.TookDays = "", "", "", nil, nil
		r.move(Assigned, "plan_lost", now)
		r.Tell = NewsMoved
	case p.Gone:
		return false
	case p.Open:
		r.open(c, now)
	case r.State == Planned && p.Day != r.PlannedFor && p.Day != "":
		r.PlannedFor = p.Day
		r.move(Planned, "replan", now)
		r.Tell = NewsMoved
	default:
		return false
	}
	return true
}

func (r *Request) open(c *inventory.Workdays, now time.Time) {
	r.decide(Opened, "open", c, now)
	r.Tell = NewsOpened
}

// Decline says that the data will not be opened, on which ground, and why.
func (r *Request) Decline(
	by identity.Actor, ground string, reason lang.Text, rules *Rules, c *inventory.Workdays, now time.Time,
) error {
	if err := r.mayAnswer(by); err != nil {
		return err
	}
	switch {
	case r.Kind != Data:
		return fault.New(fault.Conflict, "request.decline.feedback")
	case !r.oneOf(Accepted, Assigned, Planned):
		return r.wrongState("request.decline.state")
	}
	var f faults
	if _, ok := rules.Ground(ground); !ok {
		if ground == "" {
			f.at("ground", "fault.required")
		} else {
			f.at("ground", "request.ground.unknown")
		}
	}
	reason, err := cleanAnswer(reason, "reason", MaxReason)
	if err != nil {
		f = append(f, err)
	}
	if err := f.err(); err != nil {
		return err
	}
	r.Ground, r.Answer, r.PlannedFor = ground, reason, ""
	r.decide(Declined, "decline", c, now)
	r.Tell = NewsDeclined
	return nil
}

// Merge makes the request support of another one that asks for the same.
func (r *Request) Merge(by identity.Actor, into *Request, now time.Time) error {
	if err := by.Must(identity.TriageRequest, r.Institution); err != nil {
		return err
	}
	switch {
	case r.Kind != Data || into.Kind != Data:
		return fault.New(fault.Conflict, "request.merge.feedback")
	case into.Ref == r.Ref:
		return fault.At("into", "request.merge.itself")
	case !r.oneOf(Received, Accepted, Assigned):
		return r.wrongState("request.merge.state")
	case !into.State.Supportable():
		return fault.At("into", "request.merge.closed", into.Ref)
	}
	into.Supports += 1 + r.Supports
	into.move(into.State, "support", now)
	r.MergedInto, r.Tell = into.Ref, NewsMerged
	r.move(Merged, "merge", now)
	return nil
}

// Support counts one more person who asks for the same.
func (r *Request) Support(now time.Time) error {
	switch {
	case !r.State.Public():
		return fault.New(fault.NotFound, "fault.not_found")
	case r.Kind != Data || !r.State.Supportable():
		return fault.New(fault.Conflict, "request.support.closed")
	}
	r.Supports++
	r.UpdatedAt = now
	return nil
}

// Close ends a message whose answer stood for a while.
func (r *Request) Close(by identity.Actor, now time.Time) error {
	if err := r.mayAnswer(by); err != nil {
		return err
	}
	if !r.oneOf(Answered, Declined, Opened) {
		return r.wrongState("request.close.state")
	}
	final := *r.FinalAt // closing is no answer: addresses are not kept longer for it
	r.move(Closed, "close", now)
	r.FinalAt = &final
	return nil
}

// mayAnswer asks for the permission to answer; what nobody was named for is the operator's.
func (r *Request) mayAnswer(by identity.Actor) error {
	return by.Must(identity.AnswerRequest, r.Institution)
}

// decide ends the waiting, and stops the clock the first time.
func (r *Request) decide(to State, act string, c *inventory.Workdays, now time.Time) {
	if r.AnsweredAt == nil {
		took := Took(c, r.ReceivedAt, now)
		r.AnsweredAt, r.TookDays = &now, &took
	}
	r.Outcome = to
	r.move(to, act, now)
}

func (r *Request) wrongState(key string) error {
	return fault.New(fault.Conflict, key, string(r.State))
}

// cleanAnswer checks what an officer typed in one language or two.
func cleanAnswer(x lang.Text, field string, limit int) (lang.Text, error) {
	out := lang.Text{}
	var f faults
	for _, tag := range []lang.Tag{lang.French, lang.Arabic} {
		s := CleanText(x[string(tag)])
		if s == "" {
			continue
		}
		f.words(field+"."+string(tag), s, limit, true)
		out[string(tag)] = s
	}
	if len(out) == 0 {
		f.at(field+".fr", "request.answer.required")
	}
	return out, f.err()
}
