package document

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// decoder reads YAML nodes into the types of the domain by their JSON names.
// It walks the nodes itself rather than let the library do it, because every
// fault must name its line, and because a setting that another room adds
// tomorrow must be readable here without a word.
type decoder struct {
	at     Lines // of each path that was read
	found  []Problem
	budget int // nodes still allowed: aliases can make a short file long
}

func (d *decoder) wrong(n *yaml.Node, path, key string, args ...any) {
	d.found = append(d.found, Problem{n.Line, path, key, args})
}

var durationType = reflect.TypeFor[time.Duration]() //nolint:gochecknoglobals // a constant of the language

// read puts n into v.
func (d *decoder) read(n *yaml.Node, v reflect.Value, path string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if d.budget--; d.budget < 0 {
		if d.budget == -1 {
			d.wrong(n, path, "document.too_large")
		}
		return
	}
	d.at[path] = n.Line
	if n.Tag == "!!null" {
		return // nothing was said
	}
	text, spoken := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
	switch {
	case spoken:
		if n.Kind != yaml.ScalarNode || text.UnmarshalText([]byte(n.Value)) != nil {
			d.wrong(n, path, "document.want.value")
		}
	case v.Type() == durationType:
		d.duration(n, v, path)
	case v.Kind() == reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		d.read(n, fresh.Elem(), path)
		v.Set(fresh)
	case v.Kind() == reflect.Struct:
		d.mapping(n, v, path)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path)
	case v.Kind() == reflect.Map:
		d.dictionary(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "document.want.mapping")
		return
	}
	fields := fieldsOf(v)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, known := fields.named(key.Value)
		switch {
		case key.Kind != yaml.ScalarNode || !known:
			d.wrong(key, Join(path, key.Value), "document.unknown_key", key.Value)
		case seen[key.Value]:
			d.wrong(key, Join(path, key.Value), "document.twice", key.Value)
		default:
			d.read(n.Content[i+1], field, Join(path, key.Value))
		}
		seen[key.Value] = true
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	items := n.Content
	if n.Kind == yaml.ScalarNode && v.Type().Elem().Kind() != reflect.Struct {
		items = []*yaml.Node{n} // one alone need not stand in a list
	} else if n.Kind != yaml.SequenceNode {
		d.wrong(n, path, "document.want.list")
		return
	}
	for i, item := range items {
		one := reflect.New(v.Type().Elem()).Elem()
		d.read(item, one, Join(path, strconv.Itoa(i)))
		v.Set(reflect.Append(v, one))
	}
}

func (d *decoder) dictionary(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "document.want.mapping")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := reflect.New(v.Type().Key()).Elem()
		if key.Kind() != reflect.String {
			d.wrong(n.Content[i], path, "document.want.mapping")
			return
		}
		key.SetString(n.Content[i].Value)
		one := reflect.New(v.Type().Elem()).Elem()
		d.read(n.Content[i+1], one, Join(path, n.Content[i].Value))
		v.SetMapIndex(key, one)
	}
}

func (d *decoder) duration(n *yaml.Node, v reflect.Value, path string) {
	length, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.wrong(n, path, "document.want.duration", n.Value)
		return
	}
	v.SetInt(int64(length))
}

// scalar reads a word, a number or a yes.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.wrong(n, path, "document.want.value")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value) // a status of 200 and a name of 3 are words here
		return
	case reflect.Bool:
		if yes, err := strconv.ParseBool(n.Value); err == nil {
			v.SetBool(yes)
			return
		}
		d.wrong(n, path, "document.want.yes_no", n.Value)
		return
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if number, err := strconv.ParseInt(n.Value, 10, v.Type().Bits()); err == nil {
			v.SetInt(number)
			return
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		if number, err := strconv.ParseUint(n.Value, 10, v.Type().Bits()); err == nil {
			v.SetUint(number)
			return
		}
	case reflect.Float32, reflect.Float64:
		if number, err := strconv.ParseFloat(n.Value, v.Type().Bits()); err == nil {
			v.SetFloat(number)
			return
		}
	}
	d.wrong(n, path, "document.want.number", n.Value)
}

// Join is the path of what is called name under path.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// fields are what a struct has, by the name that JSON gives each.
type fields struct {
	names  []string
	values []reflect.Value
}

func fieldsOf(v reflect.Value) fields {
	var all fields
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			inner := fieldsOf(v.Field(i))
			all.names, all.values = append(all.names, inner.names...), append(all.values, inner.values...)
			continue
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = f.Name
		}
		all.names, all.values = append(all.names, name), append(all.values, v.Field(i))
	}
	return all
}

func (f fields) named(name string) (reflect.Value, bool) {
	for i, one := range f.names {
		if one == name {
			return f.values[i], true
		}
	}
	return reflect.Value{}, false
}
