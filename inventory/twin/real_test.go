package twin

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
)

// TestTheRealCatalogue prints what is found among 525 real datasets, to be judged by eye.
func TestTheRealCatalogue(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "realdata", "agridata_datasets.jsonl")
	file, err := os.Open(path)
	if err != nil {
		t.Log("no real catalogue at " + path + ": nothing was measured")
		return
	}
	defer file.Close()
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	x := NewIndex(PlacesOf(&v))
	titles := map[string]string{}
	for row := range sheet.ReadJSONL(bufio.NewReader(file), &v) {
		if row.Err != nil {
			continue
		}
		id := row.Source.ID
		x.Put(id, 1, Entry{ID: id, Institution: row.Organisation, Public: true, Content: row.Content, Origins: []inventory.Origin{{Portal: row.Source.Portal, ID: id}}})
		titles[id] = row.Content.Title.In("fr") + " [" + row.Organisation + "] " + id
	}
	pairs := x.Pairs(func(string) bool { return true })
	live, _ := x.Len()
	t.Logf("%d entries, %d pairs", live, len(pairs))
	for _, p := range pairs {
		t.Logf("%3d %v\n   %s\n   %s", p.Score, p.Reasons, titles[p.A], titles[p.B])
	}
}
