package monitor

import (
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/journey"
)

// JourneySettings hold the steps of a journey, as somebody wrote them.
type JourneySettings struct {
	Source string `json:"source" doc:"The steps in YAML"`
}

// faults returns what is wrong with the settings, line by line.
func (s *JourneySettings) faults(at string) []error {
	s.Source = strings.ReplaceAll(s.Source, "\r\n", "\n") // as browsers send lines
	if _, err := journey.Read(at+"source", s.Source); err != nil {
		faults := make([]error, 0, 1)
		for _, f := range fault.All(err) {
			faults = append(faults, f)
		}
		return faults
	}
	return nil
}
