package sheet

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/inventory"
)

// Remark is what is said about one cell of a workbook.
type Remark struct {
	Sheet, Cell, Text string
}

// maxRemarks bounds the comments of one workbook; a person reads fewer.
const maxRemarks = 2_000

// Comment writes the workbook again with the remarks in the cells they are
// about, which are coloured.
func Comment(data []byte, remarks []Remark, w io.Writer) error {
	if _, err := inspect(data); err != nil {
		return err
	}
	f, err := openBook(data)
	if err != nil {
		return err
	}
	defer f.Close()
	faulty := map[int]int{} // style to the same style, coloured
	for _, r := range gather(remarks) {
		if !slices.Contains(f.GetSheetList(), r.Sheet) {
			continue
		}
		if err := colour(f, r, faulty); err != nil {
			return fmt.Errorf("mark %s: %w", r.Cell, err)
		}
		lines := uint(len([]rune(r.Text))/40 + strings.Count(r.Text, "\n") + 2)
		if err := f.AddComment(r.Sheet, excelize.Comment{
			Cell: r.Cell, Author: "Jard", Text: r.Text, Width: 300, Height: min(20*lines, 300),
		}); err != nil {
			return fmt.Errorf("comment %s: %w", r.Cell, err)
		}
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// gather makes one remark of all that is said about a cell.
func gather(remarks []Remark) []Remark {
	var all []Remark
	at := map[[2]string]int{}
	for _, r := range remarks {
		if _, _, err := excelize.CellNameToCoordinates(r.Cell); err != nil {
			continue
		}
		place := [2]string{r.Sheet, r.Cell}
		if n, ok := at[place]; ok {
			all[n].Text += "\n" + r.Text
			continue
		}
		if len(all) == maxRemarks {
			break
		}
		at[place] = len(all)
		all = append(all, r)
	}
	return all
}

// colour fills the cell, leaving the rest of its style.
func colour(f *excelize.File, r Remark, faulty map[int]int) error {
	style, err := f.GetCellStyle(r.Sheet, r.Cell)
	if err != nil {
		return err
	}
	marked, ok := faulty[style]
	if !ok {
		s, err := f.GetStyle(style)
		if err != nil {
			return err
		}
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FBD5D5"}}
		if marked, err = f.NewStyle(s); err != nil {
			return err
		}
		faulty[style] = marked
	}
	return f.SetCellStyle(r.Sheet, r.Cell, r.Cell, marked)
}

// Anchor is the cell that a remark on a row as a whole stands in.
func Anchor(row inventory.Row) string {
	for _, field := range []string{"title.fr", "title.ar", refColumn} {
		if cell := row.Cell(field); cell != "" {
			return cell
		}
	}
	return ""
}
