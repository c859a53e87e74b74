package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/jard-odi/jard/monitor"
)

// names asks name servers, each by itself: a resolver would hide which of them
// is wrong.
type names struct {
	base    *HTTP
	servers []string // the system's; nil: those of resolv.conf
	port    string   // where the servers of a zone answer: 53
}

const (
	tries     = 3 // a packet may be lost on the way
	bufferUDP = 1232
	resolvers = "/etc/resolv.conf"
)

// Probe asks every name server of the settings, all at once.
func (p *names) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	r, ctx, cancel := p.base.begin(ctx, c)
	defer cancel()
	var s monitor.DNSSettings
	if c.Settings.DNS != nil {
		s = *c.Settings.DNS
	}
	began := time.Now()
	servers, err := p.asked(ctx, c.Target, s)
	if s.Authoritative {
		r.Phases[monitor.PhaseDNS] = time.Since(began)
	}
	if err != nil {
		r.Reason, r.Detail = reasonFor(ctx, err), short(err.Error())
		return r
	}
	began = time.Now()
	seen := make([]seen, len(servers))
	var asking sync.WaitGroup
	for n, server := range servers {
		asking.Go(func() { seen[n] = p.ask(ctx, server, c.Target, s) })
	}
	asking.Wait()
	r.Phases[monitor.PhaseWait] = time.Since(began)
	answers := make([]monitor.NameAnswer, 0, len(seen))
	for _, one := range seen {
		answers = append(answers, one.answer)
		r.Steps = append(r.Steps, one.step())
		r.Bytes += one.bytes
		if r.Address == "" {
			r.Address = one.address
		}
	}
	r.Reason, r.Detail = s.Judge(answers)
	r.Detail = short(r.Detail)
	return r
}

// seen is what came of asking one server.
type seen struct {
	answer  monitor.NameAnswer
	took    time.Duration
	address string
	bytes   int64
}

func (s seen) step() monitor.Step {
	one := monitor.Step{Name: short(s.answer.Server), TookUs: s.took.Microseconds()}
	if s.answer.Silent != monitor.None {
		one.Fault = short(s.answer.Detail)
	} else if s.answer.Code != "NOERROR" {
		one.Fault = s.answer.Code
	}
	return one
}

// server is one to ask. Those of the system are the operator's own choice and
// may stand in a network that checks may not enter.
type server struct {
	name, address string
	trusted       bool
}

// asked returns whom to ask about name.
func (p *names) asked(ctx context.Context, name string, s monitor.DNSSettings) ([]server, error) {
	if s.Authoritative {
		return p.keepers(ctx, name)
	}
	if len(s.Servers) == 0 {
		return p.system()
	}
	list := make([]server, 0, len(s.Servers))
	for _, one := range s.Servers {
		list = append(list, server{name: one, address: withPort(one)})
	}
	return list, nil
}

// withPort is one as host:port.
func withPort(one string) string {
	if _, err := netip.ParseAddr(one); err != nil && strings.Contains(one, ":") {
		return one
	}
	return net.JoinHostPort(one, "53")
}

// system returns the first of the servers that this machine asks.
func (p *names) system() ([]server, error) {
	list := p.servers
	if list == nil {
		config, err := dns.ClientConfigFromFile(resolvers)
		if err != nil {
			return nil, &disappointment{monitor.OwnNetwork, err.Error()}
		}
		list = config.Servers
	}
	if len(list) == 0 {
		return nil, &disappointment{monitor.OwnNetwork, "this machine has no name server"}
	}
	return []server{{name: list[0], address: withPort(list[0]), trusted: true}}, nil
}

// keepers returns the name servers of the zone that name is in: those of the
// closest name that has any.
func (p *names) keepers(ctx context.Context, name string) ([]server, error) {
	ours, err := p.system()
	if err != nil {
		return nil, err
	}
	zone := dns.Fqdn(name)
	for {
		answer, _, err := p.exchange(ctx, ours[0], question(zone, dns.TypeNS, true), "udp")
		if err != nil {
			return nil, fmt.Errorf("name servers of %s: %w", zone, err)
		}
		var list []server
		for _, rr := range answer.Answer {
			if ns, ok := rr.(*dns.NS); ok && strings.EqualFold(ns.Hdr.Name, zone) {
				host := strings.TrimSuffix(ns.Ns, ".")
				list = append(list, server{name: host, address: net.JoinHostPort(host, p.port)})
			}
		}
		if len(list) > 0 {
			slices.SortFunc(list, func(a, b server) int { return strings.Compare(a.name, b.name) })
			return list[:min(len(list), maxKeepers)], nil
		}
		next, end := dns.NextLabel(zone, 0)
		if end {
			return nil, &disappointment{monitor.NoDNS, "no zone holds " + name}
		}
		zone = zone[next:]
	}
}

// maxKeepers bounds how many servers of a zone are asked.
const maxKeepers = 13

