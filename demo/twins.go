package demo

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// SectorPortal is where the story's ministry of agriculture publishes besides.
const SectorPortal = "catalog.agridata.tn"

// Again describes a dataset a second time as another body would: the same data
// under a title with an article more, listed on the sector portal as well.
func Again(c inventory.Content) inventory.Content {
	again := c.Clean()
	again.Title = lang.Text{"fr": "Données sur : " + c.Title["fr"], "ar": c.Title["ar"]}
	again.Description = lang.Text{"fr": c.Description["fr"], "ar": c.Description["ar"]}
	again.DataModified = ""
	return again.WithOrigin(inventory.Origin{Portal: SectorPortal, ID: inventory.Slug(c.Title["fr"])})
}

// PortalList is the list that the officer fetched from the sector portal: two
// datasets that the register has, and one that is new.
func PortalList(now time.Time, known ...string) (name string, data []byte) {
	type resource struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Format string `json:"format"`
		URL    string `json:"url"`
	}
	type entry struct {
		Name      string     `json:"name"`
		Title     string     `json:"title"`
		Notes     string     `json:"notes"`
		Frequency string     `json:"frequency_update"`
		Licence   string     `json:"license_id"`
		Resources []resource `json:"resources"`
	}
	var list struct {
		Results []entry `json:"results"`
	}
	for _, title := range append(known, "Stations de pompage des périmètres publics irrigués") {
		slug := inventory.Slug(title)
		list.Results = append(list.Results, entry{
			slug, "Liste de : " + strings.ToLower(title[:1]) + title[1:], "Repris du portail sectoriel le " + now.Format("02/01/2006") + ".", "annual",
			"licence-nationale-de-donnees-publiques-ouvertes",
			[]resource{{slug, title, "CSV", "https://" + SectorPortal + "/dataset/" + slug + "/resource/" + slug + ".csv"}},
		})
	}
	data, _ = json.MarshalIndent(list, "", " ") // strings cannot fail
	return "agridata.json", data
}
