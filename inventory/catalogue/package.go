package catalogue

// Package returns a public dataset as package_show gives it to harvesters, by
// its UUID.
func (s *Snapshot) Package(id string) (b []byte, ok bool) {
	if _, live := s.Ref(id); !live {
		return nil, false
	}
	b, err := s.packageShow(Args{"id": id})
	return b, err == nil
}
