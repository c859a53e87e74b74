package catalogue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

func (s *Snapshot) packageList(a Args) ([]byte, error) {
	offset, limit, err := a.page()
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(s.entries))
	for _, e := range s.entries {
		names = append(names, e.found.name)
	}
	slices.Sort(names)
	return marshal(window(names, offset, limit))
}

func (s *Snapshot) packageShow(a Args) ([]byte, error) {
	id := cmp.Or(a.text("id"), a.text("name_or_id"))
	if id == "" {
		return nil, invalid("id", "Missing value")
	}
	e := s.lookup(id)
	if e == nil {
		return nil, notFound()
	}
	return e.ckan, nil
}

func (s *Snapshot) packagesWithResources(a Args) ([]byte, error) {
	offset, limit, err := a.page()
	if err != nil {
		return nil, err
	}
	order := slices.Clone(s.entries)
	slices.SortFunc(order, func(x, y *entry) int { return cmp.Or(cmp.Compare(y.found.modified, x.found.modified), byID(x, y)) })
	return joinPackages(window(order, offset, limit)), nil
}

// joinPackages lists packages as they were written once.
func joinPackages(entries []*entry) []byte {
	size := 2
	for _, e := range entries {
		size += len(e.ckan) + 2
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	b.WriteByte('[')
	for i, e := range entries {
		if i > 0 {
			b.WriteString(", ")
		}
		b.Write(e.ckan)
	}
	b.WriteByte(']')
	return b.Bytes()
}

func (s *Snapshot) organizationList(a Args) ([]byte, error) {
	return rows(s.organizations(), a, "organizations")
}

func (s *Snapshot) groupList(a Args) ([]byte, error) {
	return rows(s.groups(), a, "groups")
}

func (s *Snapshot) organizations() []counted {
	counts := map[string]int{}
	for _, e := range s.entries {
		counts[e.found.organization]++
	}
	return s.writer.organizations(counts, s.Built)
}

func (s *Snapshot) groups() []counted {
	counts := map[string]int{}
	for _, e := range s.entries {
		for _, g := range e.found.groups {
			counts[g]++
		}
	}
	return s.writer.groups(counts)
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
	if len(wanted) > 0 {
		all = slices.DeleteFunc(all, func(c counted) bool { return !slices.Contains(wanted, c.name) })
	}
	if err := order(all, cmp.Or(a.text("sort"), a.text("order_by"))); err != nil {
		return nil, err
	}
	full := a.truth("all_fields")
	out := []any{}
	for _, c := range window(all, offset, limit) {
		if full {
			out = append(out, c.full)
		} else {
			out = append(out, c.name)
		}
	}
	return marshal(out)
}

// order sorts organizations or groups as asked.
func order(all []counted, by string) error {
	fields := strings.Fields(strings.ReplaceAll(by, ",", " "))
	if len(fields) == 0 {
		return nil
	}
	sign := 1
	if fields[len(fields)-1] == "desc" {
		sign = -1
	}
	var compare func(x, y counted) int
	switch fields[0] {
	case "name":
		compare = func(x, y counted) int { return cmp.Compare(x.name, y.name) }
	case "title":
		compare = func(x, y counted) int { return cmp.Compare(x.title, y.title) }
	case "packages", "package_count":
		compare = func(x, y counted) int { return cmp.Compare(x.count, y.count) }
	default:
		return invalid("sort", "Cannot sort by field `"+fields[0]+"`")
	}
	slices.SortStableFunc(all, func(x, y counted) int { return sign * compare(x, y) })
	return nil
}

func (s *Snapshot) organizationShow(a Args) ([]byte, error) {
	return s.showRow(s.organizations(), a, func(e *entry, name string) bool { return e.found.organization == name })
}

func (s *Snapshot) groupShow(a Args) ([]byte, error) {
	return s.showRow(s.groups(), a, func(e *entry, name string) bool { return slices.Contains(e.found.groups, name) })
}

// showRow answers organization_show and group_show, by UUID or by name.
func (s *Snapshot) showRow(all []counted, a Args, member func(*entry, string) bool) ([]byte, error) {
	id := a.text("id")
	if id == "" {
		return nil, invalid("id", "Missing value")
	}
	at := slices.IndexFunc(all, func(c counted) bool { return c.id == id || c.name == id })
	if at < 0 {
		return nil, notFound()
	}
	b, err := marshal(all[at].full)
	if err != nil {
		return nil, err
	}
	extra := map[string]any{"users": []any{}, "tags": []any{}, "extras": []any{}, "groups": []any{}}
	if a.truth("include_datasets") {
		var members []*entry
		for _, e := range s.entries {
			if member(e, all[at].name) {
				members = append(members, e)
			}
		}
		extra["packages"] = json.RawMessage(joinPackages(window(members, 0, 1000)))
	}
	more, err := marshal(extra)
	if err != nil {
		return nil, err
	}
	return append(append(b[:len(b)-1], ','), more[1:]...), nil
}

func (s *Snapshot) tagList(a Args) ([]byte, error) {
	if a.text("vocabulary_id") != "" {
		return nil, notFound()
	}
	seen := map[string]bool{}
	names := []string{}
	query := strings.ToLower(a.text("query"))
	for _, e := range s.entries {
		for _, t := range e.found.tags {
			if !seen[t] && strings.Contains(strings.ToLower(t), query) {
				seen[t] = true
				names = append(names, t)
			}
		}
	}
	slices.Sort(names)
	if !a.truth("all_fields") {
		return marshal(names)
	}
	full := make([]ckanTag, 0, len(names))
	for _, n := range names {
		full = append(full, newTag(n))
	}
	return marshal(full)
}

func (s *Snapshot) licenseList(Args) ([]byte, error) { return marshal(s.writer.licenceList()) }

func (s *Snapshot) siteRead(Args) ([]byte, error) { return []byte("true"), nil }

func (s *Snapshot) statusShow(Args) ([]byte, error) { return s.Status(), nil }

// Status is what status_show and /api/util/status say about us.
func (s *Snapshot) Status() []byte {
	b, _ := marshal(struct { // strings always encode
		Version     string   `json:"ckan_version"`
		URL         string   `json:"site_url"`
		Description string   `json:"site_description"`
		Title       string   `json:"site_title"`
		ErrorsTo    *string  `json:"error_emails_to"`
		Locale      string   `json:"locale_default"`
		Extensions  []string `json:"extensions"`
	}{
		s.writer.settings.CKANVersion, s.writer.settings.BaseURL, firstWording(s.writer.settings.Description),
		firstWording(s.writer.settings.Title), nil, "fr",
		[]string{},
	})
	return b
}

// helpShow says in a line what an action does.
func (s *Snapshot) helpShow(a Args) ([]byte, error) {
	name := a.text("name")
	if name == "" {
		return nil, invalid("name", "Missing value")
	}
	if !IsAction(name) {
		return nil, notFound()
	}
	return marshal(name + ": read only, as in CKAN " + s.writer.settings.CKANVersion + "; see " +
		s.writer.settings.BaseURL + "/api/docs")
}
