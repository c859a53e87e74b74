package inventory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// book is the ledger of one publication, and a clock.
type book struct {
	*testing.T
	inventory.Ledger
	v   *inventory.Vocabulary
	p   *inventory.Publication
	now time.Time
}

// approved returns the ledger of a dataset approved on the day with data of data.
func approved(t *testing.T, frequency string, on string, data inventory.Date) *book {
	t.Helper()
	b := &book{T: t, v: vocabulary(t), now: day(t, on).Add(9 * time.Hour)}
	d := inventory.Dataset{ID: "1", Content: inventory.Content{Frequency: frequency, DataModified: data}}
	b.p = d.Publish(nil, b.v, b.v.Workdays(), b.now)
	b.Align(b.p, b.v, b.v.Workdays(), b.now)
	b.Take(inventory.Evidence{Kind: inventory.Declaration, Day: data}, b.now)
	return b
}

// on moves the clock and rolls forward.
func (b *book) on(on string) *book {
	b.Helper()
	b.now = day(b.T, on).Add(9 * time.Hour)
	b.Align(b.p, b.v, b.v.Workdays(), b.now)
	return b
}

func (b *book) update(on string) *book {
	b.Helper()
	b.on(on).Take(inventory.Evidence{Kind: inventory.Declaration, Day: inventory.Date(on)}, b.now)
	return b
}

// change approves another frequency.
func (b *book) change(on, frequency string) *book {
	b.Helper()
	b.now = day(b.T, on).Add(9 * time.Hour)
	d := inventory.Dataset{ID: "1", Content: b.p.Content}
	d.Content.Frequency = frequency
	b.p = d.Publish(b.p, b.v, b.v.Workdays(), b.now)
	b.Supersede(b.p, b.now)
	b.Align(b.p, b.v, b.v.Workdays(), b.now)
	return b
}

