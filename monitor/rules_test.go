package monitor

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// period understands "@every" alone: enough for rules.
func period(s string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimPrefix(s, "@every "))
	if err != nil {
		return 0, fault.At("schedule", "check.schedule.invalid", s)
	}
	return d, nil
}

var (
	mcd   = identity.Actor{Account: "m", Role: identity.MCD}
	owner = identity.Actor{
		Account: "o", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi", "police"},
	}
	officer = identity.Actor{
		Account: "f", Role: identity.Officer, Institution: "mi", Institutions: []string{"mi"},
	}
)

func b3() Service {
	return Service{
		Slug: "b3", Name: lang.Text{"fr": "Bulletin n° 3"}, Institution: "mi", URL: "https://b3.example.tn/",
		LifeEvent: "justice", Tier: Critical, Languages: []lang.Tag{"fr", "ar"}, State: Active,
		Checks: []Check{{Name: "home", Kind: HTTP, Target: "https://b3.example.tn/", Schedule: "@every 60s", Timeout: 10 * time.Second}},
	}
}

func TestValidate(t *testing.T) {
	check := func(change func(*Check)) func(*Service) {
		return func(s *Service) { change(&s.Checks[0]) }
	}
	for _, tt := range []struct {
		name   string
		change func(*Service)
		fields string // of the faults, in order; empty: none
	}{
		{"as it should be", func(*Service) {}, ""},
		{"no slug", func(s *Service) { s.Slug = "" }, "slug"},
		{"a slug with spaces", func(s *Service) { s.Slug = "b 3" }, "slug"},
		{"no name", func(s *Service) { s.Name = lang.Text{"fr": " "} }, "name"},
		{"a name that is too long", func(s *Service) { s.Name["ar"] = strings.Repeat("م", MaxName+1) }, "name.ar"},
		{"a name that is not text", func(s *Service) { s.Name["fr"] = "\xff" }, "name.fr"},
		{"a name in a language we do not speak", func(s *Service) { s.Name["de"] = "Führungszeugnis" }, "name.de"},
		{"no institution", func(s *Service) { s.Institution = "" }, "institution"},
		{"not an address", func(s *Service) { s.URL = "b3.example.tn" }, "url"},
		{"an address of another kind", func(s *Service) { s.URL = "ftp://b3.example.tn" }, "url"},
		{"an address with a password", func(s *Service) { s.URL = "https://a:b@b3.example.tn" }, "url"},
		{"an unknown tier", func(s *Service) { s.Tier = "huge" }, "tier"},
		{"no tier means normal", func(s *Service) { s.Tier = "" }, ""},
		{"an unknown state", func(s *Service) { s.State = "asleep" }, "state"},
		{"an unknown language", func(s *Service) { s.Languages = []lang.Tag{"it"} }, "languages"},
		{"a life event with spaces", func(s *Service) { s.LifeEvent = "being born" }, "life_event"},
		{"active without a check", func(s *Service) { s.Checks = nil }, "checks"},
		{"a draft needs none", func(s *Service) { s.Checks, s.State = nil, Draft }, ""},
		{"a check without a kind is http", check(func(c *Check) { c.Kind, c.Name = "", "" }), ""},
		{"a kind nobody knows", check(func(c *Check) { c.Kind = "smoke" }), "checks.0.kind"},
		{"a check without a target looks at the service", check(func(c *Check) { c.Target = "" }), ""},
		{"a broken target", check(func(c *Check) { c.Target = "http://" }), "checks.0.target"},
		{"a broken schedule", check(func(c *Check) { c.Schedule = "often" }), "checks.0.schedule"},
		{"too often", check(func(c *Check) { c.Schedule, c.Timeout = "@every 2s", time.Second }), "checks.0.schedule"},
		{"a timeout as long as the period", check(func(c *Check) { c.Timeout = time.Minute }), "checks.0.timeout"},
		{"a timeout that is too short", check(func(c *Check) { c.Timeout = time.Millisecond }), "checks.0.timeout"},
		{"a negative timeout", check(func(c *Check) { c.Timeout = -time.Second }), "checks.0.timeout"},
		{"no timeout means a good one", check(func(c *Check) { c.Timeout = 0 }), ""},
		{"a status that is none", check(func(c *Check) { c.Expect.Status = []string{"20"} }), "checks.0.expect.status"},
		{"a range turned round", check(func(c *Check) { c.Expect.Status = []string{"299-200"} }), "checks.0.expect.status"},
		{"sizes turned round", check(func(c *Check) { c.Expect.MinBytes, c.Expect.MaxBytes = 10, 5 }), "checks.0.expect.max_bytes"},
		{"an empty text", check(func(c *Check) { c.Expect.Contains = []string{""} }), "checks.0.expect.contains"},
		{"a check's name with spaces", check(func(c *Check) { c.Name = "home page" }), "checks.0.name"},
		{"two checks of one name", func(s *Service) { s.Checks = append(s.Checks, s.Checks[0]) }, "checks.1.name"},
		{"every fault at once", func(s *Service) {
			s.Slug, s.Tier, s.URL, s.Checks[0].Schedule = "", "huge", "x", "often"
		}, "slug url tier checks.0.schedule"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := b3()
			tt.change(&s)
			err := s.Validate(period)
			var fields []string
			for _, f := range fault.All(err) {
				fields = append(fields, f.Field)
				if f.Kind != fault.Invalid || f.Key == "" {
					t.Errorf("fault %v is not Invalid with a sentence", f)
				}
			}
			if got := strings.Join(fields, " "); got != tt.fields {
				t.Errorf("faults in %q; want %q", got, tt.fields)
			}
		})
	}
}

