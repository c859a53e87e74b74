package configs

import (
	"errors"
	"fmt"
)

// Metrics rules what Prometheus is shown, and who may ask.
type Metrics struct {
	Detail   string   `yaml:"detail"`         // institution: few series; check: everything of every check
	Networks []string `yaml:"allow_networks"` // who may read /metrics and /probe without a token; empty: anybody /metrics, this machine /probe
	Token    Secret   `yaml:"token"`          // a bearer token that may read both from anywhere
}

func usualMetrics() Metrics { return Metrics{Detail: "institution", Networks: []string{}} }

// validate returns everything that is wrong, each fault beginning with its key.
func (m Metrics) validate() error {
	var faults []error
	if m.Detail != "institution" && m.Detail != "check" {
		faults = append(faults, fmt.Errorf("metrics.detail: %q is no choice; use institution or check", m.Detail))
	}
	if n := len(m.Token); n > 0 && n < 16 {
		faults = append(faults, errors.New("metrics.token: write at least 16 letters, or none"))
	}
	return errors.Join(append(faults, networks("metrics.allow_networks", m.Networks))...)
}
