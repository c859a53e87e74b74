package web

import "github.com/danielgtaylor/huma/v2"

// What a parameter may hold where the operation says nothing of it.
const (
	longestParameter = 1000
	mostOfParameter  = 100
)

// bindParameters bounds the texts and lists among the parameters of an
// operation that name no bound of their own, and says so in the description.
func (s *Shell) bindParameters(op huma.Operation) {
	item := s.api.OpenAPI().Paths[op.Path]
	if item == nil {
		return
	}
	for _, made := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if made == nil || made.Method != op.Method {
			continue
		}
		for _, p := range made.Parameters {
			schema, longest, most := p.Schema, longestParameter, mostOfParameter
			switch {
			case schema == nil:
				continue
			case schema.Type == huma.TypeString && schema.MaxLength == nil && len(schema.Enum) == 0:
				schema.MaxLength = &longest
			case schema.Type == huma.TypeArray && schema.MaxItems == nil:
				schema.MaxItems = &most
			default:
				continue
			}
			schema.PrecomputeMessages()
		}
	}
}
