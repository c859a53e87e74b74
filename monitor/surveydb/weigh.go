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
		if c := counters["n:"+e.Network]; c != nil && e.Network != "" && !e.Answer.Verified {
			c.assigned++
			e.Answer.Share(c.all - c.mine + c.assigned)
		}
	}
	for _, h := range slices.SortedFunc(maps.Keys(hours), compareHours) {
		if err := b.lookForBurst(ctx, h, hours[h], counters[h.counter()]); err != nil {
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

// usualOf is how many open answers an hour a service had in the last weeks.
func (s *Store) usualOf(ctx context.Context, service string) (float64, error) {
	now := s.now()
	s.pace.Lock()
	known, ok := s.pace.usual[service]
	s.pace.Unlock()
	if ok && now.Before(known.until) {
		return known.anHour, nil
	}
	to := survey.DayOf(now, s.zone)
	sums, err := s.Distribution(ctx, []string{service}, to.AddDate(0, 0, -paceOver), to)
	if err != nil {
		return 0, err
	}
	answers := int64(0)
	for g, t := range sums[service] {
		if !g.Verified && g.Channel.Mode() == survey.Self {
			answers += t.Answers
		}
	}
	known = usual{float64(answers) / (paceOver * 24), now.Add(paceHolds)}
	s.pace.Lock()
	defer s.pace.Unlock()
	if s.pace.usual == nil {
		s.pace.usual = map[string]usual{}
	}
	s.pace.usual[service] = known
	return known.anHour, nil
}
