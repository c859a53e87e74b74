// Package mandate knows who answers for open data: the officer of each
// institution and her hand-overs, and the advisory committee with its terms and
// its advice. Rules only.
package mandate

import (
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// State says how far a designation has come.
type State string

// The states. Whether a confirmed one is in force is a question of time.
const (
	Proposed  State = "proposed"  // entered, waits for the person designated
	Confirmed State = "confirmed" // accepted, or recorded by the operator
	Declined  State = "declined"  // refused, or taken back
)

// Designation is one person's time as officer of one institution. It is never
// overwritten by the next one's: the history stays.
type Designation struct {
	ID          string `gorm:"primaryKey"`
	Institution string
	Account     string // who is designated
	Deputy      string // who acts while she is away; empty when nobody was named
	Function    string // what the public reads instead of a name
	Mailbox     string // of the function, for the public
	ActRef      string // the head's decision: "n° 2026-14"
	ActDay      inventory.Date
	StartsOn    inventory.Date
	EndsOn      inventory.Date // last day; empty while open
	AwayFrom    inventory.Date // the deputy acts from this day …
	AwayUntil   inventory.Date // … to this one
	State       State
	From        *time.Time `gorm:"column:from_at"`  // in charge since; nil before it is confirmed
	Until       *time.Time `gorm:"column:until_at"` // the first instant in charge no more; nil while nothing ended it
	Reason      string     // why it was declined or ended
	ProposedBy  string     // account
	ProposedAt  time.Time
	DecidedBy   string
	DecidedAt   *time.Time
	RequestKey  string // names the request that made it, so that the same one makes no second
}

// Person is an account as this room needs to know it.
type Person struct {
	Account     string
	Name        string
	Role        identity.Role
	Institution string
	DisabledAt  *time.Time
}

// Off tells whether the account opened nothing at t.
func (p Person) Off(t time.Time) bool { return p.DisabledAt != nil && !t.Before(*p.DisabledAt) }

// People are accounts by id.
type People map[string]Person

// off tells whether the account is unknown or opens nothing at t.
func (p People) off(account string, t time.Time) bool {
	one, known := p[account]
	return !known || one.Off(t)
}

// Proposal is what somebody enters.
type Proposal struct {
	Account, Deputy, Function, Mailbox, ActRef string
	ActDay, StartsOn, EndsOn                   inventory.Date
}

// Propose enters a designation: the head of the institution or the operator
// may, and the officer in charge may name who takes over from her. It takes
// effect when it is accepted.
func Propose(
	by identity.Actor, institution string, p Proposal, people People, tree identity.Tree, before []Designation, now time.Time,
) (*Designation, error) {
	current, held := InCharge(before, now)
	if !held || current.Account != by.Account || by.Account == "" {
		if err := by.Must(identity.DesignateOfficer, institution); err != nil {
			return nil, err
		}
	}
	if i, ok := tree[institution]; !ok || !i.Exists(now) {
		return nil, fault.At("institution", "mandate.institution.unknown")
	}
	for _, d := range before {
		if d.State == Proposed {
			return nil, fault.New(fault.Conflict, "mandate.proposal.exists")
		}
	}
	p = p.clean()
	if err := p.check(institution, people, tree, now); err != nil {
		return nil, err
	}
	return &Designation{
		Institution: institution, Account: p.Account, Deputy: p.Deputy, Function: p.Function, Mailbox: p.Mailbox,
		ActRef: p.ActRef, ActDay: p.ActDay, StartsOn: p.StartsOn, EndsOn: p.EndsOn, State: Proposed,
		ProposedBy: by.Account, ProposedAt: now,
	}, nil
}

func (p Proposal) clean() Proposal {
	for _, s := range []*string{&p.Account, &p.Deputy, &p.Function, &p.Mailbox, &p.ActRef} {
		*s = strings.TrimSpace(*s)
	}
	p.Mailbox = strings.ToLower(p.Mailbox)
	return p
}

// check says everything that is wrong with a proposal.
func (p Proposal) check(institution string, people People, tree identity.Tree, now time.Time) error {
	f := &faults{}
	if p.Account == "" {
		f.at("account", "fault.required")
	} else if !Eligible(people[p.Account], institution, tree, now) {
		f.at("account", "mandate.account.unfit")
	}
	switch {
	case p.Deputy == "":
	case p.Deputy == p.Account:
		f.at("deputy", "mandate.deputy.same")
	case !Eligible(people[p.Deputy], institution, tree, now):
		f.at("deputy", "mandate.account.unfit")
	}
	f.line("function", p.Function, maxLine, true)
	f.line("mailbox", p.Mailbox, 254, true)
	if p.Mailbox != "" && !mailbox(p.Mailbox) {
		f.at("mailbox", "mandate.mailbox.invalid")
	}
	f.line("act_ref", p.ActRef, maxLine, true)
	today := inventory.DateOf(now, inventory.Tunis())
	if f.day("act_day", p.ActDay, true) && p.ActDay > today {
		f.at("act_day", "mandate.act_day.future")
	}
	sound := f.day("starts_on", p.StartsOn, true)
	if f.day("ends_on", p.EndsOn, false) && sound && p.EndsOn != "" {
		switch {
		case p.EndsOn < p.StartsOn:
			f.at("ends_on", "mandate.ends_on.before")
		case p.EndsOn < today:
			f.at("ends_on", "mandate.ends_on.past")
		}
	}
	return f.join()
}

// Eligible tells whether the person may be officer of the institution: an
// officer's account in use, of the institution or of a body above it.
func Eligible(p Person, institution string, tree identity.Tree, now time.Time) bool {
	if p.Account == "" || p.Role != identity.Officer || p.Off(now) {
		return false
	}
	return slices.Contains(Chain(tree, institution), p.Institution)
}

// Chain lists the institution and the bodies above it, nearest first.
func Chain(tree identity.Tree, institution string) []string {
	var chain []string
	for range len(tree) + 1 {
		if institution == "" {
			break
		}
		chain = append(chain, institution)
		institution = tree[institution].Parent
	}
	return chain
}

// Measures of what people type.
const (
	maxLine = 200
	maxNote = 1_000
	maxText = 10_000
)

// faults gathers what is wrong with an input.
type faults []error

func (f *faults) at(field, key string, args ...any) { *f = append(*f, fault.At(field, key, args...)) }

func (f *faults) join() error { return errors.Join(*f...) }

// text checks the length and the letters of what was typed.
func (f *faults) text(field, s string, limit int, must bool) {
	switch {
	case must && strings.TrimSpace(s) == "":
		f.at(field, "fault.required")
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		f.at(field, "fault.utf8")
	case utf8.RuneCountInString(s) > limit:
		f.at(field, "fault.too_long", limit)
	}
}

// line is text of one line.
func (f *faults) line(field, s string, limit int, must bool) {
	before := len(*f)
	f.text(field, s, limit, must)
	if len(*f) == before && strings.ContainsAny(s, "\r\n\t") {
		f.at(field, "fault.one_line")
	}
}

// day checks a date and tells whether it can be compared.
func (f *faults) day(field string, d inventory.Date, must bool) bool {
	switch {
	case d == "" && must:
		f.at(field, "fault.required")
	case !d.Plausible():
		f.at(field, "fault.date", clip(string(d)))
	default:
		return true
	}
	return false
}

// clip shortens what was typed before a message repeats it.
func clip(s string) string {
	if r := []rune(strings.ToValidUTF8(s, "�")); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

func mailbox(s string) bool {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || strings.ContainsAny(s, "<>\" ") {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".")
}
