package catalogue

// Package returns a public dataset as package_show gives it to harvesters, by
// its UUID.
func (s *Snapshot) Package(id string) (b []byte, ok bool) {
	e := s.byKey[id]
	if e == nil || e.pub.DatasetID != id {
		return nil, false
	}
	return e.ckan, true
}
