package inventory

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// BulkAct is what a bulk edit does to a field.
type BulkAct string

// The acts.
const (
	BulkSet     BulkAct = "set"
	BulkClear   BulkAct = "clear"
	BulkAdd     BulkAct = "add"     // to a list, what it lacks
	BulkRemove  BulkAct = "remove"  // from a list
	BulkReplace BulkAct = "replace" // one wording by another, wherever it stands in the text
)

// BulkField is a field that many datasets can be given alike.
type BulkField struct {
	Name string // as the JSON API names it
	Acts []BulkAct
}

// MaxEdits bounds what one bulk edit does.
const MaxEdits = 20

// BulkFields lists the fields that can be edited on many datasets at once. Two
// datasets of one title would be a mistake, so titles and descriptions can only
// be corrected.
func BulkFields() []BulkField {
	var all []BulkField
	add := func(acts []BulkAct, names ...string) {
		for _, name := range names {
			all = append(all, BulkField{name, acts})
		}
	}
	value, words := []BulkAct{BulkSet, BulkClear}, []BulkAct{BulkSet, BulkReplace, BulkClear}
	list := []BulkAct{BulkAdd, BulkRemove, BulkSet, BulkClear}
	add(value, "theme", "frequency", "licence", "openness", "target_date")
	add(words, "legal_ground")
	add([]BulkAct{BulkSet}, "personal_data")
	add(words, "anonymisation", "contact.name", "contact.email", "producer")
	add(append(slices.Clone(list), BulkReplace), "keywords.fr", "keywords.ar", "keywords.en")
	add(list, "spatial")
	add(value, "temporal.start", "temporal.end")
	add([]BulkAct{BulkReplace}, "title.fr", "title.ar", "title.en", "description.fr", "description.ar", "description.en", "distributions")
	for _, code := range Extras() {
		add(words, "extra."+code)
	}
	return all
}

// BulkFieldOf returns the field of the name.
func BulkFieldOf(name string) (BulkField, bool) {
	all := BulkFields()
	at := slices.IndexFunc(all, func(f BulkField) bool { return f.Name == name })
	if at < 0 {
		return BulkField{}, false
	}
	return all[at], true
}

// BulkEdit is one change that many datasets are given alike.
type BulkEdit struct {
	Field string  `json:"field"`
	Act   BulkAct `json:"act"`
	Find  string  `json:"find,omitempty"`  // the wording to be replaced
	Value string  `json:"value,omitempty"` // a list's entries are parted by commas or semicolons
}

// CheckEdits tells everything that makes the edits impossible, whatever the dataset.
func CheckEdits(edits []BulkEdit, v *Vocabulary, now time.Time) error {
	switch {
	case len(edits) == 0:
		return fault.At("field", "fault.required")
	case len(edits) > MaxEdits:
		return fault.At("field", "fault.too_many", MaxEdits)
	}
	var all []error
	for _, e := range edits {
		all = append(all, e.Check(v, now))
	}
	return errors.Join(all...)
}

// Check tells everything that makes the edit impossible, whatever the dataset.
func (e BulkEdit) Check(v *Vocabulary, now time.Time) error {
	f, ok := BulkFieldOf(e.Field)
	if !ok {
		if e.Field == "" {
			return fault.At("field", "fault.required")
		}
		return fault.At("field", "bulk.field.unknown", clip(e.Field))
	}
	if !slices.Contains(f.Acts, e.Act) {
		return fault.At("act", "bulk.act.unfit", clip(string(e.Act)))
	}
	var all []error
	if e.Act == BulkReplace && e.Find == "" {
		all = append(all, fault.At("find", "fault.required"))
	}
	if e.Act == BulkReplace && e.Find != "" && e.Find == e.Value {
		all = append(all, fault.At("value", "bulk.same"))
	}
	if strings.TrimSpace(e.Value) == "" && e.Act != BulkClear && e.Act != BulkReplace {
		all = append(all, fault.At("value", "fault.required"))
	}
	if e.Field == "personal_data" && e.Value != "" && e.Value != "yes" && e.Value != "no" {
		all = append(all, fault.At("value", "import.yes_no", clip(e.Value)))
	}
	if len(e.Value) > 4*MaxDescription || len(e.Find) > 4*MaxDescription {
		return fault.At("value", "fault.too_long", MaxDescription)
	}
	if !utf8.ValidString(e.Find) || strings.ContainsFunc(e.Find, control) {
		all = append(all, fault.At("find", "fault.control"))
	}
	return errors.Join(append(all, e.probe(v, now))...)
}

