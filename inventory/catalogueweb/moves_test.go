package catalogueweb

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogueweb/harvesttest"
)

// edit gives the nth dataset another title, as an approval leaves it.
func (h *house) edit(n int, title string) {
	h.tb.Helper()
	h.retitle(n, title, "عنوان جديد "+fmt.Sprint(n))
}

// approve makes the nth dataset public at this moment.
func (h *house) approve(n int) {
	h.tb.Helper()
	h.add(n, n)
	now := time.Now().UTC().Truncate(time.Microsecond)
	h.must(h.db.Model(&inventory.Publication{}).Where("dataset_id = ?", datasetID(n)).
		Updates(map[string]any{"issued": now, "modified": now}).Error)
	h.bump()
}

// public is what every portal must end with.
func (h *house) public() []harvesttest.Dataset { return h.list("withdrawn_at IS NULL") }

func (h *house) withdrawn() []harvesttest.Dataset { return h.list("withdrawn_at IS NOT NULL") }

func (h *house) list(which string) []harvesttest.Dataset {
	h.tb.Helper()
	var found []inventory.Publication
	h.must(h.db.Select("dataset_id", "ref", "name", "title", "modified").Where(which).Order("dataset_id").Find(&found).Error)
	out := make([]harvesttest.Dataset, 0, len(found))
	for _, p := range found {
		out = append(out, harvesttest.Dataset{
			ID: p.DatasetID, Ref: p.Ref, Name: p.Name, Title: p.Content.Title["fr"],
			Modified: p.Modified.UTC().Format("2006-01-02T15:04:05.000000"),
		})
	}
	return out
}

// reboot ends the process, as far as harvesters can tell, and starts another.
func (h *house) reboot() {
	h.tb.Helper()
	before := h.server
	if h.end != nil {
		h.end()
	}
	h.boot()
	before.CloseClientConnections()
	before.Close()
}

// world is the catalogue with the way that leads to it.
type world struct {
	*house
	wire *harvesttest.Wire
	via  harvesttest.Via
}

func newWorld(t *testing.T, h *house) *world {
	t.Helper()
	w := &world{house: h}
	h.kept = true
	h.keepReceipts(time.Now)
	w.wire = harvesttest.NewWire(t, func() string { return w.where.Load().(string) }, 4)
	w.via = harvesttest.NewVia(w.wire.Address)
	t.Cleanup(w.via.Close)
	return w
}

func (w *world) source() harvesttest.Source { return harvesttest.Source{Base: base, Via: w.via} }

// run is one job.
func (w *world) run(reader *harvesttest.Harvester) *harvesttest.Job {
	w.tb.Helper()
	return reader.Run(w.tb.Context(), reader.Next(time.Now(), false))
}

var nextPattern = regexp.MustCompile(`hydra:next <([^>]+)>`)

// nextIn is the address of the page after this one.
func nextIn(turtle []byte) string {
	if m := nextPattern.FindSubmatch(turtle); m != nil {
		return string(m[1])
	}
	return ""
}

// retitle gives the nth dataset these titles.
func (h *house) retitle(n int, french, arabic string) {
	h.tb.Helper()
	var p inventory.Publication
	h.must(h.db.Take(&p, "dataset_id = ?", datasetID(n)).Error)
	p.Content.Title["fr"], p.Content.Title["ar"] = french, arabic
	p.Content = p.Content.Clean()
	p.Hash, p.Revision, p.Modified = p.Content.Hash(), p.Revision+1, time.Now().UTC().Truncate(time.Microsecond)
	h.must(h.db.Select("*").Updates(&p).Error)
	h.bump()
}

// count is how many datasets the catalogue says it has.
func (h *house) count() int {
	h.tb.Helper()
	var answer struct{ Result struct{ Count int } }
	h.must(json.Unmarshal(h.get("/api/3/action/package_search?rows=0").body, &answer))
	return answer.Result.Count
}

// caughtUp returns once the server has looked at the register as it is: on a
// busy machine a look may take longer than it is given, and is tried again.
func (h *house) caughtUp() {
	h.tb.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if err = h.pages.Refresh(h.tb.Context()); err == nil {
			return
		}
	}
	h.tb.Fatal(err)
}
