package demo

// family is a kind of dataset that ministries keep many of: one for each
// governorate, port or year. Texts may hold {place} and {period}.
type family struct {
	owner     string // slug of the institution
	theme     string // code
	frequency string // code
	formats   string // "CSV XLSX"
	title     pair
	about     pair // what the rows are; becomes the description
	words     pair // keywords, separated by |
	places    []place
	periods   periods
	openness  string // empty means open
}

// pair is a text in the two languages every dataset is described in.
type pair struct{ fr, ar string }

// place is what {place} stands for: a governorate, or something in one.
type place struct {
	code string // of the governorate
	pair
}

// periods says which periods a family has a dataset for, counted back from
// the last complete one.
type periods struct {
	count int
	kind  periodKind
}

type periodKind int

const (
	calendarYear periodKind = iota
	campaign                // September to August, as fields and schools count
)

func years(n int) periods     { return periods{n, calendarYear} }
func campaigns(n int) periods { return periods{n, campaign} }

// families lists every family there is.
func families() []family {
	var all []family
	for _, some := range [][]family{
		crops, waters, sea, health, solidarity, worship, roads, transport, statistics, plans,
	} {
		all = append(all, some...)
	}
	return all
}
