package monitor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var causeNoon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestGroundsAreWhatTheFailureCanComeFrom(t *testing.T) {
	e := Evidence{
		Address: "196.203.5.10:443", Answers: []string{"196.203.5.11", "2001:db8:1::5"}, NameServers: []string{"NS1.ati.tn."},
		Chain: []ChainLink{{Fingerprint: "ab"}},
	}
	for _, c := range []struct {
		why  Reason
		host string
		e    Evidence
		want string
	}{
		{Connect, "a.gov.tn", e, "service=a address=196.203.5.0/24 address=2001:db8:1::/48"},
		{Timeout, "a.gov.tn", e, "service=a address=196.203.5.0/24 address=2001:db8:1::/48"},
		{Status, "a.gov.tn", e, "service=a address=196.203.5.0/24 address=2001:db8:1::/48"},
		{Connect, "10.4.5.6", Evidence{}, "service=a address=10.4.5.0/24"},
		{Connect, "127.0.0.1", Evidence{Address: "127.0.0.1:80"}, "service=a"},
		{Connect, "[::1]", Evidence{}, "service=a"},
		{NoDNS, "www.a.gov.tn", e, "service=a name_server=ns1.ati.tn domain=a.gov.tn"},
		{NoDNS, "b.a.tn", Evidence{}, "service=a domain=a.tn"},
		{NoDNS, "gov.tn", Evidence{}, "service=a domain=gov.tn"},
		{NoDNS, "tn", Evidence{}, "service=a"},
		{NoDNS, "10.0.0.1", Evidence{}, "service=a"},
		{TLSExpired, "a.gov.tn", e, "service=a certificate=ab"},
		{Assertion, "a.gov.tn", e, "service=a"},
	} {
		var got []string
		for _, g := range Grounds(c.why, c.host, &c.e, "a", nil) {
			got = append(got, string(g.Kind)+"="+g.Value)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s at %s stands on %q; want %q", c.why, c.host, s, c.want)
		}
	}
	if got := Grounds(Assertion, "", &Evidence{}, "a", []string{"eid", "a"}); len(got) != 2 || got[1] != (Ground{OnService, "eid"}) {
		t.Errorf("a wrong page stands on %v; its declared dependencies count", got)
	}
}

// failing is an outage of a service on grounds.
func failing(service string, after time.Duration, grounds ...Ground) *Outage {
	return &Outage{
		Service: service, StartedAt: causeNoon.Add(after), ConfirmedAt: causeNoon.Add(after), Grounds: append(grounds, Ground{OnService, service}),
	}
}

func gathered(id int64, outages ...*Outage) *Gathering {
	g := NewGathering(id, false)
	for _, o := range outages {
		g.Join(o)
	}
	return g
}

