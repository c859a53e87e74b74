package monitor

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// Limits of what a person may write.
const (
	MaxName    = 200
	MaxURL     = 2000
	MaxNote    = 2000
	MaxText    = 500 // each text that a body must or must not contain
	MaxTexts   = 20
	MaxChecks  = 20
	MinPeriod  = 5 * time.Second
	MinTimeout = 100 * time.Millisecond
	MaxTimeout = 60 * time.Second
	// DefaultTimeout applies when a check names none.
	DefaultTimeout = 10 * time.Second
	// DefaultSchedule applies when a check names none.
	DefaultSchedule = "@every 60s"
)

// Period returns the time between two runs of a schedule, or a fault that says
// what is wrong with it. The rules speak no cron: whoever calls them brings it.
type Period func(schedule string) (time.Duration, error)

var (
	slugForm  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	checkForm = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)
)

// Validate tidies s and returns every fault in it at once.
func (s *Service) Validate(period Period) error {
	s.tidy()
	var faults []error
	add := func(broken bool, f *fault.Error) {
		if broken {
			faults = append(faults, f)
		}
	}
	add(!slugForm.MatchString(s.Slug) || len(s.Slug) > 60, fault.At("slug", "service.slug.invalid"))
	faults = append(faults, nameFaults(s.Name)...)
	add(s.Institution == "", fault.At("institution", "fault.required"))
	if s.URL != "" {
		faults = append(faults, addressFault("url", s.URL))
	}
	add(s.LifeEvent != "" && (!slugForm.MatchString(s.LifeEvent) || len(s.LifeEvent) > 60),
		fault.At("life_event", "service.life_event.invalid"))
	add(!s.Tier.Valid(), fault.At("tier", "service.tier.unknown", string(s.Tier)))
	add(!s.State.Valid(), fault.At("state", "service.state.unknown", string(s.State)))
	for _, t := range s.Languages {
		add(!t.Valid(), fault.At("languages", "service.language.unknown", string(t)))
	}
	faults = append(faults, textFault("note", s.Note, MaxNote))
	add(s.State == Active && len(s.Checks) == 0, fault.At("checks", "service.checks.required"))
	add(len(s.Checks) > MaxChecks, fault.At("checks", "service.checks.too_many", MaxChecks))
	for n := range s.Checks {
		faults = append(faults, s.Checks[n].validate(fmt.Sprintf("checks.%d.", n), period)...)
		add(slices.ContainsFunc(s.Checks[:n], func(c Check) bool { return c.Name == s.Checks[n].Name }),
			fault.At(fmt.Sprintf("checks.%d.name", n), "check.name.taken", s.Checks[n].Name))
	}
	faults = append(faults, s.Settings.faults(s, "settings.")...)
	faults = append(faults, s.Settings.Agreement.faults("settings.agreement.", s.Checks, period)...)
	return errors.Join(faults...)
}

// tidy removes space around what was typed and fills in what goes without saying.
func (s *Service) tidy() {
	s.Slug = strings.ToLower(strings.TrimSpace(s.Slug))
	s.Institution = strings.TrimSpace(s.Institution)
	s.URL, s.LifeEvent, s.Note = strings.TrimSpace(s.URL), strings.TrimSpace(s.LifeEvent), strings.TrimSpace(s.Note)
	if s.Tier == "" {
		s.Tier = Normal
	}
	if s.State == "" {
		s.State = Draft
	}
	if s.Languages == nil {
		s.Languages = []lang.Tag{}
	}
	for n := range s.Checks {
		s.Checks[n].tidy(s.URL)
		s.Checks[n].Service, s.Checks[n].Position = s.Slug, n
	}
}

func (c *Check) tidy(address string) {
	c.Name, c.Target, c.Schedule = strings.TrimSpace(c.Name), strings.TrimSpace(c.Target), strings.TrimSpace(c.Schedule)
	if c.Kind == "" {
		c.Kind = HTTP
	}
	if c.Name == "" {
		c.Name = string(c.Kind)
	}
	if c.Target == "" {
		c.Target = targetOf(c.Kind, address)
	}
	if c.Schedule == "" {
		c.Schedule = DefaultSchedule
	}
	c.Expect.tidy()
}

