package portalwatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portal/ckantest"
	"github.com/jard-odi/jard/outgoing"
)

var (
	now  = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	old  = now.AddDate(0, 0, -30)
	base = "https://jard.example"
)

func id(n int) string   { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }
func name(n int) string { return fmt.Sprintf("jeu-%d", n) }
func ref(n int) string  { return fmt.Sprintf("TN-MARHP-2026-%05d", n) }

// pack is the nth dataset as harvesters are given it.
func pack(n int) ckantest.Package {
	return ckantest.Package{
		"id": id(n), "name": name(n), "title": fmt.Sprintf("Jeu %d", n), "title_ar": fmt.Sprintf("مجموعة %d", n),
		"notes": "Une description.", "license_id": "cc-by", "state": "active", "type": "dataset", "frequency_update": "mensuelle",
		"metadata_modified": old.Format("2006-01-02T15:04:05.000000"), "organization": map[string]any{"name": "marhp", "title": "Agriculture"},
		"resources": []any{map[string]any{"url": fmt.Sprintf("https://data.example/%d.csv", n)}},
		"extras":    []any{map[string]any{"key": "uri", "value": base + "/dataset/" + id(n)}, map[string]any{"key": "reference", "value": ref(n)}},
	}
}

// register offers the datasets 1 to live, and has withdrawn those after.
type register struct {
	offers []portal.Offer
	broken error
}

func offering(live, withdrawn int) *register {
	r := &register{}
	for n := 1; n <= live+withdrawn; n++ {
		o := portal.Offer{ID: id(n), Ref: ref(n), Name: name(n), Institution: "marhp", Since: old, Modified: old}
		if n > live {
			o.Withdrawn = &old
		}
		r.offers = append(r.offers, o)
	}
	return r
}

func (r *register) Offers(context.Context) ([]portal.Offer, error) { return r.offers, r.broken }

func (r *register) Package(_ context.Context, key string) (portal.Package, bool, error) {
	for n, o := range r.offers {
		if o.ID == key && o.Withdrawn == nil {
			raw, err := json.Marshal(pack(n + 1))
			if err != nil {
				return portal.Package{}, false, err
			}
			p, err := portal.ReadPackage(raw)
			p.Modified = o.Modified
			return p, true, err
		}
	}
	return portal.Package{}, false, nil
}

// house is a portal and who reads it.
type house struct {
	*testing.T
	portal   *ckantest.Portal
	register *register
	client   *Client
	waited   []time.Duration
}

func open(t *testing.T, live, withdrawn int) *house {
	t.Helper()
	h := &house{T: t, portal: ckantest.New(t), register: offering(live, withdrawn)}
	guard, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	h.client = &Client{
		HTTP: guard.Client(2 * time.Second), Base: h.portal.URL, Agent: "test", MaxBytes: 1 << 20,
		Now: func() time.Time { return now },
		Wait: func(ctx context.Context, d time.Duration) error {
			h.waited = append(h.waited, d)
			return ctx.Err()
		},
	}
	for n := range live {
		h.portal.Put(pack(n + 1))
	}
	return h
}

func (h *house) walk() (portal.Reading, portal.Outcome) {
	h.Helper()
	rules := portal.Rules{BaseURL: base, Within: 24 * time.Hour}
	return Walk(h.Context(), h.client, h.register, rules, now)
}

