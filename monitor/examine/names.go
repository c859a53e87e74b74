package examine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine/page"
)

// names asks the resolver of this machine about zones. It is the operator's
// own choice and may stand where requests may not go.
type names struct{ servers []string }

func newNames(servers []string) *names { return &names{servers} }

const (
	resolvers = "/etc/resolv.conf"
	bufferUDP = 1232
	maxHosts  = 8 // name servers whose addresses are looked up
)

var errNoResolver = errors.New("this machine has no name server")

func (n *names) server() (string, error) {
	list := n.servers
	if len(list) == 0 {
		config, err := dns.ClientConfigFromFile(resolvers)
		if err != nil {
			return "", err
		}
		for _, s := range config.Servers {
			list = append(list, net.JoinHostPort(s, config.Port))
		}
	}
	if len(list) == 0 {
		return "", errNoResolver
	}
	return list[0], nil
}

// lookup asks once over UDP, a second time when nothing came, and over TCP when
// the answer is cut.
func (n *names) lookup(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	server, err := n.server()
	if err != nil {
		return nil, err
	}
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), kind)
	q.RecursionDesired, q.AuthenticatedData = true, true
	q.SetEdns0(bufferUDP, true)
	for _, network := range []string{"udp", "udp", "tcp"} {
		var answer *dns.Msg
		answer, _, err = (&dns.Client{Net: network}).ExchangeContext(ctx, q, server)
		if err == nil && (!answer.Truncated || network == "tcp") {
			if answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError {
				return nil, fmt.Errorf("%s %s: %s", name, dns.TypeToString[kind], dns.RcodeToString[answer.Rcode])
			}
			return answer, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, err
}

// zone looks at how the name of the site is kept.
func (v *visit) zone(ctx context.Context) {
	host := strings.TrimSuffix(v.target.Hostname(), ".")
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		v.rest("examine.unknown.no_name", []assess.Measure{assess.DNSSEC, assess.CAA, assess.NameServers})
		return
	}
	v.signed(ctx, host)
	v.authorised(ctx, host)
	v.kept(ctx, host)
}

// signed sees whether the zone vouches for its answers, by what the resolver
// checked or by the signature and the key that the zone above vouches for.
func (v *visit) signed(ctx context.Context, host string) {
	answer, err := v.e.names.lookup(ctx, host, dns.TypeA)
	if err != nil || answer.IsEdns0() == nil {
		v.unknown(assess.DNSSEC, "examine.unknown.resolver")
		return
	}
	signer := ""
	for _, rr := range slices.Concat(answer.Answer, answer.Ns) {
		if sig, ok := rr.(*dns.RRSIG); ok && dns.IsSubDomain(sig.SignerName, dns.Fqdn(host)) {
			signer = sig.SignerName
			break
		}
	}
	switch {
	case answer.AuthenticatedData:
		v.word(assess.DNSSEC, yes, note("examine.evidence.dnssec_checked"))
	case signer == "":
		v.word(assess.DNSSEC, no, note("examine.evidence.dnssec_none"))
	case v.vouched(ctx, signer):
		v.word(assess.DNSSEC, yes, note("examine.evidence.dnssec_signed", strings.TrimSuffix(signer, ".")))
	default:
		v.word(assess.DNSSEC, partly, note("examine.evidence.dnssec_alone", strings.TrimSuffix(signer, ".")))
	}
}

func (v *visit) vouched(ctx context.Context, zone string) bool {
	answer, err := v.e.names.lookup(ctx, zone, dns.TypeDS)
	return err == nil && slices.ContainsFunc(answer.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeDS })
}

// authorised climbs from the host to where it is said who may issue
// certificates.
func (v *visit) authorised(ctx context.Context, host string) {
	for at := host; strings.Contains(at, "."); _, at, _ = strings.Cut(at, ".") {
		answer, err := v.e.names.lookup(ctx, at, dns.TypeCAA)
		if err != nil {
			v.unknown(assess.CAA, "examine.unknown.resolver")
			return
		}
		for _, rr := range answer.Answer {
			if caa, ok := rr.(*dns.CAA); ok && (caa.Tag == "issue" || caa.Tag == "issuewild") {
				v.word(assess.CAA, yes, quote("examine.evidence.caa", "", caa.Tag+" "+caa.Value, at))
				return
			}
		}
	}
	v.word(assess.CAA, no, note("examine.evidence.no_caa"))
}

