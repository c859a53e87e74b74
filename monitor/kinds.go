package monitor

import (
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
)

// Kinds lists the kinds; a prober exists for each.
func Kinds() []Kind { return []Kind{HTTP, TCP, DNS, TLS, ICMP, WebSocket, Journey, Browser} }

// Valid tells whether k is a kind we know.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Host is where c looks, for politeness towards it: two checks with the same
// host are not all made at once.
func (c *Check) Host() string {
	if u, err := url.Parse(c.Target); err == nil && u.Host != "" {
		return u.Host
	}
	return c.Target
}

// targetOf returns what a check of kind k looks at when only the service's
// address is known.
func targetOf(k Kind, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	switch k {
	case DNS, ICMP:
		return u.Hostname()
	case TCP, TLS:
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		return strings.TrimSuffix(u.Host, ":"+u.Port()) + ":" + port
	case WebSocket:
		u.Scheme = map[string]string{"http": "ws", "https": "wss"}[u.Scheme]
		return u.String()
	case HTTP, Journey, Browser:
	}
	return address
}

// targetFault refuses a target that a check of its kind cannot look at.
func (c *Check) targetFault(field string) error {
	switch c.Kind {
	case HTTP, Journey, Browser:
		return addressFault(field, c.Target)
	case WebSocket:
		return socketFault(field, c.Target)
	case TCP, TLS:
		return hostPortFault(field, c.Target)
	case DNS:
		if !dnsName.MatchString(c.Target) || len(c.Target) > maxHost {
			return fault.At(field, "check.target.name")
		}
	case ICMP:
		if !hostValid(c.Target) {
			return fault.At(field, "check.target.host")
		}
	}
	return nil
}

// maxHost is how long a name in the DNS may be.
const maxHost = 253

var (
	hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$`)
	// dnsName is wider: the DNS also holds _services, the root, and wildcards.
	dnsName = regexp.MustCompile(`^(\.|([A-Za-z0-9_*-]{1,63}\.)*[A-Za-z0-9_*-]{1,63}\.?)$`)
	digits  = regexp.MustCompile(`^[0-9.]+$`)
)

// hostValid tells whether s is a name or an address of a machine.
func hostValid(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return hostName.MatchString(s) && len(s) <= maxHost && !digits.MatchString(s)
}

// hostPortFault refuses what is not host:port. It is nil when all is well.
func hostPortFault(field, s string) error {
	at := strings.LastIndexByte(s, ':')
	if at < 0 {
		return fault.At(field, "check.target.host_port")
	}
	host, port := s[:at], s[at+1:]
	bracketed := strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
	if bracketed {
		host = host[1 : len(host)-1]
	}
	if !hostValid(host) || strings.Contains(host, ":") != bracketed || strings.Contains(port, "/") {
		return fault.At(field, "check.target.host_port")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fault.At(field, "check.target.port", port)
	}
	return nil
}

// socketFault refuses what is not a ws or wss address. It is nil when all is well.
func socketFault(field, address string) error {
	if err := textFault(field, address, MaxURL); err != nil {
		return err
	}
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Scheme != "ws" && u.Scheme != "wss", u.Hostname() == "":
		return fault.At(field, "check.target.socket")
	case u.User != nil:
		return fault.At(field, "service.url.credentials")
	}
	return nil
}

// kindFaults returns what is wrong with the kind and with what another kind
// was given: nothing that was typed is passed over in silence.
func (c *Check) kindFaults(at string) []error {
	switch {
	case !c.Kind.Valid():
		return []error{fault.At(at+"kind", "check.kind.unknown", string(c.Kind))}
	case c.Kind != HTTP && !reflect.ValueOf(c.Expect).IsZero():
		return []error{fault.At(at+"kind", "check.kind.no_expect", string(c.Kind))}
	}
	return nil
}

// patternFault refuses a pattern that cannot be read. It is nil when all is well.
func patternFault(field, pattern string) error {
	if err := textFault(field, pattern, MaxText); err != nil {
		return err
	}
	if _, err := regexp.Compile(pattern); err != nil {
		return fault.At(field, "check.pattern", complaint(err))
	}
	return nil
}

// complaint is what a pattern's error says, without what it says each time.
func complaint(err error) string { return strings.TrimPrefix(err.Error(), "error parsing regexp: ") }

// The families of addresses that a check may be held to.
const (
	// AnyIP, IPv4 and IPv6 say over which family a check connects.
	AnyIP = ""
	IPv4  = "4"
	IPv6  = "6"
)

// familyFault refuses a family that there is not. It is nil when all is well.
func familyFault(field, family string) error {
	if !slices.Contains([]string{AnyIP, IPv4, IPv6}, family) {
		return fault.At(field, "check.family", family)
	}
	return nil
}

// kindFaults returns what is wrong with the settings of the kind, and refuses
// those of another.
func (s Settings) kindFaults(c *Check, at string) []error {
	var faults []error
	if c.Kind == Journey && s.Journey == nil {
		faults = append(faults, fault.At(at+"journey.source", "fault.required"))
	}
	for _, part := range []struct {
		kind  Kind
		given bool
		check func(at string) []error
	}{
		{TCP, s.TCP != nil, s.TCP.faults},
		{DNS, s.DNS != nil, s.DNS.faults},
		{ICMP, s.ICMP != nil, s.ICMP.faults},
		{WebSocket, s.WebSocket != nil, s.WebSocket.faults},
		{Journey, s.Journey != nil, s.Journey.faults},
		{Browser, s.Browser != nil, s.Browser.faults},
	} {
		switch field := at + string(part.kind); {
		case !part.given:
		case part.kind != c.Kind:
			faults = append(faults, fault.At(field, "check.settings.other_kind", string(part.kind)))
		default:
			faults = append(faults, part.check(field+".")...)
		}
	}
	return faults
}
