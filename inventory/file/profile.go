package file

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/jard-odi/jard/inventory"
)

// Silence forgets the least and the greatest of the columns at these places,
// from 0: of a column of telephone numbers they would be two of them.
func (p *Profile) Silence(places ...int) {
	for _, n := range places {
		if n >= 0 && n < len(p.Columns) {
			p.Columns[n].Min, p.Columns[n].Max = "", ""
		}
	}
}

// Profile says what a table holds without holding any of it: of the cells only
// the least and the greatest of columns of numbers and dates are kept.
type Profile struct {
	Header  int      `json:"header,omitempty"` // line of the names, from 1; 0 when there are none
	Rows    int64    `json:"rows,omitempty"`
	Sheets  int      `json:"sheets,omitempty"` // of a workbook
	Cut     bool     `json:"cut,omitempty"`    // there is more than was read
	Damaged bool     `json:"damaged,omitempty"`
	Columns []Column `json:"columns,omitempty"`
	Holds   []Format `json:"holds,omitempty"` // of an archive
}

// Kind is what the cells of a column are.
type Kind string

// The kinds.
const (
	Blank   Kind = "blank" // nothing in it
	Text    Kind = "text"
	Integer Kind = "integer"
	Decimal Kind = "decimal"
	Day     Kind = "date"
	Truth   Kind = "boolean"
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Blank, Text, Integer, Decimal, Day, Truth} }

// Column is one column of a table.
type Column struct {
	Name     string `json:"name"`
	Kind     Kind   `json:"kind"`
	Empty    int64  `json:"empty,omitempty"`    // cells without anything
	Distinct int    `json:"distinct,omitempty"` // different values
	More     bool   `json:"more,omitempty"`     // and more than were counted
	Min      string `json:"min,omitempty"`      // of numbers and dates only
	Max      string `json:"max,omitempty"`
}

// Newest returns the newest date of the column of the name; empty when there
// is none such or it holds no dates.
func (p Profile) Newest(column string) inventory.Date {
	for _, c := range p.Columns {
		if c.Name == column && c.Kind == Day && column != "" {
			return inventory.Date(c.Max)
		}
	}
	return ""
}

// Dates lists the columns that may date the rows, the likeliest first.
func (p Profile) Dates() []string {
	var named, others []string
	for _, c := range p.Columns {
		switch {
		case c.Kind != Day || c.Name == "":
		case says(c.Name, dating) || says(c.Name, years):
			named = append(named, c.Name)
		default:
			others = append(others, c.Name)
		}
	}
	return append(named, others...)
}

// Bounds of what a profile holds.
const (
	maxColumns  = 300
	maxDistinct = 1000
	maxName     = 100
	headRows    = 30 // rows among which the names are looked for
	// MaxRows is how many rows are read of one table: as many as a sheet has.
	MaxRows = 1_048_576
	sure    = 0.95 // share of the cells that must be of a kind
)

// Sample is where the profiler leaves the first rows for whoever screens them.
// They stay in memory and are gone with it.
type Sample struct {
	Most   int // rows; 0 takes none
	Header []string
	Rows   [][]string
}

// Profiler reads a table row by row. The zero value is ready.
type Profiler struct {
	Sample  Sample
	profile Profile
	head    [][]string // rows kept until the names are found
	lines   []int
	begun   bool
	line    int
	columns []*tally
	digest  hash.Hash
	bytes   int // of the sample
	scratch []byte
}

// tally counts one column.
type tally struct {
	Column
	years, serials                     bool
	filled, integers, decimals, truths int64
	dates                              int64
	seen                               map[uint64]struct{}
	least, most                        float64
	first, last                        inventory.Date
}

// Add reads a row; false says that no more are wanted.
func (p *Profiler) Add(row []string) bool {
	p.line++
	if p.digest == nil {
		p.digest = sha256.New()
	}
	if !p.hash(row) {
		return true
	}
	if p.begun {
		p.count(row)
		return p.profile.Rows < MaxRows
	}
	cells := make([]string, len(row))
	for n, cell := range row {
		cells[n] = strings.Clone(cell)
	}
	p.head, p.lines = append(p.head, cells), append(p.lines, p.line)
	if len(p.head) == headRows {
		p.begin()
	}
	return true
}

// hash takes the row into the digest; false when it says nothing.
func (p *Profiler) hash(row []string) bool {
	last := -1
	for n, cell := range row {
		if strings.TrimSpace(cell) != "" {
			last = n
		}
	}
	if last < 0 {
		return false
	}
	p.scratch = p.scratch[:0]
	for _, cell := range row[:last+1] {
		p.scratch = append(append(p.scratch, strings.TrimSpace(cell)...), 0x1f)
	}
	_, _ = p.digest.Write(append(p.scratch, 0x1e))
	return true
}

