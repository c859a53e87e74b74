package catalogue

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// finding is what package_search looks at of one dataset.
type finding struct {
	id, name, title    string
	created, modified  string
	organization       string
	owner              string
	groups, tags       []string
	licence, frequency string
	formats            []string
	foldedTitle        string
	foldedNotes        string
	folded             string // every word, as search compares them
}

func (w *writer) newFinding(p inventory.Publication, pkg ckanPackage) finding {
	f := finding{
		id: pkg.ID, name: pkg.Name, title: pkg.Title, created: pkg.MetadataCreated, modified: pkg.MetadataModified,
		organization: p.Institution, owner: pkg.OwnerOrg, licence: pkg.LicenseID, frequency: pkg.FrequencyUpdate,
	}
	for _, g := range pkg.Groups {
		f.groups = append(f.groups, g.Name)
	}
	for _, t := range pkg.Tags {
		f.tags = append(f.tags, t.Name)
	}
	for _, r := range pkg.Resources {
		f.formats = append(f.formats, r.Format)
	}
	words := func(terms []term) string {
		var all []string
		for _, t := range terms {
			all = append(all, t.value)
		}
		return inventory.Fold(strings.Join(all, " "))
	}
	f.foldedTitle = words(wordings(p.Content.Title))
	f.foldedNotes = words(wordings(p.Content.Description))
	rest := strings.Join(f.tags, " ") + " " + pkg.Organization.Title + " " + pkg.Organization.TitleAR + " " +
		p.Ref + " " + pkg.Name
	f.folded = " " + f.foldedTitle + " " + f.foldedNotes + " " + inventory.Fold(rest) + " "
	return f
}

// isText tells which fields are searched for words and not compared whole.
func isText(field string) bool { return field == "title" || field == "notes" }

// values lists what a field holds; a field we do not have holds nothing.
func (f *finding) values(field string) []string {
	switch field {
	case "id":
		return []string{f.id}
	case "name":
		return []string{f.name}
	case "title", "title_string":
		return []string{f.title}
	case "organization":
		return []string{f.organization}
	case "owner_org":
		return []string{f.owner}
	case "groups":
		return f.groups
	case "tags":
		return f.tags
	case "license_id":
		return nonEmpty(f.licence)
	case "frequency_update", "extras_frequency_update":
		return nonEmpty(f.frequency)
	case "res_format":
		return f.formats
	case "metadata_modified":
		return []string{f.modified}
	case "metadata_created":
		return []string{f.created}
	case "state":
		return []string{"active"}
	case "capacity":
		return []string{"public"}
	case "private":
		return []string{"false"}
	case "dataset_type", "type":
		return []string{"dataset"}
	case "entity_type":
		return []string{"package"}
	}
	return nil
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// has tells whether the field holds the value. An instant may be written with
// or without its zone.
func (f *finding) has(field, value string) bool {
	if field == "metadata_modified" || field == "metadata_created" {
		at, err := instant(value)
		if err != nil {
			return false
		}
		value = at
	}
	return slices.Contains(f.values(field), value)
}

func (f *finding) begins(field, prefix string) bool {
	for _, v := range f.values(field) {
		if strings.HasPrefix(v, prefix) {
			return true
		}
	}
	return false
}

// mentions tells whether a text field has every word wanted.
func (f *finding) mentions(field string, words []string) bool {
	text := f.foldedTitle
	if field == "notes" {
		text = f.foldedNotes
	}
	return hasWords(" "+text+" ", words)
}

// anywhere finds a word, a phrase in quotes or a beginning with "*".
func anywhere(word string) query {
	if word == "*" || word == "*:*" {
		return func(*finding) bool { return true }
	}
	if strings.HasPrefix(word, `"`) {
		phrase := inventory.Fold(unquote(word))
		return func(f *finding) bool { return strings.Contains(f.folded, " "+phrase+" ") }
	}
	words := wanted(unquote(word))
	return func(f *finding) bool { return hasWords(f.folded, words) }
}

// wanted splits what is searched for into words, each after a space.
func wanted(value string) []string {
	words := strings.Fields(inventory.Fold(value))
	for i := range words {
		words[i] = " " + words[i]
	}
	return words
}

// hasWords tells whether every word wanted begins a word of the text, which
// is folded and has a space at both ends. Beginnings are enough: people search
// "station" and mean "stations".
func hasWords(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// indexed is an entry as it is stored beside its leaf.
type indexed struct {
	ID, Ref, Name, Theme                       string
	Issued, Modified                           time.Time
	CKAN                                       json.RawMessage
	Title, CKANName, CreatedText, ModifiedText string
	Organization, Owner, Licence, Frequency    string
	Groups, Tags, Formats                      []string
	FoldedTitle, FoldedNotes, Folded           string
}

// MarshalBinary writes what is searched and answered of a dataset.
func (e *entry) MarshalBinary() ([]byte, error) {
	f := &e.found
	return marshal(indexed{
		ID: e.id, Ref: e.ref, Name: e.name, Theme: e.theme, Issued: e.issued, Modified: e.modified, CKAN: e.ckan,
		Title: f.title, CKANName: f.name, CreatedText: f.created, ModifiedText: f.modified, Organization: f.organization,
		Owner: f.owner, Licence: f.licence, Frequency: f.frequency, Groups: f.groups, Tags: f.tags, Formats: f.formats,
		FoldedTitle: f.foldedTitle, FoldedNotes: f.foldedNotes, Folded: f.folded,
	})
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (e *entry) UnmarshalBinary(b []byte) error {
	var x indexed
	if err := json.Unmarshal(b, &x); err != nil {
		return err
	}
	*e = entry{
		id: x.ID, ref: x.Ref, name: x.Name, institution: x.Organization, theme: x.Theme, issued: x.Issued, modified: x.Modified, ckan: x.CKAN,
		found: finding{
			id: x.ID, name: x.CKANName, title: x.Title, created: x.CreatedText, modified: x.ModifiedText,
			organization: x.Organization, owner: x.Owner, groups: x.Groups, tags: x.Tags, licence: x.Licence,
			frequency: x.Frequency, formats: x.Formats, foldedTitle: x.FoldedTitle, foldedNotes: x.FoldedNotes, folded: x.Folded,
		},
	}
	return nil
}
