package web

import (
	"encoding/binary"
	"net/http"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestAnAllowanceIsSpentAndComesBack(t *testing.T) {
	p := newPace()
	at := p.place(p.known, "page", []byte("amel"))
	for n := range 60 {
		if l := spend(at, 60, noon); l.wait > 0 || l.now != 59-n {
			t.Fatalf("request %d: %+v; want %d left", n, l, 59-n)
		}
	}
	if l := spend(at, 60, noon); l.wait != time.Second || l.now != 0 || l.whole != time.Minute {
		t.Errorf("one too many: %+v; want to wait 1s, and a minute for everything", l)
	}
	if l := spend(at, 60, noon.Add(time.Second)); l.wait > 0 || l.now != 0 {
		t.Errorf("a second later: %+v; want one", l)
	}
	if l := spend(at, 60, noon.Add(time.Hour)); l.now != 59 {
		t.Errorf("an hour later: %+v; want all of it", l)
	}
	if l := spend(at, 60, noon.Add(-time.Hour)); l.wait > 0 {
		t.Errorf("when the clock was put back by two hours: %+v; want nobody to wait for them", l)
	}
}

// Memory does not grow with the number of strangers, and none of them takes
// anything from somebody who is known.
func TestAFloodOfStrangersCostsTheKnownNothing(t *testing.T) {
	p := newPace()
	for n := range uint64(2_000_000) {
		spend(p.place(p.strangers, "page", binary.BigEndian.AppendUint64(nil, n)), 1, noon)
	}
	if len(p.strangers) != slots || len(p.known) != slots {
		t.Errorf("the tables grew to %d and %d", len(p.strangers), len(p.known))
	}
	if l := spend(p.place(p.known, "page", []byte("amel")), 1, noon); l.wait > 0 {
		t.Errorf("somebody known must wait: %+v", l)
	}
	if other := newPace(); p.place(p.known, "page", []byte("amel")) == nil || p.seed == other.seed {
		t.Error("two processes have one seed: places could be chosen")
	}
}

func TestAnAddressCountsAsItsNetwork(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"", "", true},
		{"no address", "192.0.2.1", false},
	} {
		if got := string(networkOf(tt.a)) == string(networkOf(tt.b)); got != tt.same {
			t.Errorf("%q and %q are one network = %t; want %t", tt.a, tt.b, got, tt.same)
		}
	}
}

func FuzzNetworkOf(f *testing.F) {
	for _, a := range []string{"", "192.0.2.1", "2001:db8::1", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3.4:80", "\x00"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, a string) {
		if n := networkOf(a); len(n) > max(len(a), 8) {
			t.Errorf("%q is a network of %d bytes", a, len(n))
		}
	})
}

func BenchmarkSpend(b *testing.B) {
	p := newPace()
	caller := networkOf("192.0.2.1")
	for b.Loop() {
		spend(p.place(p.strangers, http.MethodGet, caller), 1_000_000, noon)
	}
}
