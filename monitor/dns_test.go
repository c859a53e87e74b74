package monitor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func dnsCases() []kindCase {
	with := func(s DNSSettings) Check { return Check{Kind: DNS, Target: "example.tn", Settings: Settings{DNS: &s}} }
	return []kindCase{
		{"without settings", Check{Kind: DNS, Target: "example.tn"}, ""},
		{"a service record", Check{Kind: DNS, Target: "_dmarc.example.tn"}, ""},
		{"an address instead of a name", Check{Kind: DNS, Target: "https://example.tn/"}, "check.target.name (target)"},
		{"a label that is too long", Check{Kind: DNS, Target: strings.Repeat("a", 64) + ".tn"}, "check.target.name (target)"},
		{"a name that is too long", Check{Kind: DNS, Target: strings.Repeat("a.", 127) + "tn"}, "check.target.name (target)"},
		{"all of it", with(DNSSettings{
			Type: "MX", Servers: []string{"ns1.example.tn", "193.95.1.1", "[2001:db8::1]:5353", "ns2.example.tn:5353"}, Code: "NXDOMAIN",
			Present: []string{"10 mail.example.tn.", "/^10 /"}, Absent: []string{"x"}, MinTTL: 300, DNSSEC: true, Family: "4",
		}), ""},
		{"an unknown type", with(DNSSettings{Type: "ANY"}), "check.dns.type (settings.dns.type) ANY"},
		{"an unknown code", with(DNSSettings{Code: "OK"}), "check.dns.code (settings.dns.code) OK"},
		{"no server", with(DNSSettings{Servers: []string{"http://a"}}), "check.dns.server (settings.dns.servers) http://a"},
		{"too many servers", with(DNSSettings{Servers: slices.Repeat([]string{"a"}, 14)}), "check.dns.too_many_servers (settings.dns.servers) 13"},
		{"servers, and the zone's", with(DNSSettings{Servers: []string{"a"}, Authoritative: true}), "check.dns.either_servers (settings.dns.servers)"},
		{"a broken pattern", with(DNSSettings{Present: []string{"/(/"}}), "check.pattern (settings.dns.present) missing closing ): `(`"},
		{"nothing", with(DNSSettings{Absent: []string{""}}), "fault.required (settings.dns.absent)"},
		{"too many answers", with(DNSSettings{Present: slices.Repeat([]string{"a"}, MaxTexts+1)}), "check.expect.too_many (settings.dns.present) 20"},
		{"a negative time", with(DNSSettings{MinTTL: -1}), "check.dns.ttl (settings.dns.min_ttl) 604800"},
		{"an unknown family", with(DNSSettings{Family: "v4"}), "check.family (settings.dns.family) v4"},
	}
}

