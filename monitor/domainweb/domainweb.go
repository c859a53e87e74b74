// Package domainweb is the desk's page of domains: when each registration
// ends, who said so, and the day a person enters where no registry answers.
package domainweb

import (
	"context"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/web"
)

// Store keeps domains.
type Store interface {
	All(ctx context.Context) ([]domain.Standing, error)
	Enter(ctx context.Context, by identity.Actor, name string, day *time.Time) error
}

// Pages are the desk's page of domains.
type Pages struct {
	shell *web.Shell
	store Store
	names func(ctx context.Context, accounts []string) (map[string]string, error)
}

// New returns the pages. Names tells what accounts are called.
func New(shell *web.Shell, store Store, names func(ctx context.Context, accounts []string) (map[string]string, error)) *Pages {
	return &Pages{shell, store, names}
}

// Routes adds the page to the shell.
func (p *Pages) Routes() {
	r := p.shell.Engine()
	r.GET("/desk/domains", p.shell.Handle(p.list))
	r.POST("/desk/domains/:name", p.shell.Handle(p.enter))
	p.api()
}

// page is /desk/domains.
type page struct {
	web.Page
	Lines   []line
	Faults  web.Faults
	Of      string // the domain that Faults and Typed are about
	Typed   string
	Nothing web.Empty
}

type line struct {
	Name, Registrar, Left, Why string
	Until                      time.Time
	Known, ByHand, Keeps       bool
	Mark                       web.Mark
	Entered                    string // the day as a form has it
	EnteredBy                  string
	EnteredAt                  *time.Time
	AskedAt                    *time.Time
	Services                   []service
}

type service struct {
	Slug string
	Name lang.Text
}

// list answers GET /desk/domains.
func (p *Pages) list(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	return p.show(c, by, page{}, nil)
}

// show shows the domains of the services that by may see.
func (p *Pages) show(c *gin.Context, by identity.Actor, shown page, wrong error) error {
	ctx := c.Request.Context()
	all, err := p.store.All(ctx)
	if err != nil {
		return err
	}
	shown.Page = p.shell.Page(c, "domain.title")
	var accounts []string
	for n := range all {
		if all[n].EnteredBy != "" {
			accounts = append(accounts, all[n].EnteredBy)
		}
	}
	names, err := p.names(ctx, accounts)
	if err != nil {
		return err
	}
	for n := range all {
		if one, ok := lineOf(&shown.Page, &all[n], by, p.shell.Now()); ok {
			one.EnteredBy = names[all[n].EnteredBy]
			shown.Lines = append(shown.Lines, one)
		}
	}
	shown.Nothing = shown.Empty("domain.none", "domain.none_text")
	if wrong != nil {
		shown.Faults = p.shell.Faults(c, wrong)
		return p.shell.ShowFault(c, wrong, "domain_list", shown)
	}
	return p.shell.Show(c, "domain_list", shown)
}

// lineOf writes one domain; ok tells whether by may see a service on it.
func lineOf(p *web.Page, s *domain.Standing, by identity.Actor, now time.Time) (l line, ok bool) {
	l = line{
		Name: s.Name, Registrar: s.Registrar, Keeps: s.Keeps(by), EnteredAt: s.EnteredAt, AskedAt: s.AskedAt,
		Why: p.T("domain.outcome." + word(s.Outcome)), Mark: p.Mark("unknown", "domain.unknown_end"),
	}
	if s.EnteredAs != nil {
		l.Entered = s.EnteredAs.Format(time.DateOnly)
	}
	if l.Until, l.ByHand, l.Known = s.Until(); l.Known {
		u := monitor.UrgencyOf(l.Until, now)
		l.Mark = p.Mark(map[monitor.Urgency]string{
			monitor.Expired: "down", monitor.InAWeek: "late", monitor.InTwoWeeks: "slow", monitor.InAMonth: "due", monitor.Later: "open",
		}[u], "standing.expiry.in."+string(u))
	}
	for _, v := range s.Services {
		if by.May(identity.ReadServices, v.Institution) {
			l.Services = append(l.Services, service{v.Slug, v.Name})
		}
	}
	return l, len(l.Services) > 0
}

// word is the name of an outcome in sentences.
func word(o domain.Outcome) string {
	if o == domain.Unasked {
		return "unasked"
	}
	return string(o)
}

// enter answers POST /desk/domains/{name}: the day that somebody read at the
// registrar, nothing to take it back.
func (p *Pages) enter(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	name, typed := c.Param("name"), strings.TrimSpace(c.PostForm("until"))
	day, err := readDay(typed)
	if err == nil {
		err = p.store.Enter(c.Request.Context(), by, name, day)
	}
	if web.Correctable(err) {
		return p.show(c, by, page{Of: name, Typed: typed}, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/domains", "domain.flash.entered")
}

// readDay reads a day as a form sends it; nothing is none.
func readDay(typed string) (*time.Time, error) {
	if typed == "" {
		return nil, nil //nolint:nilnil // no day is an answer
	}
	day, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		return nil, fault.At("until", "domain.day")
	}
	return &day, nil
}
