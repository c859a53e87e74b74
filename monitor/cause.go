package monitor

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// GroundKind says what failing checks may have in common.
type GroundKind string

// The kinds of ground, the one that explains most first.
const (
	OnService     GroundKind = "service"     // a service that another one declares to depend on
	OnCertificate GroundKind = "certificate" // the same certificate, by its fingerprint
	OnNameServer  GroundKind = "name_server"
	OnAddress     GroundKind = "address" // the same /24, or /48 of IPv6
	OnDomain      GroundKind = "domain"  // the same domain, when its names do not resolve
)

// GroundKinds lists the kinds, the one that explains most first.
func GroundKinds() []GroundKind {
	return []GroundKind{OnService, OnCertificate, OnNameServer, OnAddress, OnDomain}
}

// Ground is something a check stands on. Checks that fail together and stand
// on the same ground are one incident.
type Ground struct {
	Kind  GroundKind `json:"kind"`
	Value string     `json:"value"`
}

// CauseWindow is how close together outages must be confirmed to be told as
// one. A service that others depend on has no such limit while it fails.
const CauseWindow = 10 * time.Minute

// maxGrounds bounds what is kept of one outage.
const maxGrounds = 40

// Grounds returns what the check behind e stands on, as far as its failure can
// come from there: a wrong page says nothing about the network, and a broken
// certificate nothing about the address. The declared dependencies always count.
func Grounds(why Reason, host string, e *Evidence, service string, dependsOn []string) []Ground {
	list := []Ground{}
	add := func(kind GroundKind, value string) {
		g := Ground{kind, value}
		if value != "" && len(list) < maxGrounds && !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	add(OnService, service)
	for _, other := range dependsOn {
		add(OnService, other)
	}
	switch why {
	case NoDNS:
		for _, ns := range e.NameServers {
			add(OnNameServer, strings.ToLower(strings.TrimSuffix(ns, ".")))
		}
		add(OnDomain, domainOf(host))
	case Connect, Timeout, Status:
		for _, a := range append([]string{e.Address}, e.Answers...) {
			add(OnAddress, neighbourhood(a))
		}
		if len(list) == 1+len(dependsOn) {
			add(OnAddress, neighbourhood(host))
		}
	case TLSExpired, TLSIncompleteChain, TLSWrongHost, TLSSelfSigned, TLSUntrusted, TLSOther:
		if len(e.Chain) > 0 {
			add(OnCertificate, e.Chain[0].Fingerprint)
		}
	default: // what a page says is the service's own affair
	}
	return list
}

// neighbourhood returns the network that an address stands in; empty when it
// says nothing, as this machine's own addresses do.
func neighbourhood(address string) string {
	if at, err := netip.ParseAddrPort(address); err == nil {
		address = at.Addr().String()
	}
	a, err := netip.ParseAddr(strings.Trim(address, "[]"))
	if err != nil || a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// shared are endings under which strangers register names: two names under one
// of them have nothing in common.
var shared = []string{"gov", "com", "org", "net", "edu", "ens", "fin", "ind", "info", "intl", "nat", "perso", "tourism", "co", "rnu", "mincom", "agrinet"}

// domainOf returns the domain that somebody registered for host.
func domainOf(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	labels := strings.Split(host, ".")
	n := 2
	if len(labels) >= 3 && slices.Contains(shared, labels[len(labels)-2]) {
		n = 3
	}
	if len(labels) < n || slices.Contains(labels, "") {
		return ""
	}
	return strings.Join(labels[len(labels)-n:], ".")
}

// Gathering is an open incident as far as it decides who joins it.
type Gathering struct {
	Incident int64
	Alone    bool                 // somebody split it off: nobody joins for a shared ground
	Began    time.Time            // when its first outage was confirmed
	Services map[string]bool      // who was ever in it
	Failing  map[string]int       // how many of their checks fail now
	Seen     map[Ground]time.Time // when an outage on that ground was last confirmed
}

// NewGathering returns one that nobody is in yet.
func NewGathering(incident int64, alone bool) *Gathering {
	return &Gathering{
		Incident: incident, Alone: alone, Services: map[string]bool{}, Failing: map[string]int{}, Seen: map[Ground]time.Time{},
	}
}

// Join takes an outage in.
func (g *Gathering) Join(o *Outage) {
	g.Services[o.Service] = true
	if g.Began.IsZero() || o.ConfirmedAt.Before(g.Began) {
		g.Began = o.ConfirmedAt
	}
	if o.EndedAt == nil {
		g.Failing[o.Service]++
	}
	for _, ground := range o.Grounds {
		if o.ConfirmedAt.After(g.Seen[ground]) {
			g.Seen[ground] = o.ConfirmedAt
		}
	}
}

// Leave takes one of its service's outages out.
func (g *Gathering) Leave(service string) { g.Failing[service] = max(0, g.Failing[service]-1) }

// Place finds the open incident that o belongs to: the one its service is in
// already, else the oldest of those with which it shares the ground that
// explains most. It returns nil when o is an incident of its own. What comes in
// late, from a place that was cut off, does not join what began long after it.
func Place(open []*Gathering, o *Outage) (*Gathering, Ground) {
	for _, g := range slices.Backward(open) {
		if g.Services[o.Service] && !o.ConfirmedAt.Before(g.Began.Add(-CauseWindow)) {
			return g, Ground{}
		}
	}
	for _, kind := range GroundKinds() {
		for _, ground := range o.Grounds {
			if ground.Kind != kind {
				continue
			}
			for _, g := range open {
				if g.shares(ground, o.ConfirmedAt) {
					return g, ground
				}
			}
		}
	}
	return nil, Ground{}
}

// shares tells whether an outage confirmed at `at` joins for the ground's sake.
func (g *Gathering) shares(ground Ground, at time.Time) bool {
	seen, there := g.Seen[ground]
	if !there || g.Alone {
		return false
	}
	if ground.Kind == OnService && g.Failing[ground.Value] > 0 && at.After(seen) {
		return true
	}
	return at.Sub(seen).Abs() <= CauseWindow
}
