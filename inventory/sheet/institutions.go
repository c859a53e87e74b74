package sheet

import (
	"io/fs"
	"regexp"
	"strings"

	"github.com/jard-odi/jard/identity"
)

// slugs are what an address of an institution may look like.
var slugs = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// ReadInstitutions reads ministries.csv and bodies.csv of a directory such as
// configs/pilot, ministries first; a file that is not there brings none. A slug
// is the lower-cased id of the file.
func ReadInstitutions(dir fs.FS) ([]identity.Institution, error) {
	var c collector
	var all []identity.Institution
	kinds := map[string]identity.Kind{}
	add := func(t table, l line, i identity.Institution) {
		if i.Slug = strings.ToLower(l.get("id")); !slugs.MatchString(i.Slug) {
			c.at(t, l, "id %q makes no slug", l.get("id"))
		}
		if _, ok := kinds[i.Slug]; ok {
			c.at(t, l, "id %q appears twice", l.get("id"))
		}
		if i.Name = l.text("name"); i.Name["fr"] == "" {
			c.at(t, l, "name_fr is empty")
		}
		i.Acronym, i.Site, i.PortalOrg = l.get("acronym"), l.get("site"), l.get("portal_org_slug")
		kinds[i.Slug] = i.Kind
		all = append(all, i)
	}
	err := eachLine(dir, "ministries.csv", []string{"id", "name_fr", "pilot_proposal"}, func(t table, l line, _ int) {
		add(t, l, identity.Institution{
			Kind: identity.Ministry, Pilot: l.get("pilot_proposal") == "yes",
			Provenance: "name " + l.get("name_provenance") + ", site " + l.get("site_provenance"),
		})
	})
	if err != nil {
		c.errs = append(c.errs, err)
	}
	err = eachLine(dir, "bodies.csv", []string{"id", "name_fr", "kind", "parent"}, func(t table, l line, _ int) {
		i := identity.Institution{
			Kind: identity.Kind(l.get("kind")), Parent: strings.ToLower(l.get("parent")), Provenance: l.get("provenance"),
		}
		if !i.Kind.Valid() || i.Kind == identity.Ministry {
			c.at(t, l, "kind %q is no kind of body", l.get("kind"))
		}
		if _, ok := kinds[i.Parent]; !ok {
			c.at(t, l, "parent %q is unknown", l.get("parent"))
		}
		add(t, l, i)
	})
	if err != nil {
		c.errs = append(c.errs, err)
	}
	return all, c.join()
}
