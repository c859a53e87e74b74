package domainweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	const all = "/api/v1/domains"
	operation := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Domains"}}
	}
	web.Register(p.shell, operation("list-domains", http.MethodGet, all, "Domains that services stand on, and when their registrations end"), p.apiList)
	web.Register(p.shell, operation("enter-domain", http.MethodPatch, all+"/{name}", "Enter the day that was read at the registrar"), p.apiEnter)
}

// domainAnswer is a domain in the JSON API.
type domainAnswer struct {
	Name      string     `json:"name" doc:"As it is registered"`
	ExpiresAt *time.Time `json:"expires_at" doc:"When the registration ends, as far as anybody knows"`
	Source    string     `json:"source" enum:"registry,person," doc:"Who says so"`
	Outcome   string     `json:"outcome" doc:"Of the last question to the registry: ok, or why there is no day; unasked before the first"`
	Registrar string     `json:"registrar"`
	AskedAt   *time.Time `json:"asked_at"`
	Services  []string   `json:"services" doc:"Slugs of those that the caller may see"`
}

type domainsOut struct {
	Body struct {
		Items []domainAnswer `json:"items"`
		Next  string         `json:"next" doc:"Always empty: there are few"`
	}
}

func (p *Pages) apiList(ctx context.Context, _ *struct{}) (*domainsOut, error) {
	by := web.ActorFrom(ctx)
	if err := by.Must(identity.ReadServices, by.Institution); err != nil {
		return nil, err
	}
	all, err := p.store.All(ctx)
	if err != nil {
		return nil, err
	}
	out := &domainsOut{}
	out.Body.Items = []domainAnswer{}
	for n := range all {
		if a := answerOf(&all[n], by); len(a.Services) > 0 {
			out.Body.Items = append(out.Body.Items, a)
		}
	}
	return out, nil
}

func answerOf(s *domain.Standing, by identity.Actor) domainAnswer {
	a := domainAnswer{Name: s.Name, Outcome: word(s.Outcome), Registrar: s.Registrar, AskedAt: s.AskedAt, Services: []string{}}
	if at, byHand, known := s.Until(); known {
		a.ExpiresAt, a.Source = &at, "registry"
		if byHand {
			a.Source = "person"
		}
	}
	for _, v := range s.Services {
		if by.May(identity.ReadServices, v.Institution) {
			a.Services = append(a.Services, v.Slug)
		}
	}
	return a
}

type enterDomainIn struct {
	Name string `path:"name" maxLength:"253"`
	Body struct {
		Until string `json:"until" maxLength:"20" doc:"A day, 2027-03-31; empty takes it back"`
	}
}

func (p *Pages) apiEnter(ctx context.Context, in *enterDomainIn) (*struct{}, error) {
	day, err := readDay(in.Body.Until)
	if err != nil {
		return nil, err
	}
	return nil, p.store.Enter(ctx, web.ActorFrom(ctx), in.Name, day)
}
