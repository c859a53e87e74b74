package catalogue

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// naive is how CKAN writes an instant: UTC without saying so, and always as
// many digits, because its harvester compares these as text.
const naive = "2006-01-02T15:04:05.000000"

func naiveTime(t time.Time) string { return t.UTC().Format(naive) }

// ckanPackage is a dataset as package_show answers it. udata demands that
// every key be there, with null where there is nothing to say.
type ckanPackage struct {
	ID               string              `json:"id"`
	Name             string              `json:"name"`
	Title            string              `json:"title"`
	TitleAR          string              `json:"title_ar"`
	Notes            string              `json:"notes"`
	NotesAR          string              `json:"notes_ar"`
	Type             string              `json:"type"`
	State            string              `json:"state"`
	Private          bool                `json:"private"`
	URL              string              `json:"url"`
	Version          *string             `json:"version"`
	Author           string              `json:"author"`
	AuthorEmail      *string             `json:"author_email"`
	Maintainer       string              `json:"maintainer"`
	MaintainerEmail  *string             `json:"maintainer_email"`
	LicenseID        string              `json:"license_id"`
	LicenseTitle     string              `json:"license_title"`
	LicenseURL       string              `json:"license_url,omitempty"`
	IsOpen           bool                `json:"isopen"`
	MetadataCreated  string              `json:"metadata_created"`
	MetadataModified string              `json:"metadata_modified"`
	CreatorUserID    *string             `json:"creator_user_id"`
	OwnerOrg         string              `json:"owner_org"`
	Organization     ckanOrganization    `json:"organization"`
	Groups           []ckanGroup         `json:"groups"`
	Tags             []ckanTag           `json:"tags"`
	Keywords         map[string][]string `json:"keywords"`
	FrequencyUpdate  string              `json:"frequency_update"`
	TemporalStart    string              `json:"temporal_startDate,omitempty"`
	TemporalEnd      string              `json:"temporal_endDate,omitempty"`
	SpatialName      string              `json:"spatial_geoName"`
	Extras           []ckanExtra         `json:"extras"`
	Resources        []ckanResource      `json:"resources"`
	NumResources     int                 `json:"num_resources"`
	NumTags          int                 `json:"num_tags"`
	AsSubject        []string            `json:"relationships_as_subject"`
	AsObject         []string            `json:"relationships_as_object"`
}

// ckanTag is a tag. A free tag, as ours are, has no vocabulary.
type ckanTag struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	DisplayName  string  `json:"display_name"`
	State        string  `json:"state"`
	VocabularyID *string `json:"vocabulary_id"`
}

type ckanExtra struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type ckanResource struct {
	ID               string  `json:"id"`
	PackageID        string  `json:"package_id"`
	Position         int     `json:"position"`
	Name             string  `json:"name"`
	NameAR           string  `json:"name_ar"`
	Description      string  `json:"description"`
	DescriptionAR    string  `json:"description_ar"`
	Format           string  `json:"format"`
	MimeType         *string `json:"mimetype"`
	Size             *int64  `json:"size"`
	Hash             string  `json:"hash"`
	HashAlgorithm    string  `json:"hash_algorithm,omitempty"` // as ckanext-dcat names it
	URL              string  `json:"url"`
	URLType          *string `json:"url_type"`
	ResourceType     *string `json:"resource_type"`
	State            string  `json:"state"`
	Created          string  `json:"created"`
	LastModified     *string `json:"last_modified"`
	MetadataModified string  `json:"metadata_modified"`
	CacheURL         *string `json:"cache_url"`
	CacheLastUpdated *string `json:"cache_last_updated"`
	MimeTypeInner    *string `json:"mimetype_inner"`
}

