package file_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
)

var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

func csv(url string) file.File {
	return file.Of(inventory.Distribution{ID: "d1", URL: "https://www.exemple.tn/jeu", DownloadURL: url, Format: "CSV"}, start)
}

// saw is a look at a whole file of the content.
func saw(at time.Time, content string) *file.Sight {
	return &file.Sight{At: at, Status: 200, Format: file.CSV, Bytes: int64(len(content)), Whole: true, Hash: content}
}

func failed(at time.Time, why file.Reason, status int) *file.Sight {
	return &file.Sight{At: at, Reason: why, Status: status, Bytes: -1}
}

func TestHowAFileStandsAfterALook(t *testing.T) {
	with := func(change func(*file.Sight)) *file.Sight {
		s := saw(start, "a")
		change(s)
		return s
	}
	for want, s := range map[file.State]*file.Sight{
		file.OK:          saw(start, "a"),
		file.Empty:       saw(start, ""),
		file.WrongFormat: with(func(s *file.Sight) { s.Format = file.XLSX }),
		file.Page:        with(func(s *file.Sight) { s.Format, s.Whole, s.Hash = file.HTML, false, "" }),
		file.Login:       with(func(s *file.Sight) { s.Format, s.Asks = file.HTML, true }),
		file.TooLarge:    with(func(s *file.Sight) { s.Whole, s.Hash, s.Bytes = false, "", 1<<40 }),
		file.Moved:       with(func(s *file.Sight) { s.FinalURL, s.Permanent = "https://ailleurs.tn/a.csv", true }),
		file.Failing:     failed(start, file.Gone, 404),
		file.Implausible: failed(start, file.NoHost, 0),
		file.Unknown:     failed(start, file.Throttled, 429),
	} {
		f := csv("https://www.exemple.tn/a.csv")
		f.Take(s)
		if f.State != want {
			t.Errorf("%+v: %s; want %s", s, f.State, want)
		}
	}
	f := csv("https://www.exemple.tn/a.csv")
	f.Take(with(func(s *file.Sight) { s.FinalURL = "https://cdn.tn/a.csv" }))
	if f.State != file.OK {
		t.Errorf("a redirect for now: %s", f.State)
	}
	f.Declared = "API"
	f.Take(with(func(s *file.Sight) { s.Format, s.Whole = file.HTML, false }))
	if f.State != file.OK {
		t.Errorf("a page where a service was declared: %s", f.State)
	}
}

// Three failures over a day break a file; three in an hour, or two in a week, do not.
func TestWhenAFileIsBroken(t *testing.T) {
	for _, one := range []struct {
		hours []int
		want  file.State
	}{
		{[]int{0}, file.Failing},
		{[]int{0, 2, 6}, file.Failing},
		{[]int{0, 200}, file.Failing},
		{[]int{0, 2, 24}, file.Broken},
		{[]int{0, 2, 6, 14, 30}, file.Broken},
		{[]int{0, -400, -398, -390}, file.Failing}, // the clock was put back
		{[]int{0, -400, -398, -370}, file.Broken},
	} {
		f := csv("https://www.exemple.tn/a.csv")
		f.Take(saw(start.Add(-time.Hour), "a"))
		for _, h := range one.hours {
			f.Take(failed(start.Add(time.Duration(h)*time.Hour), file.Gone, 404))
		}
		if f.State != one.want {
			t.Errorf("failures at hours %v: %s; want %s", one.hours, f.State, one.want)
		}
		if status := map[bool]int{true: 404, false: 200}[one.want == file.Broken]; f.Status != status {
			t.Errorf("failures at hours %v: status %d; want %d", one.hours, f.Status, status)
		}
		f.Take(saw(start.AddDate(1, 0, 0), "a"))
		if f.State != file.OK || f.Failures != 0 {
			t.Errorf("once it answers again: %s, %d failures", f.State, f.Failures)
		}
	}
}

