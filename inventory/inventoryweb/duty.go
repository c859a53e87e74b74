package inventoryweb

import (
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// duty is the update duty in words: how it stands, and what comes next.
type duty struct {
	Mark web.Mark
	Next string     // "Prochaine mise à jour au plus tard le …"; empty when nothing is due
	Last *time.Time // last day on which an update is on time
	Late bool
}

// duty says how a duty stands now. Nobody is blamed: what is late is "to be
// updated for 12 working days".
func (w words) duty(frequency string, dueAt, lateAfter *time.Time) duty {
	if lateAfter == nil {
		if f, ok := w.names.Frequency(frequency); ok && f.Rule == inventory.NoDue {
			return duty{Mark: w.page.Mark("open", "dataset.duty.never")}
		}
		return duty{Mark: w.page.Mark("unknown", "dataset.duty.none")}
	}
	last := lateAfter.Add(-time.Second)
	d := duty{Last: &last}
	switch {
	case !w.now.Before(*lateAfter):
		d.Late = true
		d.Mark = w.page.Mark("late", "dataset.duty.late_just")
		if n := w.names.Workdays().DaysLate(*lateAfter, w.now); n > 0 {
			d.Mark = w.page.Mark("late", "dataset.duty.late", n)
		}
		d.Next = w.page.T("dataset.duty.was_due", last)
	case dueAt != nil && !w.now.Before(*dueAt):
		d.Mark = w.page.Mark("due", "dataset.duty.due", last)
		d.Next = w.page.T("dataset.duty.next", last)
	default:
		d.Mark = w.page.Mark("open", "dataset.duty.met")
		d.Next = w.page.T("dataset.duty.next", last)
	}
	return d
}
