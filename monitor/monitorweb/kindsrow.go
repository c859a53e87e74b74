package monitorweb

import (
	"strconv"
	"strings"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/journey"
	"github.com/jard-odi/jard/web"
)

// kindsRow is what checks of the kinds beside pages and certificates are told,
// as typed. All of it stands on the form; only that of the kind chosen is kept.
type kindsRow struct {
	TCP       tcpRow
	DNS       dnsRow
	ICMP      icmpRow
	WebSocket monitor.WebSocketSettings
	Journey   string // the steps, in YAML
	Browser   browserRow
}

type tcpRow struct {
	TLS  bool
	Talk string // one turn a line
}

type dnsRow struct {
	Type, Code, MinTTL         string
	Servers, Present, Absent   string // one a line
	Authoritative, TCP, DNSSEC bool
}

type icmpRow struct{ Packets, MaxLoss string }

type browserRow struct{ WaitFor, MaxBytes, MaxLCP string }

// readKinds reads what the browser sent.
func readKinds(get func(name string) string) kindsRow {
	in := func(kind monitor.Kind) func(string) string {
		return func(name string) string { return get("settings." + string(kind) + "." + name) }
	}
	tcp, dns, icmp, socket, page := in(monitor.TCP), in(monitor.DNS), in(monitor.ICMP), in(monitor.WebSocket), in(monitor.Browser)
	return kindsRow{
		TCP: tcpRow{TLS: tcp("tls") != "", Talk: tcp("talk")},
		DNS: dnsRow{
			Type: dns("type"), Code: dns("code"), MinTTL: dns("min_ttl"), Servers: dns("servers"), Present: dns("present"),
			Absent: dns("absent"), Authoritative: dns("authoritative") != "", TCP: dns("tcp") != "", DNSSEC: dns("dnssec") != "",
		},
		ICMP: icmpRow{Packets: icmp("packets"), MaxLoss: icmp("max_loss")},
		WebSocket: monitor.WebSocketSettings{
			Subprotocol: socket("subprotocol"), Origin: socket("origin"), Send: socket("send"), Expect: socket("expect"),
		},
		Journey: in(monitor.Journey)("source"),
		Browser: browserRow{WaitFor: page("wait_for"), MaxBytes: page("max_bytes"), MaxLCP: page("max_lcp_ms")},
	}
}

// fillKinds puts what is stored into the fields, and tells the family of
// addresses that the check is held to.
func fillKinds(s monitor.Settings) (k kindsRow, family string) {
	if t := s.TCP; t != nil {
		k.TCP, family = tcpRow{TLS: t.TLS, Talk: monitor.WriteTalk(t.Talk)}, t.Family
	}
	if d := s.DNS; d != nil {
		family = d.Family
		k.DNS = dnsRow{
			Type: d.Type, Code: d.Code, MinTTL: positive(int64(d.MinTTL)), Servers: strings.Join(d.Servers, "\n"),
			Present: strings.Join(d.Present, "\n"), Absent: strings.Join(d.Absent, "\n"),
			Authoritative: d.Authoritative, TCP: d.TCP, DNSSEC: d.DNSSEC,
		}
	}
	if i := s.ICMP; i != nil {
		k.ICMP, family = icmpRow{Packets: positive(int64(i.Packets)), MaxLoss: positive(int64(i.MaxLoss))}, i.Family
	}
	if w := s.WebSocket; w != nil {
		k.WebSocket = *w
	}
	if j := s.Journey; j != nil {
		k.Journey = j.Source
	}
	if b := s.Browser; b != nil {
		k.Browser = browserRow{WaitFor: b.WaitFor, MaxBytes: positive(b.MaxBytes), MaxLCP: positive(b.MaxLCP)}
	}
	return k, family
}

// onto writes what was typed for the kind chosen into s. What was typed for
// another is not kept.
func (k kindsRow) onto(s *monitor.Settings, kind monitor.Kind, family string) {
	s.TCP, s.DNS, s.ICMP, s.WebSocket, s.Journey, s.Browser = nil, nil, nil, nil, nil, nil
	switch kind {
	case monitor.TCP:
		s.TCP = &monitor.TCPSettings{TLS: k.TCP.TLS, Family: family, Talk: monitor.ReadTalk(k.TCP.Talk)}
	case monitor.DNS:
		s.DNS = k.DNS.settings(family)
	case monitor.ICMP:
		s.ICMP = &monitor.ICMPSettings{Packets: number(k.ICMP.Packets), MaxLoss: number(k.ICMP.MaxLoss), Family: family}
	case monitor.WebSocket:
		w := k.WebSocket
		w.Subprotocol, w.Origin = strings.TrimSpace(w.Subprotocol), strings.TrimSpace(w.Origin)
		s.WebSocket = &w
	case monitor.Journey:
		s.Journey = &monitor.JourneySettings{Source: k.Journey}
	case monitor.Browser:
		s.Browser = &monitor.BrowserSettings{
			WaitFor: k.Browser.WaitFor, MaxBytes: bytesOf(k.Browser.MaxBytes), MaxLCP: bytesOf(k.Browser.MaxLCP),
		}
	case monitor.HTTP, monitor.TLS:
	}
}

func (d dnsRow) settings(family string) *monitor.DNSSettings {
	var servers []string
	if list := strings.Fields(strings.ReplaceAll(d.Servers, ",", " ")); len(list) > 0 {
		servers = list
	}
	return &monitor.DNSSettings{
		Type: d.Type, Servers: servers, Authoritative: d.Authoritative,
		Family: family, TCP: d.TCP, Code: d.Code, Present: textLines(d.Present), Absent: textLines(d.Absent),
		DNSSEC: d.DNSSEC, MinTTL: number(d.MinTTL),
	}
}

// number reads a whole number; nothing is 0, and what is none becomes one that
// the rules refuse.
func number(s string) int {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// RecordTypes are the types of records that a DNS check may ask for.
func (f formPage) RecordTypes() []web.Option {
	list := []web.Option{{Value: "", Label: "A"}}
	for _, t := range monitor.DNSTypes()[1:] {
		list = append(list, web.Option{Value: t, Label: t})
	}
	return list
}

// AnswerCodes are the codes that a DNS check may expect.
func (f formPage) AnswerCodes() []web.Option {
	list := []web.Option{{Value: "", Label: "NOERROR"}}
	for _, c := range monitor.DNSCodes()[1:] {
		list = append(list, web.Option{Value: c, Label: c})
	}
	return list
}

// JourneyExample is a journey to begin from.
func (f formPage) JourneyExample() string { return journey.Example }
