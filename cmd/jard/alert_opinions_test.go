package main

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

func TestOpinionsOfTwoFortnights(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		answers := surveydb.New(db, func() time.Time { return now })
		data, err := questions.Files.ReadFile("portal-tn.yaml")
		if err != nil {
			t.Fatal(err)
		}
		set, _ := survey.ReadSet(data)
		if err := answers.Seed(t.Context(), identity.System("seed"), set); err != nil {
			t.Fatal(err)
		}
		if err := db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}}).Error; err != nil {
			t.Fatal(err)
		}
		for _, slug := range []string{"cin", "tax"} {
			v := monitor.Service{
				Slug: slug, Name: lang.Text{"fr": slug}, Institution: "mi", State: monitor.Active, URL: "https://example.tn", Tier: monitor.Normal, LifeEvent: "justice",
				Languages: []lang.Tag{lang.French}, Revision: 1, CreatedAt: now, UpdatedAt: now,
			}
			if err := db.Create(&v).Error; err != nil {
				t.Fatal(err)
			}
		}
		end := now
		say := func(service string, daysAgo, n int) {
			now = end.AddDate(0, 0, -daysAgo)
			for i := range n {
				f := &survey.Form{
					Service: service, Channel: survey.Web, Language: lang.French, Took: time.Minute, Key: fmt.Sprint(service, daysAgo, i),
					Answers: map[string]string{"ease": "1", "satisfaction": fmt.Sprint(1 + i%2), "finished": "no", "clarity": "3", "office": "no"},
				}
				if _, err := answers.Accept(t.Context(), f, netip.AddrFrom4([4]byte{41, byte(daysAgo), byte(i), 1})); err != nil {
					t.Fatal(err)
				}
			}
			now = end
		}
		say("cin", 3, 15)
		say("cin", 20, 15)
		say("tax", 20, 15) // nothing lately
		say("tax", 0, 15)  // today is not over
		o := &opinions{answers: answers}
		got, err := o.of(t.Context(), now)
		if err != nil || len(got["cin"]) != 2 || len(got["tax"]) != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		for n, one := range got["cin"] {
			if one.N != 15 || one.High >= survey.RedMean || one.To.Sub(one.From) != alert.Fortnight*24*time.Hour {
				t.Errorf("fortnight %d: %+v", n, one)
			}
		}
		say("tax", 3, 15)
		if again, err := o.of(t.Context(), now.Add(time.Minute)); err != nil || len(again["tax"]) != 0 {
			t.Errorf("read again at once: %+v, %v", again, err)
		}
		if again, err := o.of(t.Context(), now.Add(opinionsHold)); err != nil || len(again["tax"]) != 2 {
			t.Errorf("read again later: %+v, %v", again, err)
		}
	})
}
