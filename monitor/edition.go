package monitor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// EditionMethod is the version of how an edition is computed and written. A
// change of either needs the next number: what was issued stays as it was.
const EditionMethod = 1

// What an edition may cover.
const (
	EditionLongest = 400 * 24 * time.Hour
	// EditionSettle is how long after its end a period may be stated: by then
	// what was late is in.
	EditionSettle = 2 * time.Hour
)

// Edition is how available a service was in a period, as it was stated, with
// the hash of everything it was computed from. Whoever has the same readings
// computes the same hash.
type Edition struct {
	Service  string
	From, To time.Time
	Method   int
	Document string // the canonical text; its SHA-256 is the hash
	Hash     string
	Checks   []EditionCheck
}

// EditionCheck is one check of an edition.
type EditionCheck struct {
	Check  int64
	Tally  Tally
	Digest string // SHA-256 of its readings, each as one line
}

// CheckReadings are what an edition is computed from: a check's readings with
// the edges of the period, as availability is.
type CheckReadings struct {
	Check    int64
	Readings []Reading
}

// MayIssue is a fault when the actor may not state the availability of the
// institution's services, or the period cannot be stated.
func MayIssue(by identity.Actor, institution string, from, to, now time.Time) error {
	if err := by.Must(identity.IssueStatement, institution); err != nil {
		return err
	}
	switch {
	case !from.Before(to):
		return fault.At("to", "edition.empty")
	case to.Sub(from) > EditionLongest:
		return fault.At("from", "edition.long", int(EditionLongest/(24*time.Hour)))
	case to.After(now.Add(-EditionSettle)):
		return fault.At("to", "edition.fresh", int(EditionSettle/time.Hour))
	}
	return nil
}

// NewEdition computes the edition of a service from its checks' readings, in
// order of the checks' numbers, and what was planned, as Spans gives it.
func NewEdition(service string, from, to time.Time, checks []CheckReadings, planned []Span) Edition {
	e := Edition{Service: service, From: from.UTC(), To: to.UTC(), Method: EditionMethod}
	var doc strings.Builder
	fmt.Fprintf(&doc, "jard edition %d\nservice %s\nfrom %d\nto %d\n", e.Method, service, from.UnixMicro(), to.UnixMicro())
	for _, s := range planned {
		fmt.Fprintf(&doc, "planned %d %d\n", s.From.UnixMicro(), s.To.UnixMicro())
	}
	for _, c := range checks {
		check := EditionCheck{Check: c.Check, Tally: Sum(c.Readings, from, to, planned), Digest: digest(c.Readings)}
		t := &check.Tally
		fmt.Fprintf(&doc, "check %d up_us %d down_us %d planned_us %d may_down_us %d may_up_us %d readings %d good %d asked %d answered %d\n",
			c.Check, t.Up.Microseconds(), t.Down.Microseconds(), t.Planned.Microseconds(), t.MayDown.Microseconds(),
			t.MayUp.Microseconds(), t.Readings, t.Good, t.Asked, t.Answered)
		fmt.Fprintf(&doc, "digest %d %d %s\n", c.Check, len(c.Readings), check.Digest)
		e.Checks = append(e.Checks, check)
	}
	e.Document = doc.String()
	e.Hash = EditionHash(e.Document)
	return e
}

// EditionHash returns the hash that a document is known by.
func EditionHash(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// Worst returns the check that was down longest: the service's figure.
func (e *Edition) Worst() Tally {
	var worst Tally
	for n := range e.Checks {
		if n == 0 || e.Checks[n].Tally.Down > worst.Down {
			worst = e.Checks[n].Tally
		}
	}
	return worst
}

// digest hashes readings, each as one line of whole numbers.
func digest(readings []Reading) string {
	sum := sha256.New()
	for n := range readings {
		readings[n].line(sum)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// line writes what is kept of r: when, verdict, reason, status, attempt,
// whether we delayed it, period, bytes, and the phases, times in microseconds.
func (r *Reading) line(to hash.Hash) {
	delayed := 0
	if r.Delayed {
		delayed = 1
	}
	fmt.Fprintf(to, "%d %d %d %d %d %d %d %d", r.At.UnixMicro(), uint8(r.Verdict), uint8(r.Reason), r.Status, r.Attempt, delayed,
		r.Every.Microseconds(), r.Bytes)
	for _, d := range r.Phases {
		fmt.Fprintf(to, " %d", d.Microseconds())
	}
	fmt.Fprintln(to)
}

// About cuts from readings, which are in order, what tells about from..to:
// those inside, the one before, and those after until one is certain.
func About(readings []Reading, from, to time.Time) []Reading {
	first, last := 0, len(readings)
	for n := range readings {
		if !readings[n].At.After(from) {
			first = n
		}
		if !readings[n].At.Before(to) && readings[n].Verdict != Suspect {
			last = n + 1
			break
		}
	}
	return readings[first:last]
}

// ReadEdition reads a document back. The hash is that of the text, whatever it says.
func ReadEdition(document string) (Edition, error) {
	e := Edition{Document: document, Hash: EditionHash(document)}
	var from, to int64
	head, rest, _ := strings.Cut(document, "check ")
	if _, err := fmt.Sscanf(head, "jard edition %d\nservice %s\nfrom %d\nto %d\n", &e.Method, &e.Service, &from, &to); err != nil {
		return e, fault.New(fault.Invalid, "edition.unreadable")
	}
	e.From, e.To = time.UnixMicro(from).UTC(), time.UnixMicro(to).UTC()
	if rest == "" {
		return e, nil
	}
	for part := range strings.SplitSeq(rest, "\ncheck ") {
		var c EditionCheck
		var up, down, planned, mayDown, mayUp int64
		var twice, lines int64
		t := &c.Tally
		_, err := fmt.Sscanf(part, "%d up_us %d down_us %d planned_us %d may_down_us %d may_up_us %d readings %d good %d asked %d answered %d\n"+
			"digest %d %d %s", &c.Check, &up, &down, &planned, &mayDown, &mayUp, &t.Readings, &t.Good, &t.Asked, &t.Answered,
			&twice, &lines, &c.Digest)
		if err != nil {
			return e, fault.New(fault.Invalid, "edition.unreadable")
		}
		t.Up, t.Down, t.Planned = micros(up), micros(down), micros(planned)
		t.MayDown, t.MayUp = micros(mayDown), micros(mayUp)
		e.Checks = append(e.Checks, c)
	}
	return e, nil
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// Recomputed is what computing an edition again says of it.
type Recomputed string

// The answers.
const (
	Agrees  Recomputed = "same"    // the same hash
	Differs Recomputed = "differs" // something came in late, or was changed
	Gone    Recomputed = "gone"    // its readings are no longer kept
)

// Compare tells whether a computation of today bears out what was issued.
func (e *Edition) Compare(again *Edition) Recomputed {
	if e.Hash == again.Hash {
		return Agrees
	}
	before, now := int64(0), int64(0)
	for n := range e.Checks {
		before += e.Checks[n].Tally.Readings
	}
	for n := range again.Checks {
		now += again.Checks[n].Tally.Readings
	}
	if now == 0 && before > 0 {
		return Gone
	}
	return Differs
}
