package portal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Package is a dataset as the Action API of a CKAN shows it, as far as it is
// compared. Portals differ in what they keep, so everything may be missing.
type Package struct {
	ID, Name, State, Type string
	Titles, Notes         []string // in every language, the portal's own first
	Licence               []string // id, title, address: any of them
	Frequency             []string // nil: this portal keeps none
	Organization          []string // name and title
	Resources             []string // addresses
	Modified              time.Time
	Claims                []string // guid, uri, identifier: what it says it is
	Source                string   // where it says it comes from
	SourceURL             string
}

// Alive tells whether people see the package.
func (p *Package) Alive() bool { return p.State == "" || p.State == "active" }

// ErrPackage says that something is no package.
var ErrPackage = errors.New("no package of a CKAN")

const (
	mostResources = 1000
	longestID     = 200 // CKAN's own are UUIDs, and names have at most 100 characters
)

// ReadPackage reads a package as package_search and package_show write it. A
// field of a wrong type counts as missing: strangers write these.
func ReadPackage(raw []byte) (Package, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return Package{}, ErrPackage
	}
	extras := extrasOf(fields["extras"])
	text := func(key string) string {
		if s := textOf(fields[key]); s != "" {
			return s
		}
		return extras[key]
	}
	p := Package{
		ID: text("id"), Name: text("name"), State: text("state"), Type: text("type"),
		Licence: present(text("license_id"), text("license_title"), text("license_url")),
		Claims:  present(text("guid"), text("uri"), text("identifier"), text("reference"), text("url")),
		Source:  text("harvest_source_title"), SourceURL: text("harvest_source_url"),
	}
	if p.ID == "" || len(p.ID) > longestID {
		return Package{}, fmt.Errorf("%w: it has no id", ErrPackage)
	}
	p.Name = short(p.Name, longestID)
	p.Titles, p.Notes = wordings(fields, extras, "title"), wordings(fields, extras, "notes")
	for _, key := range []string{"frequency_update", "frequency", "accrual_periodicity", "frequency_iso8601"} {
		_, told := fields[key]
		if _, extra := extras[key]; told || extra {
			p.Frequency = append(p.Frequency, text(key))
		}
	}
	var org map[string]json.RawMessage
	if json.Unmarshal(fields["organization"], &org) == nil {
		p.Organization = present(textOf(org["name"]), textOf(org["title"]), textOf(org["title_ar"]))
	}
	p.Resources = resourcesOf(fields["resources"])
	p.Modified, _ = instant(text("metadata_modified"))
	return p, nil
}

// wordings are a text in every language there is: title, title_ar, title_en …
func wordings(fields map[string]json.RawMessage, extras map[string]string, key string) []string {
	out := present(textOf(fields[key]))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if strings.HasPrefix(name, key+"_") {
			out = append(out, present(textOf(fields[name]))...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(extras)) {
		if name == key || strings.HasPrefix(name, key+"_") {
			out = append(out, present(extras[name])...)
		}
	}
	return append(out, translated(fields[key+"_translated"])...)
}

// translated reads the languages of ckanext-fluent.
func translated(raw json.RawMessage) []string {
	var by map[string]json.RawMessage
	if json.Unmarshal(raw, &by) != nil {
		return nil
	}
	var out []string
	for _, tag := range slices.Sorted(maps.Keys(by)) {
		out = append(out, present(textOf(by[tag]))...)
	}
	return out
}

func extrasOf(raw json.RawMessage) map[string]string {
	var rows []struct{ Key, Value json.RawMessage }
	if json.Unmarshal(raw, &rows) != nil {
		return nil
	}
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		if key := textOf(r.Key); key != "" {
			out[key] = textOf(r.Value)
		}
	}
	return out
}

func resourcesOf(raw json.RawMessage) []string {
	var rows []map[string]json.RawMessage
	if json.Unmarshal(raw, &rows) != nil {
		return nil
	}
	out := []string{}
	for _, r := range rows[:min(len(rows), mostResources)] {
		if state := textOf(r["state"]); state == "" || state == "active" {
			out = append(out, textOf(r["url"]))
		}
	}
	return out
}

// textOf reads a text or a number; anything else is none.
func textOf(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || bytes.Equal(raw, []byte("null")) {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return strings.TrimSpace(s)
	}
	return string(raw)
}

func present(all ...string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// instant reads a time as CKAN writes it: UTC without saying so.
func instant(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999", time.RFC3339Nano, "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
