// Package document reads what people write into files into the types of a
// room, naming every fault by its line and its place, and writes it back. It
// goes by the names that JSON knows the fields by, and keeps no rule.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/jard-odi/jard/fault"
)

// maxNodes bounds what is read: aliases can make a short file long.
const maxNodes = 1 << 20

// Problem is something wrong at a line.
type Problem struct {
	Line  int
	Field string // "services.0.checks.0.timeout"
	Key   string // of the sentence
	Args  []any
}

// Lines tell where each path of what was read stands.
type Lines map[string]int

// Of is where a field under at stands, or else the nearest thing around it.
func (l Lines) Of(at, field string) int {
	for field != "" {
		if line, ok := l[Join(at, field)]; ok {
			return line
		}
		cut := strings.LastIndexByte(field, '.')
		field = field[:max(cut, 0)]
	}
	return l[at]
}

// Read reads data, one YAML document, into what v points to. An empty one
// leaves it as it is. What has problems is not to be used.
func Read(data []byte, v any) (Lines, []Problem) {
	var root yaml.Node
	in := yaml.NewDecoder(bytes.NewReader(data))
	if err := in.Decode(&root); errors.Is(err, io.EOF) {
		return Lines{}, nil
	} else if err != nil {
		return Lines{}, []Problem{syntax(err)}
	}
	if in.Decode(&yaml.Node{}) == nil {
		return Lines{}, []Problem{{Line: root.Line, Key: "document.one_document"}}
	}
	if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return Lines{}, nil
	}
	d := &decoder{at: Lines{}, budget: maxNodes}
	d.read(root.Content[0], reflect.ValueOf(v).Elem(), "")
	return d.at, d.found
}

// ReadValid is Read, and then what the value finds wrong with itself, each
// fault at its line.
func ReadValid(data []byte, v interface{ Validate() error }) []Problem {
	lines, problems := Read(data, v)
	if len(problems) > 0 {
		return problems
	}
	for _, f := range fault.All(v.Validate()) {
		problems = append(problems, Problem{Line: lines.Of("", f.Field), Field: f.Field, Key: f.Key, Args: f.Args})
	}
	return problems
}

// syntax takes the line out of what the library says.
func syntax(err error) Problem {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if n, scanErr := fmt.Sscanf(text, "line %d:", &line); n == 1 && scanErr == nil {
		_, text, _ = strings.Cut(text, ": ")
	}
	return Problem{Line: line, Key: "document.syntax", Args: []any{text}}
}
