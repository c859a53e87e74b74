// Package vantage knows the places that services are looked at from besides
// this installation: who may send readings from there, which of them are taken,
// and what several places together say about a service. Rules only.
package vantage

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Here is the number of this installation among the vantages.
const Here int16 = 0

// Network says where a vantage stands, seen from the country's networks.
type Network string

// The networks.
const (
	Ministry   Network = "ministry"   // inside the administration
	Mobile     Network = "mobile"     // with a mobile operator: how most people come
	Datacentre Network = "datacentre" // in a data centre of the country
	Abroad     Network = "abroad"     // across the international link
)

// Networks lists the networks in the order a form shows them.
func Networks() []Network { return []Network{Ministry, Mobile, Datacentre, Abroad} }

// Valid tells whether n is a network we know.
func (n Network) Valid() bool { return slices.Contains(Networks(), n) }

// Scope says which services a vantage looks at. What is empty does not narrow.
type Scope struct {
	Services []string       `json:"services,omitempty"` // slugs
	Tiers    []monitor.Tier `json:"tiers,omitempty"`
}

// Covers tells whether a service is looked at.
func (s Scope) Covers(slug string, tier monitor.Tier) bool {
	return (len(s.Services) == 0 || slices.Contains(s.Services, slug)) &&
		(len(s.Tiers) == 0 || slices.Contains(s.Tiers, tier))
}

// Vantage is a place that services are looked at from.
type Vantage struct {
	ID          int16 `gorm:"primaryKey"` // stands in every reading; never reused
	Slug        string
	Name        lang.Text `gorm:"serializer:json"`
	Network     Network
	Institution string // slug of the body that houses it; may be empty
	Scope       Scope  `gorm:"serializer:json"`
	Revision    int
	CreatedAt   time.Time
	UpdatedAt   time.Time

	TokenHash  string     // of the one-time token that waits to be exchanged; empty without one
	TokenUntil *time.Time // and until when it may be
	PublicKey  []byte     // Ed25519; empty until it is enrolled
	EnrolledAt *time.Time
	RevokedAt  *time.Time

	// What was heard from it last.
	SeenAt   *time.Time
	Version  string // of its program
	OffsetUs int64  // by how much its clock was off: ours minus its own
	Waiting  int64  // readings in its spool
	Lost     int64  // readings it had to give up, ever
	Sequence int64  // of the last batch
	Gaps     int64  // batches that never came
	Unsure   int64  // readings whose time it could not be sure of
}

// TableName names the table of vantages.
func (Vantage) TableName() string { return "vantages" }

// State is how far a vantage's life has come.
type State string

// The states.
const (
	Planned  State = "planned"  // nobody has a token for it
	Invited  State = "invited"  // a token waits to be exchanged
	Enrolled State = "enrolled" // it sends
	Silent   State = "silent"   // it is enrolled and has not been heard of for too long
	Revoked  State = "revoked"
)

// States lists the states in the order of a vantage's life.
func States() []State { return []State{Planned, Invited, Enrolled, Silent, Revoked} }

const (
	// TokenLife is how long a one-time token waits to be exchanged.
	TokenLife = 48 * time.Hour
	// HeartbeatEvery is how often a vantage says that it lives.
	HeartbeatEvery = 15 * time.Second
	// SilentAfter is when a vantage that says nothing counts as silent.
	SilentAfter = 6 * HeartbeatEvery
)

// State tells how far v has come at now.
func (v *Vantage) State(now time.Time) State {
	switch {
	case v.RevokedAt != nil:
		return Revoked
	case v.EnrolledAt != nil && v.Quiet(now):
		return Silent
	case v.EnrolledAt != nil:
		return Enrolled
	case v.TokenHash != "" && v.TokenUntil != nil && now.Before(*v.TokenUntil):
		return Invited
	}
	return Planned
}

// Quiet tells whether nothing was heard of v for too long.
func (v *Vantage) Quiet(now time.Time) bool {
	return v.SeenAt == nil || now.Sub(*v.SeenAt) > SilentAfter
}

// Limits of what a person may write.
const (
	MaxName     = 200
	MaxServices = 500
)