// says writes observations as "kind field subject", sorted.
func says(out portal.Outcome) string {
	var all []string
	for _, o := range out.Observations {
		what := o.PortalName
		if o.Ref != "" {
			what = o.Ref[len(o.Ref)-2:]
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s", o.Kind, o.Field, what)))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestAPortalThatFollowedHasNoFindings(t *testing.T) {
	h := open(t, 250, 3)
	h.portal.Put(
		ckantest.Package{"id": "x", "name": "autre", "title": "Autre", "organization": map[string]any{"name": "ins", "title": "INS"}},
		ckantest.Package{"id": "y", "name": "source", "type": "harvest"},
		ckantest.Package{"id": id(252), "name": name(252), "state": "deleted"})
	got, out := h.walk()
	if !got.Whole || got.Failure != "" || got.Packages != 252 || got.Matched != 250 || got.Offered != 250 || got.Sources["INS"] != 1 {
		t.Errorf("%+v", got)
	}
	if s := says(out); s != "" {
		t.Error(s)
	}
	if got.Requests != 4 {
		t.Errorf("%d requests: %v", got.Requests, h.portal.Asked())
	}
}

func TestEveryFinding(t *testing.T) {
	edit := func(n int, key string, value any) func(*house) {
		return func(h *house) { h.portal.Edit(id(n), func(p ckantest.Package) { p[key] = value }) }
	}
	for what, tt := range map[string]struct {
		do   func(*house)
		want string
	}{
		"never arrived":       {func(h *house) { h.portal.Remove(id(3)) }, "missing  03"},
		"deleted there":       {edit(3, "state", "deleted"), "missing  03"},
		"a draft there":       {edit(3, "state", "draft"), "missing  03"},
		"approved today":      {func(h *house) { h.portal.Remove(id(3)); h.register.offers[2].Since = now.Add(-time.Hour) }, ""},
		"another title":       {edit(3, "title", "Autre chose"), ""}, // the Arabic one is still there
		"another title twice": {func(h *house) { edit(3, "title", "Autre chose")(h); edit(3, "title_ar", "")(h) }, "differs title 03"},
		"title in Arabic":     {edit(3, "title", "مجموعة 3"), ""},
		"spaces in a title":   {edit(3, "title", "  jeu   3. "), ""},
		"notes":               {edit(3, "notes", "Coupée."), "differs notes 03"},
		"notes with markup":   {edit(3, "notes", "<p>Une **description**</p>"), "differs notes 03"},
		"notes in markdown":   {edit(3, "notes", "Une *description*."), ""},
		"licence":             {edit(3, "license_id", "notspecified"), "differs licence 03"},
		"no licence":          {edit(3, "license_id", nil), "differs licence 03"},
		"frequency":           {edit(3, "frequency_update", "annuelle"), "differs frequency 03"},
		"no such field":       {func(h *house) { h.portal.Edit(id(3), func(p ckantest.Package) { delete(p, "frequency_update") }) }, ""},
		"organization":        {edit(3, "organization", map[string]any{"name": "ins", "title": "INS"}), "differs organization 03"},
		"a resource less":     {edit(3, "resources", []any{}), "differs resources 03"},
		"another address":     {edit(3, "resources", []any{map[string]any{"url": "https://x.example/3.csv"}}), "differs addresses 03"},
		"the same address":    {edit(3, "resources", []any{map[string]any{"url": "http://DATA.example:443/3.csv#top"}}), ""},
		"an older edition":    {edit(3, "metadata_modified", "2025-01-01T00:00:00.000000"), "differs modified 03"},
		"a slug of its own":   {edit(3, "name", "jeu-3-1"), ""},
		"deleted here":        {func(h *house) { h.register.offers[2].Withdrawn = &old }, "undeleted  03"},
		"deleted here today": {func(h *house) {
			today := now.Add(-time.Hour)
			h.register.offers[2].Withdrawn = &today
		}, ""},
		"deleted, in the index only": {func(h *house) { h.register.offers[2].Withdrawn = &old; h.portal.Stale(id(3)) }, ""},
		"there twice": {func(h *house) {
			p := pack(3)
			p["id"], p["name"] = "zzz", "copie"
			h.portal.Put(p)
		}, "duplicate  03"},
		"under another id": {func(h *house) {
			p := pack(3)
			p["id"] = "zzz"
			h.portal.Remove(id(3))
			h.portal.Put(p)
		}, ""},
		"found by name only": {func(h *house) {
			p := pack(3)
			p["id"] = "zzz"
			delete(p, "extras")
			h.portal.Remove(id(3))
			h.portal.Put(p)
		}, ""},
		"somebody else's of that name": {func(h *house) {
			h.portal.Remove(id(3))
			h.portal.Put(ckantest.Package{"id": "zzz", "name": name(3), "title": "?", "url": "https://other.example/x"})
		}, "missing  03"},
		"never ours": {func(h *house) {
			h.portal.Put(ckantest.Package{"id": "zzz", "name": "faux", "extras": []any{map[string]any{"key": "guid", "value": base + "/dataset/" + id(999)}}})
		}, "stray  faux"},
		"of our source, never ours": {func(h *house) {
			h.portal.Put(ckantest.Package{"id": "zzz", "name": "faux", "extras": []any{map[string]any{"key": "harvest_source_url", "value": base}}})
		}, "stray  faux"},
		"fields of wrong types": {func(h *house) {
			h.portal.Edit(id(3), func(p ckantest.Package) { p["title"], p["resources"], p["organization"] = 7, "x", []any{} })
		}, "differs organization 03, differs resources 03"},
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t, 5, 0)
			tt.do(h)
			got, out := h.walk()
			if !got.Whole || says(out) != tt.want {
				t.Errorf("%q; want %q (%+v)", says(out), tt.want, got)
			}
		})
	}
}

