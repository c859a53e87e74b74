package channel

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/monitor"
)

// RefreshEvery is how often an Alertmanager is told again of what lasts; what
// it was not told of for holdFor it takes to be over.
const (
	RefreshEvery = time.Minute
	holdFor      = 4 * RefreshEvery
)

// postable is an alert as the API of Alertmanager, version 2, takes it.
type postable struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
}

type alertmanager struct{ door }

// Deliver posts the events of the message. Alertmanager knows an alert again
// by its labels, so that a repetition is as once.
func (a *alertmanager) Deliver(ctx context.Context, m *alert.Message) error {
	lines := m.Lines
	if m.Stage == alert.Trial {
		end := a.Now()
		lines = []alert.Line{{Kind: alert.Kind(alert.Trial), StartedAt: end.Add(-time.Second), EndedAt: &end, URL: ""}}
	}
	return a.post(ctx, lines, m.Subject, m.Text)
}

// Refresh tells of what lasts.
func (a *alertmanager) Refresh(ctx context.Context, lines []alert.Line) error {
	return a.post(ctx, lines, "", "")
}

func (a *alertmanager) post(ctx context.Context, lines []alert.Line, summary, text string) error {
	alerts := make([]postable, 0, len(lines))
	for n := range lines {
		alerts = append(alerts, a.postable(&lines[n], summary, text))
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		return &alert.Failure{Cause: alert.Refused, Final: true, Err: err}
	}
	address, err := url.JoinPath(a.URL, "api/v2/alerts")
	if err != nil {
		return &alert.Failure{Cause: alert.Refused, Final: true}
	}
	header := http.Header{}
	if a.Token != "" {
		header.Set("Authorization", "Bearer "+a.Token)
	}
	return a.send(ctx, http.MethodPost, address, body, header)
}

// postable writes an event. Its labels come from closed sets and stay the same
// from its beginning to its end.
func (a *alertmanager) postable(l *alert.Line, summary, text string) postable {
	p := postable{
		Labels:      map[string]string{"alertname": "Jard", "kind": string(l.Kind), "severity": severity(l)},
		Annotations: map[string]string{}, StartsAt: l.StartedAt, EndsAt: a.Now().Add(holdFor), GeneratorURL: l.URL,
	}
	for name, value := range map[string]string{"service": l.Service, "institution": l.Institution, "tier": string(l.Tier)} {
		if value != "" {
			p.Labels[name] = value
		}
	}
	if summary != "" {
		p.Annotations["summary"], p.Annotations["description"] = clip(summary, 500), clip(text, 4000)
	}
	if l.EndedAt != nil {
		p.EndsAt = *l.EndedAt
	}
	return p
}

// severity is how grave an event is, in the words that most routing trees use.
func severity(l *alert.Line) string {
	switch {
	case l.Kind == alert.Certificate || l.Kind == alert.Domain || l.Kind == alert.Discontent || l.Kind == alert.Sinking || l.Kind == alert.Degraded || l.Kind == alert.BurnSlow || l.Tier == monitor.Information:
		return "warning"
	case l.Kind == alert.Kind(alert.Trial):
		return "info"
	}
	return "critical"
}