// reads asserts the rows as "period state".
func (b *book) reads(want ...string) *book {
	b.Helper()
	var got []string
	for n := range b.Rows {
		got = append(got, b.Rows[n].Period+" "+string(b.Rows[n].State(b.now)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("on %s (-want +got):\n%s", b.now.Format(time.DateOnly), diff)
	}
	return b
}

func TestAMonthlyPromise(t *testing.T) {
	b := approved(t, "monthly", "2026-08-10", "2026-08-05").reads("2026-08 met", "2026-09 future")
	b.update("2026-09-30").reads("2026-08 met", "2026-09 met", "2026-10 future")
	b.on("2026-10-31").reads("2026-08 met", "2026-09 met", "2026-10 future", "2026-11 future")
	b.on("2026-11-01").reads("2026-08 met", "2026-09 met", "2026-10 due", "2026-11 future", "2026-12 future")
	b.on("2026-11-09").reads("2026-08 met", "2026-09 met", "2026-10 due", "2026-11 future", "2026-12 future")
	b.on("2026-11-10").reads("2026-08 met", "2026-09 met", "2026-10 late", "2026-11 future", "2026-12 future")
	// The update comes: November is met, October was late and stays so.
	b.update("2026-11-20").reads("2026-08 met", "2026-09 met", "2026-10 late", "2026-11 met", "2026-12 future")
	if o := b.Rows[2]; o.MetAt == nil || o.Overdue(b.now) || o.Evidence != inventory.Declaration || o.EvidenceDay != "2026-11-20" {
		t.Errorf("October: %+v", o)
	}
	if due, late := b.Next(); lastDay(due) != "2026-12-31" || lastDay(late) != "2027-01-07" {
		t.Errorf("next due %v, late %v", due, late)
	}
}

func TestWhatBindsFromTheApproval(t *testing.T) {
	// Old data: nothing is late for the time before the approval.
	approved(t, "monthly", "2026-11-16", "2019-01-01").reads("2026-11 future", "2026-12 future")
	approved(t, "monthly", "2026-11-16", "2026-11-02").reads("2026-11 met", "2026-12 future")
	// No data date: publication stands in for it, and a date given later opens no row of the past.
	b := approved(t, "monthly", "2026-11-16", "").reads("2026-12 future")
	b.p.Content.DataModified = "2026-11-20"
	b.update("2026-11-20").reads("2026-12 future")
	approved(t, "never", "2026-11-16", "2019-01-01").reads()
}

func TestNothingEscapes(t *testing.T) {
	for _, frequency := range []string{"irregular", "asneeded", "realtime"} {
		b := approved(t, frequency, "2025-03-10", "2024-01-01").reads("2025 future", "2026 future")
		if b.Rows[0].Basis != inventory.BasisAttestation {
			t.Errorf("%s: basis %s", frequency, b.Rows[0].Basis)
		}
		b.on("2026-02-01").reads("2025 late", "2026 future", "2027 future")
		b.Take(inventory.Evidence{Kind: inventory.Attestation, Day: "2026-02-01"}, b.now)
		b.reads("2025 late", "2026 met", "2027 future")
	}
}

func TestAnotherFrequencyLeavesThePastAlone(t *testing.T) {
	b := approved(t, "monthly", "2026-08-10", "2026-08-05").on("2026-11-05")
	b.reads("2026-08 met", "2026-09 late", "2026-10 due", "2026-11 future", "2026-12 future")
	b.change("2026-11-05", "annual").reads("2026 future", "2026-08 met", "2026-09 late", "2026-10 due", "2027 future")
	if !slices.Equal(b.Dropped, []string{"2026-11", "2026-12"}) {
		t.Errorf("dropped %v", b.Dropped)
	}
	b.on("2026-11-12").reads("2026 future", "2026-08 met", "2026-09 late", "2026-10 late", "2027 future")
	b.change("2026-11-12", "irregular").reads("2026 future", "2026-08 met", "2026-09 late", "2026-10 late", "2027 future")
	if b.Rows[0].Frequency != "irregular" || b.Rows[0].Basis != inventory.BasisAttestation {
		t.Errorf("2026 is still %s, %s", b.Rows[0].Frequency, b.Rows[0].Basis)
	}
	// And back, in a month that was dropped before; no gap opens for the time between.
	b.Dropped = nil
	b.change("2026-12-20", "monthly").reads("2026-08 met", "2026-09 late", "2026-10 late", "2026-12 future", "2027-01 future")
	b.change("2026-12-21", "never").reads("2026-08 met", "2026-09 late", "2026-10 late")
	b.on("2028-01-01").reads("2026-08 met", "2026-09 late", "2026-10 late")
}

func TestAMetRowIsKeptWhenTheFrequencyChanges(t *testing.T) {
	b := approved(t, "annual", "2026-08-10", "2026-08-05").reads("2026 met", "2027 future")
	b.change("2026-11-05", "asneeded").reads("2026 met", "2027 future")
	if b.Rows[0].Frequency != "annual" || b.Rows[1].Frequency != "asneeded" {
		t.Errorf("%s, %s", b.Rows[0].Frequency, b.Rows[1].Frequency)
	}
	b.on("2027-06-01").reads("2026 met", "2027 future", "2028 future")
}

func TestAlignTwiceChangesNothing(t *testing.T) {
	v := vocabulary(t)
	for _, f := range v.Frequencies {
		b := approved(t, f.Code, "2025-12-29", "2025-12-01").on("2026-11-16")
		was := slices.Clone(b.Rows)
		// Again, and after the clock was put back, by a day and by a year, and forth again.
		for _, at := range []string{"2026-11-16", "2026-11-15", "2025-11-16", "2026-11-16"} {
			b.on(at)
		}
		if diff := cmp.Diff(was, b.Rows); diff != "" || len(b.Dropped) > 0 {
			t.Errorf("%s: %v\n%s", f.Code, b.Dropped, diff)
		}
	}
}

func TestDaysMissedAreMadeUp(t *testing.T) {
	daily, once := approved(t, "daily", "2026-01-05", "2026-01-05"), approved(t, "daily", "2026-01-05", "2026-01-05")
	for d := day(t, "2026-01-06"); !d.After(day(t, "2026-11-16")); d = d.AddDate(0, 0, 1) {
		daily.on(d.Format(time.DateOnly))
	}
	once.on("2026-11-16")
	if diff := cmp.Diff(daily.Rows, once.Rows); diff != "" {
		t.Errorf("rolled every day and once:\n%s", diff)
	}
}

func TestAHolidayDoesNotExcuseThePast(t *testing.T) {
	b := approved(t, "monthly", "2026-09-10", "2026-09-05").on("2026-11-12")
	b.reads("2026-09 met", "2026-10 late", "2026-11 future", "2026-12 future")
	for _, d := range []string{"2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12", "2026-12-07"} {
		b.v.Holidays = append(b.v.Holidays, inventory.Holiday{Day: d})
	}
	b.on("2026-11-12").reads("2026-09 met", "2026-10 late", "2026-11 future", "2026-12 future")
	if late := lastDay(&b.Rows[2].LateAfter); late != "2026-12-08" {
		t.Errorf("November may be delivered until %s; want the day after the new holiday", late)
	}
}

func TestWaivers(t *testing.T) {
	b := approved(t, "monthly", "2026-09-10", "2026-09-05").on("2026-11-12")
	if err := b.Waive(inventory.Waiver{Reason: "Panne", Until: "2026-11-30", By: "mcd"}, b.now); err != nil {
		t.Fatal(err)
	}
	b.reads("2026-09 met", "2026-10 waived", "2026-11 future", "2026-12 future")
	if _, late := b.Next(); lastDay(late) != "2026-11-30" {
		t.Errorf("the most pressing row is late after %v", late)
	}
	b.on("2026-11-30").reads("2026-09 met", "2026-10 waived", "2026-11 future", "2026-12 future")
	b.on("2026-12-01").reads("2026-09 met", "2026-10 late", "2026-11 due", "2026-12 future", "2027-01 future")
	// Delivered while the waiver held, the row counts neither as kept nor as missed.
	c := approved(t, "monthly", "2026-09-10", "2026-09-05").on("2026-11-12")
	if err := c.Waive(inventory.Waiver{Period: "2026-10", Until: "2026-11-30"}, c.now); err != nil {
		t.Fatal(err)
	}
	c.update("2026-11-20").on("2026-12-10").reads("2026-09 met", "2026-10 waived", "2026-11 met", "2026-12 future", "2027-01 future")

	for period, want := range map[string]string{
		"2026-09": "obligation.met_already", "2031-01": "obligation.period.unknown",
	} {
		err := c.Waive(inventory.Waiver{Period: period, Until: "2026-12-31"}, c.now)
		if got := fault.All(err); len(got) != 1 || got[0].Key != want {
			t.Errorf("Waive(%s) = %v; want %s", period, err, want)
		}
	}
	none := approved(t, "never", "2026-09-10", "")
	if err := none.Waive(inventory.Waiver{Until: "2026-12-31"}, none.now); err == nil {
		t.Error("nothing was waived")
	}
}

func TestWithdrawalOwesNothingMore(t *testing.T) {
	b := approved(t, "monthly", "2026-08-10", "2026-08-05").on("2026-11-05")
	b.Close(b.now)
	b.reads("2026-08 met", "2026-09 late")
	if o := b.Rows[1]; o.Open() || o.Overdue(b.now) || o.ClosedAt == nil {
		t.Errorf("September is still awaited: %+v", o)
	}
	if due, late := b.Next(); due != nil || late != nil {
		t.Errorf("due %v, late %v", due, late)
	}
}

func TestContentEvidence(t *testing.T) {
	b := approved(t, "monthly", "2026-11-16", "2026-01-01")
	rows := int64(24)
	b.Take(inventory.Evidence{Kind: inventory.Observed, Day: "2026-11-16", Hash: "abc", Rows: &rows}, b.now)
	if o := b.Rows[0]; o.Evidence != inventory.Observed || o.ContentHash != "abc" || *o.ContentRows != 24 {
		t.Errorf("%+v", o)
	}
}

func TestReplayTellsThePast(t *testing.T) {
	b := approved(t, "monthly", "2026-08-10", "2026-08-05").update("2026-09-20").update("2026-11-12").on("2026-11-16")
	var l inventory.Ledger
	b.p.Content.DataModified = "2026-11-12"
	l.Replay(b.p, b.v, b.v.Workdays(), []inventory.Said{
		{At: day(t, "2026-09-20").Add(9 * time.Hour), Was: "2026-08-05", Day: "2026-09-20"},
		{At: day(t, "2026-11-12").Add(9 * time.Hour), Was: "2026-09-20", Day: "2026-11-12"},
	}, b.now)
	if diff := cmp.Diff(b.Rows, l.Rows); diff != "" {
		t.Errorf("replayed otherwise than lived:\n%s", diff)
	}
}

func TestReplayWithoutADataDate(t *testing.T) {
	b := approved(t, "monthly", "2026-08-10", "").on("2026-10-20").reads("2026-09 late", "2026-10 future", "2026-11 future")
	was := *b.p
	was.BoundFrom = was.Issued // as the migration left it
	var l inventory.Ledger
	l.Replay(&was, b.v, b.v.Workdays(), nil, b.now)
	if diff := cmp.Diff(b.Rows, l.Rows); diff != "" {
		t.Errorf("replayed otherwise than lived:\n%s", diff)
	}
}

// published is a dataset whose first revision is public.
func published() *inventory.Dataset {
	return &inventory.Dataset{
		Institution: "marhp", State: inventory.Approved, Revision: 3, ApprovedRevision: 3,
		Content: inventory.Content{Frequency: "monthly", DataModified: "2026-10-05"},
	}
}

func TestWhoMayAttestAndWaive(t *testing.T) {
	attest := func(d *inventory.Dataset, by identity.Actor) error { return d.Attest(by, "", start) }
	waive := func(d *inventory.Dataset, by identity.Actor) error {
		return d.Waive(by, inventory.Waiver{Reason: "Panne", Until: "2026-12-01"}, start)
	}
	for _, role := range append(identity.Roles(), identity.Public) {
		by := identity.Actor{Account: "a", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
		for name, one := range map[string]struct {
			act  func(*inventory.Dataset, identity.Actor) error
			need identity.Act
		}{"attest": {attest, identity.RecordDataset}, "waive": {waive, identity.ReviewDataset}} {
			d := published()
			err := one.act(d, by)
			if may := by.May(one.need, "marhp"); (err == nil) != may || may != (d.Revision == 4) {
				t.Errorf("%s by %s: %v, revision %d", name, role, err, d.Revision)
			}
		}
	}
	if d := published(); attest(d, stranger) == nil || waive(d, officer) == nil {
		t.Error("another ministry attested, or an officer let herself off")
	}
}

func TestAttestAndWaiveAreRefused(t *testing.T) {
	fresh, gone := published(), published()
	fresh.ApprovedRevision, gone.State = 0, inventory.Withdrawn
	waive := func(reason string, until inventory.Date) func(*inventory.Dataset) error {
		return func(d *inventory.Dataset) error {
			return d.Waive(reviewer, inventory.Waiver{Reason: reason, Until: until}, start)
		}
	}
	for _, tt := range []struct {
		name string
		d    *inventory.Dataset
		act  func(*inventory.Dataset) error
		want string
	}{
		{"attest what is not public", fresh, func(d *inventory.Dataset) error { return d.Attest(officer, "", start) }, "obligation.unpublished"},
		{"attest what is withdrawn", gone, func(d *inventory.Dataset) error { return d.Attest(officer, "", start) }, "dataset.edit.withdrawn"},
		{"a note too long", published(), func(d *inventory.Dataset) error { return d.Attest(officer, strings.Repeat("x", 9000), start) }, "fault.too_long"},
		{"waive what is not public", fresh, waive("Panne", "2026-12-01"), "obligation.unpublished"},
		{"no reason", published(), waive(" ", "2026-12-01"), "fault.required"},
		{"no end", published(), waive("Panne", ""), "fault.required"},
		{"no day", published(), waive("Panne", "2026-02-30"), "fault.date"},
		{"over already", published(), waive("Panne", "2026-11-15"), "obligation.until.past"},
		{"for ever", published(), waive("Panne", "2027-12-01"), "obligation.until.far"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			revision := tt.d.Revision
			got := fault.All(tt.act(tt.d))
			if len(got) != 1 || got[0].Key != tt.want || tt.d.Revision != revision || tt.d.Proof != nil || tt.d.LetOff != nil {
				t.Errorf("refused with %v; want %s, and nothing changed", got, tt.want)
			}
		})
	}
}

// A row that was written by hand may not say since when it binds: it binds from
// its approval, and owes nothing for the years since the year 1.
func TestARowWithoutABeginning(t *testing.T) {
	v := vocabulary(t)
	now := day(t, "2026-11-16").Add(9 * time.Hour)
	for _, tt := range []struct {
		name   string
		issued time.Time
		rows   int
	}{
		{"approved in September", day(t, "2026-09-10"), 4},
		{"of no date at all", time.Time{}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, data := range []inventory.Date{"", "2026-08-31"} {
				p := inventory.Publication{DatasetID: "1", Issued: tt.issued, Content: inventory.Content{Frequency: "monthly", DataModified: data}}
				aligned, replayed := inventory.Ledger{}, inventory.Ledger{}
				aligned.Align(&p, v, v.Workdays(), now)
				replayed.Replay(&p, v, v.Workdays(), nil, now)
				if n := len(aligned.Rows); n != tt.rows {
					t.Errorf("%d rows; want %d", n, tt.rows)
				}
				if n := len(replayed.Rows); n > tt.rows+1 {
					t.Errorf("replayed to %d rows", n)
				}
			}
		})
	}
}
