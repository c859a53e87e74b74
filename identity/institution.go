package identity

import (
	"time"

	"github.com/jard-odi/jard/lang"
)

// Institution is a public body: a ministry, or a body under one. Institutions
// are merged and renamed often, so each has the dates between which it exists
// and says what took its place; its slug never changes and is never reused.
type Institution struct {
	Slug       string `gorm:"primaryKey"`
	Acronym    string
	Kind       Kind
	Parent     string    // slug of the institution above; empty for a ministry
	Name       lang.Text `gorm:"serializer:json"`
	Site       string
	PortalOrg  string     // what the national portal calls it
	Pilot      bool       // one of those the pilot begins with
	ValidFrom  *time.Time // nil: since before the register
	ValidUntil *time.Time // nil: still exists
	Successor  string     // slug of what took its place
	Provenance string     // where its name was seen
	CreatedAt  time.Time
	UpdatedAt  time.Time
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
