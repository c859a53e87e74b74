package catalogue

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// ckanOrganization is an institution as CKAN has it. The keys that say nothing
// are there because udata asks for each.
type ckanOrganization struct {
	ID                string  `json:"id"`
	Name              string  `json:"name"`
	Title             string  `json:"title"`
	TitleAR           string  `json:"title_ar"`
	DisplayName       string  `json:"display_name"`
	Description       string  `json:"description"`
	ImageURL          string  `json:"image_url"`
	ImageDisplayURL   string  `json:"image_display_url"`
	Type              string  `json:"type"`
	State             string  `json:"state"`
	IsOrganization    bool    `json:"is_organization"`
	ApprovalStatus    string  `json:"approval_status"`
	Created           string  `json:"created"`
	RevisionTimestamp string  `json:"revision_timestamp"`
	RevisionID        string  `json:"revision_id"`
	PackageCount      *int    `json:"package_count,omitempty"`
	NumFollowers      *int    `json:"num_followers,omitempty"`
	Parent            *string `json:"parent,omitempty"`
}

// ckanGroup is a theme as CKAN has it.
type ckanGroup struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Title           string `json:"title"`
	TitleAR         string `json:"title_ar"`
	DisplayName     string `json:"display_name"`
	Description     string `json:"description"`
	ImageURL        string `json:"image_url"`
	ImageDisplayURL string `json:"image_display_url"`
	Type            string `json:"type,omitempty"`
	State           string `json:"state,omitempty"`
	IsOrganization  *bool  `json:"is_organization,omitempty"`
	ApprovalStatus  string `json:"approval_status,omitempty"`
	PackageCount    *int   `json:"package_count,omitempty"`
	NumFollowers    *int   `json:"num_followers,omitempty"`
}

// founded stands for the creation of what has been there since before the register.
const founded = "2016-01-01T00:00:00.000000"

func (w *writer) ckanOrganization(slug string) ckanOrganization {
	i := w.institutions[slug]
	o := ckanOrganization{
		ID: stableID("organization", slug), Name: slug, Title: w.institutionName(slug),
		TitleAR: wording(i.Name, lang.Arabic), DisplayName: w.institutionName(slug),
		Type: "organization", State: "active", IsOrganization: true, ApprovalStatus: "approved",
		Created: founded, RevisionTimestamp: founded, RevisionID: stableID("organization-revision", slug),
	}
	if i.ValidFrom != nil {
		o.Created = naiveTime(*i.ValidFrom)
	}
	if !i.UpdatedAt.IsZero() {
		o.RevisionTimestamp = naiveTime(i.UpdatedAt)
	}
	return o
}

func (w *writer) ckanGroup(t inventory.Theme) ckanGroup {
	return ckanGroup{
		ID: stableID("group", t.Code), Name: t.Code, Title: firstWording(t.Name),
		TitleAR: wording(t.Name, lang.Arabic), DisplayName: firstWording(t.Name),
	}
}

func (w *writer) ckanGroups(c inventory.Content) []ckanGroup {
	groups := []ckanGroup{}
	if t, ok := w.themes[c.Theme]; ok {
		groups = append(groups, w.ckanGroup(t))
	}
	return groups
}

// counted is an organization or group with the number of its datasets.
type counted struct {
	id, name, title string
	count           int
	full            any
}

// organizations lists every institution that has datasets or may get some.
func (w *writer) organizations(counts map[string]int, now time.Time) []counted {
	slugs := maps.Clone(counts)
	for slug, i := range w.institutions {
		if i.Exists(now) {
			slugs[slug] += 0
		}
	}
	var out []counted
	for slug := range slugs {
		o, n, none := w.ckanOrganization(slug), counts[slug], 0
		o.PackageCount, o.NumFollowers = &n, &none
		if parent := w.institutions[slug].Parent; parent != "" {
			o.Parent = &parent
		}
		out = append(out, counted{o.ID, o.Name, o.Title, n, o})
	}
	slices.SortFunc(out, func(a, b counted) int { return cmp.Compare(a.name, b.name) })
	return out
}

// groups lists every theme.
func (w *writer) groups(counts map[string]int) []counted {
	var out []counted
	for _, t := range w.vocabulary.Themes {
		g, n, none, no := w.ckanGroup(t), counts[t.Code], 0, false
		g.PackageCount, g.NumFollowers, g.IsOrganization = &n, &none, &no
		g.Type, g.State, g.ApprovalStatus = "group", "active", "approved"
		out = append(out, counted{g.ID, g.Name, g.Title, n, g})
	}
	slices.SortFunc(out, func(a, b counted) int { return cmp.Compare(a.name, b.name) })
	return out
}

// ckanLicence is one row of license_list.
type ckanLicence struct {
	ID             string `json:"id"`
	Title          string `json:"title"`
	TitleAR        string `json:"title_ar"`
	URL            string `json:"url"`
	Status         string `json:"status"`
	Maintainer     string `json:"maintainer"`
	Family         string `json:"family"`
	Generic        bool   `json:"is_generic"`
	DomainData     bool   `json:"domain_data"`
	DomainContent  bool   `json:"domain_content"`
	DomainSoftware bool   `json:"domain_software"`
	ODConformance  string `json:"od_conformance"`
	OSDConformance string `json:"osd_conformance"`
}

// licenceList lists the licences that an entry can be approved under.
func (w *writer) licenceList() []ckanLicence {
	out := []ckanLicence{}
	for _, l := range w.vocabulary.Licences {
		if l.AliasOf != "" || l.PortalID == "" || l.Approvable == "no" {
			continue
		}
		row := ckanLicence{
			ID: l.PortalID, Title: firstWording(l.Name), TitleAR: wording(l.Name, lang.Arabic), Status: "active",
			DomainData: true, ODConformance: "not reviewed", OSDConformance: "not reviewed",
		}
		row.URL, _ = cleanIRI(l.URL)
		if isOpenLicence(l) {
			row.ODConformance = "approved"
		}
		out = append(out, row)
	}
	return out
}

// licenceTitle is the name of the licence that portals know by this id.
func (w *writer) licenceTitle(portalID string) string {
	for _, l := range w.vocabulary.Licences {
		if l.PortalID == portalID && l.AliasOf == "" {
			return firstWording(l.Name)
		}
	}
	return ""
}
