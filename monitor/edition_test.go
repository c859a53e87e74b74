package monitor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

var editionDay = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func editionReadings(n int) []Reading {
	var list []Reading
	for i := range n {
		r := Reading{
			Check: 3, At: editionDay.Add(time.Duration(i) * time.Hour), Verdict: Up, Every: time.Hour, Status: 200, Attempt: 1,
			Phases: Phases{time.Millisecond, 2 * time.Millisecond, 0, 40 * time.Millisecond, time.Millisecond},
		}
		if i == 5 {
			r.Verdict, r.Reason, r.Status = Down, Timeout, 0
		}
		list = append(list, r)
	}
	return list
}

func TestAnEditionSaysWhatItWasComputedFrom(t *testing.T) {
	from, to := editionDay, editionDay.Add(24*time.Hour)
	planned := []Span{{editionDay.Add(9 * time.Hour), editionDay.Add(10 * time.Hour)}}
	make := func(change func(r []Reading)) Edition {
		list := editionReadings(25)
		change(list)
		return NewEdition("b3", from, to, []CheckReadings{{Check: 3, Readings: list}}, planned)
	}
	e := make(func([]Reading) {})
	want := "jard edition 1\nservice b3\nfrom 1793491200000000\nto 1793577600000000\nplanned 1793523600000000 1793527200000000\n" +
		"check 3 up_us 79200000000 down_us 3600000000 planned_us 3600000000 may_down_us 3600000000 may_up_us 3600000000 " +
		"readings 24 good 23 asked 23 answered 22\ndigest 3 25 " + e.Checks[0].Digest + "\n"
	if e.Document != want {
		t.Errorf("document\n%s\nwant\n%s", e.Document, want)
	}
	if again := make(func([]Reading) {}); again.Hash != e.Hash || len(e.Hash) != 64 {
		t.Errorf("computed twice: %s and %s", e.Hash, again.Hash)
	}
	for what, change := range map[string]func(r []Reading){
		"a microsecond":   func(r []Reading) { r[3].At = r[3].At.Add(time.Microsecond) },
		"a reason":        func(r []Reading) { r[5].Reason = Connect },
		"a phase":         func(r []Reading) { r[3].Phases[2] = time.Microsecond },
		"a byte":          func(r []Reading) { r[3].Bytes++ },
		"a delay":         func(r []Reading) { r[3].Delayed = true },
		"the edge beside": func(r []Reading) { r[24].Status = 201 },
	} {
		if other := make(change); other.Hash == e.Hash {
			t.Errorf("%s changes nothing", what)
		}
	}
	back, err := ReadEdition(e.Document)
	if err != nil || back.Hash != e.Hash || back.Service != "b3" || !back.From.Equal(from) || !back.To.Equal(to) {
		t.Fatalf("read back %+v, %v", back, err)
	}
	worst, stated := back.Worst(), e.Worst()
	if worst.Up != stated.Up || worst.Down != stated.Down || worst.Readings != 24 || back.Checks[0].Digest != e.Checks[0].Digest {
		t.Errorf("read back %+v; want %+v", worst, stated)
	}
	empty := NewEdition("b3", from, to, nil, nil)
	if back, err := ReadEdition(empty.Document); err != nil || len(back.Checks) != 0 {
		t.Errorf("an edition of nothing reads %+v, %v", back, err)
	}
	changed := make(func(r []Reading) { r[3].Bytes++ })
	for _, tt := range []struct {
		again Edition
		want  Recomputed
	}{{e, Agrees}, {changed, Differs}, {empty, Gone}} {
		if got := e.Compare(&tt.again); got != tt.want {
			t.Errorf("compared: %s; want %s", got, tt.want)
		}
	}
}

func TestDocumentsThatAreNone(t *testing.T) {
	for _, text := range []string{"", "jard", "jard edition x\n", "jard edition 1\nservice b3\nfrom 1\nto 2\ncheck 1 up_us x"} {
		if _, err := ReadEdition(text); !errors.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzReadEdition reads any text as a document: never a panic, and what is
// read keeps the hash of the text.
func FuzzReadEdition(f *testing.F) {
	f.Add(NewEdition("b3", editionDay, editionDay.Add(24*time.Hour), []CheckReadings{{3, editionReadings(5)}, {4, editionReadings(2)}}, nil).Document)
	f.Add("jard edition 1\nservice b3\nfrom 1\nto 2\ncheck ")
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := ReadEdition(text); err == nil && e.Hash != EditionHash(text) {
			t.Fatal("another hash")
		}
	})
}

func TestWhoMayIssueAnEdition(t *testing.T) {
	from, to, now := editionDay, editionDay.AddDate(0, 0, 1), editionDay.AddDate(0, 0, 2)
	for _, role := range append(identity.Roles(), identity.Public) {
		by := identity.Actor{Account: "x", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		if role == identity.Public {
			by = identity.Actor{}
		}
		err := MayIssue(by, "mi", from, to, now)
		if may := role == identity.MCD || role == identity.Admin; (err == nil) != may {
			t.Errorf("%s: %v", role, err)
		}
	}
	mcd := identity.Actor{Account: "m", Role: identity.MCD}
	for _, tt := range []struct {
		name     string
		from, to time.Time
		want     string
	}{
		{"backwards", to, from, "to edition.empty []"},
		{"nothing", from, from, "to edition.empty []"},
		{"too long", to.AddDate(-2, 0, 0), to, "from edition.long [400]"},
		{"not settled", from, now.Add(-time.Hour), "to edition.fresh [2]"},
	} {
		var f *fault.Error
		err := MayIssue(mcd, "mi", tt.from, tt.to, now)
		if !errors.As(err, &f) || strings.TrimSpace(f.Field+" "+f.Key) != strings.Join(strings.Fields(tt.want)[:2], " ") {
			t.Errorf("%s: %v; want %s", tt.name, err, tt.want)
		}
	}
	if diff := cmp.Diff(nil, MayIssue(mcd, "mi", from, to, now)); diff != "" {
		t.Error(diff)
	}
}
