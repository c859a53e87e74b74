package harvest

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var monday = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)

func TestKindsOfClients(t *testing.T) {
	for _, tt := range []struct {
		agent, path string
		want        Kind
	}{
		{"python-requests/2.31.0", "/api/3/action/package_search", CKAN},
		{"python-requests/2.31.0", "/catalog.ttl", DCAT},
		{"python-requests/2.31.0", "/data.json", GSA},
		{"uData/0.1 dcat", "/catalog.jsonld", Udata},
		{"Vert.x-WebClient/4.5", "/catalog.rdf", Piveau},
		{"datagov-harvester", "/data.json", GSA},
		{"Mozilla/5.0 (X11; Linux x86_64)", "/datasets", Browser},
		{"", "/catalog.ttl", Other},
		{"curl/8", "/data.json", Other},
	} {
		if got := KindOf(tt.agent, tt.path); got != tt.want || !got.Valid() {
			t.Errorf("%q at %s is %s; want %s", tt.agent, tt.path, got, tt.want)
		}
	}
	if Kind("portal").Valid() {
		t.Error("any word is a kind")
	}
}

func TestOnlyANeighbourhoodIsKept(t *testing.T) {
	for address, want := range map[string]string{
		"193.95.12.34": "193.95.12.0/24", "::ffff:193.95.12.34": "193.95.12.0/24",
		"2001:db8:1:2::3%eth0": "2001:db8:1::/48", "": "", "unknown": "", "193.95.12.34:80": "",
	} {
		if got := Neighbourhood(address); got != want {
			t.Errorf("of %q %q is kept; want %q", address, got, want)
		}
	}
}

func TestConsumersAreTheFirstThatMatch(t *testing.T) {
	all := Consumers{
		{Name: "portail", Agent: "CKAN", Network: netip.MustParsePrefix("193.95.0.0/16")},
		{Name: "europe", Agent: "piveau"},
	}
	for _, tt := range []struct {
		agent, address, want string
		known                bool
	}{
		{"ckanext-harvest/1.5", "193.95.12.34", "portail", true},
		{"ckanext-harvest/1.5", "::ffff:193.95.12.34", "portail", true},
		{"ckanext-harvest/1.5", "192.0.2.1", "other", false},
		{"Piveau/1", "nowhere", "europe", true},
	} {
		if got, known := all.Name(tt.agent, tt.address, Other); got != tt.want || known != tt.known {
			t.Errorf("%s from %s is %s, %v", tt.agent, tt.address, got, known)
		}
	}
}

func TestLag(t *testing.T) {
	now, begun := monday, monday.Add(-3*time.Hour)
	current := Snapshot{ID: "new", Version: 12}
	never := Standing{Consumer: "a"}
	if _, known := never.Lag(current, now); known || never.Behind(current) != 0 {
		t.Error("who never read it has a lag")
	}
	has := Standing{Snapshot: "old", Version: 9, BegunAt: &begun, CompleteAt: &now}
	if lag, _ := has.Lag(current, now); lag != 3*time.Hour || has.Behind(current) != 3 {
		t.Errorf("lag %v, behind %d", lag, has.Behind(current))
	}
	has.Snapshot = "new"
	if lag, known := has.Lag(current, now.Add(time.Hour)); lag != 0 || !known || has.Behind(current) != 0 {
		t.Errorf("who has the current one lags %v", lag)
	}
	has.Snapshot, has.Version = "ahead", 20 // after the register was put back
	if lag, _ := has.Lag(current, begun.Add(-time.Hour)); lag != 0 || has.Behind(current) != 0 {
		t.Error("time or versions count backwards")
	}
}

func TestStatesOfAReceipt(t *testing.T) {
	end := monday
	r := Receipt{SeenAt: monday, Reached: 100, Total: 400, Scope: Whole}
	if r.State(monday.Add(time.Minute)) != Running || r.State(monday.Add(time.Hour)) != Stalled || r.Share() != 0.25 || r.Current() {
		t.Errorf("%+v", r)
	}
	r.EndedAt, r.Reached = &end, 400
	if r.State(monday.Add(time.Hour)) != Ended || !r.Current() || r.Share() != 1 {
		t.Error("done is not done")
	}
	r.Moved = true
	if r.Current() {
		t.Error("a walk over two states counts as one of them")
	}
	if empty := (Receipt{EndedAt: &end}); empty.Share() != 1 || (&Receipt{}).Share() != 0 {
		t.Error("the share of nothing")
	}
}

