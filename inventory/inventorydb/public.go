package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search"
)

// PublicFilter says which publications the public list shows.
type PublicFilter struct {
	Q           string // words, in any language
	Theme       string
	Institution string // slug; bodies under it are included
	Frequency   string
	Format      string
	Openness    inventory.Openness
	Licence     string
	Governorate string // code
	Duty        search.Duty
	Life        inventory.Life
	Overdue     bool   // the same as the duty "late"
	Sort        string // "relevance" (default where there are words), "modified" (default: the last changed first), "title", "late" (the longest overdue first)
	Page        int    // from 1
	PerPage     int    // 0 means 20, at most 100
}

// PublicPage is one page of the public list.
type PublicPage struct {
	Items   []inventory.Publication
	Total   int
	Page    int
	PerPage int
	Pages   int
	Facets  Facets
	Search  Found
}

// Found is what search says of the words beside what it found.
type Found struct {
	Meant   string   // the words with slips mended, when only the mended ones were found
	Partly  bool     // nothing has every word; what was found has all but one
	Cut     bool     // the end of the question did not count
	Dropped []string // words that nothing in the register resembles
	Marks   search.Marks
}

// Facets tell how many publications each further choice would leave. Each one
// is counted with every filter but its own, so that a choice can be changed.
type Facets struct {
	Themes       []Facet
	Institutions []Facet
	Frequencies  []Facet
	Formats      []Facet
	Opennesses   []Facet
	Licences     []Facet
	Governorates []Facet
	Duties       []Facet // search.Late, search.OnTime, search.NoDate
	Lives        []Facet
	Overdue      int
}

// Facet is one choice and how many publications it leaves.
type Facet struct {
	Value string
	N     int
}

// Public returns a page of what is public.
func (s *Store) Public(ctx context.Context, f PublicFilter) (PublicPage, error) {
	var slugs []string
	if f.Institution != "" {
		var err error
		if slugs, err = s.under(s.db.WithContext(ctx), f.Institution); err != nil {
			return PublicPage{}, err
		}
	}
	if f.Overdue {
		f.Duty = search.Late
	}
	page := PublicPage{Page: max(1, f.Page), PerPage: min(max(f.PerPage, 0), 100)}
	if page.PerPage == 0 {
		page.PerPage = 20
	}
	x, err := s.public.current(ctx, s)
	if err != nil {
		return PublicPage{}, err
	}
	if x != nil {
		return s.publicFound(ctx, x, f, slugs, page)
	}
	return s.publicAsked(ctx, f, slugs, page)
}

// publicAsked is Public while there is no index: the database looks through
// every row for the words as they are typed.
func (s *Store) publicAsked(ctx context.Context, f PublicFilter, slugs []string, page PublicPage) (PublicPage, error) {
	query := func(except string) *gorm.DB { return s.publicQuery(ctx, f, slugs, except) }
	var total int64
	if err := query("").Count(&total).Error; err != nil {
		return PublicPage{}, fmt.Errorf("count publications: %w", err)
	}
	page.of(int(total))
	q := query("").Order(publicOrder(f.Sort)).Limit(page.PerPage).Offset((page.Page - 1) * page.PerPage)
	if err := q.Find(&page.Items).Error; err != nil {
		return PublicPage{}, fmt.Errorf("list publications: %w", err)
	}
	facets, err := s.facets(query)
	page.Facets = facets
	return page, err
}

// of says how many there are, and goes back to the last page from beyond it.
func (p *PublicPage) of(total int) {
	p.Total = total
	p.Pages = (total + p.PerPage - 1) / p.PerPage
	p.Page = min(p.Page, max(1, p.Pages))
}

func publicOrder(sort string) string {
	switch sort {
	case "title":
		return "search, dataset_id"
	case "late":
		return "CASE WHEN late_after IS NULL THEN 1 ELSE 0 END, late_after, dataset_id"
	}
	return "modified DESC, dataset_id"
}

