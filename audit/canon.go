package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Canonical writes a JSON value in the one form that is hashed: no spaces,
// names in the order of their bytes, nothing escaped that need not be, and
// numbers without superfluous digits. A database that keeps JSON in a form of
// its own (PostgreSQL's jsonb) gives back the same value, and so the same form.
func Canonical(raw []byte) (string, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return "null", nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", fmt.Errorf("not JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return "", fmt.Errorf("not one JSON value: %q follows it", raw[dec.InputOffset():])
	}
	var b strings.Builder
	if err := canonical(&b, v); err != nil {
		return "", err
	}
	return b.String(), nil
}

func canonical(b *strings.Builder, v any) error {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case json.Number:
		n, err := number(v.String())
		if err != nil {
			return err
		}
		b.WriteString(n)
	case string:
		quote(b, v)
	case []any:
		return list(b, v)
	case map[string]any:
		return object(b, v)
	}
	return nil
}

func list(b *strings.Builder, all []any) error {
	b.WriteByte('[')
	for n, one := range all {
		if n > 0 {
			b.WriteByte(',')
		}
		if err := canonical(b, one); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func object(b *strings.Builder, m map[string]any) error {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	b.WriteByte('{')
	for n, name := range names {
		if n > 0 {
			b.WriteByte(',')
		}
		quote(b, name)
		b.WriteByte(':')
		if err := canonical(b, m[name]); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// quote writes a string: only the quote, the backslash and control characters
// are escaped.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// plain is how many digits a number may have before it is written with an exponent.
const plain = 40

// number writes a JSON number by its value: 1.50, 15e-1 and 1.5 are one.
func number(s string) (string, error) {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	mantissa, power, scaled := strings.Cut(strings.ToLower(s), "e")
	exponent := 0
	if scaled {
		var err error
		if exponent, err = strconv.Atoi(strings.TrimPrefix(power, "+")); err != nil || exponent > 1e6 || exponent < -1e6 {
			return "", fmt.Errorf("the number %.40s is beyond measure", s)
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(fraction)
	short := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(short)
	switch {
	case short == "":
		return "0", nil
	case exponent >= 0 && len(short)+exponent <= plain:
		return sign + short + strings.Repeat("0", exponent), nil
	case exponent < 0 && -exponent < len(short):
		return sign + short[:len(short)+exponent] + "." + short[len(short)+exponent:], nil
	case exponent < 0 && -exponent <= plain:
		return sign + "0." + strings.Repeat("0", -exponent-len(short)) + short, nil
	}
	return sign + short + "e" + strconv.Itoa(exponent), nil
}
