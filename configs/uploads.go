package configs

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Uploads rules the files that people send.
type Uploads struct {
	Scan      string   `yaml:"scan"`       // scanner of malware that looks at each first; empty: none
	OnFailure string   `yaml:"on_failure"` // refuse or accept a file that the scanner gives no verdict on
	Timeout   Duration `yaml:"timeout"`    // how long the scanner may take for one
}

func (u Uploads) validate() error {
	var faults []error
	if kind, rest, _ := strings.Cut(u.Scan, ":"); u.Scan != "" && (rest == "" || kind != "clamd" && kind != "icap" && kind != "command") {
		faults = append(faults, fmt.Errorf(
			"uploads.scan: %q is no scanner; write clamd:/run/clamav/clamd.ctl, clamd:HOST:PORT, icap://HOST:PORT/SERVICE or command:/PATH", u.Scan))
	}
	if u.OnFailure != "refuse" && u.OnFailure != "accept" {
		faults = append(faults, fmt.Errorf("uploads.on_failure: %q is no choice; use refuse or accept", u.OnFailure))
	}
	if u.Timeout < Duration(time.Second) || u.Timeout > Duration(2*time.Minute) {
		faults = append(faults, fmt.Errorf("uploads.timeout: %s is outside 1s to 2m", u.Timeout))
	}
	return errors.Join(faults...)
}
