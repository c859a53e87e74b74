package surveydb

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/survey"
)

// keyOf is the sentence of the first fault in err.
func keyOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestATokenLetsAnswerOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin", "passport")
		minted, err := s.Mint(t.Context(), owner, "cin", 3)
		if err != nil || len(minted) != 3 {
			t.Fatalf("%v, %v", minted, err)
		}
		f := form("cin", 5)
		f.Token = minted[0]
		if r := accept(t, s, f, 1); !r.Verified {
			t.Error("an answer with a token is not verified")
		}
		if _, err := s.Accept(t.Context(), f, address(1)); keyOf(err) != "survey.token.used" || !errors.Is(err, fault.Conflict) {
			t.Errorf("used again: %v", err)
		}
		other := form("passport", 5)
		other.Token = minted[1]
		if _, err := s.Accept(t.Context(), other, address(1)); keyOf(err) != "survey.token.other_service" {
			t.Errorf("at another service: %v", err)
		}
		f.Token = minted[1][:len(minted[1])-1] + "A"
		if minted[1] == f.Token {
			f.Token = minted[1][:len(minted[1])-1] + "Q"
		}
		if _, err := s.Accept(t.Context(), f, address(1)); keyOf(err) != "survey.token.forged" && keyOf(err) != "survey.token.malformed" {
			t.Errorf("forged: %v", err)
		}
		c.set(noon.AddDate(0, 0, survey.DefaultTokenDays+1))
		f.Token = minted[2]
		if _, err := s.Accept(t.Context(), f, address(1)); keyOf(err) != "survey.token.expired" {
			t.Errorf("late: %v", err)
		}
		if done, err := s.Forget(t.Context(), 0); err != nil || done.Nonces != 1 {
			t.Errorf("forgot %+v, %v; want the one that was used", done, err)
		}
		if n := s.Rejected(); n["token_replayed"] != 1 || n["token_other"] != 1 || n["token_expired"] != 1 {
			t.Errorf("rejected %v", n)
		}
	})
}

// A token is sent by fifty at once, to two processes: one answer is kept.
func TestATokenIsRacedFor(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin")
		also := New(db, c.now)
		minted, err := s.Mint(t.Context(), operator, "cin", 1)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		results := make(chan error, 50)
		for n := range 50 {
			wg.Go(func() {
				f := form("cin", 5)
				f.Token = minted[0]
				_, err := []*Store{s, also}[n%2].Accept(t.Context(), f, address(n))
				results <- err
			})
		}
		wg.Wait()
		close(results)
		kept := 0
		for err := range results {
			if err == nil {
				kept++
			} else if keyOf(err) != "survey.token.used" {
				t.Error(err)
			}
		}
		if _, answers, _ := levels(t, s, "cin"); kept != 1 || answers != 1 {
			t.Errorf("%d were told it is kept, %d are", kept, answers)
		}
	})
}

func TestKeysAreChangedAndRevoked(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		minted, err := s.Mint(t.Context(), owner, "cin", 2)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := s.NewKey(t.Context(), owner, "cin")
		if err != nil || fresh.Number != 2 || len(fresh.Secret) != 32 {
			t.Fatalf("%+v, %v", fresh, err)
		}
		f := form("cin", 5)
		f.Token = minted[0]
		accept(t, s, f, 1) // what was given out holds out its days
		f.Token = survey.Sign("cin", fresh.Secret, noon, "of-the-service-itself")
		accept(t, s, f, 1)
		if err := s.Revoke(t.Context(), owner, "cin"); err != nil {
			t.Fatal(err)
		}
		f.Token = minted[1]
		if _, err := s.Accept(t.Context(), f, address(1)); keyOf(err) != "survey.token.forged" {
			t.Errorf("with a revoked key: %v", err)
		}
	})
}

func TestSentTwiceIsKeptOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		minted, err := s.Mint(t.Context(), owner, "cin", 1)
		if err != nil {
			t.Fatal(err)
		}
		f := form("cin", 5)
		f.Key, f.Token = "k1", minted[0]
		first, again := accept(t, s, f, 1), accept(t, s, f, 1)
		if first.ID != again.ID || first.Again || !again.Again || !again.Verified {
			t.Errorf("receipts are %+v and %+v", first, again)
		}
		var wg sync.WaitGroup
		ids := make([]int64, 20) // pressed twenty times
		for n := range ids {
			wg.Go(func() {
				f := form("cin", 5)
				f.Key = "k2"
				r, err := s.Accept(t.Context(), f, address(1))
				if err != nil {
					t.Error(err)
				}
				ids[n] = r.ID
			})
		}
		wg.Wait()
		if slices.Min(ids) != slices.Max(ids) || ids[0] == 0 {
			t.Errorf("the receipts are %v", ids)
		}
		if _, answers, _ := levels(t, s, "cin"); answers != 2 {
			t.Errorf("%d answers are kept", answers)
		}
	})
}

func TestANetworkIsHeardLessTheMoreItSays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin")
		also := New(db, c.now) // another process with the same salt
		for n := range 6 {
			accept(t, []*Store{s, also}[n%2], form("cin", 5), 1)
		}
		c.set(noon.AddDate(0, 0, 1))
		accept(t, s, form("cin", 5), 1) // another day: another salt
		list, err := s.Answers(t.Context(), owner, Wanted{Service: "cin", From: noon.Add(-time.Hour), To: noon.AddDate(0, 0, 2)})
		if err != nil {
			t.Fatal(err)
		}
		var weights []float64
		for _, a := range list {
			weights = append(weights, a.Weight)
			if slices.Contains(a.Flags, survey.Repeated) != (a.Weight <= 0.25) {
				t.Errorf("weighs %v with flags %v", a.Weight, a.Flags)
			}
		}
		slices.Sort(weights)
		want := []float64{0.166667, 0.2, 0.25, 0.333333, 0.5, 1, 1}
		if !slices.Equal(weights, want) {
			t.Errorf("weights are %v; want %v", weights, want)
		}
		var salts, counters int64
		db.Model(&Salt{}).Count(&salts)
		c.set(noon.AddDate(0, 0, 3))
		if _, err := s.Forget(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		db.Model(&Counter{}).Count(&counters)
		var salt Salt
		if err := db.Take(&salt, 1).Error; err != nil || salts != 1 || counters != 0 || salt.Day != s.dayNumber(noon)+3 {
			t.Errorf("%d salts, %d counters, the salt of day %d, %v", salts, counters, salt.Day, err)
		}
	})
}

func TestCopiesAreFlagged(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		for n := range 3 {
			f := form("cin", 1)
			f.Answers["comment"] = "Ce service est une honte pour l'administration" + []string{"", "!", " !!"}[n]
			accept(t, s, f, n)
		}
		list, err := s.Answers(t.Context(), owner, Wanted{Service: "cin", From: noon, To: noon.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		copies := 0
		for _, a := range list {
			if slices.Contains(a.Flags, survey.Copied) {
				copies++
			}
		}
		if copies != 2 {
			t.Errorf("%d are flagged; want all but the first", copies)
		}
	})
}