func (c *Check) validate(at string, period Period) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	add(!checkForm.MatchString(c.Name) || len(c.Name) > 60, "name", "check.name.invalid")
	faults = append(faults, c.kindFaults(at)...)
	if c.Target == "" {
		add(true, "target", "fault.required")
	} else {
		faults = append(faults, c.targetFault(at+"target"))
	}
	every, err := period(c.Schedule)
	for _, f := range fault.All(err) {
		faults = append(faults, fault.At(at+"schedule", f.Key, f.Args...))
	}
	add(err == nil && every < MinPeriod, "schedule", "check.schedule.too_often", MinPeriod)
	if c.Timeout == 0 && err == nil {
		c.Timeout = min(DefaultTimeout, every/2)
	}
	switch {
	case c.Timeout < MinTimeout && (c.Timeout != 0 || err == nil), c.Timeout > MaxTimeout:
		add(true, "timeout", "check.timeout.range", MinTimeout, MaxTimeout)
	case err == nil && c.Timeout >= every:
		add(true, "timeout", "check.timeout.period", every)
	}
	faults = append(faults, c.Settings.faults(c, at+"settings.")...)
	return append(faults, c.Expect.faults(at+"expect.")...)
}

func nameFaults(name lang.Text) []error {
	if name.Empty() {
		return []error{fault.At("name", "fault.required")}
	}
	var faults []error
	codes := make([]string, 0, len(name))
	for code := range name {
		codes = append(codes, code)
	}
	slices.Sort(codes) // the same faults in the same order each time
	for _, code := range codes {
		if !lang.Tag(code).Valid() {
			faults = append(faults, fault.At("name."+code, "service.language.unknown", code))
		}
		fault := textFault("name."+code, name[code], MaxName)
		if fault == nil {
			fault = lineFault("name."+code, name[code])
		}
		faults = append(faults, fault)
	}
	return faults
}

// unwritable tells of characters that no letter and no feed can hold.
func unwritable(r rune) bool {
	return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t", r) || r == '\u2028' || r == '\u2029'
}

// lineFault refuses what would break the line it stands in: a name is also the
// subject of letters. It is nil when all is well.
func lineFault(field, text string) error {
	if strings.ContainsAny(text, "\r\n\t") {
		return fault.At(field, "fault.utf8")
	}
	return nil
}

// textFault refuses text that is too long or is not text. It is nil when all is well.
func textFault(field, text string, limit int) error {
	switch {
	case !utf8.ValidString(text), strings.ContainsFunc(text, unwritable):
		return fault.At(field, "fault.utf8")
	case utf8.RuneCountInString(text) > limit:
		return fault.At(field, "fault.too_long", limit)
	}
	return nil
}

// addressFault refuses what is not an http or https address. It is nil when all is well.
func addressFault(field, address string) error {
	if err := textFault(field, address, MaxURL); err != nil {
		return err
	}
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return fault.At(field, "service.url.invalid")
	case u.User != nil:
		return fault.At(field, "service.url.credentials")
	}
	return nil
}

// NewService returns want as a new service, if by may create it.
func NewService(by identity.Actor, want Service, period Period) (*Service, error) {
	if err := by.Must(identity.ManageService, strings.TrimSpace(want.Institution)); err != nil {
		return nil, err
	}
	want.Checks = slices.Clone(want.Checks)
	want.Settings.Source = nil // who keeps it is never what a caller says
	if err := want.Validate(period); err != nil {
		return nil, err
	}
	want.Name, want.Revision = want.Name.Clean(), 1
	return &want, nil
}

// Edit makes s what want says, if by may change it where it is and where it
// goes. The slug stays. Checks keep their number by their name. A service that
// was once confirmed is paused, not made a draft again; one that a file keeps
// is changed there.
func (s *Service) Edit(by identity.Actor, want Service, period Period) error {
	if err := by.Must(identity.ManageService, s.Institution); err != nil {
		return err
	}
	if s.KeptInFile() {
		return fault.New(fault.Conflict, "service.kept_in_file", s.Settings.Source.File)
	}
	return s.edit(by, want, period)
}
