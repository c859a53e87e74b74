package monitor

import "time"

// Verdict is what a reading, or the readings so far, say about a service. The
// numbers are stored; they never change their meaning.
type Verdict uint8

// The verdicts.
const (
	Unknown  Verdict = 0 // nobody looked, or we could not see
	Up       Verdict = 1
	Degraded Verdict = 2 // it answers, with a fault that stops some people
	Suspect  Verdict = 3 // a reading failed and is not yet confirmed; never a standing state
	Down     Verdict = 4
	// Maintenance is time that was announced as not to be counted. It stands over
	// whatever was read in it; no reading has it by itself.
	Maintenance Verdict = 5
)

// Verdicts lists the verdicts by number.
func Verdicts() []Verdict {
	return []Verdict{Unknown, Up, Degraded, Suspect, Down, Maintenance}
}

// String returns the verdict's name in the API and in metrics.
func (v Verdict) String() string {
	switch v {
	case Up:
		return "up"
	case Degraded:
		return "degraded"
	case Suspect:
		return "suspect"
	case Down:
		return "down"
	case Maintenance:
		return "maintenance"
	}
	return "unknown"
}

// During returns what stands at the moment when v was found: what was
// announced is shown as that, whether the service answers in it or not.
func (v Verdict) During(planned []Span, at time.Time) Verdict {
	if Inside(planned, at) {
		return Maintenance
	}
	return v
}

// Answers tells whether people get an answer.
func (v Verdict) Answers() bool { return v == Up || v == Degraded }

// Reason says why a reading is not plainly good: a closed set, safe as a
// metric label. The numbers are stored; they never change their meaning.
type Reason uint8

// The reasons.
const (
	None               Reason = 0
	NoDNS              Reason = 1  // the name does not resolve
	Connect            Reason = 2  // no connection, or it broke
	TLSExpired         Reason = 3  // a certificate is outside its dates
	TLSIncompleteChain Reason = 4  // the server leaves an intermediate certificate out
	TLSWrongHost       Reason = 5  // the certificate is for other names
	TLSSelfSigned      Reason = 6  // the certificate vouches for itself
	TLSUntrusted       Reason = 7  // the chain ends at an authority nobody trusts
	TLSOther           Reason = 8  // the handshake failed otherwise
	Timeout            Reason = 9  // no full answer in time
	Status             Reason = 10 // an unexpected status
	Assertion          Reason = 11 // the body is not as expected
	OwnNetwork         Reason = 12 // our own link is down
	Blocked            Reason = 13 // the prober was turned away, or the address is one we refuse to visit

	Slow        Reason = 14 // it answers later than it may
	TLSExpiring Reason = 15 // a certificate of the chain expires soon
	TLSWeak     Reason = 16 // the version, a cipher or a key is weak
	SoftError   Reason = 17 // a good status, and a page that says error, or is another than the service's
	Redirected  Reason = 18 // it leads elsewhere than expected, or in circles
	Protocol    Reason = 19 // what answers does not keep to the protocol

	NotPermitted Reason = 20 // this machine may not send such packets
	NoBrowser    Reason = 21 // no browser is there to look with
	NoSecret     Reason = 22 // a secret that the journey names is not set here
	DNSCode      Reason = 23 // a name server answers with another code than expected
	DNSAnswer    Reason = 24 // a name server's answers are not those expected
	DNSPartial   Reason = 25 // some name servers do not answer
	DNSDisagree  Reason = 26 // the name servers contradict each other
	DNSUnsigned  Reason = 27 // the answers are not signed
	PacketLoss   Reason = 28 // some packets are lost
	Upgrade      Reason = 29 // the server does not open the WebSocket

	Recovering Reason = 30 // it answers again, but not yet for long enough to close the incident
	Flapping   Reason = 31 // it answers now and fails again and again

	WrongLanguage Reason = 35 // the page is in another language than expected
)

// reasonNames are the names in the API and in metrics, by number.
var reasonNames = [...]string{
	"", "dns", "connect", "tls_expired", "tls_incomplete_chain", "tls_wrong_host", "tls_self_signed",
	"tls_untrusted", "tls_other", "timeout", "status", "assertion", "own_network", "blocked",
	Slow: "slow", TLSExpiring: "tls_expiring", TLSWeak: "tls_weak", SoftError: "soft_error", Redirected: "redirected", Protocol: "protocol",
	NotPermitted: "not_permitted", NoBrowser: "no_browser", NoSecret: "no_secret", DNSCode: "dns_code", DNSAnswer: "dns_answer",
	DNSPartial: "dns_partial", DNSDisagree: "dns_disagree", DNSUnsigned: "dns_unsigned", PacketLoss: "packet_loss", Upgrade: "upgrade",
	30: "recovering", 31: "flapping", WrongLanguage: "wrong_language",
}

