package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Canonical writes a JSON value in the one form that is hashed: no spaces,
// names in the order of their bytes, nothing escaped that need not be, and
// numbers without superfluous digits. A database that keeps JSON in a form of
// its own (PostgreSQL's jsonb) gives back the same value, and so the same form.
//
// It reads the text itself: a million lines are read back with it, and values
// in memory would cost two and a half times as much.
func Canonical(raw []byte) (string, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return "null", nil
	}
	if !json.Valid(raw) {
		return "", notJSON(raw)
	}
	c := canon{in: raw, out: make([]byte, 0, len(raw))}
	if err := c.value(); err != nil {
		return "", err
	}
	return string(c.out), nil
}

// notJSON says what is wrong with a text.
func notJSON(raw []byte) error {
	var v json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&v); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return fmt.Errorf("not one JSON value: %q follows it", raw[dec.InputOffset():])
}

// canon reads a JSON text that is known to be one, and writes it anew.
type canon struct {
	in  []byte
	at  int
	out []byte
}

// next is the first byte that is no space.
func (c *canon) next() byte {
	for c.in[c.at] <= ' ' {
		c.at++
	}
	return c.in[c.at]
}

func (c *canon) value() error {
	switch c.next() {
	case '{':
		return c.object()
	case '[':
		return c.list()
	case '"':
		s, err := c.text()
		c.out = quote(c.out, s)
		return err
	}
	from := c.at
	for c.at < len(c.in) && c.in[c.at] > ' ' && c.in[c.at] != ',' && c.in[c.at] != ']' && c.in[c.at] != '}' {
		c.at++
	}
	word := string(c.in[from:c.at])
	if word == "null" || word == "true" || word == "false" {
		c.out = append(c.out, word...)
		return nil
	}
	n, err := number(word)
	c.out = append(c.out, n...)
	return err
}

func (c *canon) list() error {
	c.at++
	c.out = append(c.out, '[')
	for n := 0; c.next() != ']'; n++ {
		if c.in[c.at] == ',' {
			c.at++
		}
		if n > 0 {
			c.out = append(c.out, ',')
		}
		if err := c.value(); err != nil {
			return err
		}
	}
	c.at++
	c.out = append(c.out, ']')
	return nil
}

// member is a name of an object and where it was written with its value.
type member struct {
	name     string
	from, to int
}

// object writes members as they come. Only where that is not their order, or a
// name comes twice, of which the last counts, it writes them again.
func (c *canon) object() error {
	c.at++
	begin, members, inOrder := len(c.out), make([]member, 0, 8), true
	c.out = append(c.out, '{')
	for c.next() != '}' {
		if c.in[c.at] == ',' {
			c.at++
			c.next()
			c.out = append(c.out, ',')
		}
		from := len(c.out)
		name, err := c.text()
		if err != nil {
			return err
		}
		c.out = append(quote(c.out, name), ':')
		c.next()
		c.at++ // the colon
		if err := c.value(); err != nil {
			return err
		}
		inOrder = inOrder && (len(members) == 0 || members[len(members)-1].name < name)
		members = append(members, member{name, from, len(c.out)})
	}
	c.at++
	if !inOrder {
		c.reorder(begin, members)
	}
	c.out = append(c.out, '}')
	return nil
}

func (c *canon) reorder(begin int, members []member) {
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	written := slices.Clone(c.out[begin:])
	c.out = c.out[:begin+1]
	for n, m := range members {
		if n+1 < len(members) && members[n+1].name == m.name {
			continue
		}
		if len(c.out) > begin+1 {
			c.out = append(c.out, ',')
		}
		c.out = append(c.out, written[m.from-begin:m.to-begin]...)
	}
}

// text reads a string: as it stands where nothing in it is escaped.
func (c *canon) text() (string, error) {
	from := c.at
	plain := true
	for c.at++; c.in[c.at] != '"'; c.at++ {
		if c.in[c.at] == '\\' {
			plain = false
			c.at++
		}
	}
	c.at++
	if s := c.in[from+1 : c.at-1]; plain && utf8.Valid(s) {
		return string(s), nil
	}
	var s string
	err := json.Unmarshal(c.in[from:c.at], &s)
	return s, err
}

// quote adds a string: only the quote, the backslash and control characters
// are escaped.
func quote(to []byte, s string) []byte {
	to = append(to, '"')
	for n := range len(s) {
		switch b := s[n]; {
		case b == '"' || b == '\\':
			to = append(to, '\\', b)
		case b < 0x20:
			to = fmt.Appendf(to, `\u%04x`, b)
		default:
			to = append(to, b)
		}
	}
	return append(to, '"')
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
