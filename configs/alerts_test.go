package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAlertsReadSecretsByTheNameOfAVariable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jard.yaml")
	err := os.WriteFile(path, []byte(`alerts:
  channels:
    - {name: noc, type: webhook, url: 'https://noc.example.tn', secret: 'env:NOC_SECRET'}
    - {name: tg, type: telegram, token: 'env:TG_TOKEN', chat: '-1'}
  routes:
    - {id: nuit, name: Nuit, remind: 6h, steps: [{channels: [noc]}, {after: 15m, roles: [mcd]}]}
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, func(name string) string { return map[string]string{"NOC_SECRET": "0123456789abcdef"}[name] })
	if err == nil || err.Error() != "alerts.channels[1].token: TG_TOKEN is not set in the environment" {
		t.Errorf("Load = %v; want the variable that is missing, and nothing else", err)
	}
	if got := c.Alerts.Channels[0].Secret; string(got) != "0123456789abcdef" || got.String() != "***" {
		t.Errorf("secret %q shows as %s", string(got), got)
	}
	if c.Alerts.Routes[0].Remind != Duration(6*time.Hour) || c.Alerts.Routes[0].Steps[1].After != Duration(15*time.Minute) {
		t.Errorf("routes = %+v", c.Alerts.Routes)
	}
}

func TestWhatIsWrongWithAlerts(t *testing.T) {
	for want, change := range map[string]func(*Alerts){
		"alerts.every: 10ms is outside 1s to 5m":                                  func(a *Alerts) { a.Every = Duration(10 * time.Millisecond) },
		"alerts.degraded_for: must not be negative":                               func(a *Alerts) { a.DegradedFor = -1 },
		"alerts.blind_for: must not be negative":                                  func(a *Alerts) { a.BlindFor = -1 },
		"alerts.expires_in: 2400h0m0s is outside 0s to 2160h":                     func(a *Alerts) { a.ExpiresIn = Duration(2400 * time.Hour) },
		"alerts.links_for: 1h0m0s is outside 24h to 9600h":                        func(a *Alerts) { a.LinksFor = Duration(time.Hour) },
		`alerts.office_to: "5 pm" is no time of day; write 08:00`:                 func(a *Alerts) { a.OfficeTo = "5 pm" },
		"alerts.office_to: must be later than alerts.office_from":                 func(a *Alerts) { a.OfficeTo = "07:00" },
		`alerts.objectives: "gold" is no tier; use critical, normal, information`: func(a *Alerts) { a.Objectives = map[string]float64{"gold": 0.9} },
		"alerts.objectives.normal: 99.5 is outside 0.5 to 0.99999; write 0.999 for 99.9 %": func(a *Alerts) {
			a.Objectives = map[string]float64{"normal": 99.5}
		},
	} {
		c := Default()
		change(&c.Alerts)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}