// ask asks one server, again when a packet may have been lost.
func (p *names) ask(ctx context.Context, to server, name string, s monitor.DNSSettings) (one seen) {
	began := time.Now()
	one.answer.Server = to.name
	defer func() { one.took = time.Since(began) }()
	network := "udp"
	if s.TCP {
		network = "tcp"
	}
	asked := dns.StringToType[s.Asked()]
	answer, address, err := p.exchange(ctx, to, question(name, asked, !s.Authoritative), network+s.Family)
	if err == nil && answer.Truncated && network == "udp" {
		answer, address, err = p.exchange(ctx, to, question(name, asked, !s.Authoritative), "tcp"+s.Family)
	}
	if err != nil {
		one.answer.Silent, one.answer.Detail = reasonFor(ctx, err), err.Error()
		return one
	}
	one.address, one.bytes = address, int64(answer.Len())
	one.answer.Code = dns.RcodeToString[answer.Rcode]
	if one.answer.Code == "" {
		one.answer.Code = fmt.Sprintf("RCODE%d", answer.Rcode)
	}
	one.answer.Records, one.answer.TTL = records(answer, asked)
	one.answer.Signed = answer.AuthenticatedData
	if signer, ok := signedBy(answer, asked); ok && !one.answer.Signed && s.DNSSEC {
		one.answer.Signed = p.delegated(ctx, signer)
	}
	return one
}

// question is a query for name, with room for large and signed answers.
func question(name string, asked uint16, recurse bool) *dns.Msg {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), asked)
	q.RecursionDesired, q.AuthenticatedData = recurse, recurse
	q.SetEdns0(bufferUDP, true)
	return q
}

// exchange sends q, again when nothing comes back over UDP.
func (p *names) exchange(ctx context.Context, to server, q *dns.Msg, network string) (*dns.Msg, string, error) {
	rounds := 1
	if strings.HasPrefix(network, "udp") {
		rounds = tries
	}
	deadline, _ := ctx.Deadline()
	wait := time.Until(deadline) / time.Duration(rounds)
	for n := 1; ; n++ {
		answer, address, err := p.once(ctx, to, q, network, wait)
		if err == nil || n == rounds || !timedOut(err) || ctx.Err() != nil {
			return answer, address, err
		}
	}
}

// once sends q and waits for its answer.
func (p *names) once(ctx context.Context, to server, q *dns.Msg, network string, wait time.Duration) (*dns.Msg, string, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	dialer := *p.base.dialer
	if to.trusted {
		dialer.Control = nil
	}
	conn, err := dialer.DialContext(ctx, network, to.address)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = conn.Close() }()
	release, err := bound(ctx, conn)
	if err != nil {
		return nil, "", err
	}
	defer release()
	client := dns.Client{Net: network, Timeout: wait}
	answer, _, err := client.ExchangeWithConnContext(ctx, q, &dns.Conn{Conn: conn})
	switch {
	case err != nil && isDNS(err):
		return nil, "", &disappointment{monitor.DNSAnswer, "unreadable answer: " + err.Error()}
	case err != nil:
		return nil, "", err
	case len(answer.Question) != 1 || !sameQuestion(answer.Question[0], q.Question[0]):
		return nil, "", &disappointment{monitor.DNSAnswer, "an answer to another question"}
	}
	return answer, conn.RemoteAddr().String(), nil
}

// isDNS tells whether err is about the message rather than the connection.
func isDNS(err error) bool {
	_, message := errors.AsType[*dns.Error](err)
	_, network := errors.AsType[net.Error](err)
	return message && !network
}

func sameQuestion(a, b dns.Question) bool {
	return strings.EqualFold(a.Name, b.Name) && a.Qtype == b.Qtype && a.Qclass == b.Qclass
}

// records returns the data of the records of the type asked for, sorted, and
// the shortest time that one is good for.
func records(answer *dns.Msg, asked uint16) ([]string, time.Duration) {
	list, ttl := []string{}, time.Duration(0)
	for _, rr := range answer.Answer {
		if rr.Header().Rrtype != asked {
			continue
		}
		if good := time.Duration(rr.Header().Ttl) * time.Second; len(list) == 0 || good < ttl {
			ttl = good
		}
		list = append(list, cleaned(data(rr)))
	}
	slices.Sort(list)
	return list, ttl
}

// data is what a record says, as people write it.
func data(rr dns.RR) string {
	if txt, ok := rr.(*dns.TXT); ok {
		return strings.Join(txt.Txt, "")
	}
	return strings.ReplaceAll(strings.TrimPrefix(rr.String(), rr.Header().String()), "\t", " ")
}

// signedBy returns the zone whose signature stands with the records asked for.
func signedBy(answer *dns.Msg, asked uint16) (string, bool) {
	for _, rr := range answer.Answer {
		if sig, ok := rr.(*dns.RRSIG); ok && sig.TypeCovered == asked {
			return sig.SignerName, true
		}
	}
	return "", false
}

// delegated tells whether the zone above vouches for the key of zone.
func (p *names) delegated(ctx context.Context, zone string) bool {
	ours, err := p.system()
	if err != nil {
		return false
	}
	answer, _, err := p.exchange(ctx, ours[0], question(zone, dns.TypeDS, true), "udp")
	if err != nil {
		return false
	}
	return slices.ContainsFunc(answer.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeDS })
}
