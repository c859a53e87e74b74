package quality

import (
	"fmt"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/lang"
)

// Effect is what a portal does about something.
type Effect string

// The effects.
const (
	Refuses Effect = "refuses" // the whole dataset does not arrive
	Changes Effect = "changes" // it arrives, but not as written
)

// Finding is one thing that a portal will refuse or change.
type Finding struct {
	Effect Effect
	Field  string // as the JSON API names it
	Key    string // sentence
	Args   []any
}

// Preflight is an entry as a portal will take it, and what will not arrive as
// written: known before the approval, not after the harvest.
type Preflight struct {
	Shown    catalogue.Preview
	Findings []Finding
	Notes    []Note // what single kinds of portals do besides
}

// Refused tells whether the portal will not take the entry at all.
func (p Preflight) Refused() bool {
	for _, f := range p.Findings {
		if f.Effect == Refuses {
			return true
		}
	}
	return false
}

// NewPreflight looks at c with the rules of a CKAN portal and its harvesters.
// Name is the slug fixed by an earlier approval; empty before the first one,
// when it is the first choice the title gives.
func NewPreflight(c inventory.Content, name, ref string, v *inventory.Vocabulary) Preflight {
	fixed := name != ""
	if !fixed {
		name = inventory.NameFor(c.Title.In(lang.French), ref, 1)
	}
	p := Preflight{Shown: catalogue.NewPreview(c, name, v)}
	p.title(c)
	if !fixed && inventory.Slug(c.Title.In(lang.French)) == "" {
		p.changes("title.fr", "quality.portal.slug_from_ref", name)
	}
	p.tags()
	p.licence(c, v)
	if c.ContactEmail == "" || p.Shown.Mail == "" {
		p.changes("contact.email", "quality.portal.operator_mail")
	}
	p.resources()
	p.Notes = Notes(c, p.Shown)
	return p
}

func (p *Preflight) changes(field, key string, args ...any) {
	p.Findings = append(p.Findings, Finding{Changes, field, key, args})
}

func (p *Preflight) title(c inventory.Content) {
	switch {
	case p.Shown.Title == "":
		p.Findings = append(p.Findings, Finding{Effect: Refuses, Field: "title.fr", Key: "quality.portal.no_title"})
	case p.Shown.TitleIn != lang.French:
		p.changes("title.fr", "quality.portal.title_foreign")
	}
	if c.Description.Empty() && p.Shown.Title != "" {
		p.changes("description.fr", "quality.portal.no_description")
	}
}

func (p *Preflight) tags() {
	seen := map[string]string{}
	for _, t := range p.Shown.Tags {
		first, repeated := seen[t.Tag]
		switch {
		case t.Tag == "":
			p.changes("keywords.fr", "quality.portal.tag_lost", t.Word)
		case repeated:
			p.changes("keywords.fr", "quality.portal.tag_merged", t.Word, first)
		case t.Tag != t.Word:
			p.changes("keywords.fr", "quality.portal.tag_changed", t.Word, t.Tag)
		}
		if !repeated {
			seen[t.Tag] = t.Word
		}
	}
}

func (p *Preflight) licence(c inventory.Content, v *inventory.Vocabulary) {
	l, known := v.Licence(c.Licence)
	switch {
	case !known:
		if c.Openness == inventory.Open || c.Openness == inventory.Openable {
			p.changes("licence", "quality.portal.no_licence")
		}
	case l.PortalID == "":
		p.changes("licence", "quality.portal.licence_unknown")
	}
}

// field names one of the nth distribution, as the JSON API does.
func field(n int, name string) string { return fmt.Sprintf("distributions.%d.%s", n, name) }

func (p *Preflight) resources() {
	shown := 0
	for n, r := range p.Shown.Resources {
		if r.Left {
			p.changes(field(n, "url"), "quality.portal.resource_left", n+1)
			continue
		}
		shown++
		if r.Format == "" {
			p.changes(field(n, "format"), "quality.portal.no_format", n+1)
		}
	}
	if shown == 0 {
		p.changes("distributions", "quality.portal.no_resource")
	}
}
