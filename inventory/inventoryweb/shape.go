package inventoryweb

import (
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// datasetOut is a dataset as the JSON API writes it.
type datasetOut struct {
	Ref          string              `json:"ref" example:"TN-MARHP-2026-0001"`
	UUID         string              `json:"uuid" format:"uuid"`
	Name         string              `json:"name" doc:"Slug, given by the first approval; empty before"`
	Institution  string              `json:"institution" doc:"Slug of the body that answers for it"`
	Title        map[string]string   `json:"title"`
	Description  map[string]string   `json:"description"`
	Keywords     map[string][]string `json:"keywords"`
	Theme        string              `json:"theme"`
	Frequency    string              `json:"frequency"`
	Licence      string              `json:"licence"`
	Openness     string              `json:"openness"`
	LegalGround  string              `json:"legal_ground"`
	PersonalData *bool               `json:"personal_data" doc:"null while nobody has answered"`
	Anonymised   string              `json:"anonymisation"`
	TargetDate   string              `json:"target_date"`
	Temporal     temporalOut         `json:"temporal"`
	Spatial      []string            `json:"spatial" doc:"Governorates by ISO 3166-2; empty: the whole country"`
	Contact      contactOut          `json:"contact"`
	Producer     string              `json:"producer"`
	DataModified string              `json:"data_modified"`
	State        string              `json:"state"`
	Revision     int                 `json:"revision" doc:"Also the ETag; send it as If-Match"`
	Life         string              `json:"life" doc:"inventoried, planned, open or withdrawn: of what was approved"`
	Hash         string              `json:"hash" doc:"Of what is written; an approval may name it"`
	FirstStep    string              `json:"first_approval" doc:"waiting for the head of the institution, endorsed, or empty when not asked"`
	Plan         planOut             `json:"plan"`
	Ground       string              `json:"ground" doc:"Code of the legal ground for not opening"`
	ReviewOn     string              `json:"review_on" doc:"Day on which the ground is looked at again"`
	Source       sourceOut           `json:"source" doc:"Where else it is listed: a sector portal, and its id there"`
	Approved     int                 `json:"approved_revision" doc:"The revision the public sees; 0 before the first approval"`
	Reason       string              `json:"reason" doc:"Why it was returned or withdrawn"`
	ReplacedBy   string              `json:"replaced_by"`
	Due          *time.Time          `json:"due" doc:"When the next period must be covered"`
	LateAfter    *time.Time          `json:"late_after" doc:"Due plus grace, on a working day"`
	Overdue      bool                `json:"overdue"`
	UpdatedAt    time.Time           `json:"updated_at"`

	Distributions []distributionOut `json:"distributions"`
}

type temporalOut struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

type sourceOut struct {
	Portal string `json:"portal" doc:"Host" example:"catalog.agridata.tn"`
	ID     string `json:"id"`
}

type contactOut struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type distributionOut struct {
	ID          string            `json:"id"`
	Title       map[string]string `json:"title"`
	URL         string            `json:"url"`
	DownloadURL string            `json:"download_url"`
	Format      string            `json:"format"`
	MediaType   string            `json:"media_type"`
	Bytes       int64             `json:"bytes"`
}

func shape(d *inventory.Dataset, now time.Time) datasetOut {
	c := d.Content
	out := datasetOut{
		Ref: d.Ref, UUID: d.ID, Name: d.Name, Institution: d.Institution, Title: c.Title.Clean(),
		Description: c.Description.Clean(), Keywords: maps.Clone(c.Keywords), Theme: c.Theme, Frequency: c.Frequency,
		Licence: c.Licence, Openness: string(c.Openness), LegalGround: c.LegalGround, Anonymised: c.Anonymisation,
		TargetDate: string(c.TargetDate), Temporal: temporalOut{string(c.TemporalStart), string(c.TemporalEnd)},
		Spatial: append([]string{}, c.Spatial...), Contact: contactOut{c.ContactName, c.ContactEmail},
		Producer: c.Producer, DataModified: string(c.DataModified), State: string(d.State), Revision: d.Revision,
		Approved: d.ApprovedRevision, Reason: d.Reason, ReplacedBy: d.ReplacedBy, Due: d.DueAt,
		LateAfter: d.LateAfter, Overdue: d.Overdue(now), UpdatedAt: d.UpdatedAt.UTC(),
		Life: string(d.Life), Hash: c.Hash(), FirstStep: string(d.FirstStep), Ground: c.Ground(), ReviewOn: string(c.ReviewOn()),
		Plan:          shapePlan(c.Factors(0), d.FirstCommitted, d.Committed),
		Source:        sourceOut(d.Origin()),
		Distributions: []distributionOut{},
	}
	if out.Keywords == nil {
		out.Keywords = map[string][]string{}
	}
	if !c.PersonalUnknown {
		out.PersonalData = &c.PersonalData
	}
	for _, x := range c.Distributions {
		out.Distributions = append(out.Distributions, distributionOut{
			ID: x.ID, Title: x.Title.Clean(), URL: x.URL, DownloadURL: x.DownloadURL, Format: x.Format,
			MediaType: x.MediaType, Bytes: x.Bytes,
		})
	}
	return out
}

// ContentIn is what a script may write. What it leaves out stays as it is, so
// that one shape serves recording and changing. It is exported because only
// exported embedded types are read from a request.
type ContentIn struct {
	Title         *textIn          `json:"title,omitempty"`
	Description   *textIn          `json:"description,omitempty"`
	Keywords      *wordsIn         `json:"keywords,omitempty"`
	Theme         *string          `json:"theme,omitempty"`
	Frequency     *string          `json:"frequency,omitempty" example:"monthly"`
	Licence       *string          `json:"licence,omitempty"`
	Openness      *string          `json:"openness,omitempty" doc:"open, openable, restricted or closed"`
	LegalGround   *string          `json:"legal_ground,omitempty"`
	PersonalData  *bool            `json:"personal_data,omitempty"`
	Anonymisation *string          `json:"anonymisation,omitempty"`
	TargetDate    *string          `json:"target_date,omitempty" example:"2027-03-31"`
	Temporal      *temporalIn      `json:"temporal,omitempty"`
	Spatial       []string         `json:"spatial,omitempty"`
	Contact       *contactIn       `json:"contact,omitempty"`
	Producer      *string          `json:"producer,omitempty"`
	DataModified  *string          `json:"data_modified,omitempty" example:"2026-09-30"`
	Plan          *factorsIn       `json:"plan,omitempty" doc:"What the priority of opening is made of, each 1 to 3; 0 takes a judgement back"`
	Ground        *string          `json:"ground,omitempty" doc:"Code of the legal ground for not opening"`
	ReviewOn      *string          `json:"review_on,omitempty" example:"2028-01-31"`
	Source        *sourceIn        `json:"source,omitempty" doc:"Where else it is listed; both empty takes it back"`
	Distributions []distributionIn `json:"distributions,omitempty" doc:"All of them; one with its id keeps it"`
}

type sourceIn struct {
	Portal *string `json:"portal,omitempty" doc:"Host" example:"catalog.agridata.tn"`
	ID     *string `json:"id,omitempty"`
}

type factorsIn struct {
	Demand      *int `json:"demand,omitempty" minimum:"0" maximum:"3"`
	Duty        *int `json:"legal_duty,omitempty" minimum:"0" maximum:"3"`
	Sensitivity *int `json:"sensitivity,omitempty" minimum:"0" maximum:"3"`
	Effort      *int `json:"effort,omitempty" minimum:"0" maximum:"3"`
}

// extra returns e with what was sent about plan and ground written over it.
func (in ContentIn) extra(e inventory.Extra) inventory.Extra {
	out := inventory.Extra{}
	maps.Copy(out, e)
	if f := in.Plan; f != nil {
		for code, n := range map[string]*int{
			"plan_demand": f.Demand, "plan_duty": f.Duty, "plan_sensitivity": f.Sensitivity, "plan_effort": f.Effort,
		} {
			if n != nil {
				out[code] = factor(*n)
			}
		}
	}
	for code, s := range map[string]*string{"ground": in.Ground, "review_on": in.ReviewOn} {
		if s != nil {
			out[code] = *s
		}
	}
	if in.Source != nil {
		for code, s := range map[string]*string{"source_portal": in.Source.Portal, "source_id": in.Source.ID} {
			if s != nil {
				out[code] = *s
			}
		}
	}
	return out.Clean()
}

type textIn struct {
	French  *string `json:"fr,omitempty"`
	Arabic  *string `json:"ar,omitempty"`
	English *string `json:"en,omitempty"`
}

type wordsIn struct {
	French  []string `json:"fr,omitempty"`
	Arabic  []string `json:"ar,omitempty"`
	English []string `json:"en,omitempty"`
}

type temporalIn struct {
	Start *string `json:"start,omitempty"`
	End   *string `json:"end,omitempty"`
}

type contactIn struct {
	Name  *string `json:"name,omitempty" doc:"A function, not a person"`
	Email *string `json:"email,omitempty"`
}

type distributionIn struct {
	ID          string  `json:"id,omitempty"`
	Title       *textIn `json:"title,omitempty"`
	URL         string  `json:"url,omitempty"`
	DownloadURL string  `json:"download_url,omitempty"`
	Format      string  `json:"format,omitempty"`
	MediaType   string  `json:"media_type,omitempty"`
	Bytes       int64   `json:"bytes,omitempty"`
}

// onto returns c with what was sent written over it. It copies what it
// touches: c may be the stored content, which must stay comparable.
func (in ContentIn) onto(c inventory.Content) inventory.Content {
	c.Title, c.Description = in.Title.onto(c.Title), in.Description.onto(c.Description)
	c.Keywords = in.Keywords.onto(c.Keywords)
	for to, from := range map[*string]*string{
		&c.Theme: in.Theme, &c.Frequency: in.Frequency, &c.Licence: in.Licence, &c.LegalGround: in.LegalGround,
		&c.Anonymisation: in.Anonymisation, &c.Producer: in.Producer,
	} {
		set(to, from)
	}
	set(&c.Openness, in.Openness)
	set(&c.TargetDate, in.TargetDate)
	set(&c.DataModified, in.DataModified)
	if in.PersonalData != nil {
		c.PersonalData, c.PersonalUnknown = *in.PersonalData, false
	}
	if in.Temporal != nil {
		set(&c.TemporalStart, in.Temporal.Start)
		set(&c.TemporalEnd, in.Temporal.End)
	}
	if in.Contact != nil {
		set(&c.ContactName, in.Contact.Name)
		set(&c.ContactEmail, in.Contact.Email)
	}
	if in.Spatial != nil {
		c.Spatial = slices.Clone(in.Spatial)
	}
	c.Extra = in.extra(c.Extra)
	if in.Distributions != nil {
		c.Distributions = distributions(in.Distributions)
	}
	return c
}

// set writes what was sent, of whatever kind of string the field is.
func set[T ~string](to *T, from *string) {
	if from != nil {
		*to = T(*from)
	}
}

func (in *textIn) onto(x lang.Text) lang.Text {
	out := lang.Text{}
	maps.Copy(out, x)
	if in == nil {
		return out
	}
	for tag, from := range map[lang.Tag]*string{lang.French: in.French, lang.Arabic: in.Arabic, lang.English: in.English} {
		if from != nil {
			out[string(tag)] = *from
		}
	}
	return out
}

func (in *wordsIn) onto(x lang.Words) lang.Words {
	out := lang.Words{}
	maps.Copy(out, x)
	if in == nil {
		return out
	}
	for tag, from := range map[lang.Tag][]string{lang.French: in.French, lang.Arabic: in.Arabic, lang.English: in.English} {
		if from != nil {
			out[string(tag)] = slices.Clone(from)
		}
	}
	return out
}

func distributions(in []distributionIn) []inventory.Distribution {
	out := make([]inventory.Distribution, 0, len(in))
	for _, x := range in {
		out = append(out, inventory.Distribution{
			ID: x.ID, Title: x.Title.onto(nil), URL: x.URL, DownloadURL: x.DownloadURL, Format: x.Format,
			MediaType: x.MediaType, Bytes: x.Bytes,
		})
	}
	return out
}
