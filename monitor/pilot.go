package monitor

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// ReadServices reads the list of services that a pilot begins with: a CSV file
// with a header line. Each becomes a draft, because nobody has confirmed its
// address yet: a draft is never probed. What the list says of where an address
// was seen goes into the note, for who confirms it.
func ReadServices(r io.Reader) ([]Service, error) {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	column := map[string]int{}
	for n, name := range header {
		column[strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")] = n
	}
	for _, name := range []string{"id", "name_fr", "owner_ministry", "url"} {
		if _, ok := column[name]; !ok {
			return nil, fmt.Errorf("read services: there is no column %s", name)
		}
	}
	var services []Service
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return services, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read services: %w", err)
		}
		services = append(services, pilotService(func(name string) string {
			if n, ok := column[name]; ok {
				return strings.TrimSpace(row[n])
			}
			return ""
		}))
	}
}

// pilotService makes a draft of one line.
func pilotService(cell func(string) string) Service {
	v := Service{
		Slug: strings.ToLower(cell("id")), Institution: strings.ToLower(cell("owner_ministry")),
		Name: lang.Text{"fr": cell("name_fr"), "ar": cell("name_ar")}.Clean(),
		URL:  cell("url"), LifeEvent: cell("life_event"), Tier: Normal, State: Draft,
		Languages: []lang.Tag{lang.French, lang.Arabic},
	}
	var note []string
	for _, about := range []string{"operator", "channel", "auth", "url_provenance", "name_provenance", "note"} {
		if s := cell(about); s != "" {
			note = append(note, about+": "+s)
		}
	}
	v.Note = strings.Join(note, "\n")
	if v.URL != "" {
		v.Checks = []Check{{Name: "http", Kind: HTTP, Target: v.URL, Schedule: "@every 5m", Timeout: DefaultTimeout}}
	}
	return v
}
