package screening

import (
	"encoding/csv"
	"strings"
)

// MaxRows is how many rows of what was pasted are looked at.
const MaxRows = 1000

// Paste reads what somebody copied out of a spreadsheet or a CSV file: the
// first row names the columns. Cells are parted by tabs, semicolons or commas,
// whichever the first row has most of.
func Paste(s string) [][]string {
	s = strings.TrimPrefix(strings.ToValidUTF8(s, "\uFFFD"), "\ufeff")
	s = strings.Trim(s, "\r\n")
	if strings.TrimSpace(s) == "" {
		return nil
	}
	first, _, _ := strings.Cut(s, "\n")
	comma, most := ',', 0
	for _, r := range "\t;," {
		if n := strings.Count(first, string(r)); n > most {
			comma, most = r, n
		}
	}
	in := csv.NewReader(strings.NewReader(s))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes = comma, -1, true
	var table [][]string
	for len(table) <= MaxRows {
		row, err := in.Read()
		if err != nil { // the end, or a quote that never closes: what came before it still counts
			break
		}
		table = append(table, row)
	}
	return table
}