// honest lets people answer for four weeks: mean about 8 of 10, as many days
// and networks as there are.
func honest(t *testing.T, s *Store, c *clock, random *rand.Rand) {
	t.Helper()
	var wg sync.WaitGroup
	for day := range 28 {
		c.set(noon.AddDate(0, 0, day-28).Add(time.Duration(random.IntN(6)) * time.Hour))
		for range 15 {
			f, network := form("cin", []int{1, 3, 4, 4, 4, 5, 5, 5, 5, 5}[random.IntN(10)]), random.IntN(1<<14)
			wg.Go(func() {
				if _, err := s.Accept(t.Context(), f, address(network)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	c.set(noon)
}

// mean10 is the published mean.
func mean10(t *testing.T, s *Store) survey.Satisfied {
	t.Helper()
	all, err := s.Distribution(t.Context(), []string{"cin"}, noon.AddDate(0, -3, 0), noon.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	return all["cin"].Score(survey.Satisfaction, survey.Part{})
}

// Somebody sends 10,000 of the worst answers within a minute: what is published
// moves by less than a tenth of a point, and says how many were set apart.
func TestStuffingTheSurvey(t *testing.T) {
	for _, attack := range []struct {
		name     string
		networks int
		tokens   int // true ones, each sent again and again
		engines  func(*testing.T, func(*testing.T, *gorm.DB))
	}{
		{"from one network", 1, 0, onSQLite},
		{"from 200 networks", 200, 0, onSQLite},
		{"from 200 networks with three tokens", 200, 3, databasetest.Each},
		{"from 10,000 networks", 10_000, 0, onSQLite},
	} {
		t.Run(attack.name, func(t *testing.T) {
			attack.engines(t, func(t *testing.T, db *gorm.DB) {
				s, c := open(t, db, "cin")
				honest(t, s, c, rand.New(rand.NewPCG(3, 4)))
				if err := s.Roll(t.Context()); err != nil {
					t.Fatal(err)
				}
				before := mean10(t, s)
				minted, err := s.Mint(t.Context(), owner, "cin", 3)
				if err != nil {
					t.Fatal(err)
				}
				kept := stuff(t, s, attack.networks, minted[:attack.tokens])
				after := mean10(t, s)
				bias := math.Abs(after.Mean10.Value - before.Mean10.Value)
				all, err := s.Distribution(t.Context(), nil, noon, noon.AddDate(0, 0, 1))
				if err != nil {
					t.Fatal(err)
				}
				_, apart, flags := all["cin"].Apart()
				t.Logf("mean on ten %.3f of %d answers before, %.3f of %d after: bias %.3f; %d kept, %d of them set apart",
					before.Mean10.Value, before.N, after.Mean10.Value, after.N, bias, kept, apart)
				if bias >= 0.1 {
					t.Errorf("the attack moved the mean from %v to %v", before.Mean10.Value, after.Mean10.Value)
				}
				if int(apart)+attack.tokens != kept || int(flags[survey.Burst]) < kept-attack.tokens {
					t.Errorf("%d kept, %d set apart, flags %v", kept, apart, flags)
				}
				bursts, err := s.Bursts(t.Context(), owner, "cin", noon.AddDate(0, 0, -1))
				if err != nil || len(bursts) != 1 || !bursts[0].Start.Equal(survey.WindowOf(noon)) {
					t.Errorf("bursts are %+v, %v", bursts, err)
				}
			})
		})
	}
}

// onSQLite is for what the engine makes no difference to.
func onSQLite(t *testing.T, test func(*testing.T, *gorm.DB)) { test(t, databasetest.Open(t)) }

// stuff sends 10,000 answers from 64 at once, and returns how many were kept.
func stuff(t *testing.T, s *Store, networks int, tokens []string) int {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := 0
	for worker := range 64 {
		wg.Go(func() {
			for n := worker; n < 10_000; n += 64 {
				f := form("cin", 1)
				if len(tokens) > 0 && n%2 == 0 {
					f.Token = tokens[n/2%len(tokens)]
				}
				_, err := s.Accept(t.Context(), f, address(1<<14+n%networks))
				switch {
				case err == nil:
					mu.Lock()
					kept++
					mu.Unlock()
				case keyOf(err) != "survey.token.used":
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return kept
}

func TestABurstThatWasRealIsReleased(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		for n := range 40 {
			accept(t, s, form("cin", 5), n)
		}
		if _, answers, apart := levels(t, s, "cin"); answers != 0 || apart != 40 {
			t.Fatalf("%d count, %d are set apart; want all set apart", answers, apart)
		}
		start := survey.WindowOf(noon)
		if err := s.Release(t.Context(), owner, "cin", start, "résultats du bac"); !errors.Is(err, fault.Forbidden) {
			t.Errorf("the service released its own: %v", err)
		}
		if err := s.Release(t.Context(), operator, "cin", start, " "); keyOf(err) != "survey.burst.reason" {
			t.Errorf("without a reason: %v", err)
		}
		if err := s.Release(t.Context(), operator, "cin", start, "résultats du bac"); err != nil {
			t.Fatal(err)
		}
		accept(t, s, form("cin", 5), 99)
		if _, answers, apart := levels(t, s, "cin"); answers != 41 || apart != 0 {
			t.Errorf("released: %d count, %d are set apart", answers, apart)
		}
		if err := s.Release(t.Context(), operator, "cin", start, "encore"); !errors.Is(err, fault.NotFound) {
			t.Errorf("released again: %v", err)
		}
	})
}
