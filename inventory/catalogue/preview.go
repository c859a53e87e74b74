package catalogue

import (
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Claims is what every dialect of the catalogue says of one way to get the
// data; an empty field is not said.
type Claims struct {
	Access    string
	Download  string
	FileType  string // code of the EU list
	MediaType string
	Bytes     bool
}

// ClaimsOf returns what the catalogue says of x; ok is false when it leaves x
// out, for want of an address that works as one.
func ClaimsOf(x inventory.Distribution) (c Claims, ok bool) {
	access, download, ok := addresses(x)
	if !ok {
		return Claims{}, false
	}
	c = Claims{Access: access, Download: download, MediaType: mediaTypeOf(x), Bytes: x.Bytes > 0}
	if f, known := fileTypeOf(x.Format); known {
		c.FileType = f.code
	}
	return c, true
}

// FileTypeOfMedia names the format of the EU list that a media type is of;
// empty when it is of none.
func FileTypeOfMedia(media string) string {
	for _, f := range fileTypes {
		if f.media == media {
			return f.code
		}
	}
	return ""
}

// ListedLicence tells whether the EU list has the licence.
func ListedLicence(l inventory.Licence) bool { return euLicences[l.SPDX] != "" }

// ThemeClaimed tells whether the catalogue names the theme.
func ThemeClaimed(t inventory.Theme) bool { return themeIRI(t) != "" }

// KeywordsClaimed tells whether the catalogue names any keyword.
func KeywordsClaimed(words lang.Words) bool {
	for _, t := range lang.All() {
		if len(tagsIn(words, t)) > 0 {
			return true
		}
	}
	return false
}

// MailClaimed tells whether an address can stand as a contact of its own.
func MailClaimed(mail string) bool {
	_, ok := cleanMail(mail)
	return ok
}

// Titled tells whether there is a title in any language: without one the
// catalogue refuses the dataset.
func Titled(c inventory.Content) bool { return len(wordings(c.Title)) > 0 }

// Preview is a dataset as a CKAN portal will show it.
type Preview struct {
	Name      string // the slug in its address
	Title     string
	TitleIn   lang.Tag
	Notes     string
	LicenceID string
	Mail      string
	Tags      []PreviewTag
	Resources []PreviewResource
}

// PreviewTag is a keyword and the tag it becomes; empty when it is lost.
type PreviewTag struct{ Word, Tag string }

// PreviewResource is a distribution as listed there.
type PreviewResource struct {
	Name, Format, URL string
	Left              bool // left out, having no address
}

// NewPreview returns what a portal will show of c under name.
func NewPreview(c inventory.Content, name string, v *inventory.Vocabulary) Preview {
	title, in := c.Title.Pick(lang.French)
	p := Preview{Name: name, Title: cleanText(title), TitleIn: in}
	if d := descriptions(c); len(d) > 0 {
		p.Notes = d[0].value
	}
	if l, ok := v.Licence(c.Licence); ok {
		p.LicenceID = l.PortalID
	}
	p.Mail, _ = cleanMail(c.ContactEmail)
	for _, t := range lang.All() {
		for _, word := range keywords(c.Keywords, t) {
			tag, ok := portalTag(word)
			if !ok {
				tag = ""
			}
			p.Tags = append(p.Tags, PreviewTag{word, tag})
		}
	}
	for _, x := range c.Distributions {
		p.Resources = append(p.Resources, previewResource(c, x))
	}
	return p
}

func previewResource(c inventory.Content, x inventory.Distribution) PreviewResource {
	access, download, ok := addresses(x)
	r := PreviewResource{Name: firstWording(x.Title), Format: formatLabel(x.Format), URL: access, Left: !ok}
	if download != "" {
		r.URL = download
	}
	if r.Name == "" {
		r.Name = firstWording(c.Title)
	}
	return r
}
