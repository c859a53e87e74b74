package sheet

import (
	"iter"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// NoHeader is the fault of a table in which no heading was understood: a
// person may still say what its columns mean.
const NoHeader = "import.no_header"

// Ignored is the code of a column that a person said to leave out.
const Ignored = "-"

// Layout is how a person says that a sheet is to be read. Sheets without one
// are left out.
type Layout struct {
	Sheet   string            // its name; empty for the first, or a CSV file
	Header  int               // line of the headings; 0 when there are none and the data begin at once
	Columns map[string]string // letter to code of a column; Ignored or none leaves it out
}

// checkLayouts tells every way in which the layouts cannot be followed.
func (f *Form) checkLayouts(all []Layout) error {
	var err error
	for _, l := range all {
		taken := map[string]bool{}
		for _, letter := range sortedLetters(l.Columns) {
			code := l.Columns[letter]
			if _, ok := f.Column(code); !ok && code != Ignored && code != "" {
				err = join(err, fault.At("columns", "import.columns.code", clip(code, 60)))
			}
			if n, wrong := excelize.ColumnNameToNumber(letter); wrong != nil || n > maxWide {
				err = join(err, fault.At("columns", "import.columns.letter", clip(letter, 20)))
			}
			if code != Ignored && code != "" && taken[code] {
				err = join(err, fault.At("columns", "import.columns.twice", letter))
			}
			taken[code] = true
		}
		if !taken["title"] && !taken["title_ar"] && !taken[refColumn] {
			err = join(err, fault.At("columns", "import.columns.title"))
		}
		if l.Header < 0 || l.Header > excelize.TotalRows {
			err = join(err, fault.At("header", "import.columns.header_line"))
		}
	}
	return err
}

func sortedLetters(columns map[string]string) []string {
	all := make([]string, 0, len(columns))
	for letter := range columns {
		all = append(all, letter)
	}
	slices.SortFunc(all, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return all
}

// begin reads up to the headings, which it names as the person did.
func (l Layout) begin(g grid, next puller) (*found, []inventory.Heading, puller) {
	header, above := gridLine{}, []gridLine{}
	for header.number < l.Header {
		line, err, ok := next()
		if err != nil {
			return &found{}, nil, once(line, err)
		}
		if !ok {
			return nil, nil, nil // the sheet ends above
		}
		if header = line; line.number > l.Header-maxAbove {
			above = append(above, line)
		}
		if line.number > l.Header { // the line of the headings is empty
			header = gridLine{number: l.Header}
			after, more := line, next
			held := true
			next = func() (gridLine, error, bool) {
				if held {
					held = false
					return after, nil, true
				}
				return more()
			}
		}
	}
	header = g.tall(header, above)
	f := &found{line: l.Header}
	for _, letter := range sortedLetters(l.Columns) {
		h := inventory.Heading{Letter: letter, Code: l.Columns[letter]}
		if n, err := excelize.ColumnNameToNumber(letter); err == nil && n <= len(header.cells) {
			h.Label = clip(strings.TrimSpace(header.cells[n-1]), 100)
		}
		f.headings = append(f.headings, h)
	}
	return f, nil, next
}

// Peek is the beginning of a sheet, for a person to say what its columns mean.
type Peek struct {
	Name    string
	Header  int // the line that looks most like headings
	Letters []string
	Codes   map[string]string // what the headings of that line are taken for, by letter
	Lines   []PeekLine
}

// PeekLine is one line of a Peek.
type PeekLine struct {
	Number int
	Cells  []string // as many as there are letters
}

// How much of a sheet is shown.
const (
	peekLines   = 15
	peekColumns = 60
	peekCell    = 60
)

// Look returns the beginning of each sheet of a workbook or CSV file.
func Look(data []byte, o Options) ([]Peek, error) {
	t := &tabulator{form: o.Form, labels: o.Labels}
	var all []grid
	switch o.Format {
	case "csv":
		text, err := decode(data)
		if err != nil {
			return nil, err
		}
		all = []grid{{lines: csvLines(text, t.delimiter(text))}}
	case "xlsx":
		found, closing, err := grids(data)
		if err != nil {
			return nil, err
		}
		defer closing()
		all = found
	default:
		return nil, fault.At("format", "import.format", clip(o.Format, 20))
	}
	var out []Peek
	for _, g := range all {
		if peek := t.peek(g); len(peek.Lines) > 0 {
			out = append(out, peek)
		}
	}
	return out, nil
}

func (t *tabulator) peek(g grid) Peek {
	p := Peek{Name: g.name, Codes: map[string]string{}}
	var kept []gridLine
	next, stop := iter.Pull2(g.lines)
	defer stop()
	wide, fullest, most := 0, 0, 0
	var guess []inventory.Heading
	for len(kept) < peekLines {
		l, err, ok := next()
		if err != nil || !ok {
			break
		}
		l = g.tall(l, kept)
		kept = append(kept, l)
		headings, known := t.headings(l)
		if known > most || most == 0 && len(headings) > fullest {
			p.Header, most, fullest, guess = l.number, known, len(headings), headings
		}
		for n, cell := range l.cells[:min(len(l.cells), peekColumns)] {
			if strings.TrimSpace(cell) != "" {
				wide = max(wide, n+1)
			}
		}
	}
	for _, h := range guess {
		p.Codes[h.Letter] = h.Code
	}
	for n := range wide {
		p.Letters = append(p.Letters, letterOf(n+1))
	}
	for _, l := range kept {
		line := PeekLine{Number: l.number, Cells: make([]string, wide)}
		for n := range min(wide, len(l.cells)) {
			line.Cells[n] = clip(strings.ToValidUTF8(strings.TrimSpace(l.cells[n]), "�"), peekCell)
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}
