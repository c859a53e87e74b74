package monitor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
)

// faultsOf validates a check beside the example's and returns what is wrong
// with it, as the log would say it.
func faultsOf(change func(*Check)) string {
	s := b3()
	s.Checks = append(s.Checks, Check{Name: "other", Schedule: "@every 60s"})
	change(&s.Checks[1])
	var all []string
	for _, f := range fault.All(s.Validate(period)) {
		all = append(all, strings.ReplaceAll(f.Error(), "(checks.1.", "("))
	}
	return strings.Join(all, "; ")
}

// kindCase is a check and what is said about it.
type kindCase struct {
	name   string
	check  Check
	faults string // empty: none
}

func TestEachKindRefusesWhatItCannotUse(t *testing.T) {
	for _, list := range [][]kindCase{targetCases(), tcpCases(), dnsCases(), icmpCases(), socketCases(), journeyCases(), browserCases()} {
		for _, tt := range list {
			t.Run(string(tt.check.Kind)+" "+tt.name, func(t *testing.T) {
				got := faultsOf(func(c *Check) {
					c.Kind, c.Target, c.Expect, c.Settings = tt.check.Kind, tt.check.Target, tt.check.Expect, tt.check.Settings
				})
				if got != tt.faults {
					t.Errorf("faults %q; want %q", got, tt.faults)
				}
			})
		}
	}
}

func targetCases() []kindCase {
	return []kindCase{
		{"without a target looks where the service is", Check{Kind: TCP}, ""},
		{"an address instead of host and port", Check{Kind: TCP, Target: "https://b3.example.tn/"}, "check.target.host_port (target)"},
		{"no port", Check{Kind: TCP, Target: "b3.example.tn"}, "check.target.host_port (target)"},
		{"a port by name", Check{Kind: TCP, Target: "b3.example.tn:https"}, "check.target.port (target) https"},
		{"a port too high", Check{Kind: TCP, Target: "b3.example.tn:65536"}, "check.target.port (target) 65536"},
		{"an address of IPv6", Check{Kind: TCP, Target: "[2001:db8::1]:25"}, ""},
		{"half an address of IPv4", Check{Kind: TCP, Target: "192.0.2:25"}, "check.target.host_port (target)"},
		{"with what a page must say", Check{Kind: TCP, Expect: Expect{Contains: []string{"a"}}}, "check.kind.no_expect (kind) tcp"},
		{"with the settings of another", Check{Kind: HTTP, Settings: Settings{TCP: &TCPSettings{}}}, "check.settings.other_kind (settings.tcp) tcp"},
	}
}