// probe writes the value into an empty content and says what is wrong with it.
func (e BulkEdit) probe(v *Vocabulary, now time.Time) error {
	c := Content{Title: lang.Text{"fr": "x"}}
	if e.Act == BulkReplace {
		var f faults
		f.text("value", e.Value, MaxDescription)
		return f.join()
	}
	var all []error
	for _, wrong := range fault.All(e.Apply(c).Check(v, now)) {
		all = append(all, &fault.Error{Kind: wrong.Kind, Field: "value", Key: wrong.Key, Args: wrong.Args})
	}
	return errors.Join(all...)
}

// Apply returns the content with the edit made.
func (e BulkEdit) Apply(c Content) Content {
	out := c.Clean()
	switch e.Act {
	case BulkSet, BulkClear:
		value := strings.TrimSpace(e.Value)
		if e.Act == BulkClear {
			value = ""
		}
		write(&out, e.Field, value)
	case BulkAdd, BulkRemove:
		words := *listOf(&out, e.Field)
		for _, word := range Entries(e.Value) {
			same := func(one string) bool { return Fold(one) == Fold(word) }
			switch had := slices.ContainsFunc(words, same); {
			case e.Act == BulkRemove:
				words = slices.DeleteFunc(slices.Clone(words), same)
			case !had:
				words = append(slices.Clone(words), word)
			}
		}
		writeList(&out, e.Field, words)
	case BulkReplace:
		e.replace(&out)
	}
	return out.Clean()
}

// replace puts one wording in the place of another.
func (e BulkEdit) replace(c *Content) {
	if e.Field == "distributions" {
		for n := range c.Distributions {
			x := &c.Distributions[n]
			x.URL, x.DownloadURL = strings.ReplaceAll(x.URL, e.Find, e.Value), strings.ReplaceAll(x.DownloadURL, e.Find, e.Value)
		}
		return
	}
	if strings.HasPrefix(e.Field, "keywords.") {
		words := slices.Clone(*listOf(c, e.Field))
		for n := range words {
			words[n] = strings.ReplaceAll(words[n], e.Find, e.Value)
		}
		writeList(c, e.Field, words)
		return
	}
	for _, f := range mergeable() {
		if f.name == e.Field {
			write(c, e.Field, strings.ReplaceAll(f.say(c), e.Find, e.Value))
		}
	}
}

// Entries parts a list as people type it.
func Entries(s string) []string {
	var all []string
	for _, one := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",،;؛\n\r", r) }) {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// listOf is the list that the field holds; that of a field that is none is empty.
func listOf(c *Content, field string) *[]string {
	if field == "spatial" {
		return &c.Spatial
	}
	list := c.Keywords[strings.TrimPrefix(field, "keywords.")]
	return &list
}

func writeList(c *Content, field string, words []string) {
	if field == "spatial" {
		c.Spatial = words
		return
	}
	all := cleanWords(c.Keywords)
	all[strings.TrimPrefix(field, "keywords.")] = words
	c.Keywords = all
}

// write puts a value into a field.
func write(c *Content, field, s string) {
	kind, rest, _ := strings.Cut(field, ".")
	switch kind {
	case "title", "description":
		x := &c.Title
		if kind == "description" {
			x = &c.Description
		}
		*x = x.Clean()
		(*x)[rest] = s
	case "keywords", "spatial":
		writeList(c, field, Entries(s))
	case "extra":
		c.Extra = c.Extra.with(rest, s)
	case "openness":
		c.Openness = Openness(s)
	case "personal_data":
		c.PersonalData, c.PersonalUnknown = s == "yes", s != "yes" && s != "no"
	default:
		for name, at := range map[string]*string{
			"theme": &c.Theme, "frequency": &c.Frequency, "licence": &c.Licence, "legal_ground": &c.LegalGround,
			"anonymisation": &c.Anonymisation, "contact.name": &c.ContactName, "contact.email": &c.ContactEmail, "producer": &c.Producer,
		} {
			if name == field {
				*at = s
			}
		}
		for name, at := range map[string]*Date{
			"target_date": &c.TargetDate, "temporal.start": &c.TemporalStart, "temporal.end": &c.TemporalEnd,
		} {
			if name == field {
				*at = Date(s)
			}
		}
	}
}

// BulkRow is the dataset as the edits make it: a row that names it, and speaks
// of nothing but the fields edited.
func BulkRow(d Dataset, edits []BulkEdit, line int) Row {
	c := d.Content
	var given []string
	for _, e := range edits {
		c = e.Apply(c)
		if !slices.Contains(given, e.Field) {
			given = append(given, e.Field)
		}
	}
	return Row{
		Line: line, Ref: d.Ref, Revision: d.Revision, Given: given, Content: Content{PersonalUnknown: true}.Take(c, given),
	}
}
