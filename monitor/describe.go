package monitor

import (
	"regexp"
	"slices"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Description is what people want to know of a service before they use it, and
// what catalogues of services ask for. Each part is optional: what is not known
// is left out, and never guessed.
type Description struct {
	Text     lang.Text `json:"text,omitempty" doc:"What the service does, and for whom"`
	Audience []string  `json:"audience,omitempty" doc:"citizens, businesses, administrations"`
	Cost     *float64  `json:"cost,omitempty" doc:"In dinars; 0 is free"`
	CostNote lang.Text `json:"cost_note,omitempty" doc:"What the cost depends on"`
	Days     int       `json:"days,omitempty" doc:"How many days the answer usually takes"`
	Phone    string    `json:"phone,omitempty" doc:"Where people may ask" example:"+216 71 000 000"`
	Email    string    `json:"email,omitempty"`
	Page     string    `json:"page,omitempty" doc:"A page on how to reach somebody"`
}

// Limits of a description.
const (
	MaxDescription = 2000
	MaxCost        = 100_000
	MaxDays        = 1000
	maxContact     = 100
)

// Audiences lists whom a service may be for.
func Audiences() []string { return []string{"citizens", "businesses", "administrations"} }

var (
	phoneForm = regexp.MustCompile(`^\+?[0-9][0-9 .\-/()]{2,29}$`)
	emailForm = regexp.MustCompile(`^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+$`)
)

// empty tells whether nothing is described.
func (d *Description) empty() bool {
	return d.Text.Empty() && len(d.Audience) == 0 && d.Cost == nil && d.CostNote.Empty() && d.Days == 0 && d.Phone == "" && d.Email == "" && d.Page == ""
}

func (d *Description) tidy() {
	d.Text, d.CostNote = d.Text.Clean(), d.CostNote.Clean()
	d.Phone, d.Email, d.Page = strings.TrimSpace(d.Phone), strings.TrimSpace(d.Email), strings.TrimSpace(d.Page)
}

// faults returns what is wrong with d, which may be nil.
func (d *Description) faults(at string) []error {
	if d == nil {
		return nil
	}
	d.tidy()
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	for _, tag := range lang.All() {
		faults = append(faults, textFault(at+"text."+string(tag), d.Text[string(tag)], MaxDescription),
			textFault(at+"cost_note."+string(tag), d.CostNote[string(tag)], MaxName))
	}
	for _, who := range d.Audience {
		add(!slices.Contains(Audiences(), who), "audience", "describe.audience", who)
	}
	add(d.Cost != nil && !(*d.Cost >= 0 && *d.Cost <= MaxCost), "cost", "describe.cost", MaxCost)
	add(d.Days < 0 || d.Days > MaxDays, "days", "describe.days", MaxDays)
	add(d.Phone != "" && !phoneForm.MatchString(d.Phone), "phone", "describe.phone")
	add(d.Email != "" && (len(d.Email) > maxContact || !emailForm.MatchString(d.Email)), "email", "describe.email")
	if d.Page != "" {
		faults = append(faults, addressFault(at+"page", d.Page))
	}
	return slices.DeleteFunc(faults, func(err error) bool { return err == nil })
}

// Describe puts a description, nil when nothing of it is said.
func (s *ServiceSettings) Describe(d Description) {
	d.tidy()
	if s.Description = nil; !d.empty() {
		s.Description = &d
	}
}
