package surveydb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
)

// cpu is what this process has computed so far: on a machine that others use
// too it says more than the clock. PostgreSQL's own part is not in it.
func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// benchEach runs a benchmark on both engines.
func benchEach(b *testing.B, bench func(*testing.B, *gorm.DB)) {
	b.Run(database.SQLite, func(b *testing.B) { bench(b, databasetest.Open(b)) })
	b.Run(database.Postgres, func(b *testing.B) { bench(b, databasetest.OpenPostgres(b)) })
}

// BenchmarkAccept has 64 people at a time answer about 500 services, all of it:
// read, mask, token of one in four, hash of the network, and the commit. The
// services are used to so many.
func BenchmarkAccept(b *testing.B) {
	benchEach(b, func(b *testing.B, db *gorm.DB) { benchAccept(b, db, 1e5, 0) })
}

// BenchmarkAcceptBursts has every service in a burst.
func BenchmarkAcceptBursts(b *testing.B) {
	benchEach(b, func(b *testing.B, db *gorm.DB) { benchAccept(b, db, 0, 0) })
}

// BenchmarkAcceptPaced has 2,000 answers begin every second, whether or not the
// ones before have ended: what people wait then, rather than what the queue of
// a benchmark makes them wait.
func BenchmarkAcceptPaced(b *testing.B) {
	benchEach(b, func(b *testing.B, db *gorm.DB) { benchAccept(b, db, 1e5, 2000) })
}

// benchAccept is any of them, where services are used to so many answers an
// hour, and so many come a second; 0 is as many as go.
func benchAccept(b *testing.B, db *gorm.DB, anHour, pace float64) {
	const services, people = 500, 64
	names := make([]string, services)
	for n := range names {
		names[n] = fmt.Sprintf("service-%d", n)
	}
	s, c := open(b, db, names...)
	c.set(time.Now())
	s.now = database.Clock(time.Now)
	tokens := make([][]string, services)
	for n := range tokens {
		var err error
		if tokens[n], err = s.Mint(b.Context(), operator, names[n], 200); err != nil {
			b.Fatal(err)
		}
	}
	s.pace.usual = map[string]usual{}
	for _, name := range names {
		s.pace.usual[name] = usual{anHour, time.Now().Add(time.Hour)}
	}
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	b.ResetTimer()
	spent, began := cpu(), time.Now()
	var wg sync.WaitGroup
	for range people {
		wg.Go(func() {
			mine := make([]time.Duration, 0, b.N/people+1)
			for {
				n := int(next.Add(1))
				if n > b.N {
					break
				}
				f := form(names[n%services], 1+n%5)
				f.Key = fmt.Sprint(n)
				f.Answers["comment"] = "La page met trop de temps à s'ouvrir, rappelez-moi au 22 123 456"
				if left := n / services / 4; n/services%4 == 0 && left < len(tokens[n%services]) {
					f.Token = tokens[n%services][left]
				}
				begun := time.Now()
				if pace > 0 {
					begun = began.Add(time.Duration(float64(n) / pace * float64(time.Second)))
					<-time.After(time.Until(begun))
				}
				if _, err := s.Accept(context.Background(), f, address(n*7)); err != nil {
					b.Error(err)
				}
				mine = append(mine, time.Since(begun))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64((cpu()-spent).Microseconds())/float64(b.N), "cpu-µs/answer")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// BenchmarkScores reads the scores of 500 services over five million answers of
// a year, from the middle of a month to the middle of a month, with a minute's
// answers that are not rolled in yet.
func BenchmarkScores(b *testing.B) {
	benchEach(b, func(b *testing.B, db *gorm.DB) {
		const services = 500
		s, _ := open(b, db, "cin")
		from, to := noon.AddDate(-1, 0, -6), noon.AddDate(0, 0, -6)
		fill(b, s, services, from, to)
		var answers int64
		spent := cpu()
		for b.Loop() {
			all, err := s.Distribution(b.Context(), nil, from, to)
			if err != nil {
				b.Fatal(err)
			}
			answers = 0
			for _, sums := range all {
				for _, scale := range sums.Score(survey.Satisfaction, survey.Part{}).ByMode {
					answers += scale.N
				}
			}
			if len(all) != services {
				b.Fatalf("%d services", len(all))
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/500-services")
		b.ReportMetric(float64((cpu()-spent).Microseconds())/float64(b.N)/1000, "cpu-ms/500-services")
		b.ReportMetric(float64(answers), "answers")
	})
}

// days makes some days of about 27 answers, in the mix that a service gets.
func days(b *testing.B, random *rand.Rand) [][]byte {
	b.Helper()
	set, quick := sets(b)[0], sets(b)[1]
	out := make([][]byte, 64)
	for n := range out {
		sums := survey.Sums{}
		for range 21 + random.IntN(14) {
			a := &survey.Answer{
				Set: set.Name, Version: 1, Language: []lang.Tag{"fr", "ar", "ar"}[random.IntN(3)], Weight: 1,
				Channel: []survey.Channel{survey.Web, survey.Widget, survey.Widget, survey.QR}[random.IntN(4)], Verified: random.IntN(3) == 0,
				Points: map[string]int{}, Words: map[string]string{"finished": "yes", "office": "no", "help_tried": "no"},
			}
			for _, code := range []string{"ease", "satisfaction", "clarity", "effort"} {
				a.Points[code] = 1 + random.IntN(5)
			}
			asked := set
			if a.Channel == survey.QR {
				asked, a.Set, a.Points = quick, quick.Name, map[string]int{"satisfaction": 1 + random.IntN(3)}
			}
			if random.IntN(5) == 0 {
				a.Share(int64(1 + random.IntN(4)))
			}
			sums.Add(asked, a)
		}
		out[n] = sums.Pack()
	}
	return out
}

// fill keeps sums of every day, ten days and month, as answers would have made them.
func fill(b *testing.B, s *Store, services int, from, to time.Time) {
	b.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	made := days(b, random)
	err := s.db.Transaction(func(tx *gorm.DB) error {
		raw, err := sqlTx(tx)
		if err != nil {
			return err
		}
		for n := range services {
			service := fmt.Sprintf("service-%d", n)
			sums := map[string]deltas{aMonth: {}, tenDays: {}, aDay: {}}
			for day := s.dayNumber(from); day <= s.dayNumber(to); day++ {
				body := made[random.IntN(len(made))]
				for span, all := range sums {
					if err := all.of(service, startOf(span, day)).MergePacked(body); err != nil {
						return err
					}
				}
			}
			var args []any
			for span, all := range sums {
				for at, one := range all {
					args = append(args, span, at.day, service, one.Pack())
				}
			}
			if err := s.insert(b.Context(), raw, "INSERT INTO survey_sums (span, start, service, body)", "", 4, args, nil); err != nil {
				return err
			}
		}
		for range 60 {
			d := deltas{}
			for range 30 {
				if err := d.of(fmt.Sprintf("service-%d", random.IntN(services)), s.dayNumber(to)).MergePacked(made[0]); err != nil {
					return err
				}
			}
			if err := tx.Create(&Delta{Body: d.pack()}).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if s.db.Name() == database.Postgres {
		s.db.Exec("ANALYZE survey_sums")
	}
}
