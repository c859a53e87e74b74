package identity

import "net/netip"

// Network is the part of an address that its holder cannot choose, by which
// callers without an account are counted: of IPv6 one customer has 2^64
// addresses. What is no address stays as it is.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.WithZone("").Unmap(); ip.Is4() {
		return ip.String()
	}
	p, _ := ip.Prefix(64) // never fails for IPv6
	return p.String()
}
