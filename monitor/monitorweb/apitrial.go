package monitorweb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// tryIn is a check to try.
type tryIn struct {
	Body struct {
		Institution string                   `json:"institution,omitempty" doc:"Slug of the body the service belongs to" example:"mi"`
		Service     string                   `json:"service,omitempty" doc:"Slug of the stored service that the check is for: its secrets are there for it" maxLength:"100"`
		URL         string                   `json:"url,omitempty" doc:"The service's address, looked at when the check names no target"`
		Settings    *monitor.ServiceSettings `json:"settings,omitempty" doc:"Of the service: certificates kept with it"`
		Check       checkIn                  `json:"check"`
	}
}

// tryOut is what came of it.
type tryOut struct {
	Body TrialOut
}

// TrialOut is what came of a look, with every point of it.
type TrialOut struct {
	Verdict   string             `json:"verdict" enum:"up,degraded,suspect,down,unknown"`
	Reason    string             `json:"reason" doc:"Why it is not plainly up; empty when it is"`
	Detail    string             `json:"detail" doc:"In technical words"`
	Status    int                `json:"status"`
	Duration  float64            `json:"duration_ms"`
	Phases    map[string]float64 `json:"phases_ms" doc:"dns, connect, tls, wait, transfer"`
	Bytes     int64              `json:"bytes"`
	Address   string             `json:"address" doc:"Who answered"`
	URL       string             `json:"url" doc:"Where redirects ended; empty without any"`
	Redirects int                `json:"redirects"`
	Points    []pointOut         `json:"points" doc:"Everything that was asked of the answer"`
	Secured   *SecuredOut        `json:"secured" doc:"What the handshake showed; null without TLS"`
	Steps     []monitor.Step     `json:"steps" doc:"The parts of a look that has several"`
	Headers   map[string]string  `json:"headers" doc:"Of the answer, without the values of cookies"`
	Excerpt   string             `json:"excerpt" doc:"The beginning of the text; mail addresses and long numbers are masked"`
}

type pointOut struct {
	About string `json:"about"`
	Want  string `json:"want"`
	Got   string `json:"got" doc:"What came instead; empty when it is so"`
	OK    bool   `json:"ok"`
}

// SecuredOut is what a handshake showed.
type SecuredOut struct {
	Version    string           `json:"version"`
	Cipher     string           `json:"cipher"`
	Weak       string           `json:"weak" doc:"What of it is weak"`
	NotAfter   *time.Time       `json:"not_after" doc:"When the first certificate of the path expires"`
	Missing    string           `json:"missing" doc:"Who signed the last certificate sent, when that one is not sent"`
	MissingURL string           `json:"missing_url"`
	Filled     bool             `json:"filled" doc:"The certificates kept with the service fill the gap"`
	Chain      []certificateOut `json:"chain" doc:"As the server sends it"`
}

type certificateOut struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"`
	Key       string    `json:"key"`
	Signature string    `json:"signature"`
}

// apiTry answers POST /api/v1/checks/dry-run.
func (p *Pages) apiTry(ctx context.Context, in *tryIn) (*tryOut, error) {
	v := monitor.Service{Institution: in.Body.Institution, URL: in.Body.URL, Checks: checksOf([]checkIn{in.Body.Check})}
	if in.Body.Settings != nil {
		v.Settings = *in.Body.Settings
	}
	by, stored := web.ActorFrom(ctx), (*monitor.Service)(nil)
	if in.Body.Service != "" {
		var err error
		if stored, err = p.kept(ctx, by, in.Body.Service); err != nil {
			return nil, err
		}
		v.Institution = stored.Institution
	}
	_, r, points, err := p.try(ctx, by, v, stored, 0)
	if err != nil {
		return nil, inBody(err)
	}
	return &tryOut{TrialShape(r, points)}, nil
}

// TrialShape is what came of a look as it leaves the house.
func TrialShape(r *monitor.Reading, points []monitor.Point) TrialOut {
	out := TrialOut{
		Verdict: r.Verdict.String(), Reason: r.Reason.String(), Detail: r.Detail, Status: r.Status, Bytes: r.Bytes,
		Duration: milliseconds(r.Phases.Total()), Phases: map[string]float64{}, Address: r.Address, URL: r.URL, Redirects: r.Redirects,
		Points: []pointOut{}, Steps: []monitor.Step{}, Headers: map[string]string{},
	}
	for _, p := range monitor.PhaseList() {
		out.Phases[p.String()] = milliseconds(r.Phases[p])
	}
	for _, p := range points {
		out.Points = append(out.Points, pointOut{p.About, p.Want, p.Got, p.OK})
	}
	out.Steps = append(out.Steps, r.Steps...)
	if r.Secured != nil {
		out.Secured = securedShape(r.Secured)
	}
	if r.Seen != nil {
		out.Excerpt = r.Seen.Excerpt
		for name, values := range r.Seen.Header {
			out.Headers[name] = strings.Join(values, ", ")
		}
	}
	return out
}

// securedShape is what a handshake showed as it leaves the house.
func securedShape(s *monitor.Secured) *SecuredOut {
	out := &SecuredOut{
		Version: s.Version, Cipher: s.Cipher, Weak: s.Weak, Missing: s.Missing, MissingURL: s.MissingURL, Filled: s.Filled,
		Chain: []certificateOut{},
	}
	if !s.NotAfter.IsZero() {
		out.NotAfter = &s.NotAfter
	}
	for _, c := range s.Chain {
		out.Chain = append(out.Chain, certificateOut{c.Subject, c.Issuer, c.NotBefore, c.NotAfter, c.SHA256, c.Key, c.Signature})
	}
	return out
}

// inBody names the fields of faults as they stand in this request, which has
// one check and no list of them.
func inBody(err error) error {
	list := fault.All(err)
	if len(list) == 0 {
		return err
	}
	named := make([]error, len(list))
	for n, f := range list {
		own := *f
		if rest, ok := strings.CutPrefix(f.Field, "checks.0."); ok {
			own.Field = "check." + rest
		}
		named[n] = &own
	}
	return errors.Join(named...)
}