// publicQuery applies every filter but the one named except.
func (s *Store) publicQuery(ctx context.Context, f PublicFilter, slugs []string, except string) *gorm.DB {
	q := s.db.WithContext(ctx).Model(&inventory.Publication{}).Where("withdrawn_at IS NULL")
	for _, one := range []struct{ column, value string }{
		{"theme", f.Theme},
		{"frequency", f.Frequency},
		{"openness", string(f.Openness)},
		{"licence", f.Licence},
		{"life", string(f.Life)},
	} {
		if one.value != "" && one.column != except {
			q = q.Where(one.column+" = ?", one.value)
		}
	}
	if len(slugs) > 0 && except != "institution" {
		q = q.Where("institution IN ?", slugs)
	}
	if f.Format != "" && except != "formats" {
		escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
		q = q.Where(`formats LIKE ? ESCAPE '\'`, "% "+escape.Replace(strings.ToUpper(f.Format))+" %")
	}
	if f.Governorate != "" && except != "spatial" {
		q = q.Where(s.text("spatial")+" LIKE ?", `%"`+likeless(f.Governorate)+`"%`)
	}
	if f.Duty != "" && except != "duty" {
		q = s.standing(q, f.Duty)
	}
	return matching(q, f.Q)
}

func (s *Store) facets(query func(except string) *gorm.DB) (Facets, error) {
	var f Facets
	for _, one := range []struct {
		column string
		into   *[]Facet
	}{
		{"theme", &f.Themes},
		{"institution", &f.Institutions},
		{"frequency", &f.Frequencies},
		{"openness", &f.Opennesses},
		{"licence", &f.Licences},
		{"life", &f.Lives},
		{"formats", &f.Formats},
		{"spatial", &f.Governorates},
	} {
		column := s.text(one.column)
		err := query(one.column).Select(column + " AS value, count(*) AS n").Group(column).
			Order("n DESC, value").Scan(one.into).Error
		if err != nil {
			return f, fmt.Errorf("count publications by %s: %w", one.column, err)
		}
	}
	f.Formats = split(f.Formats)
	for n := range f.Governorates {
		f.Governorates[n].Value = strings.NewReplacer(`"`, " ", "[", "", "]", "", ",", " ").Replace(f.Governorates[n].Value)
	}
	f.Governorates = split(f.Governorates)
	for _, duty := range []search.Duty{search.Late, search.OnTime, search.NoDate} {
		var n int64
		if err := s.standing(query("duty"), duty).Count(&n).Error; err != nil {
			return f, fmt.Errorf("count publications by duty: %w", err)
		}
		if n > 0 {
			f.Duties = append(f.Duties, Facet{string(duty), int(n)})
		}
	}
	f.dated()
	return f, nil
}

// dated says how many are overdue of the counts by duty.
func (f *Facets) dated() {
	slices.SortStableFunc(f.Duties, func(a, b Facet) int { return b.N - a.N })
	for _, d := range f.Duties {
		if d.Value == string(search.Late) {
			f.Overdue = d.N
		}
	}
}

// standing keeps what stands so with its promise of updates.
func (s *Store) standing(q *gorm.DB, duty search.Duty) *gorm.DB {
	switch duty {
	case search.Late:
		return q.Where("late_after <= ?", s.now())
	case search.OnTime:
		return q.Where("late_after > ?", s.now())
	case search.NoDate:
		return q.Where("late_after IS NULL")
	}
	return q.Where("1 = 0")
}

// text reads a column that may hold JSON as text, on either engine.
func (s *Store) text(column string) string {
	if column == "spatial" && s.db.Name() == "postgres" {
		return "spatial::text"
	}
	return column
}