func TestWhoJoinsWhom(t *testing.T) {
	net, ns, cert := Ground{OnAddress, "196.203.5.0/24"}, Ground{OnNameServer, "ns1.ati.tn"}, Ground{OnCertificate, "ab"}
	eid := Ground{OnService, "eid"}
	split := NewGathering(4, true)
	split.Join(failing("s", 0, net))
	for _, c := range []struct {
		name string
		open []*Gathering
		o    *Outage
		want int64
		why  GroundKind
	}{
		{"nothing is open", nil, failing("a", 0, net), 0, ""},
		{"the same network", []*Gathering{gathered(1, failing("a", 0, net))}, failing("b", time.Minute, net), 1, OnAddress},
		{"at the end of the window", []*Gathering{gathered(1, failing("a", 0, net))}, failing("b", CauseWindow, net), 1, OnAddress},
		{"too late", []*Gathering{gathered(1, failing("a", 0, net))}, failing("b", CauseWindow+time.Second, net), 0, ""},
		{"a chain goes on", []*Gathering{gathered(1, failing("a", 0, net), failing("b", 9*time.Minute, net))}, failing("c", 18*time.Minute, net), 1, OnAddress},
		{"another network", []*Gathering{gathered(1, failing("a", 0, net))}, failing("b", 0, Ground{OnAddress, "196.203.6.0/24"}), 0, ""},
		{"its own service", []*Gathering{gathered(1, failing("a", 0)), gathered(2, failing("b", 0, net))}, failing("a", time.Hour, net), 1, ""},
		{"the ground that explains more", []*Gathering{gathered(1, failing("a", 0, net)), gathered(2, failing("b", 0, ns))}, failing("c", 0, net, ns), 2, OnNameServer},
		{"the oldest of two", []*Gathering{gathered(1, failing("a", 0, cert)), gathered(2, failing("b", 0, cert))}, failing("c", 0, cert), 1, OnCertificate},
		{"what it depends on fails, long since", []*Gathering{gathered(1, failing("eid", 0))}, failing("a", 5*time.Hour, eid), 1, OnService},
		{"both depend on what nobody watches", []*Gathering{gathered(1, failing("a", 0, eid))}, failing("b", time.Minute, eid), 1, OnService},
		{"what others depend on fails after them", []*Gathering{gathered(1, failing("a", 0, eid))}, failing("eid", time.Minute), 1, OnService},
		{"of long before, told late", []*Gathering{gathered(1, failing("eid", 0))}, failing("a", -time.Hour, eid), 0, ""},
		{"its own service, long before", []*Gathering{gathered(1, failing("a", 0))}, failing("a", -time.Hour), 0, ""},
		{"it was split off by hand", []*Gathering{split}, failing("b", 0, net), 0, ""},
		{"a service split off comes back to its own", []*Gathering{gathered(1, failing("b", 0, net)), split}, failing("s", time.Minute, net), 4, ""},
	} {
		g, why := Place(c.open, c.o)
		got := int64(0)
		if g != nil {
			got = g.Incident
		}
		if got != c.want || why.Kind != c.why {
			t.Errorf("%s: joins %d for %q; want %d for %q", c.name, got, why.Kind, c.want, c.why)
		}
	}
	g := gathered(1, failing("eid", 0))
	g.Leave("eid")
	if got, _ := Place([]*Gathering{g}, failing("a", 5*time.Hour, eid)); got != nil {
		t.Error("what it depends on answers again for hours: that is not why it fails")
	}
}

// Ten thousand services of one network and as many of their own fail at once.
func TestAFloodIsOneIncident(t *testing.T) {
	open := []*Gathering{gathered(1, failing("first", 0, Ground{OnAddress, "196.203.5.0/24"}))}
	for n := range 2000 {
		g, _ := Place(open, failing(fmt.Sprintf("s%d", n), time.Second, Ground{OnAddress, "196.203.5.0/24"}))
		if g != open[0] {
			t.Fatalf("service %d is an incident of its own", n)
		}
		g.Join(failing(fmt.Sprintf("s%d", n), time.Second))
	}
	if len(open[0].Services) != 2001 {
		t.Errorf("%d services in it", len(open[0].Services))
	}
}

func TestDependenciesAreChecked(t *testing.T) {
	many := make(DependsOn, 21)
	for n := range many {
		many[n] = fmt.Sprintf("s%d", n)
	}
	for _, c := range []struct {
		list DependsOn
		want []string
	}{
		{DependsOn{"eid", "pay-1"}, nil},
		{DependsOn{"a"}, []string{"incident.depends.itself"}},
		{DependsOn{"eid", "eid"}, []string{"incident.depends.twice"}},
		{DependsOn{"E-ID"}, []string{"incident.depends.invalid"}},
		{DependsOn{""}, []string{"incident.depends.invalid"}},
		{many, []string{"incident.depends.too_many"}},
	} {
		var got []string
		for _, err := range c.list.faults(&Service{Slug: "a"}, "settings.depends_on") {
			got = append(got, keyOf(t, err))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v; want %v", c.list, got, c.want)
		}
	}
}
