package web

import (
	"encoding/json"
	"reflect"
	"strings"
)

// describe writes the description of the API. The library that makes it says of
// a field that points to an object only what the object is like; where the
// field may be empty it answers null, and readers who were not told fall over.
func (s *Shell) describe() ([]byte, error) {
	whole, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, err
	}
	var doc map[string]json.RawMessage
	var parts map[string]json.RawMessage
	var schemas map[string]map[string]any
	if err := json.Unmarshal(whole, &doc); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc["components"], &parts); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(parts["schemas"], &schemas); err != nil {
		return nil, err
	}
	registry := s.api.OpenAPI().Components.Schemas
	for name, schema := range schemas {
		properties, _ := schema["properties"].(map[string]any)
		mayBeNull(registry.TypeFromRef("#/components/schemas/"+name), properties)
	}
	if parts["schemas"], err = json.Marshal(schemas); err != nil {
		return nil, err
	}
	if doc["components"], err = json.Marshal(parts); err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

// mayBeNull says of each property that is a pointer to an object, and is
// written even when it is nil, that it may be null.
func mayBeNull(t reflect.Type, properties map[string]any) {
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		property, ok := properties[name].(map[string]any)
		if !ok || f.Type.Kind() != reflect.Pointer || strings.Contains(options, "omit") || property["$ref"] == nil {
			continue
		}
		property["anyOf"] = []any{map[string]any{"$ref": property["$ref"]}, map[string]any{"type": "null"}}
		delete(property, "$ref")
	}
}
