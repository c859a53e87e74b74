package sheet

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/lang"
)

// Report is one sheet of a workbook that is only read: a name, a header, rows.
// A cell is text or a number.
type Report struct {
	Name   string
	Header []string
	Rows   [][]any
}

// WriteReports writes a workbook of reports, from right to left in Arabic. Text
// stays text: no cell can begin a formula.
func WriteReports(w io.Writer, tag lang.Tag, reports ...Report) error {
	f := excelize.NewFile()
	defer f.Close()
	head, err := f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7EBF0"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	})
	if err != nil {
		return fmt.Errorf("write reports: %w", err)
	}
	for n, t := range reports {
		if err := t.write(f, n, head, tag.Dir() == "rtl"); err != nil {
			return fmt.Errorf("write reports: %w", err)
		}
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write reports: %w", err)
	}
	return nil
}

func (t Report) write(f *excelize.File, n, head int, rtl bool) error {
	name := reportName(t.Name)
	if n == 0 {
		if err := f.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := f.NewSheet(name); err != nil {
		return err
	}
	if err := f.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &rtl}); err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := sw.SetColWidth(1, max(len(t.Header), 1), 28); err != nil {
		return err
	}
	header := make([]any, 0, len(t.Header))
	for _, label := range t.Header {
		header = append(header, excelize.Cell{StyleID: head, Value: neutral(label)})
	}
	if err := sw.SetRow("A1", header); err != nil {
		return err
	}
	for i, row := range t.Rows {
		cells := make([]any, 0, len(row))
		for _, v := range row {
			if s, ok := v.(string); ok {
				v = neutral(clip(s, excelize.TotalCellChars-1))
			}
			cells = append(cells, v)
		}
		if err := sw.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// reportName is what workbooks take as the name of a sheet.
func reportName(s string) string {
	return clip(strings.NewReplacer("/", " ", "\\", " ", "?", " ", "*", " ", "[", " ", "]", " ", ":", " ").Replace(s), excelize.MaxSheetNameLength)
}

// Text keeps a cell of a CSV file from beginning a formula in whatever opens it.
func Text(s string) string { return neutral(s) }
