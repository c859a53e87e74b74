package twin

import (
	"fmt"
	"testing"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// benchTitle makes titles of which many share words, editions and bodies.
func benchTitle(i int) string {
	manners := []string{"Production", "Superficies", "Prix", "Exportations", "Importations", "Rendements", "Stocks", "Pertes", "Emplois", "Stations"}
	return fmt.Sprintf("%s de %couda%c, commune %c%conia, secteur %ceni %d", manners[i%10], 'b'+i/10%20, 'a'+i%7, 'a'+i%23, 'a'+i/23%19, 'b'+i/437%17, 2000+i%25)
}

// BenchmarkFind compares rows with an index of 100,000 datasets.
func BenchmarkFind(b *testing.B) {
	x := NewIndex(places(b))
	entry := func(i int) Entry {
		return Entry{
			ID: fmt.Sprint(i), Institution: "marhp", Public: true, Content: inventory.Content{
				Title:         lang.Text{"fr": benchTitle(i), "ar": fmt.Sprintf("معطيات الموضوع %c%c سنة %d", 'ا'+rune(i%20), 'ب'+rune(i/20%20), 2000+i%25)},
				Distributions: []inventory.Distribution{{URL: fmt.Sprintf("https://data.example/jeu/%d", i)}},
			},
		}
	}
	for i := range 100_000 {
		x.Put(fmt.Sprint(i), 1, entry(i))
	}
	n := 0
	for b.Loop() {
		n++
		_ = x.Find(entry(n*7%100_000), everywhere)
	}
}
