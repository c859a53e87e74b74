package catalogue

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// withdrawn is a snapshot of six datasets, of which 2 and 5 were withdrawn.
func withdrawn(t *testing.T, mode Tombstones) *Snapshot {
	t.Helper()
	all := samples(6)
	all[1].Withdraw("Doublon", all[0].Ref, now.Add(time.Hour))
	all[4].Withdraw("Retiré", "", now.Add(2*time.Hour))
	r := register(all[0], all[2], all[3], all[5])
	r.Tombstones = append(r.Tombstones, all[1], all[4])
	how := settings()
	how.Tombstones = mode
	s, err := Build(how, r, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhereTombstonesAreListed(t *testing.T) {
	since := "metadata_modified:[" + now.Add(-1000*time.Hour).Format(time.RFC3339) + " TO *]"
	for _, tt := range []struct {
		args                  Args
		window, always, never string
	}{
		{Args{}, "1 3 4 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"fq": since}, "1 2 3 4 5 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"q": since}, "1 2 3 4 5 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"fq": "organization:marhp " + since}, "2 4 6", "2 4 6", "4 6"},
		{Args{"fq_list": []any{since}}, "1 2 3 4 5 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"fq": "metadata_modified:(" + since[len("metadata_modified:"):] + ")"}, "1 2 3 4 5 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"fq": "metadata_modified:[* TO *]"}, "1 3 4 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"fq": "metadata_modified:[" + now.Add(90*time.Minute).Format(time.RFC3339) + " TO *]"}, "5", "5", ""},
		{Args{"fq": "metadata_created:[2020-01-01 TO *]"}, "1 3 4 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"fq": "state:deleted"}, "2 5", "2 5", ""},
		{Args{"fq": "+state:(active OR deleted)"}, "1 2 3 4 5 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"fq": "state:active " + since}, "1 3 4 6", "1 3 4 6", "1 3 4 6"},
		{Args{"fq": "-state:deleted"}, "1 3 4 6", "1 3 4 6", "1 3 4 6"},
		{Args{"include_deleted": "true"}, "1 2 3 4 5 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"include_deleted": "false"}, "1 3 4 6", "1 2 3 4 5 6", "1 3 4 6"},
		{Args{"include_private": "true", "include_drafts": "true"}, "1 3 4 6", "1 2 3 4 5 6", "1 3 4 6"},
	} {
		for mode, want := range map[Tombstones]string{TombstonesWindow: tt.window, TombstonesAlways: tt.always, TombstonesNever: tt.never} {
			if got := strings.Join(found(t, withdrawn(t, mode), tt.args), " "); got != want {
				t.Errorf("%s: %v finds %q; want %q", mode, tt.args, got, want)
			}
		}
	}
}

func TestATombstoneIsAWholePackage(t *testing.T) {
	s := withdrawn(t, TombstonesWindow)
	var got struct {
		Results []ckanPackage
		Facets  map[string]map[string]int
	}
	ask(t, s, "package_search", Args{"fq": "state:deleted", "sort": "id asc", "facet.field": `["state"]`}, &got)
	if len(got.Results) != 2 || got.Facets["state"]["deleted"] != 2 || got.Facets["state"]["active"] != 0 {
		t.Fatalf("%+v", got)
	}
	one := got.Results[0]
	if one.State != "deleted" || one.Name != "production-2" || one.Title == "" || one.OwnerOrg == "" || len(one.Resources) != 1 || one.Private {
		t.Errorf("%+v", one)
	}
	if want := naiveTime(now.Add(time.Hour)); one.MetadataModified != want {
		t.Errorf("metadata_modified %s; want the withdrawal %s", one.MetadataModified, want)
	}
	extras := map[string]string{}
	for _, e := range one.Extras {
		extras[e.Key] = e.Value
	}
	if extras["withdrawal_reason"] != "Doublon" || extras["replaced_by"] != "TN-MARHP-2026-0001" {
		t.Errorf("extras %v", extras)
	}
}

func TestWhoAsksForOneWithdrawnDataset(t *testing.T) {
	for _, tt := range []struct {
		mode   Tombstones
		args   Args
		status int
	}{
		{TombstonesWindow, Args{"id": "production-2"}, 404},
		{TombstonesWindow, Args{"id": "production-2", "include_deleted": true}, 200},
		{TombstonesAlways, Args{"id": sample(2).DatasetID}, 200},
		{TombstonesNever, Args{"id": "production-2", "include_deleted": "true"}, 404},
		{TombstonesNever, Args{"id": "production-1"}, 200},
	} {
		if status, d := withdrawn(t, tt.mode).Act("package_show", tt.args); status != tt.status {
			t.Errorf("%s %v: %d %s; want %d", tt.mode, tt.args, status, d.Bytes(), tt.status)
		}
	}
	for _, mode := range []Tombstones{TombstonesWindow, TombstonesAlways, TombstonesNever} {
		s := withdrawn(t, mode)
		var names []string
		if ask(t, s, "package_list", Args{}, &names); strings.Join(names, " ") != "production-1 production-3 production-4 production-6" {
			t.Errorf("%s: package_list has %v", mode, names)
		}
		var org struct {
			Count    int `json:"package_count"`
			Packages []json.RawMessage
		}
		if ask(t, s, "organization_show", Args{"id": "marhp", "include_datasets": "true"}, &org); org.Count != 2 || len(org.Packages) != 2 {
			t.Errorf("%s: marhp has %d datasets, %d shown", mode, org.Count, len(org.Packages))
		}
		if status, _ := s.Act("resource_show", Args{"id": sample(2).Content.Distributions[0].ID}); status != 404 {
			t.Errorf("%s: a file of a withdrawn dataset answers %d", mode, status)
		}
	}
}

// A dataset that is withdrawn becomes a row of the next snapshot's window, and
// one that comes back is one again.
func TestTombstonesComeAndGoBetweenSnapshots(t *testing.T) {
	before := build(t, samples(3)...)
	gone := sample(2)
	gone.Withdraw("x", "", now)
	r := register(sample(1), sample(3))
	r.Tombstones = append(r.Tombstones, gone)
	after, err := Build(settings(), r, before, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(found(t, after, Args{"fq": "state:deleted"}), " "); got != "2" {
		t.Errorf("after the withdrawal: %q", got)
	}
	again, err := Build(settings(), register(samples(3)...), after, now)
	if err != nil {
		t.Fatal(err)
	}
	for fq, want := range map[string]string{"state:deleted": "", "state:active": "1 2 3"} {
		if got := strings.Join(found(t, again, Args{"fq": fq}), " "); got != want {
			t.Errorf("brought back: %s finds %q; want %q", fq, got, want)
		}
	}
}
