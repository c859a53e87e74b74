package monitor

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
)

// DNSSettings say what to ask name servers, and what they should answer.
type DNSSettings struct {
	Type          string   `json:"type,omitempty" doc:"A, AAAA, CNAME, MX, NS, TXT, SOA, CAA, DS, DNSKEY, SRV or PTR; A by default"`
	Servers       []string `json:"servers,omitempty" doc:"Name servers to ask, with a port when it is not 53; the system's by default"`
	Authoritative bool     `json:"authoritative,omitempty" doc:"Ask every name server of the zone and compare what they say"`
	Family        string   `json:"family,omitempty" doc:"4 or 6: over IPv4 or IPv6 only"`
	TCP           bool     `json:"tcp,omitempty" doc:"Ask over TCP at once"`
	Code          string   `json:"code,omitempty" doc:"The code that is expected; NOERROR by default"`
	Present       []string `json:"present,omitempty" doc:"Each must be among the answers; /…/ is a pattern"`
	Absent        []string `json:"absent,omitempty" doc:"None may be among the answers; /…/ is a pattern"`
	DNSSEC        bool     `json:"dnssec,omitempty" doc:"The answers must be signed"`
	MinTTL        int      `json:"min_ttl,omitempty" doc:"Seconds that the answers must be good for"`
}

// DNSTypes lists the types of records that may be asked for.
func DNSTypes() []string {
	return []string{"A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "CAA", "DS", "DNSKEY", "SRV", "PTR"}
}

// DNSCodes lists the codes that may be expected.
func DNSCodes() []string {
	return []string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"}
}

// maxServers is how many name servers a check may ask.
const maxServers = 13

// Asked is the type of records that are asked for.
func (s *DNSSettings) Asked() string {
	if s.Type == "" {
		return "A"
	}
	return s.Type
}

// Wanted is the code that is expected.
func (s *DNSSettings) Wanted() string {
	if s.Code == "" {
		return "NOERROR"
	}
	return s.Code
}

// faults returns what is wrong with the settings.
func (s *DNSSettings) faults(at string) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	add(!slices.Contains(DNSTypes(), s.Asked()), "type", "check.dns.type", s.Type)
	add(!slices.Contains(DNSCodes(), s.Wanted()), "code", "check.dns.code", s.Code)
	add(len(s.Servers) > maxServers, "servers", "check.dns.too_many_servers", maxServers)
	add(len(s.Servers) > 0 && s.Authoritative, "servers", "check.dns.either_servers")
	for _, server := range s.Servers {
		add(!hostValid(server) && hostPortFault("", server) != nil, "servers", "check.dns.server", server)
	}
	add(s.MinTTL < 0 || s.MinTTL > maxTTL, "min_ttl", "check.dns.ttl", maxTTL)
	for _, list := range []struct {
		field string
		texts []string
	}{{"present", s.Present}, {"absent", s.Absent}} {
		add(len(list.texts) > MaxTexts, list.field, "check.expect.too_many", MaxTexts)
		for _, text := range list.texts {
			if inner, ok := pattern(text); ok {
				faults = append(faults, patternFault(at+list.field, inner))
			} else {
				add(strings.TrimSpace(text) == "", list.field, "fault.required")
				faults = append(faults, textFault(at+list.field, text, MaxText))
			}
		}
	}
	return append(faults, familyFault(at+"family", s.Family))
}

// maxTTL is a week, as long as anybody lets an answer stand.
const maxTTL = 7 * 24 * 3600

// pattern returns what stands between slashes.
func pattern(text string) (string, bool) {
	if len(text) > 2 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/") {
		return text[1 : len(text)-1], true
	}
	return "", false
}

// NameAnswer is what one name server answered.
type NameAnswer struct {
	Server  string
	Code    string        // its rcode; empty when it did not answer
	Records []string      // the data of the records asked for, sorted
	TTL     time.Duration // of the record that expires first
	Signed  bool
	Silent  Reason // why there is no answer
	Detail  string // in technical words
}

// Judge returns what a set of answers is worth. A fault that all servers share
// stops everybody; one that only some have stops some people now and then.
func (s *DNSSettings) Judge(answers []NameAnswer) (Reason, string) {
	var spoke []NameAnswer
	var quiet, wrong []string
	reason, first := NoDNS, ""
	for _, a := range answers {
		if a.Silent != None {
			if len(quiet) == 0 {
				reason, first = a.Silent, a.Server+": "+a.Detail
			}
			quiet = append(quiet, a.Server)
			continue
		}
		spoke = append(spoke, a)
		if complaint := s.complaint(a); complaint != "" {
			wrong = append(wrong, a.Server+": "+complaint)
		}
	}
	switch {
	case len(spoke) == 0:
		return reason, first
	case len(wrong) == len(spoke) && spoke[0].Code != s.Wanted():
		return DNSCode, strings.Join(wrong, "; ")
	case len(wrong) == len(spoke):
		return DNSAnswer, strings.Join(wrong, "; ")
	case len(wrong) > 0:
		return DNSDisagree, strings.Join(wrong, "; ")
	}
	return s.judgeAlike(spoke, quiet)
}

// judgeAlike judges answers that are each as expected.
func (s *DNSSettings) judgeAlike(spoke []NameAnswer, quiet []string) (Reason, string) {
	for _, a := range spoke[1:] {
		// Others than a zone's own servers may well know different addresses.
		if s.Authoritative && !slices.Equal(a.Records, spoke[0].Records) {
			return DNSDisagree, fmt.Sprintf("%s: %s; %s: %s", spoke[0].Server, listed(spoke[0].Records), a.Server, listed(a.Records))
		}
	}
	if len(quiet) > 0 {
		return DNSPartial, strings.Join(quiet, ", ")
	}
	for _, a := range spoke {
		if s.DNSSEC && !a.Signed {
			return DNSUnsigned, a.Server
		}
	}
	return None, ""
}

// complaint returns what is wrong with one server's answer by itself.
func (s *DNSSettings) complaint(a NameAnswer) string {
	if a.Code != s.Wanted() {
		return a.Code
	}
	for _, want := range s.Present {
		if !slices.ContainsFunc(a.Records, func(r string) bool { return sameRecord(want, r) }) {
			return fmt.Sprintf("%q is missing from %s", want, listed(a.Records))
		}
	}
	for _, unwanted := range s.Absent {
		if slices.ContainsFunc(a.Records, func(r string) bool { return sameRecord(unwanted, r) }) {
			return fmt.Sprintf("%q is there", unwanted)
		}
	}
	if a.Code == "NOERROR" && len(a.Records) == 0 && len(s.Absent) == 0 {
		return "no records"
	}
	if ttl := time.Duration(s.MinTTL) * time.Second; len(a.Records) > 0 && a.TTL < ttl {
		return fmt.Sprintf("TTL %s < %s", a.TTL, ttl)
	}
	return ""
}

// sameRecord compares as the DNS does: letters may be of either case, and a
// name may end with a dot.
func sameRecord(want, record string) bool {
	if inner, ok := pattern(want); ok {
		p, err := regexp.Compile(inner)
		return err == nil && p.MatchString(record)
	}
	bare := func(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), ".") }
	return strings.EqualFold(bare(want), bare(record))
}

func listed(records []string) string {
	if len(records) == 0 {
		return "no records"
	}
	return strings.Join(records, ", ")
}
