package vantage

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor"
)

// Protocol is the version of what agents and installations say to each other.
// An agent of another one is told so and sends nothing.
const Protocol = 1

const keySize = ed25519.PublicKeySize

// The headers of a signed request and of its answer.
const (
	HeaderVantage   = "Jard-Vantage"
	HeaderTime      = "Jard-Time" // of the request: the agent's estimate of our clock; of the answer: our clock
	HeaderSignature = "Jard-Signature"
)

// SkewAllowed is how far the time of a signed request may be from ours: what
// bounds how long somebody who copied one may repeat it. An agent learns our
// time from every answer, so its own clock may be off by any amount.
const SkewAllowed = 2 * time.Minute

// Program is what an agent says of itself.
type Program struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
}

func (p Program) check() error {
	if p.Protocol != Protocol {
		return fault.At("protocol", "vantage.protocol", p.Protocol, Protocol)
	}
	return nil
}

// Enrolment asks for an identity in exchange for a one-time token.
type Enrolment struct {
	Program
	Token     string `json:"token"`
	PublicKey []byte `json:"public_key"`
}

// Welcome is the answer: who the agent is now.
type Welcome struct {
	Vantage  string    `json:"vantage"`
	Name     string    `json:"name"`
	Sequence int64     `json:"sequence"` // of the last batch that came from this vantage
	Now      time.Time `json:"now"`
}

// Assignment is one check an agent has to look at.
type Assignment struct {
	ID          int64            `json:"id"`
	Service     string           `json:"service"`
	Institution string           `json:"institution"`
	Name        string           `json:"name"`
	Kind        monitor.Kind     `json:"kind"`
	Target      string           `json:"target"`
	Schedule    string           `json:"schedule"`
	TimeoutMs   int64            `json:"timeout_ms"`
	Expect      monitor.Expect   `json:"expect"`
	Settings    monitor.Settings `json:"settings"`
	UpdatedAt   time.Time        `json:"updated_at"`
}

// AssignmentOf tells an agent of c.
func AssignmentOf(c *monitor.Check, institution string) Assignment {
	return Assignment{
		ID: c.ID, Service: c.Service, Institution: institution, Name: c.Name, Kind: c.Kind, Target: c.Target, Schedule: c.Schedule,
		TimeoutMs: c.Timeout.Milliseconds(), Expect: c.Expect, Settings: c.Settings, UpdatedAt: c.UpdatedAt,
	}
}

// Check is the check that a tells of.
func (a *Assignment) Check() monitor.Check {
	return monitor.Check{
		ID: a.ID, Service: a.Service, Name: a.Name, Kind: a.Kind, Target: a.Target, Schedule: a.Schedule,
		Timeout: time.Duration(a.TimeoutMs) * time.Millisecond, Expect: a.Expect, Settings: a.Settings, UpdatedAt: a.UpdatedAt,
	}
}

// Manner is how an installation wants its checks looked at, wherever that is
// done: whoever is asked to be polite is so from every place.
type Manner struct {
	Zone string `json:"zone"` // in which cron lines are read
	// RecheckMs are the waits before a failure is confirmed.
	RecheckMs []int64 `json:"recheck_ms"`
	// HostPauseMs is the least time between two visits to one host.
	HostPauseMs int64 `json:"host_pause_ms,omitempty"`
}

// NewManner returns the manner of these settings.
func NewManner(zone string, rechecks []time.Duration, hostPause time.Duration) Manner {
	m := Manner{Zone: zone, RecheckMs: []int64{}, HostPauseMs: hostPause.Milliseconds()}
	for _, wait := range rechecks {
		m.RecheckMs = append(m.RecheckMs, wait.Milliseconds())
	}
	return m
}

// Rechecks are the waits before a failure is confirmed.
func (m Manner) Rechecks() []time.Duration {
	list := make([]time.Duration, 0, len(m.RecheckMs))
	for _, ms := range m.RecheckMs {
		list = append(list, time.Duration(ms)*time.Millisecond)
	}
	return list
}

// HostPause is the least time between two visits to one host.
func (m Manner) HostPause() time.Duration { return time.Duration(m.HostPauseMs) * time.Millisecond }

// Same tells whether n is no other manner.
func (m Manner) Same(n Manner) bool {
	return m.Zone == n.Zone && m.HostPauseMs == n.HostPauseMs && slices.Equal(m.RecheckMs, n.RecheckMs)
}

// Orders are everything an agent has to look at, and how.
type Orders struct {
	Manner
	Checks []Assignment `json:"checks"`
}

// Heartbeat says that an agent lives, and how it is.
type Heartbeat struct {
	Program
	OffsetUs int64 `json:"offset_us"`
	Waiting  int64 `json:"waiting"`
	Lost     int64 `json:"lost"`
}

// Pulse is the answer to a heartbeat.
type Pulse struct {
	Sequence int64     `json:"sequence"`
	Now      time.Time `json:"now"`
}

// MaxBatch is how many readings one batch may hold.
const MaxBatch = 500

// MaxBody bounds the body of a batch, as it is sent: nothing is unpacked.
const MaxBody = 512 << 10

