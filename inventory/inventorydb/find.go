package inventorydb

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search"
)

// publicFound is Public answered by the index; the rows of the page come from
// the table.
func (s *Store) publicFound(ctx context.Context, x *search.Index, f PublicFilter, slugs []string, page PublicPage) (PublicPage, error) {
	r := search.Request{
		Q: f.Q, Duty: f.Duty, Sort: search.Sort(f.Sort), From: offset(page.Page, page.PerPage), Size: page.PerPage, Facets: true, Now: s.now(),
	}
	r.Filters[search.ByInstitution] = slugs
	for column, value := range map[int]string{
		search.ByTheme: f.Theme, search.ByFormat: strings.ToUpper(f.Format), search.ByLicence: f.Licence,
		search.ByOpenness: string(f.Openness), search.ByFrequency: f.Frequency, search.ByGovernorate: f.Governorate,
		search.ByLife: string(f.Life),
	} {
		if value != "" {
			r.Filters[column] = []string{value}
		}
	}
	found := x.Search(r)
	beyond := page.Page
	if page.of(found.Total); page.Page != beyond {
		r.From = offset(page.Page, page.PerPage)
		found = x.Search(r)
	}
	page.Facets, page.Search = facetsOf(found), foundOf(found)
	var rows []inventory.Publication
	err := s.db.WithContext(ctx).Where("dataset_id IN ? AND withdrawn_at IS NULL", found.IDs).Find(&rows).Error
	if err != nil {
		return PublicPage{}, fmt.Errorf("read what was found: %w", err)
	}
	page.Items = inOrder(rows, found.IDs, func(p inventory.Publication) string { return p.DatasetID })
	return page, nil
}

// offset is how many stand before a page; a page nobody can reach is one far
// beyond the last.
func offset(page, size int) int {
	return (min(page, 1<<31) - 1) * size
}

func foundOf(r search.Result) Found {
	return Found{Meant: r.Meant, Partly: r.Partly, Cut: r.Cut, Dropped: r.Dropped, Marks: r.Marks}
}

func facetsOf(r search.Result) Facets {
	var f Facets
	for column, into := range map[int]*[]Facet{
		search.ByTheme: &f.Themes, search.ByInstitution: &f.Institutions, search.ByFrequency: &f.Frequencies, search.ByFormat: &f.Formats,
		search.ByOpenness: &f.Opennesses, search.ByLicence: &f.Licences, search.ByGovernorate: &f.Governorates,
		search.ByLife: &f.Lives,
	} {
		for _, c := range r.Facets[column] {
			*into = append(*into, Facet(c))
		}
	}
	for _, duty := range []search.Duty{search.Late, search.OnTime, search.NoDate} {
		if n := r.Duties[duty]; n > 0 {
			f.Duties = append(f.Duties, Facet{string(duty), n})
		}
	}
	f.dated()
	return f
}

// inOrder puts rows into the order of ids; a row that is gone since is left out.
func inOrder[T any](rows []T, ids []string, id func(T) string) []T {
	place := make(map[string]int, len(ids))
	for n, id := range ids {
		place[id] = n
	}
	slices.SortFunc(rows, func(a, b T) int { return place[id(a)] - place[id(b)] })
	return rows
}

// deskIndex returns the index that answers f: none when f asks for no words or
// for what only the table knows, or when there is none yet.
func (s *Store) deskIndex(ctx context.Context, f Filter) (*search.Index, error) {
	if !search.Words(f.Q) || f.literal() {
		return nil, nil //nolint:nilnil // the table answers
	}
	return s.desk.current(ctx, s)
}

