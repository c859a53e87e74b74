package demo

import (
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// fate is how far a dataset came.
type fate string

const (
	current     fate = "current"     // approved and kept up
	overdue     fate = "overdue"     // approved and not kept up
	submitted   fate = "submitted"   // waits for its first review
	resubmitted fate = "resubmitted" // was approved, changed, and waits again
	redrafted   fate = "redrafted"   // was approved and is being changed
	returned    fate = "returned"
	draft       fate = "draft"
	withdrawn   fate = "withdrawn" // the family's first dataset took its place
)

// shares of every hundred datasets.
var shares = []struct {
	fate  fate
	share int
}{
	{current, 71}, {overdue, 10}, {submitted, 4}, {resubmitted, 3}, {redrafted, 2}, {returned, 3}, {draft, 5}, {withdrawn, 2},
}

// fate draws what becomes of the nth dataset of a family.
func (l luck) fate(f family, nth int) fate {
	switch {
	case f.openness != "" || f.places == nil && nth > 0:
		return current // closed series and what is not open are never late
	case nth == 0 && f.places != nil:
		return current // the others may be replaced by it
	}
	drawn := l.between(1, 0, 99)
	for _, s := range shares {
		if drawn -= s.share; drawn < 0 {
			if s.fate == withdrawn && nth == 0 {
				return current
			}
			return s.fate
		}
	}
	return current
}

// expected says in how many days data of a frequency is replaced, and the
// grace beside it; what is missing is never due.
var expected = map[string]struct{ days, grace int }{
	"daily": {1, 1}, "weekly": {7, 2}, "monthly": {31, 7}, "quarterly": {92, 15}, "semiannual": {183, 20},
	"campaign": {365, 60}, "annual": {366, 30}, "quinquennial": {1827, 180}, "decennial": {3653, 365},
}

// pen writes the events of one entry.
type pen struct {
	luck     luck
	entry    int
	now      time.Time
	firstDay inventory.Date // data date as first recorded
	lastDay  inventory.Date // and as of now
	events   []Event
}

// dataDay returns the day the data last changed: long enough ago to be late by
// any calendar when late, else recent enough for its frequency.
func (p *pen) dataDay(frequency string, late bool) inventory.Date {
	e, due := expected[frequency]
	back := p.luck.between(2, 30, 700)
	switch {
	case due && late:
		back = 2*e.days + 2*e.grace + 10 + p.luck.between(3, 0, e.days/2)
	case due && frequency == "campaign":
		back = p.luck.between(3, 5, 50) // a campaign may end, and its grace run, any day
	case due:
		back = p.luck.between(3, 0, min(e.days*7/10, 400))
	}
	p.lastDay = p.day(back)
	return p.lastDay
}

// day returns the day that lies back days ago in Tunis.
func (p *pen) day(back int) inventory.Date {
	return inventory.DateOf(p.now.AddDate(0, 0, -back), inventory.Tunis())
}

// at returns a moment in the office hours of the day back days ago.
func (p *pen) at(back, draw int) time.Time {
	day, _ := p.day(max(back, 1)).In(inventory.Tunis())
	return day.Add(8*time.Hour + time.Duration(p.luck.between(draw, 0, 8*3600))*time.Second).UTC()
}

func (p *pen) add(e Event) {
	e.Entry = p.entry
	p.events = append(p.events, e)
}

// write tells what happened to the entry.
func (p *pen) write(c inventory.Content, fate fate, first int) {
	recorded := p.recordedAt(fate, c.Frequency)
	p.firstDay = min(p.lastDay, p.day(recorded))
	if fate != current && fate != overdue {
		p.lastDay = p.firstDay // no data came in since: one thing at a time
	}
	p.add(Event{At: p.at(recorded, 4), Act: Record})
	if fate == draft {
		return
	}
	handed := max(recorded-p.luck.between(5, 1, 9), 2)
	p.add(Event{At: p.at(handed, 6), Act: Submit})
	reviewed := max(handed-p.luck.between(7, 1, 8), 1)
	switch fate {
	case submitted:
		return
	case returned:
		p.add(Event{At: p.at(reviewed, 8), Act: Return, Reason: reasons[p.luck.between(9, 0, len(reasons)-1)]})
		return
	}
	p.add(Event{At: p.at(reviewed, 8), Act: Approve})
	p.after(c, fate, first, reviewed)
}

// recordedAt returns how many days ago the entry was written.
func (p *pen) recordedAt(fate fate, frequency string) int {
	e := expected[frequency]
	switch fate {
	case overdue: // long enough ago for a whole period and its grace to have passed since
		return max(p.luck.between(10, 30, 540), min(e.days+e.grace+40, 540))
	case draft:
		return p.luck.between(10, 1, 45)
	case submitted:
		return p.luck.between(10, 5, 20)
	case returned:
		return p.luck.between(10, 20, 40)
	case redrafted, resubmitted, withdrawn:
		return p.luck.between(10, 30, 70) // their data stay as they were, and should not look forgotten
	}
	switch frequency {
	case "daily": // an update a day makes a long story
		return p.luck.between(10, 20, 40)
	case "weekly":
		return p.luck.between(10, 30, 150)
	}
	return p.luck.between(10, 30, 540)
}

// after tells what happened since the approval, reviewed days ago.
func (p *pen) after(c inventory.Content, fate fate, first, reviewed int) {
	p.keepUp(c.Frequency, fate, reviewed)
	if day, _ := p.lastDay.In(inventory.Tunis()); p.lastDay > p.firstDay {
		since := max(int(p.now.Sub(day).Hours()/24), 1) // what comes in today was announced yesterday
		if since < reviewed {
			p.add(Event{At: p.at(since, 11), Act: Refresh, Day: p.day(since)})
		}
	}
	ago := p.luck.between(12, 1, 10)
	switch fate {
	case redrafted, resubmitted:
		p.add(Event{At: p.at(ago+1, 13), Act: Edit, Description: lang.Text{
			"fr": c.Description["fr"] + "\n\n" + addition().fr, "ar": c.Description["ar"] + "\n\n" + addition().ar,
		}})
		if fate == resubmitted {
			p.add(Event{At: p.at(ago, 14), Act: Submit})
		}
	case withdrawn:
		p.add(Event{
			At: p.at(ago, 15), Act: Withdraw, Replacement: first,
			Reason: "Les données sont désormais publiées avec celles du gouvernorat voisin, au même format.",
		})
	}
}

// keepUp tells of the updates between approval and the last one: about one a
// period, and now and then one that does not come.
func (p *pen) keepUp(frequency string, fate fate, reviewed int) {
	e, due := expected[frequency]
	last := 0
	if day, ok := p.lastDay.In(inventory.Tunis()); ok && (p.lastDay > p.firstDay || fate == overdue) {
		last = int(p.now.Sub(day).Hours() / 24)
	}
	switch {
	case due && fate != withdrawn:
		was := p.firstDay
		for back, n := reviewed-e.days*4/5, 20; back > last+1; back, n = back-max(e.days*9/10, 1), n+1 {
			day, drawn := p.day(back), p.luck.between(n, 0, 99)
			switch fresh := day[:4] == was[:4]; {
			case drawn < 9:
				continue
			case drawn < 40 && e.days > 150 && !fresh: // a year of its own, so that there is something to confirm
				p.add(Event{At: p.at(back, n), Act: Attest})
			default:
				p.add(Event{At: p.at(back, n), Act: Refresh, Day: day})
			}
			was = day
		}
		if fate == overdue && p.luck.between(18, 0, 4) == 0 {
			p.add(Event{At: p.at(1, 19), Act: Waive, Day: p.day(-60), Reason: waiverReason})
		}
	case frequency == "irregular" || frequency == "asneeded" || frequency == "realtime":
		p.confirm(reviewed)
	}
}

// confirm tells that, where no date is set, an officer says early in the year
// that nothing had to change; some forget.
func (p *pen) confirm(reviewed int) {
	for back := min(reviewed-1, 540); back > 1; back-- {
		day := p.day(back)
		year := day[:len("2026")]
		fresh := p.lastDay >= year+"-01-01" && p.lastDay <= day
		if day[len("2026"):] == "-01-21" && !fresh && p.luck.between(20, 0, 99) >= 15 {
			p.add(Event{At: p.at(back, 21), Act: Attest})
		}
	}
}

// waiverReason is what the operator says when a dataset is let off a period.
const waiverReason = "Migration du système source : la série est reprise dès la mise en service du nouveau serveur"

// addition is what officers add to a description.
func addition() pair {
	return pair{
		"Les codes des délégations suivent désormais la nomenclature de l'Institut national de la statistique.",
		"تتّبع رموز المعتمديات من الآن فصاعدا مدوّنة المعهد الوطني للإحصاء.",
	}
}

// reasons for which the operator gives entries back.
var reasons = []string{
	"La description ne dit pas ce que contient une ligne du fichier ni l'unité des montants. Merci de compléter.",
	"La fréquence annoncée est mensuelle, mais le fichier s'arrête à l'année dernière. Merci de vérifier l'une ou l'autre.",
	"Le titre arabe ne nomme pas le gouvernorat. Merci de l'aligner sur le titre français.",
	"Le fichier XLSX contient une ligne de titre fusionnée : une machine ne peut pas le lire. Merci de joindre un CSV.",
	"Le contact est une personne. Merci d'indiquer une fonction et une adresse de service.",
}