// ReasonLimit is above the number of every reason.
const ReasonLimit = len(reasonNames)

// Reasons lists every reason but None.
func Reasons() []Reason {
	all := make([]Reason, 0, len(reasonNames)-1)
	for n, name := range reasonNames {
		if name != "" {
			all = append(all, Reason(n)) //nolint:gosec // there are some thirty
		}
	}
	return all
}

// String returns the reason's name; empty for None.
func (r Reason) String() string {
	if int(r) < len(reasonNames) && (r == None || reasonNames[r] != "") {
		return reasonNames[r]
	}
	return "other"
}

// Network tells whether the reason is one that an outage of our own link also
// produces.
func (r Reason) Network() bool { return r == NoDNS || r == Connect || r == Timeout }

// verdict returns what one reading with this reason says by itself.
func (r Reason) verdict() Verdict {
	switch r {
	case None:
		return Up
	case Recovering, Flapping: // what stands after several readings; no single one has it
		return Degraded
	case TLSIncompleteChain:
		// Browsers fetch the missing certificate by themselves; strict clients do not.
		return Degraded
	case Slow, TLSExpiring, TLSWeak, WrongLanguage, DNSPartial, DNSDisagree, DNSUnsigned, PacketLoss:
		return Degraded
	case OwnNetwork, Blocked, NotPermitted, NoBrowser, NoSecret:
		return Unknown
	}
	return Suspect
}

// Phase is one part of the time that an answer took.
type Phase int

// The phases, in order.
const (
	PhaseDNS Phase = iota
	PhaseConnect
	PhaseTLS
	PhaseWait // from the connection being ready to the first byte of the answer
	PhaseTransfer
	phaseCount
)

// String returns the phase's name in the API and in metrics.
func (p Phase) String() string {
	return [...]string{"dns", "connect", "tls", "wait", "transfer"}[p]
}

// PhaseList lists the phases in order.
func PhaseList() []Phase { return []Phase{PhaseDNS, PhaseConnect, PhaseTLS, PhaseWait, PhaseTransfer} }

// Phases is how long each phase took, summed over redirects.
type Phases [phaseCount]time.Duration

// Total returns how long the whole answer took.
func (p Phases) Total() time.Duration {
	var sum time.Duration
	for _, d := range p {
		sum += d
	}
	return sum
}

// Reading is one look at a service. Not getting an answer is a reading too.
type Reading struct {
	Check   int64
	Vantage int16     // from where: 0 is this installation, others are agents elsewhere
	At      time.Time // when it began, UTC to the microsecond
	Verdict Verdict
	Reason  Reason
	Status  int // HTTP status of the last answer; 0 without one
	Phases  Phases
	Bytes   int64
	Attempt int           // 1 for the one the schedule asked for, then the re-checks
	Every   time.Duration // the period it was taken at: how long it can speak for
	Delayed bool          // the prober itself was held up: no measure of the service's pace

	// What follows explains the reading. It is kept with the current state and
	// with incidents, not with every reading.
	Detail    string    // the fault in technical words
	NotAfter  time.Time // when the first certificate of the chain expires; zero without TLS
	Address   string    // who answered
	URL       string    // where redirects ended
	Redirects int
	Circling  bool          // it redirected on after the last that is followed
	Walled    bool          // the answer looks like a firewall's, not the service's
	After     time.Duration // how long the host asked us to stay away (Retry-After); 0 when it did not
	Steps     []Step        // what a look of several parts was made of, in order
	Secured   *Secured      // what the handshake showed; shared between readings, never changed
	Seen      *Seen         // more of the answer, when something asks for it or is wrong
	Body      []byte        // only until it is judged
}

// Step is one part of a look that has several: a page of a journey, a name
// server, a line of a conversation.
type Step struct {
	Name   string `json:"name"`
	TookUs int64  `json:"took_us"`
	Status int    `json:"status,omitempty"` // of an HTTP answer
	Fault  string `json:"fault,omitempty"`  // in technical words; empty when it went well
}

// Took returns how long the step took.
func (s Step) Took() time.Duration { return time.Duration(s.TookUs) * time.Microsecond }

// Good tells whether people got their answer.
func (r *Reading) Good() bool { return r.Verdict.Answers() }
