package surveydb

import (
	"fmt"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
)

func TestMain(m *testing.M) {
	if os.Getenv(dieVariable) != "" {
		os.Exit(answerUntilKilled())
	}
	databasetest.Main(m)
}

func TestDrift(t *testing.T) {
	databasetest.Drift(t, &AnswerRow{}, &SetRow{}, &Nonce{}, &Delta{}, &Sum{}, &Counter{}, &Salt{}, &Burst{}, &OfficeRow{}, &KioskRow{},
		&survey.Asking{}, &survey.SigningKey{},
		&survey.Wave{}, &survey.WaveDay{}, &HandedRow{}, &Edition{}, &Treatment{})
}

// clock is a clock that a test moves.
type clock struct {
	sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.Lock()
	defer c.Unlock()
	c.at = at
}

var noon = time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)

var (
	operator = identity.Actor{Account: "a1", Role: identity.MCD}
	owner    = identity.Actor{Account: "a2", Role: identity.ServiceOwner, Institution: "interior", Institutions: []string{"interior"}}
	stranger = identity.Actor{Account: "a3", Role: identity.ServiceOwner, Institution: "health", Institutions: []string{"health"}}
)

// sets reads the sets that Jard comes with.
func sets(tb testing.TB) []*survey.Set {
	tb.Helper()
	var out []*survey.Set
	for _, name := range []string{"portal-tn.yaml", "quick.yaml"} {
		data, err := questions.Files.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		set, problems := survey.ReadSet(data)
		if len(problems) > 0 {
			tb.Fatal(problems)
		}
		out = append(out, set)
	}
	return out
}

// open returns a store with the sets and services of the names.
func open(tb testing.TB, db *gorm.DB, services ...string) (*Store, *clock) {
	tb.Helper()
	c := &clock{at: noon}
	s := New(db, c.now)
	if err := s.Seed(tb.Context(), identity.System("seed"), sets(tb)...); err != nil {
		tb.Fatal(err)
	}
	for _, slug := range []string{"interior", "health"} {
		if err := db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug}}).Error; err != nil {
			tb.Fatal(err)
		}
	}
	for _, slug := range services {
		addService(tb, db, slug, "interior")
	}
	return s, c
}

func addService(tb testing.TB, db *gorm.DB, slug, institution string) {
	tb.Helper()
	columns := map[string]any{
		"slug": slug, "name": `{"fr":"` + slug + `"}`, "institution": institution, "url": "https://example.tn", "life_event": "", "tier": "normal",
		"languages": "[]", "state": "active", "note": "", "revision": 1, "created_at": noon, "updated_at": noon,
	}
	if err := db.Table("services").Create(columns).Error; err != nil {
		tb.Fatal(err)
	}
}

// form is a whole answer with these points for satisfaction.
func form(service string, point int) *survey.Form {
	return &survey.Form{
		Service: service, Channel: survey.Web, Language: lang.French, Took: time.Minute,
		Answers: map[string]string{
			"ease": "4", "satisfaction": fmt.Sprint(point), "finished": "yes", "clarity": "3", "office": "no", "help_tried": "no",
		},
	}
}

// address is one of network n.
func address(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{41, byte(n >> 8), byte(n), 7})
}

func accept(t *testing.T, s *Store, f *survey.Form, n int) Receipt {
	t.Helper()
	r, err := s.Accept(t.Context(), f, address(n))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// levels are the counts of satisfaction in all groups.
func levels(t *testing.T, s *Store, service string) (counts [5]int64, answers, apart int64) {
	t.Helper()
	all, err := s.Distribution(t.Context(), []string{service}, noon.AddDate(0, -3, 0), noon.AddDate(0, 3, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, tally := range all[service] {
		answers, apart = answers+tally.Answers, apart+tally.Apart
		if l := tally.Questions[survey.Satisfaction]; l != nil {
			for n := range l.Count {
				counts[n] += l.Count[n]
			}
		}
	}
	return counts, answers, apart
}

func TestAnswersAreKeptSummedUpAndRolledIn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin", "passport")
		for n := range 10 {
			f := form("cin", 1+n%5)
			f.Answers["comment"] = "Appelez-moi au 22 123 456"
			accept(t, s, f, n)
		}
		accept(t, s, form("passport", 5), 1)
		want := [5]int64{2, 2, 2, 2, 2}
		if got, answers, _ := levels(t, s, "cin"); got != want || answers != 10 {
			t.Errorf("before rolling: %v of %d; want %v", got, answers, want)
		}
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := levels(t, s, "cin"); got != want {
			t.Errorf("after rolling: %v; want %v", got, want)
		}
		c.set(noon.Add(26 * time.Hour))
		accept(t, s, form("cin", 5), 1)
		for range 2 {
			if err := s.Roll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want[4]++
		if got, _, _ := levels(t, s, "cin"); got != want {
			t.Errorf("the day after: %v; want %v", got, want)
		}
		daily, err := s.Daily(t.Context(), "cin", noon, noon.AddDate(0, 0, 1))
		if err != nil || len(daily) != 2 {
			t.Errorf("%d days, %v; want 2", len(daily), err)
		}
		list, err := s.Answers(t.Context(), owner, Wanted{Service: "cin", From: noon, To: noon.Add(time.Hour), WithWords: true})
		if err != nil || len(list) != 10 || list[0].Comment != "Appelez-moi au [tel]" {
			t.Errorf("%d answers, %v: %+v", len(list), err, list)
		}
	})
}
