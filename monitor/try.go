package monitor

import (
	"errors"
	"fmt"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Try returns the n-th check of v as it would be kept, ready to be looked at
// once, if by may keep checks where v belongs. Only faults of that check count:
// the rest of the form may still be empty. The check is of no service: what is
// there for the checks of a service, such as secrets, is not there for who only
// types its slug.
func Try(by identity.Actor, v Service, n int, period Period) (*Check, error) {
	if v.Institution != "" || !by.MayAnywhere(identity.ManageService) {
		if err := by.Must(identity.ManageService, v.Institution); err != nil {
			return nil, err
		}
	}
	if n < 0 || n >= len(v.Checks) {
		return nil, fault.New(fault.Invalid, "fault.form")
	}
	c := v.Checks[n]
	c.tidy(v.URL)
	faults := c.validate(fmt.Sprintf("checks.%d.", n), period)
	if v.Settings.TLS != nil {
		faults = append(faults, v.Settings.TLS.faults("settings.tls.")...)
	}
	c.Service, c.Trust = "", v.Settings.TLS
	return &c, errors.Join(faults...)
}
