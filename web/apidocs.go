package web

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// apiDocsPage is the description of the JSON API as a page to read.
type apiDocsPage struct {
	Page
	Groups []docGroup
}

type docGroup struct {
	Name       string
	Operations []docOperation
}

type docOperation struct {
	ID, Method, Path, Summary, Description string
	Public                                 bool
	Params, Body, Answer                   []docField
	Statuses                               []string
}

type docField struct {
	Name, In, Type, Doc string
	Required            bool
}

// Class is the method as the style sheet names it.
func (d docOperation) Class() string { return strings.ToLower(d.Method) }

// apiDocs answers GET /api/docs.
func (s *Shell) apiDocs(c *gin.Context) error {
	return s.Show(c, "web_apidocs", apiDocsPage{Page: s.Page(c, "web.api.title"), Groups: docGroups(s.api.OpenAPI())})
}

func docGroups(spec *huma.OpenAPI) []docGroup {
	byTag := map[string][]docOperation{}
	for _, path := range slices.Sorted(maps.Keys(spec.Paths)) {
		item := spec.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil || op.Hidden {
				continue
			}
			tag := ""
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			byTag[tag] = append(byTag[tag], docOperationOf(spec, path, op))
		}
	}
	groups := []docGroup{}
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		groups = append(groups, docGroup{tag, byTag[tag]})
	}
	return groups
}

func docOperationOf(spec *huma.OpenAPI, path string, op *huma.Operation) docOperation {
	d := docOperation{
		ID: cmp.Or(op.OperationID, op.Method+path), Method: op.Method, Path: path,
		Summary: op.Summary, Description: op.Description, Public: len(op.Security) == 0,
	}
	for _, p := range op.Parameters {
		d.Params = append(d.Params, docField{
			Name: p.Name, In: p.In, Type: typeOf(spec, p.Schema), Doc: describe(spec, p.Description, p.Schema), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			d.Body = append(d.Body, docFields(spec, op.RequestBody.Content[kind].Schema, "", 0)...)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		d.Statuses = append(d.Statuses, status)
		if content := op.Responses[status].Content["application/json"]; content != nil && strings.HasPrefix(status, "2") {
			d.Answer = docFields(spec, content.Schema, "", 0)
		}
	}
	return d
}

// docFields lists the fields of a schema, those of its parts as "part.field".
func docFields(spec *huma.OpenAPI, schema *huma.Schema, prefix string, depth int) []docField {
	schema = follow(spec, schema)
	if schema == nil || depth > 3 {
		return nil
	}
	if schema.Type == huma.TypeArray {
		return docFields(spec, schema.Items, prefix+"[].", depth+1)
	}
	fields := []docField{}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		p := schema.Properties[name]
		full := strings.ReplaceAll(prefix+name, ".[]", "[]")
		fields = append(fields, docField{
			Name: full, Type: typeOf(spec, p), Doc: describe(spec, "", p), Required: slices.Contains(schema.Required, name),
		})
		fields = append(fields, docFields(spec, p, full+".", depth+1)...)
	}
	return fields
}

func follow(spec *huma.OpenAPI, schema *huma.Schema) *huma.Schema {
	if schema != nil && schema.Ref != "" {
		return spec.Components.Schemas.SchemaFromRef(schema.Ref)
	}
	return schema
}

func typeOf(spec *huma.OpenAPI, schema *huma.Schema) string {
	schema = follow(spec, schema)
	switch {
	case schema == nil:
		return ""
	case schema.Type == huma.TypeArray:
		return typeOf(spec, schema.Items) + "[]"
	case schema.Format != "":
		return schema.Type + " (" + schema.Format + ")"
	}
	return schema.Type
}

// describe is what a field is for and the values it may have.
func describe(spec *huma.OpenAPI, text string, schema *huma.Schema) string {
	followed := follow(spec, schema)
	if followed == nil {
		return text
	}
	text = cmp.Or(text, schema.Description, followed.Description)
	values := []string{}
	for _, v := range followed.Enum {
		if word, ok := v.(string); ok {
			values = append(values, word)
		}
	}
	if len(values) > 0 {
		text = strings.TrimSpace(text + " [" + strings.Join(values, " | ") + "]")
	}
	return text
}
