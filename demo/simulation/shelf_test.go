package simulation_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/filewatch"
	"github.com/jard-odi/jard/outgoing"
)

// Each file of the shelf shows what it is there to show.
func TestTheShelfShowsEveryVerdict(t *testing.T) {
	shelf, err := simulation.OpenShelf()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shelf.Close() })
	guard, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	fetch := filewatch.NewFetcher(filewatch.FetchOptions{Guard: guard, Spool: t.TempDir()})
	want := map[demo.Conduct]file.State{
		demo.BookAsCSV: file.WrongFormat, demo.PDFAsBook: file.WrongFormat, demo.SoftError: file.Page, demo.AsksLogin: file.Login,
		demo.Vanished: file.Failing, demo.MovedAway: file.Moved, demo.OutOfOrder: file.Failing,
	}
	for _, one := range demo.Files(shelf.Site(), time.Now()) {
		f := file.Of(one.Entry.Content.Distributions[0], time.Now())
		f.Take(fetch.Look(t.Context(), &f))
		state := want[one.Conduct]
		if state == "" {
			state = file.OK
		}
		if f.State != state {
			t.Errorf("%s: %s (%s); want %s", one.Conduct, f.State, f.Reason, state)
		}
		if one.Conduct == demo.ArabicPage && f.Encoding != "windows-1256" {
			t.Errorf("the old Arabic code page is read as %s", f.Encoding)
		}
	}
	// A week ago, what has vanished was there.
	shelf.At(func() time.Time { return time.Now().AddDate(0, 0, -7) })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, shelf.Site()+"irrigation.csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a week ago: %d", resp.StatusCode)
	}
}
