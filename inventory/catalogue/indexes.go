package catalogue

import (
	"context"
	"encoding/json"
)

// SchemaOrg describes the dataset with this UUID for search engines, as
// JSON-LD that may stand inside an HTML script element: every "<" is escaped.
func (s *Snapshot) SchemaOrg(ctx context.Context, id string) (b []byte, ok bool, err error) {
	p, ok, err := s.Live(ctx, id)
	if !ok || err != nil {
		return nil, false, err
	}
	b, err = json.Marshal(s.writer.schemaOrg(p))
	return b, err == nil, err
}

// kept returns the document of that name, written when first asked for.
func (s *Snapshot) kept(name, contentType string, write func() []byte) *Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.extra[name]
	if d == nil {
		d = newDocument(contentType, func() [][]byte { return [][]byte{write()} })
		s.extra[name] = d
	}
	return d
}