func TestJudgeNameServers(t *testing.T) {
	good := NameAnswer{Server: "ns1", Code: "NOERROR", Records: []string{"193.95.1.1"}, TTL: time.Hour, Signed: true}
	but := func(name string, change func(*NameAnswer)) NameAnswer {
		a := good
		a.Server = name
		change(&a)
		return a
	}
	silent := but("ns2", func(a *NameAnswer) { *a = NameAnswer{Server: "ns2", Silent: Timeout, Detail: "i/o timeout"} })
	other := but("ns2", func(a *NameAnswer) { a.Records = []string{"10.0.0.1"} })
	failing := but("ns2", func(a *NameAnswer) { a.Code, a.Records = "SERVFAIL", nil })
	unsigned := but("ns2", func(a *NameAnswer) { a.Signed = false })
	zone, whole := DNSSettings{Authoritative: true}, DNSSettings{}
	for _, tt := range []struct {
		name     string
		settings DNSSettings
		answers  []NameAnswer
		reason   Reason
		detail   string
	}{
		{"all well", zone, []NameAnswer{good, good}, None, ""},
		{"nobody answers", zone, []NameAnswer{silent, silent}, Timeout, "ns2: i/o timeout"},
		{"nobody to ask", zone, nil, NoDNS, ""},
		{"one is silent", zone, []NameAnswer{good, silent}, DNSPartial, "ns2"},
		{"one contradicts", zone, []NameAnswer{good, other}, DNSDisagree, "ns1: 193.95.1.1; ns2: 10.0.0.1"},
		{"resolvers may differ", whole, []NameAnswer{good, other}, None, ""},
		{"one fails", zone, []NameAnswer{good, failing}, DNSDisagree, "ns2: SERVFAIL"},
		{"all fail", zone, []NameAnswer{failing, failing}, DNSCode, "ns2: SERVFAIL; ns2: SERVFAIL"},
		{"the one that answers fails", zone, []NameAnswer{failing, silent}, DNSCode, "ns2: SERVFAIL"},
		{"failing is what was expected", DNSSettings{Code: "SERVFAIL"}, []NameAnswer{failing}, None, ""},
		{"no records", whole, []NameAnswer{but("ns1", func(a *NameAnswer) { a.Records = nil })}, DNSAnswer, "ns1: no records"},
		{"none, as expected", DNSSettings{Absent: []string{"x"}}, []NameAnswer{but("ns1", func(a *NameAnswer) { a.Records = nil })}, None, ""},
		{"what must be there is", DNSSettings{Present: []string{"193.95.1.1", "/^193/"}}, []NameAnswer{good}, None, ""},
		{"what must be there is not", DNSSettings{Present: []string{"193.95.1.2"}}, []NameAnswer{good}, DNSAnswer, `ns1: "193.95.1.2" is missing from 193.95.1.1`},
		{"what may not be there is", DNSSettings{Absent: []string{"/95/"}}, []NameAnswer{good}, DNSAnswer, `ns1: "/95/" is there`},
		{"good for too short a time", DNSSettings{MinTTL: 7200}, []NameAnswer{good}, DNSAnswer, "ns1: TTL 1h0m0s < 2h0m0s"},
		{"not signed", DNSSettings{DNSSEC: true}, []NameAnswer{unsigned}, DNSUnsigned, "ns2"},
		{"signed", DNSSettings{DNSSEC: true}, []NameAnswer{good}, None, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if reason, detail := tt.settings.Judge(tt.answers); reason != tt.reason || detail != tt.detail {
				t.Errorf("judged %q, %q; want %q, %q", reason, detail, tt.reason, tt.detail)
			}
		})
	}
}

func TestRecordsAreComparedAsTheDNSDoes(t *testing.T) {
	for _, tt := range []struct {
		want, record string
		same         bool
	}{
		{"ns1.example.tn", "NS1.example.tn.", true},
		{"10 mail.example.tn.", "10 mail.example.tn.", true},
		{"10 mail", "10 mail.example.tn.", false},
		{"/^v=spf1 .* -all$/", "v=spf1 mx -all", true},
		{"/", "/", true},
	} {
		if got := sameRecord(tt.want, tt.record); got != tt.same {
			t.Errorf("%q and %q are the same: %v; want %v", tt.want, tt.record, got, tt.same)
		}
	}
}

func FuzzDNSSettings(f *testing.F) {
	f.Add("A", "ns1.example.tn:53", "/^10/", "NOERROR", 60)
	f.Add("MX", "[::1]:5", "/(/", "", -1)
	f.Add("", "a:b:c", "", "NXDOMAIN", 1<<40)
	f.Fuzz(func(t *testing.T, kind, server, present, code string, ttl int) {
		s := DNSSettings{Type: kind, Servers: []string{server}, Present: []string{present}, Code: code, MinTTL: ttl}
		if errors.Join(s.faults("")...) != nil {
			return
		}
		reason, _ := s.Judge([]NameAnswer{{Server: server, Code: s.Wanted(), Records: []string{present}, TTL: 8 * 24 * time.Hour}})
		if _, isPattern := pattern(present); reason != None && !isPattern {
			t.Errorf("%+v does not accept the very answer it wants: %s", s, reason)
		}
	})
}