// kept counts the name servers of the zone and the networks they stand in.
func (v *visit) kept(ctx context.Context, host string) {
	servers, err := v.servers(ctx, host)
	if err != nil {
		v.unknown(assess.NameServers, "examine.unknown.resolver")
		return
	}
	networks := map[netip.Prefix]bool{}
	var evidence []assess.Evidence
	for _, server := range servers[:min(len(servers), maxHosts)] {
		list := v.addresses(ctx, server)
		for _, a := range list {
			bits := 24
			if a.Is6() {
				bits = 48
			}
			if p, err := a.Prefix(bits); err == nil {
				networks[p] = true
			}
		}
		evidence = append(evidence, quote("examine.evidence.name_server", "", joined(list), server))
	}
	switch {
	case len(servers) == 0, len(networks) == 0:
		v.unknown(assess.NameServers, "examine.unknown.resolver")
	case len(servers) >= 2 && manyPlaces(networks):
		v.word(assess.NameServers, yes, evidence...)
	case len(servers) >= 2:
		v.word(assess.NameServers, partly, evidence...)
	default:
		v.word(assess.NameServers, no, evidence...)
	}
}

// manyPlaces tells whether networks of one kind are at least two: one machine
// has an address of each kind.
func manyPlaces(networks map[netip.Prefix]bool) bool {
	old, now := 0, 0
	for p := range networks {
		if p.Addr().Is4() {
			old++
		} else {
			now++
		}
	}
	return old >= 2 || now >= 2
}

func joined(list []netip.Addr) string {
	texts := make([]string, 0, len(list))
	for _, a := range list {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

// servers climbs from the host to the zone that has name servers.
func (v *visit) servers(ctx context.Context, host string) ([]string, error) {
	for at := host; at != ""; _, at, _ = strings.Cut(at, ".") {
		answer, err := v.e.names.lookup(ctx, at, dns.TypeNS)
		if err != nil {
			return nil, err
		}
		var list []string
		for _, rr := range answer.Answer {
			if ns, ok := rr.(*dns.NS); ok && strings.EqualFold(ns.Hdr.Name, dns.Fqdn(at)) {
				list = append(list, strings.TrimSuffix(strings.ToLower(ns.Ns), "."))
			}
		}
		if len(list) > 0 {
			slices.Sort(list)
			return slices.Compact(list), nil
		}
	}
	return nil, nil
}

// addresses are those of a host.
func (v *visit) addresses(ctx context.Context, host string) []netip.Addr {
	var list []netip.Addr
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := v.e.names.lookup(ctx, host, kind)
		if err != nil {
			continue
		}
		for _, rr := range answer.Answer {
			switch one := rr.(type) {
			case *dns.A:
				if a, ok := netip.AddrFromSlice(one.A.To4()); ok {
					list = append(list, a)
				}
			case *dns.AAAA:
				if a, ok := netip.AddrFromSlice(one.AAAA); ok {
					list = append(list, a)
				}
			}
		}
	}
	return list
}

// alike is how much of two pages is the same at least, for them to be the same.
const alike = 0.8

// sixth sees whether the site answers over IPv6, and with the same page.
func (v *visit) sixth(ctx context.Context) {
	host := v.home.url.Hostname()
	six, err := v.sixAddress(ctx, host)
	switch {
	case err != nil:
		v.unknown(assess.IPv6, "examine.unknown.resolver")
		return
	case !six.IsValid():
		v.word(assess.IPv6, no, note("examine.evidence.no_aaaa", host))
		return
	case !v.e.reaches(ctx, six):
		v.unknown(assess.IPv6, "examine.unknown.own_ipv6", quote("examine.evidence.aaaa", "", six.String(), host))
		return
	}
	v.client.CloseIdleConnections()
	a, err := v.pageAt(ctx, v.home.url, how{six: true})
	v.sixes.CloseIdleConnections()
	there := quote("examine.evidence.aaaa", "", six.String(), host)
	switch {
	case refused(err), errors.Is(err, errBudget), ctx.Err() != nil:
		v.unknown(assess.IPv6, because(ctx, err), there)
	case err != nil:
		v.word(assess.IPv6, partly, there, note("examine.evidence.ipv6_silent"))
	default:
		same := page.Alike(v.home.page, a.page)
		seen := note("examine.evidence.ipv6_same", int(same*100))
		if a.good() && same >= alike {
			v.word(assess.IPv6, yes, there, seen)
		} else {
			v.word(assess.IPv6, partly, there, seen)
		}
	}
}

// sixAddress is an address of IPv6 of host; none when it has none.
func (v *visit) sixAddress(ctx context.Context, host string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Is6() {
			return a, nil
		}
		return netip.Addr{}, nil
	}
	resolver := v.e.o.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	list, err := resolver.LookupNetIP(ctx, "ip6", host)
	if none, ok := errors.AsType[*net.DNSError](err); ok && none.IsNotFound {
		return netip.Addr{}, nil
	}
	if addr, ok := errors.AsType[*net.AddrError](err); ok && addr.Err == "no suitable address found" {
		return netip.Addr{}, nil
	}
	if err != nil || len(list) == 0 {
		return netip.Addr{}, err
	}
	return list[0], nil
}

// reaches tells whether this machine has a way to an address of IPv6. Nothing
// is sent: a datagram socket only looks up the route.
func (e *Examiner) reaches(ctx context.Context, a netip.Addr) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp6", netip.AddrPortFrom(a, 9).String())
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