// begin finds the names among the first rows, below titles and above the data.
func (p *Profiler) begin() {
	p.begun = true
	widest := 0
	for _, row := range p.head {
		widest = max(widest, filled(row))
	}
	at := -1
	for n, row := range p.head {
		if f := filled(row); f*10 >= widest*6 && named(row)*10 >= f*6 && !slices.ContainsFunc(row, identifies) {
			at = n
			break
		}
		if filled(row)*10 >= widest*6 {
			break // the data begin, and nobody named them
		}
	}
	if at >= 0 {
		p.profile.Header = p.lines[at]
		for _, name := range p.head[at][:min(len(p.head[at]), maxColumns)] {
			p.column(clip(name, maxName))
		}
	}
	for _, row := range p.head[at+1:] {
		p.count(row)
	}
	p.head, p.lines = nil, nil
}

// identifies tells whether a cell is the address or the number of somebody:
// then its row is one of the data, and must not be kept as names of columns.
func identifies(cell string) bool {
	cell = strings.TrimSpace(cell)
	if strings.Contains(cell, "@") {
		return true
	}
	digits, other := 0, 0
	for _, r := range cell {
		switch {
		case unicode.IsDigit(r):
			digits++
		case !strings.ContainsRune(" +.-/()", r):
			other++
		}
	}
	return other == 0 && digits >= fewestDigits && !twoYears.MatchString(cell)
}

// fewestDigits is how many digits a telephone number or a tax number has at least.
const fewestDigits = 7

// twoYears name a column.
var twoYears = regexp.MustCompile(`^\d{4}\s*[-/ ]\s*\d{4}$`)

func filled(row []string) (n int) {
	for _, cell := range row {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// named counts the cells that could be names: no numbers but years, which
// stand above the columns of many tables.
func named(row []string) (n int) {
	for _, cell := range row {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		_, isNumber := number(cell)
		_, isDate := date(cell, true, false)
		if !isNumber && !isDate || isDate && len(cell) == 4 && filled(row) > 2 {
			n++
		}
	}
	return n
}

func (p *Profiler) column(name string) {
	t := &tally{Column: Column{Name: name}, seen: map[uint64]struct{}{}}
	t.years = says(name, years) || says(name, dating)
	t.serials = says(name, dating)
	p.columns = append(p.columns, t)
	if p.Sample.Most > 0 {
		p.Sample.Header = append(p.Sample.Header, name)
	}
}

// maxSample bounds the memory that a sample takes.
const maxSample = 4 << 20

func (p *Profiler) count(row []string) {
	for len(p.columns) < min(len(row), maxColumns) {
		p.column("")
		last := p.columns[len(p.columns)-1]
		last.Empty = p.profile.Rows
	}
	p.profile.Rows++
	for n, t := range p.columns {
		cell := ""
		if n < len(row) {
			cell = strings.TrimSpace(row[n])
		}
		t.take(cell)
	}
	if len(p.Sample.Rows) < p.Sample.Most && p.bytes < maxSample {
		kept := make([]string, min(len(row), maxColumns))
		for n := range kept {
			kept[n] = strings.Clone(row[n])
			p.bytes += len(kept[n])
		}
		p.Sample.Rows = append(p.Sample.Rows, kept)
	}
}

func (t *tally) take(cell string) {
	if cell == "" {
		t.Empty++
		return
	}
	t.filled++
	if len(t.seen) < maxDistinct {
		t.seen[fingerprint(cell)] = struct{}{}
	}
	if day, ok := date(cell, t.years, t.serials); ok {
		if t.dates++; t.first == "" || day < t.first {
			t.first = day
		}
		t.last = max(t.last, day)
	}
	if x, ok := number(cell); ok {
		if t.integers+t.decimals == 0 || x < t.least {
			t.least = x
		}
		if t.integers+t.decimals == 0 || x > t.most {
			t.most = x
		}
		if strings.ContainsAny(cell, ".,%eE") {
			t.decimals++
		} else {
			t.integers++
		}
	} else if truth(cell) {
		t.truths++
	}
}

// fingerprint is the 64-bit FNV-1a hash, without taking memory for each cell.
func fingerprint(s string) uint64 {
	h := uint64(14695981039346656037)
	for k := range len(s) {
		h = (h ^ uint64(s[k])) * 1099511628211
	}
	return h
}

// done says what the column is.
func (t *tally) done() Column {
	c := t.Column
	c.Distinct = len(t.seen)
	c.More = c.Distinct >= maxDistinct
	need := sure * float64(t.filled)
	switch {
	case t.filled == 0:
		c.Kind = Blank
	case float64(t.dates) >= need:
		c.Kind, c.Min, c.Max = Day, string(t.first), string(t.last)
	case float64(t.truths) >= need:
		c.Kind = Truth
	case float64(t.integers+t.decimals) >= need:
		c.Kind, c.Min, c.Max = Integer, figure(t.least), figure(t.most)
		if t.decimals > 0 {
			c.Kind = Decimal
		}
	default:
		c.Kind = Text
	}
	return c
}

func figure(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Done returns the profile and the digest of the cells.
func (p *Profiler) Done() (Profile, string) {
	if !p.begun {
		p.begin()
	}
	for _, t := range p.columns {
		p.profile.Columns = append(p.profile.Columns, t.done())
	}
	p.profile.Cut = p.profile.Rows >= MaxRows
	if p.digest == nil {
		return p.profile, ""
	}
	return p.profile, hex.EncodeToString(p.digest.Sum(nil))
}
