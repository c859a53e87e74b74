package exchangeweb

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web"
)

// columnsPage is where a person says what the columns of a file mean.
type columnsPage struct {
	web.Page
	Faults    web.Faults
	Changeset *inventory.Changeset
	Sheets    []sheetForm
}

// sheetForm is the beginning of a sheet with what is chosen for its columns.
type sheetForm struct {
	N       int
	Name    string
	Header  []web.Option // which line holds the headings
	Columns []columnForm
	Lines   []previewLine
}

type columnForm struct {
	Letter, Field string
	Codes         []web.Option
}

type previewLine struct {
	Number int
	Cells  []string
	Header bool
}

// chosenLayout is what the form says of a sheet: Read is unset when it is left out.
type chosenLayout struct {
	Read    bool
	Header  int
	Columns map[string]string
}

// readLayouts reads what was chosen for each of the sheets.
func readLayouts(f url.Values, sheets []sheet.Peek) []chosenLayout {
	all := make([]chosenLayout, len(sheets))
	for n, s := range sheets {
		at := strconv.Itoa(n)
		header, err := strconv.Atoi(f.Get("header." + at))
		all[n] = chosenLayout{Read: err == nil, Header: header, Columns: map[string]string{}}
		for _, letter := range s.Letters {
			all[n].Columns[letter] = f.Get("column." + at + "." + letter)
		}
	}
	return all
}

// guesses are what is chosen before a person chose: what was read before, else what is understood.
func guesses(was *inventory.Changeset, sheets []sheet.Peek) []chosenLayout {
	all := make([]chosenLayout, len(sheets))
	for n, s := range sheets {
		all[n] = chosenLayout{Read: len(sheets) == 1 || anyCode(s.Codes), Header: s.Header, Columns: s.Codes}
		at := slices.IndexFunc(was.Sheets, func(seen inventory.SheetSeen) bool { return seen.Name == s.Name })
		if at < 0 || was.Sheets[at].Header == 0 {
			continue
		}
		seen := was.Sheets[at]
		all[n] = chosenLayout{Read: true, Header: seen.Header, Columns: map[string]string{}}
		for _, h := range seen.Headings {
			all[n].Columns[h.Letter] = h.Code
		}
	}
	return all
}

func anyCode(codes map[string]string) bool {
	for _, code := range codes {
		if code != "" && code != sheet.Ignored {
			return true
		}
	}
	return false
}

// layouts are the choices as the reader takes them. A column that was shown and
// not chosen is left out knowingly, which is remembered.
func layouts(chosen []chosenLayout, sheets []sheet.Peek) ([]sheet.Layout, error) {
	var all []sheet.Layout
	for n, one := range chosen {
		if !one.Read {
			continue
		}
		l := sheet.Layout{Sheet: sheets[n].Name, Header: one.Header, Columns: map[string]string{}}
		for letter, code := range one.Columns {
			if l.Columns[letter] = code; code == "" {
				l.Columns[letter] = sheet.Ignored
			}
		}
		all = append(all, l)
	}
	if len(all) == 0 {
		return nil, fault.At("header", "import.columns.no_sheet")
	}
	return all, nil
}

// look reads the beginning of a file that was kept.
func (p *Pages) look(ctx context.Context, by identity.Actor, id string) (*inventory.Changeset, []sheet.Peek, error) {
	was, err := p.store.ChangesetFile(ctx, by, id)
	if err != nil {
		return nil, nil, err
	}
	if was.Format != "xlsx" && was.Format != "csv" {
		return nil, nil, fault.New(fault.NotFound, "import.columns.none")
	}
	labels, err := p.store.Labels(ctx, was.Institution)
	if err != nil {
		return nil, nil, err
	}
	sheets, err := sheet.Look(was.File, sheet.Options{Form: p.form, Labels: labels, Format: was.Format})
	return was, sheets, err
}

// columns answers GET /desk/import/:id/columns.
func (p *Pages) columns(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	was, sheets, err := p.look(c.Request.Context(), by, c.Param("id"))
	if err != nil {
		return err
	}
	return p.showColumns(c, was, sheets, guesses(was, sheets), nil)
}

// match answers POST /desk/import/:id/columns: the file is read again as the
// person says, and what headings mean is kept for the institution.
func (p *Pages) match(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	was, sheets, err := p.look(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "fault.form")
	}
	chosen := readLayouts(c.Request.PostForm, sheets)
	all, err := layouts(chosen, sheets)
	var made *inventory.Changeset
	if err == nil {
		made, err = p.readAgain(ctx, by, was, all)
	}
	if err == nil {
		return p.shell.Redirect(c, address(made.ID), "import.flash.read_again")
	}
	if !shown(err) {
		return err
	}
	return p.showColumns(c, was, sheets, chosen, err)
}