// Batch is a segment of an agent's spool: readings under one number, which
// rises by one with each batch and is never used twice.
type Batch struct {
	Program
	Sequence int64  `json:"sequence"`
	OffsetUs int64  `json:"offset_us"`
	Waiting  int64  `json:"waiting"`
	Lost     int64  `json:"lost"`
	Readings []Seen `json:"readings"`
}

// Receipt is the answer to a batch.
type Receipt struct {
	Sequence int64          `json:"sequence"`
	Already  bool           `json:"already,omitempty"` // it had come before
	Kept     int            `json:"kept"`
	Refused  map[string]int `json:"refused,omitempty"` // by reason
	Now      time.Time      `json:"now"`
}

// Seen is a reading on its way. What it means is for the receiver to judge: the
// sender only says what happened.
type Seen struct {
	Check     int64          `json:"c"`
	At        int64          `json:"t"` // microseconds, of the receiver's clock as far as the sender knows it
	Reason    monitor.Reason `json:"r,omitempty"`
	Status    int            `json:"s,omitempty"`
	Attempt   int            `json:"a,omitempty"`
	EveryS    int64          `json:"e"`
	Bytes     int64          `json:"b,omitempty"`
	PhasesUs  []int64        `json:"p"`
	NotAfter  int64          `json:"n,omitempty"` // seconds
	Detail    string         `json:"d,omitempty"`
	Address   string         `json:"h,omitempty"`
	Unsure    bool           `json:"u,omitempty"` // the sender did not know by how much its clock was off
	Redirects int            `json:"f,omitempty"`
}

// SeenOf puts r on its way.
func SeenOf(r *monitor.Reading) Seen {
	s := Seen{
		Check: r.Check, At: r.At.UnixMicro(), Reason: r.Reason, Status: r.Status, Attempt: r.Attempt,
		EveryS: max(1, int64(r.Every/time.Second)), Bytes: r.Bytes, Detail: clip(r.Detail, maxDetail), Address: clip(r.Address, maxAddress),
		Redirects: r.Redirects,
	}
	for _, p := range r.Phases {
		s.PhasesUs = append(s.PhasesUs, p.Microseconds())
	}
	if !r.NotAfter.IsZero() {
		s.NotAfter = r.NotAfter.Unix()
	}
	return s
}

// How long the texts of a reading may be.
const (
	maxDetail  = 300
	maxAddress = 100
)

// clip cuts text to n bytes, never inside a letter, and drops what is no text.
func clip(text string, n int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// reading is the judged reading, and false when s cannot be one.
func (s *Seen) reading() (monitor.Reading, bool) {
	r := monitor.Reading{
		Check: s.Check, At: time.UnixMicro(s.At).UTC(), Reason: s.Reason, Verdict: s.Reason.Says(), Status: s.Status,
		Bytes: s.Bytes, Attempt: s.Attempt, Every: time.Duration(s.EveryS) * time.Second,
		Detail: clip(s.Detail, maxDetail), Address: clip(s.Address, maxAddress), Redirects: s.Redirects,
	}
	if s.NotAfter > 0 {
		r.NotAfter = time.Unix(s.NotAfter, 0).UTC()
	}
	const day, largest = 24 * 60 * 60, 1 << 40
	known := s.Reason == monitor.None || slices.Contains(monitor.Reasons(), s.Reason)
	ok := known && len(s.PhasesUs) == len(r.Phases) && s.Status >= 0 && s.Status <= 999 && s.Attempt >= 0 && s.Attempt <= 255 &&
		s.EveryS >= 1 && s.EveryS <= 32*day && s.Bytes >= 0 && s.Bytes <= largest && s.NotAfter < largest && s.Redirects >= 0 && s.Redirects < 100
	if !ok {
		return r, false
	}
	for n, us := range s.PhasesUs {
		if us < 0 || us > int64(time.Hour/time.Microsecond) {
			return r, false
		}
		r.Phases[n] = time.Duration(us) * time.Microsecond
	}
	return r, true
}

// message is what is signed: the request, when it was made, and what it carries.
func message(method, path, at string, body []byte) []byte {
	sum := sha256.Sum256(body)
	return []byte(strings.Join([]string{"jard-agent", method, path, at, hex.EncodeToString(sum[:])}, "\n"))
}

// Sign returns the signature of a request, as its header carries it.
func Sign(key ed25519.PrivateKey, method, path, at string, body []byte) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(key, message(method, path, at, body)))
}

// Check is a fault unless the request was signed by v, and lately.
func (v *Vantage) Check(method, path, at, signature string, body []byte, now time.Time) error {
	made, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(v.PublicKey) != keySize || !ed25519.Verify(v.PublicKey, message(method, path, at, body), made) {
		return ErrSignature()
	}
	signed, err := time.Parse(time.RFC3339Nano, at)
	if err != nil || now.Sub(signed).Abs() > SkewAllowed {
		return fault.New(fault.Unauthenticated, "vantage.skew")
	}
	return nil
}

// ErrSignature is the answer to a request that no vantage of ours signed.
func ErrSignature() error { return fault.New(fault.Unauthenticated, "vantage.signature") }

// Digest tells one content of a batch from another, whatever else it says.
func (b *Batch) Digest() string {
	text, err := json.Marshal(b.Readings)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
