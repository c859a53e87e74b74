// Package monitor is the watch: online services, the checks that look at them,
// what a reading means, when a service counts as down, and how much of a
// period it answered. Rules only; nothing here connects, stores or shows.
package monitor

import (
	"regexp"
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
)

// State says whether a service is looked at.
type State string

// The states. Drafts and paused services are never probed and never public.
const (
	Draft  State = "draft"
	Active State = "active"
	Paused State = "paused"
)

// States lists the states in the order of a service's life.
func States() []State { return []State{Draft, Active, Paused} }

// Valid tells whether s is a state we know.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// Tier says how much a citizen loses when the service does not answer.
type Tier string

// The tiers.
const (
	Critical    Tier = "critical"
	Normal      Tier = "normal"
	Information Tier = "information"
)

// Tiers lists the tiers, the gravest first.
func Tiers() []Tier { return []Tier{Critical, Normal, Information} }

// Valid tells whether t is a tier we know.
func (t Tier) Valid() bool { return slices.Contains(Tiers(), t) }

// Kind says how a check looks.
type Kind string

// The kinds.
const (
	HTTP      Kind = "http"
	TCP       Kind = "tcp"
	DNS       Kind = "dns"
	TLS       Kind = "tls"
	ICMP      Kind = "icmp"
	WebSocket Kind = "websocket"
	Journey   Kind = "journey" // several requests, as a person makes them
	Browser   Kind = "browser" // a page loaded as a browser does
)

// Service is an online service that a public body offers.
type Service struct {
	Slug        string    `gorm:"primaryKey"` // never reused
	Name        lang.Text `gorm:"serializer:json"`
	Institution string    // slug of the body that answers for it
	URL         string    // where people reach it; may be unknown while it is a draft
	LifeEvent   string    // birth, work, tax, …: how a citizen looks for it
	Tier        Tier
	Languages   []lang.Tag `gorm:"serializer:json"` // languages it claims to speak
	State       State
	Note        string          // for the desk only: what is known about its ways
	Settings    ServiceSettings `gorm:"serializer:json"`
	Revision    int             // rises by one with every change; the ETag
	Checks      []Check         `gorm:"-"` // those in force, in the order they were written
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Public tells whether anybody may see the service.
func (s *Service) Public() bool { return s.State == Active }

// Check is one way to look at a service, again and again. Its number stays
// with its readings for ever: a check that is taken away is retired, not deleted.
type Check struct {
	ID        int64  `gorm:"primaryKey"`
	Service   string // slug
	Name      string // unique among the checks in force of its service
	Kind      Kind
	Target    string
	Schedule  string // "@every 60s" or a cron line
	Timeout   time.Duration
	Expect    Expect   `gorm:"serializer:json"`
	Settings  Settings `gorm:"serializer:json"`
	Position  int      // among the checks of its service
	RetiredAt *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time

	Trust    *TLSTrust                 `gorm:"-"` // its service's, put here by who reads it to look
	compiled map[string]*regexp.Regexp // its patterns, once it was made ready
}
