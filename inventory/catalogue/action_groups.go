package catalogue

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

func (s *Snapshot) organizationList(a Args) ([]byte, error) {
	return rows(s.organizations(), a, "organizations")
}

func (s *Snapshot) groupList(a Args) ([]byte, error) {
	return rows(s.groups(), a, "groups")
}

func (s *Snapshot) organizations() []counted {
	return s.writer.organizations(s.index.counts(keyOrganization, s.index.active()), s.Built)
}

func (s *Snapshot) groups() []counted {
	return s.writer.groups(s.index.counts(keyGroups, s.index.active()))
}

// rows answers organization_list and group_list: names, or everything.
func rows(all []counted, a Args, filter string) ([]byte, error) {
	offset, limit, err := a.page()
	if err != nil {
		return nil, err
	}
	wanted, err := a.list(filter)
	if err != nil {
		return nil, err
	}
	q := strings.TrimSpace(a.text("q"))
	all = slices.DeleteFunc(all, func(c counted) bool {
		return len(wanted) > 0 && !slices.Contains(wanted, c.name) || !c.like(q)
	})
	if err := sortRows(all, cmp.Or(strings.TrimSpace(a.text("sort")), strings.TrimSpace(a.text("order_by")), "title")); err != nil {
		return nil, err
	}
	full := a.truth("all_fields")
	out := []any{}
	for _, c := range window(all, offset, limit) {
		if !full {
			out = append(out, c.name)
			continue
		}
		row, err := c.row(a, false)
		if err != nil {
			return nil, err
		}
		out = append(out, json.RawMessage(row))
	}
	return marshal(out)
}

// like tells whether the name or the title has what was asked for.
func (c counted) like(q string) bool {
	q = strings.ToLower(q)
	return strings.Contains(c.name, q) || strings.Contains(strings.ToLower(c.title), q)
}

// sortRows sorts organizations or groups as asked.
func sortRows(all []counted, by string) error {
	if by == "packages" || by == "package_count" {
		by = "package_count desc"
	}
	if strings.Contains(by, ",") {
		return refused("message", "Too many sort criteria provided only 1 allowed")
	}
	words := strings.Fields(by)
	sign := 1
	if len(words) > 1 {
		switch strings.ToLower(words[1]) {
		case "asc":
		case "desc":
			sign = -1
		default:
			return refused("message", "Invalid sort direction `"+strings.ToLower(words[1])+"`")
		}
	}
	var compare func(x, y counted) int
	switch words[0] {
	case "name":
		compare = func(x, y counted) int { return cmp.Compare(x.name, y.name) }
	case "title":
		compare = func(x, y counted) int { return cmp.Compare(x.title, y.title) }
	case "packages", "package_count":
		compare = func(x, y counted) int { return cmp.Compare(x.count, y.count) }
	default:
		return refused("message", "Cannot sort by field `"+words[0]+"`")
	}
	slices.SortStableFunc(all, func(x, y counted) int { return sign * compare(x, y) })
	return nil
}

func (s *Snapshot) organizationShow(a Args) ([]byte, error) {
	return s.showRow(s.organizations(), a, keyOrganization)
}

func (s *Snapshot) groupShow(a Args) ([]byte, error) {
	return s.showRow(s.groups(), a, keyGroups)
}

// showRow answers organization_show and group_show, by UUID or by name.
func (s *Snapshot) showRow(all []counted, a Args, field int) ([]byte, error) {
	c, err := chosen(all, a)
	if err != nil {
		return nil, err
	}
	withDatasets, err := a.flag("include_datasets", false)
	if err != nil {
		return nil, err
	}
	row, err := c.row(a, true)
	if err != nil || !withDatasets {
		return row, err
	}
	packages, err := s.members(field, c.name, rowsAtMost)
	if err != nil {
		return nil, err
	}
	row = append(row[:len(row)-1], `,"packages":`...)
	return append(append(row, packages...), '}'), nil
}

// chosen finds the row that id names.
func chosen(all []counted, a Args) (counted, error) {
	id, err := a.need("id")
	if err != nil {
		return counted{}, err
	}
	at := slices.IndexFunc(all, func(c counted) bool { return c.id == id || c.name == id })
	if at < 0 {
		return counted{}, notFound()
	}
	return all[at], nil
}

// members writes the packages that have a value, the youngest first.
func (s *Snapshot) members(field int, value string, limit int) ([]byte, error) {
	found := s.index.active()
	for i, p := range s.index.parts {
		with := noSlots(p.size)
		for _, slot := range p.keywords[field].where(value) {
			with.add(slot)
		}
		found[i].keep(with)
	}
	return s.packages(s.index.page(found, []sortKey{{field: sortModified, down: true}}, 0, limit), nil)
}

// row writes an organization or group with what was asked to come along: in a
// list nothing does unless asked for, alone everything unless declined.
func (c counted) row(a Args, alone bool) ([]byte, error) {
	b, err := marshal(c.full)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"users", "tags", "extras", "groups"} {
		with, err := a.flag("include_"+key, alone)
		if err != nil {
			return nil, err
		}
		if with {
			b = append(append(b[:len(b)-1], `,"`+key+`":[]`...), '}')
		}
	}
	return b, nil
}

func (s *Snapshot) groupPackageShow(a Args) ([]byte, error) {
	c, err := chosen(s.groups(), a)
	if err != nil {
		return nil, err
	}
	limit, err := a.natural("limit", rowsAtMost)
	if err != nil {
		return nil, err
	}
	return s.members(keyGroups, c.name, min(limit, rowsAtMost))
}

func (s *Snapshot) organizationAutocomplete(a Args) ([]byte, error) {
	return complete(s.organizations(), a)
}

func (s *Snapshot) groupAutocomplete(a Args) ([]byte, error) { return complete(s.groups(), a) }

// complete lists what has the typed letters in its name or title.
func complete(all []counted, a Args) ([]byte, error) {
	q, limit, err := a.beginning(20)
	if err != nil {
		return nil, err
	}
	type row struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Title string `json:"title"`
	}
	out := []row{}
	for _, c := range all {
		if c.like(q) {
			out = append(out, row{c.id, c.name, c.title})
		}
	}
	return marshal(window(out, 0, limit))
}
