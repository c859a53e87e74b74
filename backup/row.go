package backup

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendRow appends the line of a row, without its end. A value is nil, int64,
// float64, bool, time.Time, string or []byte, as the kind of its column says.
func AppendRow(line []byte, columns []Column, values []any) ([]byte, error) {
	if len(values) != len(columns) {
		return nil, fmt.Errorf("a row of %d values for %d columns", len(values), len(columns))
	}
	line = append(line, '[')
	for n, v := range values {
		if n > 0 {
			line = append(line, ',')
		}
		var err error
		if line, err = appendValue(line, columns[n].Kind, v); err != nil {
			return nil, fmt.Errorf("column %s: %w", columns[n].Name, err)
		}
	}
	return append(line, ']'), nil
}

func appendValue(line []byte, kind Kind, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(line, "null"...), nil
	case int64:
		switch kind {
		case Int, Time:
			return strconv.AppendInt(line, v, 10), nil
		case Real:
			return appendReal(line, float64(v)), nil
		case Bool:
			return strconv.AppendBool(line, v != 0), nil
		}
	case float64:
		if kind == Real {
			return appendReal(line, v), nil
		}
	case bool:
		if kind == Bool {
			return strconv.AppendBool(line, v), nil
		}
	case time.Time:
		if kind == Time {
			return strconv.AppendInt(line, v.UnixMicro(), 10), nil
		}
	case []byte:
		if kind == Bytes {
			return append(base64.StdEncoding.AppendEncode(append(line, '"'), v), '"'), nil
		}
		return appendValue(line, kind, string(v))
	case string:
		switch kind {
		case Text:
			return appendText(line, v), nil
		case JSON:
			return appendText(line, Canonical(v)), nil
		case Bytes: // a SQLite column takes what it is given
			return append(base64.StdEncoding.AppendEncode(append(line, '"'), []byte(v)), '"'), nil
		}
	}
	return nil, fmt.Errorf("%T is no value of kind %s", value, kind)
}

// appendReal writes the shortest number that reads back as v. Zero has no
// sign: SQLite keeps none.
func appendReal(line []byte, v float64) []byte {
	switch {
	case v == 0:
		return append(line, '0')
	case math.IsNaN(v):
		return append(line, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(line, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(line, `"-Infinity"`...)
	}
	return strconv.AppendFloat(line, v, 'g', -1, 64)
}

// appendText writes a JSON string in the one way that readText takes. Text that
// is no UTF-8, which SQLite would keep, stands in an object.
func appendText(line []byte, s string) []byte {
	if !utf8.ValidString(s) {
		line = append(line, `{"bytes":"`...)
		return append(base64.StdEncoding.AppendEncode(line, []byte(s)), `"}`...)
	}
	const hex = "0123456789abcdef"
	line = append(line, '"')
	from := 0
	for n := range len(s) {
		c := s[n]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		line = append(line, s[from:n]...)
		if c < 0x20 {
			line = append(line, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			line = append(line, '\\', c)
		}
		from = n + 1
	}
	return append(append(line, s[from:]...), '"')
}

// errRow is that a line is not what AppendRow writes.
var errRow = errors.New("a row cannot be read")

// ReadRow reads the line of a row. It takes only what AppendRow writes, so that
// one row has one line.
func ReadRow(line []byte, columns []Column) ([]any, error) {
	values := make([]any, len(columns))
	rest, ok := take(line, '[')
	for n, column := range columns {
		if n > 0 && ok {
			rest, ok = take(rest, ',')
		}
		if !ok {
			return nil, errRow
		}
		var err error
		if values[n], rest, err = readValue(rest, column.Kind); err != nil {
			return nil, fmt.Errorf("column %s: %w", column.Name, err)
		}
	}
	if rest, ok = take(rest, ']'); !ok || len(rest) > 0 {
		return nil, errRow
	}
	return values, nil
}

func take(line []byte, c byte) (rest []byte, ok bool) {
	if len(line) == 0 || line[0] != c {
		return line, false
	}
	return line[1:], true
}

func readValue(line []byte, kind Kind) (value any, rest []byte, err error) {
	if len(line) >= 4 && string(line[:4]) == "null" {
		return nil, line[4:], nil
	}
	switch kind {
	case Text, JSON:
		return readText(line)
	case Bytes:
		s, rest, err := readQuoted(line)
		if err != nil {
			return nil, nil, err
		}
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil {
			return nil, nil, errRow
		}
		return b, rest, nil
	}
	end := 0
	for end < len(line) && line[end] != ',' && line[end] != ']' {
		end++
	}
	value, err = readPlain(string(line[:end]), kind)
	return value, line[end:], err
}

func readPlain(s string, kind Kind) (any, error) {
	switch kind {
	case Int, Time:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != s {
			return nil, errRow
		}
		if kind == Time {
			return time.UnixMicro(n).UTC(), nil
		}
		return n, nil
	case Bool:
		switch s {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	case Real:
		switch s {
		case `"NaN"`:
			return math.NaN(), nil
		case `"Infinity"`:
			return math.Inf(1), nil
		case `"-Infinity"`:
			return math.Inf(-1), nil
		}
		v, err := strconv.ParseFloat(s, 64)
		if err == nil && string(appendReal(nil, v)) == s {
			return v, nil
		}
	}
	return nil, errRow
}

func readText(line []byte) (value any, rest []byte, err error) {
	const odd = `{"bytes":`
	if len(line) < len(odd) || string(line[:len(odd)]) != odd {
		return readQuotedText(line)
	}
	s, rest, err := readQuoted(line[len(odd):])
	if err != nil {
		return nil, nil, err
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	rest, ok := take(rest, '}')
	if err != nil || !ok || utf8.Valid(b) {
		return nil, nil, errRow
	}
	return string(b), rest, nil
}

func readQuotedText(line []byte) (value any, rest []byte, err error) {
	s, rest, err := readQuoted(line)
	if err != nil {
		return nil, nil, err
	}
	if !utf8.ValidString(s) {
		return nil, nil, errRow
	}
	return s, rest, nil
}

// readQuoted reads a string as appendText writes it.
func readQuoted(line []byte) (s string, rest []byte, err error) {
	rest, ok := take(line, '"')
	if !ok {
		return "", nil, errRow
	}
	var text []byte
	from := 0
	for n := 0; n < len(rest); n++ {
		switch c := rest[n]; {
		case c == '"':
			return string(append(text, rest[from:n]...)), rest[n+1:], nil
		case c < 0x20:
			return "", nil, errRow
		case c == '\\':
			text = append(text, rest[from:n]...)
			plain, width := unescape(rest[n:])
			if width == 0 {
				return "", nil, errRow
			}
			text = append(text, plain)
			n += width - 1
			from = n + 1
		}
	}
	return "", nil, errRow
}

// unescape reads one escape; width is 0 when it is none that appendText writes.
func unescape(s []byte) (c byte, width int) {
	switch {
	case len(s) >= 2 && (s[1] == '"' || s[1] == '\\'):
		return s[1], 2
	case len(s) >= 6 && string(s[:4]) == `\u00`:
		n, err := strconv.ParseUint(string(s[4:6]), 16, 8)
		if err == nil && n < 0x20 && s[5] < 'A' || err == nil && n < 0x20 && s[5] >= 'a' {
			return byte(n), 6
		}
	}
	return 0, 0
}