func reader(n int, kind Kind) Reader {
	return Reader{Kind: kind, Consumer: string(kind), Network: fmt.Sprintf("192.0.%d.%d", n/256, n%256), Near: "192.0.2.0/24"}
}

var rows = Walk{Dialect: "package_search", Question: `{"sort":"id asc"}`, Scope: Whole}

func TestTwoReadersBehindOneAddressAreToldApart(t *testing.T) {
	s, r := NewSessions(), reader(1, CKAN)
	k := KeyOf(r, rows)
	s.Begin(KeyOf(r, rows), r, rows, Snapshot{ID: "a"}, monday)
	s.Answered(k, Step{0, 100, 300, Snapshot{ID: "a"}, false}, monday)
	s.Begin(KeyOf(r, rows), r, rows, Snapshot{ID: "b"}, monday)
	for _, tt := range []struct {
		from int
		want string
	}{{100, "a"}, {0, "b"}, {50, "b"}} {
		if got, known, _ := s.Where(k, tt.from, monday); got != tt.want || !known {
			t.Errorf("from %d: %s, %v", tt.from, got, known)
		}
	}
	if _, known, _ := s.Where(k, 100, monday.Add(time.Hour)); known {
		t.Error("a walk goes on an hour later")
	}
}

func TestAWalkThatLostItsSnapshotSaysSo(t *testing.T) {
	s, r := NewSessions(), reader(1, CKAN)
	k := KeyOf(r, rows)
	s.Begin(KeyOf(r, rows), r, rows, Snapshot{ID: "a", Version: 1}, monday)
	s.Answered(k, Step{0, 100, 200, Snapshot{ID: "a", Version: 1}, false}, monday)
	s.Answered(k, Step{100, 200, 200, Snapshot{ID: "b", Version: 2}, false}, monday)
	all := s.Take()
	if len(all) != 1 || !all[0].Receipt.Moved || all[0].Receipt.Version != 2 || !all[0].Receipt.Done() || all[0].Receipt.Current() {
		t.Errorf("%+v", all)
	}
}

func TestWhatStrangersCanFillIsBounded(t *testing.T) {
	s := NewSessions()
	kept := reader(0, CKAN)
	s.Begin(KeyOf(kept, rows), kept, rows, Snapshot{ID: "a"}, monday)
	for n := range 3 * walksAtMost {
		s.Begin(KeyOf(reader(1+n, Other), rows), reader(1+n, Other), rows, Snapshot{ID: "a"}, monday)
	}
	if s.Len() > walksAtMost {
		t.Errorf("%d walks are remembered", s.Len())
	}
	if _, known, _ := s.Where(KeyOf(kept, rows), 0, monday); !known {
		t.Error("strangers pushed a harvester out")
	}
	one := reader(5, CKAN)
	for n := range 1000 {
		s.Begin(KeyOf(one, Walk{Dialect: "package_search", Question: fmt.Sprint(n)}), one, Walk{Dialect: "package_search", Question: fmt.Sprint(n)}, Snapshot{ID: "a"}, monday)
	}
	if got := s.network[one.Network]; got != walksOfNetwork {
		t.Errorf("one network has %d walks", got)
	}
	if s.Begin(KeyOf(one, rows), one, rows, Snapshot{}, monday.Add(3*time.Hour)); s.Len() != 1 {
		t.Errorf("%d walks three hours later", s.Len())
	}
	if len(s.walks) != 1 || len(s.network) != 1 {
		t.Errorf("traces of %d walks and %d networks", len(s.walks), len(s.network))
	}
}

func TestReceiptsOfStrangersAreBounded(t *testing.T) {
	s := NewSessions()
	give := func(r Reader, n int, now time.Time) {
		w := Walk{Dialect: "data.json", Question: fmt.Sprint(n), Scope: Whole}
		s.Begin(KeyOf(r, w), r, w, Snapshot{ID: "a"}, now)
		s.Answered(KeyOf(r, w), Step{0, 1, 1, Snapshot{ID: "a"}, false}, now)
	}
	for n := range 500 {
		give(reader(1, Other), n, monday)
	}
	if got := len(s.Take()); got != receiptsAnHour {
		t.Errorf("%d receipts of one network", got)
	}
	for n := range 2 * strangersAnHour {
		give(reader(2+n, Other), n, monday)
	}
	if got := len(s.Take()); got != strangersAnHour-receiptsAnHour {
		t.Errorf("%d receipts of strangers", got)
	}
	known := reader(1, Other)
	known.Known, known.Consumer = true, "portail"
	give(known, 9000, monday)
	give(reader(1, Browser), 9001, monday.Add(time.Hour))
	give(reader(1, Other), 9002, monday.Add(time.Hour))
	if got := s.Take(); len(got) != 2 {
		t.Errorf("%d receipts", len(got))
	}
}