// Reserved is the slug that stands for this installation.
const Reserved = "here"

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// New returns a vantage after checking what was asked for.
func New(by identity.Actor, want Vantage, now time.Time) (*Vantage, error) {
	if err := by.Must(identity.ManageVantages, ""); err != nil {
		return nil, err
	}
	v := &Vantage{
		Slug: strings.ToLower(strings.TrimSpace(want.Slug)), Name: want.Name, Network: want.Network, Institution: want.Institution,
		Scope: want.Scope, Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	return v, v.validate()
}

// Edit changes what a person decides about v. The slug stays: it stands in metrics.
func (v *Vantage) Edit(by identity.Actor, want Vantage, now time.Time) error {
	if err := v.manage(by); err != nil {
		return err
	}
	v.Name, v.Network, v.Institution, v.Scope = want.Name, want.Network, want.Institution, want.Scope
	v.Revision++
	v.UpdatedAt = now
	return v.validate()
}

// manage is a fault when by may not change v, or nobody may any more.
func (v *Vantage) manage(by identity.Actor) error {
	if err := by.Must(identity.ManageVantages, ""); err != nil {
		return err
	}
	if v.RevokedAt != nil {
		return fault.New(fault.Conflict, "vantage.revoked")
	}
	return nil
}

func (v *Vantage) validate() error {
	var faults []error
	add := func(broken bool, f *fault.Error) {
		if broken {
			faults = append(faults, f)
		}
	}
	add(!slugForm.MatchString(v.Slug) || len(v.Slug) > 60, fault.At("slug", "vantage.slug.invalid"))
	add(v.Slug == Reserved, fault.At("slug", "vantage.slug.reserved", Reserved))
	name := lang.Text{}
	for tag, text := range v.Name {
		text = strings.TrimSpace(text)
		field := "name." + tag
		add(!lang.Tag(tag).Valid(), fault.At("name", "fault.language", tag))
		add(!utf8.ValidString(text), fault.At(field, "fault.utf8"))
		add(utf8.RuneCountInString(text) > MaxName, fault.At(field, "fault.too_long", MaxName))
		add(strings.ContainsAny(text, "\n\r\t\x00"), fault.At(field, "fault.one_line"))
		if text != "" {
			name[tag] = text
		}
	}
	v.Name = name
	add(v.Name[string(lang.French)] == "", fault.At("name.fr", "fault.required"))
	add(!v.Network.Valid(), fault.At("network", "vantage.network.unknown", string(v.Network)))
	for _, t := range v.Scope.Tiers {
		add(!t.Valid(), fault.At("tiers", "service.tier.unknown", string(t)))
	}
	add(len(v.Scope.Services) > MaxServices, fault.At("services", "fault.too_many", MaxServices))
	for _, s := range v.Scope.Services[:min(len(v.Scope.Services), MaxServices)] {
		add(!slugForm.MatchString(s), fault.At("services", "vantage.service.unknown", s))
	}
	return errors.Join(faults...)
}

// Invite gives v a one-time token, of which only the hash is kept. One that
// was given before ends. An enrolled vantage may be invited again: whoever
// exchanges the token takes its place.
func (v *Vantage) Invite(by identity.Actor, token string, now time.Time) error {
	if err := v.manage(by); err != nil {
		return err
	}
	until := now.Add(TokenLife)
	v.TokenHash, v.TokenUntil = HashToken(token), &until
	v.Revision++
	v.UpdatedAt = now
	return nil
}

// HashToken returns what is kept of a token.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Revoke ends v at once: nothing more is taken from it. What it sent stays.
func (v *Vantage) Revoke(by identity.Actor, now time.Time) error {
	if err := v.manage(by); err != nil {
		return err
	}
	v.RevokedAt, v.TokenHash, v.TokenUntil = &now, "", nil
	v.Revision++
	v.UpdatedAt = now
	return nil
}

// Enrol exchanges the one-time token for the key that signs from now on.
func (v *Vantage) Enrol(token string, key []byte, program Program, now time.Time) error {
	right := subtle.ConstantTimeCompare([]byte(v.TokenHash), []byte(HashToken(token))) == 1
	if v.TokenHash == "" || !right || v.RevokedAt != nil || v.TokenUntil == nil || !now.Before(*v.TokenUntil) {
		return ErrToken()
	}
	if err := program.check(); err != nil {
		return err
	}
	if len(key) != keySize {
		return fault.At("public_key", "vantage.key")
	}
	v.TokenHash, v.TokenUntil = "", nil
	v.PublicKey, v.EnrolledAt, v.SeenAt, v.Version = key, &now, &now, program.Version
	v.Revision++
	v.UpdatedAt = now
	return nil
}

// ErrToken is the answer to a token that opens nothing, whatever the reason:
// a stranger does not learn which.
func ErrToken() error { return fault.New(fault.Unauthenticated, "vantage.token.refused") }

// Actor is v as the one who acts: it may speak for itself only.
func (v *Vantage) Actor() identity.Actor {
	return identity.Actor{Account: v.account(), Name: v.Slug, Role: identity.Agent}
}

func (v *Vantage) account() string { return "vantage/" + v.Slug }

// Must is a fault unless by is v itself, and v may still send.
func (v *Vantage) Must(by identity.Actor) error {
	if err := by.Must(identity.PushReadings, ""); err != nil {
		return err
	}
	switch {
	case by.Account != v.account():
		return fault.New(fault.NotFound, "fault.not_found")
	case v.RevokedAt != nil:
		return fault.New(fault.Gone, "vantage.gone")
	}
	return nil
}