func TestWhatChangedTodayMayStillDiffer(t *testing.T) {
	h := open(t, 5, 0)
	h.portal.Edit(id(3), func(p ckantest.Package) { p["notes"] = "Ancienne." })
	h.register.offers[2].Modified = now.Add(-time.Hour)
	if _, out := h.walk(); says(out) != "" {
		t.Error(says(out))
	}
}

func TestAPortalThatPutsEverythingUnderOneNameDiffersInNothing(t *testing.T) {
	h := open(t, 5, 0)
	for n := 1; n <= 5; n++ {
		h.portal.Edit(id(n), func(p ckantest.Package) { p["organization"] = map[string]any{"name": "registre", "title": "Registre"} })
	}
	h.register.offers[4].Institution = "ms"
	if _, out := h.walk(); says(out) != "" {
		t.Error(says(out))
	}
}

func TestAWalkThatFailsNeverTellsOfAbsence(t *testing.T) {
	for what, tt := range map[string]struct {
		do   func(*house)
		want portal.Failure
	}{
		"500": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Path: "package_search", Start: "100", Status: 500, Body: "oops"})
		}, portal.Status},
		"403": {func(h *house) { h.portal.Fail(ckantest.Fault{Path: "package_search", Start: "100", Status: 403}) }, portal.Status},
		"404 of a proxy": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Path: "package_show", Status: 404, Body: "<html>no</html>"})
		}, portal.Status},
		"429 for an hour": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 429, Header: map[string]string{"Retry-After": "3600"}})
		}, portal.Throttled},
		"429 for ever": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 429, Header: map[string]string{"Retry-After": "1"}})
		}, portal.Throttled},
		"HTML": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 200, Header: map[string]string{"Content-Type": "text/html"}, Body: "<!doctype html>maintenance"})
		}, portal.NoJSON},
		"success false": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 200, Body: `{"success": false, "error": {"__type": "Search Error"}}`})
		}, portal.Refused},
		"no result": {func(h *house) { h.portal.Fail(ckantest.Fault{Start: "100", Status: 200, Body: `{"success": true}`}) }, portal.NoJSON},
		"a list of nulls": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 200, Body: `{"success": true, "result": {"count": 250, "results": [null, 7, "x", {}, []]}}`})
		}, portal.Incomplete},
		"no list": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 200, Body: `{"success": true, "result": [1]}`})
		}, portal.NoJSON},
		"a negative count": {func(h *house) { h.portal.Lie(func(int) int { return -1 }) }, portal.NoJSON},
		"cut short":        {func(h *house) { h.portal.Fail(ckantest.Fault{Start: "100", Cut: 500}) }, portal.Unreachable},
		"truncated": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 200, Body: `{"success": true, "result": {"count": 2`})
		}, portal.NoJSON},
		"huge": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 200, Body: strings.Repeat(" ", 2<<20)})
		}, portal.TooLarge},
		"to loopback": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 302, Header: map[string]string{"Location": "http://10.0.0.1/api"}})
		}, portal.Forbidden},
		"to a file": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 302, Header: map[string]string{"Location": "file:///etc/passwd"}})
		}, portal.Forbidden},
		"in circles": {func(h *house) {
			h.portal.Fail(ckantest.Fault{Start: "100", Status: 302, Header: map[string]string{"Location": "?start=100"}})
		}, portal.Unreachable},
		"the same page":    {func(h *house) { h.portal.Repeat() }, portal.Repeats},
		"counts too high":  {func(h *house) { h.portal.Lie(func(n int) int { return n + 50 }) }, portal.Incomplete},
		"away":             {func(h *house) { h.portal.Close() }, portal.Unreachable},
		"our own register": {func(h *house) { h.register.broken = errors.New("database lost") }, portal.Ourselves},
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t, 250, 0)
			h.portal.Remove(id(249))
			h.portal.Edit(id(5), func(p ckantest.Package) { p["notes"] = "Autre." })
			tt.do(h)
			got, out := h.walk()
			if got.Whole || out.Whole || got.Failure != tt.want {
				t.Errorf("%+v; want %s", got, tt.want)
			}
			if s := says(out); s != "" && s != "differs notes 05" {
				t.Errorf("tells of %q", s)
			}
			if strings.Contains(got.Detail, "127.0.0.1") || strings.Contains(got.Detail, "database lost") {
				t.Errorf("detail %q", got.Detail)
			}
		})
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	h := open(t, 250, 0)
	h.portal.Fail(
		ckantest.Fault{Start: "0", Status: 503, Header: map[string]string{"Retry-After": "7"}, Times: 1},
		ckantest.Fault{Start: "100", Status: 502, Body: "<html>", Times: 2},
		ckantest.Fault{Start: "200", Cut: 100, Times: 1})
	got, out := h.walk()
	if !got.Whole || says(out) != "" {
		t.Errorf("%+v %s", got, says(out))
	}
	if want := []time.Duration{7 * time.Second, time.Second, 4 * time.Second, time.Second}; !slices.Equal(h.waited, want) {
		t.Errorf("waited %v; want %v", h.waited, want)
	}
}

