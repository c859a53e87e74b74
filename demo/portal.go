package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/portal"
)

// Portal is where the national portal of the story stands.
const Portal = "https://catalogue.portail.example"

// NationalReader is what the national portal is called among the readers.
const NationalReader = "portail-national"

// habit is when a reader comes, and how it goes.
type habit struct {
	consumer string
	client   harvest.Kind
	network  string
	dialect  string
	scope    harvest.Scope
	every    int // days
	hour     int
	took     time.Duration
	pages    bool  // counts pages, not rows
	fails    []int // days ago on which it stopped half-way
}

func habits() []habit {
	return []habit{
		{NationalReader, harvest.CKAN, "193.95.66.0/24", "package_search", harvest.Changes, 1, 2, 9 * time.Second, false, []int{9, 4}},
		{NationalReader, harvest.CKAN, "193.95.66.0/24", "package_search", harvest.Whole, 7, 4, 41 * time.Second, false, nil},
		{"dcat", harvest.DCAT, "196.203.10.0/24", "catalog.ttl", harvest.Whole, 2, 1, 12 * time.Second, true, []int{6}},
		{"udata", harvest.Udata, "2a01:e0a:1f::/48", "package_list", harvest.Whole, 3, 0, 95 * time.Second, false, []int{0, 3, 6, 9, 12}},
		{"piveau", harvest.Piveau, "2001:4dd0:af::/48", "catalog.rdf", harvest.Whole, 7, 5, 17 * time.Second, true, nil},
		{"gsa", harvest.GSA, "198.51.100.0/24", "data.json", harvest.Whole, 10, 6, time.Second, false, nil},
	}
}

// Harvests are the walks of the last weeks through a catalogue of so many
// datasets, the first first. Version is the register's today.
func Harvests(now time.Time, datasets int, version int64) []harvest.Receipt {
	var all []harvest.Receipt
	for ago := 20; ago >= 0; ago-- {
		for _, h := range habits() {
			day := now.AddDate(0, 0, -ago)
			at := time.Date(day.Year(), day.Month(), day.Day(), h.hour, 7, ago%60, 0, now.Location())
			if ago%h.every != 0 || !at.Before(now.Add(-h.took)) {
				continue
			}
			all = append(all, h.walk(at, ago, datasets, max(1, version-int64(ago*3+1))))
		}
	}
	return all
}

func (h habit) walk(at time.Time, ago, datasets int, version int64) harvest.Receipt {
	total := datasets - ago
	switch {
	case h.dialect == "data.json":
		total = 1
	case h.pages:
		total = (total + 99) / 100
	case h.scope == harvest.Changes:
		total = 3 + ago*5%17
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d", version))
	end := at.Add(h.took)
	r := harvest.Receipt{
		ID: fmt.Sprintf("demo-%s-%s-%02d", h.consumer, h.scope, ago), Consumer: h.consumer, Client: h.client, Network: h.network, Dialect: h.dialect, Scope: h.scope,
		Snapshot: hex.EncodeToString(sum[:8]), Version: version, SnapshotAt: at.Add(-time.Hour), BegunAt: at, SeenAt: end, EndedAt: &end,
		Reached: total, Total: total, Requests: total/100 + 2,
	}
	for _, day := range h.fails {
		if day == ago {
			r.EndedAt, r.Reached = nil, total*2/5
		}
	}
	return r
}

// OnPortal is what the portal shows of ours: the same, but for what a portal
// does to some. It is false for those that never arrived. n counts through
// everything that is offered.
func OnPortal(ours portal.Package, n int) (theirs portal.Package, arrived bool) {
	theirs = ours
	switch n % 97 {
	case 11:
		return theirs, false // refused there, and nobody looked at the log
	case 23:
		theirs.Licence = []string{"notspecified"}
	case 37:
		theirs.Titles = []string{firstWords(ours.Titles, 4)}
	case 41:
		theirs.Resources = append([]string{}, ours.Resources[:len(ours.Resources)/2]...)
	case 53:
		theirs.Frequency = []string{"annuelle"}
	case 71:
		theirs.Modified = ours.Modified.AddDate(0, -2, 0)
	case 83:
		theirs.Notes = []string{firstWords(ours.Notes, 12) + "…"}
	}
	return theirs, true
}

func firstWords(texts []string, n int) string {
	if len(texts) == 0 {
		return ""
	}
	words := strings.Fields(texts[0])
	return strings.Join(words[:min(n, len(words))], " ")
}

// Elsewhere are the packages that the portal has from others, by source, and
// one that claims to be ours.
func Elsewhere(base string) []portal.Package {
	var all []portal.Package
	for source, n := range map[string]int{"Institut national de la statistique": 214, "Open Data Agriculture": 1180, "Ville de Sfax": 37, "": 9} {
		for k := range n {
			all = append(all, portal.Package{ID: fmt.Sprintf("%s-%d", source, k), Name: fmt.Sprintf("jeu-%s-%d", source, k), Source: source})
		}
	}
	return append(all, portal.Package{
		ID: "7d0a6f1e-2f4b-4a53-9a55-6f3f2f7a9b10", Name: "essai-moissonnage-2025", Titles: []string{"Essai de moissonnage (2025)"},
		Claims: []string{base + "/dataset/11111111-2222-4333-8444-555555555555"},
	})
}
