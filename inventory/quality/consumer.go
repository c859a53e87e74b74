package quality

import (
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/lang"
)

// Consumer is a kind of portal that reads the catalogue.
type Consumer string

// The consumers, and how each reads: they differ in what they refuse and change.
const (
	CKAN    Consumer = "ckan"     // ckanext-harvest, by the Action API
	DCATRDF Consumer = "dcat_rdf" // ckanext-dcat, by the pages
	UData   Consumer = "udata"
	GSA     Consumer = "gsa" // by data.json
)

// Note is what one kind of portal does about an entry, besides what all do.
type Note struct {
	Consumer Consumer
	Finding
}

// Notes tells what single consumers will refuse or change of c.
func Notes(c inventory.Content, shown catalogue.Preview) []Note {
	var notes []Note
	add := func(who Consumer, effect Effect, field, key string, args ...any) {
		notes = append(notes, Note{who, Finding{effect, field, key, args}})
	}
	if c.Title[string(lang.Arabic)] == "" && shown.Title != "" {
		add(CKAN, Changes, "title.ar", "twins.portal.no_arabic")
	}
	if c.Title[string(lang.French)] != "" && inventory.Slug(c.Title[string(lang.French)]) == "" || c.Title[string(lang.French)] == "" {
		add(DCATRDF, Changes, "title.fr", "twins.portal.dcat_name")
	}
	kept := 0
	for _, r := range shown.Resources {
		if !r.Left {
			kept++
		}
	}
	if kept == 0 {
		add(UData, Refuses, "distributions", "twins.portal.udata_no_resource")
	}
	if !catalogue.KeywordsClaimed(c.Keywords) {
		add(GSA, Changes, "keywords.fr", "twins.portal.gsa_keyword")
	}
	if utf8.RuneCountInString(c.LegalGround) > gsaRights {
		add(GSA, Changes, "legal_ground", "twins.portal.gsa_rights", gsaRights)
	}
	for n, x := range c.Distributions {
		if claims, ok := catalogue.ClaimsOf(x); ok && claims.Download != "" && claims.MediaType == "" {
			add(GSA, Changes, field(n, "media_type"), "twins.portal.gsa_media", n+1)
		}
	}
	return notes
}

// gsaRights is how many characters data.json keeps of what limits access.
const gsaRights = 255

// Named tells when the entry cannot have the name that its title asks for:
// another dataset has it, and names never change hands.
func (p *Preflight) Named(c inventory.Content, fixed bool) {
	wanted := inventory.Slug(c.Title.In(lang.French))
	if !fixed && wanted != "" && p.Shown.Name != wanted {
		p.changes("title.fr", "twins.portal.slug_taken", wanted, p.Shown.Name)
	}
}