// ckanPackage writes p the way the Action API does. The portal's own fields
// for Arabic stand beside CKAN's, which know one language.
func (w *writer) ckanPackage(p inventory.Publication) ckanPackage {
	c := p.Content
	name, mail := w.contact(p)
	pkg := ckanPackage{
		ID: p.DatasetID, Name: p.Name, Type: "dataset", State: stateActive, URL: w.settings.PageURL(p.Ref),
		Title: firstWording(c.Title), TitleAR: wording(c.Title, lang.Arabic),
		Notes: descriptions(c)[0].value, NotesAR: wording(c.Description, lang.Arabic),
		Author: w.institutionName(p.Institution), AuthorEmail: optional(mail),
		Maintainer: name, MaintainerEmail: optional(mail),
		MetadataCreated: naiveTime(p.Issued), MetadataModified: naiveTime(p.Modified),
		OwnerOrg: stableID("organization", p.Institution), Organization: w.ckanOrganization(p.Institution),
		Groups: w.ckanGroups(c), Tags: ckanTags(c.Keywords),
		Keywords:        map[string][]string{"ar": list(keywords(c.Keywords, lang.Arabic)), "fr": list(keywords(c.Keywords, lang.French))},
		FrequencyUpdate: w.frequencies[c.Frequency].CKAN,
		TemporalStart:   string(c.TemporalStart), TemporalEnd: string(c.TemporalEnd),
		SpatialName: strings.Join(w.placeNames(c), ", "), Extras: w.ckanExtras(p), Resources: w.ckanResources(p),
		AsSubject: []string{}, AsObject: []string{},
	}
	if pkg.Name == "" {
		pkg.Name = p.DatasetID
	}
	if !p.Live() {
		pkg.State = stateDeleted
	}
	if l, ok := w.licence(c.Licence); ok {
		pkg.LicenseID, pkg.LicenseTitle = l.PortalID, firstWording(l.Name)
		pkg.LicenseURL, _ = cleanIRI(l.URL)
		pkg.IsOpen = c.Openness == inventory.Open && isOpenLicence(l)
	}
	pkg.NumResources, pkg.NumTags = len(pkg.Resources), len(pkg.Tags)
	return pkg
}

// isOpenLicence tells whether an entry under the licence may be approved as
// open without anybody looking at the terms first.
func isOpenLicence(l inventory.Licence) bool {
	return l.Approvable == "default" || l.Approvable == "yes"
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// list makes no words an empty list, never null.
func list(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

func ckanTags(words lang.Words) []ckanTag {
	tags := []ckanTag{}
	for _, name := range portalTags(words) {
		tags = append(tags, newTag(name))
	}
	return tags
}

func newTag(name string) ckanTag {
	return ckanTag{ID: stableID("tag", name), Name: name, DisplayName: name, State: "active"}
}

// ckanExtras carry what CKAN has no field for. No key may equal a field's name,
// or the portal refuses the dataset.
func (w *writer) ckanExtras(p inventory.Publication) []ckanExtra {
	extras := []ckanExtra{}
	add := func(key, value string) {
		if value = cleanText(value); value != "" {
			extras = append(extras, ckanExtra{key, value})
		}
	}
	add("reference", p.Ref)
	add("uri", w.settings.DatasetIRI(p.DatasetID))
	add("revision", strconv.Itoa(p.Revision))
	add("openness", string(p.Content.Openness))
	add("access_rights", accessRight(p.Content.Openness))
	add("legal_limits", p.Content.LegalGround)
	add("data_modified", string(p.Content.DataModified))
	add("frequency_iso8601", w.frequencies[p.Content.Frequency].ISO8601)
	add("producer", p.Content.Producer)
	w.originExtras(p, add)
	if !p.Live() {
		add("withdrawal_reason", p.WithdrawalReason)
		add("replaced_by", p.ReplacedBy)
	}
	return extras
}

func (w *writer) ckanResources(p inventory.Publication) []ckanResource {
	out := []ckanResource{}
	for _, x := range p.Content.Distributions {
		access, download, ok := addresses(x)
		if !ok || x.ID == "" {
			continue
		}
		fact := p.Fact(x.ID)
		r := ckanResource{
			ID: x.ID, PackageID: p.DatasetID, Position: len(out), State: "active", URL: cmp.Or(download, access),
			Name: cmp.Or(firstWording(x.Title), firstWording(p.Content.Title)), NameAR: wording(x.Title, lang.Arabic),
			Format: formatLabel(formatOf(x, fact)), MimeType: optional(mediaTypeSeen(x, fact)),
			Created: naiveTime(p.Issued), MetadataModified: naiveTime(p.Modified), LastModified: lastModified(p, fact),
		}
		if !fact.Issued.IsZero() {
			r.Created = naiveTime(fact.Issued)
		}
		if bytes := bytesOf(x, fact); bytes > 0 {
			r.Size = &bytes
		}
		if isSHA256(fact.SHA256) {
			r.Hash, r.HashAlgorithm = fact.SHA256, expand("spdx:checksumAlgorithm_sha256")
		}
		out = append(out, r)
	}
	return out
}

// lastModified is when the file was seen to change, else the day of its data.
func lastModified(p inventory.Publication, fact inventory.FileFact) *string {
	if !fact.Changed.IsZero() {
		return optional(naiveTime(fact.Changed))
	}
	if d := p.Content.DataModified; d != "" && d.Valid() {
		return optional(string(d) + "T00:00:00.000000")
	}
	return nil
}
