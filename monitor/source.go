package monitor

import (
	"errors"
	"slices"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Source says who keeps a service. Without one the pages do.
type Source struct {
	File  string `json:"file,omitempty" doc:"The file that declares the service; read only"`
	Taken bool   `json:"taken,omitempty" doc:"Somebody took it over on the pages, so the file no longer rules it; read only"`
}

// Declared is a service as a file wants it.
type Declared struct {
	Service Service
	File    string
	Line    int
}

// KeptInFile tells whether a file rules s, so that the pages may only show it.
func (s *Service) KeptInFile() bool {
	return s.Settings.Source != nil && s.Settings.Source.File != "" && !s.Settings.Source.Taken
}

// Declare returns the service that a file wants, if by may create it.
func Declare(by identity.Actor, d Declared, period Period) (*Service, error) {
	made, err := NewService(by, d.Service, period)
	if err != nil {
		return nil, err
	}
	made.Settings.Source = &Source{File: d.File}
	return made, nil
}

// Follow makes s what its file says. A service that the pages keep is left
// alone: who wants the file to rule it hands it over first.
func (s *Service) Follow(by identity.Actor, d Declared, period Period) error {
	if !s.KeptInFile() {
		return fault.New(fault.Conflict, "service.kept_on_page", s.Slug)
	}
	if err := s.edit(by, d.Service, period); err != nil {
		return err
	}
	s.Settings.Source = &Source{File: d.File}
	return nil
}

// TakeOver lets the pages keep a service that a file kept so far. The file is
// remembered, so that the difference can be shown and the service handed back.
func (s *Service) TakeOver(by identity.Actor) error {
	if err := by.Must(identity.ManageService, s.Institution); err != nil {
		return err
	}
	if !s.KeptInFile() {
		return fault.New(fault.Conflict, "service.kept_on_page", s.Slug)
	}
	s.Settings.Source = &Source{File: s.Settings.Source.File, Taken: true}
	s.Revision++
	return nil
}

// HandOver lets a file keep the service from now on; what the file says
// applies at once, so that nobody sees a service that is half of each.
func (s *Service) HandOver(by identity.Actor, d Declared, period Period) error {
	if s.KeptInFile() {
		return fault.New(fault.Conflict, "service.kept_in_file", s.Settings.Source.File)
	}
	if err := s.edit(by, d.Service, period); err != nil {
		return err
	}
	s.Settings.Source = &Source{File: d.File}
	return nil
}

// Confirm makes a draft a watched service: somebody looked at its address and
// stands by it. Nothing is watched that nobody confirmed.
func (s *Service) Confirm(by identity.Actor, period Period) error {
	if err := by.Must(identity.ManageService, s.Institution); err != nil {
		return err
	}
	switch {
	case s.KeptInFile():
		return fault.New(fault.Conflict, "service.kept_in_file", s.Settings.Source.File)
	case s.State != Draft:
		return fault.New(fault.Conflict, "service.confirm.no_draft")
	}
	want := *s
	want.State = Active
	return s.edit(by, want, period)
}

// edit is Edit for whoever keeps the service.
func (s *Service) edit(by identity.Actor, want Service, period Period) error {
	if err := by.Must(identity.ManageService, s.Institution); err != nil {
		return err
	}
	if to := strings.TrimSpace(want.Institution); to != "" && to != s.Institution {
		if err := by.Must(identity.ManageService, to); err != nil {
			return err
		}
	}
	want.Slug, want.Settings.Source = s.Slug, s.Settings.Source
	want.Checks = slices.Clone(want.Checks) // they may be the very ones of s
	if err := want.Validate(period); err != nil {
		return err
	}
	if want.State == Draft && s.State != Draft {
		return fault.At("state", "service.state.not_back_to_draft")
	}
	for n := range want.Checks {
		want.Checks[n].ID = 0
		for _, old := range s.Checks {
			if old.Name == want.Checks[n].Name {
				want.Checks[n].ID, want.Checks[n].CreatedAt = old.ID, old.CreatedAt
			}
		}
	}
	want.Name, want.Revision, want.CreatedAt = want.Name.Clean(), s.Revision+1, s.CreatedAt
	*s = want
	return nil
}

// faults returns what is wrong with who keeps the service.
func (s *Source) faults(at string) error {
	if s == nil || len(s.File) <= MaxURL && !strings.ContainsAny(s.File, "\x00\n") {
		return nil
	}
	return errors.Join(fault.At(at+"source", "fault.too_long", MaxURL))
}
