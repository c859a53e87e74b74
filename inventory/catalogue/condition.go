package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// keywordField are the fields whose values are compared whole, by their names
// in CKAN's index.
var keywordField = map[string]int{
	"organization": keyOrganization, "owner_org": keyOwner, "groups": keyGroups, "tags": keyTags, "license_id": keyLicence,
	"frequency_update": keyFrequency, "extras_frequency_update": keyFrequency, "res_format": keyFormat,
}

// uniqueField are the fields nearly every dataset has a value of its own in.
var uniqueField = map[string]int{"name": sortName, "title_string": sortTitle, "name_ngram": sortName}

// timeField are the fields of instants.
var timeField = map[string]int{"metadata_modified": sortModified, "metadata_created": sortCreated}

// textField are the fields searched for words, and which words those are.
var textField = map[string]uint32{"title": 1 << textTitle, "title_ngram": 1 << textTitle, "notes": 1 << textNotes, "text": anyText}

// constantField are the fields that hold the same for every dataset we have.
var constantField = map[string]string{
	"capacity": "public", "private": "false", "dataset_type": "dataset", "type": "dataset", "entity_type": "package",
}

// The states of a dataset.
const (
	stateActive  = "active"
	stateDeleted = "deleted"
)

func everything(s *segment) slots { return allSlots(s.size) }

// condition is one field with a value, a prefix or a range.
func (p *queryParser) condition(field, value string) (query, error) {
	if field == "*" && value == "*" {
		return everything, nil
	}
	p.asks.state = p.asks.state || field == "state"
	if value[0] == '[' || value[0] == '{' {
		return p.within(field, value)
	}
	if _, listed := keywordField[field]; !listed {
		p.asks.words += countWords(value)
	}
	if fields, ok := textField[field]; ok {
		if fields == anyText {
			return anywhere(value), nil
		}
		return mentions(unquote(value), fields), nil
	}
	if sortField, ok := timeField[field]; ok {
		if value == "*" {
			return everything, nil
		}
		at, err := instant(unquote(value))
		return func(s *segment) slots { return s.between(sortField, bounds{at, at, true, true}) }, err
	}
	return func(s *segment) slots { return s.where(field, unquote(value)) }, nil
}

// anywhere finds a word, a phrase in quotes or a beginning with "*".
func anywhere(word string) query {
	if word == "*" || word == "*:*" {
		return everything
	}
	if strings.HasPrefix(word, `"`) {
		phrase := strings.Fields(inventory.Fold(unquote(word)))
		return func(s *segment) slots { return s.words.phrase(s.size, phrase) }
	}
	return mentions(unquote(word), anyText)
}

// mentions finds texts that have every word wanted. Beginnings are enough:
// people search "station" and mean "stations".
func mentions(value string, fields uint32) query {
	wanted := strings.Fields(inventory.Fold(withoutWeight(value)))
	return func(s *segment) slots {
		found := allSlots(s.size)
		for _, word := range wanted {
			found.keep(s.words.begins(s.size, word, fields))
		}
		return found
	}
}

// withoutWeight takes "^2" and "~1" off a word: relevance is the same for all.
func withoutWeight(word string) string {
	if i := strings.LastIndexAny(word, "^~"); i > 0 && strings.Trim(word[i+1:], "0123456789.") == "" {
		return word[:i]
	}
	return word
}

// where finds the slots that hold a value, which may have stars in it; one
// star alone asks for any value at all.
func (s *segment) where(field, value string) slots {
	found := noSlots(s.size)
	if constant, ok := constantField[field]; ok {
		if matches(constant, value) {
			found = allSlots(s.size)
		}
		return found
	}
	switch field {
	case "id":
		s.whereID(found, value)
		return found
	case "state":
		return s.whereState(value)
	}
	if key, ok := keywordField[field]; ok {
		s.keywords[key].match(found, value)
	} else if sortField, ok := uniqueField[field]; ok {
		s.matchUnique(found, sortField, value)
	}
	return found
}

func (s *segment) whereID(found slots, value string) {
	if id, err := parseUUID(value); err == nil {
		if slot, ok := s.byID(id); ok {
			found.add(slot)
		}
		return
	}
	for slot, id := range s.id {
		if strings.Contains(value, "*") && matches(id.String(), value) {
			found.add(uint32(slot))
		}
	}
}

func (s *segment) whereState(value string) slots {
	found := noSlots(s.size)
	if matches(stateDeleted, value) {
		found.join(s.deleted)
	}
	if matches(stateActive, value) {
		living := allSlots(s.size)
		living.without(s.deleted)
		found.join(living)
	}
	return found
}

// match adds the slots that have a value which matches.
func (c *column) match(found slots, value string) {
	if !strings.Contains(value, "*") {
		for _, slot := range c.where(value) {
			found.add(slot)
		}
		return
	}
	for code, v := range c.values {
		if matches(v, value) {
			for _, slot := range c.slots[c.slotAt[code]:c.slotAt[code+1]] {
				found.add(slot)
			}
		}
	}
}

