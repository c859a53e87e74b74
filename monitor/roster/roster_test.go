package roster

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

const good = `# Ministry of the Interior
services:
  - slug: b3
    name: {fr: Bulletin n° 3, ar: البطاقة عدد 3}
    institution: mi
    url: https://b3.example.tn/
    tier: critical
    languages: [fr, ar]
    checks:
      - name: home
        timeout: 5s
        expect:
          status: 200
          contains: [Bulletin]
      - name: login
        target: https://b3.example.tn/login
        schedule: "@every 5m"
  - slug: rne
    name: {fr: Registre}
    institution: mi
    url: https://rne.example.tn/
    state: draft
`

func read(t testing.TB, files ...string) (Roster, []Problem) {
	t.Helper()
	var list []File
	for n, text := range files {
		list = append(list, File{fmt.Sprintf("%c.yaml", 'a'+n), []byte(text)})
	}
	return Read(list, schedule.Period)
}

func sound(t testing.TB, files ...string) Roster {
	t.Helper()
	r, problems := read(t, files...)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return r
}

func TestAFileDeclaresServices(t *testing.T) {
	r := sound(t, good, "", "# nothing yet\n", "services: []\n")
	if len(r.Declared) != 2 || len(r.Files) != 4 || r.Hash == "" {
		t.Fatalf("%+v", r)
	}
	v := r.Declared[0].Service
	if r.Declared[0].File != "a.yaml" || r.Declared[0].Line != 3 || v.State != monitor.Active || v.Tier != monitor.Critical {
		t.Errorf("%+v", r.Declared[0])
	}
	if c := v.Checks[0]; c.Target != v.URL || c.Timeout != 5*time.Second || c.Schedule != monitor.DefaultSchedule ||
		!reflect.DeepEqual(c.Expect, monitor.Expect{Status: []string{"200"}, Contains: []string{"Bulletin"}}) {
		t.Errorf("check %+v", c)
	}
	if r.Declared[1].Service.State != monitor.Draft {
		t.Error("a draft of a file is watched")
	}
}

func TestWhatIsWrongIsToldWithItsLine(t *testing.T) {
	service := func(lines string) string {
		return "services:\n  - slug: b3\n    name: {fr: B}\n    institution: mi\n    url: https://b3.example.tn\n" + lines
	}
	for _, tt := range []struct{ name, text, want string }{
		{"no YAML", "services: [\n", "a.yaml:1: document.syntax did not find expected node content"},
		{"a tab", "services:\n\t- slug: b3\n", "a.yaml:2: document.syntax found character that cannot start any token"},
		{"a list at the top", "- slug: b3\n", "a.yaml:1: document.want.mapping"},
		{"a word at the top", "services\n", "a.yaml:1: document.want.mapping"},
		{"two documents", "services: []\n---\nservices: []\n", "a.yaml:1: document.one_document"},
		{"a misspelt key", service("    teir: critical\n"), "a.yaml:6: document.unknown_key (services.0.teir) teir"},
		{"a key twice", service("    slug: b4\n"), "a.yaml:6: document.twice (services.0.slug) slug"},
		{"no list of checks", service("    checks: {name: x}\n"), "a.yaml:6: document.want.list (services.0.checks)"},
		{"a list for a word", service("    tier: [critical]\n"), "a.yaml:6: document.want.value (services.0.tier)"},
		{"no duration", service("    checks:\n      - timeout: soon\n"), "a.yaml:7: document.want.duration (services.0.checks.0.timeout) soon"},
		{"a bare number of seconds", service("    checks:\n      - timeout: 10\n"), "a.yaml:7: document.want.duration (services.0.checks.0.timeout) 10"},
		{"no number", service("    checks:\n      - expect: {min_bytes: many}\n"), "a.yaml:7: document.want.number (services.0.checks.0.expect.min_bytes) many"},
		{"a rule broken", service("    checks:\n      - name: home\n        schedule: \"@every 1s\"\n"), "a.yaml:8: check.schedule.too_often (services.0.checks.0.schedule) 5s"},
		{"a rule broken by what is not there", service(""), "a.yaml:2: service.checks.required (services.0.checks)"},
		{"who keeps it", service("    settings: {source: {file: x}}\n    state: draft\n"), "a.yaml:6: document.unknown_key (services.0.settings.source) source"},
		{"an unknown tier", service("    tier: huge\n    state: draft\n"), "a.yaml:6: service.tier.unknown (services.0.tier) huge"},
		{"credentials", strings.Replace(service("    state: draft\n"), "https://", "https://me:secret@", 1), "a.yaml:5: service.url.credentials (services.0.url)"},
		{"twice the same", good + strings.TrimPrefix(good[strings.Index(good, "  - slug: rne"):], ""), "a.yaml:23: roster.declared_twice (slug) rne a.yaml:18"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := read(t, tt.text)
			if len(problems) != 1 || problems[0].Error() != tt.want {
				t.Errorf("got  %v\nwant %s", problems, tt.want)
			}
		})
	}
	if _, problems := read(t, good, good); len(problems) != 2 || problems[0].Place() != "b.yaml:3" {
		t.Errorf("two files that declare the same: %v", problems)
	}
	if _, problems := Read([]File{{"a.yaml", make([]byte, MaxBytes+1)}}, schedule.Period); len(problems) != 1 || problems[0].Key != "document.too_large" {
		t.Errorf("a large file: %v", problems)
	}
	if _, problems := Read(make([]File, MaxFiles+1), schedule.Period); len(problems) != 1 || problems[0].Key != "roster.too_many_files" {
		t.Errorf("many files: %v", problems)
	}
}