// listFound is List answered by the index, in the order of relevance.
func (s *Store) listFound(ctx context.Context, x *search.Index, by identity.Actor, f Filter, err error) (List, error) {
	if err != nil {
		return List{}, err
	}
	from := 0
	if f.Cursor != "" {
		if from, err = parsePlace(f.Cursor); err != nil {
			return List{}, err
		}
	}
	limit := min(f.Limit, maxLimit)
	if limit <= 0 {
		limit = defaultLimit
	}
	r, err := s.deskRequest(ctx, by, f)
	if err != nil {
		return List{}, err
	}
	r.From, r.Size = from, limit
	found := x.Search(r)
	list := List{Search: foundOf(found)}
	// What the actor may read is asked of the table once more: the index is no place to keep secrets.
	q, err := s.readable(ctx, by)
	if err != nil {
		return List{}, err
	}
	f.Q = ""
	if q, err = s.narrow(q, f); err != nil {
		return List{}, err
	}
	if err := q.Where("id IN ?", found.IDs).Find(&list.Items).Error; err != nil {
		return List{}, fmt.Errorf("read what was found: %w", err)
	}
	list.Items = inOrder(list.Items, found.IDs, func(d inventory.Dataset) string { return d.ID })
	if next := from + len(found.IDs); next < found.Total {
		list.Next = place(next)
	}
	return list, nil
}

// countFound is Count answered by the index.
func (s *Store) countFound(ctx context.Context, x *search.Index, by identity.Actor, f Filter, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	r, err := s.deskRequest(ctx, by, f)
	if err != nil {
		return 0, err
	}
	return x.Search(r).Total, nil
}

// deskRequest asks the index for what f asks for and the actor may read:
// nobody searches among the drafts of others.
func (s *Store) deskRequest(ctx context.Context, by identity.Actor, f Filter) (search.Request, error) {
	r := search.Request{Q: f.Q, Now: s.now()}
	if f.Institution != "" {
		slugs, err := s.under(s.db.WithContext(ctx), f.Institution)
		if err != nil {
			return r, err
		}
		r.Filters[search.ByInstitution] = slugs
	}
	if !by.Everywhere(identity.ReadRegister) {
		may := func(slug string) bool { return slices.Contains(by.Institutions, slug) }
		if f.Institution == "" {
			r.Filters[search.ByInstitution] = by.Institutions
		}
		r.Filters[search.ByInstitution] = slices.DeleteFunc(append([]string{}, r.Filters[search.ByInstitution]...),
			func(slug string) bool { return !may(slug) })
	}
	if f.State != "" {
		if !f.State.Valid() {
			return r, fault.At("state", "dataset.state.unknown", string(f.State))
		}
		r.Filters[search.ByState] = []string{string(f.State)}
	}
	if f.Life != "" {
		if !f.Life.Valid() {
			return r, fault.At("life", "dataset.life.unknown", string(f.Life))
		}
		r.Filters[search.ByLife] = []string{string(f.Life)}
	}
	if f.Theme != "" {
		r.Filters[search.ByTheme] = []string{f.Theme}
	}
	if f.Frequency != "" {
		r.Filters[search.ByFrequency] = []string{f.Frequency}
	}
	if f.Overdue {
		r.Duty = search.Late
	}
	return r, nil
}

// place names a place in a list ordered by relevance.
func place(n int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("place " + strconv.Itoa(n)))
}

func parsePlace(s string) (int, error) {
	data, err := base64.RawURLEncoding.DecodeString(s)
	text, ok := strings.CutPrefix(string(data), "place ")
	n, parseErr := strconv.Atoi(text)
	if err != nil || !ok || parseErr != nil || n < 0 {
		return 0, fault.At("cursor", "fault.cursor")
	}
	return n, nil
}

// Suggestions are what somebody may be typing.
type Suggestions struct {
	Keywords []search.Suggestion
	Titles   []inventory.Publication
}

// Suggest returns the keywords and the public datasets that what was typed so
// far may become, at most n of each.
func (s *Store) Suggest(ctx context.Context, typed string, n int) (Suggestions, error) {
	var out Suggestions
	x, err := s.public.current(ctx, s)
	if err != nil || x == nil || !search.Words(typed) {
		return out, err
	}
	out.Keywords = x.Keywords(typed, n)
	found := x.Search(search.Request{Q: typed, Size: n, Now: s.now()})
	err = s.db.WithContext(ctx).Select("dataset_id", "ref", "title", "institution").
		Where("dataset_id IN ? AND withdrawn_at IS NULL", found.IDs).Find(&out.Titles).Error
	if err != nil {
		return out, fmt.Errorf("read suggestions: %w", err)
	}
	out.Titles = inOrder(out.Titles, found.IDs, func(p inventory.Publication) string { return p.DatasetID })
	return out, nil
}
