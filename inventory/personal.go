package inventory

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// RuleSigns is the code of the rule by which publication waits until every
// sign of personal data is answered.
const RuleSigns = "personal.signs"

// Sign is something about a dataset that points to persons: in the words of
// its description, in a column of one of its files, or its own statement that
// it holds personal data. What was found is counted and never kept.
type Sign struct {
	Field   string `json:"field"`            // as the JSON API names it; "distributions.ID" for a column of a file
	Kind    string `json:"kind"`             // what sort of personal data
	Column  string `json:"column,omitempty"` // name of the column
	Matches int    `json:"matches,omitempty"`
	Cells   int    `json:"cells,omitempty"`
	Sample  string `json:"-"` // masked, for who works on the entry; never stored
}

// Kinds that rules ask for; the others belong to the room that screens.
const (
	Listed = "people" // a title that announces a list of persons
	Stated = "stated" // the entry says that there are personal data: opening it asks for a record of what was done
)

// Key names a sign in a declaration.
func (s Sign) Key() string {
	if s.Column == "" {
		return s.Field + "/" + s.Kind
	}
	return s.Field + "/" + s.Kind + "/" + Fold(s.Column)
}

// Answer is what an officer declares about signs.
type Answer string

// The answers.
const (
	Nobody     Answer = "nobody"     // the sign misleads: nobody can be recognised
	Functional Answer = "functional" // contacts of offices and businesses that are public already
	Anonymised Answer = "anonymised" // what pointed to persons was removed or changed
	Lawful     Answer = "lawful"     // a text asks for or allows the publication
)

// Answers lists the answers in the order a form shows them.
func Answers() []Answer { return []Answer{Anonymised, Nobody, Functional, Lawful} }

// Techniques lists how data are made anonymous, in the order a form shows them.
func Techniques() []string {
	return []string{"removal", "masking", "pseudonyms", "generalisation", "aggregation", "noise"}
}

// PersonalRecord is an officer's answer to signs of persons, confirmed under her
// name; with Anonymised it is the record of what was done.
type PersonalRecord struct {
	At         time.Time `json:"at"`
	By         string    `json:"by"` // account id
	Answer     Answer    `json:"answer"`
	Note       string    `json:"note"`                 // why, or which text
	Techniques []string  `json:"techniques,omitempty"` // of Anonymised
	Checked    Date      `json:"checked,omitempty"`    // day on which somebody tried to recognise a person and could not
	Covers     []string  `json:"covers"`               // keys of the signs it answers
	Confirmed  bool      `json:"-"`                    // ticked by who declares; asked for, not kept
}

// Signs are stored as one JSON column, never NULL.
type Signs []Sign

// Value stores s as JSON.
func (s Signs) Value() (driver.Value, error) { return listJSON(s, len(s)) }

// Scan reads a column of either engine.
func (s *Signs) Scan(src any) error { return scanList(src, s) }

// PersonalRecords are stored as one JSON column, never NULL.
type PersonalRecords []PersonalRecord

// Value stores r as JSON.
func (r PersonalRecords) Value() (driver.Value, error) { return listJSON(r, len(r)) }

// Scan reads a column of either engine.
func (r *PersonalRecords) Scan(src any) error { return scanList(src, r) }