func TestAliasesDoNotGrowWithoutEnd(t *testing.T) {
	var b strings.Builder
	b.WriteString("services:\n  - &s {slug: a, name: {fr: A}, institution: mi, url: 'https://a.example.tn', checks: &c [")
	for range 400 {
		b.WriteString("{name: x, expect: {contains: [a,b,c,d,e,f,g,h]}},")
	}
	b.WriteString("]}\n")
	for range 1000 {
		b.WriteString("  - *s\n")
	}
	_, problems := read(t, b.String())
	if len(problems) == 0 || problems[0].Key != "document.too_large" {
		t.Errorf("got %d problems, first %v", len(problems), problems[:min(1, len(problems))])
	}
}

var (
	mcd   = identity.Actor{Account: "m", Role: identity.MCD}
	owner = identity.Actor{Account: "o", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
)

func known(slug string) bool { return slug == "mi" || slug == "mf" }

// kept returns what r declares as it would be stored.
func kept(t testing.TB, r Roster) []monitor.Service {
	t.Helper()
	var all []monitor.Service
	for _, d := range r.Declared {
		v, err := monitor.Declare(mcd, d, schedule.Period)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *v)
	}
	return all
}

func TestHowFilesAndServicesStand(t *testing.T) {
	r := sound(t, good)
	stored := kept(t, r)
	p, problems := Compare(r, stored, known)
	if len(problems) > 0 || p.Count(Same) != 2 || len(p.Drift()) != 0 {
		t.Fatalf("%+v %v", p, problems)
	}
	if p, _ := Compare(r, nil, known); p.Count(Create) != 2 {
		t.Errorf("nothing stored: %+v", p)
	}
	changed := sound(t, strings.Replace(strings.Replace(good, "timeout: 5s", "timeout: 6s", 1), "languages: [fr, ar]", "languages: [fr]", 1))
	p, _ = Compare(changed, stored, known)
	want := []Difference{{"checks.home.timeout", "5s", "6s"}, {"languages", "fr, ar", "fr"}}
	if p.Count(Change) != 1 || !reflect.DeepEqual(p.Items[0].Differences, want) {
		t.Errorf("changed file: %+v", p.Items[0].Differences)
	}
	if err := stored[0].TakeOver(owner); err != nil {
		t.Fatal(err)
	}
	p, _ = Compare(sound(t, good[:strings.Index(good, "  - slug: rne")]), append(stored, monitor.Service{Slug: "page"}), known)
	if p.Count(Taken) != 1 || p.Count(Gone) != 1 || p.PageOnly != 1 || len(p.Items) != 2 {
		t.Errorf("taken over and gone: %+v", p)
	}
	if _, problems := Compare(r, nil, func(string) bool { return false }); len(problems) != 2 || problems[0].Key != "institution.unknown" {
		t.Errorf("an institution nobody knows: %v", problems)
	}
}

func TestMovingACheckIsOneDifference(t *testing.T) {
	r := sound(t, good)
	v := r.Declared[0].Service
	moved := v
	moved.Checks = []monitor.Check{v.Checks[1], v.Checks[0]}
	if got := Diff(&v, &moved); len(got) != 2 || got[0].Field != "checks.home.position" {
		t.Errorf("%+v", got)
	}
}

func TestWrittenAndReadAgain(t *testing.T) {
	first := kept(t, sound(t, good))
	first[0].Note = "two\nlines: yes"
	first[0].Name["en"] = "yes"
	text, err := Write(first)
	if err != nil {
		t.Fatal(err)
	}
	again := sound(t, string(text))
	for n := range first {
		if d := Diff(&first[n], &again.Declared[n].Service); len(d) > 0 {
			t.Errorf("%s: %+v\n%s", first[n].Slug, d, text)
		}
	}
	if text, _ := Write(nil); string(text) != "{}\n" {
		t.Errorf("nothing is written as %q", text)
	}
}

