package document

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Write returns v as YAML, what says nothing left out.
func Write(v any) ([]byte, error) {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(write(reflect.ValueOf(v))); err != nil {
		return nil, fmt.Errorf("write a document: %w", err)
	}
	return out.Bytes(), e.Close()
}

// write is the way back: v as YAML, what says nothing left out.
func write(v reflect.Value) *yaml.Node {
	text, spoken := reflect.TypeAssert[encoding.TextMarshaler](v)
	switch {
	case spoken && v.Kind() != reflect.Pointer:
		b, err := text.MarshalText()
		if err != nil {
			b = nil // a moment outside the calendar is left unsaid
		}
		return word(string(b), "!!str")
	case v.Type() == durationType:
		return word(shortDuration(time.Duration(v.Int())), "!!str")
	case v.Kind() == reflect.Pointer:
		return write(v.Elem())
	case v.Kind() == reflect.Struct:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		all := fieldsOf(v)
		for i, name := range all.names {
			if !empty(all.values[i]) {
				n.Content = append(n.Content, word(name, "!!str"), write(all.values[i]))
			}
		}
		return n
	case v.Kind() == reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for i := range v.Len() {
			n.Content = append(n.Content, write(v.Index(i)))
		}
		if v.Type().Elem().Kind() == reflect.String {
			n.Style = yaml.FlowStyle
		}
		return n
	case v.Kind() == reflect.Map:
		return dictionary(v)
	case v.Kind() == reflect.String:
		return word(v.String(), "!!str")
	case v.Kind() == reflect.Bool:
		return word(strconv.FormatBool(v.Bool()), "!!bool")
	}
	return word(fmt.Sprint(v.Interface()), "!!int")
}

// shortDuration leaves out the zeros that Go writes: 1m rather than 1m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// empty tells whether v says nothing. Empty parts are left out, as are lists
// of nothing and structs that have only such.
func empty(v reflect.Value) bool {
	if _, spoken := reflect.TypeAssert[encoding.TextMarshaler](v); spoken {
		return v.IsZero()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Pointer:
		return v.IsNil()
	case reflect.Struct:
		for _, f := range fieldsOf(v).values {
			if !empty(f) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}

// dictionary writes a map by its keys in order, the same each time.
func dictionary(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
	for _, key := range keys {
		n.Content = append(n.Content, word(key.String(), "!!str"), write(v.MapIndex(key)))
	}
	return n
}

func word(text, tag string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
	if tag == "!!str" {
		n.SetString(text) // several lines become a block
	}
	return n
}

// Flat is v as it would be written: each place and the value that stands there.
func Flat(v any) map[string]string {
	out := map[string]string{}
	flatten(write(reflect.ValueOf(v)), "", out)
	return out
}

func flatten(n *yaml.Node, path string, out map[string]string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			flatten(n.Content[i+1], Join(path, n.Content[i].Value), out)
		}
	case yaml.SequenceNode:
		if n.Style == yaml.FlowStyle {
			words := make([]string, 0, len(n.Content))
			for _, one := range n.Content {
				words = append(words, one.Value)
			}
			out[path] = strings.Join(words, ", ")
			return
		}
		for i, one := range n.Content {
			flatten(one, Join(path, strconv.Itoa(i)), out)
		}
	default:
		out[path] = n.Value
	}
}