func listJSON(list any, n int) (driver.Value, error) {
	if n == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

func scanList[L ~[]E, E any](src any, to *L) error {
	*to = nil // an empty list is none
	var list []E
	if err := scanJSON(src, &list); err != nil {
		return fmt.Errorf("scan signs of persons: %w", err)
	}
	if len(list) > 0 {
		*to = list
	}
	return nil
}

// Signs returns everything that points to persons: what the description says
// in its words, what was found in the files, and what the entry itself states.
// Where nothing is opened, only what stands in the description itself counts:
// that a closed register lists persons is why it is closed.
func (d *Dataset) Signs(v *Vocabulary) []Sign {
	var signs []Sign
	if v.Screen != nil {
		signs = v.Screen(d.Content)
	}
	if d.Content.Openness == Restricted || d.Content.Openness == Closed {
		return slices.DeleteFunc(signs, func(s Sign) bool { return s.Kind == Listed })
	}
	for _, s := range d.FileSigns {
		if d.Content.has(strings.TrimPrefix(s.Field, "distributions.")) {
			signs = append(signs, s)
		}
	}
	if d.Content.PersonalData && d.Content.Openness != "" {
		signs = append(signs, Sign{Field: "personal_data", Kind: Stated})
	}
	return signs
}

// has tells whether a distribution of the id is among those of c.
func (c Content) has(id string) bool {
	return slices.ContainsFunc(c.Distributions, func(x Distribution) bool { return x.ID == id })
}

// Unanswered returns the signs that no declaration covers.
func (d *Dataset) Unanswered(v *Vocabulary) []Sign {
	return slices.DeleteFunc(d.Signs(v), func(s Sign) bool { return d.Answered(s) != nil })
}

// Answered returns the last declaration that covers s; nil while it waits.
func (d *Dataset) Answered(s Sign) *PersonalRecord {
	for n := len(d.Declarations) - 1; n >= 0; n-- {
		if slices.Contains(d.Declarations[n].Covers, s.Key()) {
			return &d.Declarations[n]
		}
	}
	return nil
}

// answered refuses, or says as a warning, what rule RuleSigns asks for:
// publication waits until every sign is declared and confirmed.
func (d *Dataset) answered(v *Vocabulary) error {
	if v.Effect(RuleSigns) != Refuse {
		return nil
	}
	var all []error
	for _, s := range d.Unanswered(v) {
		all = append(all, fault.At(s.Field, "dataset.signs.unanswered"))
	}
	return errors.Join(all...)
}

// Declare answers signs of persons. It covers those it names, or every one
// that waits; a later declaration on the same sign replaces an earlier one,
// which stays on record.
func (d *Dataset) Declare(by identity.Actor, x PersonalRecord, v *Vocabulary, now time.Time) error {
	if err := by.Must(identity.RecordDataset, d.Institution); err != nil {
		return err
	}
	if d.State == Withdrawn {
		return fault.New(fault.Conflict, "dataset.edit.withdrawn")
	}
	signs := d.Signs(v)
	if len(x.Covers) == 0 {
		for _, s := range d.Unanswered(v) {
			x.Covers = append(x.Covers, s.Key())
		}
	}
	if len(x.Covers) == 0 {
		return fault.New(fault.Conflict, "dataset.signs.none")
	}
	if err := x.check(d, signs, now); err != nil {
		return err
	}
	x.At, x.By = now, by.Account
	d.Declarations = append(slices.Clone(d.Declarations), x)
	d.Revision++
	d.UpdatedAt = now
	return nil
}

// check returns everything that is wrong about x, joined.
func (x *PersonalRecord) check(d *Dataset, signs []Sign, now time.Time) error {
	var f faults
	x.Note = strings.TrimSpace(x.Note)
	if !slices.Contains(Answers(), x.Answer) {
		f.at("answer", "dataset.declare.answer")
	}
	if x.Note == "" {
		f.at("note", "fault.required")
	}
	f.text("note", x.Note, MaxNote)
	for n, key := range x.Covers {
		known := slices.ContainsFunc(signs, func(s Sign) bool { return s.Key() == key })
		if !known || slices.Contains(x.Covers[:n], key) {
			f.at("covers", "dataset.declare.unknown", clip(key))
		}
	}
	if !x.Confirmed {
		f.at("confirmed", "dataset.declare.confirm")
	}
	x.checkRecord(&f, now)
	stated := slices.Contains(x.Covers, Sign{Field: "personal_data", Kind: Stated}.Key())
	switch {
	case stated && (x.Answer == Nobody || x.Answer == Functional):
		f.at("answer", "dataset.declare.stated")
	case x.Answer == Anonymised && !d.Content.PersonalData:
		f.at("answer", "dataset.declare.say_so")
	}
	return f.join()
}

// checkRecord checks the record of how data were made anonymous.
func (x *PersonalRecord) checkRecord(f *faults, now time.Time) {
	if x.Answer != Anonymised {
		x.Techniques, x.Checked = nil, ""
		return
	}
	if len(x.Techniques) == 0 {
		f.at("techniques", "fault.required")
	}
	for n, t := range x.Techniques {
		if !slices.Contains(Techniques(), t) || slices.Contains(x.Techniques[:n], t) {
			f.at("techniques", "fault.unknown_value", clip(t))
		}
	}
	switch {
	case x.Checked == "":
		f.at("checked", "fault.required")
	case !x.Checked.Plausible():
		f.at("checked", "fault.date", clip(string(x.Checked)))
	case x.Checked > DateOf(now, Tunis()):
		f.at("checked", "dataset.declare.future")
	}
}

// forget takes back what was declared about words that changed since: an
// answer about one title is none about the next.
func (d *Dataset) forget(was Content) {
	changed := map[string]bool{}
	for code := range languagesOf(was, d.Content) {
		changed["title."+code] = was.Title[code] != d.Content.Title[code]
		changed["description."+code] = was.Description[code] != d.Content.Description[code]
		changed["keywords."+code] = !slices.Equal(was.Keywords[code], d.Content.Keywords[code])
	}
	files := !slices.Equal(names(was), names(d.Content))
	changed["personal_data"] = was.PersonalData != d.Content.PersonalData || was.Anonymisation != d.Content.Anonymisation
	gone := func(key string) bool {
		field, _, _ := strings.Cut(key, "/")
		ofWords := strings.Count(field, ".") > 1 // "distributions.0.title.fr", not "distributions.ID"
		return changed[field] || files && strings.HasPrefix(field, "distributions.") && ofWords
	}
	kept := make([]PersonalRecord, 0, len(d.Declarations))
	for _, x := range d.Declarations {
		x.Covers = slices.DeleteFunc(slices.Clone(x.Covers), gone)
		kept = append(kept, x)
	}
	d.Declarations = kept
}

func languagesOf(all ...Content) map[string]bool {
	codes := map[string]bool{}
	for _, c := range all {
		for code := range c.Title {
			codes[code] = true
		}
		for code := range c.Description {
			codes[code] = true
		}
		for code := range c.Keywords {
			codes[code] = true
		}
	}
	return codes
}

// names lists what the distributions of c are called and where they are.
func names(c Content) []string {
	var all []string
	for _, x := range c.Distributions {
		all = append(all, x.URL, x.DownloadURL)
		for _, code := range sortedKeys(x.Title) {
			all = append(all, code, x.Title[code])
		}
	}
	return all
}

// Found replaces what was seen in the columns of one file. It counts no
// revision: nobody decided anything.
func (d *Dataset) Found(distribution string, signs []Sign) {
	field := "distributions." + distribution
	kept := []Sign{}
	for _, s := range d.FileSigns {
		if s.Field != field {
			kept = append(kept, s)
		}
	}
	for _, s := range signs {
		s.Field, s.Sample = field, ""
		kept = append(kept, s)
	}
	d.FileSigns = kept
}
