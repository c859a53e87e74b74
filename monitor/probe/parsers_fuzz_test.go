package probe

import (
	"testing"
	"unicode/utf8"

	"github.com/miekg/dns"
)

// Whatever a name server sends is read without falling over, and what is kept
// of it can be stored.
func FuzzRecords(f *testing.F) {
	for _, text := range []string{
		"a.tn. 60 IN A 192.0.2.1", "a.tn. 60 IN AAAA 2001:db8::1", "a.tn. 60 IN TXT \"v=spf1\" \"\\000\\255\"", "a.tn. 60 IN MX 10 m.tn.", "a.tn. 60 IN CNAME b.tn.",
		"a.tn. 60 IN RRSIG A 8 2 60 20261201000000 20261101000000 1 tn. AAAA", "a.tn. 60 IN CAA 0 issue \"x\"",
	} {
		rr, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		m := new(dns.Msg)
		m.SetQuestion("a.tn.", rr.Header().Rrtype)
		m.Answer = []dns.RR{rr, rr}
		b, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, rr.Header().Rrtype)
	}
	f.Add([]byte{}, uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, asked uint16) {
		m := new(dns.Msg)
		if m.Unpack(b) != nil {
			return
		}
		list, ttl := records(m, asked)
		for _, text := range list {
			if !utf8.ValidString(text) || ttl < 0 {
				t.Errorf("%x has %q, good for %v", b, text, ttl)
			}
		}
		_, _ = signedBy(m, asked)
	})
}
