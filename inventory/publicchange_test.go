package inventory

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
)

func TestAMarkComesBackAsItWas(t *testing.T) {
	for _, m := range []Mark{{1, "00000000-0000-4000-8000-000000000001"}, {0, ""}, {1 << 60, "x.y"}, MarkOf(7)} {
		got, err := ParseMark("since", m.String())
		if err != nil || got != m {
			t.Errorf("%+v comes back as %+v, %v", m, got, err)
		}
	}
	if got, err := ParseMark("since", ""); err != nil || got != (Mark{}) {
		t.Errorf("nothing is %+v, %v", got, err)
	}
}

func TestWhatIsNoMarkIsRefused(t *testing.T) {
	in := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for _, text := range []string{
		"x", "now", "42", "2026-11-22", in("c1.-1.x"), in("c1.+1.x"), in("c1.01.x"), in("c1.1"), in("c2.1.x"),
		in("c1.99999999999999999999.x"), Mark{1, "x"}.String() + "=", " " + Mark{1, "x"}.String(), strings.Repeat("A", 10_000), "\x00", "' OR 1=1",
	} {
		_, err := ParseMark("since", text)
		faults := fault.All(err)
		if len(faults) != 1 || faults[0].Key != "changes.since.invalid" || faults[0].Field != "since" || faults[0].Kind != fault.Invalid {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzParseMark(f *testing.F) {
	for _, seed := range []string{"", "x", Mark{1, "y"}.String(), MarkOf(3).String()} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMark("since", text)
		if err == nil && text != "" && m.String() != text {
			t.Errorf("%q is read as %+v, which is written %q", text, m, m.String())
		}
	})
}

func TestTheKindOfChangeIsForWhoKnowsWhatWasBefore(t *testing.T) {
	issued := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	gone := issued.Add(time.Hour)
	fresh := Publication{Version: 5, Entered: 5, Issued: issued, Modified: issued}
	updated := Publication{Version: 7, Entered: 5, Issued: issued, Modified: gone}
	withdrawn := Publication{Version: 8, Entered: 5, Issued: issued, Modified: gone, WithdrawnAt: &gone}
	back := Publication{Version: 9, Entered: 9, Issued: issued, Modified: gone}
	for _, one := range []struct {
		p     Publication
		since Mark
		want  PublicChange
	}{
		{fresh, Mark{}, ChangeCreated},
		{fresh, MarkOf(4), ChangeCreated},
		{updated, Mark{}, ChangeCreated},
		{updated, MarkOf(4), ChangeCreated},
		{updated, MarkOf(5), ChangeUpdated},
		{updated, MarkOf(6), ChangeUpdated},
		{withdrawn, Mark{}, ChangeWithdrawn},
		{withdrawn, MarkOf(7), ChangeWithdrawn},
		{back, MarkOf(8), ChangeRestored},
	} {
		if got := one.p.ChangeSince(one.since); got != one.want {
			t.Errorf("version %d since %d is %s; want %s", one.p.Version, one.since.Version, got, one.want)
		}
	}
}

func TestEnteringIsRememberedUntilItLeaves(t *testing.T) {
	p := &Publication{}
	p.Enter(3)
	p.Enter(4)
	if p.Version != 4 || p.Entered != 3 {
		t.Errorf("entered %d, version %d", p.Entered, p.Version)
	}
}
