package monitorweb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/web"
)

// Domains tells when the registrations end that active services stand on.
type Domains func(ctx context.Context) ([]domain.Standing, error)

// Registered shows domains beside certificates. Without it the pages know none.
func (p *Pages) Registered(domains Domains) *Pages {
	p.domains = domains
	return p
}

// domainLine is a domain whose end nobody knows.
type domainLine struct {
	Name, Why string
	Services  []expiryService
	More      int
}

// whyUnknown says why nobody knows when a registration ends.
func whyUnknown(p *web.Page, o domain.Outcome) string {
	if o == domain.Unasked {
		return p.T("domain.outcome.unasked")
	}
	return p.T("domain.outcome." + string(o))
}

// registrations reads the domains that end before a moment as lines among the
// certificates, and those whose end is unknown.
func (p *Pages) registrations(ctx context.Context, page *expiryPage, before time.Time) error {
	all, err := p.domains(ctx)
	if err != nil {
		return err
	}
	for n := range all {
		d := &all[n]
		until, byHand, known := d.Until()
		services, more := servicesOf(d)
		switch {
		case !known:
			page.Unknown = append(page.Unknown, domainLine{d.Name, whyUnknown(&page.Page, d.Outcome), services, more})
		case until.Before(before):
			l := expiryLine{
				Subject: d.Name, Issuer: d.Registrar, Role: page.T("domain.one"), Until: until, Left: page.left(until), Services: services, More: more,
			}
			if byHand {
				l.Role = page.T("domain.one_by_hand")
			}
			page.domains = append(page.domains, l)
		}
	}
	if len(page.Unknown) > shownExpiries {
		page.Unknown = page.Unknown[:shownExpiries]
	}
	slices.SortStableFunc(page.domains, func(a, b expiryLine) int { return a.Until.Compare(b.Until) })
	page.domains = page.domains[:min(len(page.domains), shownExpiries)]
	return nil
}

func servicesOf(d *domain.Standing) (shown []expiryService, more int) {
	for n, v := range d.Services {
		if n == shownOfExpiry {
			return shown, len(d.Services) - n
		}
		shown = append(shown, expiryService{v.Slug, v.Name})
	}
	return shown, 0
}

// urgent returns the domains of an urgency.
func (p *expiryPage) urgent(u monitor.Urgency) []expiryLine {
	var some []expiryLine
	for _, l := range p.domains {
		if monitor.UrgencyOf(l.Until, p.At) == u {
			some = append(some, l)
		}
	}
	return some
}

// domainEvents are the ends of registrations as a calendar has them.
func (p *Pages) domainEvents(ctx context.Context, host string, now time.Time) ([]notice.Event, error) {
	all, err := p.domains(ctx)
	if err != nil {
		return nil, err
	}
	tag, words := web.LangFrom(ctx), p.shell.Words()
	var events []notice.Event
	for n := range all {
		d := &all[n]
		until, _, known := d.Until()
		if !known || !until.Before(now.AddDate(1, 0, 0)) || len(events) == expiryMaxEvent {
			continue
		}
		names := make([]string, 0, len(d.Services))
		for _, v := range d.Services {
			names = append(names, v.Name.In(tag))
		}
		events = append(events, notice.Event{
			UID: fmt.Sprintf("domain-%s-%d@%s", d.Name, until.Unix(), host), Day: p.store.Day(until).In(p.store.Zone()), Stamp: until.AddDate(0, -1, 0),
			Summary: words.T(tag, "domain.event", d.Name), Text: strings.Join(names, "\n"), URL: p.shell.URL("/services/" + d.Services[0].Slug),
			Category: words.T(tag, "domain.one"), Alarm: alarmDays(until.Sub(now)),
		})
	}
	return events, nil
}

// domainFact is the registration that a check stands on, on a service's page.
type domainFact struct {
	Name, Why     string
	Until         time.Time
	Known, ByHand bool
}

// domainOf returns the registration of the check's host; nil when it has none.
func (p *Pages) domainOf(ctx context.Context, page *web.Page, target string) (*domainFact, error) {
	name, ok := domain.Of(target)
	if !ok {
		return nil, nil //nolint:nilnil // such a host has none
	}
	all, err := p.domains(ctx)
	if err != nil {
		return nil, err
	}
	for n := range all {
		if d := &all[n]; d.Name == name {
			f := &domainFact{Name: name, Why: whyUnknown(page, d.Outcome)}
			f.Until, f.ByHand, f.Known = d.Until()
			return f, nil
		}
	}
	return nil, nil //nolint:nilnil // nobody follows it
}
