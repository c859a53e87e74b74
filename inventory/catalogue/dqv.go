package catalogue

import (
	"strconv"
	"strings"
)

// qualityTerms is where the metadata quality method names its metrics.
const qualityTerms = "https://piveau.eu/ns/voc#"

// QualityKind says what the value of a measurement is.
type QualityKind string

// The kinds.
const (
	YesOrNo QualityKind = "xsd:boolean" // 0 is no
	Whole   QualityKind = "xsd:integer"
	Decimal QualityKind = "xsd:decimal"
)

// QualityValue is one measurement. The room that measures is not known here.
type QualityValue struct {
	Metric    string // as the method names it, "keywordAvailability"
	Dimension string // that the metric is of; empty for the score of all
	On        string // id of the distribution; empty for the dataset, or the catalogue
	Kind      QualityKind
	Value     float64
}

func (v QualityValue) term() term {
	t := term{datatype: string(v.Kind)}
	switch v.Kind {
	case YesOrNo:
		t.value = strconv.FormatBool(v.Value != 0)
	case Whole:
		t.value = strconv.FormatInt(int64(v.Value), 10)
	default:
		t.value = strconv.FormatFloat(v.Value, 'f', 4, 64)
	}
	return t
}

// Quality writes measurements of the dataset with this UUID as DQV; of the
// catalogue when the id is empty.
func (s *Snapshot) Quality(id string, values []QualityValue, f Format) (d *Document, ok bool) {
	subject := s.writer.settings.CatalogIRI()
	if id != "" {
		if _, live := s.Ref(id); !live {
			return nil, false
		}
		subject = s.writer.settings.DatasetIRI(id)
	}
	nodes := measurements(subject, values)
	if conforms(triples(nodes...), s.writer.profile) != nil {
		return nil, false
	}
	return NewDocument(f.ContentType(), s.writer.writeAll(f, nodes)), true
}

// measurements are the nodes: what was measured, and of which metric.
func measurements(subject string, values []QualityValue) []*node {
	about := map[string]*node{}
	var order, rest []*node
	metrics := map[string]bool{}
	for _, v := range values {
		on := subject
		name := v.Metric
		if v.On != "" {
			on = subject + "#" + escapeIRI(v.On)
			name += "-" + escapeIRI(v.On)
		}
		if about[on] == nil {
			about[on] = &node{id: on}
			order = append(order, about[on])
		}
		n := &node{id: subject + "#quality-" + name, types: []string{"dqv:QualityMeasurement"}}
		n.addIRI("dqv:isMeasurementOf", qualityTerms+v.Metric)
		n.addIRI("dqv:computedOn", on)
		n.add("dqv:value", v.term())
		about[on].properties = appendValue(about[on].properties, "dqv:hasQualityMeasurement", term{value: n.id, iri: true})
		rest = append(rest, n)
		if metrics[v.Metric] {
			continue
		}
		metrics[v.Metric] = true
		metric := &node{id: qualityTerms + v.Metric, types: []string{"dqv:Metric"}}
		if v.Dimension != "" {
			metric.addIRI("dqv:inDimension", qualityTerms+strings.ToLower(v.Dimension))
		}
		metric.addIRI("dqv:expectedDataType", expand(string(v.Kind)))
		rest = append(rest, metric)
	}
	return append(order, rest...)
}
