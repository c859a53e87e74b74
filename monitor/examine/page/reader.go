package page

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// reader walks the tags of a page once, in the order they stand.
type reader struct {
	page     *Page
	line     int
	ids      map[string]bool
	labelled map[string]bool // identifiers that a label names
	controls []control       // that need a label
	titled   bool
	rooted   bool // an html element was seen

	inTitle, inDrawing bool
	labels             int    // label elements that are open
	link               *named // the link that is open
	button             *named // the button that is open
}

// control is a field of a form without a name of its own.
type control struct {
	id    string
	fault Fault
}

// named is an element that is read aloud by its content.
type named struct {
	link  Link
	text  []string
	label string // a name that needs no content
	fault Fault
}

func (n *named) add(text string) {
	if len(n.text) < maxNested {
		n.text = append(n.text, text)
	}
}

func (n *named) name() string {
	if said := strings.Join(strings.Fields(strings.Join(n.text, " ")), " "); said != "" {
		return short(said)
	}
	return short(n.label)
}

// attributes are those of a tag, by name; the first of a name counts.
type attributes map[string]string

// read walks text.
func (r *reader) read(text []byte) {
	z := html.NewTokenizer(bytes.NewReader(text))
	z.SetMaxBuf(maxToken)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break // the end, or a token longer than any that means something
		}
		raw := z.Raw()
		newlines := bytes.Count(raw, []byte("\n"))
		switch kind {
		case html.TextToken:
			r.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := short(string(raw)) // before the attributes are read: reading them writes over it
			name, a := readTag(z)
			r.start(name, a, Fault{Line: r.line, Text: tag})
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(string(name))
		}
		r.line += newlines
	}
	r.finish()
}

func readTag(z *html.Tokenizer) (string, attributes) {
	name, more := z.TagName()
	tag, a := string(name), attributes{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := a[string(key)]; !twice {
			a[string(key)] = string(value)
		}
	}
	return tag, a
}

func (a attributes) has(name string) bool {
	_, ok := a[name]
	return ok
}

// label is a name that an element gives itself.
func (a attributes) label() string {
	for _, name := range []string{"aria-label", "title"} {
		if said := strings.TrimSpace(a[name]); said != "" {
			return said
		}
	}
	return strings.TrimSpace(a["aria-labelledby"])
}

// start takes in a tag that begins something.
func (r *reader) start(name string, a attributes, at Fault) {
	r.identify(a, at)
	switch name {
	case "html", "body":
		r.root(name, a, at)
	case "title":
		r.inTitle = !r.inDrawing
	case "svg":
		r.inDrawing = true
	case "base":
		if r.page.Base == "" {
			r.page.Base = strings.TrimSpace(a["href"])
		}
	case "meta":
		r.meta(a, at)
	case "link":
		r.head(a)
	case "a", "area":
		r.openLink(name, a, at)
	case "button":
		at.Rule = LinkName
		r.button = &named{label: a.label(), fault: at}
	case "label":
		r.labels++
		if id := a["for"]; id != "" {
			r.labelled[id] = true
		}
	case "input", "select", "textarea":
		r.field(name, a, at)
	case "img", "script", "source", "video", "audio", "embed":
		r.media(name, a, at)
	case "frame", "iframe", "frameset":
		r.frame(name, a)
	case "time":
		r.date(a["datetime"], "element")
	}
}

// identify looks for the same identifier twice.
func (r *reader) identify(a attributes, at Fault) {
	id := a["id"]
	if id == "" {
		return
	}
	if before, seen := r.ids[id]; seen && before {
		return // told already
	}
	if _, seen := r.ids[id]; seen {
		r.fault(DuplicateID, at)
		r.ids[id] = true
		return
	}
	if len(r.ids) < maxItems {
		r.ids[id] = false
	}
}

func (r *reader) root(name string, a attributes, at Fault) {
	if r.page.Lang == "" {
		r.page.Lang = strings.TrimSpace(a["lang"])
		if r.page.Lang == "" && name == "html" {
			r.page.Lang = strings.TrimSpace(a["xml:lang"])
		}
	}
	if r.page.Dir == "" {
		r.page.Dir = strings.ToLower(strings.TrimSpace(a["dir"]))
	}
	if name == "html" && !r.rooted {
		r.rooted = true
		if strings.TrimSpace(a["lang"]) == "" {
			r.fault(NoLang, at)
		}
	}
}

// end takes in a tag that ends something.
func (r *reader) end(name string) {
	switch name {
	case "title":
		r.inTitle = false
	case "svg":
		r.inDrawing = false
	case "a":
		r.closeLink()
	case "button":
		r.closeButton()
	case "label":
		r.labels = max(0, r.labels-1)
	}
}

// text takes in what stands between tags.
func (r *reader) text(s string) {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return
	}
	said := strings.Join(fields, " ")
	if r.inTitle {
		r.titled = true
		if r.page.Title == "" {
			r.page.Title = short(said)
		}
		return
	}
	if r.link != nil {
		r.link.add(said)
	}
	if r.button != nil {
		r.button.add(said)
	}
	if len(r.page.Words)+len(fields) < maxWords {
		r.page.Words = append(r.page.Words, fields...)
	}
}

// finish judges what only the whole page tells.
func (r *reader) finish() {
	r.closeLink()
	r.closeButton()
	for _, c := range r.controls {
		if !r.labelled[c.id] {
			r.fault(NoLabel, c.fault)
		}
	}
	if !r.titled {
		r.fault(NoTitle, Fault{Line: 1})
	}
	if !r.rooted {
		r.fault(NoLang, Fault{Line: 1})
	}
	r.page.Dates = append(r.page.Dates, datesIn(r.page.Words)...)
	slices.SortStableFunc(r.page.Faults, func(a, b Fault) int { return a.Line - b.Line })
}

func (r *reader) fault(rule Rule, at Fault) {
	if at.Rule = rule; len(r.page.Faults) < maxItems {
		r.page.Faults = append(r.page.Faults, at)
	}
}

// short bounds s without cutting a letter.
func short(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
