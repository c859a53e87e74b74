package sheet

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// WritePack writes a workbook with a sheet for each report, named by its title.
func WritePack(w io.Writer, reports ...Report) error {
	f := excelize.NewFile()
	defer f.Close()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	for n, r := range reports {
		if err == nil {
			err = r.add(f, n == 0, bold)
		}
	}
	if err == nil {
		_, err = f.WriteTo(w)
	}
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// add writes the report on a sheet of its own; the first takes the one that a
// new workbook has.
func (r Report) add(f *excelize.File, first bool, bold int) error {
	name := tabName(r.Title)
	if first {
		if err := f.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := f.NewSheet(name); err != nil {
		return err
	}
	rtl := r.Lang.Dir() == "rtl"
	if err := f.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &rtl}); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	return r.stream(out, bold)
}

// tabName is what workbooks take as the name of a sheet.
func tabName(s string) string {
	return clip(strings.NewReplacer("/", " ", "\\", " ", "?", " ", "*", " ", "[", " ", "]", " ", ":", " ", "'", "’").Replace(s), excelize.MaxSheetNameLength)
}