func tcpCases() []kindCase {
	talk := func(turns ...Exchange) Check {
		return Check{Kind: TCP, Settings: Settings{TCP: &TCPSettings{Talk: turns}}}
	}
	return []kindCase{
		{"a greeting", talk(ReadTalk("< ^220\n> EHLO jard\\r\\n\n< ^250[^-]\nstarttls\n")...), ""},
		{"bytes", talk(Exchange{Send: `\x00\xff "quoted"`}), ""},
		{"a line that is none", talk(ReadTalk("hello")...), "check.talk.line (settings.tcp.talk) 1"},
		{"two things at once", talk(Exchange{Send: "a", Expect: "b"}), "check.talk.line (settings.tcp.talk) 1"},
		{"nothing to send", talk(ReadTalk("< a\n>")...), "check.talk.line (settings.tcp.talk) 2"},
		{"a broken pattern", talk(Exchange{Expect: "("}), "check.talk.pattern (settings.tcp.talk) 1 missing closing ): `(`"},
		{"a broken escape", talk(Exchange{Send: `\q`}), "check.talk.escape (settings.tcp.talk) 1"},
		{"a backslash at the end", talk(Exchange{Send: `abc\`}), "check.talk.escape (settings.tcp.talk) 1"},
		{"too much in a line", talk(Exchange{Send: strings.Repeat("a", MaxText+1)}), "check.talk.too_long (settings.tcp.talk) 1 500"},
		{"too many lines", talk(make([]Exchange, 21)...), "check.talk.too_many (settings.tcp.talk) 20"},
		{"secured twice", talk(Exchange{StartTLS: true}, Exchange{StartTLS: true}), "check.talk.secured (settings.tcp.talk) 2"},
		{"an unknown family", Check{Kind: TCP, Settings: Settings{TCP: &TCPSettings{Family: "5"}}}, "check.family (settings.tcp.family) 5"},
	}
}

func icmpCases() []kindCase {
	with := func(s ICMPSettings) Check {
		return Check{Kind: ICMP, Target: "b3.example.tn", Settings: Settings{ICMP: &s}}
	}
	return []kindCase{
		{"without settings", Check{Kind: ICMP, Target: "193.95.1.1"}, ""},
		{"an address of IPv6", Check{Kind: ICMP, Target: "2001:db8::1"}, ""},
		{"a port", Check{Kind: ICMP, Target: "b3.example.tn:80"}, "check.target.host (target)"},
		{"half an address", Check{Kind: ICMP, Target: "193.95.1"}, "check.target.host (target)"},
		{"all of it", with(ICMPSettings{Packets: 20, MaxLoss: 99, Family: "6"}), ""},
		{"too many packets", with(ICMPSettings{Packets: 21}), "check.icmp.packets (settings.icmp.packets) 20"},
		{"less than none", with(ICMPSettings{Packets: -1}), "check.icmp.packets (settings.icmp.packets) 20"},
		{"all may be lost", with(ICMPSettings{MaxLoss: 100}), "check.icmp.loss (settings.icmp.max_loss)"},
		{"an unknown family", with(ICMPSettings{Family: "ip"}), "check.family (settings.icmp.family) ip"},
	}
}

func socketCases() []kindCase {
	with := func(s WebSocketSettings) Check {
		return Check{Kind: WebSocket, Target: "wss://b3.example.tn/feed", Settings: Settings{WebSocket: &s}}
	}
	return []kindCase{
		{"without settings", Check{Kind: WebSocket, Target: "ws://b3.example.tn:8080/"}, ""},
		{"a page", Check{Kind: WebSocket, Target: "https://b3.example.tn/"}, "check.target.socket (target)"},
		{"a password", Check{Kind: WebSocket, Target: "wss://a:b@b3.example.tn/"}, "service.url.credentials (target)"},
		{"too long", Check{Kind: WebSocket, Target: "wss://a/" + strings.Repeat("a", MaxURL)}, "fault.too_long (target) 2000"},
		{"all of it", with(WebSocketSettings{Subprotocol: "graphql-ws", Origin: "https://b3.example.tn", Send: "ping", Expect: "^pong$"}), ""},
		{"a broken pattern", with(WebSocketSettings{Expect: "["}), "check.pattern (settings.websocket.expect) missing closing ]: `[`"},
		{"two subprotocols", with(WebSocketSettings{Subprotocol: "a, b"}), "check.websocket.subprotocol (settings.websocket.subprotocol)"},
		{"no origin", with(WebSocketSettings{Origin: "b3"}), "service.url.invalid (settings.websocket.origin)"},
		{"too much to send", with(WebSocketSettings{Send: strings.Repeat("a", MaxText+1)}), "fault.too_long (settings.websocket.send) 500"},
	}
}

func TestLostPackets(t *testing.T) {
	for _, tt := range []struct {
		settings ICMPSettings
		back     int
		reason   Reason
		detail   string
	}{
		{ICMPSettings{}, 3, None, ""},
		{ICMPSettings{}, 2, PacketLoss, "1 of 3 packets lost"},
		{ICMPSettings{Packets: 10, MaxLoss: 10}, 9, None, ""},
		{ICMPSettings{Packets: 10, MaxLoss: 10}, 8, PacketLoss, "2 of 10 packets lost"},
		{ICMPSettings{MaxLoss: 99}, 0, Timeout, "3 of 3 packets lost"},
	} {
		if reason, detail := tt.settings.Judge(tt.back); reason != tt.reason || detail != tt.detail {
			t.Errorf("%+v with %d back: %q, %q; want %q, %q", tt.settings, tt.back, reason, detail, tt.reason, tt.detail)
		}
	}
	if got := Median([]time.Duration{3, 1, 2, 9}); got != 2 || Median(nil) != 0 {
		t.Errorf("the median is %d", got)
	}
}

func FuzzSocketSettings(f *testing.F) {
	f.Add("wss://a.tn/", "v1", "https://a.tn", "ping", "^pong")
	f.Add("ws://", "a b", "x", "\xff", "(")
	f.Fuzz(func(t *testing.T, target, subprotocol, origin, send, expect string) {
		c := Check{Kind: WebSocket, Target: target, Settings: Settings{
			WebSocket: &WebSocketSettings{Subprotocol: subprotocol, Origin: origin, Send: send, Expect: expect},
		}}
		if c.targetFault("") == nil && !strings.HasPrefix(strings.ToLower(target), "ws") {
			t.Errorf("%q is taken for a socket", target)
		}
		if errors.Join(c.Settings.faults(&c, "")...) == nil && strings.ContainsAny(subprotocol, " \r\n,") {
			t.Errorf("%q would be sent as a header", subprotocol)
		}
	})
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{"a.tn:25", "[::1]:1", "::1", "https://a.tn/", "_x.tn", ".", "*.tn", "a..b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		for _, k := range Kinds() {
			c := Check{Kind: k, Target: target}
			if c.targetFault("target") == nil && strings.ContainsAny(target, "\r\n\x00") {
				t.Errorf("a %s check may look at %q", k, target)
			}
			_ = c.Host()
		}
	})
}

func TestATargetFollowsFromTheAddress(t *testing.T) {
	for _, tt := range []struct {
		kind          Kind
		address, want string
	}{
		{HTTP, "https://a.tn/x", "https://a.tn/x"},
		{TCP, "https://a.tn/x", "a.tn:443"},
		{TCP, "http://a.tn:8080/x", "a.tn:8080"},
		{DNS, "https://a.tn:444/x", "a.tn"},
		{ICMP, "https://a.tn/x", "a.tn"},
		{WebSocket, "https://a.tn/x", "wss://a.tn/x"},
		{Journey, "https://a.tn/x", "https://a.tn/x"},
		{TCP, "", ""},
	} {
		if got := targetOf(tt.kind, tt.address); got != tt.want {
			t.Errorf("a %s check of %q looks at %q; want %q", tt.kind, tt.address, got, tt.want)
		}
	}
}

func TestHostIsForPoliteness(t *testing.T) {
	for target, want := range map[string]string{
		"https://a.tn:444/x": "a.tn:444", "wss://a.tn/x": "a.tn", "a.tn:25": "a.tn:25", "a.tn": "a.tn", "::1": "::1",
	} {
		if got := (&Check{Target: target}).Host(); got != want {
			t.Errorf("the host of %q is %q; want %q", target, got, want)
		}
	}
}

func TestReasonsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Reasons() {
		if name := r.String(); name == "" || name == "other" || seen[name] {
			t.Errorf("reason %d is called %q", r, name)
		}
		seen[r.String()] = true
	}
	for r, want := range map[Reason]Verdict{
		NotPermitted: Unknown, NoBrowser: Unknown, NoSecret: Unknown, DNSPartial: Degraded, DNSDisagree: Degraded,
		DNSUnsigned: Degraded, PacketLoss: Degraded, DNSCode: Suspect, DNSAnswer: Suspect, Upgrade: Suspect,
	} {
		c := Check{Kind: DNS}
		reading := Reading{Reason: r}
		if c.Judge(&reading); reading.Verdict != want {
			t.Errorf("%s is judged %s; want %s", r, reading.Verdict, want)
		}
	}
	if got := Reason(200).String(); got != "other" {
		t.Errorf("a reason of a newer program is called %q", got)
	}
}

func FuzzTalk(f *testing.F) {
	for _, s := range []string{"< ^220\n> EHLO\\r\\n\nstarttls", ">", "<", "> \\", "> \"\\\"", "< ("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := TCPSettings{Talk: ReadTalk(text)}
		if errors.Join(s.faults("")...) != nil {
			return
		}
		again := ReadTalk(WriteTalk(s.Talk))
		if len(again) != len(s.Talk) {
			t.Fatalf("%q came back as %q", text, WriteTalk(again))
		}
		for n := range again {
			if again[n] != s.Talk[n] {
				t.Errorf("turn %d: %+v came back as %+v", n+1, s.Talk[n], again[n])
			}
		}
	})
}
