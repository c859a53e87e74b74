package harvesttest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// packageDict is what a CKAN checks of a package it is given.
type packageDict struct {
	ID               string
	Name             string
	Title            string
	Type             string
	State            string
	OwnerOrg         string  `json:"owner_org"`
	MetadataModified string  `json:"metadata_modified"`
	AuthorEmail      *string `json:"author_email"`
	MaintainerEmail  *string `json:"maintainer_email"`
	Groups           []struct{ ID string }
	Tags             []struct{ Name string }
	Extras           []struct {
		Key   string
		Value any
	}
	Resources []struct {
		ID           string
		URL          string
		Size         json.RawMessage
		Created      *string
		LastModified *string `json:"last_modified"`
	}
}

// coreFields may not be the keys of extras.
var coreFields = []string{
	"id", "name", "title", "author", "author_email", "maintainer", "maintainer_email", "notes", "url", "version", "state", "type",
	"owner_org", "private", "license_id", "tags", "resources", "groups", "extras", "metadata_modified", "metadata_created", "tag_string",
	"relationships_as_object", "relationships_as_subject", "plugin_data",
}

var (
	dateLike  = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?)?$`)
	textOrder = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$`)
	wholeSize = regexp.MustCompile(`^(null|\d+)$`)
)

// valid is the part of CKAN's schema that datasets have failed. One failure
// loses the dataset.
func (p packageDict) valid(name string) error {
	if err := validName(name); err != nil {
		return err
	}
	if !uuidPattern.MatchString(p.ID) || !textOrder.MatchString(p.MetadataModified) || p.Title == "" ||
		!slices.Contains([]string{active, deleted}, p.State) {
		return fmt.Errorf("id %q, metadata_modified %q, title %q, state %q", p.ID, p.MetadataModified, p.Title, p.State)
	}
	for _, mail := range []*string{p.AuthorEmail, p.MaintainerEmail} {
		if mail != nil && !mailPattern.MatchString(*mail) {
			return fmt.Errorf("e-mail address %q", *mail)
		}
	}
	for _, t := range p.Tags {
		if err := validTag(t.Name); err != nil {
			return err
		}
	}
	keys := map[string]bool{}
	for _, x := range p.Extras {
		if _, text := x.Value.(string); !text || keys[x.Key] || slices.Contains(coreFields, x.Key) {
			return fmt.Errorf("extra %q: there is a schema field with the same name, or two of them, or %v is no text", x.Key, x.Value)
		}
		keys[x.Key] = true
	}
	return p.validResources()
}

func (p packageDict) validResources() error {
	for _, r := range p.Resources {
		if !uuidPattern.MatchString(r.ID) || len(r.Size) > 0 && !wholeSize.Match(r.Size) {
			return fmt.Errorf("resource %q of size %s", r.ID, r.Size)
		}
		for _, at := range []*string{r.Created, r.LastModified} {
			if at != nil && !dateLike.MatchString(*at) {
				return fmt.Errorf("resource %s: date %q", r.ID, *at)
			}
		}
	}
	return nil
}
