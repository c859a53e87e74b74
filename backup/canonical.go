package backup

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Canonical returns the one spelling of a JSON text: no spaces, keys sorted,
// each character as it is, numbers by their value. PostgreSQL keeps values and
// SQLite text; both give the same here. What is no JSON stays as it is.
func Canonical(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return text
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return text
	}
	return string(appendJSON(make([]byte, 0, len(text)), value))
}

func appendJSON(out []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, v)
	case json.Number:
		return append(out, number(string(v))...)
	case string:
		return appendText(out, v)
	case []any:
		out = append(out, '[')
		for n, one := range v {
			if n > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, one)
		}
		return append(out, ']')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		out = append(out, '{')
		for n, key := range keys {
			if n > 0 {
				out = append(out, ',')
			}
			out = append(appendText(out, key), ':')
			out = appendJSON(out, v[key])
		}
		return append(out, '}')
	}
	return out
}

// widest is how many digits a number may have and still be spelt out.
const widest = 30

// number spells a JSON number by its exact value: digits without idle zeros,
// with an exponent only where they would be many.
func number(s string) string {
	mantissa, exponent := s, 0
	if n := strings.IndexAny(s, "eE"); n >= 0 {
		e, err := strconv.Atoi(s[n+1:])
		if err != nil {
			return s // larger than any engine takes
		}
		mantissa, exponent = s[:n], e
	}
	minus := strings.HasPrefix(mantissa, "-")
	whole, part, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	digits := strings.TrimLeft(whole+part, "0")
	exponent -= len(part)
	if short := strings.TrimRight(digits, "0"); short != digits {
		exponent += len(digits) - len(short)
		digits = short
	}
	if digits == "" {
		return "0"
	}
	switch point := len(digits) + exponent; {
	case exponent >= 0 && point <= widest:
		digits += strings.Repeat("0", exponent)
	case exponent < 0 && point > 0:
		digits = digits[:point] + "." + digits[point:]
	case exponent < 0 && point > -widest:
		digits = "0." + strings.Repeat("0", -point) + digits
	default:
		digits += "e" + strconv.Itoa(exponent)
	}
	if minus {
		return "-" + digits
	}
	return digits
}