func TestWhoMayKeepServices(t *testing.T) {
	d := sound(t, good).Declared[0]
	acts := map[string]func(*monitor.Service, identity.Actor) error{
		"take over": func(v *monitor.Service, by identity.Actor) error { return v.TakeOver(by) },
		"hand over": func(v *monitor.Service, by identity.Actor) error {
			v.Settings.Source = nil
			return v.HandOver(by, d, schedule.Period)
		},
		"confirm": func(v *monitor.Service, by identity.Actor) error {
			v.Settings.Source, v.State = nil, monitor.Draft
			return v.Confirm(by, schedule.Period)
		},
	}
	may := map[identity.Role]bool{identity.MCD: true, identity.Admin: true, identity.ServiceOwner: true}
	for _, role := range append(identity.Roles(), identity.Public) {
		for _, institution := range []string{"mi", "mf"} {
			by := identity.Actor{Account: "x", Role: role, Institution: institution, Institutions: []string{institution}}
			for name, act := range acts {
				v := kept(t, sound(t, good))[0]
				want := may[role] && (institution == "mi" || role != identity.ServiceOwner)
				if err := act(&v, by); (err == nil) != want {
					t.Errorf("%s of %s may %s: %v; want %v", role, institution, name, err, want)
				}
			}
		}
	}
}

func TestAFileKeepsItsService(t *testing.T) {
	v := kept(t, sound(t, good))[0]
	d := sound(t, good).Declared[0]
	want := v
	want.Note = "changed on the page"
	if err := v.Edit(mcd, want, schedule.Period); err == nil || !strings.Contains(err.Error(), "service.kept_in_file") {
		t.Errorf("edited on the page: %v", err)
	}
	if err := v.TakeOver(mcd); err != nil {
		t.Fatal(err)
	}
	if err := v.Follow(mcd, d, schedule.Period); err == nil || !strings.Contains(err.Error(), "service.kept_on_page") {
		t.Errorf("the file rules what the pages keep: %v", err)
	}
	if err := v.Edit(mcd, want, schedule.Period); err != nil || !v.Settings.Source.Taken {
		t.Errorf("%v, %+v", err, v.Settings.Source)
	}
	revision := v.Revision
	if err := v.HandOver(mcd, d, schedule.Period); err != nil || !v.KeptInFile() || v.Note != "" || v.Revision != revision+1 {
		t.Errorf("%v, %+v", err, v)
	}
	forged := v
	forged.Slug, forged.Settings.Source = "other", &monitor.Source{File: "x"}
	if made, err := monitor.NewService(mcd, forged, schedule.Period); err != nil || made.Settings.Source != nil {
		t.Errorf("a caller says that a file keeps it: %v", err)
	}
}

func TestAConfirmedDraftIsWatched(t *testing.T) {
	v := monitor.Service{Slug: "x", Name: lang.Text{"fr": "X"}, Institution: "mi", State: monitor.Draft}
	if err := v.Confirm(mcd, schedule.Period); err == nil || !strings.Contains(err.Error(), "service.checks.required") {
		t.Errorf("without a check: %v", err)
	}
	v.Checks = []monitor.Check{{Name: "home", Target: "https://x.example.tn"}}
	if err := v.Confirm(owner, schedule.Period); err != nil || v.State != monitor.Active {
		t.Errorf("%v, %s", err, v.State)
	}
	if err := v.Confirm(owner, schedule.Period); err == nil {
		t.Error("confirmed twice")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("services: [*a]\n"))
	f.Add([]byte("services:\n- &a {checks: [*a]}\n"))
	f.Add([]byte("services:\n  - {slug: 1, name: {1: 2}, checks: [{expect: {status: 200}, settings: {}}], settings: {source: null}}\n"))
	f.Add([]byte("? {a: b}\n: c\n"))
	f.Add([]byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, problems := Read([]File{{"f.yaml", data}}, schedule.Period)
		if len(problems) > 0 {
			return
		}
		var services []monitor.Service
		for _, d := range r.Declared {
			services = append(services, d.Service)
		}
		text, err := Write(services)
		if err != nil {
			t.Fatal(err)
		}
		again, problems := Read([]File{{"f.yaml", text}}, schedule.Period)
		if len(problems) > 0 || len(again.Declared) != len(services) {
			t.Fatalf("written, it cannot be read: %v\n%s", problems, text)
		}
		for n := range services {
			if d := Diff(&services[n], &again.Declared[n].Service); len(d) > 0 {
				t.Fatalf("written and read it differs: %+v\n%s", d, text)
			}
		}
	})
}
