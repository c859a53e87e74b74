// Package twin finds entries of the register that are likely one dataset
// entered twice, and says by what it tells: rules only, over a small index in
// memory. It finds; people decide.
package twin

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// Reason is one thing by which two entries look like one.
type Reason string

// The reasons, the strongest first.
const (
	SameSource   Reason = "source"   // the same id at the same portal
	SameFile     Reason = "file"     // a file at the same address
	SameTitle    Reason = "title"    // the same title
	NearTitle    Reason = "near"     // a title that differs in a slip or in words that say little
	SameBody     Reason = "body"     // of one institution
	SameProducer Reason = "producer" // made by one body
	SamePeriod   Reason = "period"   // about the same period
)

// Reasons lists the reasons, the strongest first.
func Reasons() []Reason {
	return []Reason{SameSource, SameFile, SameTitle, NearTitle, SameBody, SameProducer, SamePeriod}
}

// What each reason adds. An id or a file says it alone; a title says it when
// something else agrees; what agrees besides says nothing alone.
const (
	forSource   = 100
	forFile     = 70
	forTitle    = 60
	forNear     = 45
	forBody     = 10
	forProducer = 10
	forPeriod   = 5
)

// Likely is the score from which two entries are shown to a person.
const Likely = 45

// Entry is one face of a dataset: what its officer works on, or what the public sees of it meanwhile.
type Entry struct {
	ID          string // UUID of the dataset
	Institution string
	Public      bool // everybody may read this face
	Content     inventory.Content
	Origins     []inventory.Origin // by which portals it is known
}

// EntryOf is the face that an officer works on.
func EntryOf(d *inventory.Dataset) Entry {
	e := Entry{
		ID: d.ID, Institution: d.Institution, Public: d.State == inventory.Approved, Content: d.Content,
		Origins: []inventory.Origin{d.Content.Origin()},
	}
	if d.Source.Portal != "" {
		e.Origins = append(e.Origins, inventory.Origin{Portal: d.Source.Portal, ID: d.Source.ID})
	}
	return e
}

// Match is an entry that looks like the one asked about.
type Match struct {
	ID          string
	Institution string
	Score       int // 0 to 100
	Reasons     []Reason
}

// Pair is two datasets that look alike; A is the smaller id.
type Pair struct {
	A, B         string
	BodyA, BodyB string // institutions
	Score        int
	Reasons      []Reason
}

// Touches tells whether one of the two is of the institution.
func (p Pair) Touches(institution string) bool {
	return p.BodyA == institution || p.BodyB == institution
}

// Key names the pair, whichever way round it was met.
func Key(x, y string) (a, b string) {
	if x > y {
		x, y = y, x
	}
	return x, y
}

// face is an entry as the index holds it.
type face struct {
	entry    string // id of the dataset
	body     string
	public   bool
	exact    []uint64 // sources and addresses, as the index files them
	sources  int      // how many of these are sources
	titles   []title
	producer uint64
	period   uint64 // 0 when none is given
	stamp    int64
	dead     bool
}

// compare scores two faces. Shared tells how many entries have the exact key:
// an address that many share is a portal's front page and tells nothing.
func compare(a, b *face, shared func(uint64) int) (int, []Reason) {
	var reasons []Reason
	score := 0
	add := func(r Reason, points int) {
		reasons, score = append(reasons, r), score+points
	}
	source, file := false, false
	for n, key := range a.exact {
		at := slices.Index(b.exact, key)
		switch {
		case at < 0:
		case n < a.sources && at < b.sources:
			source = true
		case shared(key) <= fewShare:
			file = true
		}
	}
	if source {
		add(SameSource, forSource)
	}
	near := likeness(a.titles, b.titles, file)
	if file && near != apart { // two editions may share a page, and are a series all the same
		add(SameFile, forFile)
	}
	switch near {
	case same:
		add(SameTitle, forTitle)
	case alike:
		add(NearTitle, forNear)
	}
	if score == 0 {
		return 0, nil
	}
	if a.body == b.body {
		add(SameBody, forBody)
	}
	if a.producer != 0 && a.producer == b.producer {
		add(SameProducer, forProducer)
	}
	switch {
	case a.period != 0 && a.period == b.period:
		add(SamePeriod, forPeriod)
	case a.period != 0 && b.period != 0 && !source:
		score -= forTitle / 2 // each says what it covers, and it is not the same
	}
	return max(0, min(score, 100)), reasons
}

// fewShare is how many entries may share an address before it tells nothing.
const fewShare = 3

// NormalURL writes an address so that two ways of writing one are the same;
// empty when it is no address of a file or a page, but of a whole site.
func NormalURL(address string) string {
	s := strings.TrimSpace(address)
	scheme, rest, ok := strings.Cut(s, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "#")
	host, path, _ := strings.Cut(rest, "/")
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443")
	path = strings.TrimRight(path, "/?&")
	if host == "" || path == "" || len(path) < 4 && !strings.Contains(path, "?") {
		return "" // a front page, in whichever language: "/fr"
	}
	return host + "/" + path
}

// order puts the likeliest first.
func order(x, y Match) int {
	return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.ID, y.ID))
}
