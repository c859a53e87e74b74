// Package harvest knows who reads the catalogue, on which snapshot, and how
// far they came. A dialect whose paging has no token of its own is kept on one
// snapshot here, so that what is approved or withdrawn in the middle of a walk
// never makes rows skip; and every walk leaves a receipt. It speaks no HTTP and
// keeps nothing by itself.
package harvest

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Kind is the kind of a client: a closed set, so that it can label a metric.
type Kind string

// The kinds.
const (
	CKAN    Kind = "ckan"    // CKAN's own harvester, over the Action API
	DCAT    Kind = "dcat"    // ckanext-dcat and its like, over RDF
	Udata   Kind = "udata"   // udata, either way
	Piveau  Kind = "piveau"  // piveau, either way
	GSA     Kind = "gsa"     // data.gov, over data.json
	Browser Kind = "browser" // a person
	Other   Kind = "other"   // what does not say
)

// Kinds lists the kinds in the order they are shown.
func Kinds() []Kind { return []Kind{CKAN, DCAT, Udata, Piveau, GSA, Browser, Other} }

// Valid tells whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Harvests tells whether it is a program that harvests.
func (k Kind) Harvests() bool { return k != Browser && k != Other }

// marks are what clients call themselves, in the order they are looked for.
var marks = []struct {
	mark string
	kind Kind
}{
	{"udata", Udata},
	{"piveau", Piveau},
	{"vert.x", Piveau},
	{"datagov", GSA},
	{"data.gov", GSA},
	{"mozilla", Browser},
}

// KindOf tells the kind of a client by what it calls itself, and where it says
// only which library it is written with, by what it reads.
func KindOf(agent, path string) Kind {
	agent = strings.ToLower(agent)
	for _, m := range marks {
		if strings.Contains(agent, m.mark) {
			return m.kind
		}
	}
	if !strings.Contains(agent, "python-requests") && !strings.Contains(agent, "ckan") {
		return Other
	}
	switch {
	case strings.HasPrefix(path, "/api/"):
		return CKAN
	case path == "/data.json":
		return GSA
	}
	return DCAT
}

// Neighbourhood is the part of an address that is written down: too coarse to
// tell a household, fine enough to tell one portal from another. What is no
// address is left out.
func Neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 48
	if ip = ip.WithZone("").Unmap(); ip.Is4() {
		bits = 24
	}
	p, _ := ip.Prefix(bits) // never fails with so few bits
	return p.String()
}

// Consumer is a reader that the settings know by name. What is left empty
// matches everybody.
type Consumer struct {
	Name    string
	Agent   string       // part of what it calls itself
	Network netip.Prefix // where it comes from; the zero Prefix is anywhere
}

// knows tells whether a reader is this consumer.
func (c Consumer) knows(agent string, from netip.Addr) bool {
	if c.Agent != "" && !strings.Contains(strings.ToLower(agent), strings.ToLower(c.Agent)) {
		return false
	}
	return !c.Network.IsValid() || c.Network.Contains(from.WithZone("").Unmap())
}

// Consumers are the known readers in the order they are looked for.
type Consumers []Consumer

// Name returns what a reader is called in figures: the first consumer that
// matches, else its kind. The names are as many as the settings and the kinds
// have, so that they can label a metric.
func (all Consumers) Name(agent, address string, kind Kind) (name string, known bool) {
	from, _ := netip.ParseAddr(address) // what is none lies in no network
	for _, c := range all {
		if c.knows(agent, from) {
			return c.Name, true
		}
	}
	return string(kind), false
}

// Scope says how much of the register a walk asks for.
type Scope string

// The scopes.
const (
	Whole   Scope = "whole"   // everything
	Changes Scope = "changes" // what changed since the last time
	Part    Scope = "part"    // what a question selects
)

// Complete tells whether a reader who came to the end has the whole register,
// as far as a protocol without deletions lets it.
func (s Scope) Complete() bool { return s == Whole || s == Changes }

// Snapshot is what a receipt says of the state that was read.
type Snapshot struct {
	ID      string
	Version int64
	Built   time.Time
}

// Receipt is one walk through the catalogue.
type Receipt struct {
	ID         string `gorm:"primaryKey"`
	Mark       string // by which another process finds the walk; emptied after a day
	Consumer   string
	Client     Kind
	Network    string // as Neighbourhood has it; emptied after some weeks
	Dialect    string // what was walked: "package_search", "catalog.ttl"
	Scope      Scope
	Snapshot   string
	Version    int64
	SnapshotAt time.Time
	BegunAt    time.Time
	SeenAt     time.Time
	EndedAt    *time.Time // when the last of it was given out; nil until then
	Reached    int        // rows or pages given out
	Total      int        // of how many
	Requests   int
	Moved      bool // the snapshot was gone in the middle: rows may have been skipped
}

// TableName names the table of receipts.
func (Receipt) TableName() string { return "harvest_receipts" }

// Done tells whether the reader was given everything it asked for.
func (r *Receipt) Done() bool { return r.EndedAt != nil }

// Current tells whether the reader has, with this walk, the state it began on.
func (r *Receipt) Current() bool { return r.Done() && r.Scope.Complete() && !r.Moved }

// Share is how far the walk came, from 0 to 1.
func (r *Receipt) Share() float64 {
	if r.Total <= 0 {
		if r.Done() {
			return 1
		}
		return 0
	}
	return min(1, float64(r.Reached)/float64(r.Total))
}

// StalledAfter is how long after its last request a walk counts as given up.
const StalledAfter = 30 * time.Minute

// State is how a walk stands.
type State string

// The states.
const (
	Running State = "running"
	Ended   State = "done"
	Stalled State = "stalled" // stopped before its end
)

// State returns how the walk stands at now.
func (r *Receipt) State(now time.Time) State {
	switch {
	case r.Done():
		return Ended
	case now.Sub(r.SeenAt) < StalledAfter:
		return Running
	}
	return Stalled
}

// Standing is how one consumer stands: when it was last seen, and the last
// state of the register that it took whole.
type Standing struct {
	Consumer   string `gorm:"primaryKey"`
	SeenAt     time.Time
	CompleteAt *time.Time // when it last came to an end; nil: never
	BegunAt    *time.Time // when that walk began
	Snapshot   string
	Version    int64
}

// TableName names the table of standings.
func (Standing) TableName() string { return "harvest_consumers" }

// Lag is how old the state is that the consumer has: nothing while it is the
// current one, else since its walk began, for what changed later it cannot
// know. It is false when the consumer never took the register whole.
func (s *Standing) Lag(current Snapshot, now time.Time) (lag time.Duration, known bool) {
	if s.CompleteAt == nil || s.BegunAt == nil {
		return 0, false
	}
	if s.Snapshot == current.ID {
		return 0, true
	}
	return max(0, now.Sub(*s.BegunAt)), true
}

// Behind is how many versions of the register the consumer has missed.
func (s *Standing) Behind(current Snapshot) int64 {
	if s.CompleteAt == nil || s.Snapshot == current.ID {
		return 0
	}
	return max(0, current.Version-s.Version)
}
