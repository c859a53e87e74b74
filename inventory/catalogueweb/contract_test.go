package catalogueweb

import (
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/catalogueweb/harvesttest"
)

// What every harvester may count on, each held to what it really does
// (package harvesttest): after a whole harvest, after changes, after changes in
// the middle, a restart in the middle, and with one connection in twenty
// failing, its portal ends with exactly the public register, and never lost
// anything on the way.

func TestEveryHarvesterEndsWithExactlyThePublicRegister(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, usual)
		h.withdraw(7, "retiré", "")
		contract(t, newWorld(t, h), usual)
	})
}

// contract takes each harvester through everything that may happen to it. n
// datasets are public.
func contract(t *testing.T, w *world, n int) {
	t.Helper()
	for number, makes := range harvesttest.All() {
		t.Run(makes(w.source()).Name, func(t *testing.T) {
			began, jobs := time.Now(), 0
			c := &walk{t: t, world: w, next: n + 1 + 100*number}
			for _, step := range []func(){c.whole, c.changed, c.changedMeanwhile, c.restartedMeanwhile, c.failing} {
				c.reader = makes(w.source())
				step()
				jobs += len(c.reader.Portal.Jobs)
			}
			t.Logf("%d jobs in %v; the last: %v", jobs, time.Since(began).Round(time.Millisecond), c.last)
		})
	}
}

// walk is one harvester at work.
type walk struct {
	*world
	t      *testing.T
	reader *harvesttest.Harvester
	next   int // the number of a dataset that is not there yet
	last   *harvesttest.Job
}

// fresh returns the number of a dataset that has just become public.
func (w *walk) fresh() int {
	w.approve(w.next)
	w.next++
	return w.next - 1
}

// whole is the first harvest, and one without news.
func (w *walk) whole() {
	w.good(w.run())
	w.equals()
	j := w.run()
	blind := w.reader.Incremental() && !w.reader.Deletes() // it takes rows of what was withdrawn for live ones
	if !j.Good() || len(j.Deleted) > 0 || len(j.Created) > 0 && !blind {
		w.t.Errorf("a harvest without news: %v; refused: %.300v", j, j.Rejected)
	}
	w.equals()
}

// changed approves, changes and withdraws between harvests.
func (w *walk) changed() {
	a, b := w.fresh(), w.fresh()
	w.caughtUp()
	w.good(w.run())
	w.edit(a, fmt.Sprintf("Titre changé « %d »", a))
	w.edit(1, fmt.Sprintf("Premier %d", a))
	w.withdraw(b, "doublon", "")
	c := w.fresh()
	w.settle()
	w.withdraw(c, "retiré", "")
	w.withdraw(a, "retiré", "")
	w.settle()
}

// changedMeanwhile approves, changes and withdraws at several moments of a
// first harvest: what is withdrawn stands on the pages already read, so that
// the rest would move up.
func (w *walk) changedMeanwhile() {
	a, b := w.next-1, w.fresh()
	w.source().Via.Before(func(number int) {
		switch number {
		case 3:
			w.withdraw(10+a%50, "retiré", "")
			w.edit(b, fmt.Sprintf("Changé pendant la lecture %d", b))
			w.fresh()
		case 5:
			w.withdraw(200+a%50, "retiré", "")
			w.fresh()
		}
	})
	w.keepsWhatLives(w.run())
	w.undisturbed()
	w.settle()
}

// restartedMeanwhile starts the server again in the middle of a harvest, with
// and without a change.
func (w *walk) restartedMeanwhile() {
	w.source().Via.Before(func(number int) {
		if number == 2 || number == 4 {
			w.reboot()
		}
	})
	w.good(w.run())
	w.equals()
	w.source().Via.Before(func(number int) {
		if number == 1 || number == 3 {
			w.fresh()
			w.reboot()
		}
	})
	w.keepsWhatLives(w.run())
	w.undisturbed()
	w.settle()
}

