package sheet

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Book is a workbook of the form, filled with what the register holds of one
// institution, or of all where none is named.
type Book struct {
	Form        *Form
	Vocabulary  *inventory.Vocabulary
	Tree        identity.Tree
	Institution string
	Lang        lang.Tag
	Datasets    iter.Seq2[inventory.Dataset, error]
}

// freeRows is how many empty rows below the last get drop-downs too.
const freeRows = 2000

// book is a workbook while it is written.
type book struct {
	Book
	file                     *excelize.File
	main, help, lists        string
	head, must, locked, open int // styles
	title, wrap              int
	choices                  map[string]string // column code to the range of its values
}

// Write writes the workbook. What it holds is text: no cell can begin a formula.
func (b Book) Write(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	k := &book{
		Book: b, file: f, main: b.Form.say("sheet.inventory", b.Lang), help: b.Form.say("sheet.help", b.Lang),
		lists: b.Form.say("sheet.lists", b.Lang), choices: map[string]string{},
	}
	for _, step := range []func() error{k.begin, k.writeLists, k.writeRows, k.writeHelp} {
		if err := step(); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// begin names the sheets and makes the styles.
func (k *book) begin() error {
	if err := k.file.SetSheetName("Sheet1", k.main); err != nil {
		return err
	}
	for _, name := range []string{k.help, k.lists} {
		if _, err := k.file.NewSheet(name); err != nil {
			return err
		}
	}
	rtl := k.Lang.Dir() == "rtl"
	for _, name := range []string{k.main, k.help, k.lists} {
		if err := k.file.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &rtl}); err != nil {
			return err
		}
	}
	align := &excelize.Alignment{WrapText: true, Vertical: "top"}
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	for to, style := range map[*int]*excelize.Style{
		&k.head:  {Font: &excelize.Font{Bold: true}, Fill: fill("E7EBF0"), Alignment: align},
		&k.must:  {Font: &excelize.Font{Bold: true, Color: "0B4A6F"}, Fill: fill("CFE3F1"), Alignment: align},
		&k.title: {Font: &excelize.Font{Bold: true, Size: 14}},
		&k.wrap:  {Alignment: align},
		// 49 is the format "text": what is typed stays as typed, dates included.
		&k.locked: {Font: &excelize.Font{Color: "6B7280"}, Fill: fill("F1F2F4"), NumFmt: 49, Alignment: align},
		&k.open:   {NumFmt: 49, Alignment: align, Protection: &excelize.Protection{Locked: false}},
	} {
		n, err := k.file.NewStyle(style)
		if err != nil {
			return err
		}
		*to = n
	}
	return nil
}

// writeLists fills the sheet that the drop-downs take their values from.
func (k *book) writeLists() error {
	at := 0
	for _, column := range k.Form.Columns {
		values := column.choices(k.Vocabulary)
		if len(values) == 0 {
			continue
		}
		at++
		letter, err := excelize.ColumnNumberToName(at)
		if err != nil {
			return err
		}
		cells := []string{neutral(column.Label.In(k.Lang))}
		for _, v := range values {
			cells = append(cells, neutral(v.Label.In(k.Lang)))
		}
		if err := k.file.SetSheetCol(k.lists, letter+"1", &cells); err != nil {
			return err
		}
		if column.Code != "spatial" { // several may be given, which a drop-down cannot
			k.choices[column.Code] = fmt.Sprintf("'%s'!$%s$2:$%s$%d", k.lists, letter, letter, len(values)+1)
		}
		if err := k.file.SetColWidth(k.lists, letter, letter, 30); err != nil {
			return err
		}
	}
	return k.file.ProtectSheet(k.lists, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true})
}

