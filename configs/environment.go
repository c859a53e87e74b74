package configs

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Secret is a value that must not be shown: printing or logging it gives ***.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the value from %#v too.
func (s Secret) GoString() string { return s.String() }

// MarshalText keeps it out of JSON logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// environment lets JARD_DATABASE_URL and its like override the file: every key
// has one, made of its path in capitals. Lists are separated by commas.
func (c *Config) environment(getenv func(string) string) error {
	if getenv == nil {
		return nil
	}
	return override(reflect.ValueOf(c).Elem(), "", getenv)
}

// override walks the settings by reflection, which deletes one line of code
// for each key and cannot forget a new one.
func override(v reflect.Value, path string, getenv func(string) string) error {
	var faults []error
	for n := range v.NumField() {
		key := v.Type().Field(n).Tag.Get("yaml")
		if path != "" {
			key = path + "." + key
		}
		if v.Field(n).Kind() == reflect.Struct {
			faults = append(faults, override(v.Field(n), key, getenv))
			continue
		}
		name := "JARD_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		if text := getenv(name); text != "" {
			if err := set(v.Field(n), text); err != nil {
				faults = append(faults, fmt.Errorf("%s (%s): %w", key, name, err))
			}
		}
	}
	return errors.Join(faults...)
}

// set reads text as YAML would, so that a key means the same in both places.
func set(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text) // a password may look like a number
		return nil
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			break // a list of things with several keys, written as YAML on one line
		}
		parts := strings.Split(text, ",")
		list := make([]string, 0, len(parts))
		for _, part := range parts {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		v.Set(reflect.ValueOf(list))
		return nil
	}
	fresh := reflect.New(v.Type())
	if err := yaml.Unmarshal([]byte(text), fresh.Interface()); err != nil {
		return fmt.Errorf("%q cannot be read as %s", text, kindName(v))
	}
	v.Set(fresh.Elem())
	return nil
}

func kindName(v reflect.Value) string {
	switch v.Interface().(type) {
	case Duration:
		return "a duration such as 30s"
	case bool:
		return "true or false"
	case []AlertChannel:
		return "a list such as [{name: noc, type: webhook, url: 'https://…', secret: 'env:NAME'}]"
	case []AlertRoute:
		return "a list such as [{id: nuit, name: Nuit, steps: [{channels: [noc]}]}]"
	case []WatchSecret:
		return "a list such as [{name: portal_password, value: 'env:NAME', hosts: [login.example.tn]}]"
	case []Consumer:
		return "a list such as [{name: portal, agent: ckan}]"
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.Float64 {
			return "numbers by name such as {critical: 0.999}"
		}
		return "texts by language such as {fr: …, ar: …}"
	}
	return v.Type().String()
}