func TestWhatIsNotTheFilesFaultChangesNothing(t *testing.T) {
	for _, why := range []file.Reason{file.Throttled, file.Ours} {
		f := csv("https://www.exemple.tn/a.csv")
		f.Take(saw(start, "a"))
		for n := range 9 {
			f.Take(failed(start.AddDate(0, 0, n+1), why, 429))
		}
		if f.State != file.OK || f.Failures != 0 || f.Status != 200 {
			t.Errorf("%s: %s after %d failures, status %d", why, f.State, f.Failures, f.Status)
		}
	}
}

func TestUnchangedFilesKeepWhatIsKnown(t *testing.T) {
	f := csv("https://www.exemple.tn/a.csv")
	f.Take(saw(start, "a"))
	f.Take(failed(start.Add(time.Hour), file.Timeout, 0))
	change := f.Take(&file.Sight{At: start.Add(2 * time.Hour), Status: 200, NotModified: true, Bytes: -1})
	if change != file.Identical || f.State != file.OK || f.Hash != "a" || f.Bytes != 1 {
		t.Errorf("%s, %s, %q, %d bytes", change, f.State, f.Hash, f.Bytes)
	}
}

func TestARowFollowsTheEntry(t *testing.T) {
	f := csv("https://www.exemple.tn/a.csv")
	f.Take(&file.Sight{At: start, Status: 200, Format: file.XLSX, Whole: true, Bytes: 3, Hash: "x"})
	if f.State != file.WrongFormat {
		t.Fatal(f.State)
	}
	is := csv("https://www.exemple.tn/a.csv")
	is.Declared = "XLSX"
	f.Follow(is, start.Add(time.Hour))
	if f.State != file.OK || f.Hash != "x" {
		t.Errorf("declared as it is: %s, hash %q", f.State, f.Hash)
	}
	f.Follow(csv("https://www.exemple.tn/b.csv"), start.Add(time.Hour))
	if f.State != file.Unknown || f.Hash != "" || !f.NextAt.Equal(start.Add(time.Hour)) {
		t.Errorf("another address: %+v", f)
	}
	f.Follow(csv("http://b.csv"), start.Add(time.Hour))
	if f.State != file.Implausible {
		t.Errorf("an address that is none: %s", f.State)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, address := range []string{"http://pai.pdf", "http://perimetre-communal_image-copie-2.jpg", "http://localhost/a.csv", "http://intranet/a.csv"} {
		if f := csv(address); f.State != file.Implausible {
			t.Errorf("%s: %s", address, f.State)
		}
	}
}

func TestWhoMayAskForALook(t *testing.T) {
	f := csv("https://www.exemple.tn/a.csv")
	f.Institution = "marhp"
	for role, want := range map[identity.Role]string{
		identity.Officer: "", identity.Supervisor: "", identity.MCD: "", identity.Admin: "",
		identity.Committee: "forbidden", identity.ServiceOwner: "forbidden", identity.Agent: "not_found", identity.Public: "unauthenticated",
	} {
		by := identity.Actor{Account: "a", Role: role}
		if role.NeedsInstitution() {
			by.Institution, by.Institutions = "marhp", []string{"marhp"}
		}
		kind, _ := fault.KindOf(f.Ask(by, start))
		if string(kind) != want {
			t.Errorf("%s asks for a look: %q; want %q", role, kind, want)
		}
		date, _ := fault.KindOf(f.Date(by, ""))
		if string(date) != want {
			t.Errorf("%s names the column: %q; want %q", role, date, want)
		}
	}
	other := identity.Actor{Account: "o", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	if kind, _ := fault.KindOf(f.Ask(other, start)); kind != fault.NotFound {
		t.Errorf("an officer of another institution: %v", kind)
	}
	officer := identity.Actor{Account: "a", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	f.Take(saw(start, "a"))
	if err := f.Ask(officer, start.Add(59*time.Second)); fmt.Sprint(err) != "file.ask.soon" {
		t.Errorf("again within a minute: %v", err)
	}
	if err := f.Ask(officer, start.Add(61*time.Second)); err != nil {
		t.Errorf("after a minute: %v", err)
	}
	if err := f.Date(officer, "absente"); fmt.Sprint(err) != "file.date.no_dates (column) absente" {
		t.Errorf("a column that is not there: %v", err)
	}
}
