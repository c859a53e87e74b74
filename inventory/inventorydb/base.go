package inventorydb

import (
	"encoding/json"
	"fmt"
	"maps"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// bases finds, for each row that names a dataset, the content that its sheet
// was made from: what stands there when nothing happened since, else what the
// audit trail remembers of that revision. A ref is missing when the revision
// cannot be had, or is not what the sheet says it was.
func (p *planner) bases(tx *gorm.DB, rows []inventory.Row, named map[string]*inventory.Dataset) (map[string]*inventory.Content, error) {
	bases := map[string]*inventory.Content{}
	older := map[string]inventory.Row{}
	for _, row := range rows {
		d := named[row.Ref]
		switch {
		case d == nil:
		case row.Revision == 0 || row.Revision == d.Revision && (row.Base == "" || row.Base == d.Content.ImportHash()):
			c := d.Content.Clean()
			bases[row.Ref] = &c
		case row.Revision < d.Revision:
			older[row.Ref] = row
		}
	}
	if len(older) == 0 {
		return bases, nil
	}
	var refs []string
	for ref := range older {
		refs = append(refs, ref)
	}
	var lines []audit.Line
	err := tx.Session(&gorm.Session{NewDB: true}).Where("subject = ? AND ref IN ?", "dataset", refs).Order("id DESC").Find(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("read earlier revisions: %w", err)
	}
	trails := map[string][]audit.Line{}
	for _, l := range lines {
		trails[l.Ref] = append(trails[l.Ref], l)
	}
	for ref, row := range older {
		c, ok := rewind(named[ref], trails[ref], row.Revision)
		if ok && (row.Base == "" || c.ImportHash() == row.Base) {
			bases[ref] = &c
		}
	}
	return bases, nil
}

// rewind undoes the lines of the trail, newest first, down to the revision.
func rewind(d *inventory.Dataset, lines []audit.Line, revision int) (inventory.Content, bool) {
	now, err := json.Marshal(trail(d))
	if err != nil {
		return inventory.Content{}, false
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(now, &fields); err != nil {
		return inventory.Content{}, false
	}
	at := d.Revision
	for _, l := range lines {
		if at <= revision {
			break
		}
		if l.ToldErased() { // nobody knows any longer what it was before
			return inventory.Content{}, false
		}
		before := map[string]json.RawMessage{}
		if err := json.Unmarshal(l.Before, &before); err != nil {
			return inventory.Content{}, false
		}
		maps.Copy(fields, before)
		if err := json.Unmarshal(fields["revision"], &at); err != nil {
			return inventory.Content{}, false
		}
	}
	if at != revision {
		return inventory.Content{}, false
	}
	return contentOf(fields)
}

// contentOf reads what trail wrote.
func contentOf(fields map[string]json.RawMessage) (inventory.Content, bool) {
	data, err := json.Marshal(fields)
	if err != nil {
		return inventory.Content{}, false
	}
	var t struct {
		Title           lang.Text                 `json:"title"`
		Description     lang.Text                 `json:"description"`
		Keywords        lang.Words                `json:"keywords"`
		Theme           string                    `json:"theme"`
		Frequency       string                    `json:"frequency"`
		Licence         string                    `json:"licence"`
		Openness        inventory.Openness        `json:"openness"`
		LegalGround     string                    `json:"legal_ground"`
		PersonalData    bool                      `json:"personal_data"`
		PersonalUnknown bool                      `json:"personal_unknown"`
		Anonymisation   string                    `json:"anonymisation"`
		TargetDate      inventory.Date            `json:"target_date"`
		Temporal        map[string]inventory.Date `json:"temporal"`
		Spatial         []string                  `json:"spatial"`
		Contact         map[string]string         `json:"contact"`
		Producer        string                    `json:"producer"`
		DataModified    inventory.Date            `json:"data_modified"`
		Distributions   []inventory.Distribution  `json:"distributions"`
		Extra           map[string]string         `json:"extra"`
	}
	if err := json.Unmarshal(data, &t); err != nil {
		return inventory.Content{}, false
	}
	return inventory.Content{
		Title: t.Title, Description: t.Description, Keywords: t.Keywords, Theme: t.Theme, Frequency: t.Frequency,
		Licence: t.Licence, Openness: t.Openness, LegalGround: t.LegalGround, PersonalData: t.PersonalData,
		PersonalUnknown: t.PersonalUnknown, Anonymisation: t.Anonymisation, TargetDate: t.TargetDate,
		TemporalStart: t.Temporal["start"], TemporalEnd: t.Temporal["end"], Spatial: t.Spatial,
		ContactName: t.Contact["name"], ContactEmail: t.Contact["email"], Producer: t.Producer,
		DataModified: t.DataModified, Distributions: t.Distributions, Extra: t.Extra,
	}.Clean(), true
}
