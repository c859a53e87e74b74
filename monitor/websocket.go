package monitor

import (
	"regexp"

	"github.com/jard-odi/jard/fault"
)

// WebSocketSettings say what to do with a WebSocket once it is open. Without
// them it is enough that it opens.
type WebSocketSettings struct {
	Subprotocol string `json:"subprotocol,omitempty" doc:"The one to ask for"`
	Origin      string `json:"origin,omitempty" doc:"The page that the request says it comes from"`
	Send        string `json:"send,omitempty" doc:"A text to send"`
	Expect      string `json:"expect,omitempty" doc:"A pattern (RE2) that a message must match"`
}

var token = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`)

// faults returns what is wrong with the settings.
func (s *WebSocketSettings) faults(at string) []error {
	faults := []error{textFault(at+"send", s.Send, MaxText), patternFault(at+"expect", s.Expect)}
	if s.Subprotocol != "" && !token.MatchString(s.Subprotocol) {
		faults = append(faults, fault.At(at+"subprotocol", "check.websocket.subprotocol"))
	}
	if s.Origin != "" {
		faults = append(faults, addressFault(at+"origin", s.Origin))
	}
	return faults
}
