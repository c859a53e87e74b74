package inventoryweb

import (
	"cmp"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// datasetForm is what stands in the fields of the form, as typed: it is shown
// again to the letter when something is wrong with it.
type datasetForm struct {
	Revision      int // the one the form was filled from; 0 for a new dataset
	Institution   string
	Title         lang.Text
	Description   lang.Text
	Keywords      lang.Text // one line a language, separated by commas
	Theme         string
	Spatial       []string
	TemporalStart string
	TemporalEnd   string
	Producer      string
	Frequency     string
	DataModified  string
	Openness      string
	TargetDate    string
	LegalGround   string
	Licence       string
	PersonalData  string // yes, no, or empty while unanswered
	Anonymisation string
	ContactName   string
	ContactEmail  string
	Plan          inventory.Extra // what the form asks of the plan, by the codes of the sheet
	Rows          []distributionRow
}

// distributionRow is one way to get the data, as typed.
type distributionRow struct {
	N           int // its place in the form
	ID          string
	Title       lang.Text
	URL         string
	DownloadURL string
	Format      string
	MediaType   string
	Bytes       string
}

func (r distributionRow) empty() bool {
	return r.Title.Clean().Empty() && strings.TrimSpace(r.URL+r.DownloadURL+r.Format+r.MediaType+r.Bytes) == ""
}

// maxRows is how many rows a form reads; the rule says how many may be kept.
const maxRows = inventory.MaxDistributions + 1

// readForm reads what the browser sent. Browsers end lines with two characters
// whatever was in the field, which would make every text look changed.
func readForm(sent url.Values) datasetForm {
	f := url.Values{}
	for name, values := range sent {
		for _, v := range values {
			f.Add(name, strings.ReplaceAll(v, "\r\n", "\n"))
		}
	}
	revision, err := strconv.Atoi(f.Get("revision"))
	if err != nil || revision < 0 {
		revision = 0
	}
	text := func(field string) lang.Text {
		x := lang.Text{}
		for _, tag := range lang.All() {
			x[string(tag)] = f.Get(field + "." + string(tag))
		}
		return x
	}
	form := datasetForm{
		Revision: revision, Institution: f.Get("institution"), Title: text("title"), Description: text("description"),
		Keywords: text("keywords"), Theme: f.Get("theme"), Spatial: f["spatial"],
		TemporalStart: f.Get("temporal.start"), TemporalEnd: f.Get("temporal.end"), Producer: f.Get("producer"),
		Frequency: f.Get("frequency"), DataModified: f.Get("data_modified"), Openness: f.Get("openness"),
		TargetDate: f.Get("target_date"), LegalGround: f.Get("legal_ground"), Licence: f.Get("licence"),
		PersonalData: f.Get("personal_data"), Anonymisation: f.Get("anonymisation"),
		ContactName: f.Get("contact.name"), ContactEmail: f.Get("contact.email"),
	}
	for _, code := range inventory.FormExtras() {
		if name := "extra." + code; f.Has(name) {
			if form.Plan == nil {
				form.Plan = inventory.Extra{}
			}
			form.Plan[code] = strings.TrimSpace(f.Get(name))
		}
	}
	for n := 0; n < maxRows && f.Has(rowField(n, "url")); n++ {
		form.Rows = append(form.Rows, distributionRow{
			N: n, ID: f.Get(rowField(n, "id")), Title: text(rowField(n, "title")), URL: f.Get(rowField(n, "url")),
			DownloadURL: f.Get(rowField(n, "download_url")), Format: f.Get(rowField(n, "format")),
			MediaType: f.Get(rowField(n, "media_type")), Bytes: f.Get(rowField(n, "bytes")),
		})
	}
	return form
}

func rowField(n int, name string) string { return "distributions." + strconv.Itoa(n) + "." + name }

// fill puts what is stored into the fields.
func fill(d *inventory.Dataset) datasetForm {
	c := d.Content
	f := datasetForm{
		Revision: d.Revision, Institution: d.Institution, Title: c.Title, Description: c.Description,
		Plan: c.Extra, Keywords: lang.Text{}, Theme: c.Theme, Spatial: c.Spatial, TemporalStart: string(c.TemporalStart),
		TemporalEnd: string(c.TemporalEnd), Producer: c.Producer, Frequency: c.Frequency,
		DataModified: string(c.DataModified), Openness: string(c.Openness), TargetDate: string(c.TargetDate),
		LegalGround: c.LegalGround, Licence: c.Licence, Anonymisation: c.Anonymisation,
		ContactName: c.ContactName, ContactEmail: c.ContactEmail,
	}
	for tag, list := range c.Keywords {
		f.Keywords[tag] = strings.Join(list, comma(lang.Tag(tag)))
	}
	switch {
	case c.PersonalUnknown:
	case c.PersonalData:
		f.PersonalData = "yes"
	default:
		f.PersonalData = "no"
	}
	for n, x := range c.Distributions {
		row := distributionRow{
			N: n, ID: x.ID, Title: x.Title, URL: x.URL, DownloadURL: x.DownloadURL, Format: x.Format, MediaType: x.MediaType,
		}
		if x.Bytes > 0 {
			row.Bytes = strconv.FormatInt(x.Bytes, 10)
		}
		f.Rows = append(f.Rows, row)
	}
	return f
}

func comma(t lang.Tag) string {
	if t == lang.Arabic {
		return "، "
	}
	return ", "
}

// content is what was typed as the rules read it. A number that is none
// becomes one that the rules refuse, so that the fault stands at its field.
func (f datasetForm) content() inventory.Content {
	c := inventory.Content{
		Title: f.Title, Description: f.Description, Keywords: lang.Words{}, Theme: f.Theme, Frequency: f.Frequency,
		Licence: f.Licence, Openness: inventory.Openness(f.Openness), LegalGround: f.LegalGround,
		PersonalData: f.PersonalData == "yes", PersonalUnknown: f.PersonalData != "yes" && f.PersonalData != "no",
		Anonymisation: f.Anonymisation, TargetDate: date(f.TargetDate), TemporalStart: date(f.TemporalStart),
		TemporalEnd: date(f.TemporalEnd), ContactName: f.ContactName, ContactEmail: f.ContactEmail,
		Producer: f.Producer, DataModified: date(f.DataModified), Spatial: f.Spatial, Extra: f.extra(nil),
	}
	for tag, line := range f.Keywords {
		c.Keywords[tag] = strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",،;؛\n\r", r) })
	}
	for _, row := range f.Rows {
		if row.empty() {
			continue
		}
		c.Distributions = append(c.Distributions, inventory.Distribution{
			ID: row.ID, Title: row.Title, URL: row.URL, DownloadURL: row.DownloadURL, Format: row.Format,
			MediaType: row.MediaType, Bytes: size(row.Bytes),
		})
	}
	return c
}

