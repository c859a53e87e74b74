package inventorydb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
)

var weekly = file.Pace{Every: 7 * 24 * time.Hour, Retry: 2 * time.Hour}

// fileOf returns the one public file of a dataset.
func fileOf(t *testing.T, s *Store, ref string) file.File {
	t.Helper()
	all, err := s.Files(t.Context(), nobody, ref)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all[0]
}

// look keeps a look at the file of a dataset as if its content were so.
func look(t *testing.T, s *Store, ref, content string) file.File {
	t.Helper()
	f := fileOf(t, s, ref)
	rows := int64(len(content))
	sight := &file.Sight{
		At: s.now(), Status: 200, Format: file.CSV, Bytes: 10, Whole: true, Hash: content, Rows: &rows, Columns: 1,
		Profile: file.Profile{Rows: rows, Columns: []file.Column{{Name: "Date", Kind: file.Day, Min: "2026-01-01", Max: "2026-11-18"}}},
	}
	if content == "" {
		sight = &file.Sight{At: s.now(), Reason: file.Gone, Status: 404, Bytes: -1}
	}
	kept, err := s.KeepLook(t.Context(), &f, sight, weekly, &file.Host{Host: f.Host, NotBefore: s.now().Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	return *kept
}

func TestFilesFollowWhatIsPublic(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		if f := fileOf(t, s, d.Ref); f.State != file.Unknown || f.Declared != "CSV" || f.Institution != "marhp" || !f.NextAt.Equal(start) {
			t.Errorf("after the approval: %+v", f)
		}
		look(t, s, d.Ref, "a")
		if _, err := edit(s, d.Ref, 0, func(c *inventory.Content) { c.Distributions[0].URL = "https://www.agriculture.tn/autre.csv" }); err != nil {
			t.Fatal(err)
		}
		if f := fileOf(t, s, d.Ref); f.Hash != "a" {
			t.Error("a draft moves the public file")
		}
		c.t = start.AddDate(0, 0, 1)
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := approve(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		if f := fileOf(t, s, d.Ref); f.URL != "https://www.agriculture.tn/autre.csv" || f.Hash != "" || f.State != file.Unknown {
			t.Errorf("another address: %+v", f)
		}
		if _, err := withdraw(s, d.Ref, ""); err != nil {
			t.Fatal(err)
		}
		if all, err := s.Files(t.Context(), officer, d.Ref); err != nil || len(all) != 0 {
			t.Errorf("withdrawn: %d files, %v", len(all), err)
		}
		// From before there were files.
		old := published(t, s, "Pluies")
		if err := db.Where("1 = 1").Delete(&file.File{}).Error; err != nil {
			t.Fatal(err)
		}
		for want := range 2 {
			made, err := s.FollowFiles(t.Context())
			if err != nil || made != 1-want {
				t.Errorf("followed %d, %v", made, err)
			}
		}
		fileOf(t, s, old.Ref)
	})
}

func TestAChangedFileMeetsThePromise(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages") // monthly, data of October
		look(t, s, d.Ref, "a")
		reads(t, s, d.Ref, "2026-11 future, 2026-12 future")
		c.t = start.AddDate(0, 0, 2)
		look(t, s, d.Ref, "a")
		reads(t, s, d.Ref, "2026-11 future, 2026-12 future")
		c.t = start.AddDate(0, 0, 3)
		f := look(t, s, d.Ref, "b")
		reads(t, s, d.Ref, "2026-11 met, 2026-12 future")
		if f.Flag != file.Silent || f.ChangedAt == nil {
			t.Errorf("flag %q", f.Flag)
		}
		rows, err := s.Obligations(t.Context(), nobody, d.Ref)
		if err != nil {
			t.Fatal(err)
		}
		o := rows[1]
		if o.Evidence != inventory.Observed || o.ContentHash != "b" || o.ContentRows == nil || *o.ContentRows != 1 || o.EvidenceBy != "" || o.EvidenceDay != "2026-11-19" {
			t.Errorf("evidence %+v", o)
		}
		stored, err := s.Get(t.Context(), officer, d.Ref)
		if err != nil || stored.Revision != d.Revision || stored.DueAt == nil || !stored.DueAt.After(*d.DueAt) {
			t.Errorf("revision %d, due %v; %v", stored.Revision, stored.DueAt, err)
		}
		var lines []audit.Line
		if err := db.Where("act = ?", "dataset.observe").Find(&lines).Error; err != nil || len(lines) != 1 || lines[0].Institution != "marhp" {
			t.Errorf("%d lines, %v", len(lines), err)
		}
		// A declaration afterwards explains it.
		c.t = start.AddDate(0, 0, 4)
		if _, err := refresh(s, officer, d.Ref, "2026-11-20"); err != nil {
			t.Fatal(err)
		}
		if f := look(t, s, d.Ref, "b"); f.Flag != file.NoFlag {
			t.Errorf("flag %q", f.Flag)
		}
	})
}

