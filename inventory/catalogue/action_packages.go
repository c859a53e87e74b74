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
	if limit < 0 {
		limit = startAtMost
	}
	var b bytes.Buffer
	b.WriteByte('[')
	for i, at := range s.index.page(s.index.active(), []sortKey{{field: sortName}}, min(offset, startAtMost), limit) {
		if i > 0 {
			b.WriteString(", ")
		}
		seg, slot := s.index.of(at)
		writeJSONString(&b, seg.name.get(slot))
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// packageShow answers one package. A withdrawn one is not found, as in a CKAN
// whose caller has no key: who asks for a single dataset wants to know whether
// it is still there. Where every listing has its row, so has this, and it is
// shown to whoever asks for deleted ones.
func (s *Snapshot) packageShow(a Args) ([]byte, error) {
	id := a.text("id")
	if id == "" {
		var err error
		if id, err = a.need("name_or_id"); err != nil {
			return nil, err
		}
	}
	at, ok := s.index.find(id)
	if !ok || s.index.deleted(at) && !s.showsStub(a) {
		return nil, notFound()
	}
	return s.index.packageOf(nil, at)
}

func (s *Snapshot) showsStub(a Args) bool {
	mode := s.writer.settings.Tombstones
	return mode == TombstonesAlways || mode == TombstonesWindow && a.truth("include_deleted")
}

func (s *Snapshot) packagesWithResources(a Args) ([]byte, error) {
	offset, limit, err := a.page()
	if err != nil {
		return nil, err
	}
	if page, err := a.natural("page", 1); err != nil {
		return nil, err
	} else if a["offset"] == nil && limit > 0 && page > 1 {
		offset = min(page-1, startAtMost/limit) * limit
	}
	if limit < 0 || limit > rowsAtMost {
		limit = rowsAtMost
	}
	youngest := []sortKey{{field: sortModified, down: true}}
	return s.packages(s.index.page(s.index.active(), youngest, min(offset, startAtMost), limit), nil)
}

// resourceShow answers one file of a dataset.
func (s *Snapshot) resourceShow(a Args) ([]byte, error) {
	id, err := a.need("id")
	if err != nil {
		return nil, err
	}
	for i, p := range s.index.parts {
		for _, slot := range p.resources.of(id) {
			if !p.live.has(slot) || p.deleted.has(slot) {
				continue
			}
			b, err := s.index.packageOf(nil, spot{i, slot})
			if err != nil {
				return nil, err
			}
			if one := element(member(b, "resources"), "id", id); one != nil {
				return one, nil
			}
		}
	}
	return nil, notFound()
}

// element finds the object of a list whose key says so.
func element(list []byte, key, value string) []byte {
	var all []json.RawMessage
	if json.Unmarshal(list, &all) != nil {
		return nil
	}
	for _, one := range all {
		var said string
		if json.Unmarshal(member(one, key), &said) == nil && said == value {
			return one
		}
	}
	return nil
}

// completion is a row of package_autocomplete.
type completion struct {
	Name           string `json:"name"`
	Title          string `json:"title"`
	MatchField     string `json:"match_field"`
	MatchDisplayed string `json:"match_displayed"`
}

func (s *Snapshot) packageAutocomplete(a Args) ([]byte, error) {
	q, limit, err := a.beginning(10)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(q)
	byTitle := mentions(q, 1<<textTitle)
	found := s.index.active()
	for i, p := range s.index.parts {
		match := byTitle(p.segment)
		p.matchUnique(match, sortName, "*"+strings.ReplaceAll(name, "*", "")+"*")
		found[i].keep(match)
	}
	out := []completion{}
	for _, at := range s.index.page(found, []sortKey{{field: sortTitle}}, 0, limit) {
		seg, slot := s.index.of(at)
		c := completion{seg.name.get(slot), seg.title.get(slot), "name", seg.name.get(slot)}
		if !strings.Contains(c.Name, name) {
			c.MatchField, c.MatchDisplayed = "title", c.Title+" ("+c.Name+")"
		}
		out = append(out, c)
	}
	return marshal(out)
}

// beginning reads what somebody has typed so far, and how many guesses are wanted.
func (a Args) beginning(otherwise int) (q string, limit int, err error) {
	if q, err = a.need("q"); err != nil {
		return "", 0, err
	}
	limit, err = a.natural("limit", otherwise)
	return q, min(limit, rowsAtMost), err
}

func (s *Snapshot) formatAutocomplete(a Args) ([]byte, error) {
	q, limit, err := a.beginning(5)
	if err != nil {
		return nil, err
	}
	counts := s.index.counts(keyFormat, s.index.active())
	names := []string{}
	for format := range counts {
		if strings.Contains(strings.ToLower(format), strings.ToLower(q)) {
			names = append(names, format)
		}
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y)) })
	for i := range names {
		names[i] = strings.ToLower(names[i])
	}
	return marshal(window(names, 0, limit))
}
