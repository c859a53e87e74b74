package catalogue

import (
	"fmt"
	"strings"
)

// literal and reference say what a property may hold.
const (
	either = iota
	literal
	tagged // a literal with its language
	reference
)

// many stands for no upper bound.
const many = 1 << 30

// rule is one line of the application profile.
type rule struct {
	property string
	min, max int
	kind     int
	within   string // IRIs must begin like this: the controlled vocabulary
}

const authority = "http://publications.europa.eu/resource/authority/"

// profile is DCAT-AP 3.0.1 for the classes we write: what is mandatory, what
// may be said once only, and which vocabulary it must come from. dct:rights is
// held to one value because the published shapes still do.
var profile = map[string][]rule{
	"dcat:Catalog": {
		{"dct:title", 1, many, tagged, ""},
		{"dct:description", 1, many, tagged, ""},
		{"dct:publisher", 1, 1, reference, ""},
		{"foaf:homepage", 0, 1, reference, ""},
		{"dct:language", 0, many, reference, authority + "language/"},
		{"dct:license", 0, 1, reference, ""},
		{"dct:issued", 0, 1, literal, ""},
		{"dct:modified", 0, 1, literal, ""},
		{"dct:creator", 0, 1, reference, ""},
		{"dcat:dataset", 0, many, reference, ""},
		{"dcat:record", 0, many, reference, ""},
		{"dcat:service", 0, many, reference, ""},
		{"dcat:themeTaxonomy", 0, many, reference, ""},
		{"dct:spatial", 0, many, reference, ""},
		{"dcatap:applicableLegislation", 0, many, reference, ""},
	},
	"dcat:CatalogRecord": {
		{"foaf:primaryTopic", 1, 1, reference, ""},
		{"dct:modified", 1, 1, literal, ""},
		{"dct:issued", 0, 1, literal, ""},
		{"adms:status", 0, 1, reference, ""},
		{"dct:source", 0, 1, reference, ""},
		{"dct:conformsTo", 0, many, reference, ""},
		{"dct:language", 0, many, reference, authority + "language/"},
	},
	"dcat:Dataset": {
		{"dct:title", 1, many, tagged, ""},
		{"dct:description", 1, many, tagged, ""},
		{"dct:identifier", 1, 1, literal, ""}, // optional in the profile, but udata skips what has none
		{"dcat:contactPoint", 0, many, reference, ""},
		{"dcat:distribution", 0, many, reference, ""},
		{"dct:spatial", 0, many, reference, ""},
		{"dcat:keyword", 0, many, tagged, ""},
		{"dct:publisher", 0, 1, reference, ""},
		{"dct:temporal", 0, many, reference, ""},
		{"dcat:theme", 0, many, reference, ""},
		{"dct:accessRights", 0, 1, reference, authority + "access-right/"},
		{"dct:accrualPeriodicity", 0, 1, reference, authority + "frequency/"},
		{"dct:issued", 0, 1, literal, ""},
		{"dct:modified", 0, 1, literal, ""},
		{"dct:available", 0, 1, literal, ""},
		{"dct:creator", 0, many, reference, ""},
		{"dcat:landingPage", 0, many, reference, ""},
		{"dcat:version", 0, 1, literal, ""},
		{"dcat:temporalResolution", 0, 1, literal, ""},
		{"dcatap:applicableLegislation", 0, many, reference, ""},
	},
	"dcat:Distribution": {
		{"dcat:accessURL", 1, many, reference, ""},
		{"dcat:downloadURL", 0, many, reference, ""},
		{"dcatap:availability", 0, 1, reference, authority + "planned-availability/"},
		{"dct:title", 0, many, tagged, ""},
		{"dct:description", 0, many, tagged, ""},
		{"dct:format", 0, 1, reference, authority + "file-type/"},
		{"dct:license", 0, 1, reference, ""},
		{"dcat:mediaType", 0, 1, reference, mediaTypes},
		{"dcat:byteSize", 0, 1, literal, ""},
		{"dct:issued", 0, 1, literal, ""},
		{"dct:modified", 0, 1, literal, ""},
		{"dct:rights", 0, 1, reference, ""},
		{"adms:status", 0, 1, reference, authority + "distribution-status/"},
	},
	"dcat:DataService": {
		{"dcat:endpointURL", 1, many, reference, ""},
		{"dct:title", 1, many, tagged, ""},
		{"dct:accessRights", 0, 1, reference, authority + "access-right/"},
		{"dct:license", 0, 1, reference, ""},
	},
	"foaf:Agent":         {{"foaf:name", 1, many, tagged, ""}, {"dct:type", 0, 1, reference, ""}},
	"skos:Concept":       {{"skos:prefLabel", 1, many, tagged, ""}},
	"skos:ConceptScheme": {{"dct:title", 1, many, tagged, ""}},
	"dct:PeriodOfTime":   {{"dcat:startDate", 0, 1, literal, ""}, {"dcat:endDate", 0, 1, literal, ""}},
	"vcard:Kind":         {{"vcard:fn", 1, 1, either, ""}, {"vcard:hasEmail", 0, many, reference, "mailto:"}},
}

// spellProfile is the profile with names spelled out, as statements have them.
func spellProfile() map[string][]rule {
	out := map[string][]rule{}
	for class, rules := range profile {
		for _, r := range rules {
			r.property = expand(r.property)
			out[expand(class)] = append(out[expand(class)], r)
		}
	}
	return out
}

// conforms tells the first way in which the statements break the profile.
func conforms(all []triple, spelled map[string][]rule) error {
	types := map[string][]string{}
	values := map[string]map[string][]term{}
	for _, t := range all {
		if t.predicate == expand("rdf:type") {
			types[t.subject] = append(types[t.subject], t.object.value)
		}
		if values[t.subject] == nil {
			values[t.subject] = map[string][]term{}
		}
		values[t.subject][t.predicate] = append(values[t.subject][t.predicate], t.object)
	}
	for subject, classes := range types {
		for _, class := range classes {
			for _, r := range spelled[class] {
				if err := r.check(values[subject][r.property]); err != nil {
					return fmt.Errorf("%s: %w", subject, err)
				}
			}
		}
	}
	return nil
}

// check holds the values of one property against the rule.
func (r rule) check(terms []term) error {
	if len(terms) < r.min || len(terms) > r.max {
		return fmt.Errorf("%s occurs %d times", r.property, len(terms))
	}
	for _, t := range terms {
		switch {
		case r.kind == reference && !t.iri, r.kind == literal && t.iri, r.kind == tagged && t.lang == "":
			return fmt.Errorf("%s has the wrong kind of value", r.property)
		case t.value == "":
			return fmt.Errorf("%s is empty", r.property)
		case r.within != "" && !strings.HasPrefix(t.value, r.within):
			return fmt.Errorf("%s is not of %s", r.property, r.within)
		}
	}
	return nil
}