func TestASlowPortalIsGivenUp(t *testing.T) {
	h := open(t, 5, 0)
	h.client.HTTP.Timeout = 50 * time.Millisecond
	h.portal.Fail(ckantest.Fault{Path: "package_search", Hang: true})
	if got, _ := h.walk(); got.Failure != portal.TimedOut || got.Whole {
		t.Errorf("%+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h.client.Wait = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	got, _ := Walk(ctx, h.client, h.register, portal.Rules{}, now)
	if got.Failure != portal.Stopped {
		t.Errorf("%+v", got)
	}
}

func TestPrivateNetworksAreNotRead(t *testing.T) {
	h := open(t, 5, 0)
	h.client.HTTP = new(outgoing.Guard).Client(time.Second)
	if got, _ := h.walk(); got.Failure != portal.Forbidden || len(h.portal.Asked()) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAPortalThatGivesFewerRowsIsReadWhole(t *testing.T) {
	h := open(t, 250, 0)
	h.portal.AtMost(37)
	h.portal.Lie(func(int) int { return 12 })
	if got, out := h.walk(); !got.Whole || got.Packages != 250 || says(out) != "" {
		t.Errorf("%+v %s", got, says(out))
	}
}

func TestAnIndexThatIsBehindIsNoAbsence(t *testing.T) {
	h := open(t, 5, 0)
	// The search lost the third; package_show still has it.
	h.portal.Edit(id(3), func(p ckantest.Package) { p["state"] = "deleted" })
	h.portal.Fail(ckantest.Fault{Path: "package_show", Status: 200, Body: `{"success": true, "result": {"id": "` + id(3) + `", "state": "active"}}`})
	if _, out := h.walk(); strings.Contains(says(out), "missing") {
		t.Error(says(out))
	}
}

func TestAPortalThatNeverHarvestedUs(t *testing.T) {
	h := open(t, 1000, 0)
	for n := range 1000 {
		h.portal.Remove(id(n + 1))
	}
	got, out := h.walk()
	if !got.Whole || len(out.Observations) != 1000 {
		t.Errorf("%d findings, %+v", len(out.Observations), got)
	}
	if n := len(h.portal.Asked()); n != 1+2*confirmAtMost {
		t.Errorf("%d requests", n)
	}
	h.portal.Put(pack(1))
	h.portal.Stale(id(2))
	if _, out := h.walk(); len(out.Observations) != 999 {
		t.Errorf("%d findings", len(out.Observations))
	}
}

func TestTheRequestsAreThoseOfAReader(t *testing.T) {
	h := open(t, 150, 0)
	h.walk()
	want := []string{
		"/api/3/action/package_search?q=%2A%3A%2A&rows=100&sort=id+asc&start=0",
		"/api/3/action/package_search?q=%2A%3A%2A&rows=100&sort=id+asc&start=100",
		"/api/3/action/package_search?q=%2A%3A%2A&rows=100&sort=id+asc&start=150",
	}
	if got := h.portal.Asked(); !slices.Equal(got, want) {
		t.Errorf("asked %v", got)
	}
}

// memory is a store of reads.
type memory struct {
	kept []portal.Reading
	lost error
}

func (m *memory) Record(_ context.Context, r portal.Reading, _ portal.Outcome) (portal.Reading, error) {
	m.kept = append([]portal.Reading{r}, m.kept...)
	return r, m.lost
}

func (m *memory) Readings(context.Context, int) ([]portal.Reading, error) { return m.kept, m.lost }

func (h *house) rounds(m *memory, clock *time.Time) *Rounds {
	return New(Options{
		Store: m, Register: h.register, HTTP: h.client.HTTP, URL: h.portal.URL, Agent: "test", Every: 6 * time.Hour, MaxBytes: 1 << 20,
		Now: func() time.Time { return *clock }, Log: slog.New(slog.DiscardHandler),
		Rules: func(context.Context) (portal.Rules, error) {
			return portal.Rules{BaseURL: base, Within: 24 * time.Hour}, nil
		},
	})
}

func TestRoundsLookWhenItIsTime(t *testing.T) {
	h, m, clock := open(t, 5, 0), &memory{}, now
	r := h.rounds(m, &clock)
	for _, tt := range []struct {
		after time.Duration
		reads int
	}{{0, 1}, {time.Hour, 1}, {6 * time.Hour, 2}, {-24 * time.Hour, 3}} { // a clock set back does not silence it
		clock = now.Add(tt.after)
		if err := r.Look(t.Context()); err != nil || len(m.kept) != tt.reads {
			t.Errorf("after %v: %d reads, %v", tt.after, len(m.kept), err)
		}
	}
	h.portal.Fail(ckantest.Fault{Status: 403})
	if reading, _, err := r.Read(t.Context()); err != nil || reading.Whole || r.Failures() != 1 {
		t.Errorf("%+v, %v, %d failures", reading, err, r.Failures())
	}
	m.lost = errors.New("database lost")
	if _, _, err := r.Read(t.Context()); err == nil || r.Look(t.Context()) == nil {
		t.Error("a lost database passes for a read")
	}
}

func TestOneReadAtATime(t *testing.T) {
	h, m, clock := open(t, 5, 0), &memory{}, now
	r := h.rounds(m, &clock)
	r.one.Lock()
	if _, _, err := r.Read(t.Context()); fmt.Sprint(err) != "portal.reading.busy" || !r.Busy() || r.Ask() {
		t.Errorf("two reads at once: %v", err)
	}
	if err := r.Look(t.Context()); err != nil {
		t.Errorf("the clock and somebody at once: %v", err)
	}
	r.one.Unlock()
	if !r.Ask() || r.Ask() {
		t.Error("asked twice")
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	for len(r.asked) > 0 || r.Busy() {
		runtime.Gosched()
	}
	stop()
	<-done
	if len(m.kept) > 1 {
		t.Errorf("%d reads", len(m.kept))
	}
}