func (s *segment) matchUnique(found slots, field int, value string) {
	column := &s.name
	if field == sortTitle {
		column = &s.title
	}
	if !strings.Contains(value, "*") {
		for _, slot := range s.span(field, value, value, true, true) {
			found.add(slot)
		}
		return
	}
	for slot := range uint32(s.size) {
		if matches(column.get(slot), value) {
			found.add(slot)
		}
	}
}

// matches compares a value with one that may have stars in it.
func matches(value, pattern string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return value == pattern
	}
	if value == "" || !strings.HasPrefix(value, parts[0]) {
		return false
	}
	value = value[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		_, rest, ok := strings.Cut(value, part)
		if !ok {
			return false
		}
		value = rest
	}
	return strings.HasSuffix(value, parts[len(parts)-1])
}

// bounds of instants in microseconds.
type bounds struct {
	low, high         int64
	withLow, withHigh bool
}

// between scans the column of instants: a tenth of a millisecond for a hundred thousand.
func (s *segment) between(field int, b bounds) slots {
	found := noSlots(s.size)
	column := s.modified
	if field == sortCreated {
		column = s.created
	}
	for slot, at := range column {
		if (at > b.low || at == b.low && b.withLow) && (at < b.high || at == b.high && b.withHigh) {
			found.add(uint32(slot))
		}
	}
	return found
}

// within reads [from TO to]; "*" leaves an end open, braces leave it out.
func (p *queryParser) within(field, value string) (query, error) {
	last := value[len(value)-1]
	parts := strings.Fields(strings.Trim(value, "[]{}"))
	if len(value) < 2 || last != ']' && last != '}' || len(parts) != 3 || parts[1] != "TO" {
		return nil, &queryError{fmt.Sprintf("Cannot parse range %q", value)}
	}
	low, high := unquote(parts[0]), unquote(parts[2])
	withLow, withHigh := value[0] == '[', last == ']'
	if sortField, ok := timeField[field]; ok {
		b := bounds{withLow: withLow, withHigh: withHigh}
		var err error
		if b.low, err = bound(low, earliest); err != nil {
			return nil, err
		}
		if b.high, err = bound(high, latest); err != nil {
			return nil, err
		}
		p.asks.since = p.asks.since || sortField == sortModified && low != "*"
		return func(s *segment) slots { return s.between(sortField, b) }, nil
	}
	return func(s *segment) slots { return s.ranged(field, low, high, withLow, withHigh) }, nil
}

// The ends of time, for a range that is open.
const (
	earliest = -1 << 63
	latest   = 1<<63 - 1
)

func bound(value string, open int64) (int64, error) {
	if value == "*" {
		return open, nil
	}
	return instant(value)
}

// ranged finds values between two others, letter by letter.
func (s *segment) ranged(field, low, high string, withLow, withHigh bool) slots {
	found := noSlots(s.size)
	if key, ok := keywordField[field]; ok {
		c := &s.keywords[key]
		for code, v := range c.values {
			if (low == "*" || v > low || v == low && withLow) && (high == "*" || v < high || v == high && withHigh) {
				for _, slot := range c.slots[c.slotAt[code]:c.slotAt[code+1]] {
					found.add(slot)
				}
			}
		}
	} else if sortField, ok := uniqueField[field]; ok {
		for _, slot := range s.span(sortField, low, high, withLow, withHigh) {
			found.add(slot)
		}
	} else if field == "id" {
		for slot, id := range s.id {
			v := id.String()
			if (low == "*" || v > low || v == low && withLow) && (high == "*" || v < high || v == high && withHigh) {
				found.add(uint32(slot))
			}
		}
	}
	return found
}

// span cuts the part of an order that lies between two values.
func (s *segment) span(field int, low, high string, withLow, withHigh bool) []uint32 {
	column := &s.name
	if field == sortTitle {
		column = &s.title
	}
	sorted := s.orders[field].slots
	from, to := 0, len(sorted)
	if low != "*" {
		from, _ = slices.BinarySearchFunc(sorted, low, func(slot uint32, v string) int { return beside(column.get(slot), v, withLow) })
	}
	if high != "*" {
		to, _ = slices.BinarySearchFunc(sorted, high, func(slot uint32, v string) int { return beside(column.get(slot), v, !withHigh) })
	}
	return sorted[from:max(from, to)]
}

// beside compares so that a search ends before what is equal, or behind it.
func beside(value, bound string, before bool) int {
	if value < bound || value == bound && !before {
		return -1
	}
	return 1
}

// instant reads a moment as harvesters write it, with or without its zone, and
// with the sums that Solr allows behind it.
func instant(s string) (int64, error) {
	s = strings.Trim(s, `"`)
	text, sums := s, ""
	if i := strings.IndexByte(s, 'Z'); i >= 0 && i+1 < len(s) {
		text, sums = s[:i+1], s[i+1:]
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			if t, ok := reckon(t.UTC(), sums); ok {
				return t.UnixMicro(), nil
			}
			break
		}
	}
	return 0, &queryError{fmt.Sprintf("Invalid Date String:'%s'", s)}
}
