package harvesttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schema is a voluptuous schema with required=True: every key must be there,
// and hold what its kind says. A kind that ends with ? may be null.
type schema map[string]any

var (
	udataPackage = schema{
		"id": "text", "name": "text", "title": "text", "notes": "text?", "license_id": "text?", "license_title": "text?",
		"tags": []schema{udataTag}, "metadata_created": "date", "metadata_modified": "date", "organization": udataOrganization,
		"resources": []schema{udataResource}, "private": "bool", "type": "=dataset", "author": "text?", "author_email": "mail?",
		"maintainer": "text?", "maintainer_email": "mail?", "state": "text?",
	}
	udataTag          = schema{"id": "text", "name": "text"}
	udataOrganization = schema{
		"id": "text", "description": "text", "created": "date", "title": "text", "name": "text", "revision_timestamp": "date",
		"is_organization": "bool", "state": "text", "image_url": "text", "revision_id": "text", "type": "=organization",
		"approval_status": "=approved",
	}
	udataResource = schema{
		"id": "text", "position": "number", "name": "text?", "description": "text", "format": "text", "mimetype": "text?",
		"size": "number?", "hash": "text?", "created": "date", "last_modified": "date?", "url": "url", "resource_type": "resource?",
	}
)

func (s schema) check(where string, object map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(s)) {
		v, there := object[key]
		if !there {
			return fmt.Errorf("%s: required key %s is not provided", where, key)
		}
		if err := fits(where+"."+key, s[key], v); err != nil {
			return err
		}
	}
	return nil
}

func fits(where string, kind, v any) error {
	switch want := kind.(type) {
	case schema:
		object, ok := v.(map[string]any)
		if !ok && v != nil {
			return fmt.Errorf("%s: expected a dictionary", where)
		}
		if v == nil {
			return nil
		}
		return want.check(where, object)
	case []schema:
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%s: expected a list", where)
		}
		for n, one := range list {
			if err := fits(fmt.Sprintf("%s[%d]", where, n), want[0], one); err != nil {
				return err
			}
		}
		return nil
	}
	return fitsScalar(where, kind.(string), v)
}

func fitsScalar(where, kind string, v any) error {
	name, mayBeNull := strings.CutSuffix(kind, "?")
	if v == nil && mayBeNull {
		return nil
	}
	text, isText := v.(string)
	ok := isText
	switch {
	case name == "bool":
		_, ok = v.(bool)
	case name == "number":
		n, isNumber := v.(float64)
		ok = isNumber && n == float64(int64(n))
	case name == "date":
		ok = dateLike.MatchString(text)
	case name == "mail":
		ok = text == "" || mailPattern.MatchString(text)
	case name == "url":
		ok = httpPattern.MatchString(text)
	case name == "resource":
		ok = slices.Contains([]string{"file", "file.upload", "api", "documentation", "image", "visualization", "metadata"}, text)
	case name[0] == '=':
		ok = text == name[1:]
	}
	if !ok {
		return fmt.Errorf("%s: %v is no %s", where, v, kind)
	}
	return nil
}
