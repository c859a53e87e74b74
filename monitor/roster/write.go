package roster

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/jard-odi/jard/monitor"
)

// Write returns services as a file declares them, so that what was kept on the
// pages can be kept in a file from now on.
func Write(services []monitor.Service) ([]byte, error) {
	doc := document{}
	for n := range services {
		doc.Services = append(doc.Services, written(&services[n]))
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(write(reflect.ValueOf(doc))); err != nil {
		return nil, fmt.Errorf("write services: %w", err)
	}
	return out.Bytes(), e.Close()
}

// written is a service as a file writes it.
func written(v *monitor.Service) service {
	s := service{
		Slug: v.Slug, Name: v.Name, Institution: v.Institution, URL: v.URL, LifeEvent: v.LifeEvent, Tier: v.Tier,
		Languages: v.Languages, State: v.State, Note: v.Note, Settings: v.Settings,
	}
	s.Settings.Source = nil // the file itself says so
	for _, c := range v.Checks {
		s.Checks = append(s.Checks, check{
			Name: c.Name, Kind: c.Kind, Target: c.Target, Schedule: c.Schedule, Timeout: c.Timeout, Expect: c.Expect, Settings: c.Settings,
		})
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
