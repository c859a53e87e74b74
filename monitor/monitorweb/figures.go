package monitorweb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/stats"
)

// Figures say how sure an availability is, and what was promised. It is
// exported because huma reads no embedded struct that is not.
type Figures struct {
	Low       *float64       `json:"availability_low" doc:"As if each change of state had happened at the worst moment between the two readings around it"`
	High      *float64       `json:"availability_high" doc:"As if at the best; null when nothing is known"`
	Planned   float64        `json:"planned_seconds" doc:"Announced maintenance: not asked for, not counted"`
	Objective float64        `json:"objective" doc:"Share of known time in which it is to answer"`
	Kept      monitor.Answer `json:"objective_by_time" enum:"kept,missed,undecidable"`
	Samples   Samples        `json:"samples"`
	Apdex     *Apdex         `json:"apdex" doc:"null when nobody looked"`
	Delayed   int64          `json:"delayed" doc:"Good readings that our own machine held up: left out of response times"`
}

// Samples is the share of scheduled looks that were answered, as a sample of
// all that people might have made.
type Samples struct {
	Asked    int64          `json:"asked" doc:"Scheduled looks that saw the service, outside maintenance; re-checks are not counted"`
	Answered int64          `json:"answered"`
	Share    *float64       `json:"share"`
	Low      float64        `json:"low" doc:"95 % interval of Wilson"`
	High     float64        `json:"high"`
	Kept     monitor.Answer `json:"objective_by_samples" enum:"kept,missed,undecidable"`
	Needed   int64          `json:"needed" doc:"More looks, going as those so far, until the objective can be decided; 0 when it is, or never can be"`
}

// Apdex is the share of satisfied looks, tolerated ones counting half.
type Apdex struct {
	Score  float64 `json:"score"`
	Within float64 `json:"satisfied_ms" doc:"Within this it satisfies, within four times this it is tolerated"`
}

// Budget is how much outage the objective leaves over the period asked for.
type Budget struct {
	Allowed   float64 `json:"allowed_seconds"`
	Consumed  float64 `json:"consumed_seconds" doc:"Confirmed outage"`
	Remaining float64 `json:"remaining_seconds" doc:"Below zero when the objective is missed"`
	Left      float64 `json:"left" doc:"Remaining share"`
}

// Burn is how fast the budget goes now.
type Burn struct {
	Window    string  `json:"window" doc:"1h, 6h, 3d"`
	Rate      float64 `json:"rate" doc:"1 uses up the budget of a period in exactly that period"`
	ShortRate float64 `json:"short_rate" doc:"Over the short window that ends an alarm"`
	Factor    float64 `json:"factor" doc:"From which rate it is an alarm"`
	Bad       int     `json:"bad_periods" doc:"Periods of confirmed outage in the window; fewer than three are no alarm"`
	Decidable bool    `json:"decidable" doc:"The window holds enough looks to tell"`
	Fires     bool    `json:"fires"`
}

// WindowFigure is the availability inside one of the windows agreed on.
type WindowFigure struct {
	Name   lang.Text `json:"name"`
	Kind   string    `json:"kind" enum:"office,weekly,dated"`
	Opened float64   `json:"open_seconds" doc:"How long it was open in the period"`
	Availability
	Checks []Availability `json:"checks" doc:"Of each check, the one that did worst first"`
}

// sort puts the check that did worst first.
func (w *WindowFigure) sort() {
	slices.SortStableFunc(w.Checks, func(a, b Availability) int { return cmp.Compare(b.Down, a.Down) })
}

// figuresOf is what t says, held against an objective.
func figuresOf(t *monitor.Tally, objective float64, within time.Duration) Figures {
	f := Figures{
		Planned: t.Planned.Seconds(), Objective: objective, Kept: t.DecideTime(objective), Delayed: t.Delayed,
		Samples: Samples{Asked: t.Asked, Answered: t.Answered},
	}
	if low, high, known := t.Bounds(); known {
		f.Low, f.High = &low, &high
	}
	i, any := stats.Wilson(t.Answered, t.Asked)
	f.Samples.Low, f.Samples.High = i.Low, i.High
	if any {
		f.Samples.Share = &i.Value
	}
	f.Samples.Kept, f.Samples.Needed = monitor.Decide(t.Answered, t.Asked, objective)
	if score, any := t.Apdex(within); any {
		f.Apdex = &Apdex{Score: score, Within: milliseconds(within)}
	}
	return f
}

// promises fills in what holds for the service as a whole: the budget of the
// check that did worst, how fast it goes, and the windows agreed on.
func (p *Pages) promises(ctx context.Context, out *availabilityOut, v *monitor.Service, worst *monitor.Tally, from, to time.Time) error {
	b := monitor.BudgetOf(v.Objective(), worst, to.Sub(from))
	out.Body.Budget = Budget{b.Allowed.Seconds(), b.Consumed.Seconds(), b.Remaining.Seconds(), b.Left()}
	burns, err := p.store.BurnsOf(ctx, v, pace(v), p.now())
	if err != nil {
		return err
	}
	out.Body.Burn = []Burn{}
	for _, b := range burns {
		out.Body.Burn = append(out.Body.Burn, Burn{b.Name, b.Rate, b.ShortRate, b.Factor, b.Bad, b.Decidable, b.Fires})
	}
	out.Body.Windows, err = p.windowFigures(ctx, v, from, to)
	return err
}

// pace is the time between two looks at a service: the shortest of its checks.
func pace(v *monitor.Service) time.Duration {
	shortest := time.Duration(0)
	for _, c := range v.Checks {
		if every, err := schedule.Period(c.Schedule); err == nil && (shortest == 0 || every < shortest) {
			shortest = every
		}
	}
	return shortest
}

// windowFigures sums up each window agreed on: by each check, and as the one that did worst.
func (p *Pages) windowFigures(ctx context.Context, v *monitor.Service, from, to time.Time) ([]WindowFigure, error) {
	list := []WindowFigure{}
	windows := v.Windows()
	for n := range windows {
		w := &windows[n]
		open := p.calendar().Open(w, from, to)
		figure := WindowFigure{
			Name: w.Name, Kind: string(w.Kind), Opened: monitor.Total(open).Seconds(),
			Availability: availabilityOf(&monitor.Check{}, &monitor.Tally{}, monitor.Total(open), v.ObjectiveIn(w)),
			Checks:       []Availability{},
		}
		for i, c := range v.Checks {
			t, err := p.store.TallyIn(ctx, c.ID, open)
			if err != nil {
				return nil, err
			}
			a := availabilityOf(&c, &t, monitor.Total(open), v.ObjectiveIn(w))
			figure.Checks = append(figure.Checks, a)
			if i == 0 || a.worse(figure.Availability) {
				figure.Availability = a
			}
		}
		figure.sort()
		list = append(list, figure)
	}
	return list, nil
}
