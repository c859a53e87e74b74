package monitor

import (
	"slices"

	"github.com/jard-odi/jard/fault"
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
