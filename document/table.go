package document

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Table writes a list of entries as a table, and tells in which line of data
// each of its lines stands. {name: {fr: …}} fills the column name_fr, a list
// the words of one column.
func Table(data []byte) ([]byte, map[int]int, error) {
	var entries []yaml.Node
	if err := yaml.Unmarshal(data, &entries); err != nil {
		return nil, nil, err
	}
	var columns []string
	rows := make([]map[string]string, len(entries))
	for n := range entries {
		if entries[n].Kind != yaml.MappingNode {
			return nil, nil, fmt.Errorf("line %d: not an entry of keys and values", entries[n].Line)
		}
		rows[n] = map[string]string{}
		if err := cellsOf(&entries[n], "", rows[n], &columns); err != nil {
			return nil, nil, err
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(columns) // a buffer takes everything
	lines := map[int]int{1: 1}
	for n, row := range rows {
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = row[column]
		}
		w.Flush()
		lines[bytes.Count(out.Bytes(), []byte("\n"))+1] = entries[n].Line
		_ = w.Write(cells)
	}
	w.Flush()
	return out.Bytes(), lines, nil
}

func cellsOf(entry *yaml.Node, prefix string, row map[string]string, columns *[]string) error {
	for i := 0; i+1 < len(entry.Content); i += 2 {
		column, value := prefix+entry.Content[i].Value, entry.Content[i+1]
		var text string
		switch value.Kind {
		case yaml.MappingNode:
			if err := cellsOf(value, column+"_", row, columns); err != nil {
				return err
			}
			continue
		case yaml.SequenceNode:
			var words []string
			for _, word := range value.Content {
				words = append(words, word.Value)
			}
			text = strings.Join(words, "|")
		case yaml.ScalarNode:
			if text = value.Value; value.Tag == "!!null" {
				text = ""
			}
		default:
			return fmt.Errorf("line %d: %s is written as an alias; write it out", value.Line, column)
		}
		if _, twice := row[column]; twice {
			return fmt.Errorf("line %d: %s appears twice", value.Line, column)
		}
		row[column] = text
		if !slices.Contains(*columns, column) {
			*columns = append(*columns, column)
		}
	}
	return nil
}
