// Package domain knows when the registration of an internet domain ends: which
// domain of a registry a service's host belongs to, what a registry's answer
// (RDAP) says, when to ask again, and the day that a person entered where no
// registry answers. It asks nobody itself.
package domain

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// Outcome says how the last question to a registry went: a closed set.
type Outcome string

// The outcomes. None but OK says anything about the domain: what cannot be
// known is never shown as a fault.
const (
	Unasked    Outcome = ""           // nobody asked yet
	OK         Outcome = "ok"         // the registry named the day
	NoServer   Outcome = "no_server"  // the registry offers no such service (RDAP)
	NotFound   Outcome = "not_found"  // it does not know the name
	Limited    Outcome = "limited"    // it asked to be left alone
	Refused    Outcome = "refused"    // its address is one that requests may not enter, or it turned us away
	Failed     Outcome = "failed"     // no answer
	Unreadable Outcome = "unreadable" // an answer that makes no sense
	NoDate     Outcome = "no_date"    // an answer that names no day
)

// Outcomes lists them.
func Outcomes() []Outcome {
	return []Outcome{Unasked, OK, NoServer, NotFound, Limited, Refused, Failed, Unreadable, NoDate}
}

// Domain is one registered domain.
type Domain struct {
	Name      string     `gorm:"primaryKey"` // as it is registered, in ASCII
	Outcome   Outcome    // of the last question
	Detail    string     // in technical words
	ExpiresAt *time.Time // as the registry said when it last named a day
	Registrar string
	SeenAt    *time.Time // when it last named one
	AskedAt   *time.Time
	NextAt    time.Time  // when it is asked again
	Failures  int        // questions without an answer, in a row
	EnteredAs *time.Time // the day a person entered
	EnteredBy string     // account
	EnteredAt *time.Time
}

// TableName names the table of domains.
func (Domain) TableName() string { return "domains" }

// Until returns when the registration ends, as far as anybody knows. The
// registry's word stands over a person's.
func (d *Domain) Until() (at time.Time, byHand, ok bool) {
	switch {
	case d.ExpiresAt != nil:
		return *d.ExpiresAt, false, true
	case d.EnteredAs != nil:
		return *d.EnteredAs, true, true
	}
	return time.Time{}, false, false
}

// Service is an active service whose host belongs to a domain.
type Service struct {
	Slug, Institution string
	Name              lang.Text
}

// Standing is a domain with the services that stand on it.
type Standing struct {
	Domain
	Services []Service
}

// Registrable returns the domain that a registry keeps for host:
// "finances.gov.tn" for "www.finances.gov.tn". Addresses and names of no
// registry have none.
func Registrable(host string) (string, bool) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil || host == "" || len(host) > 253 {
		return "", false
	}
	suffix, registry := publicsuffix.PublicSuffix(host)
	for !registry { // a provider that lets names out of its own domain, or a zone younger than the list
		_, parent, found := strings.Cut(suffix, ".")
		if !found {
			if slices.Contains(inHouse, suffix) {
				return "", false
			}
			break
		}
		suffix, registry = publicsuffix.PublicSuffix(parent)
	}
	rest, found := strings.CutSuffix(host, "."+suffix)
	if !found || rest == "" {
		return "", false
	}
	name := rest[strings.LastIndexByte(rest, '.')+1:] + "." + suffix
	return name, plain(name)
}

// Of returns the domain that a check's target stands on: an address, a host
// with its port, or a host.
func Of(target string) (string, bool) {
	if !strings.Contains(target, "//") {
		target = "//" + target
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", false
	}
	return Registrable(u.Hostname())
}

// inHouse are zones that no registry keeps.
var inHouse = []string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "test", "invalid", "onion"}

// plain tells whether name may stand in an address as it is.
func plain(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// Rhythm of questions.
const (
	Every     = 24 * time.Hour
	firstWait = time.Hour
	longest   = 7 * 24 * time.Hour // what a registry may ask us to wait
	maxDetail = 200
)

// Seen is what one question brought.
type Seen struct {
	Outcome   Outcome
	Detail    string
	ExpiresAt time.Time
	Registrar string
	After     time.Duration // how long the registry asked to be left alone
}

// Note takes in what a question brought at now. The day that was known stays
// known when the registry is silent.
func (d *Domain) Note(s Seen, now time.Time) {
	d.Outcome, d.Detail, d.AskedAt, d.NextAt = s.Outcome, clip(s.Detail), &now, now.Add(Every)
	switch s.Outcome {
	case OK:
		until := s.ExpiresAt
		d.ExpiresAt, d.Registrar, d.SeenAt, d.Failures = &until, clip(s.Registrar), &now, 0
	case Limited, Failed:
		d.Failures++
		wait := firstWait << min(d.Failures-1, 5)
		d.NextAt = now.Add(min(max(min(wait, Every), s.After), longest))
	default:
		d.Failures = 0
	}
}

func clip(s string) string {
	s = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s), "")
	if runes := []rune(s); len(runes) > maxDetail {
		return string(runes[:maxDetail])
	}
	return s
}

// Enter keeps the day that by read at the registrar, nil to take it back.
// Whoever keeps one of the services may.
func (s *Standing) Enter(by identity.Actor, day *time.Time, now time.Time) error {
	if err := s.may(by); err != nil {
		return err
	}
	if day != nil && (day.Before(now.AddDate(-1, 0, 0)) || day.After(now.AddDate(maxYears, 0, 0))) {
		return fault.At("until", "domain.until", maxYears)
	}
	s.EnteredAs, s.EnteredBy, s.EnteredAt = day, by.Account, &now
	return nil
}

// Keeps tells whether by may enter the day.
func (s *Standing) Keeps(by identity.Actor) bool { return s.may(by) == nil }

func (s *Standing) may(by identity.Actor) error {
	for _, v := range s.Services {
		if by.May(identity.ManageService, v.Institution) {
			return nil
		}
	}
	return by.Must(identity.ManageService, "")
}
