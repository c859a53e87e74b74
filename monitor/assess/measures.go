package assess

import (
	"maps"
	"slices"
)

// The measures. Who establishes them: the watch (readings it has anyway), the
// examiner (one passive look at the pages), the register, people who answered,
// and the forms of owners and auditors.
const (
	Availability       Measure = "availability"        // of the quarter, time-weighted
	OfficeAvailability Measure = "office_availability" // the same within office hours
	LongestOutage      Measure = "longest_outage"
	Repair             Measure = "repair" // mean time to repair
	Outages            Measure = "outages"
	Response           Measure = "response" // third quartile of the full answer
	Apdex              Measure = "apdex"
	LanguageGap        Measure = "language_gap" // best availability of a language less the worst

	Certificate     Measure = "certificate" // whole chain, host, far from its end
	HTTPSOnly       Measure = "https_only"  // plain http leads to https
	TLSVersions     Measure = "tls_versions"
	StrictTransport Measure = "strict_transport" // max-age of HSTS
	SafetyHeaders   Measure = "safety_headers"   // how many of five
	DNSSEC          Measure = "dnssec"
	CAA             Measure = "caa"
	NameServers     Measure = "name_servers" // at least two in two networks
	DomainExpiry    Measure = "domain_expiry"
	IPv6            Measure = "ipv6"
	PageWeight      Measure = "page_weight"
	PageRequests    Measure = "page_requests"
	PageCost        Measure = "page_cost"       // dinars of mobile data a visit
	MarkupFaults    Measure = "markup_faults"   // of the seven that a machine finds without a browser
	ContrastFaults  Measure = "contrast_faults" // the eighth, by a browser
	Statement       Measure = "statement"       // accessibility statement linked
	StatementRate   Measure = "statement_rate"  // what it declares
	Languages       Measure = "languages"       // versions reachable with the right lang and dir
	Viewport        Measure = "viewport"        // says it fits a phone
	NarrowOverflow  Measure = "narrow_overflow" // scrolls sideways at 360 px, by a browser
	TapTargets      Measure = "tap_targets"     // too small ones, by a browser
	LargestPaint    Measure = "largest_paint"   // on a slowed phone, by a browser
	LayoutShift     Measure = "layout_shift"    // the same
	ContactLinks    Measure = "contact_links"   // of contact, legal notice, privacy, complaint, search
	PrivacyNumber   Measure = "privacy_number"  // declaration to the data-protection body is named
	BrokenLinks     Measure = "broken_links"    // share
	Freshness       Measure = "freshness"       // days since the newest date the site gives
	Feedback        Measure = "feedback"        // days since somebody answered
	FeedbackLink    Measure = "feedback_link"   // the page leads to a place to say so
	DatasetsLate    Measure = "datasets_late"   // of the same body, from the register
	FullyOnline     Measure = "fully_online"
	Resume          Measure = "resume"
	Receipt         Measure = "receipt"
	Tracking        Measure = "tracking"
	ElectronicID    Measure = "electronic_id"
	Payment         Measure = "payment"
	OnceOnly        Measure = "once_only" // items asked that the state has already
	TakeUp          Measure = "take_up"
	Completion      Measure = "completion"
	CostEach        Measure = "cost_each"
	TimeEach        Measure = "time_each"
	Volume          Measure = "volume" // uses a year: weighs a service among those of its ministry

	SatisfactionMean Measure = "satisfaction" // on ten
	ClarityMean      Measure = "clarity"
	EffortMean       Measure = "effort"
	HelpReached      Measure = "help_reached"
	HelpUseful       Measure = "help_useful"
	StillToOffice    Measure = "office" // share who still had to go there
)

// units is every measure with its unit: what is not here is not measured.
var units = map[Measure]Unit{
	Availability: Ratio, OfficeAvailability: Ratio, LongestOutage: Seconds, Repair: Seconds, Outages: Count, Response: Seconds,
	Apdex: Ratio, LanguageGap: Ratio,
	Certificate: Word, HTTPSOnly: Word, TLSVersions: Word, StrictTransport: Days, SafetyHeaders: Count, DNSSEC: Word, CAA: Word,
	NameServers: Word, DomainExpiry: Days, IPv6: Word,
	PageWeight: Bytes, PageRequests: Count, PageCost: Money, MarkupFaults: Count, ContrastFaults: Count, Statement: Word,
	StatementRate: Ratio, Languages: Count, Viewport: Word, NarrowOverflow: Word, TapTargets: Count, LargestPaint: Seconds,
	LayoutShift: Ratio, ContactLinks: Count, PrivacyNumber: Word, BrokenLinks: Ratio, Freshness: Days, Feedback: Days,
	FeedbackLink: Word, DatasetsLate: Count, FullyOnline: Word, Resume: Word, Receipt: Word, Tracking: Word, ElectronicID: Word, Payment: Word,
	OnceOnly: Count, TakeUp: Ratio, Completion: Ratio, CostEach: Money, TimeEach: Seconds, Volume: Count,
	SatisfactionMean: Points, ClarityMean: Points, EffortMean: Points, HelpReached: Ratio, HelpUseful: Points, StillToOffice: Ratio,
}

// Unit is what the measure's values count; ok is false for one we do not know.
func (m Measure) Unit() (Unit, bool) {
	u, ok := units[m]
	return u, ok
}

// Measures lists every measure, in the order of their names.
func Measures() []Measure { return slices.Sorted(maps.Keys(units)) }