// extra is what is kept beside the catalogue with what the form says of it
// written over: the rest is asked in the sheet only.
func (f datasetForm) extra(kept inventory.Extra) inventory.Extra {
	out := inventory.Extra{}
	maps.Copy(out, kept)
	for _, code := range inventory.FormExtras() {
		if s, asked := f.Plan[code]; asked {
			out[code] = s
		}
	}
	return out.Clean()
}

func date(s string) inventory.Date { return inventory.Date(strings.TrimSpace(s)) }

// size reads a number of bytes; what is no number is negative, which the rules refuse.
func size(s string) int64 {
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' {
			return -1
		}
		return r
	}, s)
	n, err := strconv.ParseInt(cmp.Or(s, "0"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// tidy drops the rows that are empty, so that a fault of the second
// distribution stands at the second row.
func (f *datasetForm) tidy() {
	rows := f.Rows[:0]
	for _, row := range f.Rows {
		if !row.empty() {
			row.N = len(rows)
			rows = append(rows, row)
		}
	}
	f.Rows = rows
}

// addRow adds an empty row.
func (f *datasetForm) addRow() {
	f.Rows = append(f.Rows, distributionRow{N: len(f.Rows), Title: lang.Text{}})
}

// dropRow takes the nth row out.
func (f *datasetForm) dropRow(n int) {
	if n < 0 || n >= len(f.Rows) {
		return
	}
	f.Rows = append(f.Rows[:n], f.Rows[n+1:]...)
	for at := range f.Rows {
		f.Rows[at].N = at
	}
}

// Number counts rows as people do.
func (r distributionRow) Number() int { return r.N + 1 }
