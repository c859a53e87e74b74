package catalogue

import (
	"slices"
	"strings"
)

// tagNames lists the tags in use whose names contain every one of the words.
func (s *Snapshot) tagNames(words []string) []string {
	var names []string
	for _, t := range s.index.tally(keyTags, s.index.active()) {
		name := strings.ToLower(t.value)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, strings.ToLower(w)) }) {
			names = append(names, t.value)
		}
	}
	slices.Sort(names)
	return names
}

// tagWords reads what tags are searched for.
func (a Args) tagWords() ([]string, error) {
	key := "query"
	if a[key] == nil {
		key = "q"
	}
	words, err := a.list(key)
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" }), err
}

func (s *Snapshot) tagList(a Args) ([]byte, error) {
	words, err := a.tagWords()
	if err != nil {
		return nil, err
	}
	vocabulary := a.text("vocabulary_id")
	if vocabulary != "" && len(words) == 0 {
		return nil, notFoundBecause("could not find vocabulary '" + vocabulary + "'")
	}
	names := []string{}
	if vocabulary == "" {
		names = append(names, s.tagNames(words)...)
	}
	if !a.truth("all_fields") {
		return marshal(names)
	}
	full := make([]ckanTag, 0, len(names))
	for _, n := range names {
		full = append(full, newTag(n))
	}
	return marshal(full)
}

// foundTags answers the part of a search for tags that was asked for.
func (s *Snapshot) foundTags(a Args) (names []string, count int, err error) {
	words, err := a.tagWords()
	if err != nil {
		return nil, 0, err
	}
	offset, limit, err := a.page()
	if err != nil || len(words) == 0 || a.text("vocabulary_id") != "" {
		return nil, 0, err
	}
	all := s.tagNames(words)
	return window(all, offset, limit), len(all), nil
}

func (s *Snapshot) tagAutocomplete(a Args) ([]byte, error) {
	names, _, err := s.foundTags(a)
	if err != nil {
		return nil, err
	}
	return marshal(list(names))
}

func (s *Snapshot) tagSearch(a Args) ([]byte, error) {
	type row struct {
		ID           string  `json:"id"`
		Name         string  `json:"name"`
		VocabularyID *string `json:"vocabulary_id"`
	}
	names, count, err := s.foundTags(a)
	if err != nil {
		return nil, err
	}
	found := struct {
		Count   int   `json:"count"`
		Results []row `json:"results"`
	}{count, []row{}}
	for _, n := range names {
		found.Results = append(found.Results, row{ID: stableID("tag", n), Name: n})
	}
	return marshal(found)
}

func (s *Snapshot) tagShow(a Args) ([]byte, error) {
	id, err := a.need("id")
	if err != nil {
		return nil, err
	}
	withDatasets, err := a.flag("include_datasets", false)
	if err != nil {
		return nil, err
	}
	for _, name := range s.tagNames(nil) {
		if name != id && stableID("tag", name) != id {
			continue
		}
		row, err := marshal(newTag(name))
		if err != nil || !withDatasets {
			return row, err
		}
		packages, err := s.members(keyTags, name, rowsAtMost)
		if err != nil {
			return nil, err
		}
		return append(append(append(row[:len(row)-1], `,"packages":`...), packages...), '}'), nil
	}
	return nil, notFound()
}

// vocabularyList answers with none: our tags are all free.
func (s *Snapshot) vocabularyList(Args) ([]byte, error) { return []byte("[]"), nil }
