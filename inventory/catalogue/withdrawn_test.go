package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// buried is the nth sample, withdrawn the given time before now.
func buried(n int, ago time.Duration, reason, replacement string) inventory.Publication {
	p, at := sample(n), now.Add(-ago)
	p.WithdrawnAt, p.WithdrawalReason, p.ReplacedBy = &at, reason, replacement
	return p
}

func buildWith(t *testing.T, s Settings, gone []inventory.Publication, live ...inventory.Publication) *Snapshot {
	t.Helper()
	r := register(live...)
	r.Tombstones = gone
	snap, err := Build(s, r, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// recordsOf lists the UUIDs of the withdrawn that a page tells of.
func recordsOf(t *testing.T, s *Snapshot, number int) (ids []string) {
	t.Helper()
	page, _ := s.Page(Turtle, number)
	all, err := readTurtle(page.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.predicate == expand("adms:status") && strings.HasSuffix(x.object.value, "/WITHDRAWN") {
			ids = append(ids, strings.TrimSuffix(strings.TrimPrefix(x.subject, "https://jard.example/dataset/"), "#record"))
		}
	}
	return ids
}

func TestWithdrawnDatasetsStandInTheFeedAsRecordsAndNotAsDatasets(t *testing.T) {
	live := samples(250)
	var gone []inventory.Publication
	for _, n := range []int{1, 50, 100, 101, 249, 250} {
		gone = append(gone, buried(n, time.Hour, "Fusionné", sample(7).Ref))
	}
	s := buildWith(t, settings(), gone, live...)
	seen := map[string]int{}
	for number := 1; number <= s.Pages(); number++ {
		var before []triple
		for _, f := range []Format{Turtle, JSONLD} {
			page, _ := s.Page(f, number)
			all, err := map[Format]func([]byte) ([]triple, error){Turtle: readTurtle, JSONLD: readJSONLD}[f](page.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if err := conforms(all, spellProfile()); err != nil {
				t.Errorf("page %d in %s: %v", number, f, err)
			}
			if before != nil && !sameTriples(apart(before), apart(all)) {
				t.Errorf("page %d says something else in %s", number, f)
			}
			before = all
			for _, x := range all {
				for _, p := range gone {
					if x.predicate == expand("rdf:type") && x.object.value == expand("dcat:Dataset") && strings.HasSuffix(x.subject, p.DatasetID) {
						t.Errorf("page %d in %s: %s stands there as a dataset", number, f, p.Ref)
					}
				}
			}
		}
		for _, id := range recordsOf(t, s, number) {
			seen[id]++
		}
	}
	if len(seen) != len(gone) {
		t.Errorf("told of %d; want %d", len(seen), len(gone))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s is told of %d times", id, n)
		}
	}
}

func TestPagesTellOfWithdrawalsForAWhile(t *testing.T) {
	gone := []inventory.Publication{
		buried(2, 399*24*time.Hour, "", ""), buried(3, 401*24*time.Hour, "", ""), buried(4, time.Hour, "", ""),
	}
	for period, want := range map[time.Duration][]int{0: {2, 4}, 24 * time.Hour: {4}, 500 * 24 * time.Hour: {2, 3, 4}, -1: nil} {
		rules := settings()
		rules.TombstonesFor = period
		var ids []string
		for _, n := range want {
			ids = append(ids, sample(n).DatasetID)
		}
		if got := recordsOf(t, buildWith(t, rules, gone, sample(1)), 1); !slices.Equal(got, ids) {
			t.Errorf("for %s: %v; want %v", period, got, ids)
		}
	}
	// The clock does not matter, only the register does.
	a, err := Build(settings(), Register{Publications: samples(2), Tombstones: gone[1:], Vocabulary: vocabulary(), Institutions: tree()}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Build(settings(), Register{Publications: samples(2), Tombstones: gone[1:], Vocabulary: vocabulary(), Institutions: tree()}, nil, now.AddDate(3, 0, 0))
	if err != nil || a.ID != b.ID {
		t.Errorf("three years later the same register is %s, not %s (%v)", b.ID, a.ID, err)
	}
}

func TestPagesTellOfTheNewestWithdrawalsWhenThereAreTooMany(t *testing.T) {
	gone := map[string]inventory.Publication{}
	for n := range tombstonesMost + 50 {
		p := buried(n, time.Duration(n)*time.Second, "", "")
		gone[p.DatasetID] = p
	}
	kept := told(settings(), gone, now)
	if len(kept) != tombstonesMost || !slices.IsSortedFunc(kept, func(a, b inventory.Publication) int { return strings.Compare(a.DatasetID, b.DatasetID) }) {
		t.Errorf("%d kept", len(kept))
	}
	for _, p := range kept {
		if p.WithdrawnAt.Before(now.Add(-tombstonesMost * time.Second)) {
			t.Errorf("%s is not among the newest", p.Ref)
		}
	}
}

func TestAWithdrawalIsToldInTheLanguageOfItsReason(t *testing.T) {
	for reason, want := range map[string]string{
		"Doublon": `dct:description "Doublon"@fr`, "أُدمجت في مجموعة أخرى": `"@ar`, "مكرر (CSV)": `"@ar`, "2026": `"2026"@fr`,
		"  \x00 ": "", "": "",
	} {
		s := buildWith(t, settings(), []inventory.Publication{buried(2, time.Hour, reason, "")}, sample(1))
		g, _ := s.Gone(sample(2).DatasetID)
		written := string(s.Tombstone(g, Turtle).Bytes())
		if (want == "") == strings.Contains(written, "dct:description") || !strings.Contains(written, want) {
			t.Errorf("%q is written as\n%s", reason, written)
		}
	}
}

func FuzzTombstone(f *testing.F) {
	f.Add("Doublon", "title", "ref")
	f.Add("\x00\u202e<\"\\", "", "TN-MARHP-2026-0001")
	f.Fuzz(func(t *testing.T, reason, title, replacement string) {
		p := buried(2, time.Hour, reason, replacement)
		p.Content.Title["fr"] = title
		s := buildWith(t, settings(), []inventory.Publication{p}, sample(1))
		page, _ := s.Page(JSONLD, 1)
		fromJSON, err := readJSONLD(page.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		page, _ = s.Page(Turtle, 1)
		fromTurtle, err := readTurtle(page.Bytes())
		if err != nil || !sameTriples(apart(fromJSON), apart(fromTurtle)) {
			t.Errorf("%v: %s", err, fmt.Sprintf("%q %q", reason, title))
		}
	})
}
