package roster

import (
	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/monitor"
)

// Write returns services as a file declares them, so that what was kept on the
// pages can be kept in a file from now on.
func Write(services []monitor.Service) ([]byte, error) {
	doc := list{}
	for n := range services {
		doc.Services = append(doc.Services, written(&services[n]))
	}
	return document.Write(doc)
}

// written is a service as a file writes it.
func written(v *monitor.Service) service {
	s := service{
		Slug: v.Slug, Name: v.Name, Institution: v.Institution, URL: v.URL, LifeEvent: v.LifeEvent, Tier: v.Tier,
		Languages: v.Languages, State: v.State, Note: v.Note, Settings: v.Settings,
	}
	s.Settings.Source = nil // the file itself says so
	for _, c := range v.Checks {
		s.Checks = append(s.Checks, check{
			Name: c.Name, Kind: c.Kind, Target: c.Target, Schedule: c.Schedule, Timeout: c.Timeout, Expect: c.Expect, Settings: c.Settings,
		})
	}
	return s
}
