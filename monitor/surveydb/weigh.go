package surveydb

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor/survey"
)

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null" // maps of strings and numbers can always be written
	}
	return string(b)
}

// hour is the window of an answer about a service.
type hour struct {
	service string
	start   time.Time
}

func (h hour) counter() string { return "h:" + h.service + ":" + strconv.FormatInt(h.start.Unix(), 10) }

// tally is what is counted under a name in this batch, and all in all.
type tally struct {
	until    time.Time
	mine     int64
	all      int64
	assigned int64
}

// weigh gives every live answer the weight of its place among those of its
// network, and marks those that come in a burst.
func (b *batch) weigh(ctx context.Context, kept []*Entry) error {
	now := b.store.now()
	counters, hours := map[string]*tally{}, map[hour][]*Entry{}
	count := func(name string, until time.Time) {
		if counters[name] == nil {
			counters[name] = &tally{until: until}
		}
		counters[name].mine++
	}
	for _, e := range kept {
		if e.Kiosk != nil { // its own rate bounds it, and no burst is looked for
			count(kioskCounter(e.Kiosk, now), now.Add(2*time.Hour))
			continue
		}
		if e.Live && !e.Answer.Verified && e.Answer.Counted() {
			e.open = true
			h := hour{e.Answer.Service, survey.WindowOf(e.Answer.At)}
			hours[h] = append(hours[h], e)
			count(h.counter(), h.start.Add(24*time.Hour))
		}
		if e.Network != "" && !e.Answer.Verified {
			count("n:"+e.Network, now.Add(25*time.Hour))
		}
	}
	if err := b.raise(ctx, counters); err != nil {
		return err
	}
	for _, e := range kept {
		if e.Kiosk != nil {
			c := counters[kioskCounter(e.Kiosk, now)]
			c.assigned++
			e.Answer.FromKiosk(c.all-c.mine+c.assigned, e.Kiosk)
			continue
		}
		if c := counters["n:"+e.Network]; c != nil && e.Network != "" && !e.Answer.Verified {
			c.assigned++
			e.Answer.Share(c.all - c.mine + c.assigned)
		}
	}
	return b.lookForBursts(ctx, hours, counters)
}

// kioskCounter counts what a screen gave in an hour.
func kioskCounter(k *survey.Screen, now time.Time) string {
	return "k:" + k.ID + ":" + strconv.FormatInt(survey.WindowOf(now).Unix(), 10)
}

// lookForBursts looks at the hours that have more than nobody would wonder at.
func (b *batch) lookForBursts(ctx context.Context, hours map[hour][]*Entry, counters map[string]*tally) error {
	var busy []hour
	var services []string
	for h := range hours {
		if counters[h.counter()].all > survey.BurstFrom(0) {
			busy, services = append(busy, h), append(services, h.service)
		}
	}
	if len(busy) == 0 {
		return nil
	}
	usual, err := b.store.usualOf(ctx, services)
	if err != nil {
		return err
	}
	slices.SortFunc(busy, compareHours)
	for _, h := range busy {
		if err := b.lookForBurst(ctx, h, hours[h], counters[h.counter()], usual[h.service]); err != nil {
			return err
		}
	}
	return nil
}

func compareHours(a, b hour) int {
	if a.service != b.service {
		if a.service < b.service {
			return -1
		}
		return 1
	}
	return a.start.Compare(b.start)
}

// raise adds to the counters, in the order of their names: two processes never
// wait for each other crosswise.
func (b *batch) raise(ctx context.Context, counters map[string]*tally) error {
	args := make([]any, 0, 3*len(counters))
	for _, name := range slices.Sorted(maps.Keys(counters)) {
		args = append(args, name, counters[name].until, counters[name].mine)
	}
	return b.store.insert(ctx, b.tx, "INSERT INTO survey_counters (name, until, n)",
		"ON CONFLICT (name) DO UPDATE SET n = survey_counters.n + excluded.n RETURNING name, n", 3, args,
		func(rows scanner) error {
			var name string
			var n int64
			if err := rows.Scan(&name, &n); err != nil {
				return err
			}
			counters[name].all = n
			return nil
		})
}

// knowCopies marks answers whose words were written before, in this batch or
// earlier. Only the first of equal ones keeps the number it is known by.
func (b *batch) knowCopies(ctx context.Context, kept []*Entry) error {
	seen := map[int64]bool{}
	var keys []any
	for _, e := range kept {
		if key, long := survey.CopyKey(e.Answer.Service, e.Answer.Comment); long {
			e.text = &key
			keys = append(keys, key)
		}
	}
	err := b.store.among(ctx, b.tx, "SELECT text_hash FROM survey_answers WHERE text_hash", keys, func(rows scanner) error {
		var key int64
		err := rows.Scan(&key)
		seen[key] = true
		return err
	})
	if err != nil {
		return err
	}
	for _, e := range kept {
		if e.text == nil {
			continue
		}
		if seen[*e.text] {
			e.Answer.Mark(survey.Copied)
			e.text = nil
			continue
		}
		seen[*e.text] = true
	}
	return nil
}

// pace remembers how many open answers an hour each service is used to.
type pace struct {
	sync.Mutex
	usual map[string]usual
}

type usual struct {
	anHour float64
	until  time.Time
}

const (
	paceOver  = 28 // days
	paceHolds = time.Hour
)

// usualOf is how many open answers an hour each of the services had in the last
// weeks. What is not remembered is looked up for all of them at once.
func (s *Store) usualOf(ctx context.Context, services []string) (map[string]float64, error) {
	now, out := s.now(), map[string]float64{}
	var missing []string
	s.pace.Lock()
	for _, service := range services {
		if known, ok := s.pace.usual[service]; ok && now.Before(known.until) {
			out[service] = known.anHour
		} else {
			missing = append(missing, service)
		}
	}
	s.pace.Unlock()
	if len(missing) == 0 {
		return out, nil
	}
	to := survey.DayOf(now, s.zone)
	sums, err := s.Distribution(ctx, missing, to.AddDate(0, 0, -paceOver), to)
	if err != nil {
		return nil, err
	}
	waves, err := s.invitedAnHour(ctx, missing)
	if err != nil {
		return nil, err
	}
	s.pace.Lock()
	defer s.pace.Unlock()
	if s.pace.usual == nil {
		s.pace.usual = map[string]usual{}
	}
	for _, service := range missing {
		answers := int64(0)
		for g, t := range sums[service] {
			if !g.Verified && g.Channel.Mode() == survey.Self {
				answers += t.Answers
			}
		}
		out[service] = float64(answers)/(paceOver*24) + waves[service]
		s.pace.usual[service] = usual{out[service], now.Add(paceHolds)}
	}
	return out, nil
}
