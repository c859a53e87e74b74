package catalogue

import (
	"cmp"
	"slices"
	"time"
	"unicode"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Tombstone is what is left of a withdrawn dataset.
type Tombstone struct {
	inventory.Publication
	IRI         string
	Replacement string // IRI of what takes its place, if anything does
}

// Withdrawn is when the dataset was withdrawn.
func (t Tombstone) Withdrawn() time.Time { return withdrawnAt(t.Publication) }

func withdrawnAt(p inventory.Publication) time.Time {
	if p.WithdrawnAt != nil {
		return *p.WithdrawnAt
	}
	return p.Modified
}

const (
	tombstonesFor  = 400 * 24 * time.Hour // how long pages tell of a withdrawal: who harvests once a year learns of it
	tombstonesMost = 10_000               // of how many: the newest
)

// told picks the tombstones that the pages of the catalogue tell of, in the
// order of UUIDs. How old they may be counts from the newest change of the
// register and not from a clock, so that the same register makes the same
// snapshot in every process and on every day.
func told(s Settings, gone map[string]inventory.Publication, newest time.Time) []inventory.Publication {
	if s.TombstonesFor < 0 {
		return nil
	}
	all := make([]inventory.Publication, 0, len(gone))
	for _, p := range gone {
		all = append(all, p)
		if at := withdrawnAt(p); at.After(newest) {
			newest = at
		}
	}
	oldest := newest.Add(-cmp.Or(s.TombstonesFor, tombstonesFor))
	all = slices.DeleteFunc(all, func(p inventory.Publication) bool { return withdrawnAt(p).Before(oldest) })
	slices.SortFunc(all, func(a, b inventory.Publication) int {
		return cmp.Or(withdrawnAt(b).Compare(withdrawnAt(a)), cmp.Compare(a.DatasetID, b.DatasetID))
	})
	all = all[:min(len(all), tombstonesMost)]
	sortByUUID(all)
	return all
}

func sortByUUID(all []inventory.Publication) {
	slices.SortFunc(all, func(a, b inventory.Publication) int { return cmp.Compare(a.DatasetID, b.DatasetID) })
}

// toldOf lists the tombstones that the pages of the snapshot tell of.
func (s *Snapshot) toldOf() []Tombstone {
	return s.stones(told(s.writer.settings, s.gone, s.changed))
}

// toldOn returns those that the page tells of, 0 stands for the whole. Each
// page tells of the withdrawn that would stand among its own.
func (s *Snapshot) toldOn(number int) []Tombstone {
	all := s.told()
	if number == 0 {
		return all
	}
	first := func(page int) int { // where the tombstones of the page begin
		if page == 0 {
			return 0
		}
		if page >= len(s.pages) {
			return len(all)
		}
		at, _ := slices.BinarySearchFunc(all, s.pages[page][0].entries[0].id, func(t Tombstone, id string) int {
			return cmp.Compare(t.DatasetID, id)
		})
		return at
	}
	return all[first(number-1):first(number)]
}

// withdrawn describes what is left of withdrawn datasets, and that the
// catalogue has records of them. What a record is about is said to be a
// dcat:Resource and never a dcat:Dataset: every harvester takes each
// dcat:Dataset for alive.
func (w *writer) withdrawn(gone []Tombstone) []*node {
	if len(gone) == 0 {
		return nil
	}
	c := &node{id: w.settings.CatalogIRI()}
	nodes := []*node{c}
	var records []string
	for _, t := range gone {
		described := w.tombstone(t)
		records = append(records, described[0].id)
		nodes = append(nodes, described...)
	}
	c.add("dcat:record", iris(records...)...)
	return append(nodes, withdrawnConcept())
}

// tombstone describes a withdrawn dataset: a record that says it is gone, when
// and why, and what takes its place.
func (w *writer) tombstone(t Tombstone) []*node {
	iri := w.settings.DatasetIRI(t.DatasetID)
	record := &node{id: iri + "#record", types: []string{"dcat:CatalogRecord"}}
	record.addIRI("foaf:primaryTopic", iri)
	record.addTime("dct:issued", t.Issued)
	record.addTime("dct:modified", t.Withdrawn())
	record.addIRI("adms:status", withdrawnConcept().id)
	record.add("dct:title", wordings(t.Content.Title)...)
	if reason := cleanText(t.WithdrawalReason); reason != "" {
		record.add("dct:description", term{value: reason, lang: string(languageOf(reason))})
	}
	dataset := &node{id: iri, types: []string{"dcat:Resource"}}
	dataset.addString("dct:identifier", identifier(t.Publication))
	dataset.add("owl:deprecated", term{value: "true", datatype: "xsd:boolean"})
	dataset.addIRI("dct:isReplacedBy", t.Replacement)
	return []*node{record, dataset}
}

// withdrawnConcept is the status of what is withdrawn, in the EU list.
func withdrawnConcept() *node {
	return concept(authority+"dataset-status", "WITHDRAWN", "skos:Concept", lang.Text{"fr": "retiré", "ar": "مسحوب", "en": "withdrawn"})
}

// languageOf guesses in which language a sentence of ours is: nobody is asked
// which one a reason is written in.
func languageOf(text string) lang.Tag {
	arabic, latin := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.IsLetter(r):
			latin++
		}
	}
	if arabic > latin {
		return lang.Arabic
	}
	return lang.French
}

// Gone returns the tombstone of the dataset with this UUID.
func (s *Snapshot) Gone(id string) (t Tombstone, ok bool) {
	p, ok := s.gone[id]
	if !ok {
		return Tombstone{}, false
	}
	return s.stones([]inventory.Publication{p})[0], true
}

// stones are the tombstones of the publications, each with what takes its place.
func (s *Snapshot) stones(gone []inventory.Publication) []Tombstone {
	wanted := map[string]string{} // IRI by ref
	for _, p := range gone {
		if p.ReplacedBy != "" {
			wanted[p.ReplacedBy] = ""
		}
	}
	s.name(wanted)
	out := make([]Tombstone, 0, len(gone))
	for _, p := range gone {
		out = append(out, Tombstone{p, s.writer.settings.DatasetIRI(p.DatasetID), wanted[p.ReplacedBy]})
	}
	return out
}

// name fills in the IRI of what has, or had, each reference wanted.
func (s *Snapshot) name(wanted map[string]string) {
	if len(wanted) == 0 {
		return
	}
	note := func(ref, id string) {
		if _, ok := wanted[ref]; ok {
			wanted[ref] = s.writer.settings.DatasetIRI(id)
		}
	}
	for _, p := range s.gone {
		note(p.Ref, p.DatasetID)
	}
	for _, e := range s.entries {
		note(e.ref, e.id)
	}
}

// Tombstone writes the tombstone as RDF.
func (s *Snapshot) Tombstone(t Tombstone, f Format) *Document {
	return NewDocument(f.ContentType(), s.writer.writeAll(f, append(s.writer.tombstone(t), withdrawnConcept())))
}

// InstitutionName is what the snapshot calls the institution.
func (s *Snapshot) InstitutionName(slug string) lang.Text {
	if name := s.writer.institutions[slug].Name; !name.Empty() {
		return name
	}
	return lang.Text{"fr": slug}
}

// Vocabulary is what the snapshot was written with.
func (s *Snapshot) Vocabulary() *inventory.Vocabulary { return s.writer.vocabulary }
