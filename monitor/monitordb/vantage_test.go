package monitordb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// Two places may look at the same microsecond; what is seen elsewhere is kept
// beside what is seen here and is not summed up with it.
func TestReadingsOfSeveralPlacesStandBesideEachOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		c := monitor.Current{CheckID: check, Service: "b3"}
		for vantage := range int16(3) {
			r := monitor.Reading{Check: check, Vantage: vantage, At: noon, Every: time.Minute, Verdict: monitor.Up, Status: 200 + int(vantage)}
			w.Add(Entry{Reading: r, Current: c})
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		here, err := s.History(t.Context(), check, noon, noon.Add(time.Minute))
		if err != nil || len(here) != 1 || here[0].Status != 200 || here[0].Vantage != 0 {
			t.Errorf("from here %+v, %v; want the one reading of vantage 0", here, err)
		}
		there, err := s.HistoryFrom(t.Context(), check, 2, noon, noon.Add(time.Minute))
		if err != nil || len(there) != 1 || there[0].Status != 202 || there[0].Vantage != 2 {
			t.Errorf("from there %+v, %v; want the one reading of vantage 2", there, err)
		}
		all, err := s.Readings(t.Context(), check, noon, noon.Add(time.Minute), 10)
		if err != nil || len(all) != 3 {
			t.Errorf("%d readings in all, %v; want 3", len(all), err)
		}
	})
}
