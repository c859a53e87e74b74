package sheet

import (
	"bytes"
	"errors"
	"iter"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// readXLSX reads every sheet of a workbook that has a header we understand.
func (t *tabulator) readXLSX(data []byte) iter.Seq[inventory.Row] {
	return func(yield func(inventory.Row) bool) {
		grids, closing, err := grids(data)
		if err != nil {
			yield(inventory.Row{Err: err})
			return
		}
		defer closing()
		for _, g := range grids {
			if !t.read(g, yield) {
				return
			}
		}
		t.understood(yield)
	}
}

// grids are the sheets of a workbook, to be read until closing is called.
func grids(data []byte) (all []grid, closing func(), err error) {
	facts, err := inspect(data)
	if err != nil {
		return nil, nil, err
	}
	f, err := openBook(data)
	if err != nil {
		return nil, nil, err
	}
	closing = func() { _ = f.Close() } // which removes what was unpacked
	props, err := f.GetWorkbookProps()
	if err != nil {
		closing()
		return nil, nil, damaged(err)
	}
	for _, name := range f.GetSheetList() {
		g := grid{name: name, lines: lines(f, name), formulas: facts.formulas[name], merges: facts.merges[name]}
		g.date1904 = props.Date1904 != nil && *props.Date1904
		all = append(all, g)
	}
	return all, closing, nil
}

// understood refuses a file in which no header was found, or nothing below it.
func (t *tabulator) understood(yield func(inventory.Row) bool) {
	switch {
	case !t.found:
		yield(inventory.Row{Err: fault.New(fault.Invalid, NoHeader)})
	case t.total == 0:
		yield(inventory.Row{Err: fault.New(fault.Invalid, "import.no_data")})
	}
}

// openBook opens a workbook that was inspected. Values are taken as they are
// stored; nothing is calculated and no link is followed.
func openBook(data []byte) (*excelize.File, error) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked,
	})
	if err != nil {
		return nil, damaged(err)
	}
	return f, nil
}

var errBeyond = errors.New("row beyond the last")

// lines reads a sheet row by row.
func lines(f *excelize.File, name string) iter.Seq2[gridLine, error] {
	return func(yield func(gridLine, error) bool) {
		rows, err := f.Rows(name)
		if _, chart := errors.AsType[excelize.ErrSheetNotExist](err); chart {
			return // a sheet without cells
		}
		if err != nil {
			yield(gridLine{}, damaged(err))
			return
		}
		defer rows.Close()
		for number := 1; rows.Next(); number++ {
			if number > excelize.TotalRows {
				yield(gridLine{}, damaged(errBeyond)) // a row that claims a number no sheet has
				return
			}
			cells, err := rows.Columns()
			if err != nil {
				yield(gridLine{number: number}, damaged(err))
				return
			}
			if len(cells) > 0 && !yield(gridLine{number, cells}, nil) {
				return
			}
		}
		if err := rows.Error(); err != nil {
			yield(gridLine{}, damaged(err))
		}
	}
}
