package probe

import (
	"net"

	"github.com/jard-odi/jard/monitor"
)

// unreached keeps where a connection was to go that did not come about: what
// else stands at the same addresses may fail for the same cause.
func unreached(r *monitor.Reading, known []net.IPAddr) {
	if len(known) == 0 {
		return
	}
	if r.Seen == nil {
		r.Seen = &monitor.Seen{}
	}
	r.Seen.Answers = make([]string, 0, len(known))
	for _, a := range known {
		r.Seen.Answers = append(r.Seen.Answers, a.String())
	}
}
