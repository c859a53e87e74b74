package inventoryweb

import (
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/web"
)

// files is what looks at a dataset's files saw, as a page shows it.
type files struct {
	Lines []fileLine
	May   bool // somebody may be asked to look now
}

// fileLine is one file in words.
type fileLine struct {
	ID      string
	Name    string
	Href    string // where all of it is told; empty on the public page
	URL     string
	Mark    web.Mark
	Since   time.Time // of that state; zero before the first look
	Why     string    // what went wrong, or what to do
	Format  string
	Fits    bool // what was declared
	Size    string
	Table   string // "1 204 lignes, 12 colonnes"
	Text    string // "UTF-8, séparateur point-virgule"
	Looked  *time.Time
	Flag    *web.Mark
	Moved   string // the address it moved to
	Draft   bool   // what is worked on, not what is public
	Cut     bool
	Columns []columnOf
	Newest  string
}

// columnOf is one column of a profile in words.
type columnOf struct {
	Name, Kind, Empty, Distinct, Range string
	Dates                              bool // it dates the rows
}

// files lists the files of c with what was seen of each. Where the draft names
// another address than the public entry, both are listed.
func (w words) files(c inventory.Content, path string, may bool) files {
	out := files{May: may}
	for n, x := range c.Distributions {
		for k := range w.seen {
			f := &w.seen[k]
			if path == "" && f.LookedAt == nil {
				continue // nothing to tell the public yet
			}
			if f.DistributionID == x.ID {
				out.Lines = append(out.Lines, w.file(f, x, n, path))
			}
		}
	}
	return out
}

func (w words) file(f *file.File, x inventory.Distribution, n int, path string) fileLine {
	l := fileLine{
		ID: f.DistributionID, Name: x.Title.In(w.page.Lang), URL: f.URL, Mark: w.fileMark(f.State), Looked: f.LookedAt,
		Why: w.fileWhy(f), Draft: f.Draft, Fits: true, Cut: f.Profile.Cut, Newest: w.day(f.Newest),
	}
	if l.Name == "" {
		l.Name = w.page.T("file.number", n+1)
	}
	if path != "" {
		l.Href = path + f.DistributionID
	}
	if f.LookedAt != nil {
		l.Since = f.Since
	}
	if f.Format != file.Unrecognised {
		l.Format, l.Fits = string(f.Format), file.Compare(f.Declared, f.Format) == file.Fits
	}
	if f.Bytes > 0 {
		l.Size = w.page.Bytes(f.Bytes)
	}
	if f.Rows != nil {
		l.Table = w.page.T("file.table", w.page.T("file.rows", int(*f.Rows)), w.page.T("file.columns", f.Columns))
	}
	l.Text = w.encoding(f)
	if f.Flag != file.NoFlag {
		mark := w.page.Mark("due", "file.flag."+string(f.Flag))
		l.Flag = &mark
	}
	if f.State == file.Moved {
		l.Moved = f.FinalURL
	}
	for _, column := range f.Profile.Columns {
		l.Columns = append(l.Columns, w.column(f, column))
	}
	return l
}

// fileMark names a state with its shape.
func (w words) fileMark(s file.State) web.Mark {
	kinds := map[file.State]string{
		file.OK: "open", file.Moved: "due", file.TooLarge: "open", file.WrongFormat: "late", file.Page: "late", file.Login: "late",
		file.Empty: "late", file.Failing: "slow", file.Broken: "down", file.Implausible: "down", file.Unknown: "unknown",
	}
	return w.page.Mark(kinds[s], "file.state."+string(s))
}

// fileWhy says what went wrong, or, where the file was seen, what is to be done.
func (w words) fileWhy(f *file.File) string {
	switch {
	case f.State == file.WrongFormat:
		return w.page.T("file.fix.wrong_format", f.Declared, string(f.Format))
	case f.Reason != file.None:
		return w.page.T("file.reason." + string(f.Reason))
	case f.State == file.Moved, f.State == file.Page, f.State == file.Login, f.State == file.Empty, f.State == file.TooLarge:
		return w.page.T("file.fix." + string(f.State))
	case f.Format != file.Unrecognised && file.Compare(f.Declared, f.Format) == file.Minor:
		return w.page.T("file.minor", f.Declared, string(f.Format))
	case f.Profile.Damaged:
		return w.page.T("file.damaged")
	}
	return ""
}

// encoding says how a text is written: its encoding and what parts its cells.
func (w words) encoding(f *file.File) string {
	var parts []string
	if f.Encoding != "" {
		parts = append(parts, strings.ToUpper(f.Encoding))
	}
	if f.Delimiter != "" {
		name := map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[f.Delimiter]
		parts = append(parts, w.page.T("file.delimiter."+name))
	}
	if f.Profile.Sheets > 1 {
		parts = append(parts, w.page.T("file.sheets", f.Profile.Sheets))
	}
	var held []string
	for _, h := range f.Profile.Holds {
		held = append(held, string(h))
	}
	if len(held) > 0 {
		parts = append(parts, w.page.T("file.holds", strings.Join(held, ", ")))
	}
	return strings.Join(parts, " · ")
}

func (w words) column(f *file.File, c file.Column) columnOf {
	out := columnOf{Name: c.Name, Kind: w.page.T("file.kind." + string(c.Kind)), Dates: c.Name != "" && c.Name == f.DateColumn}
	if rows := f.Profile.Rows; rows > 0 {
		out.Empty = w.page.Percent(float64(c.Empty)/float64(rows), 0)
	}
	out.Distinct = w.page.Number(c.Distinct)
	if c.More {
		out.Distinct = w.page.T("file.more_than", c.Distinct)
	}
	if c.Min != "" {
		from, to := c.Min, c.Max
		if c.Kind == file.Day {
			from, to = w.day(inventory.Date(from)), w.day(inventory.Date(to))
		} else {
			from, to = w.figure(from), w.figure(to)
		}
		out.Range = w.page.T("file.range", from, to)
		if from == to {
			out.Range = from
		}
	}
	return out
}

// figure writes a bound of a column as the page's readers do.
func (w words) figure(s string) string {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	_, decimals, _ := strings.Cut(s, ".")
	return w.page.Decimal(x, min(len(decimals), 3))
}

// mayDate tells whether the actor may name the column that dates the rows.
func (w words) mayDate(institution string) bool {
	return w.page.Actor.May(identity.RecordDataset, institution)
}
