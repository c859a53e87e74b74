package monitor

// Settings are what a check needs beyond its target and its expectation. Each
// kind has a part of its own, nil when the check does not use it.
type Settings struct{}

// faults returns what is wrong with the settings of c.
func (s Settings) faults(_ *Check, _ string) []error { return nil }

// ServiceSettings are what is agreed about a service as a whole, each part nil
// when nothing is.
type ServiceSettings struct{}

// faults returns what is wrong with the settings of v.
func (s ServiceSettings) faults(_ *Service, _ string) []error { return nil }
