package council

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
)

// crowd is an installation of so many checks that five vantages look at too.
func crowd(b *testing.B, checks int) (*Council, []*vantage.Vantage) {
	b.Helper()
	ok := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	db, ctx, now := databasetest.Open(b), b.Context(), time.Now().UTC()
	ok(db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}, CreatedAt: now, UpdatedAt: now}).Error)
	ok(db.Create(&monitor.Service{
		Slug: "s", Name: lang.Text{"fr": "s"}, Institution: "mi", Tier: monitor.Normal, State: monitor.Active, Languages: []lang.Tag{}, CreatedAt: now, UpdatedAt: now,
	}).Error)
	rows := make([]monitor.Check, 0, checks)
	for n := range checks {
		rows = append(rows, monitor.Check{
			Service: "s", Name: fmt.Sprintf("c%d", n), Kind: monitor.HTTP, Target: "https://s.example.tn/", Schedule: "@every 60s",
			Timeout: 10 * time.Second, CreatedAt: now, UpdatedAt: now,
		})
	}
	ok(db.CreateInBatches(rows, 100).Error)
	store, views := monitordb.New(db, nil), vantagedb.New(db, nil, 2)
	c := New(store, store.NewWriter(nil, 0), views, time.Now, slog.New(slog.DiscardHandler))
	var list []*vantage.Vantage
	for n := range 5 {
		slug := fmt.Sprintf("v%d", n)
		_, err := views.Add(ctx, mcd, vantage.Vantage{Slug: slug, Name: lang.Text{"fr": slug}, Network: vantage.Mobile})
		ok(err)
		token, _, err := views.Invite(ctx, mcd, slug)
		ok(err)
		v, err := views.Enrol(ctx, &vantage.Enrolment{Program: vantage.Program{Protocol: vantage.Protocol}, Token: token, PublicKey: make([]byte, 32)})
		ok(err)
		list = append(list, v)
	}
	_, _, err := c.Watched(ctx)
	ok(err)
	for from := 0; from < checks; from += vantage.MaxBatch {
		for _, v := range list {
			deliver(b, c, v, from, min(vantage.MaxBatch, checks-from))
		}
	}
	ok(c.look(ctx, true))
	return c, list
}

// deliver has a vantage deliver readings of n checks.
func deliver(b *testing.B, c *Council, v *vantage.Vantage, from, n int) {
	b.Helper()
	v.Sequence++
	batch := &vantage.Batch{Program: vantage.Program{Protocol: vantage.Protocol}, Sequence: v.Sequence}
	for k := range n {
		batch.Readings = append(batch.Readings, vantage.SeenOf(&monitor.Reading{Check: int64(from + k + 1), At: time.Now(), Every: time.Minute, Attempt: 1}))
	}
	before := *v
	before.Sequence--
	if _, err := c.Take(context.Background(), v.Actor(), &before, batch, batch.Digest()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkABatch is what a batch of 50 readings costs, from its arrival until
// it is weighed, beside how many checks there are.
func BenchmarkABatch(b *testing.B) {
	for _, checks := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("among %d checks of 5 vantages", checks), func(b *testing.B) {
			c, list := crowd(b, checks)
			n := 0
			for b.Loop() {
				deliver(b, c, list[n%len(list)], n*50%checks, 50)
				if err := c.look(b.Context(), false); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// BenchmarkASweep weighs everything, as happens every five seconds.
func BenchmarkASweep(b *testing.B) {
	c, _ := crowd(b, 10_000)
	for b.Loop() {
		c.sweep()
	}
}
