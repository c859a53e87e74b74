package catalogue

import (
	"encoding/json"
	"fmt"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// PortalView is a dataset as package_show will answer it: written by the very
// functions that write the feed, and read back, so that what is shown before an
// approval cannot differ from what is served after it.
type PortalView struct {
	Name            string `json:"name"`
	Title           string `json:"title"`
	TitleAR         string `json:"title_ar"`
	Notes           string `json:"notes"`
	NotesAR         string `json:"notes_ar"`
	URL             string `json:"url"`
	Maintainer      string `json:"maintainer"`
	Mail            string `json:"maintainer_email"`
	LicenceID       string `json:"license_id"`
	LicenceTitle    string `json:"license_title"`
	Open            bool   `json:"isopen"`
	FrequencyUpdate string `json:"frequency_update"`
	Spatial         string `json:"spatial_geoName"`
	Organization    struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	} `json:"organization"`
	Groups []struct {
		Title string `json:"title"`
	} `json:"groups"`
	Tags []struct {
		Name string `json:"name"`
	} `json:"tags"`
	Keywords  map[string][]string `json:"keywords"`
	Resources []struct {
		Name   string `json:"name"`
		NameAR string `json:"name_ar"`
		Format string `json:"format"`
		URL    string `json:"url"`
		Size   *int64 `json:"size"`
	} `json:"resources"`
	Extras []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"extras"`

	Package json.RawMessage `json:"-"` // the whole of it
	Left    error           `json:"-"` // why the feed would leave the dataset out; nil when it would not
}

// Extra returns the value of an extra, empty when there is none.
func (p PortalView) Extra(key string) string {
	for _, x := range p.Extras {
		if x.Key == key {
			return x.Value
		}
	}
	return ""
}

// View writes p as the feed does, with all its checks.
func View(s Settings, v *inventory.Vocabulary, institutions identity.Tree, p inventory.Publication) (view PortalView, err error) {
	defer func() { // as a panic in a writer costs the feed one entry, it costs this page one panel
		if r := recover(); r != nil {
			err = fmt.Errorf("view %s: %v", p.Ref, r)
		}
	}()
	w := newWriter(s, v, institutions)
	if len(wordings(p.Content.Title)) == 0 {
		return PortalView{Left: fmt.Errorf("write %s: no title", p.Ref)}, nil
	}
	_, left := w.newEntry(p)
	written, err := marshal(w.ckanPackage(p))
	if err != nil {
		return PortalView{}, err
	}
	if err := json.Unmarshal(written, &view); err != nil {
		return PortalView{}, fmt.Errorf("read back what was written of %s: %w", p.Ref, err)
	}
	view.Package, view.Left = written, left
	return view, nil
}
