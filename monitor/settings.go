package monitor

// Settings are what a check needs beyond its target and its expectation. Each
// kind has a part of its own, nil when the check does not use it.
type Settings struct {
	TCP *TCPSettings `json:"tcp,omitempty"`
}

// faults returns what is wrong with the settings of c.
func (s Settings) faults(c *Check, at string) []error {
	return s.kindFaults(c, at)
}

// ServiceSettings are what is agreed about a service as a whole, each part nil
// when nothing is.
type ServiceSettings struct{}

// faults returns what is wrong with the settings of v.
func (s ServiceSettings) faults(_ *Service, _ string) []error { return nil }
