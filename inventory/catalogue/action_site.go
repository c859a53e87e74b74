package catalogue

func (s *Snapshot) licenseList(Args) ([]byte, error) { return marshal(s.writer.licenceList()) }

func (s *Snapshot) siteRead(Args) ([]byte, error) { return []byte("true"), nil }

func (s *Snapshot) statusShow(Args) ([]byte, error) { return s.Status(), nil }

// Status is what status_show and /api/util/status say about us.
func (s *Snapshot) Status() []byte {
	b, _ := marshal(struct { // strings always encode
		Version     string   `json:"ckan_version"`
		URL         string   `json:"site_url"`
		Description string   `json:"site_description"`
		Title       string   `json:"site_title"`
		ErrorsTo    *string  `json:"error_emails_to"`
		Locale      string   `json:"locale_default"`
		Extensions  []string `json:"extensions"`
	}{
		s.writer.settings.CKANVersion, s.writer.settings.BaseURL, firstWording(s.writer.settings.Description),
		firstWording(s.writer.settings.Title), nil, "fr",
		[]string{},
	})
	return b
}

// helpShow says in a line what an action does.
func (s *Snapshot) helpShow(a Args) ([]byte, error) {
	name, err := a.need("name")
	if err != nil {
		return nil, err
	}
	if !IsAction(name) {
		return nil, notFoundBecause("Action function not found")
	}
	return marshal(name + ": read only, as in CKAN " + s.writer.settings.CKANVersion + "; see " +
		s.writer.settings.BaseURL + "/api/docs")
}