func TestASingleQuestionOfAStrangerIsNoHarvest(t *testing.T) {
	s, r := NewSessions(), reader(1, Other)
	k := KeyOf(r, rows)
	s.Begin(KeyOf(r, rows), r, rows, Snapshot{ID: "a"}, monday)
	s.Answered(k, Step{0, 10, 300, Snapshot{ID: "a"}, false}, monday)
	if got := s.Take(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	s.Answered(k, Step{10, 20, 300, Snapshot{ID: "a"}, false}, monday)
	if got := s.Take(); len(got) != 1 || got[0].Receipt.Requests != 2 || got[0].Receipt.Reached != 20 {
		t.Errorf("%+v", got)
	}
}

func TestNamesAreCountedAsTheyAreShown(t *testing.T) {
	s, r := NewSessions(), reader(1, Udata)
	w := Walk{Dialect: "package_list", Question: "{}", Scope: Whole}
	k := KeyOf(r, w)
	s.Begin(KeyOf(r, w), r, w, Snapshot{ID: "a"}, monday)
	s.Answered(k, Step{0, 0, 3, Snapshot{ID: "a"}, true}, monday)
	for range 4 {
		s.Answered(k, Step{-1, 1, 0, Snapshot{ID: "a"}, true}, monday)
	}
	if got := s.Take(); len(got) != 1 || got[0].Receipt.Reached != 3 || !got[0].Receipt.Current() || got[0].Receipt.Requests != 5 {
		t.Errorf("%+v", got)
	}
}

func TestWhatCannotBeStoredWaits(t *testing.T) {
	s, r := NewSessions(), reader(1, CKAN)
	k := KeyOf(r, rows)
	s.Begin(KeyOf(r, rows), r, rows, Snapshot{ID: "a"}, monday)
	if !s.Answered(k, Step{0, 100, 300, Snapshot{ID: "a"}, false}, monday) {
		t.Error("a walk that begins is not urgent")
	}
	lost := s.Take()
	if !s.Answered(k, Step{100, 200, 300, Snapshot{ID: "a"}, false}, monday) {
		t.Error("news of it are not")
	}
	s.Return(lost)
	if got := s.Take(); len(got) != 1 || got[0].Receipt.Requests != 2 || got[0].Receipt.Reached != 200 {
		t.Errorf("%+v", got)
	}
	s.Return(lost)
	if got := s.Take(); len(got) != 1 || got[0].Key != k {
		t.Errorf("%+v", got)
	}
}

func TestTheStoreIsAskedSeldom(t *testing.T) {
	s, asked := NewSessions(), 0
	for n := range 1000 {
		if _, _, ask := s.Where(KeyOf(reader(n, CKAN), rows), 100, monday); ask {
			asked++
		}
	}
	if asked != lookupsASecond {
		t.Errorf("asked %d times within a second", asked)
	}
	r := reader(1, CKAN)
	s.Stray(r, rows, Snapshot{ID: "b"}, monday)
	if s.Answered(KeyOf(r, rows), Step{100, 200, 300, Snapshot{ID: "b"}, false}, monday); len(s.Take()) != 0 {
		t.Error("the middle of a walk has a receipt of its own")
	}
	s.Resume(r, rows, Receipt{ID: "kept", Snapshot: "a", Reached: 200, BegunAt: monday}, monday)
	if got, known, _ := s.Where(KeyOf(r, rows), 200, monday); got != "a" || !known {
		t.Errorf("goes on with %s, %v", got, known)
	}
	s.Answered(KeyOf(r, rows), Step{200, 300, 300, Snapshot{ID: "a"}, false}, monday)
	if got := s.Take(); len(got) != 1 || got[0].Receipt.ID != "kept" || got[0].Receipt.Requests != 1 || !got[0].Receipt.Done() {
		t.Errorf("%+v", got)
	}
}

func FuzzKindOf(f *testing.F) {
	f.Add("python-requests/2", "/api/3/action/package_search", "192.0.2.1")
	f.Add("Ünïcode\x00", "/data.json", "::1%x")
	f.Fuzz(func(t *testing.T, agent, path, address string) {
		if !KindOf(agent, path).Valid() {
			t.Error("a kind nobody knows")
		}
		if near := Neighbourhood(address); near != "" && !strings.HasSuffix(near, ".0/24") && !strings.HasSuffix(near, "/48") {
			t.Errorf("%q is kept", near)
		}
	})
}
