package configs

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Alerts says through which channels trouble with services is told, and to whom.
type Alerts struct {
	Enabled     bool               `yaml:"enabled"`
	Every       Duration           `yaml:"every"`        // between two rounds
	DegradedFor Duration           `yaml:"degraded_for"` // how long a service is degraded before it is told
	ExpiresIn   Duration           `yaml:"expires_in"`   // how long before its end a certificate is told of
	BlindFor    Duration           `yaml:"blind_for"`    // how long nothing is seen before that is told; 0s: never
	LinksFor    Duration           `yaml:"links_for"`    // how long links in mails are kept once what they are about is over
	OfficeFrom  string             `yaml:"office_from"`
	OfficeTo    string             `yaml:"office_to"`
	Objectives  map[string]float64 `yaml:"objectives"` // share of time, by tier
	Channels    []AlertChannel     `yaml:"channels"`
	Routes      []AlertRoute       `yaml:"routes"`
}

// AlertChannel is one door. A value written env:NAME is that of the environment.
type AlertChannel struct {
	Name     string   `yaml:"name"`
	Type     string   `yaml:"type"`
	Language string   `yaml:"language"`
	URL      Secret   `yaml:"url"` // of Teams and many others, knowing it is being allowed to post
	Secret   Secret   `yaml:"secret"`
	Token    Secret   `yaml:"token"`
	Chat     string   `yaml:"chat"`
	Room     string   `yaml:"room"`
	To       []string `yaml:"to"`
}

// AlertRoute is one row of the table of routing.
type AlertRoute struct {
	ID           string      `yaml:"id"`
	Name         string      `yaml:"name"`
	Institutions []string    `yaml:"institutions"`
	Tiers        []string    `yaml:"tiers"`
	Kinds        []string    `yaml:"kinds"`
	When         []string    `yaml:"when"`
	Steps        []AlertStep `yaml:"steps"`
	Group        string      `yaml:"group"`
	Remind       Duration    `yaml:"remind"`
	Recovery     bool        `yaml:"recovery"`
	QuietFrom    string      `yaml:"quiet_from"`
	QuietTo      string      `yaml:"quiet_to"`
	WakeFor      bool        `yaml:"wake_for_critical"`
}

// AlertStep is who is told after how long.
type AlertStep struct {
	After    Duration `yaml:"after"`
	Channels []string `yaml:"channels"`
	Roles    []string `yaml:"roles"`
}

func usualAlerts() Alerts {
	return Alerts{
		Enabled: true, Every: Duration(10 * time.Second), DegradedFor: Duration(15 * time.Minute),
		ExpiresIn: Duration(21 * 24 * time.Hour), BlindFor: Duration(5 * time.Minute), LinksFor: Duration(30 * 24 * time.Hour), OfficeFrom: "08:00", OfficeTo: "17:30",
		Objectives: map[string]float64{"critical": 0.999, "normal": 0.995, "information": 0.99},
		Channels:   []AlertChannel{}, Routes: []AlertRoute{},
	}
}

// validate returns what is wrong with the settings themselves; what channels
// and routes must be is known to those who use them.
func (a Alerts) validate() error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("alerts."+key+": "+format, args...))
	}
	if a.Every < Duration(time.Second) || a.Every > Duration(5*time.Minute) {
		wrong("every", "%s is outside 1s to 5m", a.Every)
	}
	if a.DegradedFor < 0 {
		wrong("degraded_for", "must not be negative")
	}
	if a.ExpiresIn < 0 || a.ExpiresIn > Duration(90*24*time.Hour) {
		wrong("expires_in", "%s is outside 0s to 2160h", a.ExpiresIn)
	}
	if a.BlindFor < 0 {
		wrong("blind_for", "must not be negative")
	}
	if a.LinksFor < Duration(24*time.Hour) || a.LinksFor > Duration(400*24*time.Hour) {
		wrong("links_for", "%s is outside 24h to 9600h", a.LinksFor)
	}
	for key, value := range map[string]string{"office_from": a.OfficeFrom, "office_to": a.OfficeTo} {
		if _, err := time.Parse("15:04", value); err != nil {
			wrong(key, "%q is no time of day; write 08:00", value)
		}
	}
	if a.OfficeFrom >= a.OfficeTo {
		wrong("office_to", "must be later than alerts.office_from")
	}
	for tier, share := range a.Objectives {
		if tier != "critical" && tier != "normal" && tier != "information" {
			wrong("objectives", "%q is no tier; use critical, normal, information", tier)
		}
		if share < 0.5 || share >= 1 {
			wrong("objectives."+tier, "%v is outside 0.5 to 0.99999; write 0.999 for 99.9 %%", share)
		}
	}
	return errors.Join(faults...)
}

// fromEnvironment marks a value that the environment holds.
const fromEnvironment = "env:"

// resolve puts the environment's values where the file names them. What is not
// set there is a fault: an empty secret would be found out in the night.
func (a *Alerts) resolve(getenv func(string) string) error {
	if getenv == nil {
		return nil
	}
	var faults []error
	for n := range a.Channels {
		c := &a.Channels[n]
		for key, value := range map[string]*Secret{"url": &c.URL, "secret": &c.Secret, "token": &c.Token} {
			name, ok := strings.CutPrefix(string(*value), fromEnvironment)
			if !ok {
				continue
			}
			*value = Secret(getenv(name))
			if *value == "" {
				faults = append(faults, fmt.Errorf("alerts.channels[%d].%s: %s is not set in the environment", n, key, name))
			}
		}
	}
	return errors.Join(faults...)
}