// failing spoils one connection in twenty while the register goes on changing,
// until two have been.
func (w *walk) failing() {
	before, bad, jobs := w.wire.Spoiled(), 0, 0
	w.wire.SpoilOneIn(20)
	for ; w.wire.Spoiled() < before+2 && jobs < patience; jobs++ {
		if jobs < 3 {
			w.withdraw(w.fresh(), "retiré", "")
			w.fresh()
		}
		j := w.run()
		w.keepsWhatLives(j)
		if !j.Good() {
			bad++
		}
	}
	w.wire.SpoilOneIn(0)
	w.settle()
	w.t.Logf("%d connections spoiled, %d of %d jobs with an error", w.wire.Spoiled()-before, bad, jobs)
}

func (w *walk) undisturbed() { w.source().Via.Before(func(int) {}) }

func (w *walk) run() *harvesttest.Job {
	w.t.Helper()
	w.last = w.world.run(w.reader)
	return w.last
}

func (w *walk) good(j *harvesttest.Job) {
	w.t.Helper()
	if !j.Good() {
		w.t.Errorf("an undisturbed harvest: %v; refused: %.300v", j, j.Rejected)
	}
}

// settle runs one job without faults; the portal then equals the register.
func (w *walk) settle() {
	w.t.Helper()
	w.caughtUp()
	w.last = w.reader.Run(w.t.Context(), w.reader.Next(time.Now(), true))
	if w.last.Err != nil {
		w.t.Errorf("an undisturbed harvest ends with %v", w.last)
	}
	w.equals()
}

// equals compares the portal with the register. A harvester that cannot delete
// still shows what was withdrawn, and that alone.
func (w *walk) equals() {
	w.t.Helper()
	register := w.public()
	if !w.reader.Deletes() {
		for _, d := range w.withdrawn() {
			w.reader.Forget(d)
		}
	}
	for _, difference := range w.reader.Differs(register) {
		w.t.Error(difference)
	}
}

// keepsWhatLives sees that the job deleted nothing that the register still
// has.
func (w *walk) keepsWhatLives(j *harvesttest.Job) {
	w.t.Helper()
	if len(j.Deleted) == 0 {
		return
	}
	gone := map[string]bool{}
	for _, key := range j.Deleted {
		gone[key] = true
	}
	for _, d := range w.public() {
		if gone[w.reader.Key(d)] {
			w.t.Errorf("%s was deleted wrongly by a job of %v", d.Ref, j)
		}
	}
}

// A large register: one connection in twenty fails, the register changes and
// the server starts again in the middle of the first harvest; the next one
// without faults ends with exactly the public register, and so does one that
// asks for what has changed alone.
func TestEveryHarvesterEndsWithExactlyALargeRegister(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		w := newWorld(t, open(t, db, many))
		for number, makes := range harvesttest.All() {
			t.Run(makes(w.source()).Name, func(t *testing.T) {
				c := &walk{t: t, world: w, next: many + 1 + 100*number, reader: makes(w.source())}
				began := time.Now()
				c.large()
				t.Logf("%d jobs in %v; the last: %v", len(c.reader.Portal.Jobs), time.Since(began).Round(time.Millisecond), c.last)
			})
		}
	})
}

// large is what happens to one harvester of a large register.
func (w *walk) large() {
	w.wire.SpoilOneIn(20)
	w.source().Via.Before(func(number int) {
		if number == 9 {
			w.withdraw(w.next%100+1, "retiré", "")
			w.edit(w.fresh(), "Changé pendant la lecture")
			w.reboot()
		}
	})
	w.keepsWhatLives(w.run())
	w.wire.SpoilOneIn(0)
	w.undisturbed()
	for rounds := range 2 {
		w.edit(many/2, fmt.Sprintf("Au milieu %d", w.next))
		w.withdraw(many-w.next%100-rounds, "retiré", "")
		w.withdraw(w.fresh(), "retiré", "")
		w.fresh()
		w.settle()
		if !w.reader.Incremental() {
			return // it would read everything again
		}
	}
}