func TestWhoMayAddAService(t *testing.T) {
	for _, tt := range []struct {
		name        string
		by          identity.Actor
		institution string
		want        error
	}{
		{"the operator", mcd, "mi", nil},
		{"its owner", owner, "mi", nil},
		{"its owner, for a body under it", owner, "police", nil},
		{"the owner of another", owner, "mf", fault.NotFound},
		{"an officer", officer, "mi", fault.Forbidden},
		{"the public", identity.Actor{}, "mi", fault.Unauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := b3()
			want.Institution = tt.institution
			made, err := NewService(tt.by, want, period)
			if !errors.Is(err, tt.want) || (tt.want == nil) != (made != nil) {
				t.Errorf("NewService = %v, %v; want %v", made, err, tt.want)
			}
		})
	}
}

func TestEdit(t *testing.T) {
	stored := func() Service {
		s := b3()
		s.Revision, s.Checks[0].ID = 4, 17
		return s
	}
	t.Run("a check keeps its number by its name", func(t *testing.T) {
		s, want := stored(), b3()
		want.Checks[0].Target = "https://b3.example.tn/accueil"
		want.Checks = append(want.Checks, Check{Name: "api", Kind: HTTP, Target: "https://b3.example.tn/api", Schedule: "@every 60s"})
		if err := s.Edit(mcd, want, period); err != nil {
			t.Fatal(err)
		}
		if s.Checks[0].ID != 17 || s.Checks[1].ID != 0 || s.Revision != 5 || s.Checks[1].Timeout != DefaultTimeout {
			t.Errorf("edited to %+v", s)
		}
	})
	t.Run("the slug stays", func(t *testing.T) {
		s, want := stored(), b3()
		want.Slug = "other"
		if err := s.Edit(mcd, want, period); err != nil || s.Slug != "b3" {
			t.Errorf("slug %s, %v; want b3", s.Slug, err)
		}
	})
	t.Run("it does not become a draft again", func(t *testing.T) {
		s, want := stored(), b3()
		want.State = Draft
		if err := s.Edit(mcd, want, period); !errors.Is(err, fault.Invalid) || s.State != Active || s.Revision != 4 {
			t.Errorf("Edit = %v, state %s", err, s.State)
		}
	})
	t.Run("nobody gives a service to an institution that is not theirs", func(t *testing.T) {
		s, want := stored(), b3()
		want.Institution = "mf"
		if err := s.Edit(owner, want, period); !errors.Is(err, fault.NotFound) || s.Institution != "mi" {
			t.Errorf("Edit = %v, institution %s", err, s.Institution)
		}
	})
	t.Run("nor takes one", func(t *testing.T) {
		s, want := stored(), b3()
		s.Institution = "mf"
		if err := s.Edit(owner, want, period); !errors.Is(err, fault.NotFound) {
			t.Errorf("Edit = %v; want NotFound", err)
		}
	})
}

func TestReadServices(t *testing.T) {
	const list = "id,name_fr,name_ar,owner_ministry,operator,url,life_event,note\n" +
		"b3,Bulletin n°3,بطاقة عدد 3,MI,Ministère,https://b3.example.tn,justice,\"seen, once\"\n" +
		"amendes,Contraventions,,MF,,,vehicle,ask\n"
	got, err := ReadServices(strings.NewReader(list))
	if err != nil || len(got) != 2 {
		t.Fatalf("%d services, %v; want 2", len(got), err)
	}
	first, second := got[0], got[1]
	if first.Slug != "b3" || first.Institution != "mi" || first.Name["ar"] != "بطاقة عدد 3" || first.State != Draft ||
		len(first.Checks) != 1 || !strings.Contains(first.Note, "seen, once") {
		t.Errorf("first %+v", first)
	}
	if len(second.Checks) != 0 || second.URL != "" {
		t.Errorf("a service without an address has a check: %+v", second)
	}
	for _, s := range got {
		if err := s.Validate(period); err != nil {
			t.Errorf("%s: %v", s.Slug, err)
		}
	}
	for _, broken := range []string{"", "id,url\n", "id,name_fr,owner_ministry,url\na,b\n"} {
		if _, err := ReadServices(strings.NewReader(broken)); err == nil {
			t.Errorf("ReadServices(%q) = nil error", broken)
		}
	}
}

func TestThePilotListIsReadWhole(t *testing.T) {
	file, err := os.Open("../configs/pilot/services.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	got, err := ReadServices(file)
	if err != nil || len(got) != 46 {
		t.Fatalf("%d services, %v; want 46", len(got), err)
	}
	for _, s := range got {
		if err := s.Validate(period); err != nil || s.State != Draft {
			t.Errorf("%s is %s: %v", s.Slug, s.State, err)
		}
	}
	if !slices.ContainsFunc(got, func(s Service) bool { return s.Slug == "rne" }) {
		t.Error("the register of enterprises is missing")
	}
}
