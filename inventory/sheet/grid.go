package sheet

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// Bounds of what is read from one file. Ten thousand rows are a large
// institution's whole inventory; what is over is refused and said so.
const (
	MaxFile  = 32 << 20
	MaxRows  = 20_000
	maxAbove = 30  // rows that titles may take above the header
	maxWide  = 300 // columns
)

// grid is one sheet or CSV file as lines of cells.
type grid struct {
	name     string
	lines    iter.Seq2[gridLine, error]
	formulas map[string]bool // cells that hold one
	merges   []merge
	date1904 bool
}

type gridLine struct {
	number int
	cells  []string
}

// merge is a block of cells that shows its first one's text.
type merge struct{ left, top, right, bottom int }

// tabulator reads grids.
type tabulator struct {
	form    *Form
	labels  map[string]string // remembered for the institution: folded label to code
	layouts []Layout          // nil when the headings are to be guessed
	r       *reader
	seen    []inventory.SheetSeen
	total   int
	found   bool // a sheet that could be read
}

// code says which column of the form a heading means.
func (t *tabulator) code(label string) string {
	folded := inventory.Fold(label)
	if code, ok := t.labels[folded]; ok {
		return code
	}
	return t.form.labels[folded]
}

// headings reads a line as a header, and counts what it understood.
func (t *tabulator) headings(l gridLine) (all []inventory.Heading, known int) {
	taken := map[string]string{}
	for n, cell := range l.cells[:min(len(l.cells), maxWide)] {
		label := strings.TrimSpace(cell)
		if label == "" {
			continue
		}
		h := inventory.Heading{Letter: letterOf(n + 1), Label: clip(label, 100), Code: t.code(label)}
		switch first, twice := taken[h.Code]; {
		case h.Code == "" || h.Code == Ignored:
		case twice: // the first of two columns of one name counts
			h.Code, h.Twin = "", first
		default:
			taken[h.Code] = h.Letter
			known++
		}
		all = append(all, h)
	}
	if taken["title"]+taken["title_ar"]+taken[refColumn] == "" || known < 2 {
		return all, 0
	}
	return all, known
}

// letterOf names the nth column.
func letterOf(n int) string {
	letter, err := excelize.ColumnNumberToName(n)
	if err != nil {
		return ""
	}
	return letter
}

// tooWide tells whether a line has more columns than are read.
func (l gridLine) tooWide() bool {
	return slices.ContainsFunc(l.cells[min(len(l.cells), maxWide):], func(s string) bool { return strings.TrimSpace(s) != "" })
}

// columns is a header made ready for reading rows.
type columns struct {
	at      map[int]string    // column number to code
	letters map[string]string // field to letter
	given   []string
}

func arrange(headings []inventory.Heading) columns {
	c := columns{at: map[int]string{}, letters: map[string]string{}}
	for _, h := range headings {
		if h.Code == "" || h.Code == Ignored || computed(h.Code) {
			continue
		}
		n, err := excelize.ColumnNameToNumber(h.Letter)
		if err != nil {
			continue
		}
		c.at[n] = h.Code
		switch h.Code {
		case "formats", refColumn, revisionColumn, hashColumn:
			c.letters[h.Code] = h.Letter
		default:
			field := fieldOf[h.Code]
			if field == "" {
				field = "extra." + h.Code
			}
			c.letters[field] = h.Letter
			c.given = append(c.given, field)
		}
	}
	return c
}

// read yields the rows of a grid; it returns false when the reader has had enough.
func (t *tabulator) read(g grid, yield func(inventory.Row) bool) bool {
	t.r.epoch1904 = g.date1904
	seen := inventory.SheetSeen{Name: g.name}
	next, stop := iter.Pull2(g.lines)
	defer stop()
	header, above, rest := t.begin(g, next)
	if header == nil {
		seen.Headings = above
		t.seen = append(t.seen, seen)
		return true
	}
	t.found = true
	seen.Header, seen.Headings = header.line, header.headings
	defer func() { t.seen = append(t.seen, seen) }()
	if header.wide {
		yield(inventory.Row{Sheet: g.name, Err: fault.New(fault.TooLarge, "import.too_many_columns", maxWide)})
		return false
	}
	c := arrange(header.headings)
	fill := fills(g.merges)
	for {
		l, err, more := rest()
		if !more {
			return true
		}
		if err != nil {
			yield(inventory.Row{Line: l.number, Sheet: g.name, Err: err})
			return false
		}
		cells, blank := fill.cells(c, l)
		if blank {
			continue
		}
		if t.total++; t.total > MaxRows {
			yield(inventory.Row{Line: l.number, Sheet: g.name, Err: fault.New(fault.TooLarge, "import.too_many_rows", MaxRows)})
			return false
		}
		seen.Rows++
		if !yield(t.row(g, c, l.number, cells)) {
			return false
		}
	}
}

// puller gives one line after the other.
type puller func() (gridLine, error, bool)

// found is a header and where it stands.
type found struct {
	line     int
	headings []inventory.Heading
	wide     bool // more columns than are read
}

