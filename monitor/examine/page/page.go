// Package page reads a web page as a program can without a browser: what it
// says of itself, where it leads, what it is made of, and which faults of
// accessibility stand in its markup, each with its line. It is told bytes and
// answers; it asks nobody, and no page is so broken that it fails.
package page

import "time"

// Page is what was read of a page.
type Page struct {
	Title      string
	Lang       string // of the html element, or of the body
	Dir        string // the same; lower-case
	Charset    string // by which it was read
	Miscoded   bool   // its bytes are not in the encoding that it declares
	Base       string // what relative addresses begin at, when the page says so
	Refresh    string // where it sends on at once, without being asked
	Viewport   *string
	Links      []Link
	Alternates []Alternate
	Assets     []Asset
	Frames     []string
	Frameset   bool
	Faults     []Fault
	Dates      []Date
	Search     bool // a field to search in
	Words      []string
}

// Link is what somebody may follow.
type Link struct {
	URL  string
	Text string // what is read aloud: the words, or the words instead of a picture
	Lang string // of what it leads to, when it says so
	Line int
}

// Alternate is the same page in another language, as the head declares it.
type Alternate struct{ Lang, URL string }

// Asset is a file that comes with the page.
type Asset struct {
	URL  string
	Kind string // script, style, image, font, media
}

// Rule names what is wrong with markup.
type Rule string

// The rules of WCAG that a program can check without a browser. The eighth,
// contrast, needs one.
const (
	ImageAlt    Rule = "alt"
	NoTitle     Rule = "title"
	NoLang      Rule = "lang"
	NoLabel     Rule = "label"
	LinkName    Rule = "link_name"
	DuplicateID Rule = "duplicate_id"
	NoZoom      Rule = "zoom"
)

// Rules lists the rules.
func Rules() []Rule {
	return []Rule{ImageAlt, NoTitle, NoLang, NoLabel, LinkName, DuplicateID, NoZoom}
}

// Fault is a fault of markup at its line.
type Fault struct {
	Rule Rule
	Line int
	Text string // the tag, shortened
}

// Date is a day that the page gives, and what it stands in.
type Date struct {
	At   time.Time
	From string // element, meta, text
	Text string
}

// Bounds: what a page may make us keep.
const (
	maxItems  = 2000 // links, assets, faults, dates, each
	maxText   = 200  // bytes of a piece of text
	maxWords  = 20000
	maxToken  = 1 << 20
	maxNested = 64
)

// Read reads a page that came with the media type told.
func Read(body []byte, mediaType string) *Page {
	text, charset, miscoded := decode(body, mediaType)
	r := &reader{page: &Page{Charset: charset, Miscoded: miscoded}, line: 1, ids: map[string]bool{}, labelled: map[string]bool{}}
	r.read(text)
	return r.page
}

// Add takes in what a frame of the page shows.
func (p *Page) Add(frame *Page) {
	p.Links = append(p.Links, frame.Links...)
	p.Assets = append(p.Assets, frame.Assets...)
	p.Faults = append(p.Faults, frame.Faults...)
	p.Dates = append(p.Dates, frame.Dates...)
	p.Words = append(p.Words, frame.Words...)
	p.Search = p.Search || frame.Search
	if p.Lang == "" {
		p.Lang, p.Dir = frame.Lang, frame.Dir
	}
}

// Fits tells whether the page says that it fits the width of a phone.
func (p *Page) Fits() bool {
	return p.Viewport != nil && viewport(*p.Viewport)["width"] == "device-width"
}
