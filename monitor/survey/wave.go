package survey

import (
	"cmp"
	"errors"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/stats"
)

// WaveState is how far a wave is.
type WaveState string

// The states. A wave that has its answers is over, as one whose days are.
const (
	WavePlanned WaveState = "planned"
	WaveRunning WaveState = "running"
	WaveReached WaveState = "reached"
	WaveEnded   WaveState = "ended"
)

// Over tells whether nobody is asked any more.
func (s WaveState) Over() bool { return s == WaveReached || s == WaveEnded }

// Limits of waves.
const (
	WaveLeastDays  = 3
	WaveMostDays   = 120
	WaveLeast      = 2 // points of margin on either side
	WaveMost       = 15
	WaveUsual      = 4
	waveAhead      = 400 * 24 * time.Hour
	maxWaveReason  = 300
	mostK          = 1000
	remindEvery    = 3 * 24 * time.Hour
	starvesUnder   = 0.8
	quotaOverShare = 2
	hourlyPart     = 8
	hourlyLeast    = 5
	reserve        = 1.25
)

// Wave is a time in which a service asks some of those who come until there
// are enough answers, and then nobody.
type Wave struct {
	ID          string `gorm:"primaryKey"`
	Service     string
	Institution string
	StartsAt    time.Time
	EndsAt      time.Time // nobody is asked from then on
	Margin      int       // points of a hundred, on either side
	Needed      int64     // answers that it takes
	State       WaveState
	QuietFrom   int    // minute of the day from which nobody is asked; equal to QuietTo: no such hours
	QuietTo     int    // and until which
	Workdays    bool   // nobody is asked on other days
	Again       string // cron line of the following waves; empty: there is none
	PlannedAt   time.Time
	PlannedBy   string
	OverAt      *time.Time
	OverBy      string // who ended it; empty: it came to its end
	Reason      string
	RemindedAt  *time.Time
	Revision    int64
}

// WavePlan is what somebody wants.
type WavePlan struct {
	Start     time.Time // a day; zero: the first that Again names
	Days      int
	Margin    int
	QuietFrom string // 22:00
	QuietTo   string
	Workdays  bool
	Again     string
}

// Occasion tells when a cron line comes next.
type Occasion func(line string, after time.Time) (time.Time, error)

