package catalogueweb

import (
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

func TestHarvestsDuringChangesEachEndOnOneStateOfTheRegister(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 310)
		var walks sync.WaitGroup
		sizes := make(chan int, 24)
		for range 4 {
			walks.Go(func() {
				for range 6 {
					sizes <- len(dcatHarvester(h, "/catalog.ttl"))
				}
			})
		}
		for n := range 10 { // the register grows and shrinks by turns: 309, 319, 318, 328 …
			if n%2 == 0 {
				h.withdraw(1+n, "retiré", "")
			} else {
				h.add(311+n*10, 320+n*10)
			}
		}
		walks.Wait()
		close(sizes)
		states := map[int]bool{310: true}
		for n, size := 0, 310; n < 10; n++ {
			if size--; n%2 == 1 {
				size += 11
			}
			states[size] = true
		}
		for size := range sizes {
			if !states[size] {
				t.Errorf("a harvest ended with %d datasets, which the register never had", size)
			}
		}
	})
}
