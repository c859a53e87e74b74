package requestdb

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

// News that come while the digests are written wait for the next ones: they
// are not removed with those that were read.
func TestNewsOfTheSameMomentAreNotLost(t *testing.T) {
	db := databasetest.OpenPostgres(t)
	h := open(t, db)
	told, _ := h.ask("Accidents de la route par gouvernorat", "marhp", "une@exemple.tn")
	late, _ := h.ask("Production laitière par délégation", "marhp", "autre@exemple.tn")
	people := map[string]string{}
	for _, ref := range []string{told, late} {
		var p request.Person
		h.ok(db.Where("ref = ?", ref).Take(&p).Error)
		people[ref] = p.ID
	}
	h.ok(db.Create(&pending{people[told], told}).Error)
	var once sync.Once
	var meanwhile error
	// The first link that a digest makes is made after its news were read.
	h.ok(db.Callback().Create().Before("gorm:create").Register("meanwhile", func(tx *gorm.DB) {
		if tx.Statement.Table == (link{}).TableName() {
			once.Do(func() {
				meanwhile = db.Session(&gorm.Session{NewDB: true}).Exec("INSERT INTO request_pending (person_id, ref) VALUES (?, ?)", people[late], late).Error
			})
		}
	}))
	n, err := h.store.SendDigests(t.Context())
	h.ok(err)
	h.ok(meanwhile)
	if n != 1 || !strings.Contains(h.mails(), "une@exemple.tn") {
		t.Errorf("the first run wrote %d", n)
	}
	n, err = h.store.SendDigests(t.Context())
	h.ok(err)
	if got := h.mails(); n != 1 || !strings.Contains(got, "autre@exemple.tn") {
		t.Errorf("the second run wrote %d %q; want what came meanwhile", n, got)
	}
}

// A button pressed twice makes one message, also when both arrive at once.
func TestTheSameMessageAtOnceIsTakenInOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ask("Une première, pour que le sel du jour soit là", "marhp", "")
		var all sync.WaitGroup
		results := make([]error, 6)
		for n := range results {
			all.Go(func() {
				_, _, results[n] = h.store.Submit(t.Context(), request.Message{
					Kind: request.Data, Title: "Accidents de la route par gouvernorat", Institution: "marhp", Language: lang.French,
				}, "192.0.2.1")
			})
		}
		all.Wait()
		taken := 0
		for _, err := range results {
			if err == nil {
				taken++
			} else if !strings.Contains(fmt.Sprint(err), "request.twice") {
				t.Errorf("refused by %v; want that it was sent already", err)
			}
		}
		if taken != 1 {
			t.Errorf("%d of the same message were taken in", taken)
		}
	})
}
