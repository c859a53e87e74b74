package monitor

import (
	"slices"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// DependsOn are the slugs of the services that one cannot work without: when
// they fail together, it is one incident.
type DependsOn []string

// maxDependencies is how many services one may depend on.
const maxDependencies = 20

// faults returns what is wrong with the dependencies of v. Whether they exist
// is not asked: a service may be written before the one it stands on.
func (d DependsOn) faults(v *Service, at string) []error {
	var faults []error
	if len(d) > maxDependencies {
		faults = append(faults, fault.At(at, "incident.depends.too_many", maxDependencies))
	}
	for n, slug := range d {
		switch {
		case !slugForm.MatchString(slug) || len(slug) > 60:
			faults = append(faults, fault.At(at, "incident.depends.invalid", clip(slug, 60)))
		case slug == v.Slug:
			faults = append(faults, fault.At(at, "incident.depends.itself"))
		case slices.Contains(d[:n], slug):
			faults = append(faults, fault.At(at, "incident.depends.twice", slug))
		}
	}
	return faults
}

// Declared is a fault at each service that by declares to depend on, beyond
// what was declared before, and does not answer for: who depends on another
// body's service is told of its incidents, and becomes part of them. The
// operator may declare that. Owner returns the institution of a service.
func (d DependsOn) Declared(by identity.Actor, before DependsOn, owner func(slug string) (institution string, known bool)) []error {
	if by.Everywhere(identity.ManageService) {
		return nil
	}
	var faults []error
	for _, slug := range d {
		institution, known := owner(slug)
		if !slices.Contains(before, slug) && (!known || !by.May(identity.ManageService, institution)) {
			faults = append(faults, fault.At("settings.depends_on", "incident.depends.not_yours", slug))
		}
	}
	return faults
}
