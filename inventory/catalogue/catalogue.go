// Package catalogue writes the public register in the languages that portals
// read: DCAT-AP 3 (JSON-LD, Turtle, RDF/XML, N-Triples), data.json, and the
// answers of the CKAN Action API. Publications in, bytes out: it stores
// nothing, asks no clock and opens no connection.
//
// A harvester believes what it reads: a page that lacks datasets makes it
// delete them, one dataset without a title makes it give up on all. So every
// entry is read back and held against the standard before it joins a Snapshot,
// and a Snapshot never changes once it is made.
package catalogue

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Settings are what the operator says about the catalogue as a whole.
type Settings struct {
	BaseURL       string        // where the world reaches us; every IRI starts with it, never with a Host header
	Title         lang.Text     // of the catalogue
	Description   lang.Text     // of the catalogue
	Publisher     lang.Text     // name of the operator
	PublisherURL  string        // its site; also names it
	Contact       string        // mailbox for entries that carry none
	Licence       string        // IRI of the licence of the catalogue's own metadata
	Legislation   []string      // IRIs of the acts that oblige us to publish
	Languages     []lang.Tag    // of the metadata; French and Arabic when empty
	PageSize      int           // datasets a page; 100 when 0
	EmptyAllowed  bool          // an empty register is served as one; otherwise it is taken for a fault of ours
	Hold          time.Duration // how long a superseded snapshot is kept for harvests under way, at least two hours; 48 h when 0
	HoldBytes     int64         // how much superseded snapshots may take, whatever their age; 2 GiB when 0
	CacheBytes    int64         // how much of what is stored is held in memory; 128 MiB when 0
	CKANVersion   string        // the version our Action API claims to be; 2.10.0 when empty
	TombstonesFor time.Duration // how long pages tell of a withdrawal; 400 days when 0, never when negative
	Tombstones    Tombstones    // where the Action API lists withdrawn datasets; TombstonesWindow when empty
}

// Tombstones says which listings of the Action API have withdrawn datasets, as
// rows whose state is "deleted".
type Tombstones string

// The choices of Tombstones. CKAN's own harvester deletes nothing that merely
// disappears, but marks as deleted what it reads as such.
const (
	TombstonesWindow Tombstones = "window" // those that ask what was modified since some instant, or for deleted ones
	TombstonesAlways Tombstones = "always" // all: a portal that begins anew gets stubs that are deleted from the first
	TombstonesNever  Tombstones = "never"
)

// Valid tells whether t is one of the choices.
func (t Tombstones) Valid() bool {
	return t == TombstonesWindow || t == TombstonesAlways || t == TombstonesNever
}

// leastHold is how long a superseded snapshot is kept at least: the slowest
// harvest seen took under an hour.
const leastHold = 2 * time.Hour

// Register is everything a Snapshot is made of.
type Register struct {
	Version      int64                   // of the catalogue, as the store counts it
	Publications []inventory.Publication // live ones
	Tombstones   []inventory.Publication // withdrawn ones
	Vocabulary   *inventory.Vocabulary
	Institutions identity.Tree
}

// LeftOut is a publication that would have broken the feed, and why. It is
// for the operator's log: somebody has to mend the entry.
type LeftOut struct {
	Ref    string
	Reason string
}

// defaults fills what the operator left open.
func (s Settings) defaults() Settings {
	s.BaseURL = strings.TrimRight(s.BaseURL, "/")
	if s.PageSize <= 0 {
		s.PageSize = 100
	}
	if s.HoldBytes <= 0 {
		s.HoldBytes = 2 << 30
	}
	if s.CacheBytes <= 0 {
		s.CacheBytes = 128 << 20
	}
	if s.Hold <= 0 {
		s.Hold = 48 * time.Hour
	}
	s.Hold = max(s.Hold, leastHold)
	if s.CKANVersion == "" {
		s.CKANVersion = "2.10.0"
	}
	if s.Tombstones == "" {
		s.Tombstones = TombstonesWindow
	}
	if len(s.Languages) == 0 {
		s.Languages = []lang.Tag{lang.French, lang.Arabic}
	}
	if s.Title.Empty() {
		s.Title = lang.Text{"fr": "Catalogue des données publiques", "ar": "فهرس البيانات العمومية"}
	}
	if s.Description.Empty() {
		s.Description = s.Title
	}
	if s.Publisher.Empty() {
		s.Publisher = s.Title
	}
	return s
}

// CatalogIRI names the catalogue itself.
func (s Settings) CatalogIRI() string { return s.BaseURL + "/catalog" }

// DatasetIRI names the dataset with this UUID, for ever.
func (s Settings) DatasetIRI(id string) string { return s.BaseURL + "/dataset/" + id }

// PageURL is where people read about the dataset with this reference.
func (s Settings) PageURL(ref string) string { return s.BaseURL + "/datasets/" + ref }

// agentIRI names an institution.
func (s Settings) agentIRI(slug string) string { return s.BaseURL + "/institutions/" + slug }

// publisherIRI names the operator.
func (s Settings) publisherIRI() string {
	if iri, ok := cleanIRI(s.PublisherURL); ok {
		return iri
	}
	return s.CatalogIRI() + "#publisher"
}

// stableID derives a UUID from a name that never changes: institutions,
// themes and tags have no UUID of their own, and CKAN wants one for each.
func stableID(kind, name string) string {
	space := [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	sum := sha1.Sum(append(space[:], "jard:"+kind+":"+name...))
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
