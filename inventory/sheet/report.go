package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/lang"
)

// Report is a table of figures to take along. Its cells are texts, whole
// numbers and fractions; nil is an empty cell, which is not zero.
type Report struct {
	Title string
	Notes []string // below the table: what is counted, of when
	Head  []string
	Rows  [][]any
	Lang  lang.Tag
}

// CSV writes the table in UTF-8 with the mark that spreadsheets go by. Head
// first, so that programs can read it; the notes stay out of it.
func (r Report) CSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	out := csv.NewWriter(w)
	cells := make([]string, len(r.Head))
	for n, text := range r.Head {
		cells[n] = neutral(text)
	}
	err := out.Write(cells)
	for _, row := range r.Rows {
		if err != nil {
			break
		}
		cells = cells[:0]
		for _, cell := range row {
			cells = append(cells, csvCell(cell))
		}
		err = out.Write(cells)
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func csvCell(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	}
	return neutral(fmt.Sprint(cell))
}

// XLSX writes the table as a workbook of one sheet, laid out in the direction
// of its language. Texts are texts: none of them can begin a formula.
func (r Report) XLSX(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "Sheet1"
	rtl := r.Lang.Dir() == "rtl"
	if err := f.SetSheetView(sheet, 0, &excelize.ViewOptions{RightToLeft: &rtl}); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	out, err := f.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	if err := r.stream(out, bold); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// stream writes head, rows and notes; the head stays in sight.
func (r Report) stream(out *excelize.StreamWriter, bold int) error {
	const narrow, wide = 14, 44
	if err := out.SetColWidth(1, 1, wide); err != nil {
		return err
	}
	if len(r.Head) > 1 {
		if err := out.SetColWidth(2, len(r.Head), narrow); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, 0, len(r.Head))
	for _, text := range r.Head {
		head = append(head, excelize.Cell{StyleID: bold, Value: neutral(text)})
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	at := 1
	for _, row := range r.Rows {
		at++
		cells := make([]any, len(row))
		for n, cell := range row {
			cells[n] = cell
			switch cell.(type) {
			case nil, int, float64:
			default:
				cells[n] = neutral(fmt.Sprint(cell))
			}
		}
		if err := out.SetRow("A"+strconv.Itoa(at), cells); err != nil {
			return err
		}
	}
	for n, note := range append([]string{r.Title}, r.Notes...) {
		if err := out.SetRow("A"+strconv.Itoa(at+2+n), []any{neutral(note)}); err != nil {
			return err
		}
	}
	return out.Flush()
}