// writeRows streams the datasets, so that a large register is not held twice.
func (k *book) writeRows() error {
	sw, err := k.file.NewStreamWriter(k.main)
	if err != nil {
		return err
	}
	header := make([]any, 0, len(k.Form.Columns))
	for n, column := range k.Form.Columns {
		style, body := k.head, k.open
		if column.Required {
			style = k.must
		}
		if key(column.Code) || computed(column.Code) {
			body = k.locked
		}
		if err := sw.SetColStyle(n+1, n+1, body); err != nil {
			return err
		}
		if err := sw.SetColWidth(n+1, n+1, widthOf(column.Code)); err != nil {
			return err
		}
		header = append(header, excelize.Cell{StyleID: style, Value: neutral(column.Label.In(k.Lang))})
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := sw.SetRow("A1", header, excelize.RowOpts{Height: 45}); err != nil {
		return err
	}
	line := 1
	for d, err := range k.Datasets {
		if err != nil {
			return err
		}
		line++
		if err := sw.SetRow("A"+strconv.Itoa(line), k.row(d)); err != nil {
			return err
		}
	}
	if err := k.guard(line + freeRows); err != nil {
		return err
	}
	return sw.Flush()
}

func widthOf(code string) float64 {
	switch {
	case strings.HasPrefix(code, "notes") || code == "url":
		return 48
	case strings.HasPrefix(code, "title"):
		return 40
	case code == revisionColumn || code == hashColumn:
		return 10
	}
	return 22
}

// row writes a dataset's cells.
func (k *book) row(d inventory.Dataset) []any {
	row := make([]any, 0, len(k.Form.Columns))
	for _, column := range k.Form.Columns {
		style := k.open
		if key(column.Code) || computed(column.Code) {
			style = k.locked
		}
		row = append(row, excelize.Cell{StyleID: style, Value: neutral(k.value(column, d))})
	}
	return row
}

// guard adds drop-downs and protects what names a row. There is no password:
// the keys are guarded against slips, and checked when the sheet comes back.
func (k *book) guard(last int) error {
	for n, column := range k.Form.Columns {
		list, ok := k.choices[column.Code]
		if !ok {
			continue
		}
		letter, err := excelize.ColumnNumberToName(n + 1)
		if err != nil {
			return err
		}
		v := excelize.NewDataValidation(true)
		v.SetSqref(fmt.Sprintf("%s2:%s%d", letter, letter, last))
		v.SetSqrefDropList(list)
		severity := excelize.DataValidationErrorStyleStop
		if column.Field == "anonymisation" || strings.HasPrefix(column.Field, "extra.") {
			severity = excelize.DataValidationErrorStyleInformation
		}
		v.SetError(severity, clip(column.Label.In(k.Lang), 32), clip(k.Form.say("help.choose", k.Lang), 255))
		if err := k.file.AddDataValidation(k.main, v); err != nil {
			return err
		}
	}
	return k.file.ProtectSheet(k.main, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, FormatCells: true, FormatColumns: true, FormatRows: true,
		InsertRows: true, DeleteRows: true, Sort: true, AutoFilter: true,
	})
}

// writeHelp writes the page that says how to fill in the first.
func (k *book) writeHelp() error {
	line := 0
	put := func(style int, cells ...string) error {
		line++
		at := "A" + strconv.Itoa(line)
		if err := k.file.SetSheetRow(k.help, at, &cells); err != nil {
			return err
		}
		return k.file.SetCellStyle(k.help, at, "D"+strconv.Itoa(line), style)
	}
	if err := put(k.title, k.Form.say("help.title", k.Lang)); err != nil {
		return err
	}
	if of, one := k.Tree[k.Institution]; one {
		if err := put(k.head, of.Name.In(k.Lang)); err != nil {
			return err
		}
	}
	for _, sentence := range []string{"help.line", "help.key", "help.two", "help.list", "help.delete", "help.back"} {
		if err := put(0, "• "+k.Form.say(sentence, k.Lang)); err != nil {
			return err
		}
	}
	line++
	say := func(key string) string { return k.Form.say(key, k.Lang) }
	if err := put(k.head, say("help.column"), say("help.must"), say("help.meaning"), say("help.values")); err != nil {
		return err
	}
	for _, column := range k.Form.Columns {
		must, values := "", []string{}
		if column.Required {
			must = say("help.yes")
		}
		for _, v := range column.Values {
			values = append(values, v.Label.In(k.Lang))
		}
		if err := put(k.wrap, column.Label.In(k.Lang), must, column.Help.In(k.Lang), strings.Join(values, " / ")); err != nil {
			return err
		}
	}
	for letter, width := range map[string]float64{"A": 34, "B": 12, "C": 70, "D": 50} {
		if err := k.file.SetColWidth(k.help, letter, letter, width); err != nil {
			return err
		}
	}
	return k.file.ProtectSheet(k.help, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true})
}

// neutral keeps a text from being taken for a formula where the workbook is
// saved as CSV or pasted elsewhere; plain takes the mark off again.
func neutral(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r'", rune(s[0])) {
		return "'" + s
	}
	return s
}

func plain(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@\t\r'", rune(s[1])) {
		return s[1:]
	}
	return s
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
