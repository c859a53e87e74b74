package identity

import (
	"errors"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Institution is a public body: a ministry, or a body under one. Institutions
// are merged and renamed often, so each has the dates between which it exists
// and says what took its place; its slug never changes and is never reused.
type Institution struct {
	Slug          string `gorm:"primaryKey"`
	Acronym       string
	Kind          Kind
	Parent        string    // slug of the institution above; empty for a ministry
	Name          lang.Text `gorm:"serializer:json"`
	Site          string
	PortalOrg     string     // what the national portal calls it
	Pilot         bool       // one of those the pilot begins with
	FirstApproval bool       // what it submits goes to its supervisor before the operator
	ValidFrom     *time.Time // nil: since before the register
	ValidUntil    *time.Time // nil: still exists
	Successor     string     // slug of what took its place
	Provenance    string     // where its name was seen
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Kind is what sort of public body an institution is.
type Kind string

// The kinds of institution.
const (
	Ministry      Kind = "ministry"
	Establishment Kind = "establishment"
	Enterprise    Kind = "enterprise"
	Municipality  Kind = "municipality"
	OtherBody     Kind = "other"
)

// Valid tells whether k is a kind we know.
func (k Kind) Valid() bool {
	switch k {
	case Ministry, Establishment, Enterprise, Municipality, OtherBody:
		return true
	}
	return false
}

// Exists tells whether the institution exists at t.
func (i Institution) Exists(t time.Time) bool {
	return (i.ValidFrom == nil || !t.Before(*i.ValidFrom)) && (i.ValidUntil == nil || t.Before(*i.ValidUntil))
}

// Tree is every institution, by slug.
type Tree map[string]Institution

// Under returns root and the slugs of every body under it that exists at t,
// root first. A loop in the data ends the walk instead of the program.
func (t Tree) Under(root string, at time.Time) []string {
	children := map[string][]string{}
	for slug, i := range t {
		if i.Parent != "" && i.Exists(at) {
			children[i.Parent] = append(children[i.Parent], slug)
		}
	}
	seen := map[string]bool{root: true}
	slugs := []string{root}
	for n := 0; n < len(slugs); n++ {
		for _, child := range children[slugs[n]] {
			if !seen[child] {
				seen[child] = true
				slugs = append(slugs, child)
			}
		}
	}
	return slugs
}

// Ministry returns the topmost institution above slug.
func (t Tree) Ministry(slug string) Institution {
	i := t[slug]
	for range len(t) {
		up, ok := t[i.Parent]
		if !ok {
			break
		}
		i = up
	}
	return i
}

// slugForm is what a slug looks like: it stands in addresses and never changes.
var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Check tells everything that is wrong with i as an entry of tree.
func (i Institution) Check(by Actor, tree Tree) error {
	if err := by.Must(ManageInstitutes, i.Slug); err != nil {
		return err
	}
	var faults []error
	if !slugForm.MatchString(i.Slug) {
		faults = append(faults, fault.At("slug", "institution.slug.form"))
	}
	if !i.Kind.Valid() {
		faults = append(faults, fault.At("kind", "fault.unknown_value", string(i.Kind)))
	}
	for code, name := range i.Name {
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 300 {
			faults = append(faults, fault.At("name."+code, "fault.too_long", 300))
		}
	}
	if i.Name.Empty() {
		faults = append(faults, fault.At("name.fr", "fault.required"))
	}
	if _, known := tree[i.Parent]; i.Parent != "" && !known {
		faults = append(faults, fault.At("parent", "institution.unknown", i.Parent))
	} else if tree.under(i.Parent, i.Slug) {
		faults = append(faults, fault.At("parent", "institution.parent.loop"))
	}
	if _, known := tree[i.Successor]; i.Successor != "" && (!known || i.Successor == i.Slug) {
		faults = append(faults, fault.At("successor", "institution.unknown", i.Successor))
	}
	if i.ValidFrom != nil && i.ValidUntil != nil && !i.ValidFrom.Before(*i.ValidUntil) {
		faults = append(faults, fault.At("valid_until", "institution.valid.order"))
	}
	return errors.Join(faults...)
}

// under tells whether slug is ancestor, or stands somewhere under it.
func (t Tree) under(slug, ancestor string) bool {
	for range len(t) + 1 {
		if slug == ancestor {
			return true
		}
		if slug = t[slug].Parent; slug == "" {
			return false
		}
	}
	return true
}
