package inventory

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// The codes of Extra that say where else a dataset is listed: the host of a sector portal, and its id there.
const (
	extraPortal   = "source_portal"
	extraPortalID = "source_id"
)

// OriginExtras lists the codes by which an officer names the sector portal.
func OriginExtras() []string { return []string{extraPortal, extraPortalID} }

// FormExtras lists every code that the form asks for.
func FormExtras() []string { return append(PlanExtras(), OriginExtras()...) }

// Portal is a catalogue that others read besides this one: what is listed in
// both reaches the national portal twice unless each says so.
type Portal struct {
	Host       string `gorm:"primaryKey"` // catalog.agridata.tn
	Position   int
	Name       lang.Text `gorm:"serializer:json"`
	Page       string    // address of a dataset's page there; {id} stands for its id
	Provenance string
}

// TableName names the table of portals.
func (Portal) TableName() string { return "source_portals" }

// idHere stands for a dataset's id in the address of its page.
const idHere = "{id}"

// Link is the address of the dataset with the id at the portal; empty when the portal gives none.
func (p Portal) Link(id string) string {
	if id = strings.TrimSpace(id); id == "" || !strings.Contains(p.Page, idHere) {
		return ""
	}
	return strings.ReplaceAll(p.Page, idHere, url.PathEscape(id))
}

// ID is the dataset's id in an address of its page, empty when the address is of nothing there.
func (p Portal) ID(address string) string {
	before, after, ok := strings.Cut(p.Page, idHere)
	id, found := strings.CutPrefix(address, before)
	id, _, _ = strings.Cut(id, "?")
	id, _, _ = strings.Cut(id, "#")
	id = strings.TrimSuffix(id, "/")
	if !ok || !found || after != "" && !strings.HasSuffix(id, after) {
		return ""
	}
	id, err := url.PathUnescape(strings.TrimSuffix(id, after))
	if err != nil || strings.Contains(id, "/") {
		return ""
	}
	return id
}

// Portal returns the portal at the host.
func (v *Vocabulary) Portal(host string) (p Portal, ok bool) {
	at := slices.IndexFunc(v.Portals, func(p Portal) bool { return p.Host == host })
	if at < 0 {
		return Portal{}, false
	}
	return v.Portals[at], true
}

// Origin is where else a dataset is listed: a portal and its id there. The zero value is nowhere.
type Origin struct{ Portal, ID string }

// Known tells whether both are there.
func (o Origin) Known() bool { return o.Portal != "" && o.ID != "" }

// Sound returns o as it may be kept, or nothing where it is not complete and well formed.
func (o Origin) Sound() Origin {
	o.Portal, o.ID = hostOf(o.Portal), strings.TrimSpace(o.ID)
	var f faults
	if (Extra{extraPortal: o.Portal, extraPortalID: o.ID}).checkOrigin(&f); len(f) > 0 {
		return Origin{}
	}
	return o
}

// Link is the dataset's page there, as far as the portal is one we know; else empty.
func (o Origin) Link(v *Vocabulary) string {
	if p, ok := v.Portal(o.Portal); ok && o.Known() {
		return p.Link(o.ID)
	}
	return ""
}

// Origin is what the officer named.
func (c Content) Origin() Origin { return Origin{c.Extra[extraPortal], c.Extra[extraPortalID]} }

// WithOrigin returns c naming o.
func (c Content) WithOrigin(o Origin) Content {
	c.Extra = c.Extra.with(extraPortal, o.Portal).with(extraPortalID, o.ID)
	return c
}

// Origin is where else the dataset is listed: what its officer named, else the list it was imported from. The row
// of a workbook is nobody's portal.
func (d *Dataset) Origin() Origin {
	return originOf(d.Content, Origin{d.Source.Portal, d.Source.ID})
}

// Origin is Dataset.Origin of what the public sees.
func (p *Publication) Origin() Origin {
	return originOf(p.Content, Origin{p.SourcePortal, p.SourceID})
}

func originOf(c Content, imported Origin) Origin {
	if named := c.Origin(); named.Known() {
		return named
	}
	imported.Portal = hostOf(imported.Portal)
	if !imported.Known() {
		return Origin{}
	}
	return imported
}

// hostOf takes the host out of what people write for one: an address, with capitals.
func hostOf(s string) string {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "//") {
		if u, err := url.Parse(s); err == nil && u.Host != "" {
			s = u.Host
		}
	}
	return strings.TrimSuffix(strings.ToLower(s), ".")
}

// cleanOrigin writes the portal as a host.
func (e Extra) cleanOrigin() {
	if s, ok := e[extraPortal]; ok {
		e[extraPortal] = hostOf(s)
	}
}

// checkOrigin wants both or neither, and a host that looks like one: a readers' address is made of them.
func (e Extra) checkOrigin(f *faults) {
	portal, id := e[extraPortal], e[extraPortalID]
	switch {
	case portal == "" && id == "":
		return
	case portal == "":
		f.at("extra."+extraPortal, "twins.origin.portal_missing")
	case !hostLike(portal):
		f.at("extra."+extraPortal, "twins.origin.host", clip(portal))
	}
	switch {
	case id == "":
		f.at("extra."+extraPortalID, "twins.origin.id_missing")
	case strings.ContainsAny(id, " \t\r\n/?#<>\"\\") || len(id) > MaxWord*2:
		f.at("extra."+extraPortalID, "twins.origin.id", clip(id))
	}
}

// IDs are ids of datasets, kept as JSON.
type IDs []string

// Value stores ids as JSON; none are an empty list.
func (ids IDs) Value() (driver.Value, error) {
	if len(ids) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal([]string(ids))
	return string(b), err
}

// Scan reads a column of either engine.
func (ids *IDs) Scan(src any) error {
	var list []string
	if err := scanJSON(src, &list); err != nil {
		return fmt.Errorf("scan ids: %w", err)
	}
	*ids = list
	return nil
}