// begin finds the header: where a person says it is, else where it is guessed.
func (t *tabulator) begin(g grid, next puller) (best *found, first []inventory.Heading, rest puller) {
	if t.layouts == nil {
		return t.header(g, next)
	}
	for _, l := range t.layouts {
		if l.Sheet == g.name || l.Sheet == "" && len(t.seen) == 0 { // no name means the first
			return l.begin(g, next)
		}
	}
	return nil, nil, nil
}

// header looks for the line with the most known headings among the first
// ones: above it stand titles and logos. rest goes on behind it.
func (t *tabulator) header(g grid, next puller) (best *found, first []inventory.Heading, rest puller) {
	var kept []gridLine
	at, most := -1, 0
	for len(kept) < maxAbove {
		l, err, ok := next()
		if err != nil {
			next = once(l, err)
			if best == nil {
				return &found{}, nil, next
			}
		}
		if !ok || err != nil {
			break
		}
		kept = append(kept, l)
		headings, known := t.headings(g.tall(l, kept))
		if len(headings) > len(first) {
			first = headings
		}
		below := at >= 0 && at == len(kept)-2 && known == most && g.spans(kept[at].number, l.number)
		if known > most || below {
			at, most, best = len(kept)-1, known, &found{l.number, headings, l.tooWide()}
		}
	}
	if best == nil {
		return nil, first, nil
	}
	behind := kept[at+1:]
	return best, first, func() (gridLine, error, bool) {
		if len(behind) > 0 {
			l := behind[0]
			behind = behind[1:]
			return l, nil, true
		}
		return next()
	}
}

// spans tells whether a cell is merged over both lines: then they are one
// header, whose lower line names the columns.
func (g grid) spans(upper, lower int) bool {
	return slices.ContainsFunc(g.merges, func(m merge) bool { return m.top <= upper && m.bottom >= lower })
}

// tall is a line as a header over several lines shows it: a cell that is
// merged downwards says in each line what its first one says.
func (g grid) tall(l gridLine, above []gridLine) gridLine {
	for _, m := range g.merges {
		if m.top >= l.number || m.bottom < l.number || m.left > maxWide {
			continue
		}
		for _, one := range above {
			if one.number != m.top || len(one.cells) < m.left {
				continue
			}
			cells := slices.Clone(l.cells)
			for len(cells) < m.left {
				cells = append(cells, "")
			}
			if strings.TrimSpace(cells[m.left-1]) == "" {
				cells[m.left-1] = one.cells[m.left-1]
			}
			l.cells = cells
		}
	}
	return l
}

// once gives one error and ends.
func once(l gridLine, err error) puller {
	done := false
	return func() (gridLine, error, bool) {
		if done {
			return gridLine{}, nil, false
		}
		done = true
		return l, err, true
	}
}

// row makes a row of cells by code.
func (t *tabulator) row(g grid, c columns, line int, cells map[string]string) inventory.Row {
	row := inventory.Row{Line: line, Sheet: g.name, Given: c.given, Columns: c.letters}
	t.r.read(&row, cells)
	for code, s := range cells {
		if !utf8.ValidString(s) {
			row.Err = join(row.Err, fault.At(fieldName(code), "fault.utf8"))
		}
	}
	row.Err = join(plainly(row, g.formulas), g.faulty(row, c))
	return row
}

// faulty tells which cells of the row hold a formula.
func (g grid) faulty(row inventory.Row, c columns) (err error) {
	if len(g.formulas) == 0 {
		return nil
	}
	for _, code := range slices.Sorted(maps.Values(c.at)) {
		if field := fieldName(code); g.formulas[row.Cell(field)] {
			err = join(err, fault.At(field, "import.cell.formula"))
		}
	}
	return err
}

// plainly are the faults of a row but for those of cells that hold a formula:
// what it came to when it was last calculated is nothing anybody typed.
func plainly(row inventory.Row, formulas map[string]bool) (err error) {
	for _, f := range fault.All(row.Err) {
		if !formulas[row.Cell(f.Field)] {
			err = join(err, f)
		}
	}
	return err
}

// fieldName is the field a column is about, or the column itself.
func fieldName(code string) string {
	switch {
	case slices.Contains(inventory.Extras(), code):
		return "extra." + code
	case code != "formats" && fieldOf[code] != "":
		return fieldOf[code]
	}
	return code
}

// filler gives merged cells the text of their first.
type filler struct {
	merges []merge
	texts  []string
}

func fills(merges []merge) *filler { return &filler{merges, make([]string, len(merges))} }

// cells returns a line by column code, and whether it says nothing.
func (f *filler) cells(c columns, l gridLine) (byCode map[string]string, blank bool) {
	byCode, blank = make(map[string]string, len(c.at)), true
	for n, code := range c.at {
		s := ""
		if n <= len(l.cells) {
			s = strings.TrimSpace(l.cells[n-1])
		}
		own := s != ""
		for k, m := range f.merges {
			if n < m.left || n > m.right || l.number < m.top || l.number > m.bottom {
				continue
			}
			if l.number == m.top && n == m.left {
				f.texts[k] = s
			} else if n == m.left && s == "" {
				s = f.texts[k]
			}
		}
		byCode[code] = s
		blank = blank && !own
	}
	return byCode, blank
}

// join is errors.Join that keeps a nil nil and one error itself.
func join(err, more error) error {
	switch {
	case err == nil:
		return more
	case more == nil:
		return err
	}
	return errors.Join(err, more)
}