// likeless drops from a code what a LIKE pattern would take for more.
func likeless(code string) string {
	return strings.NewReplacer("%", "", "_", "", `\`, "", `"`, "").Replace(code)
}

// split counts each format of lists such as " CSV XLSX ".
func split(lists []Facet) []Facet {
	counts := map[string]int{}
	for _, list := range lists {
		for format := range strings.FieldsSeq(list.Value) {
			counts[format] += list.N
		}
	}
	formats := make([]Facet, 0, len(counts))
	for format, n := range counts {
		formats = append(formats, Facet{format, n})
	}
	slices.SortFunc(formats, func(a, b Facet) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Value, b.Value)
	})
	return formats
}

// Publication returns what the public sees under a ref, a UUID or a name,
// tombstones included: the caller says Gone with the reason.
func (s *Store) Publication(ctx context.Context, key string) (*inventory.Publication, error) {
	column := "name"
	switch {
	case strings.HasPrefix(key, "TN-"):
		column = "ref"
	case len(key) == 36 && uuid.Validate(key) == nil:
		column = "dataset_id"
	case key == "":
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	var p inventory.Publication
	if err := s.db.WithContext(ctx).Where(column+" = ?", key).Take(&p).Error; err != nil {
		return nil, explain(err, "read publication")
	}
	return &p, nil
}

// Publications returns everything that is public, in the order of ids, which
// never changes: what the catalogue is written from.
func (s *Store) Publications(ctx context.Context) ([]inventory.Publication, error) {
	var all []inventory.Publication
	if err := s.db.WithContext(ctx).Where("withdrawn_at IS NULL").Order("dataset_id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read publications: %w", err)
	}
	return all, nil
}

// Everything returns what is public and what was, in the order of ids and in
// one read: a dataset withdrawn meanwhile is in it once, as one or the other.
func (s *Store) Everything(ctx context.Context) ([]inventory.Publication, error) {
	var all []inventory.Publication
	if err := s.db.WithContext(ctx).Order("dataset_id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read publications and tombstones: %w", err)
	}
	return all, nil
}

// Tombstones returns what was public and is withdrawn, in the order of ids.
func (s *Store) Tombstones(ctx context.Context) ([]inventory.Publication, error) {
	var all []inventory.Publication
	if err := s.db.WithContext(ctx).Where("withdrawn_at IS NOT NULL").Order("dataset_id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read tombstones: %w", err)
	}
	return all, nil
}

// Overdue returns what should have been updated by now, the longest waiting first.
func (s *Store) Overdue(ctx context.Context) ([]inventory.Publication, error) {
	var late []inventory.Publication
	err := s.db.WithContext(ctx).Where("withdrawn_at IS NULL AND late_after <= ?", s.now()).
		Order("late_after, dataset_id").Find(&late).Error
	if err != nil {
		return nil, fmt.Errorf("read overdue publications: %w", err)
	}
	return late, nil
}

// Figures are the numbers of the front page.
type Figures struct {
	Datasets      int // public
	Open          int // of these, open
	Overdue       int // of these, to be updated
	OnTimeOf      int // of these, with a due date
	Distributions int
	Institutions  int // with at least one public dataset
}

// Figures returns the numbers of the front page.
func (s *Store) Figures(ctx context.Context) (Figures, error) {
	length := "json_array_length(distributions)"
	if s.db.Name() == "postgres" {
		length = "jsonb_array_length(distributions)"
	}
	var f Figures
	err := s.db.WithContext(ctx).Model(&inventory.Publication{}).Where("withdrawn_at IS NULL").
		Select("count(*) AS datasets, "+
			"coalesce(sum(CASE WHEN openness = ? THEN 1 ELSE 0 END), 0) AS open, "+
			"coalesce(sum(CASE WHEN late_after <= ? THEN 1 ELSE 0 END), 0) AS overdue, "+
			"count(late_after) AS on_time_of, "+
			"coalesce(sum("+length+"), 0) AS distributions, "+
			"count(DISTINCT institution) AS institutions", inventory.Open, s.now()).
		Scan(&f).Error
	if err != nil {
		return f, fmt.Errorf("read figures: %w", err)
	}
	return f, nil
}