// PlanWave makes a wave of a plan, or says everything that is wrong with it.
func PlanWave(by identity.Actor, asking *Asking, p *WavePlan, now time.Time, zone *time.Location, next Occasion) (*Wave, error) {
	if err := by.Must(identity.ManageSurveys, asking.Institution); err != nil {
		return nil, err
	}
	w := &Wave{
		Service: asking.Service, Institution: asking.Institution, Margin: p.Margin, Workdays: p.Workdays, Again: p.Again,
		State: WavePlanned, PlannedAt: now, PlannedBy: by.Account, Revision: 1,
	}
	var faults []error
	start := p.Start
	if p.Again != "" {
		first, err := next(p.Again, now)
		if err != nil {
			faults = append(faults, fault.At("again", "survey.wave.again"))
		} else if start.IsZero() {
			start = first
		}
	}
	faults = append(faults, w.span(start, p.Days, now, zone), w.quiet(p))
	if p.Margin < WaveLeast || p.Margin > WaveMost {
		faults = append(faults, fault.At("margin", "survey.wave.margin", WaveLeast, WaveMost))
	} else {
		w.Needed = stats.Needed(0.5, float64(p.Margin)/100, 0)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return w, nil
}

// span sets the days of the wave.
func (w *Wave) span(start time.Time, days int, now time.Time, zone *time.Location) error {
	var faults []error
	if days < WaveLeastDays || days > WaveMostDays {
		faults = append(faults, fault.At("days", "survey.wave.days", WaveLeastDays, WaveMostDays))
	}
	y, m, d := now.In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	switch {
	case start.IsZero():
		faults = append(faults, fault.At("start", "survey.wave.start"))
	case start.Before(today):
		faults = append(faults, fault.At("start", "survey.wave.start_past"))
	case start.After(now.Add(waveAhead)):
		faults = append(faults, fault.At("start", "survey.wave.start_far", int(waveAhead/(24*time.Hour))))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	y, m, d = start.In(zone).Date()
	w.StartsAt = time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
	w.EndsAt = time.Date(y, m, d+days, 0, 0, 0, 0, zone).UTC()
	return nil
}

// quiet sets the hours in which nobody is asked.
func (w *Wave) quiet(p *WavePlan) error {
	if p.QuietFrom == "" && p.QuietTo == "" {
		return nil
	}
	var faults []error
	for field, one := range map[string]struct {
		said string
		into *int
	}{"quiet_from": {p.QuietFrom, &w.QuietFrom}, "quiet_to": {p.QuietTo, &w.QuietTo}} {
		t, err := time.Parse("15:04", one.said)
		if err != nil {
			faults = append(faults, fault.At(field, "survey.wave.clock"))
			continue
		}
		*one.into = t.Hour()*60 + t.Minute()
	}
	return errors.Join(faults...)
}

// Clashes tells whether two waves would ask at the same time.
func (w *Wave) Clashes(other *Wave) bool {
	return !other.State.Over() && w.StartsAt.Before(other.EndsAt) && other.StartsAt.Before(w.EndsAt)
}

// End stops a wave before its time.
func (w *Wave) End(by identity.Actor, reason string, now time.Time) error {
	if err := by.Must(identity.ManageSurveys, w.Institution); err != nil {
		return err
	}
	reason = Clean(reason)
	switch {
	case w.State.Over():
		return fault.New(fault.Conflict, "survey.wave.over")
	case reason == "":
		return fault.At("reason", "survey.wave.reason")
	case len([]rune(reason)) > maxWaveReason:
		return fault.At("reason", "survey.wave.reason_long", maxWaveReason)
	}
	w.State, w.OverAt, w.OverBy, w.Reason = WaveEnded, &now, by.Account, reason
	w.Again = "" // who stops a wave does not want the next one either
	w.Revision++
	return nil
}

// Follow says how the wave stands now that it is worth so many answers, and
// tells whether that is new.
func (w *Wave) Follow(worth float64, now time.Time) bool {
	before := w.State
	if w.State == WavePlanned && !now.Before(w.StartsAt) {
		w.State = WaveRunning
	}
	switch {
	case w.State != WaveRunning:
	case worth >= float64(w.Needed):
		w.State, w.OverAt = WaveReached, &now
	case !now.Before(w.EndsAt):
		w.State, w.OverAt = WaveEnded, &now
	}
	return w.State != before
}

// Successor is the wave after one that is over; nil when none is to follow.
func (w *Wave) Successor(now time.Time, zone *time.Location, next Occasion) (*Wave, error) {
	if w.Again == "" || !w.State.Over() {
		return nil, nil //nolint:nilnil // none follows
	}
	after := w.EndsAt.Add(-time.Second)
	if now.After(after) {
		after = now
	}
	start, err := next(w.Again, after)
	if err != nil {
		return nil, err
	}
	s := *w
	s.ID, s.State, s.OverAt, s.OverBy, s.Reason, s.RemindedAt, s.Revision, s.PlannedAt = "", WavePlanned, nil, "", "", nil, 1, now
	if err := s.span(start, w.Days(), now, zone); err != nil {
		return nil, err
	}
	return &s, nil
}

// Days is how many days the wave lasts at most.
func (w *Wave) Days() int { return int(math.Round(w.EndsAt.Sub(w.StartsAt).Hours() / 24)) }

// Clock writes a minute of the day.
func Clock(minute int) string {
	two := func(n int) string { return strconv.Itoa(n/10) + strconv.Itoa(n%10) }
	return two(minute/60%24) + ":" + two(minute%60)
}

// Quiet tells whether nobody is asked at this hour; works tells working days
// and may be nil.
func (w *Wave) Quiet(now time.Time, zone *time.Location, works func(time.Time) bool) bool {
	local := now.In(zone)
	if w.Workdays && works != nil && !works(local) {
		return true
	}
	minute := local.Hour()*60 + local.Minute()
	if w.QuietFrom <= w.QuietTo {
		return minute >= w.QuietFrom && minute < w.QuietTo
	}
	return minute >= w.QuietFrom || minute < w.QuietTo
}

// WaveDay is one day of a wave: how many were asked, and what that was worked
// out from. Whoever has the row works out the same K.
type WaveDay struct {
	Wave     string `gorm:"primaryKey"`
	Day      int64  `gorm:"primaryKey"` // days since 1970, as they are in the zone
	K        int64  // one in so many is asked
	Quota    int64  // answers after which nobody else is asked that day
	Needed   int64
	Worth    float64 // answers of full weight that there were
	DaysLeft int64   // this one included
	DaysPast int64
	Seen     int64 // visits before this day
	Asked    int64
	Answered int64
	Visits   int64 // of this day, as they come
	Invited  int64
}

// Pace works out K and Quota from what was known when the day began.
//
//	visits a day = Seen / DaysPast
//	answers an invitation = (Answered + 1) / (Asked + 10): one in ten until known better
//	wanted a day = ⌈(Needed − Worth) / DaysLeft⌉
//	K = ⌊visits a day · answers an invitation / aim⌋, from 1 to 1000
//	aim = 1.25 · wanted a day; on the last day wanted + 3 √wanted
//	Quota = twice what is wanted a day: a busy first day is not to be the wave
func (d *WaveDay) Pace() {
	wanted := math.Ceil(max(0, float64(d.Needed)-d.Worth) / float64(max(1, d.DaysLeft)))
	d.Quota = int64(quotaOverShare * wanted)
	d.K = 1
	if d.DaysPast < 1 || wanted < 1 {
		return
	}
	visits := float64(d.Seen) / float64(d.DaysPast)
	rate := min(1, float64(d.Answered+1)/float64(d.Asked+10))
	d.K = int64(min(max(1, math.Floor(visits*rate/d.aim(wanted))), mostK))
}

// aim is what a day is to bring: more than wanted, since lots vary, and a wave
// stops by itself when it has enough. The last day has no other to make up for it.
func (d *WaveDay) aim(wanted float64) float64 {
	if d.DaysLeft <= 1 {
		return wanted + 3*math.Sqrt(wanted)
	}
	return wanted * reserve
}

// Hourly is how many answers of an hour are enough: a busy hour is not to be
// the day, nor to look like a burst.
func (d *WaveDay) Hourly() int64 { return max(hourlyLeast, (d.Quota+hourlyPart-1)/hourlyPart) }

// Usual is how many answers an hour a wave brings that nobody need wonder at.
func (d *WaveDay) Usual() float64 { return float64(d.Quota) / 24 }

// Drawn tells whether the n-th visit of a day is asked: a fixed lot of wave,
// day and number, so that a count can be repeated and nobody need be known
// again.
func (d *WaveDay) Drawn(n int64) bool {
	if d.K <= 1 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(d.Wave + "." + strconv.FormatInt(d.Day, 10) + "." + strconv.FormatInt(n, 10)))
	lot := h.Sum64()
	lot ^= lot >> 33 // FNV leaves its low bits alike for neighbours
	lot *= 0xff51afd7ed558ccd
	lot ^= lot >> 33
	return lot%uint64(d.K) == 0 //nolint:gosec // above 1
}

// WaveCount is what came in so far.
type WaveCount struct {
	Answers  int64 // that count
	Verified int64 // of those
	Apart    int64 // that do not count
	Today    int64
	Hour     int64   // of the window in which bursts are looked for
	Worth    float64 // answers of full weight
	Flags    map[Flag]int64
}

// WaveProgress is how a wave stands.
type WaveProgress struct {
	Wave
	WaveCount
	Days      []WaveDay // the latest first
	Left      int64     // answers still needed
	DaysLeft  int64
	Projected int64 // answers at its end, if it goes on like this
	Starving  bool
	Seen      int64
	Asked     int64
	Cause     WaveCause
}

// WaveCause is why a wave starves.
type WaveCause string

// The causes.
const (
	Unseen     WaveCause = "unseen"     // the questions are shown nowhere
	Unanswered WaveCause = "unanswered" // shown and not answered
	Few        WaveCause = "few"        // few people come
)

// Progress puts together how a wave stands at a moment.
func Progress(w *Wave, c WaveCount, days []WaveDay, now time.Time) WaveProgress {
	p := WaveProgress{Wave: *w, WaveCount: c, Days: days, Left: max(0, w.Needed-int64(c.Worth))}
	for n := range days {
		p.Seen, p.Asked = p.Seen+days[n].Visits, p.Asked+days[n].Invited
	}
	if w.State.Over() {
		p.Projected = int64(c.Worth)
		return p
	}
	p.DaysLeft = int64(math.Ceil(w.EndsAt.Sub(maxTime(now, w.StartsAt)).Hours() / 24))
	gone := now.Sub(w.StartsAt).Hours() / 24
	if gone <= 0 {
		return p
	}
	p.Projected = int64(c.Worth + c.Worth/gone*w.EndsAt.Sub(now).Hours()/24)
	early := gone < min(3, float64(w.Days())/4)
	p.Starving = w.State == WaveRunning && !early && float64(p.Projected) < starvesUnder*float64(w.Needed)
	if p.Starving {
		p.Cause = p.cause()
	}
	return p
}

func maxTime(a, b time.Time) time.Time {
	if cmp.Compare(a.UnixNano(), b.UnixNano()) > 0 {
		return a
	}
	return b
}

func (p *WaveProgress) cause() WaveCause {
	switch {
	case p.Seen == 0:
		return Unseen
	case p.Asked >= 50 && p.Answers*50 < p.Asked:
		return Unanswered
	}
	return Few
}

// MayRemind tells whether the department is to be told again that its wave starves.
func (p *WaveProgress) MayRemind(now time.Time) bool {
	return p.Starving && (p.RemindedAt == nil || now.Sub(*p.RemindedAt) >= remindEvery)
}
