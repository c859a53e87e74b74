package sheet

import (
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// WriteRows writes a workbook of one sheet, row by row: what has been written
// waits in a file of the system, so that the table is never held whole. Texts
// are texts: none of them can begin a formula.
func WriteRows(w io.Writer, title string, header []string, rows iter.Seq2[[]string, error]) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := writeRows(f, tabName(title), header, rows); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

func writeRows(f *excelize.File, name string, header []string, rows iter.Seq2[[]string, error]) error {
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, len(header), 22); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(header))
	for n, text := range header {
		cells[n] = excelize.Cell{StyleID: bold, Value: neutral(text)}
	}
	if err := out.SetRow("A1", cells); err != nil {
		return err
	}
	at := 1
	for row, err := range rows {
		if err != nil {
			return err
		}
		at++
		cells = cells[:0]
		for _, text := range row {
			cells = append(cells, clip(neutral(text), excelize.TotalCellChars))
		}
		if err := out.SetRow("A"+strconv.Itoa(at), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}