// readAgain reads a kept file as the layouts say, remembers what its headings
// mean, and puts what comes of it in the place of the file.
func (p *Pages) readAgain(
	ctx context.Context, by identity.Actor, was *inventory.Changeset, all []sheet.Layout,
) (*inventory.Changeset, error) {
	made, err := p.propose(ctx, by, handedIn{
		institution: was.Institution, name: was.Name, format: was.Format, data: was.File, layouts: all,
	})
	if err != nil {
		return nil, err
	}
	if err := p.store.Remember(ctx, by, was.Institution, taught(made.Sheets)); err != nil {
		return nil, err
	}
	if slices.Contains(inventory.Pending(), was.State) {
		return made, p.store.Discard(ctx, by, was.ID)
	}
	return made, nil
}

// taught are the headings that a person explained, but for those that stand
// twice in a sheet: nobody could tell which is meant.
func taught(sheets []inventory.SheetSeen) map[string]string {
	labels, twice := map[string]string{}, map[string]bool{}
	for _, s := range sheets {
		here := map[string]bool{}
		for _, h := range s.Headings {
			if key := inventory.Fold(h.Label); key != "" {
				twice[key] = twice[key] || here[key]
				here[key], labels[key] = true, h.Code
			}
		}
	}
	maps.DeleteFunc(labels, func(key, _ string) bool { return twice[key] })
	return labels
}

func (p *Pages) showColumns(
	c *gin.Context, was *inventory.Changeset, sheets []sheet.Peek, chosen []chosenLayout, refused error,
) error {
	page := &columnsPage{Page: p.shell.Page(c, "import.columns.heading"), Changeset: was}
	for n, s := range sheets {
		page.Sheets = append(page.Sheets, p.sheetForm(page.Page, n, s, chosen[n]))
	}
	if refused != nil {
		page.Faults = p.shell.Faults(c, refused)
		return p.shell.ShowFault(c, refused, "exchange_columns", page)
	}
	return p.shell.Show(c, "exchange_columns", page)
}

func (p *Pages) sheetForm(page web.Page, n int, s sheet.Peek, chosen chosenLayout) sheetForm {
	f := sheetForm{N: n, Name: s.Name}
	f.Header = []web.Option{
		{Label: page.T("import.columns.skip_sheet"), Chosen: !chosen.Read},
		{Value: "0", Label: page.T("import.columns.no_headings"), Chosen: chosen.Read && chosen.Header == 0},
	}
	for _, l := range s.Lines {
		here := chosen.Read && l.Number == chosen.Header
		f.Header = append(f.Header, web.Option{
			Value: strconv.Itoa(l.Number), Label: page.T("import.columns.header", l.Number), Chosen: here,
		})
		f.Lines = append(f.Lines, previewLine{l.Number, l.Cells, here})
	}
	for _, letter := range s.Letters {
		one := columnForm{Letter: letter, Field: "column." + strconv.Itoa(n) + "." + letter}
		one.Codes = []web.Option{{Label: page.T("import.columns.leave")}}
		for _, column := range p.form.Columns {
			one.Codes = append(one.Codes, web.Option{
				Value: column.Code, Label: column.Label.In(page.Lang), Chosen: column.Code == chosen.Columns[letter],
			})
		}
		f.Columns = append(f.Columns, one)
	}
	return f
}

// hold keeps a table whose headings nobody understands, when a person could
// still say what they mean; it returns nil when there is nothing to say.
func (p *Pages) hold(ctx context.Context, by identity.Actor, f handedIn, err error) (*inventory.Changeset, error) {
	all := fault.All(err)
	if len(all) != 1 || all[0].Key != sheet.NoHeader {
		return nil, err
	}
	if f.format == "" || f.format == "auto" {
		f.format = sheet.FormatOf(f.data, f.name)
	}
	sheets, broken := sheet.Look(f.data, sheet.Options{Form: p.form, Format: f.format})
	table := func(s sheet.Peek) bool { return len(s.Letters) > 1 && len(s.Lines) > 1 }
	if broken != nil || !slices.ContainsFunc(sheets, table) {
		return nil, err
	}
	return p.store.Hold(ctx, by, f.institution, inventorydb.HandedIn{Name: f.name, Format: f.format, File: f.data})
}
