package web

// Routes lists every address that is answered, as "METHOD /path/:name".
func (s *Shell) Routes() []string {
	var all []string
	for _, r := range s.engine.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}
