package document

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"testing"
)

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "a: 1", "a: [1, 2]\nb: {c: d}", "a: &x [*x]", "? :", "- - -", "a: !!binary x", "a: 1\na: 2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v struct {
			A string
			B map[string]string
			C []struct{ D, E int }
		}
		_, problems := Read(data, &v)
		for _, p := range problems {
			if p.Line < 0 {
				t.Errorf("a problem on line %d", p.Line)
			}
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("- id: A\n  name: {fr: Un, ar: واحد}\n- {id: B, synonyms: [x, y]}\n"))
	f.Add([]byte("- &a {id: A}\n- *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, lines, err := Table(data)
		if err != nil {
			return
		}
		r := csv.NewReader(bytes.NewReader(table))
		r.FieldsPerRecord = -1
		for {
			_, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%q makes no table: %v", data, err)
			}
			if at, _ := r.FieldPos(0); lines[at] == 0 {
				t.Fatalf("%q: line %d of the table stands nowhere", data, at)
			}
		}
	})
}