func TestADatedFileProvesAsFarAsItGoes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		look(t, s, d.Ref, "a")
		id := fileOf(t, s, d.Ref).DistributionID
		if _, err := s.DateFile(t.Context(), officer, d.Ref, id, "Date"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DateFile(t.Context(), officer, d.Ref, id, "Autre"); kind(err) != fault.Invalid {
			t.Errorf("a column that is not there: %v", err)
		}
		if _, err := s.DateFile(t.Context(), committee, d.Ref, id, "Date"); kind(err) != fault.Forbidden {
			t.Errorf("the committee names a column: %v", err)
		}
		if _, err := s.DateFile(t.Context(), officer, d.Ref, "none", "Date"); kind(err) != fault.NotFound {
			t.Errorf("a distribution that is not there: %v", err)
		}
		c.t = time.Date(2026, time.December, 10, 9, 0, 0, 0, time.UTC)
		roll(t, s)
		look(t, s, d.Ref, "b") // its newest date is of November
		reads(t, s, d.Ref, "2026-11 late, 2026-12 future, 2027-01 future")
		rows, err := s.Obligations(t.Context(), nobody, d.Ref)
		if err != nil || rows[2].MetAt == nil || rows[1].MetAt != nil {
			t.Errorf("%+v, %v", rows, err)
		}
		c.t = time.Date(2026, time.December, 12, 9, 0, 0, 0, time.UTC)
		if f := look(t, s, d.Ref, "c"); f.Flag != file.Short {
			t.Errorf("December is owed and November came: flag %q", f.Flag)
		}
	})
}

func TestLooksAreKeptAndBounded(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		for n := range file.KeptLooks + 5 {
			c.t = start.Add(time.Duration(n) * time.Hour)
			look(t, s, d.Ref, "a")
		}
		f := fileOf(t, s, d.Ref)
		looks, err := s.FileLooks(t.Context(), nobody, d.Ref, f.DistributionID, false)
		if err != nil || len(looks) != file.KeptLooks || !looks[0].At.Equal(c.t) || looks[0].Change != file.Identical {
			t.Errorf("%d looks, %v", len(looks), err)
		}
		if _, err := s.FileLooks(t.Context(), nobody, d.Ref, f.DistributionID, true); kind(err) != fault.NotFound {
			t.Errorf("the public reads looks at a draft: %v", err)
		}
		// A look at an address that the entry no longer names is dropped.
		f.URL = "https://www.agriculture.tn/ancien.csv"
		if _, err := s.KeepLook(t.Context(), &f, &file.Sight{At: c.t}, weekly, nil); kind(err) != fault.NotFound {
			t.Errorf("a look at another address: %v", err)
		}
		for range 3 { // and what cannot be kept leaves nothing behind
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			f = fileOf(t, s, d.Ref)
			if _, err := s.KeepLook(ctx, &f, &file.Sight{At: c.t, Status: 200, Whole: true, Hash: "z"}, weekly, nil); err == nil {
				t.Error("kept without a database")
			}
		}
		if f := fileOf(t, s, d.Ref); f.Hash != "a" {
			t.Error("half a look was kept")
		}
	})
}

func TestWhoIsDue(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		due := func(only, busy []string) string {
			all, err := s.DueFiles(t.Context(), weekly, only, busy, 10)
			if err != nil {
				t.Fatal(err)
			}
			out := ""
			for _, f := range all {
				out += f.Ref + " "
			}
			return out
		}
		a, b := published(t, s, "Barrages"), published(t, s, "Pluies")
		if got := due(nil, nil); got != a.Ref+" " && got != b.Ref+" " {
			t.Errorf("two files of one site: %q", got)
		}
		if due(nil, []string{"www.agriculture.tn"}) != "" || due([]string{"autre.tn"}, nil) != "" || due([]string{"www.agriculture.tn"}, nil) == "" {
			t.Error("sites that are busy, or not among those to look at")
		}
		look(t, s, a.Ref, "a") // leaves the site alone for a minute
		if got := due(nil, nil); got != "" {
			t.Errorf("a site that rests: %q", got)
		}
		c.t = start.Add(2 * time.Minute)
		if got := due(nil, nil); got != b.Ref+" " {
			t.Errorf("after the rest: %q; want %q", got, b.Ref)
		}
		look(t, s, b.Ref, "b")
		c.t = start.AddDate(0, -2, 0) // the clock is put back by months
		if got := due(nil, nil); got == "" {
			t.Error("a clock that was put back silences looks")
		}
		c.t = start.AddDate(0, 0, 12)
		if got := due(nil, nil); got == "" {
			t.Error("nothing is due after twelve days")
		}
	})
}

