package assessdb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/assess"
)

// heldFor is how many days long a fact of a day stands for later ones: a night in
// which nobody could look changes nothing.
const heldFor = 7

// AsOf is what was known of every service on the day of at, without evidence. What
// is measured every night is what it was then; what is older and unchanged since,
// as an owner's answer, is what it is now.
func (s *Store) AsOf(ctx context.Context, at time.Time) (map[string]assess.Facts, error) {
	newest, err := s.Newest(ctx)
	if err != nil {
		return nil, err
	}
	var past []assess.Past
	on := s.day(at)
	err = s.db.WithContext(ctx).Raw(`SELECT p.* FROM assess_past p JOIN
		(SELECT service, measure, MAX(day) AS day FROM assess_past WHERE day <= ? AND day > ? GROUP BY service, measure) l
		ON l.service = p.service AND l.measure = p.measure AND l.day = p.day`, on, on-heldFor).Scan(&past).Error
	if err != nil {
		return nil, database.Explain(err, "read what was known")
	}
	out := make(map[string]assess.Facts, len(newest))
	for service, facts := range newest {
		then := assess.Facts{}
		for measure, f := range facts {
			if s.day(f.At) <= on {
				then[measure] = f
			}
		}
		out[service] = then
	}
	for n := range past {
		p := &past[n]
		if out[p.Service] == nil {
			out[p.Service] = assess.Facts{}
		}
		out[p.Service][p.Measure] = assess.Fact{
			Service: p.Service, Measure: p.Measure, Value: p.Value, Word: p.Word, Low: p.Low, High: p.High, N: p.N, Unknown: p.Unknown, At: p.At.UTC(),
		}
	}
	return out, nil
}