func TestWhoMayReadFilesToMend(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		look(t, s, d.Ref, "a")
		for _, hours := range []int{1, 3, 40} {
			c.t = start.Add(time.Duration(hours) * time.Hour)
			look(t, s, d.Ref, "")
		}
		for by, want := range map[*identity.Actor]int{&officer: 1, &reviewer: 1, &committee: 1, &stranger: 0} {
			list, err := s.FileList(t.Context(), *by, FileFilter{})
			if err != nil || list.Total != want || len(list.Items) != want {
				t.Errorf("%s: %d files, %v", by.Account, list.Total, err)
			}
			if want == 1 && (list.Items[0].State != file.Broken || list.Items[0].Dataset.Content.Title["fr"] != "Barrages") {
				t.Errorf("%+v", list.Items[0])
			}
		}
		if _, err := s.FileList(t.Context(), nobody, FileFilter{}); kind(err) != fault.Unauthenticated {
			t.Errorf("nobody: %v", err)
		}
		for f, want := range map[FileFilter]int{
			{State: file.OK}: 0, {State: file.Broken}: 1, {All: true}: 1, {Institution: "ms"}: 0, {Institution: "marhp", Limit: 1}: 1, {Flag: file.Silent}: 0,
		} {
			if list, err := s.FileList(t.Context(), reviewer, f); err != nil || list.Total != want {
				t.Errorf("%+v: %d, %v", f, list.Total, err)
			}
		}
		for _, f := range []FileFilter{{State: "weird"}, {Flag: "weird"}} {
			if _, err := s.FileList(t.Context(), reviewer, f); kind(err) != fault.Invalid {
				t.Errorf("%+v: %v", f, err)
			}
		}
		counts, err := s.FileCounts(t.Context())
		if err != nil || fmt.Sprint(counts) != "[{marhp broken 1}]" {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

func TestAskingForALook(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := create(t, s, "Barrages")
		id := d.Content.Distributions[0].ID
		f, err := s.AskLook(t.Context(), officer, d.Ref, id)
		if err != nil || !f.Draft || f.Institution != "marhp" {
			t.Fatalf("%+v, %v", f, err)
		}
		if _, err := s.KeepLook(t.Context(), f, &file.Sight{At: s.now(), Status: 200, Format: file.CSV, Whole: true, Bytes: 3, Hash: "a"}, weekly, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AskLook(t.Context(), officer, d.Ref, id); kind(err) != fault.Throttled {
			t.Errorf("again at once: %v", err)
		}
		if _, err := s.AskLook(t.Context(), stranger, d.Ref, id); kind(err) != fault.NotFound {
			t.Errorf("another institution: %v", err)
		}
		if _, err := s.AskLook(t.Context(), committee, d.Ref, id); kind(err) != fault.Forbidden {
			t.Errorf("the committee: %v", err)
		}
		if _, err := s.AskLook(t.Context(), officer, d.Ref, "none"); kind(err) != fault.NotFound {
			t.Errorf("no such distribution: %v", err)
		}
		if _, err := s.Files(t.Context(), nobody, d.Ref); err == nil {
			t.Error("the public reads the files of a draft")
		}
		// Published as it is, what was seen of the draft is not lost.
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := approve(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		if f := fileOf(t, s, d.Ref); f.Hash != "a" || f.State != file.OK {
			t.Errorf("%+v", f)
		}
		if f, err := s.AskLook(t.Context(), reviewer, d.Ref, id); f != nil && f.Draft {
			t.Errorf("the draft is asked for where it is public: %v", err)
		}
	})
}

func TestLinksCountInTheScore(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		total := func() (int, int) {
			lines, err := s.Quality(t.Context(), reviewer, "")
			if err != nil || len(lines) != 1 {
				t.Fatalf("%d lines, %v", len(lines), err)
			}
			score := lines[0].Measurement.Score()
			return score.Total, score.Reachable
		}
		before, hope := total()
		if hope != before+50 {
			t.Fatalf("%d, in hope %d", before, hope)
		}
		look(t, s, d.Ref, "a")
		if now, reach := total(); now != before+50 || reach != now {
			t.Errorf("it answers: %d, in hope %d; before %d", now, reach, before)
		}
		for _, hours := range []int{1, 3, 40} {
			c.t = start.Add(time.Duration(hours) * time.Hour)
			look(t, s, d.Ref, "")
		}
		if now, reach := total(); now != before || reach != now {
			t.Errorf("it is broken: %d, in hope %d", now, reach)
		}
	})
}
